import ElvesBus
import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Hummingbird

/// The administrative routes of processors: where the ends of an app's tasks are told.
struct ProcessorRoutes: Sendable {
    let supervisor: Supervisor

    func add(to admin: RouterGroup<CenterRequestContext>) {
        admin.post("processors") { request, _ in
            let body = try await request.json(ProcessorRequest.self)
            return try Response.json(ProcessorSecretReply(secret: try await ask(SetProcessor(app: body.app, url: body.url))))
        }
        admin.get("processors/{app}") { _, context in
            let app = try AppName(context.parameters.require("app"))
            guard let view = try await ask(FindProcessor(app: app)) else {
                throw AdminError(.notFound, "\(app) has no processor: `elves processor set \(app) URL` gives it one")
            }
            return try Response.json(view)
        }
        admin.delete("processors/{app}") { _, context in
            _ = try await ask(SetProcessor(app: AppName(context.parameters.require("app")), url: nil))
            return Response.json(.emptyObject)
        }
        admin.post("processors/{app}/secret") { _, context in
            let secret = try await ask(RotateProcessorSecret(app: AppName(context.parameters.require("app"))))
            return try Response.json(ProcessorSecretReply(secret: secret))
        }
        admin.get("callbacks/dead") { request, _ in
            let app = try request.uri.queryParameters["app"].map { try AppName(String($0)) }
            return try Response.json(try await ask(ListDeadCallbacks(app: app, limit: 1000)))
        }
        admin.post("callbacks/{id}/redeliver") { _, context in
            _ = try await ask(Redeliver(id: DeliveryID(context.parameters.require("id"))))
            return Response.json(.emptyObject)
        }
    }

    private func ask<Message: BusCall>(_ message: Message) async throws -> Message.Reply {
        do { return try await supervisor.bus.call(message, trace: supervisor.randomness.id()) } catch let error as BusError {
            throw AdminError(.serviceUnavailable, "\(error)")
        }
    }
}
