import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

/// `TaskBook`, `Delivery` and `SpoolLog` together, over links that break at any frame, with agents and centers that die at
/// any moment and come back with what they had made durable.
@Suite struct LossyLinkTests {
    @Test(arguments: 0..<10)
    func `no task runs twice, every caller hears once, every result is recorded once`(block: Int) throws {
        for seed in block * 10..<(block + 1) * 10 {
            var world = LossyWorld(seed: seed)
            try world.run(steps: 600)
            #expect(world.faults.prefix(3) == [], "seed \(seed)")
        }
    }

    @Test func `the walk comes to what it is about`() throws {
        var seen = LossyWorld.Tally()
        for seed in 0..<20 {
            var world = LossyWorld(seed: seed)
            try world.run(steps: 600)
            seen.add(world.tally)
        }

        #expect(seen.ran > 250 && seen.lateReports > 10 && seen.resent > 10 && seen.tornSpools > 2)
        #expect(seen.agentDeaths > 25 && seen.centerDeaths > 10 && seen.linksLost > 50)
    }
}
