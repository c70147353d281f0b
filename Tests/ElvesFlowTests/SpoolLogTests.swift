import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

@Suite struct SpoolLogTests {
    @Test func `a result is one line at the end of the file`() {
        var log = SpoolLog()

        #expect(log.append(AttemptID("A"), line: Array("{a}".utf8)) == [.append(Array("{a}\n".utf8))])
        #expect(log.owed == [Array("{a}".utf8)])
    }

    @Test func `an acknowledged result is marked and owed no more`() {
        var log = SpoolLog()
        _ = log.append(AttemptID("A"), line: Array("{a}".utf8))
        _ = log.append(AttemptID("B"), line: Array("{b}".utf8))

        #expect(log.acknowledge(AttemptID("A")) == [.append(Array("-A\n".utf8))])
        #expect(log.owed == [Array("{b}".utf8)])
        #expect(log.acknowledge(AttemptID("A")) == [])
        #expect(log.acknowledge(AttemptID("none")) == [])
    }

    @Test(arguments: [(7, [SpoolLog.Effect.truncate]), (8, [.append(Array("-A\n".utf8))])])
    func `a file of nothing owed is emptied above the limit, and left alone at it`(
        limit: Int, effects: [SpoolLog.Effect]
    ) {
        var log = SpoolLog(tidyAbove: limit)
        _ = log.append(AttemptID("A"), line: Array("{12345}".utf8))

        #expect(log.acknowledge(AttemptID("A")) == effects)
    }

    @Test func `a file mostly of dead lines is written anew with the living ones`() {
        var log = SpoolLog(tidyAbove: 10)
        for id in ["A", "B", "C", "D", "E", "F"] { _ = log.append(AttemptID(id), line: Array("{\(id)}".utf8)) }
        var effects: [SpoolLog.Effect] = []
        for id in ["A", "C", "E", "F", "D"] { effects += log.acknowledge(AttemptID(id)) }

        // 6 results of 4 bytes and 5 marks of 3: 39 bytes, still below 4 × 10; the next mark goes beyond.
        #expect(!effects.contains(.rewrite(Array("{B}\n".utf8), holdsIntents: false)))
        _ = log.append(AttemptID("G"), line: Array("{G}".utf8))
        #expect(log.acknowledge(AttemptID("G")) == [.rewrite(Array("{B}\n".utf8), holdsIntents: false)])
        #expect(log.owed == [Array("{B}".utf8)])
    }

    @Test func `an empty file recovers to nothing and is not touched`() {
        var log = SpoolLog()

        let (effects, unreadable) = log.recover([], reading: .test)

        #expect(effects == [] && unreadable == 0 && log.owed == [])
    }

    @Test func `lines that cannot be read are counted and dropped, those around them kept`() throws {
        let (a, b) = (try report("A"), try report("B"))
        var log = SpoolLog()

        let found = a.spoolLine + [0x0A] + Array("{\"task\":\n\u{FFFD}\n\n-unknown\n".utf8) + b.spoolLine + [0x0A]
        let (effects, unreadable) = log.recover(found, reading: .test)

        #expect(unreadable == 2)
        #expect(log.owed == [a.spoolLine, b.spoolLine])
        #expect(effects == [.rewrite(a.spoolLine + [0x0A] + b.spoolLine + [0x0A], holdsIntents: false)])
    }

    @Test func `a kill at any byte of the file loses nothing that was promised before`() throws {
        var log = SpoolLog()
        var file: [UInt8] = []
        // The length of the file after each move, and what is owed from then on.
        var promises: [(length: Int, owed: [[UInt8]])] = [(0, [])]
        for (move, id) in [("+", "A1"), ("+", "B2"), ("-", "A1"), ("+", "C3"), ("-", "C3"), ("+", "D4"), ("-", "B2")] {
            let line = try report(id, result: "ä \"\(id)\" \\").spoolLine
            for effect in move == "+" ? log.append(AttemptID(id), line: line) : log.acknowledge(AttemptID(id)) {
                guard case .append(let bytes) = effect else { throw Unexpected(effects: "\(effect)") }
                file += bytes
            }
            promises.append((file.count, log.owed))
        }

        for length in 0...file.count {
            var recovered = SpoolLog()
            let (effects, unreadable) = recovered.recover(Array(file.prefix(length)), reading: .test)

            // A last line that misses nothing but its line feed counts as written.
            let promised = promises.last { $0.length <= length } ?? promises[0]
            let following = promises.first { $0.length == length + 1 } ?? promised
            #expect(recovered.owed == promised.owed || recovered.owed == following.owed, "cut at byte \(length)")
            #expect(unreadable <= 1, "cut at byte \(length)")

            let tidied = recovered.owed.reduce(into: [UInt8]()) { $0 += $1 + [0x0A] }
            #expect(effects == (length == 0 ? [] : [.rewrite(tidied, holdsIntents: false)]), "cut at byte \(length)")
        }
    }
}

/// `SpoolLog` against a model that keeps a plain list.
@Suite struct SpoolLogWalkTests {
    @Test(arguments: 0..<6)
    func `the file always recovers to what is owed, and does not outgrow it`(block: Int) throws {
        for seed in block * 5..<(block + 1) * 5 {
            var random = SeededRandom(seed: seed)
            let tidyAbove = [0, 300, 5000].randomElement(using: &random) ?? 0
            var log = SpoolLog(tidyAbove: tidyAbove)
            var file: [UInt8] = []
            var model: [(id: String, line: [UInt8])] = []
            var lastTask = 0
            for step in 0..<150 {
                var effects: [SpoolLog.Effect] = []
                let isAcknowledgement = random.chance(50)
                if isAcknowledgement {
                    let id = random.chance(90) ? model.randomElement(using: &random)?.id : "unknown"
                    effects = log.acknowledge(AttemptID(id ?? "unknown"))
                    model.removeAll { $0.id == id }
                } else if random.chance(95) {
                    lastTask += 1
                    let id = "T\(10_000 + lastTask)"
                    let line = try report(id, result: String(repeating: "x", count: lastTask % 50)).spoolLine
                    effects = log.append(AttemptID(id), line: line)
                    model.append((id, line))
                } else {
                    log = SpoolLog(tidyAbove: tidyAbove)
                    effects = log.recover(file, reading: .test).effects
                }
                for effect in effects { file.apply(effect) }

                var recovered = SpoolLog()
                let unreadable = recovered.recover(file, reading: .test).unreadable
                let owed = model.map(\.line)
                try #require(log.owed == owed, "seed \(seed), step \(step)")
                try #require(recovered.owed == owed && unreadable == 0, "seed \(seed), step \(step)")
                if isAcknowledgement, !effects.isEmpty, file.count > 4 * tidyAbove {
                    let living = owed.reduce(0) { $0 + $1.count + 1 }
                    try #require(living >= file.count / 2, "seed \(seed), step \(step): \(living) of \(file.count)")
                }
            }
        }
    }
}

extension SpoolLog.Reading {
    static var test: Self {
        Self(
            result: { try? TaskReport(spoolLine: $0).id },
            intent: { line in (try? TaskIntent(line: line)).map { ($0.id, $0.lost(at: noon).spoolLine) } })
    }
}

extension [UInt8] {
    /// What the agent does with its spool file.
    mutating func apply(_ effect: SpoolLog.Effect) {
        switch effect {
        case .append(let bytes): self += bytes
        case .truncate: self = []
        case .rewrite(let bytes, _): self = bytes
        }
    }
}
