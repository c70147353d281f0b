package import ElvesJSON
import Foundation
package import Hummingbird
import NIOCore

extension Request {
    /// The body, if it is at most `limit` bytes.
    ///
    /// - Throws: `BodyTooLarge`.
    package func bytes(limit: Int) async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw BodyTooLarge() }
        var bytes: [UInt8] = []
        for try await part in body {
            guard bytes.count + part.readableBytes <= limit else { throw BodyTooLarge() }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    /// The body as a JSON value of a type.
    ///
    /// - Throws: `JSONError` for a text that is not strict JSON, `DecodingError` for one of another shape.
    package func json<T: Decodable>(_: T.Type, limit: Int = 1 << 20) async throws -> T {
        let text = try RawJSON(validating: await bytes(limit: limit))
        return try JSONDecoder().decode(T.self, from: Data(text.bytes))
    }
}

extension Response {
    package static func json(_ value: RawJSON, status: HTTPResponse.Status = .ok, type: String = "application/json") -> Response
    {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.bytes)))
    }

    package static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = try encoder.encode(value)
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
