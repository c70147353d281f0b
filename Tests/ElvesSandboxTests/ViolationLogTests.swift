import ElvesModel
import ElvesPolicy
import ElvesSandbox
import ElvesSeccomp
import Testing

@Suite struct ViolationLogTests {
    private let noon = Timestamp(microseconds: 1_750_000_000_000_000)

    @Test func `equal attempts are one kind, dated with the first`() {
        var tally = ViolationTally()
        tally.add(violation(1))
        tally.add(Violation(call: "chroot", arguments: [1], source: .notify, firstAt: Timestamp(microseconds: 5)))
        tally.add(violation(2))

        #expect(tally.take() == Violations(kinds: [violation(1, count: 2), violation(2)]))
    }

    @Test func `the same call told by another source is another kind`() {
        var tally = ViolationTally()
        tally.add(violation(1))
        tally.add(Violation(call: "chroot", arguments: [1], source: .audit, firstAt: noon))

        #expect(tally.take().kinds.map(\.source) == [.notify, .audit])
    }

    @Test func `a flood keeps its first 32 kinds and counts the rest`() {
        var tally = ViolationTally()
        for _ in 0..<3 {
            for argument in 0..<UInt64(40) { tally.add(violation(argument)) }
        }
        let violations = tally.take()

        #expect(violations.kinds == (0..<32).map { violation($0, count: 3) })
        #expect(violations.more == 24)
        #expect(violations.total == 120)
    }

    @Test func `what ended the worker is kept beyond the limit`() {
        var tally = ViolationTally()
        for argument in 0..<UInt64(40) { tally.add(violation(argument)) }

        let kills = tally.add(violation(99), killingIf: { $0 == 41 })

        #expect(kills)
        #expect(tally.take().fatal == violation(99, action: .killed))
    }

    @Test func `a kind that ended the worker is marked, with all its attempts`() {
        var tally = ViolationTally()
        let kills = (0..<4).map { _ in tally.add(violation(1), killingIf: { $0 > 3 }) }

        #expect(kills == [false, false, false, true])
        #expect(tally.take().kinds == [violation(1, count: 4, action: .killed)])
    }

    @Test func `another run begins when somebody has taken`() {
        let log = ViolationLog()
        log.add(violation(1))
        log.add(violation(1))

        #expect(log.take().total == 2)
        #expect(log.take().isEmpty)
        var totals: [Int] = []
        log.add(violation(1)) {
            totals.append($0)
            return false
        }
        #expect(totals == [1])
    }

    @Test func `a rule ends at a tripwire at once, and at others after so many`() throws {
        let rule = ViolationRule(killAfter: 2)
        let ptrace = try #require(SystemCallNames.number(of: "ptrace"))
        let mknodat = try #require(SystemCallNames.number(of: "mknodat"))

        #expect(rule.ends(call: ptrace, total: 1))
        #expect((1...4).map { rule.ends(call: mknodat, total: $0) } == [false, false, true, true])
        #expect(!ViolationRule(tripwires: [], killAfter: nil).ends(call: ptrace, total: .max))
    }

    /// A name that nobody has would be no tripwire.
    @Test func `every tripwire is a call of some machine`() {
        let missing = TripwireCalls.names.filter { SystemCallNames.number(of: $0) == nil }

        #expect(Set(missing).isSubset(of: ["umount", "iopl", "ioperm"]))
    }

    private func violation(_ argument: UInt64, count: Int = 1, action: Violation.Action = .denied) -> Violation {
        Violation(call: "chroot", arguments: [argument], action: action, source: .notify, count: count, firstAt: noon)
    }
}
