import ElvesApps
import ElvesHTTP
import ElvesJSON
import ElvesLink
import ElvesModel
import ElvesProtocol
import ElvesStore
import ElvesWebhooks
import Hummingbird

/// A refusal of an administrative request, with the text the administrator reads.
struct AdminError: Error {
    let status: HTTPResponse.Status
    let text: String

    init(_ status: HTTPResponse.Status, _ text: String) {
        self.status = status
        self.text = text
    }
}

/// Turns every error below into a refusal that says what failed and what would change it.
struct AdminRefusals: RouterMiddleware {
    typealias Context = CenterRequestContext

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let (status, text) = Self.describe(error)
            return try .json(AdminRefusal(error: text), status: status)
        }
    }

    private static func describe(_ error: any Error) -> (HTTPResponse.Status, String) {
        switch error {
        case let error as AdminError: (error.status, error.text)
        case StoreError.notFound: (.notFound, "\(error)")
        case StoreError.unavailable: (.serviceUnavailable, "\(error)")
        case is StoreError: (.conflict, "\(error)")
        case is EndpointRefusal: (.unprocessableContent, "\(error)")
        case is ArchiveError: (.unprocessableContent, "\(error)")
        case is JSONError, is InvalidName, is CertificateError: (.badRequest, "\(error)")
        case let error as DecodingError: (.badRequest, error.sentence)
        case is BodyTooLarge: (.contentTooLarge, "\(error)")
        case let error as HTTPError: (error.status, error.body ?? "\(error.status)")
        default: (.internalServerError, "\(error)")
        }
    }
}

/// Lets only requests through that carry an administrator's token.
struct AdministratorsOnly: RouterMiddleware {
    typealias Context = CenterRequestContext
    let supervisor: Supervisor

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let given = request.headers[.authorization] ?? ""
        let token = given.hasPrefix("Bearer ") ? String(given.dropFirst(7)) : ""
        let digest = AccessToken.digest(of: token)
        let isKnown = try await supervisor.store.isAdministrator(digest, at: supervisor.clocks.wall())
        guard isKnown else {
            throw AdminError(
                .unauthorized,
                "an administrator's token is needed: `elves token create --admin` on the center prints one for ELVES_TOKEN")
        }
        var context = context
        context.administrator = .token(digest)
        return try await next(request, context)
    }
}

extension DecodingError {
    fileprivate var sentence: String {
        switch self {
        case .keyNotFound(let key, _): "member \"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "member \"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has the wrong type"
        case .dataCorrupted(let context):
            (context.underlyingError.map { "\($0)" }) ?? context.debugDescription
        @unknown default: "the body has the wrong shape"
        }
    }
}
