package import ElvesModel

/// The durable state of callbacks: endpoints, and what has to be delivered to them.
///
/// A delivery is written down in the transaction that records what it tells of, so that neither is there without the other; a
/// pending one always has an endpoint that is not disabled. As in `CenterStore`, what has returned survives a loss of power.
package protocol CallbackStore: Sendable {
    func callbackEndpoint(of app: AppName) async throws(StoreError) -> CallbackEndpoint?
    /// By the names of their apps.
    func callbackEndpoints() async throws(StoreError) -> [CallbackEndpoint]
    /// Sets the endpoint of an app anew. What is pending goes to the new one.
    ///
    /// - Throws: `.notFound` if the app does not exist.
    func set(_ endpoint: CallbackEndpoint) async throws(StoreError)
    /// Removes an app's endpoint; what is pending is dead.
    ///
    /// - Throws: `.notFound` if it has none.
    func removeCallbackEndpoint(of app: AppName, at now: Timestamp) async throws(StoreError)
    /// Disables an app's endpoint, if it has one; what is pending is dead.
    func disableCallbackEndpoint(of app: AppName, reason: String, at now: Timestamp) async throws(StoreError)

    /// What is due, of each endpoint the longest due, at most `limit`: a backlog of one hides nothing of another.
    func dueDeliveries(at now: Timestamp, perEndpoint limit: Int) async throws(StoreError) -> [DueDeliveries]
    /// When the next delivery becomes due after `now`; nil if none does.
    func nextDelivery(after now: Timestamp) async throws(StoreError) -> Timestamp?
    /// Keeps what became of an attempt: state, attempts, time and problem of the record. One that is not pending any more
    /// changes only by being delivered after all; one that was forgotten stays so.
    func settle(_ delivery: DeliveryRecord) async throws(StoreError)
    func delivery(_ id: DeliveryID) async throws(StoreError) -> DeliveryRecord?
    /// Those that were given up, the last first.
    func deadDeliveries(of app: AppName?, limit: Int) async throws(StoreError) -> [DeliveryRecord]
    /// Makes a delivery pending that is not, with all its attempts before it.
    ///
    /// - Throws: `.notFound` if there is none that is delivered or dead, or its app has no endpoint that is not disabled.
    func redeliver(_ id: DeliveryID, at now: Timestamp) async throws(StoreError)
    /// Forgets what was delivered or given up before these times.
    func forgetDeliveries(deliveredBefore: Timestamp, deadBefore: Timestamp) async throws(StoreError)
}
