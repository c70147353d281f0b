import ElvesSandbox
import ElvesSeccomp
import Foundation
import Testing

@Suite struct SeccompProfileTests {
    @Test(arguments: [
        ("", "not acceptable JSON"),
        ("[]", "not acceptable JSON"),
        (#"{}"#, "member \"defaultAction\" is missing"),
        (#"{"defaultAction": 1}"#, "seccomp: member \"defaultAction\" must be a string"),
        (#"{"defaultAction": "SCMP_ACT_MAYBE"}"#, "no action of the runtime specification"),
        (#"{"defaultAction": "SCMP_ACT_TRACE"}"#, "needs a tracer"),
        (#"{"defaultAction": "SCMP_ACT_TRACE"}"#, "needs somebody to ask"),
        (#"{"defaultAction": "SCMP_ACT_KILL", "defaultErrnoRet": 1}"#, "\"defaultErrnoRet\" is for SCMP_ACT_ERRNO only"),
        (#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}"#, "must be less than 4096"),
        (#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": -1}"#, "whole number"),
        (#"{"defaultAction": "SCMP_ACT_KILL", "flags": ["SECCOMP_FILTER_FLAG_LOG"]}"#, "\"flags\" must be empty"),
        (#"{"defaultAction": "SCMP_ACT_KILL", "listenerPath": "/x"}"#, "seccomp: \"listenerPath\" is not supported"),
        (#"{"defaultAction": "SCMP_ACT_KILL", "defaultAction": "SCMP_ACT_ALLOW"}"#, "not acceptable JSON"),
        (rule(#""names": [], "action": "SCMP_ACT_ALLOW""#), "syscalls[0]: \"names\" is empty or missing"),
        (rule(#""names": ["read", 1], "action": "SCMP_ACT_ALLOW""#), "\"names\" must hold texts only"),
        (rule(#""names": ["read"]"#), "syscalls[0]: member \"action\" is missing"),
        (rule(#""name": "read", "action": "SCMP_ACT_ALLOW""#), "syscalls[0]: \"name\" is not supported"),
        (rule(#""names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {}"#), "\"includes\" is not supported"),
        (argument(#""index": 6, "value": 0, "op": "SCMP_CMP_EQ""#), "syscalls[0].args[0]: \"index\" must be 0 to 5"),
        (argument(#""index": 0, "op": "SCMP_CMP_EQ""#), "\"value\" is missing"),
        (argument(#""index": 0, "value": 1.5, "op": "SCMP_CMP_EQ""#), "whole number"),
        (argument(#""index": 0, "value": -1, "op": "SCMP_CMP_EQ""#), "not negative"),
        (argument(#""index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ""#), "outside the 64-bit range"),
        (argument(#""index": 0, "value": 1, "op": "EQ""#), "must be one of SCMP_CMP_NE"),
        (
            argument(#""index": 0, "value": 1, "valueTwo": 2, "op": "SCMP_CMP_EQ""#),
            "\"valueTwo\" is for SCMP_CMP_MASKED_EQ only"
        ),
    ])
    func `a bad profile is refused with the place and the reason`(_ json: String, _ reason: String) throws {
        let error = #expect(throws: SeccompError.self) { try SeccompProfile(json: Array(json.utf8)) }

        let text = "\(try #require(error))"
        #expect(text.contains(reason), "\(text)")
    }
}

@Suite(.enabled(if: isX86, "numbers of x86_64"))
struct SeccompFilterTests {
    @Test func `the same profile gives the same bytes`() throws {
        let first = try filter(rule(#""names": ["read", "write"], "action": "SCMP_ACT_ALLOW""#))
        let second = try filter(rule(#""names": ["read", "write"], "action": "SCMP_ACT_ALLOW""#))

        #expect(first == second)
        #expect(first.bytes.count == first.instructionCount * 8)
        #expect(first.instructionCount > 6)
    }

    @Test func `a call that does not exist is refused by name`() {
        let json = rule(#""names": ["read", "raed"], "action": "SCMP_ACT_ALLOW""#)

        #expect(throws: SeccompError.unknownSystemCall(place: "syscalls[0]", name: "raed")) { try filter(json) }
    }

    @Test func `a call of another machine is passed over`() throws {
        let filter = try filter(rule(#""names": ["arm_fadvise64_64"], "action": "SCMP_ACT_ALLOW""#))

        #expect(try filter.decide(0) == errno(1))
    }

    @Test func `a profile for other machines is refused`() {
        let json = #"{"defaultAction": "SCMP_ACT_KILL", "architectures": ["SCMP_ARCH_S390X"]}"#

        #expect(throws: SeccompError.wrongArchitecture(native: "SCMP_ARCH_X86_64", listed: ["SCMP_ARCH_S390X"])) {
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

    @Test func `a call newer than libseccomp does not exist`() throws {
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
        // -1 is no call; libseccomp leaves it to the default so that a tracer may skip calls with it.
        #expect(try filter.decide(0xFFFF_FFFF) == errno(1))
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

    @Test(arguments: ["NE", "LT", "LE", "GE", "GT"])
    func `a comparison that the upper half of an int would pass is refused`(_ name: String) {
        let json = argument(#""index": 0, "value": 1, "op": "SCMP_CMP_\#(name)""#, of: "socket")

        #expect(throws: SeccompError.self) { try filter(json) }
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
    ])
    func `every action has the kernel's number`(_ name: String, _ number: UInt32) throws {
        let filter = try filter(rule(#""names": ["read"], "action": "\#(name)""#))

        #expect(try filter.decide(0) == number)
    }

    @Test func `the base profile lets a worker read and not trace`() throws {
        let profile = try readProfile("worker-base.json")
        let filter = try SeccompFilter(compiling: profile)

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
        let filter = try SeccompFilter(compiling: readProfile(name))
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
        let filter = try SeccompFilter(compiling: readProfile(name))
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
        let filter = try SeccompFilter(compiling: readProfile("worker-base.json"))

        #expect(try filter.decide(437, [0, 0, 0, 24]) == errno(38))  // openat2
        #expect(try filter.decide(452, [0, 0, 0o4755, 0]) != allow)  // fchmodat2
    }

    @Test func `a worker that reaches the proxy sets no option of a socket but what mono cannot do without`() throws {
        let base = try readProfile("worker-base.json")
        let filter = try SeccompFilter(compiling: base.adding(readProfile("worker-connect.json")))

        #expect(try SeccompFilter(compiling: base).decide(54, [3, 1, 2]) == errno(1))
        for option in UInt64(0)...80 {
            let isWanted = [2, 20, 21].contains(option)  // SO_REUSEADDR, SO_RCVTIMEO, SO_SNDTIMEO of SOL_SOCKET
            #expect(try filter.decide(54, [3, 1, option]) == (isWanted ? allow : errno(1)), "option \(option)")
            #expect(try filter.decide(54, [3, 6, option]) == errno(1))
        }
        #expect(try filter.decide(54, [3, 1 | 1 << 32, 26 | 1 << 33]) == errno(1))
    }

    private func readProfile(_ name: String) throws -> SeccompProfile {
        try SeccompProfile(json: Array(String(contentsOfFile: repository + "/sandbox/policies/" + name, encoding: .utf8).utf8))
    }

    private func filter(_ json: String) throws -> SeccompFilter {
        try SeccompFilter(compiling: SeccompProfile(json: Array(json.utf8)))
    }
}

extension SeccompFilter {
    fileprivate func decide(
        _ number: UInt32, _ arguments: [UInt64] = [], architecture: UInt32 = 0xC000_003E
    ) throws -> UInt32 {
        try FilterMachine(program: bytes).decide(
            .init(number: number, architecture: architecture, arguments: arguments))
    }
}

private let isX86: Bool = {
    #if arch(x86_64)
        true
    #else
        false
    #endif
}()

private let allow: UInt32 = 0x7FFF_0000
private let kill: UInt32 = 0x8000_0000
private func errno(_ number: UInt32) -> UInt32 { 0x0005_0000 | number }

/// A profile that refuses everything but what one rule says.
private func rule(_ members: String) -> String {
    #"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{\#(members)}]}"#
}

private func argument(_ members: String, of name: String = "read") -> String {
    rule(#""names": ["\#(name)"], "action": "SCMP_ACT_ALLOW", "args": [{\#(members)}]"#)
}
