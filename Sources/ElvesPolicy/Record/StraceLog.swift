/// Reads what `strace -f -X raw` wrote, as a recording.
///
/// Raw, since the names of flags and commands differ between versions: an argument that decides what a call does must be a number.
package enum StraceLog {
    /// The longest log that is read, in bytes.
    package static let sizeLimit = 256 << 20

    /// - Parameters:
    ///   - file: What errors and the recording call the text.
    ///   - choosing: The arguments of a call that have to be kept.
    /// - Throws: `RecordingError` naming the line.
    package static func recording(
        of text: String, file: String, choosing: (String) -> Set<UInt32>
    ) throws(RecordingError) -> Recording {
        var recording = Recording(source: file)
        let moment = Recording.Moment(phase: .steady, function: nil)
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            guard let call = StraceCall(line) else { continue }
            var arguments = [UInt64](repeating: 0, count: 6)
            for (index, text) in call.arguments.prefix(6).enumerated() { arguments[index] = StraceCall.number(text) ?? 0 }
            for use in PathUse.all[call.name] ?? [] where use.path < call.arguments.count {
                guard let path = StraceCall.text(call.arguments[use.path]) else { continue }
                // An empty one stands for the descriptor beside it.
                guard !path.isEmpty else { continue }
                guard path.hasPrefix("/") else {
                    recording.gaps.insert("paths that do not begin at the root, since the log does not say where they begin")
                    continue
                }
                recording.paths.append(
                    .init(path: normalPath(path), access: use.access(arguments), moment: moment, count: 1))
            }
            let kept = choosing(call.name)
            for index in kept.sorted() where Int(index) < call.arguments.count {
                guard StraceCall.number(call.arguments[Int(index)]) != nil else {
                    throw RecordingError(
                        description:
                            "\(file):\(number): argument \(index) of \(call.name) is \(call.arguments[Int(index)]), which "
                            + "is no number: record with `strace -f -X raw -o \(file)`")
                }
            }
            let classes = arguments.enumerated().map { kept.contains(UInt32($0.offset)) ? $0.element : 0 }
            recording.calls.append(.init(name: call.name, arguments: classes, moment: moment, count: 1))
        }
        guard !recording.calls.isEmpty else {
            throw RecordingError(
                description: "\(file) has no line of strace: record with `strace -f -X raw -o \(file) PROGRAM`")
        }
        // Sums them up.
        return recording.merged(with: Recording(source: file))
    }
}

/// One line about a call: `[pid 12] openat(0xffffff9c, "/etc/hosts", 0) = 3`, finished or not.
struct StraceCall {
    let name: String
    let arguments: [Substring]

    /// Nil for every other line: signals, ends, the second half of a call.
    init?(_ line: Substring) {
        guard let open = line.firstIndex(of: "("), let word = line[..<open].split(separator: " ").last else { return nil }
        guard line[..<open].hasSuffix(word), !word.isEmpty, word.utf8.allSatisfy(isNameByte), word.first?.isLetter == true,
            // A resumed call stands with its first half.
            !line[..<open].contains("<...")
        else { return nil }
        // In front of the name stand a process and a time at most.
        guard line[..<open].dropLast(word.count).allSatisfy({ "0123456789.:[]pid ".contains($0) }) else { return nil }
        name = String(word)
        arguments = Self.split(line[line.index(after: open)...])
    }

    /// The arguments up to the closing parenthesis; commas in texts, lists and structures separate nothing.
    private static func split(_ text: Substring) -> [Substring] {
        var parts: [Substring] = []
        var (depth, isInText, isAfterBackslash) = (0, false, false)
        var start = text.startIndex
        var index = start
        func part(to end: Substring.Index) -> Substring { text[start..<end].drop { $0 == " " } }
        loop: while index < text.endIndex {
            let character = text[index]
            if isInText {
                if isAfterBackslash {
                    isAfterBackslash = false
                } else if character == "\\" {
                    isAfterBackslash = true
                } else if character == "\"" {
                    isInText = false
                }
            } else {
                switch character {
                case "\"": isInText = true
                case "{", "[", "(": depth += 1
                case ")" where depth == 0: break loop
                case "}", "]", ")": depth -= 1
                case "<" where depth == 0 && text[index...].hasPrefix("<unfinished"): break loop
                case "," where depth == 0:
                    parts.append(part(to: index))
                    start = text.index(after: index)
                default: break
                }
            }
            index = text.index(after: index)
        }
        let last = part(to: index)
        if !last.allSatisfy({ $0 == " " }) { parts.append(last) }
        return parts
    }

    /// Decimal, hexadecimal or, with a leading 0, octal, several with `|` in between; negative numbers as the kernel gets them.
    static func number(_ text: Substring) -> UInt64? {
        let parts = text.split(separator: "|")
        if parts.count > 1 {
            return parts.reduce(0) { all, part in all.flatMap { all in number(part).map { all | $0 } } }
        }
        let text = text.last == " " ? text.dropLast() : text
        if text == "NULL" { return 0 }
        if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("-") { return Int64(text).map { UInt64(bitPattern: $0) } }
        if text.hasPrefix("0"), text.count > 1 { return UInt64(text, radix: 8) }
        return UInt64(text)
    }

    /// A whole text in quotes without escapes; nil for one that was cut off.
    static func text(_ argument: Substring) -> String? {
        guard argument.first == "\"", argument.last == "\"", argument.count >= 2 else { return nil }
        let inside = argument.dropFirst().dropLast()
        return inside.contains("\\") ? nil : String(inside)
    }
}

private func isNameByte(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
}
