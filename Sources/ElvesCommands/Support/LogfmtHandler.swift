import ElvesModel
import Foundation
import Logging

/// Structured logs on standard error: one line each, `time=… level=… message="…" key=value …`.
struct LogfmtHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    /// A logger at the level that `ELVES_LOG` names (`debug`, `info`, `warning`, `error`); `info` without it.
    static func logger(_ label: String, level: Logger.Level? = nil) -> Logger {
        let named = ProcessInfo.processInfo.environment["ELVES_LOG"].flatMap { Logger.Level(rawValue: $0) }
        return Logger(label: label, factory: { _ in LogfmtHandler(logLevel: named ?? level ?? .info) })
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var text = "time=\(Clocks.systemWall().iso8601) level=\(event.level.rawValue) message=\(Self.quote("\(event.message)"))"
        let all = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            text += " \(key)=\(Self.quote("\(value)"))"
        }
        printError(text)
    }

    /// Quotes what is not one plain word, so that no text of a worker can pretend to be another field or line.
    static func quote(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "=" }
        guard !isPlain else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                quoted += "\\u{\(String(scalar.value, radix: 16))}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
