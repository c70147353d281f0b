import ElvesModel
import Foundation
import Testing

@Suite struct ViolationTests {
    private let violation = Violation(
        call: "ptrace", arguments: [16, 1, 0, .max, 0, 0x1f], action: .killed, source: .notify, count: 3,
        firstAt: Timestamp(microseconds: 1_750_000_000_000_001))

    @Test func `a violation keeps all 64 bits of its arguments in JSON`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = try String(decoding: encoder.encode(violation), as: UTF8.self)

        #expect(
            text == #"{"action":"killed","arguments":["0x10","0x1","0x0","0xffffffffffffffff","0x0","0x1f"],"call":"ptrace","#
                + #""count":3,"first_at":1750000000000001,"layer":"seccomp","source":"notify"}"#)
        #expect(try JSONDecoder().decode(Violation.self, from: Data(text.utf8)) == violation)
    }

    @Test(arguments: ["16", "0x", "0xg", "0x1ffffffffffffffff", "-0x1", "0x-1"])
    func `an argument of another form is refused`(argument: String) {
        let text =
            #"{"action":"denied","arguments":["\#(argument)"],"call":"ptrace","count":1,"first_at":1,"#
            + #""layer":"seccomp","source":"audit"}"#

        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Violation.self, from: Data(text.utf8)) }
    }

    @Test func `a violation says itself in one line`() {
        #expect("\(violation)" == "ptrace(0x10, 0x1, 0x0, 0xffffffffffffffff, 0x0, 0x1f) killed 3 times")
        let unknown = Violation(
            call: Violation.unknownCall, arguments: [], action: .killed, source: .signal, firstAt: Timestamp(microseconds: 1))
        #expect("\(unknown)" == "unknown(…) killed")
    }

    @Test func `violations count what was kept and what was not`() {
        var denied = violation
        denied.action = .denied
        let all = Violations(kinds: [denied, violation], more: 5)

        #expect(all.total == 11)
        #expect(all.fatal == violation)
        #expect(Violations().isEmpty)
        #expect(!Violations(more: 1).isEmpty)
    }
}
