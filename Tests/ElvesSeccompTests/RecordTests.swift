import ElvesSeccomp
import Testing

@Suite struct SeccompProposalTests {
    private func propose(
        _ calls: [(String, [UInt64], Int)], over base: SeccompProfile, never: Set<String> = ["ptrace"]
    ) -> SeccompProposal {
        SeccompProposal(
            from: calls.map { ObservedCall(name: $0.0, arguments: $0.1, count: $0.2) }, over: base, on: .x86_64, never: never,
            source: "run")
    }

    @Test func `what the base allows already is not proposed again`() throws {
        let base = try profileInRepository("worker-base.json")

        let proposal = propose([("read", [0], 9), ("mmap", [0, 4096, 3, 34], 5), ("ioctl", [0, 21505], 1)], over: base)
        #expect(proposal.additions.isEmpty)
        #expect(proposal.withheld.isEmpty)
    }

    @Test func `calls without a choice are one rule, and each choice is one`() throws {
        let base = try profileInRepository("worker-base.json")
        let calls: [(String, [UInt64], Int)] = [
            ("splice", [3, 0, 4, 0, 100], 2), ("mknodat", [3, 0, 0o10644], 1), ("splice", [5], 3),
            ("socket", [2, 1, 6], 4), ("socket", [1 << 32 | 2, 1, 0], 1), ("socket", [10, 2, 0], 1),
        ]

        let proposal = propose(calls, over: base)
        #expect(proposal.additions.map(\.names) == [["mknodat", "splice"], ["socket"], ["socket"]])
        #expect(proposal.additions.map(\.comment) == ["made 6 times", "made 5 times", "made 1 times"])
        let widened = base.adding(proposal.profile(over: base))
        for (name, arguments, _) in calls {
            let call = try #require(SystemCall(named: name, on: .x86_64, arguments))
            #expect(widened.decision(for: call, on: .x86_64).action == .allow, "\(name)")
        }
        // Nothing beside it.
        for arguments in [[2, 3], [16, 1], [10, 1]] as [[UInt64]] {
            #expect(widened.decision(for: SystemCall(41, arguments), on: .x86_64).action == .notify, "\(arguments)")
        }
        try expectAgreement(of: widened, on: .x86_64)
    }

    @Test func `arguments that the base looks at are part of what is proposed`() throws {
        let base = try profileInRepository("worker-base.json")

        let proposal = propose([("chmod", [0, 0o4755], 1)], over: base)
        let conditions = try #require(proposal.additions.first).conditions
        #expect(conditions == [SeccompCondition(index: 1, comparison: .maskedEqual, value: 0xFFFF, secondValue: 0o4755)])
    }

    @Test func `what is refused on purpose, or is a tripwire, is withheld with its reason`() throws {
        let base = try profileInRepository("worker-base.json")

        let proposal = propose(
            [("ptrace", [16], 1), ("setpriority", [0, 0, 1], 1), ("clone3", [], 2), ("nothing", [], 1)], over: base)
        #expect(proposal.additions.isEmpty)
        let reasons = proposal.withheld.map(\.reason)
        #expect(reasons.count == 4)
        #expect(reasons[0].contains("never proposed"))
        #expect(reasons[1].contains("refused with EPERM on purpose by worker-base.json line"))
        #expect(reasons[2].contains("in front of all rules: clone3"))
        #expect(reasons[3] == "is no call of x86_64")
    }

    @Test func `a proposal is written as a profile that reads back`() throws {
        let base = try profileInRepository("worker-base.json")
        let proposal = propose([("splice", [], 2), ("socket", [2, 1], 4), ("unshare", [0x1000_0000], 1)], over: base)

        let again = try SeccompProfile(json: proposal.profile(over: base).json(comment: "a run"), file: "again.json")
        #expect(again.rules.map(\.names) == proposal.additions.map(\.names))
        #expect(again.rules.map(\.conditions) == proposal.additions.map(\.conditions))
        #expect(again.defaultAction == .notify)
    }
}

@Suite struct SeccompSweepTests {
    @Test(
        arguments: [
            (0, [0], ObservedAnswer.failed(9), true),  // read: allowed, and there is no such descriptor
            (0, [0], .succeeded, true),
            (0, [0], .blocked, true),
            (0, [0], .signaled(31), false),
            (101, [0], .failed(1), true),  // ptrace: told to the listener
            (101, [0], .failed(38), false),
            (101, [0], .succeeded, false),
            (435, [0], .failed(38), true),  // clone3
            (435, [0], .failed(1), false),
            (16, [0, 21519], .failed(25), true),  // ioctl TIOCGPGRP
            (16, [0, 21519], .failed(1), false),
            (0x4000_0000, [0], .signaled(31), true),  // x32
            (0x4000_0000, [0], .failed(38), false),
            (335, [0], .signaled(4), true),  // uretprobe, which filters are not asked about
        ] as [(UInt32, [UInt64], ObservedAnswer, Bool)])
    func `an answer fits what the profile says, or is named`(
        _ number: UInt32, _ arguments: [UInt64], _ answer: ObservedAnswer, _ fits: Bool
    ) throws {
        let sweep = SeccompSweep(try profileInRepository("worker-base.json"), on: .x86_64)

        let found = sweep.disagreement(on: SystemCall(number, arguments), answered: answer)
        #expect((found == nil) == fits)
        if let found { #expect("\(found)".contains("number \(number)")) }
    }
}
