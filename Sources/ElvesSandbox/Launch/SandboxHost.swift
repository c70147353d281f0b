/// What of this host every sandbox is made with: one for a whole process.
package struct SandboxHost: Sendable {
    package let launcher: Launcher
    /// Answers for the kernel when a worker makes a call that its filter leaves open.
    package let supervisor: NotifySupervisor

    /// - Parameter launcher: The path of `elves-sandbox`.
    package init(launcher: String) throws(NotifyError) {
        self.launcher = Launcher(path: launcher)
        supervisor = try NotifySupervisor()
    }
}
