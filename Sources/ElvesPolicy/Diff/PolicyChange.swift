package import ElvesJSON

/// One difference between two policies, or between two requests of an app.
package struct PolicyChange: Sendable, Equatable {
    package let layer: Layer
    package let direction: Direction
    /// The way of keys to what changed, such as `filesystem.roots./usr/lib`.
    package let key: String
    /// In words; nil for what was not there.
    package let before: String?
    /// In words; nil for what is not there any more.
    package let after: String?
    /// What the later policy says it is for.
    package let reason: String?
    /// Where that stands, if one reason serves a whole section; nil for a reason of its own.
    package let sectionReason: String?

    package enum Direction: String, Sendable, CaseIterable {
        /// The worker can do something that it could not.
        case widened
        /// The worker cannot do something that it could.
        case narrowed
        /// Other, without being more or less.
        case changed
    }

    /// What a policy is about, in the order in which it is told.
    package enum Layer: String, Sendable, CaseIterable, CustomStringConvertible {
        case runtime, files, network, process, resources, environment, secrets
        case systemCalls = "system calls"
        case requirements, violations

        package var description: String { rawValue }
    }

    package init(
        _ layer: Layer, _ direction: Direction, _ key: String, before: String?, after: String?, reason: String? = nil,
        sectionReason: String? = nil
    ) {
        self.layer = layer
        self.direction = direction
        self.key = key
        self.before = before
        self.after = after
        self.reason = reason
        self.sectionReason = sectionReason
    }

    /// Without the direction: what it was and what it is.
    package var inWords: String {
        switch (before, after) {
        case (let before?, let after?): "\(key): \(before) -> \(after)"
        case (nil, let after?): "\(key): \(after)"
        case (let before?, nil): "\(key): no longer \(before)"
        case (nil, nil): key
        }
    }

    /// In words, with `+` for wider, `-` for narrower and `~` for other in front.
    package var marked: String {
        let mark =
            switch direction {
            case .widened: "+"
            case .narrowed: "-"
            case .changed: "~"
            }
        return "\(mark) \(inWords)" + (reason.map { "  (\($0))" } ?? "")
    }

    package var json: RawJSON {
        .object { object in
            object.add("layer", layer.rawValue)
            object.add("direction", direction.rawValue)
            object.add("key", key)
            object.add("before", ifPresent: before)
            object.add("after", ifPresent: after)
            object.add("reason", ifPresent: reason)
        }
    }
}
