package import ElvesFlow
package import ElvesModel
package import ElvesProtocol

/// The durable state of a center.
///
/// Every method that changes something returns only when the change survives a loss of power, and then it is whole: a caller
/// that was told nothing finds everything or nothing of it. The cases every implementation must pass are
/// `StoreConformanceTests`.
package protocol CenterStore: Sendable {
    func snapshot() async throws(StoreError) -> StoreSnapshot

    /// Uses a join token up and adds the agent, both or neither.
    ///
    /// - Throws: `.tokenInvalid` if the token is unknown, used or expired at `now`; `.addressTaken` if another agent that is
    ///   not revoked has the address.
    func join(_ agent: AgentRecord, token: Digest, at now: Timestamp) async throws(StoreError)
    /// - Throws: `.notFound` if there is no such agent, or it is revoked already.
    func revoke(_ agent: AgentID, at now: Timestamp) async throws(StoreError)

    /// Takes labels from an agent, then gives it others in the place of those of the same name: all of it or nothing.
    ///
    /// - Throws: `.notFound` if there is no such agent, or it is revoked; `.tooManyLabels` if it would have more than
    ///   `Label.limit`.
    func label(_ agent: AgentID, set: [Label], remove: [LabelName]) async throws(StoreError)

    func add(_ token: TokenRecord) async throws(StoreError)
    /// Whether an administrator's token is known and not expired at `now`.
    func isAdministrator(_ token: Digest, at now: Timestamp) async throws(StoreError) -> Bool

    /// Adds a version; an app's first one is online at once. The same version with the same digest again adds the manifest
    /// where none was kept, and changes nothing else.
    ///
    /// - Throws: `.versionTaken` if the version is published with another digest.
    func publish(_ version: VersionRecord) async throws(StoreError)
    /// Approves a version; one that is approved already stays as it is.
    ///
    /// - Throws: `.notFound` if the version is not published.
    func approve(_ approval: ApprovalRecord) async throws(StoreError)
    /// Makes a published version the online one, and keeps the rollout that led to it, both or neither. Without one,
    /// the app's last rollout is forgotten.
    ///
    /// - Throws: `.notFound` if the version is not published.
    func promote(_ online: OnlineRecord, rollout: RolloutRecord?) async throws(StoreError)
    /// Keeps the rollout of an app in the place of its last one.
    ///
    /// - Throws: `.notFound` if the app does not exist.
    func keep(_ rollout: RolloutRecord) async throws(StoreError)
    /// Of a binding that is there the grants are replaced.
    ///
    /// - Throws: `.notFound` if the app or the agent does not exist.
    func bind(_ binding: BindingRecord) async throws(StoreError)
    /// - Throws: `.notFound` if there is no such binding.
    func unbind(_ app: AppName, from agent: AgentID) async throws(StoreError)

    /// - Throws: `.notFound` if the app does not exist.
    func add(_ key: KeyRecord) async throws(StoreError)
    /// - Throws: `.notFound` if there is no such key, or it is revoked already.
    func revoke(_ key: AuthID, at now: Timestamp) async throws(StoreError)

    /// Makes the changes of moves of a `TaskBook`, all or none, in their order.
    ///
    /// A second report of the same task is kept as the late report if the first one was the center's own verdict
    /// (`agent-lost` or `timeout` without a version), and is ignored otherwise.
    func apply(_ changes: [TaskChange]) async throws(StoreError)
    /// All that a center needs to go on: the tasks that have not ended, and their queues.
    func unendedTasks() async throws(StoreError) -> UnendedTasks
    /// Adds a schedule; what becomes of it afterwards are changes of tasks.
    func add(_ cron: CronRecord) async throws(StoreError)
    /// Removes a schedule and what it did. Its tasks stay.
    ///
    /// - Throws: `.notFound` if there is no such schedule.
    func remove(_ cron: CronID) async throws(StoreError)
    func crons() async throws(StoreError) -> [CronRecord]
    /// The run of a schedule that began last.
    func lastRun(of cron: CronID) async throws(StoreError) -> (planned: Timestamp, task: TaskID)?
    /// How the run that ended last of those that are kept did.
    func lastReport(of cron: CronID) async throws(StoreError) -> TaskReport?
    /// A task that has ended.
    func task(_ id: TaskID) async throws(StoreError) -> TaskRecord?
    /// A task that has not ended.
    func unendedTask(_ id: TaskID) async throws(StoreError) -> TaskLife?
    /// A queue with all its tasks.
    func queue(_ id: QueueID) async throws(StoreError) -> QueueRecord?
    /// The tasks that were recorded last, newest first.
    func recentTasks(limit: Int) async throws(StoreError) -> [TaskRecord]
}

/// Why the store did not do what it was asked. Nothing has changed then.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    case tokenInvalid
    case addressTaken(IPv4Address)
    case versionTaken(AppName, AppVersion)
    case notFound(String)
    case tooManyLabels(AgentID)
    /// The database could not be read or written; the text is the database's own.
    case unavailable(String)

    package var description: String {
        switch self {
        case .tokenInvalid:
            "the token is unknown, expired or was used before: create a new one with `elves token create`"
        case .addressTaken(let address):
            "the address \(address) belongs to another agent: join with --ip and an address of its own, or revoke that agent"
        case .versionTaken(let app, let version):
            "\(app) \(version) is published already with other content: raise the version in app.yaml"
        case .notFound(let what): "\(what) does not exist"
        case .tooManyLabels(let agent):
            "agent \(agent) would have more than \(Label.limit) labels: take some away with NAME-"
        case .unavailable(let text): "the database failed: \(text)"
        }
    }
}
