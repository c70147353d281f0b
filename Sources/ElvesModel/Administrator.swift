/// Who did something as an administrator of a center, as far as the center can tell people apart.
public struct Administrator: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    /// Whoever may open the center's local socket: the owner of its data folder.
    public static let local = Administrator("local")

    /// The holder of a token; its digest is on record, the token is not.
    public static func token(_ digest: Digest) -> Administrator { Administrator("token \(digest.hex.prefix(12))") }

    public init(from decoder: any Decoder) throws { try self.init(decoder.singleValueContainer().decode(String.self)) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
}
