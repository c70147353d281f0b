import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF

/// Brings signed metadata to a center, and from it.
struct MetadataTransfer {
    let client: CenterClient

    /// Sends the offline half of a repository. What the center has already is nothing new to it.
    @discardableResult
    func send(_ editor: RepositoryEditor) async throws -> RepositoryView {
        let complete = try editor.complete()
        return try await send(
            complete.roots.map { RoleText(role: "root", text: String(decoding: $0.bytes, as: UTF8.self)) } + [
                RoleText(role: "targets", text: String(decoding: complete.targets.bytes, as: UTF8.self))
            ])
    }

    /// Sends what an app's authors signed.
    func send(_ app: AppName, _ file: SignedFile<TargetsMetadata>) async throws {
        try await send([RoleText(role: AppRole.name(of: app), text: String(decoding: file.bytes, as: UTF8.self))])
    }

    /// Sends what the signers of policies signed.
    ///
    /// - Parameter files: The texts that it names, by target path.
    func send(_ policy: SignedFile<TargetsMetadata>, _ files: [String: String]) async throws {
        try await send([RoleText(role: PolicyRole.name, text: String(decoding: policy.bytes, as: UTF8.self))], files: files)
    }

    @discardableResult
    private func send(_ roles: [RoleText], files: [String: String]? = nil) async throws -> RepositoryView {
        try await client.post(
            "admin/v1/repository/metadata", MetadataUpload(metadata: roles, files: files), as: RepositoryView.self)
    }

    /// Where an app's authors go on from.
    ///
    /// - Throws: `CommandFailure` if the center has no repository, `EditError.notDelegated` if the app has no authors.
    func editor(of app: AppName) async throws -> AppRoleEditor {
        let (targets, current) = try await state(of: AppRole.name(of: app))
        return try AppRoleEditor(app: app, targets: targets, current: current, now: Clocks.systemWall())
    }

    /// Where the signers of policies go on from.
    ///
    /// - Throws: `CommandFailure` if the center has no repository, `EditError.policyNotDelegated` if nobody may sign.
    func policyEditor() async throws -> PolicyRoleEditor {
        let (targets, current) = try await state(of: PolicyRole.name)
        return try PolicyRoleEditor(targets: targets, current: current, now: Clocks.systemWall())
    }

    private func state(of role: String) async throws -> (TargetsMetadata, SignedFile<TargetsMetadata>?) {
        let view = try await client.get("admin/v1/repository", as: RepositoryView.self)
        guard let targets: SignedFile<TargetsMetadata> = try await fetch("targets", in: view) else {
            throw CommandFailure(
                .refused,
                "this center has no repository of signed apps yet: `elves repo init` and `elves repo publish` make one")
        }
        return (targets.role, try await fetch(role, in: view))
    }

    private func fetch<Role>(_ role: String, in view: RepositoryView) async throws -> SignedFile<Role>? {
        guard let version = view.roles.first(where: { $0.role == role })?.version else { return nil }
        let text = try await client.getJSON("repository/metadata/\(version).\(role).json")
        return try SignedFile(parsing: text.bytes, name: role)
    }
}
