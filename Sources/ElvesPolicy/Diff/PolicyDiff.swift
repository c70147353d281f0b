package import ElvesJSON

/// What is wider, narrower or other in one policy than in another, layer by layer.
package struct PolicyDiff: Sendable, Equatable {
    /// By layer, in the order in which layers are told.
    package let changes: [PolicyChange]

    init(changes: [PolicyChange]) {
        self.changes = PolicyChange.Layer.allCases.flatMap { layer in changes.filter { $0.layer == layer } }
    }

    /// What happened to a layer as a whole.
    package enum Verdict: String, Sendable {
        case equal, widened, narrowed, changed
        case widenedAndNarrowed = "widened and narrowed"
    }

    package func verdict(on layer: PolicyChange.Layer) -> Verdict { Self.verdict(changes.filter { $0.layer == layer }) }

    package var verdict: Verdict { Self.verdict(changes) }

    package var widened: [PolicyChange] { changes.filter { $0.direction == .widened } }

    /// Whether somebody who approved the earlier one has to look again.
    package var needsApproval: Bool { changes.contains { $0.direction != .narrowed } }

    /// What is wider although the later policy does not say why.
    package var widenedWithoutReason: [PolicyChange] { widened.filter { $0.reason == nil } }

    private static func verdict(_ changes: [PolicyChange]) -> Verdict {
        let directions = Set(changes.map(\.direction))
        if directions.contains(.widened) { return directions.contains(.narrowed) ? .widenedAndNarrowed : .widened }
        if directions.contains(.narrowed) { return .narrowed }
        return directions.isEmpty ? .equal : .changed
    }
}

extension PolicyDiff {
    package var json: RawJSON {
        .object { object in
            object.add("verdict", verdict.rawValue)
            object.add("needsApproval", needsApproval)
            object.add("layers") { layers in
                for layer in PolicyChange.Layer.allCases { layers.add(layer.rawValue, verdict(on: layer).rawValue) }
            }
            object.add("changes", changes.map(\.json))
        }
    }

    /// Only the changes, a line each.
    package var marked: [String] { changes.map(\.marked) }

    /// A line for each layer, and one for each change.
    package var text: String {
        var lines: [String] = []
        for layer in PolicyChange.Layer.allCases {
            lines.append("\(layer.rawValue): \(verdict(on: layer).rawValue)")
            lines += changes.filter { $0.layer == layer }.map { "  \($0.marked)" }
        }
        return lines.joined(separator: "\n")
    }
}
