import ElvesJSON
import ElvesModel

/// The answer of a program of the original system: `<ElvesWFlag>true</ElvesWFlag>` and `<ElvesWResult>text</ElvesWResult>`
/// somewhere on its standard output.
///
/// The flag is the first one there is, and the result reaches from the tag that follows it to the last closing tag, so that tags
/// inside the result are part of it and cannot stand for the flag.
package enum LegacyAnswer {
    package static func parse(_ output: [UInt8]) -> WorkerAnswer {
        let text = String(decoding: output, as: UTF8.self)
        guard let flag = text.between("<ElvesWFlag>", "</ElvesWFlag>", last: false) else {
            return .error(.noResult, "the program ended without <ElvesWFlag>…</ElvesWFlag> on standard output")
        }
        guard let result = text[flag.upperBound...].between("<ElvesWResult>", "</ElvesWResult>", last: true) else {
            return .error(.noResult, "the program ended without <ElvesWResult>…</ElvesWResult> after its flag")
        }
        return WorkerAnswer(
            flag: text[flag] == "true" ? .succeeded : .failed, result: .string(String(text[result])), reason: nil)
    }
}

extension StringProtocol where SubSequence == Substring {
    /// The range between the first opening tag and the first or last closing tag after it; nil without both.
    fileprivate func between(_ opening: String, _ closing: String, last: Bool) -> Range<Index>? {
        guard let start = firstRange(of: opening)?.upperBound else { return nil }
        let rest = self[start...]
        guard let end = last ? rest.ranges(of: closing).last : rest.firstRange(of: closing) else { return nil }
        return start..<end.lowerBound
    }
}
