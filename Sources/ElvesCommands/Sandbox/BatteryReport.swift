import ElvesModel

/// What came of the attack battery.
struct BatteryReport: Encodable {
    let policy: String
    let version: Int
    let digest: Digest
    let holds: Bool
    let outcome: Outcome

    /// As the battery tells it.
    struct Outcome: Codable {
        /// The processor.
        let machine: String
        let trials: [Trial]
        /// What had changed on the host at the end.
        let harm: [String]
        let leftOut: [LeftOut]

        enum CodingKeys: String, CodingKey {
            case machine, trials, harm
            case leftOut = "left_out"
        }
    }

    /// A row of the battery, made once.
    struct Trial: Codable {
        let row: String
        let name: String
        /// `root` or `ordinary`: what the agent was.
        let identity: String
        /// The layers that were off.
        let without: [String]
        let outcome: String
        let expected: [String]
        /// Empty where it held.
        let wrong: [String]

        enum CodingKeys: String, CodingKey {
            case row, name, without, outcome, expected, wrong
            case identity = "as"
        }
    }

    struct LeftOut: Codable {
        let what: String
        let why: String
    }

    init(policy: String, version: Int, digest: Digest, _ outcome: Outcome) {
        self.policy = policy
        self.version = version
        self.digest = digest
        self.outcome = outcome
        // A battery of which nothing was made has shown nothing.
        holds = !outcome.trials.isEmpty && outcome.harm.isEmpty && outcome.trials.allSatisfy(\.wrong.isEmpty)
    }

    /// For people: what did not hold first, then how much was tried, then what was left out and why.
    func lines(trialByTrial: Bool) -> [String] {
        var lines: [String] = []
        for trial in outcome.trials where trialByTrial || !trial.wrong.isEmpty {
            let end = trial.wrong.isEmpty ? trial.outcome : trial.wrong.joined(separator: "; ")
            lines.append("\(trial.wrong.isEmpty ? "holds" : "FAILS")  \(trial.place): \(trial.name): \(end)")
        }
        lines += outcome.harm.map { "FAILS  afterwards: \($0)" }
        if !lines.isEmpty { lines.append("") }
        lines += summary
        let reasons = Dictionary(grouping: outcome.leftOut, by: \.why)
        for reason in reasons.keys.sorted() {
            let places = (reasons[reason] ?? []).map(\.what)
            lines.append("left out (\(reason)), \(places.count) in number:")
            lines.append("  " + places.joined(separator: "; "))
        }
        return lines
    }

    private var summary: [String] {
        let trials = outcome.trials
        let failed = trials.filter { !$0.wrong.isEmpty }
        let rows = Set(trials.map(\.row)).count
        let identities = Set(trials.map(\.identity)).sorted(by: >).map { $0 == "root" ? "root" : "an ordinary user" }
        let whole = trials.filter(\.without.isEmpty).count
        let end =
            if trials.isEmpty {
                "nothing was tried, so nothing is shown"
            } else if holds {
                "every attack was stopped, and nothing outside was touched"
            } else {
                "\(failed.count) of \(trials.count) trials did not hold"
                    + (outcome.harm.isEmpty ? "" : ", and something outside was changed")
            }
        var lines = ["policy \(policy) \(version) (\(digest.hex.prefix(12))) on \(outcome.machine): \(end)"]
        guard !trials.isEmpty else { return lines }
        lines.append(
            "\(rows) rows in \(trials.count) trials as \(identities.joined(separator: " and ")): \(whole) with the whole sandbox, "
                + "\(trials.count - whole) with layers off")
        return lines
    }
}

extension BatteryReport.Trial {
    fileprivate var place: String {
        let layers = without.isEmpty ? "" : " without \(without.joined(separator: ", "))"
        return "\(row) as \(identity == "root" ? "root" : "an ordinary user")\(layers)"
    }
}
