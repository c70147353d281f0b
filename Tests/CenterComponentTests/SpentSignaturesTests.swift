import CenterOpenAPI
import ElvesModel
import Testing

@Suite struct SpentSignaturesTests {
    private static let start: Int64 = 1_750_000_000
    private let key = AuthID("K1")
    private var spent = SpentSignatures(since: Self.start, window: 180, limit: 3)

    @Test mutating func `a signature is taken once, by each key`() {
        let now = Self.start + 10
        #expect(spent.spend("A", of: key, signedAt: now, now: now) == .first)
        #expect(spent.spend("A", of: key, signedAt: now, now: now + 100) == .spent)
        #expect(spent.spend("B", of: key, signedAt: now, now: now) == .first)
        #expect(spent.spend("A", of: AuthID("K2"), signedAt: now, now: now) == .first)
    }

    @Test mutating func `one signed ahead is kept until its timestamp is old`() {
        let ahead = Self.start + 189
        #expect(spent.spend("A", of: key, signedAt: ahead, now: Self.start + 10) == .first)
        #expect(spent.spend("A", of: key, signedAt: ahead, now: ahead + 179) == .spent)
    }

    @Test mutating func `what was signed before the start may have been used and is not taken`() {
        let now = Self.start + 1
        for second in [Self.start, Self.start - 1, Self.start - 179] {
            #expect(spent.spend("A", of: key, signedAt: second, now: now) == .spent, "\(second)")
        }
        #expect(spent.spend("A", of: key, signedAt: Self.start + 1, now: now) == .first)
        #expect(spent.count == 1)
    }

    @Test mutating func `a clock that goes back brings no signature to life again`() {
        let first = Self.start + 10
        #expect(spent.spend("A", of: key, signedAt: first, now: first) == .first)
        #expect(spent.spend("B", of: key, signedAt: first + 500, now: first + 500) == .first)
        #expect(spent.count == 1)
        #expect(spent.spend("A", of: key, signedAt: first, now: first) == .spent)
    }

    @Test mutating func `a key that calls too often waits, and no other key with it`() {
        let now = Self.start + 10
        for sign in ["A", "B", "C"] { #expect(spent.spend(sign, of: key, signedAt: now, now: now) == .first) }
        #expect(spent.spend("D", of: key, signedAt: now + 1, now: now + 1) == .full(limit: 3))
        #expect(spent.spend("A", of: key, signedAt: now, now: now + 1) == .spent)
        #expect(spent.spend("D", of: AuthID("K2"), signedAt: now + 1, now: now + 1) == .first)

        let later = now + 180
        #expect(spent.spend("D", of: key, signedAt: later, now: later) == .first)
    }

    @Test func `what is kept is bounded however long it goes on`() {
        var spent = SpentSignatures(since: Self.start, window: 180)
        for second in Self.start + 1...Self.start + 3_600 {
            for number in 0..<10 {
                #expect(spent.spend("\(second) \(number)", of: key, signedAt: second, now: second) == .first)
            }
            #expect(spent.count <= 1800)
        }
    }
}
