package import ElvesPolicy
package import ElvesSeccomp

/// Everything a launch needs, worked out once per app version: the plan's text and the filter.
///
/// A value of a few kilobytes that may be launched from any thread any number of times.
package struct PreparedSandbox: Sendable {
    package let plan: [UInt8]
    package let filter: SeccompFilter
    /// What the host keeps of a worker's output.
    package let resources: Policy.Resources
    /// What the program and all it starts may use together.
    package let groupLimits: GroupLimits
    /// Seconds of processor time that each process may have; nil for any number.
    package let processorSeconds: UInt64?
    /// Who the program is on the host; nil for the user that launches it.
    package let user: UInt32?
    /// Whether it can write nowhere on the host.
    package let writesOnlyScratch: Bool

    /// Whether somebody has to answer calls that the filter leaves open.
    package var usesNotify: Bool { filter.usesNotify }

    /// - Throws: `PlanError` naming the value that makes no plan.
    package init(_ plan: SandboxPlan, filter: SeccompFilter) throws(PlanError) {
        self.plan = try plan.text()
        self.filter = filter
        resources = plan.policy.resources
        groupLimits = plan.groupLimits
        processorSeconds = plan.processorSeconds
        user = if case .pair(_, let worker) = plan.identity { worker } else { nil }
        writesOnlyScratch = plan.writablePaths.isEmpty
    }

    /// The plan of one launch.
    ///
    /// - Parameters:
    ///   - cgroups: What the worker joins before it runs, one folder per hierarchy.
    ///   - arguments: After those of the plan.
    ///   - secrets: Whether the worker gets any.
    ///   - notify: Whether somebody answers the calls that the filter leaves open.
    func plan(
        joining cgroups: [String], arguments: [String], secrets: Bool, notify: Bool
    ) throws(PlanError) -> [UInt8] {
        guard !cgroups.isEmpty || !arguments.isEmpty || secrets || notify else { return plan }
        var text = PlanText(continuing: plan)
        for argument in arguments { try text.add("arg", argument, what: "an argument of this launch") }
        if secrets { try text.add("secrets", what: "the secrets") }
        if notify { try text.add("notify", what: "the listener") }
        for path in cgroups {
            guard isPlainPath(path) else { throw .badPath(what: "a control group", path: path) }
            try text.add("cgroup", path, what: "a control group")
        }
        return text.bytes
    }
}
