/// Why a text is no cron expression.
package struct CronSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nil where the whole expression is meant.
    package let field: CronField?
    /// The part that is refused, without what a terminal would obey; empty where the expression is too short or too long.
    package let text: String
    package let reason: String
    /// Where the part stands in the expression, counted in bytes from 0.
    package let bytes: Range<Int>

    init(_ field: CronField?, _ text: String, at bytes: Range<Int>, _ reason: String) {
        self.field = field
        self.text = text.harmless
        self.bytes = bytes
        self.reason = reason
    }

    package var description: String {
        guard let field else { return "the cron expression is refused: \(reason)" }
        return "the field \"\(field)\" of the cron expression is refused at \"\(text)\": \(reason); allowed: \(field.allowed)"
    }
}

extension String {
    /// The first 64 characters, all others than printable ones of ASCII replaced.
    fileprivate var harmless: String {
        String(decoding: utf8.prefix(64).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
