package import Hummingbird
import NIOCore

/// The parameters of a request as an HTML form sends them: of the query, then of a form body, percent-decoded, `+` a blank.
///
/// Where a name repeats, the first value counts, and `repeated` tells of it.
package struct FormParameters: Sendable {
    /// Names and values, each name once, in the order in which they came.
    package private(set) var pairs: [(String, String)] = []
    /// The first name that came a second time.
    package private(set) var repeated: String?
    /// Whether there were more than `mostParameters`; those beyond were not read.
    package private(set) var isCutShort = false
    /// Several times what any form of this program has; without a limit, a body of a megabyte holds half a million.
    package static let mostParameters = 100

    package init(query: String?, body: String?) {
        var seen: Set<String> = []
        for part in [query, body].compactMap({ $0 }).flatMap({ $0.split(separator: "&") }) {
            guard pairs.count < Self.mostParameters else {
                isCutShort = true
                return
            }
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decode(halves[0])
            let value = halves.count == 2 ? Self.decode(halves[1]) : ""
            if seen.insert(name).inserted {
                pairs.append((name, value))
            } else if repeated == nil {
                repeated = name
            }
        }
    }

    /// Reads the parameters of a request; a body counts if it is a form.
    ///
    /// - Throws: `BodyTooLarge` beyond `limit` bytes, before the body is read if its length was announced.
    package static func read(_ request: Request, limit: Int) async throws -> FormParameters {
        var body: String?
        let type = request.headers[.contentType] ?? "application/x-www-form-urlencoded"
        if request.method == .post {
            if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw BodyTooLarge() }
            var collected = ByteBuffer()
            for try await part in request.body {
                guard collected.readableBytes + part.readableBytes <= limit else { throw BodyTooLarge() }
                collected.writeImmutableBuffer(part)
            }
            if type.lowercased().hasPrefix("application/x-www-form-urlencoded") { body = String(buffer: collected) }
        }
        return FormParameters(query: request.uri.query, body: body)
    }

    package subscript(name: String) -> String? { pairs.first { $0.0 == name }?.1 }

    static func decode(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(Self.digit),
                let low = rest.dropFirst().first.flatMap(Self.digit)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// A request whose body is longer than its route takes.
package struct BodyTooLarge: Error, CustomStringConvertible {
    package init() {}
    package var description: String { "the body is longer than this route takes" }
}
