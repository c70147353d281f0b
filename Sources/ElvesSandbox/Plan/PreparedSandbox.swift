/// Everything a launch needs, worked out once per app version: the plan's text and the filter.
///
/// A value of a few kilobytes that may be launched from any thread any number of times.
package struct PreparedSandbox: Sendable {
    package let plan: [UInt8]
    package let filter: SeccompFilter
    /// What the host keeps of a worker's output.
    package let resources: Policy.Resources

    /// - Throws: `PlanError` naming the value that makes no plan.
    package init(_ plan: SandboxPlan, filter: SeccompFilter) throws(PlanError) {
        self.plan = try plan.text()
        self.filter = filter
        resources = plan.policy.resources
    }

    /// The plan of a worker that joins these control groups, one folder per hierarchy, before it runs.
    func plan(joining cgroups: [String]) throws(PlanError) -> [UInt8] {
        guard !cgroups.isEmpty else { return plan }
        var text = PlanText(continuing: plan)
        for path in cgroups {
            guard isPlainPath(path) else { throw .badPath(what: "a control group", path: path) }
            try text.add("cgroup", path, what: "a control group")
        }
        return text.bytes
    }
}
