import AsyncHTTPClient
package import ElvesTUF
import NIOCore
import NIOHTTP1

/// Brings the files of a repository over HTTP. What comes is believed for its signatures, not for where it came from.
package struct RepositoryFetcher: Fetcher {
    private let client: HTTPClient
    private let metadata: String
    private let targets: String?
    private let patience: Patience

    /// How long a server is waited for.
    package struct Patience: Sendable {
        /// How long it may say nothing.
        package var silence = Duration.seconds(15)
        /// How long a file may take that has no bytes to speak of.
        package var start = Duration.seconds(20)
        /// The slowest speed that is borne, in bytes a second.
        package var speed: Int64 = 64 << 10

        package init() {}

        /// How long a whole file may take.
        func limit(_ bytes: Int64) -> Duration { start + .seconds(bytes / speed) }
    }

    private init(_ client: HTTPClient, metadata: String, targets: String?, patience: Patience) {
        self.client = client
        self.patience = patience
        self.metadata = metadata.hasSuffix("/") ? metadata : metadata + "/"
        self.targets = targets.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }

    /// - Parameters:
    ///   - metadata: The address below which the roles' files lie.
    ///   - targets: The address below which the targets lie; nil if none is fetched.
    ///   - authorityPEM: Of a center whose certificate the system does not know.
    package static func withFetcher<T>(
        metadata: String, targets: String?, authorityPEM: String? = nil, patience: Patience = Patience(),
        _ body: (RepositoryFetcher) async throws -> T
    ) async throws -> T {
        try await CenterClient.withHTTP(authorityPEM: authorityPEM, silenceLimit: patience.silence) {
            try await body(RepositoryFetcher($0, metadata: metadata, targets: targets, patience: patience))
        }
    }

    package func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws {
        let base: String
        switch resource {
        case .metadata: base = metadata
        case .target:
            guard let targets else { throw FetchError.failed(resource, "no address for targets is given") }
            base = targets
        }
        let time = patience.limit(limit)
        let end = ContinuousClock.now + time
        let response = try await naming(resource, time) {
            try await client.execute(HTTPClientRequest(url: base + resource.urlPath), timeout: TimeAmount(time))
        }
        switch response.status {
        case .ok: break
        case .notFound, .forbidden: throw FetchError.absent(resource)
        default: throw FetchError.failed(resource, "the server answers \(response.status.code) \(response.status.reasonPhrase)")
        }
        var size: Int64 = 0
        var parts = response.body.makeAsyncIterator()
        while let part = try await naming(resource, time, { try await parts.next() }) {
            size += Int64(part.readableBytes)
            guard size <= limit else { throw FetchError.tooLong(resource, limit: limit) }
            guard ContinuousClock.now < end else { throw FetchError.tooSlow(resource, limit: time) }
            try sink(Array(part.readableBytesView))
        }
    }

    private func naming<T>(
        _ resource: Resource, _ time: Duration, _ body: () async throws -> T
    ) async throws -> T {
        do {
            return try await body()
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw FetchError.tooSlow(resource, limit: time)
        } catch let error as HTTPClientError where error == .readTimeout {
            throw FetchError.silent(resource, for: patience.silence)
        } catch {
            throw FetchError.failed(resource, CenterClient.describe(error))
        }
    }
}
