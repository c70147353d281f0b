package import ElvesModel
package import ElvesProtocol

/// The sandbox of a task refused something; the task's report is recorded.
///
/// Comes again where an agent repeats a report: the task tells.
package struct ViolationReported: BusCast, Equatable {
    package static let route = BusRoute(.watcher, "violationReported")
    package let agent: AgentID
    package let task: TaskID
    package let app: AppName
    /// Nil if none of the app's was online.
    package let version: AppVersion?
    package let function: String
    package let endedAt: Timestamp
    package let sandbox: SandboxRecord

    /// Nil if a task's sandbox refused nothing.
    package init?(_ report: TaskReport, by agent: AgentID) {
        guard let sandbox = report.sandbox, !sandbox.violations.isEmpty else { return nil }
        self.agent = agent
        task = report.task
        app = report.app
        version = report.version
        function = report.function
        endedAt = report.endedAt
        self.sandbox = sandbox
    }
}
