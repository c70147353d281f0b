package import ElvesJSON
import ElvesModel

extension EffectivePolicy {
    package var json: RawJSON {
        .object { object in
            object.add("policy", policy.name)
            object.add("version", policy.version)
            object.add("runs", refusals.isEmpty)
            object.add(
                "lines",
                lines.map { line in
                    .object { object in
                        object.add("layer", line.layer.rawValue)
                        object.add("key", line.key)
                        object.add("value", line.value)
                        object.add("from", line.origin.rawValue)
                        object.add("reason", ifPresent: line.reason)
                    }
                })
            object.add(
                "refused",
                refusals.map { refusal in
                    .object { object in
                        object.add("request", refusal.request.description)
                        object.add("cause", refusal.inWords)
                    }
                })
            object.add(
                "idleGrants",
                idleGrants.map { idle in
                    .object { object in
                        object.add("grant", idle.grant.description)
                        object.add("cause", idle.inWords)
                    }
                })
        }
    }

    /// Layer by layer, each line with who gave it.
    package var text: String {
        var text: [String] = []
        for layer in PolicyChange.Layer.allCases {
            let own = lines.filter { $0.layer == layer }
            guard !own.isEmpty else { continue }
            text.append(layer.rawValue)
            text += own.map { "  \($0.value)  [\($0.origin.rawValue)]" + ($0.reason.map { "  \($0)" } ?? "") }
        }
        if !refusals.isEmpty {
            text.append("refused, so that the app is not run")
            text += refusals.map { "  \($0.request): \($0.inWords)" }
        }
        if !idleGrants.isEmpty {
            text.append("granted without effect")
            text += idleGrants.map { "  \($0.grant): \($0.inWords)" }
        }
        return text.joined(separator: "\n")
    }
}

extension EffectivePolicy.Refusal {
    package var inWords: String {
        switch cause {
        case .noNetwork: "the policy offers no network to anybody"
        case .notGranted: "the policy does not offer it and nobody has granted it: --grant \(request)"
        case .aboveCeiling: "granted, but above what the signed grants.yaml lets this app have"
        }
    }
}

extension EffectivePolicy.IdleGrant {
    package var inWords: String {
        switch cause {
        case .notAsked: "the app does not ask for it"
        case .aboveCeiling: "above what the signed grants.yaml lets this app have"
        }
    }
}
