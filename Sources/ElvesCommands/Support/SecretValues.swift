import Foundation

/// Secrets as the command line gives them. A value on the command line can be seen by other processes of the host; `@FILE` is
/// the way without that.
enum SecretValues {
    static func parse(_ texts: [String]) throws -> [String: String] {
        var values: [String: String] = [:]
        for text in texts {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw CommandFailure(.usage, "--secret takes NAME=VALUE or NAME=@FILE")
            }
            let name = String(text[..<equals])
            let value = text[text.index(after: equals)...]
            guard values[name] == nil else { throw CommandFailure(.usage, "secret \(name) is given twice") }
            values[name] = value.hasPrefix("@") ? try read(String(value.dropFirst()), for: name) : String(value)
        }
        return values
    }

    /// The file's text without the line feed at its end.
    private static func read(_ path: String, for name: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 64 << 10,
            var text = String(data: data, encoding: .utf8)
        else { throw CommandFailure(.badInput, "secret \(name): \(path) is no text of at most 64 KiB that can be read") }
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
