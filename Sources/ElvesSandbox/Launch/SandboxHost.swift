import ElvesPolicy
package import ElvesSeccomp

/// What of this host every sandbox is made with: one for a whole process.
package struct SandboxHost: Sendable {
    package let launcher: Launcher
    /// Answers for the kernel when a worker makes a call that its filter leaves open.
    package let supervisor: NotifySupervisor
    /// Where workers are limited as a whole.
    package let groups: CgroupTree
    /// What the host can give, as it was tried when this was made.
    package let report: SandboxReport

    /// Tries all layers, which blocks for some tens of milliseconds.
    ///
    /// - Parameter launcher: The path of `elves-sandbox`; its probe lies beside it.
    /// - Throws: `ProbeError` or `NotifyError`.
    package init(launcher: String) throws {
        self.launcher = Launcher(path: launcher)
        report = try SandboxProbe(launcher: launcher).run()
        supervisor = try NotifySupervisor()
        groups = CgroupTree.find()
        groups.sweep()
    }

    /// What becomes of calls that a profile wants told.
    package var notify: SeccompFilter.Notify { has("notify") ? .allowed : SeccompFilter.unheard }

    private func has(_ layer: String) -> Bool { report.layers.contains { $0.name == layer && $0.isAvailable } }

    /// The version of Landlock that the kernel has; 0 for none.
    package var landlock: Int { report.layers.first { $0.name == "landlock" }?.level ?? 0 }
}
