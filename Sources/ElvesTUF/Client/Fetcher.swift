/// Brings the files of a repository, from wherever they lie.
package protocol Fetcher: Sendable {
    /// Hands a file's bytes to `sink` in pieces, from its beginning.
    ///
    /// - Parameter limit: The most bytes that are taken; one more ends the fetch with `FetchError.tooLong`.
    /// - Throws: `FetchError`, or what `sink` throws. An implementation gives up on a source that is slow for long.
    func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws
}

extension Fetcher {
    /// A whole file in memory.
    package func bytes(_ resource: Resource, limit: Int64) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await fetch(resource, limit: limit) { bytes += $0 }
        return bytes
    }
}

/// Why a file did not come.
package enum FetchError: Error, Equatable, CustomStringConvertible {
    /// The repository says that it has no such file, or does not give it out.
    case absent(Resource)
    case tooLong(Resource, limit: Int64)
    case tooSlow(Resource, limit: Duration)
    case silent(Resource, for: Duration)
    case failed(Resource, String)

    package var description: String {
        switch self {
        case .absent(let resource): "the repository has no \(resource)"
        case .tooLong(let resource, let limit): "\(resource) is longer than the \(limit) bytes that are taken"
        case .tooSlow(let resource, let limit): "\(resource) did not come whole within \(limit)"
        case .silent(let resource, let limit): "\(resource) was given up: the server said nothing for \(limit)"
        case .failed(let resource, let reason): "\(resource) cannot be fetched: \(reason)"
        }
    }
}
