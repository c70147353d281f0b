package import ElvesModel

/// Where a message goes: a component and one of its methods, `component.method` on the wire.
package struct BusRoute: Hashable, Sendable, Codable, CustomStringConvertible {
    package let component: Component
    package let method: String

    package init(_ component: Component, _ method: String) {
        self.component = component
        self.method = method
    }

    package var description: String { "\(component.rawValue).\(method)" }
}

/// The components of a center, by the names the original gave them.
package enum Component: String, Hashable, Sendable, Codable, CaseIterable {
    case openapi, supervisor, scheduler, heartbeat, queue, cron
    /// Tells the apps' processors of the ends of tasks.
    case callbacks
    /// The signed metadata of the apps.
    case repository
    /// The end of the agents' links.
    case link
    /// Keeps what should not have happened.
    case watcher
}

/// A message that is answered.
package protocol BusCall: Codable, Sendable {
    associatedtype Reply: Codable & Sendable
    static var route: BusRoute { get }
}

/// A message that is not answered.
package protocol BusCast: Codable, Sendable {
    static var route: BusRoute { get }
}

package enum BusError: Error, Equatable, CustomStringConvertible {
    /// No component that runs here serves the route.
    case noComponent(BusRoute)

    package var description: String {
        switch self {
        case .noComponent(let route):
            "nothing serves \(route): the component \(route.component.rawValue) is switched off in this center"
        }
    }
}

/// How the components of a center speak to each other; they know no other way.
///
/// `call` waits for the answer. `cast` does not; casts of one sender reach a receiver in the order in which they were sent, and
/// a receiver's handler must return at once, since it may run on the sender's thread. A cast reaches all who receive its kind,
/// in the order in which they said so. Every message that passes is shown to the taps first.
package protocol Bus: Sendable {
    /// - Throws: `BusError.noComponent`, or what the serving component throws.
    func call<Message: BusCall>(_ message: Message, trace: TraceID) async throws -> Message.Reply
    /// A cast that nobody receives is dropped: its component is switched off.
    func cast<Message: BusCast>(_ message: Message, trace: TraceID)
    func serve<Message: BusCall>(
        _: Message.Type, _ handler: @escaping @Sendable (Message, TraceID) async throws -> Message.Reply)
    func receive<Message: BusCast>(_: Message.Type, _ handler: @escaping @Sendable (Message, TraceID) -> Void)
    /// Shows every message from now on to `observer`, on the sender's thread, before it is delivered.
    func tap(_ observer: @escaping @Sendable (BusPassage) -> Void)
}

/// One message that passed the bus.
package struct BusPassage: Sendable {
    package let route: BusRoute
    package let trace: TraceID
    package let message: any Codable & Sendable

    package init(route: BusRoute, trace: TraceID, message: any Codable & Sendable) {
        self.route = route
        self.trace = trace
        self.message = message
    }
}
