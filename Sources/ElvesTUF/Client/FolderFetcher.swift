import Glibc

/// A repository that lies in two folders: the way of a copy on a disk, and of machines without a network.
package struct FolderFetcher: Fetcher {
    private let metadata: String
    private let targets: String

    package init(metadata: String, targets: String) {
        self.metadata = metadata
        self.targets = targets
    }

    package func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws {
        let path =
            switch resource {
            case .metadata: "\(metadata)/\(resource.filePath)"
            case .target: "\(targets)/\(resource.filePath)"
            }
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT || errno == ENAMETOOLONG { throw FetchError.absent(resource) }
            throw FetchError.failed(resource, String(cString: strerror(errno)))
        }
        defer { close(file) }
        var size: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FetchError.failed(resource, String(cString: strerror(errno))) }
            if count == 0 { return }
            size += Int64(count)
            guard size <= limit else { throw FetchError.tooLong(resource, limit: limit) }
            try sink(Array(buffer[..<count]))
        }
    }
}
