import ElvesFlow
import ElvesModel
import Testing

/// Stored tasks between a center and agents that die at any moment.
@Suite struct StoredLinkTests {
    @Test(arguments: 0..<20)
    func `an attempt starts at most once and is reported once, and a task has one outcome`(block: Int) throws {
        for seed in block * 10..<(block + 1) * 10 {
            var world = StoredWorld(seed: seed, losesPower: false)
            try world.run(steps: 800)
            #expect(world.faults.prefix(3) == [], "seed \(seed)")
        }
    }

    @Test(arguments: 0..<10)
    func `where the power fails as well, no attempt starts twice and no task has two outcomes`(block: Int) throws {
        for seed in block * 10..<(block + 1) * 10 {
            var world = StoredWorld(seed: 10_000 + seed, losesPower: true)
            try world.run(steps: 800)
            #expect(world.faults.prefix(3) == [], "seed \(10_000 + seed)")
        }
    }

    @Test func `the walks come to what they are about`() throws {
        var seen = StoredWorld.Tally()
        for seed in 0..<30 {
            var world = StoredWorld(seed: seed, losesPower: seed % 2 == 0)
            try world.run(steps: 800)
            seen.add(world.tally)
        }

        let least = [
            "starts": 1000, "retries": 100, "agent deaths": 100, "center deaths": 50, "torn lines": 10, "power losses": 20,
            "agent-lost": 50, "full disks": 10, "cancelled": 5, "cancelled running": 10, "turned down": 3, "answered": 300,
            "timeout": 5,
        ]
        for (what, count) in least { #expect(seen.counts[what, default: 0] >= count, "\(what) in \(seen.counts)") }
    }
}
