import ElvesModel
import ElvesSandbox
import Testing

@Suite struct GroupCountsTests {
    private let now = Timestamp(microseconds: 7)

    @Test func `what was used up since the last look is told under its name in policies`() {
        let before = GroupCounts(oomKills: 1, refusedProcesses: 4)

        let told = GroupCounts(oomKills: 3, refusedProcesses: 5).violations(since: before, at: now)

        #expect(told == [resource("memory", 2, .denied), resource("process.max", 1, .denied)])
        #expect(told.map(\.description) == ["memory denied 2 times", "process.max denied"])
    }

    @Test func `a worker that ended was ended for its memory, and not for a process that it could not start`() {
        let told = GroupCounts(oomKills: 1, refusedProcesses: 1).violations(since: GroupCounts(), endsWorker: true, at: now)

        #expect(told == [resource("memory", 1, .killed), resource("process.max", 1, .denied)])
    }

    @Test func `nothing is told twice, nor of a group that counts nothing any more`() {
        let before = GroupCounts(oomKills: 1, refusedProcesses: 4)

        #expect(before.violations(since: before, at: now).isEmpty)
        #expect(GroupCounts().violations(since: before, at: now).isEmpty)
    }

    private func resource(_ name: String, _ count: Int, _ action: Violation.Action) -> Violation {
        Violation(call: name, arguments: [], layer: .resource, action: action, source: .counter, count: count, firstAt: now)
    }
}
