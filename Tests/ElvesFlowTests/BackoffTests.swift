import ElvesFlow
import Testing

@Suite struct BackoffTests {
    @Test(arguments: [
        (attempt: 0, least: 50, most: 100), (1, 100, 200), (2, 200, 400), (3, 400, 800), (4, 800, 1600),
        (5, 1600, 3200), (6, 3200, 6400), (7, 5000, 10_000), (8, 5000, 10_000), (1_000_000, 5000, 10_000),
        (.max, 5000, 10_000), (-1, 50, 100), (.min, 50, 100),
    ])
    func `doubles from 100 ms to 10 s, half of it by chance`(attempt: Int, least: Int, most: Int) {
        #expect(Backoff.pause(attempt: attempt, random: .min) == .milliseconds(least))
        #expect(Backoff.pause(attempt: attempt, random: .max) == .milliseconds(most))
    }

    @Test func `more chance never makes a shorter pause`() {
        for attempt in 0...8 {
            let pauses = (UInt8.min ... .max).map { Backoff.pause(attempt: attempt, random: $0) }
            #expect(pauses == pauses.sorted())
            #expect(Set(pauses).count == 256)
        }
    }
}
