import ElvesSeccomp
import Foundation
import Testing

@Suite struct FilterTests {
    @Test func `the same profile gives the same bytes`() throws {
        let first = try filter(rule(#""names": ["read", "write"], "action": "SCMP_ACT_ALLOW""#))
        let second = try filter(rule(#""names": ["read", "write"], "action": "SCMP_ACT_ALLOW""#))

        #expect(first == second)
        #expect(first.bytes.count == first.instructionCount * 8)
        #expect(first.instructionCount > 6)
    }

    @Test func `a call that does not exist is refused by name`() {
        let json = rule(#""names": ["read", "raed"], "action": "SCMP_ACT_ALLOW""#)

        let place = SourcePosition(file: "test.json", line: 1, column: 50)
        #expect(throws: SeccompError.unknownSystemCall(place: "syscalls[0]", name: "raed", at: place)) {
            try filter(json)
        }
    }

    @Test func `a call of another machine is passed over`() throws {
        let filter = try filter(rule(#""names": ["arm_fadvise64_64"], "action": "SCMP_ACT_ALLOW""#))

        #expect(try filter.decide(0) == errno(1))
    }

    @Test func `a profile for other machines is refused`() {
        let json = #"{"defaultAction": "SCMP_ACT_KILL", "architectures": ["SCMP_ARCH_S390X"]}"#

        #expect(throws: SeccompError.wrongArchitecture(wanted: "SCMP_ARCH_X86_64", listed: ["SCMP_ARCH_S390X"])) {
            try filter(json)
        }
    }

    @Test func `what is listed is allowed and nothing else`() throws {
        let filter = try filter(rule(#""names": ["read", "futex"], "action": "SCMP_ACT_ALLOW""#))

        #expect(try filter.decide(0) == allow)
        #expect(try filter.decide(202) == allow)
        for number in UInt32(0)...400 where number != 0 && number != 202 {
            #expect(try filter.decide(number) == errno(1), "call \(number)")
        }
    }

    @Test func `a call newer than the table does not exist`() throws {
        let filter = try filter(rule(#""names": ["read"], "action": "SCMP_ACT_ALLOW""#))

        #expect(try filter.decide(1023) == errno(38))
        #expect(try filter.decide(0x3FFF_FFFF) == errno(38))
    }

    @Test func `a profile that kills has no answer for new calls of its own`() throws {
        let filter = try filter(#"{"defaultAction": "SCMP_ACT_KILL_PROCESS"}"#)

        #expect(try filter.decide(1023) == kill)
    }

    @Test func `calls by foreign numbers kill`() throws {
        let filter = try filter(rule(#""names": ["read"], "action": "SCMP_ACT_ALLOW""#))

        #expect(try filter.decide(0x4000_0000) == kill)  // x32
        #expect(try filter.decide(0x7FFF_FFFF) == kill)
        // -1 is no call but what a tracer puts in to skip one.
        #expect(try filter.decide(0xFFFF_FFFF) == errno(38))
        for number in [UInt32(0), 3, 5000] {
            #expect(try filter.decide(number, architecture: 0x4000_0003) == kill)  // int 0x80
        }
    }

    @Test func `an int is compared on its 32 bits`() throws {
        let filter = try filter(argument(#""index": 0, "value": 1, "op": "SCMP_CMP_EQ""#, of: "socket"))

        #expect(try filter.decide(41, [1]) == allow)
        #expect(try filter.decide(41, [1 | 1 << 32]) == allow)
        #expect(try filter.decide(41, [2]) == errno(1))
        #expect(try filter.decide(41, [2 | 1 << 32]) == errno(1))
    }

    /// What each comparison with 5 says about an int, and about a mode, which has 16 bits.
    @Test(arguments: [
        ("NE", [0, 4, 6, 0x8000]), ("LT", [0, 4]), ("LE", [0, 4, 5]), ("EQ", [5]), ("GE", [5, 6, 0x8000]), ("GT", [6, 0x8000]),
    ])
    func `no comparison of an int is passed by the other bits of the register`(_ name: String, _ matching: [UInt64]) throws {
        let json = #""index": %, "value": 5, "op": "SCMP_CMP_\#(name)""#
        let socket = try filter(argument(json.replacingOccurrences(of: "%", with: "0"), of: "socket"))
        let chmod = try filter(argument(json.replacingOccurrences(of: "%", with: "1"), of: "chmod"))

        for value in [0, 4, 5, 6, 0x8000] as [UInt64] {
            let answer = matching.contains(value) ? allow : errno(1)
            for upper in [0, 1 << 32, 1 << 63, .max << 32] as [UInt64] {
                #expect(try socket.decide(41, [value | upper]) == answer, "socket \(value)")
                #expect(try chmod.decide(90, [0, value | upper | 1 << 16]) == answer, "chmod \(value)")
            }
        }
    }

    @Test func `comparisons of ints that would become many rules are refused by name`() {
        let json = argument(
            #""index": 0, "value": 1, "op": "SCMP_CMP_NE"}, {"index": 1, "value": 1, "op": "SCMP_CMP_NE""#, of: "socket")

        let error = #expect(throws: SeccompError.self) { try filter(json) }
        #expect(error.map { "\($0)" }?.contains("\"socket\" would become more than 32 rules") == true)
    }

    @Test func `a rule that nothing can match is none`() throws {
        let filter = try filter(argument(#""index": 0, "value": 4294967297, "op": "SCMP_CMP_EQ""#, of: "socket"))

        #expect(try filter.decide(41, [1]) == errno(1))
        #expect(try filter.decide(41, [4_294_967_297]) == errno(1))
    }

    @Test(arguments: [
        // Without a condition and with one.
        (#""args": []"#, #""args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]"#),
        // Different arguments.
        (
            #""args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]"#,
            #""args": [{"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]"#
        ),
        // One within the other.
        (
            #""args": [{"index": 2, "value": 1, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}]"#,
            #""args": [{"index": 2, "value": 3, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}]"#
        ),
        (
            #""args": [{"index": 2, "value": 9, "op": "SCMP_CMP_GT"}]"#,
            #""args": [{"index": 2, "value": 10, "op": "SCMP_CMP_LE"}]"#
        ),
    ])
    func `rules that disagree about a call are refused, both named`(_ first: String, _ second: String) throws {
        let json = """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["socket"], "action": "SCMP_ACT_ALLOW", \(first)},
              {"names": ["read", "socket"], "action": "SCMP_ACT_KILL_PROCESS", \(second)}
            ]}
            """

        let error = #expect(throws: SeccompError.self) { try filter(json) }
        let text = "\(try #require(error))"
        #expect(text.contains("allowed by test.json line 2 (syscalls[0])"), "\(text)")
        #expect(text.contains("the end of the process by test.json line 3 (syscalls[1])"), "\(text)")
    }

    @Test func `rules that differ where no call is in both are not in disagreement`() throws {
        let filter = try filter(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_LE"}]},
              {"names": ["socket"], "action": "SCMP_ACT_KILL_PROCESS", "args": [
                {"index": 0, "value": 16, "op": "SCMP_CMP_GE"}]},
              {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 97, "args": [
                {"index": 0, "value": 10, "op": "SCMP_CMP_EQ"}]}
            ]}
            """)

        #expect(try filter.decide(41, [1 | 1 << 32]) == allow)
        #expect(try filter.decide(41, [2]) == errno(1))
        #expect(try filter.decide(41, [10 | 1 << 40]) == errno(97))
        #expect(try filter.decide(41, [17]) == kill)
    }

    @Test func `notify needs a listener, and fails where there is none`() throws {
        let profile = try profile(#"{"defaultAction": "SCMP_ACT_NOTIFY"}"#)
        let listened = try SeccompFilter(compiling: profile, for: .x86_64, notify: .allowed)
        let alone = try SeccompFilter(compiling: profile, for: .x86_64, notify: .replaced(by: 13))

        #expect(listened.usesNotify)
        #expect(try listened.decide(0) == 0x7FC0_0000)
        #expect(try listened.decide(1023) == errno(38))
        #expect(!alone.usesNotify)
        #expect(try alone.decide(0) == errno(13))
        #expect(try alone.decide(1023) == errno(38))
    }

    @Test func `clone3 is not there, whatever a profile that refuses says`() throws {
        let error = #expect(throws: SeccompError.self) {
            try filter(rule(#""names": ["read", "clone3"], "action": "SCMP_ACT_ALLOW""#))
        }
        #expect(error.map { "\($0)" }?.contains("always answers ENOSYS") == true)
        #expect(try filter(rule(#""names": ["read"], "action": "SCMP_ACT_ALLOW""#)).decide(435) == errno(38))
        #expect(try filter(#"{"defaultAction": "SCMP_ACT_ALLOW"}"#).decide(435) == allow)
    }

    @Test func `a masked comparison looks at the masked bits`() throws {
        let json = argument(#""index": 2, "value": 4, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ""#, of: "mprotect")
        let filter = try filter(json)

        #expect(try filter.decide(10, [0, 0, 3]) == allow)
        #expect(try filter.decide(10, [0, 0, 7]) == errno(1))
    }

    @Test func `a rule that repeats the default changes nothing`() throws {
        let filter = try filter(rule(#""names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1"#))

        #expect(try filter.decide(0) == errno(1))
    }

    @Test(arguments: [
        "SCMP_ACT_KILL": UInt32(0), "SCMP_ACT_KILL_PROCESS": kill, "SCMP_ACT_TRAP": 0x3_0000, "SCMP_ACT_LOG": 0x7FFC_0000,
        "SCMP_ACT_ALLOW": allow,
    ])
    func `every action has the kernel's number`(_ name: String, _ number: UInt32) throws {
        let filter = try filter(rule(#""names": ["read"], "action": "\#(name)""#))

        #expect(try filter.decide(0) == number)
    }

    @Test func `the base profile lets a worker read and not trace`() throws {
        let profile = try readProfile("worker-base.json")
        let filter = try compile(profile)

        #expect(try filter.decide(0) == allow)
        #expect(try filter.decide(101) != allow)  // ptrace
        #expect(try filter.decide(165) != allow)  // mount
        #expect(try filter.decide(272) != allow)  // unshare
        #expect(try filter.decide(425) != allow)  // io_uring_setup
        #expect(try filter.decide(435) == errno(38))  // clone3
        #expect(try filter.decide(56, [0x1000_0000]) != allow)  // clone(CLONE_NEWUSER)
        #expect(try filter.decide(41, [2, 1]) != allow)  // socket(AF_INET)
    }

    /// Number of the call, and which argument is the mode; no rows for calls that make nothing.
    @Test(arguments: [(90, 1), (91, 1), (268, 2), (85, 1), (83, 1), (258, 2)], ["worker-base.json", "intake.json"])
    func `nothing is given the bits that run it as its owner`(_ call: (number: UInt32, index: Int), _ name: String) throws {
        let filter = try compile(readProfile(name))
        func mode(_ mode: UInt64) -> [UInt64] { [UInt64](repeating: 0, count: call.index) + [mode] }
        let isListed = try filter.decide(call.number, mode(0o755)) == allow

        #expect(isListed || name == "intake.json")
        for bits in [0o4000, 0o2000, 0o6000, 0o4000 | 1 << 32, 0o2000 | 1 << 63] as [UInt64] {
            #expect(try filter.decide(call.number, mode(bits | 0o755)) == errno(1), "mode \(bits)")
        }
        for ordinary in [0, 0o777, 0o1777, 1 << 32] as [UInt64] where isListed {
            #expect(try filter.decide(call.number, mode(ordinary)) == allow, "mode \(ordinary)")
        }
    }

    /// Number of the call, and which argument the flags are; the mode comes after them.
    @Test(arguments: [(2, 1), (257, 2)], ["worker-base.json", "intake.json"])
    func `an open that makes a file has no such bits either, and any other no mode`(
        _ call: (number: UInt32, index: Int), _ name: String
    ) throws {
        let filter = try compile(readProfile(name))
        func open(_ flags: UInt64, _ mode: UInt64) -> [UInt64] {
            [UInt64](repeating: 0, count: call.index) + [flags, mode]
        }

        for flags in [0o101, 0o302, 0o20_200_002, 0o101 | 1 << 32] as [UInt64] {  // O_CREAT, with O_EXCL, O_TMPFILE
            for bits in [0o4000, 0o2000, 0o6000, 0o4000 | 1 << 32] as [UInt64] {
                #expect(try filter.decide(call.number, open(flags, bits | 0o755)) == errno(1), "\(flags) \(bits)")
            }
            #expect(try filter.decide(call.number, open(flags, 0o1777)) == allow)
        }
        #expect(try filter.decide(call.number, open(0o2_200_000, .max)) == allow)
    }

    @Test func `calls whose mode a filter cannot see do not exist`() throws {
        let filter = try compile(readProfile("worker-base.json"))

        #expect(try filter.decide(437, [0, 0, 0, 24]) == errno(38))  // openat2
        #expect(try filter.decide(452, [0, 0, 0o4755, 0]) != allow)  // fchmodat2
    }

    @Test func `a worker that reaches the proxy sets no option of a socket but what mono cannot do without`() throws {
        let base = try readProfile("worker-base.json")
        let filter = try compile(base.adding(readProfile("worker-connect.json")))

        #expect(try compile(base).decide(54, [3, 1, 2]) == errno(1))
        for option in UInt64(0)...80 {
            let isWanted = [2, 20, 21].contains(option)  // SO_REUSEADDR, SO_RCVTIMEO, SO_SNDTIMEO of SOL_SOCKET
            #expect(try filter.decide(54, [3, 1, option]) == (isWanted ? allow : errno(1)), "option \(option)")
            #expect(try filter.decide(54, [3, 6, option]) == errno(1))
        }
        #expect(try filter.decide(54, [3, 1 | 1 << 32, 26 | 1 << 33]) == errno(1))
    }

    private func readProfile(_ name: String) throws -> SeccompProfile { try profileInRepository(name) }

    private func filter(_ json: String) throws -> SeccompFilter {
        try SeccompFilter(compiling: profile(json), for: .x86_64)
    }

    private func compile(_ profile: SeccompProfile) throws -> SeccompFilter {
        try SeccompFilter(compiling: profile, for: .x86_64)
    }
}

extension SeccompFilter {
    /// What the filter of x86_64 answers.
    fileprivate func decide(
        _ number: UInt32, _ arguments: [UInt64] = [], architecture: UInt32 = 0xC000_003E
    ) throws -> UInt32 {
        try FilterMachine(program: bytes).answer(SystemCall(number, arguments), architecture: architecture)
    }
}

private let allow: UInt32 = 0x7FFF_0000
private let kill: UInt32 = 0x8000_0000
private func errno(_ number: UInt32) -> UInt32 { 0x0005_0000 | number }
