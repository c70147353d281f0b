package import ElvesModel

/// `POST /admin/v1/processors`
package struct ProcessorRequest: Codable, Sendable {
    package let app: AppName
    package let url: String

    package init(app: AppName, url: String) {
        self.app = app
        self.url = url
    }
}

/// The answer where a secret may have been made: it is shown this once.
package struct ProcessorSecretReply: Codable, Sendable {
    /// Nil where the app keeps the one it has.
    package let secret: String?

    package init(secret: String?) { self.secret = secret }
}
