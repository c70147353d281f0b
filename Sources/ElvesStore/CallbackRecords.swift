package import ElvesModel

/// Where the ends of an app's tasks are told: the address of its processor.
package struct CallbackEndpoint: Sendable, Equatable, Codable {
    package let app: AppName
    package let url: String
    /// What is signed with, the newest first. In clear, since every signature needs them; the file is the center's alone.
    package let secrets: [CallbackSecret]
    /// Why nothing is sent any more; nil while it is.
    package var disabledReason: String?

    package init(app: AppName, url: String, secrets: [CallbackSecret], disabledReason: String? = nil) {
        self.app = app
        self.url = url
        self.secrets = secrets
        self.disabledReason = disabledReason
    }
}

/// A secret that a center and a processor share.
package struct CallbackSecret: Sendable, Equatable, Codable {
    /// With its prefix `whsec_`.
    package let text: String
    /// When it ceases to count; nil for the current one.
    package let until: Timestamp?

    package init(text: String, until: Timestamp? = nil) {
        self.text = text
        self.until = until
    }
}

/// A callback that was written down with what it tells of.
package struct DeliveryRecord: Sendable, Equatable, Codable {
    package enum State: String, Sendable, Codable {
        /// Next: `delivered`, `dead`.
        case pending
        case delivered
        /// Given up; sent again only if somebody asks for it.
        case dead
    }

    package let id: DeliveryID
    package let app: AppName
    /// JSON, byte by byte what is signed and sent.
    package let body: String
    package let createdAt: Timestamp
    package var state: State
    /// Made so far, since the last time it was written down or asked for again.
    package var attempts: Int
    /// Of a pending one: when the next attempt is due. Of others: when they came to be so.
    package var dueAt: Timestamp
    /// What the last attempt failed for.
    package var problem: String?

    package init(
        id: DeliveryID, app: AppName, body: String, createdAt: Timestamp, state: State = .pending, attempts: Int = 0,
        dueAt: Timestamp? = nil, problem: String? = nil
    ) {
        self.id = id
        self.app = app
        self.body = body
        self.createdAt = createdAt
        self.state = state
        self.attempts = attempts
        self.dueAt = dueAt ?? createdAt
        self.problem = problem
    }
}

/// What of one endpoint is due.
package struct DueDeliveries: Sendable, Equatable {
    package let endpoint: CallbackEndpoint
    /// The longest due first.
    package let deliveries: [DeliveryRecord]

    package init(endpoint: CallbackEndpoint, deliveries: [DeliveryRecord]) {
        self.endpoint = endpoint
        self.deliveries = deliveries
    }
}
