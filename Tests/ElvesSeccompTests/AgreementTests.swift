import ElvesSeccomp
import Testing

/// Two ways to say what a profile does, which share nothing but the tables: the evaluator reads the rules, the machine runs
/// the program that was compiled of them. They agree on every number with every corner of every argument.
@Suite struct AgreementTests {
    /// What the policies make of the profiles: base, and additions to it.
    static let combinations = [
        ["intake.json"],
        ["worker-base.json"],
        ["worker-base.json", "worker-connect.json"],
        ["worker-base.json", "worker-jit.json"],
        ["worker-base.json", "worker-jit.json", "worker-connect.json"],
        ["worker-base.json", "worker-jit.json", "worker-java.json"],
        ["worker-base.json", "worker-jit.json", "worker-java.json", "worker-connect.json"],
        ["worker-strict.json"],
    ]

    @Test(arguments: combinations, SeccompArchitecture.allCases)
    func `evaluator and compiled program agree on the profiles of the repository`(
        _ names: [String], _ architecture: SeccompArchitecture
    ) throws {
        var profile = try profileInRepository(names[0])
        for name in names.dropFirst() { profile = profile.adding(try profileInRepository(name)) }

        let compared = try expectAgreement(of: profile, on: architecture)
        #expect(compared > 60_000)
    }

    @Test(arguments: SeccompArchitecture.allCases)
    func `they agree where every comparison meets every width`(_ architecture: SeccompArchitecture) throws {
        let calls = [("read", 1), ("socket", 1), ("fchmod", 1), ("socket", 0), ("read", 0)]
        for (name, index) in calls {
            for operation in ["NE", "LT", "LE", "EQ", "GE", "GT"] {
                for value in [0, 1, 5, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0001] as [UInt64] {
                    let json = argument(#""index": \#(index), "value": \#(value), "op": "SCMP_CMP_\#(operation)""#, of: name)
                    try expectAgreement(of: profile(json), on: architecture, numbers: number(name, architecture))
                }
            }
        }
    }

    @Test(arguments: ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_KILL", "SCMP_ACT_NOTIFY"], SeccompArchitecture.allCases)
    func `they agree whatever the default is`(_ action: String, _ architecture: SeccompArchitecture) throws {
        let json = """
            {"defaultAction": "\(action)", "syscalls": [
              {"names": ["read", "mseal"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5},
              {"names": ["write"], "action": "SCMP_ACT_KILL_PROCESS", "args": [
                {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 3, "op": "SCMP_CMP_GE"}]},
              {"names": ["write"], "action": "SCMP_ACT_TRAP", "args": [{"index": 0, "value": 3, "op": "SCMP_CMP_EQ"}]},
              {"names": ["ioctl"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 21505, "op": "SCMP_CMP_NE"}]}
            ]}
            """

        try expectAgreement(of: profile(json), on: architecture)
    }

    private func number(_ name: String, _ architecture: SeccompArchitecture) throws -> [UInt32] {
        [try #require(SystemCall(named: name, on: architecture)).number]
    }
}

/// Compares evaluator and program on the given numbers; the first difference is an issue.
///
/// - Returns: How many calls were compared.
@discardableResult
func expectAgreement(
    of profile: SeccompProfile, on architecture: SeccompArchitecture, numbers: [UInt32] = CornerCalls.numbers
) throws -> Int {
    let evaluator = SeccompEvaluator(profile, on: architecture)
    let filter = try SeccompFilter(compiling: profile, for: architecture, notify: .allowed)
    let machine = try FilterMachine(program: filter.bytes)
    var count = 0
    for number in numbers {
        for arguments in CornerCalls.arguments(of: number, in: profile, on: architecture) {
            let call = SystemCall(number, arguments)
            let (said, done) = (evaluator.decision(for: call), machine.action(for: call, on: architecture))
            count += 1
            if said.action != done {
                let name = SystemCallTable.shared.name(of: number, on: architecture)
                let answer = done.map { "\($0)" } ?? "unknown"
                Issue.record("\(name)\(call.arguments): \(said.action) by \(said.because), the program says \(answer)")
                return count
            }
        }
    }
    return count
}
