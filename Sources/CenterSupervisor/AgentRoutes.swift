package import ElvesHTTP
import ElvesLink
import ElvesModel
import ElvesProtocol
package import Hummingbird
import NIOCore

/// The routes of hosts: how one joins, and where it fetches archives.
package struct AgentRoutes: Sendable {
    private let supervisor: Supervisor
    private let linkPort: @Sendable () -> Int

    /// - Parameter linkPort: The port of the link, asked for at each join, since port 0 is known only once it is bound.
    package init(_ supervisor: Supervisor, linkPort: @escaping @Sendable () -> Int) {
        self.supervisor = supervisor
        self.linkPort = linkPort
    }

    package func add(to router: Router<CenterRequestContext>) {
        // The authority's certificate is no secret: a joining host compares it with the fingerprint in its token.
        router.get("join/v1/authority") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/x-pem-file"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: try supervisor.authority.certificatePEM)))
        }
        let join = router.group("join/v1").add(middleware: AdminRefusals())
        join.post { request, context in
            let body = try await request.json(JoinRequest.self, limit: 64 << 10)
            guard let address = body.address ?? context.source else {
                throw AdminError(
                    .badRequest, "the address of the host is not known here: join with --ip and its IPv4 address")
            }
            guard body.hostName.utf8.count <= 253 else { throw AdminError(.badRequest, "the host name is too long") }
            var reply = try await supervisor.join(body, address: address)
            reply.linkPort = linkPort()
            return try Response.json(reply)
        }
        // Whoever knows an archive's digest was told it by this center over an agent's link.
        router.get("repository/archives/{digest}") { request, context in
            let digest = try Digest(hex: context.parameters.require("digest"))
            return try await supervisor.archive(digest, range: request.headers[.range], context)
        }
    }
}

extension Supervisor {
    /// An archive, or the part of it that is asked for: a download that broke off goes on where it was.
    fileprivate func archive(
        _ digest: Digest, range: String?, _ context: CenterRequestContext
    ) async throws -> Response {
        guard let size = archives.size(of: digest).map({ Int($0) }) else { throw HTTPError(.notFound) }
        let path = archives.path(of: digest)
        var headers: HTTPFields = [.contentType: "application/zip", .acceptRanges: "bytes"]
        switch ArchiveRange(range, size: Int(size)) {
        case .whole:
            return Response(status: .ok, headers: headers, body: try await FileIO().loadFile(path: path, context: context))
        case .part(let bytes):
            headers[.contentRange] = "bytes \(bytes.lowerBound)-\(bytes.upperBound)/\(size)"
            return Response(
                status: .partialContent, headers: headers,
                body: try await FileIO().loadFile(path: path, range: bytes, context: context))
        case .none:
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }
}
