package import ElvesBus
package import ElvesModel
package import ElvesStore
import ElvesWebhooks

/// What operators do about processors: sets, rotates, shows, and has callbacks sent again.
package struct ProcessorDesk: Sendable {
    /// How long the secret before counts beside a new one.
    private static let overlap = Duration.seconds(86_400)

    private let store: any CallbackStore
    private let sender: CallbackSender
    private let post: CallbackPost
    private let clocks: Clocks
    private let randomness: Randomness

    package init(
        store: any CallbackStore, sender: CallbackSender, post: CallbackPost, clocks: Clocks, randomness: Randomness
    ) {
        self.store = store
        self.sender = sender
        self.post = post
        self.clocks = clocks
        self.randomness = randomness
    }

    /// Takes its place on the bus.
    package func attach(to bus: any Bus) {
        bus.serve(SetProcessor.self) { message, _ in try await set(message.app, message.url) }
        bus.serve(RotateProcessorSecret.self) { message, _ in try await rotate(message.app) }
        bus.serve(FindProcessor.self) { message, _ in try await find(message.app) }
        bus.serve(Redeliver.self) { message, _ in
            try await store.redeliver(message.id, at: clocks.wall())
            sender.wake()
            return true
        }
        bus.serve(ListDeadCallbacks.self) { message, _ in
            try await store.deadDeliveries(of: message.app, limit: message.limit).map { dead in
                DeadCallback(
                    id: dead.id, app: dead.app, attempts: dead.attempts, createdAt: dead.createdAt, givenUpAt: dead.dueAt,
                    problem: dead.problem ?? "")
            }
        }
    }

    /// - Throws: `EndpointRefusal`, `StoreError`.
    private func set(_ app: AppName, _ text: String?) async throws -> String? {
        guard let text else {
            try await store.removeCallbackEndpoint(of: app, at: clocks.wall())
            return nil
        }
        let url = try EndpointURL(text)
        if let refusal = await post.refusal(of: url) { throw refusal }
        let before = try await store.callbackEndpoint(of: app)
        let made = before == nil ? WebhookSecret(from: randomness).text : nil
        try await store.set(
            CallbackEndpoint(app: app, url: "\(url)", secrets: made.map { [CallbackSecret(text: $0)] } ?? before?.secrets ?? [])
        )
        sender.replaced(app)
        return made
    }

    /// - Throws: `StoreError`.
    private func rotate(_ app: AppName) async throws -> String {
        guard let endpoint = try await store.callbackEndpoint(of: app) else {
            throw StoreError.notFound("a processor of \(app)")
        }
        let secret = WebhookSecret(from: randomness).text
        let until = Timestamp(microseconds: clocks.wall().microseconds + Self.overlap.milliseconds * 1000)
        // Two at most: of a secret that leaked, a second rotation leaves nothing.
        let former = endpoint.secrets.first { $0.until == nil }.map { CallbackSecret(text: $0.text, until: until) }
        try await store.set(
            CallbackEndpoint(
                app: app, url: endpoint.url, secrets: [CallbackSecret(text: secret)] + [former].compactMap(\.self),
                disabledReason: endpoint.disabledReason))
        return secret
    }

    private func find(_ app: AppName) async throws -> ProcessorView? {
        let now = clocks.wall()
        return try await store.callbackEndpoint(of: app).map { endpoint in
            ProcessorView(
                app: app, url: endpoint.url, disabledReason: endpoint.disabledReason,
                formerSecretUntil: endpoint.secrets.compactMap(\.until).filter { $0 > now }.max())
        }
    }
}
