import AsyncHTTPClient
package import ElvesTUF
import NIOCore
import NIOHTTP1

/// Brings the files of a repository over HTTP. What comes is believed for its signatures, not for where it came from.
package struct RepositoryFetcher: Fetcher {
    private let client: HTTPClient
    private let metadata: String
    private let targets: String?

    private init(_ client: HTTPClient, metadata: String, targets: String?) {
        self.client = client
        self.metadata = metadata.hasSuffix("/") ? metadata : metadata + "/"
        self.targets = targets.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }

    /// - Parameters:
    ///   - metadata: The address below which the roles' files lie.
    ///   - targets: The address below which the targets lie; nil if none is fetched.
    ///   - authorityPEM: Of a center whose certificate the system does not know.
    package static func withFetcher<T>(
        metadata: String, targets: String?, authorityPEM: String? = nil, _ body: (RepositoryFetcher) async throws -> T
    ) async throws -> T {
        try await CenterClient.withHTTP(authorityPEM: authorityPEM, silenceLimit: silenceLimit) {
            try await body(RepositoryFetcher($0, metadata: metadata, targets: targets))
        }
    }

    /// How long a server may say nothing.
    private static let silenceLimit = Duration.seconds(15)

    /// How long a whole file may take: a start, and the time at the slowest speed that is borne, 64 KiB a second.
    private static func patience(_ limit: Int64) -> Duration { .seconds(20 + limit >> 16) }

    package func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws {
        let base: String
        switch resource {
        case .metadata: base = metadata
        case .target:
            guard let targets else { throw FetchError.failed(resource, "no address for targets is given") }
            base = targets
        }
        let patience = Self.patience(limit)
        let end = ContinuousClock.now + patience
        let response = try await naming(resource, patience) {
            try await client.execute(HTTPClientRequest(url: base + resource.urlPath), timeout: TimeAmount(patience))
        }
        switch response.status {
        case .ok: break
        case .notFound, .forbidden: throw FetchError.absent(resource)
        default: throw FetchError.failed(resource, "the server answers \(response.status.code) \(response.status.reasonPhrase)")
        }
        var size: Int64 = 0
        var parts = response.body.makeAsyncIterator()
        while let part = try await naming(resource, patience, { try await parts.next() }) {
            size += Int64(part.readableBytes)
            guard size <= limit else { throw FetchError.tooLong(resource, limit: limit) }
            guard ContinuousClock.now < end else { throw FetchError.tooSlow(resource, limit: patience) }
            try sink(Array(part.readableBytesView))
        }
    }

    private func naming<T>(
        _ resource: Resource, _ patience: Duration, _ body: () async throws -> T
    ) async throws -> T {
        do {
            return try await body()
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw FetchError.tooSlow(resource, limit: patience)
        } catch let error as HTTPClientError where error == .readTimeout {
            throw FetchError.tooSlow(resource, limit: Self.silenceLimit)
        } catch {
            throw FetchError.failed(resource, CenterClient.describe(error))
        }
    }
}
