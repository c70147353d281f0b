import ElvesJSON
import ElvesPolicy
import ElvesSeccomp

/// What every system call was answered in a real worker, held against what `explain` says of it.
struct SweepReport {
    /// As the battery tells it.
    struct Outcome: Decodable {
        /// The processor.
        let machine: String
        /// What all six arguments of a call were, by the name of the value.
        let values: [String: UInt64]
        /// By number, then by the name of the value.
        let answers: [String: [String: String]]
    }

    let policy: String
    let calls: Int
    let disagreements: [SeccompSweep.Disagreement]

    /// - Throws: `CommandFailure` for an answer that nobody could have given.
    init(_ outcome: Outcome, under document: PolicyDocument) throws {
        guard let architecture = SeccompArchitecture(rawValue: outcome.machine) else {
            throw CommandFailure(.failed, "there is no table of system calls for \(outcome.machine)")
        }
        let sweep = SeccompSweep(document.profile, on: architecture)
        var disagreements: [SeccompSweep.Disagreement] = []
        var calls = 0
        for (number, answers) in outcome.answers.compactMap({ text, answers in UInt32(text).map { ($0, answers) } })
            .sorted(by: { $0.0 < $1.0 })
        {
            for (name, word) in answers.sorted(by: { $0.key < $1.key }) {
                guard let value = outcome.values[name], let answer = ObservedAnswer(word: word) else {
                    throw CommandFailure(.failed, "the battery's answer to number \(number) cannot be read: \(name) \(word)")
                }
                calls += 1
                let call = SystemCall(number, Array(repeating: value, count: 6))
                if let found = sweep.disagreement(on: call, answered: answer) { disagreements.append(found) }
            }
        }
        guard calls > 0 else { throw CommandFailure(.failed, "the battery made no call") }
        policy = document.policy.name
        self.calls = calls
        self.disagreements = disagreements
    }

    var agrees: Bool { disagreements.isEmpty }

    var lines: [String] {
        disagreements.map { "DISAGREES  \($0)" } + [
            "\(calls) calls in a worker under policy \(policy): "
                + (agrees
                    ? "each was answered as `elves sandbox explain` says" : "\(disagreements.count) were answered otherwise")
        ]
    }

    var json: RawJSON {
        .object { object in
            object.add("policy", policy)
            object.add("calls", calls)
            object.add("agrees", agrees)
            object.add("disagreements", disagreements.map(\.description))
        }
    }
}
