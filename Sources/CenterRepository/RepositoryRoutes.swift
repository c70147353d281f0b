package import ElvesHTTP
package import ElvesModel
import ElvesProtocol
import ElvesTUF
package import Hummingbird
import NIOCore

/// The repository as clients see it, in the layout of The Update Framework with consistent snapshots, and the routes by which
/// administrators and authors bring metadata.
///
/// What is served needs no permission: it is signed, and holds no secret.
package struct RepositoryRoutes: Sendable {
    private let keeper: RepositoryKeeper
    private let archive: @Sendable (ElvesModel.Digest) -> String
    /// The most that is taken at once: ten times what a thousand versions of an app need.
    private static let uploadLimit = 8 << 20

    /// - Parameter archive: The path of an archive's file, whether it is there or not.
    package init(_ keeper: RepositoryKeeper, archive: @escaping @Sendable (ElvesModel.Digest) -> String) {
        self.keeper = keeper
        self.archive = archive
    }

    // MARK: Clients

    package func add(to router: Router<CenterRequestContext>) {
        router.get("repository/metadata/{file}") { _, context in
            try await metadata(context.parameters.require("file"), context)
        }
        router.get("repository/targets/apps/{app}/{file}") { _, context in
            try await target(context.parameters.require("app"), context.parameters.require("file"), context)
        }
        router.get("repository/targets/policy/{file}") { _, context in try policy(context.parameters.require("file")) }
    }

    /// `DIGEST.FILE`
    private func policy(_ file: String) throws -> Response {
        let parts = file.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let digest = try? ElvesModel.Digest(hex: parts[0]),
            let bytes = keeper.read({ $0.policy?.bytes(of: parts[1], digest) })
        else { throw HTTPError(.notFound) }
        return Response(
            status: .ok, headers: [.contentType: "application/yaml"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// `timestamp.json`, or `N.ROLE.json`.
    private func metadata(_ file: String, _ context: CenterRequestContext) async throws -> Response {
        if file == "timestamp.json" {
            guard let bytes = keeper.read({ $0.timestamp?.bytes }) else { throw HTTPError(.notFound) }
            return Self.json(ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        let parts = file.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        // A version that does not count yet may lie on the disk already.
        guard parts.count == 3, parts[2] == "json", let version = Int64(parts[0]), "\(version)" == parts[0], version >= 1,
            let newest = keeper.read({ $0.version(of: parts[1]) }), version <= newest
        else { throw HTTPError(.notFound) }
        let path = keeper.path(of: parts[1], version: version)
        return Self.json(try await FileIO().loadFile(path: path, context: context))
    }

    /// `DIGEST.VERSION.zip`
    private func target(_ app: String, _ file: String, _ context: CenterRequestContext) async throws -> Response {
        let parts = file.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let app = try? AppName(app), parts.count == 2, parts[1].hasSuffix(".zip"),
            let digest = try? ElvesModel.Digest(hex: parts[0]), let version = try? AppVersion(String(parts[1].dropLast(4))),
            keeper.read({ $0.names(digest, app, version) })
        else { throw HTTPError(.notFound) }
        let body = try await FileIO().loadFile(path: archive(digest), context: context)
        return Response(status: .ok, headers: [.contentType: "application/zip"], body: body)
    }

    private static func json(_ body: ResponseBody) -> Response {
        Response(status: .ok, headers: [.contentType: "application/json"], body: body)
    }

    // MARK: Administrators

    package func addAdministration(to admin: RouterGroup<CenterRequestContext>) {
        admin.get("repository") { _, _ in try Response.json(await keeper.view()) }
        admin.post("repository/metadata") { request, _ in
            let upload = try await request.json(MetadataUpload.self, limit: Self.uploadLimit)
            do { try await keeper.take(upload.metadata, files: upload.files ?? [:]) } catch let error as RepositoryRefusal {
                throw HTTPError(error.isConflict ? .conflict : .unprocessableContent, message: "\(error)")
            }
            return try Response.json(await keeper.view())
        }
        admin.post("repository/online-keys") { _, _ in
            try await keeper.addOnlineKey()
            return try Response.json(await keeper.view())
        }
    }
}

extension RepositoryRefusal {
    /// Somebody else was quicker: with what is there now the same can be tried again.
    fileprivate var isConflict: Bool {
        if case .outdated = self { true } else { false }
    }
}
