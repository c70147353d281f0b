package import ElvesModel

/// Callbacks were written down and wait to be sent.
package struct CallbacksDue: BusCast {
    package static let route = BusRoute(.callbacks, "callbacksDue")

    package init() {}
}

/// Sets where the ends of an app's tasks are told, or removes it.
package struct SetProcessor: BusCall {
    /// The secret to sign with, where a new one was made; an app that has one keeps it. It is shown this once.
    package typealias Reply = String?
    package static let route = BusRoute(.callbacks, "setProcessor")
    package let app: AppName
    /// Nil removes it.
    package let url: String?

    package init(app: AppName, url: String?) {
        self.app = app
        self.url = url
    }
}

/// Makes a new secret, and gives it; the one before counts for another day beside it.
package struct RotateProcessorSecret: BusCall {
    package typealias Reply = String
    package static let route = BusRoute(.callbacks, "rotateProcessorSecret")
    package let app: AppName

    package init(app: AppName) { self.app = app }
}

/// The processor of an app; nil if it has none.
package struct FindProcessor: BusCall {
    package typealias Reply = ProcessorView?
    package static let route = BusRoute(.callbacks, "findProcessor")
    package let app: AppName

    package init(app: AppName) { self.app = app }
}

package struct ProcessorView: Codable, Sendable, Equatable {
    package let app: AppName
    package let url: String
    /// Why it is sent nothing any more; nil while it is.
    package let disabledReason: String?
    /// Until when the secret before counts; nil if there is none.
    package let formerSecretUntil: Timestamp?

    package init(app: AppName, url: String, disabledReason: String?, formerSecretUntil: Timestamp?) {
        self.app = app
        self.url = url
        self.disabledReason = disabledReason
        self.formerSecretUntil = formerSecretUntil
    }
}

/// Sends a callback that was delivered or given up once more, under the same id.
package struct Redeliver: BusCall {
    /// Nothing; a call has to be answered.
    package typealias Reply = Bool
    package static let route = BusRoute(.callbacks, "redeliver")
    package let id: DeliveryID

    package init(id: DeliveryID) { self.id = id }
}

/// The callbacks that were given up, the last first.
package struct ListDeadCallbacks: BusCall {
    package typealias Reply = [DeadCallback]
    package static let route = BusRoute(.callbacks, "listDeadCallbacks")
    /// Nil for all.
    package let app: AppName?
    package let limit: Int

    package init(app: AppName?, limit: Int) {
        self.app = app
        self.limit = limit
    }
}

package struct DeadCallback: Codable, Sendable, Equatable {
    package let id: DeliveryID
    package let app: AppName
    package let attempts: Int
    package let createdAt: Timestamp
    package let givenUpAt: Timestamp
    package let problem: String

    package init(
        id: DeliveryID, app: AppName, attempts: Int, createdAt: Timestamp, givenUpAt: Timestamp, problem: String
    ) {
        self.id = id
        self.app = app
        self.attempts = attempts
        self.createdAt = createdAt
        self.givenUpAt = givenUpAt
        self.problem = problem
    }
}
