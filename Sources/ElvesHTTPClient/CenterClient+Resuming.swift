import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

extension CenterClient {
    /// Fetches a file of a known size, going on where an earlier try ended.
    ///
    /// What is fetched must never change under its path: whoever calls compares the whole with a digest.
    ///
    /// - Parameters:
    ///   - file: May hold the beginning. It holds more of it even if this fails.
    ///   - size: Of the whole; more is refused.
    package func resume(_ path: String, to file: String, size: Int) async throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: file]) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var there = Int(try handle.seekToEnd())
        if there > size {
            try handle.truncate(atOffset: 0)
            there = 0
        }
        guard there < size || size == 0 else { return }

        var request = request(.GET, path, body: nil)
        if there > 0 { request.headers.add(name: "Range", value: "bytes=\(there)-") }
        let response = try await execute(request)
        switch response.status {
        case .partialContent where response.headers.first(name: "Content-Range") == "bytes \(there)-\(size - 1)/\(size)": break
        case .ok:
            try handle.truncate(atOffset: 0)
            there = 0
        case .partialContent, .rangeNotSatisfiable:
            try handle.truncate(atOffset: 0)
            throw CenterClientError.refused(
                Int(response.status.code), "\(path) has another size than the \(size) bytes that were announced")
        default:
            throw CenterClientError.refused(Int(response.status.code), "\(path): \(response.status)")
        }
        for try await part in response.body {
            there += part.readableBytes
            guard there <= size else {
                try handle.truncate(atOffset: 0)
                throw CenterClientError.refused(200, "\(path) is longer than the \(size) bytes that were announced")
            }
            try handle.write(contentsOf: Data(part.readableBytesView))
        }
        guard there == size else {
            throw CenterClientError.unreachable("it sent \(there) of \(size) bytes of \(path)")
        }
    }
}
