import ElvesTUF
import Synchronization

/// Notes what is asked for, and has another fetcher bring it.
final class RecordingFetcher: Fetcher {
    private let inner: any Fetcher
    private let names = Mutex<[String]>([])

    init(_ inner: any Fetcher) { self.inner = inner }

    var requests: [String] { names.withLock { $0 } }

    func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws {
        names.withLock { $0.append(resource.urlPath) }
        try await inner.fetch(resource, limit: limit, into: sink)
    }
}
