/// The lines a worker writes, each with its line feed.
enum Lines {
    static let sdk = "elves-swift 1.0.0"

    static func ready(protocol version: Int, functions: [String]) -> [UInt8] {
        var line = bytes(#"{"type":"ready","protocol":\#(version),"sdk":"\#(sdk)","language":"swift","functions":["#)
        for (position, name) in functions.enumerated() {
            if position > 0 { line.append(UInt8(ascii: ",")) }
            JSON.write(name, into: &line)
        }
        return line + bytes("]}\n")
    }

    /// - Parameter id: The running call's id as JSON text.
    static func result(id: [UInt8], _ answer: Answer, _ reason: String?, depth: Int) throws(JSONError) -> [UInt8] {
        var line = bytes(#"{"type":"result","id":"#)
        line += id
        line += bytes(answer.flag ? #","flag":true,"result":"# : #","flag":false,"result":"#)
        try answer.result.write(into: &line, depth: depth)
        if let reason { line += bytes(#","reason":"\#(reason)""#) }
        return line + bytes("}\n")
    }

    /// A log line; a text that would make it longer than `lineBytes` is cut and says so.
    static func log(_ message: String, _ level: Level, id: [UInt8]?, lineBytes: Int) -> [UInt8] {
        let head = bytes(#"{"type":"log","level":"\#(level.rawValue)","message":"#)
        let tail = (id.map { bytes(#","id":"#) + $0 } ?? []) + bytes("}\n")
        var line = head
        JSON.write(message, into: &line)
        if line.count + tail.count - 1 > lineBytes {
            let room = max(0, lineBytes - head.count - tail.count - 80) / longestCharacter
            let count = message.unicodeScalars.count
            line = head
            let beginning = String(message.unicodeScalars.prefix(room))
            JSON.write("\(beginning)... (cut, \(count) characters in all)", into: &line)
        }
        return line + tail
    }

    static func progress(id: [UInt8], percent: Double?, message: String?, lineBytes: Int) -> [UInt8] {
        var line = bytes(#"{"type":"progress","id":"#)
        line += id
        if let percent {
            let tenths = Int((percent * 10).rounded())
            line += bytes(#","percent":"#)
            line += bytes(tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)")
        }
        if let message {
            line += bytes(#","message":"#)
            // With an id of a sensible length it fits, whatever the characters are.
            let room = min(1000, lineBytes / (longestCharacter + 2))
            JSON.write(String(message.unicodeScalars.prefix(room)), into: &line)
        }
        return line + bytes("}\n")
    }

    /// The bytes of a character that is an escape, such as `\u0001`.
    private static let longestCharacter = 6

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
