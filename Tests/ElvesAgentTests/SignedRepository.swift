import Crypto
import ElvesJSON
import ElvesModel
import ElvesTUF

/// A repository in memory, with one key for everything and one app, `hello`.
struct SignedRepository: Fetcher {
    struct Release {
        let version: String
        var content = "archive"
        var floor: String?
    }

    private let key = Curve25519.Signing.PrivateKey()
    private var files: [String: [UInt8]] = [:]
    private var version: Int64 = 0
    private let now: Timestamp

    init(now: Timestamp) throws {
        self.now = now
        try publish([])
    }

    static func digest(_ content: String) -> ElvesModel.Digest {
        ElvesModel.Digest(bytes: SHA256.hash(data: Array(content.utf8)))
    }

    var root: [UInt8] { files["1.root.json"] ?? [] }

    /// Who may sign what operators may grant, and what they signed.
    enum Policy {
        case nobody
        case nothingSigned
        case signed(String, days: Int64 = 1)
        /// Another file lies where the signed one should.
        case replaced(String, by: String)
    }

    /// Publishes what the app's authors sign now, and everything above it, for `days` days from the repository's time on.
    mutating func publish(_ releases: [Release], days: Int64 = 1, policy: Policy = .nobody) throws {
        version += 1
        let expires = ExpiryTime(seconds: now.seconds + days * 86_400)
        let header = RoleHeader(version: version, expires: expires)
        let publicKey = PublicKey(type: "ed25519", scheme: "ed25519", value: hex(key.publicKey.rawRepresentation))
        let id = try publicKey.id()
        let keys = RoleKeys(keyIDs: [id], threshold: 1)
        if version == 1 {
            let header = RoleHeader(version: 1, expires: ExpiryTime(seconds: now.seconds + 1000 * 86_400))
            try put(
                RootMetadata(
                    header: header, keys: [id: publicKey],
                    roles: [
                        .root: keys, .timestamp: keys, .snapshot: keys, .targets: keys,
                    ]), "root", id)
        }
        var targets: [String: TargetFile] = [:]
        for release in releases {
            let custom = RawJSON.object { $0.add("floor", ifPresent: release.floor) }
            targets["apps/hello/\(release.version).zip"] = TargetFile(
                length: Int64(release.content.utf8.count), digests: FileDigests(sha256: Self.digest(release.content)),
                custom: custom)
        }
        try put(TargetsMetadata(header: header, targets: targets), "app-hello", id)
        var roles = [DelegatedRole(name: "app-hello", keys: keys, scope: .paths(["apps/hello/*"]), isTerminating: true)]
        let file = MetaFile(version: version)
        var meta = ["targets.json": file, "app-hello.json": file]
        if let signed = try policyRole(policy, header) {
            roles.append(DelegatedRole(name: "policy", keys: keys, scope: .paths(["policy/*"]), isTerminating: true))
            if !signed.targets.isEmpty {
                try put(signed, "policy", id)
                meta["policy.json"] = file
            }
        }
        try put(
            TargetsMetadata(header: header, delegations: Delegations(keys: [id: publicKey], roles: roles)), "targets", id)
        try put(SnapshotMetadata(header: header, meta: meta), "snapshot", id)
        try put(TimestampMetadata(header: header, snapshot: file), "timestamp", id)
    }

    private mutating func policyRole(_ policy: Policy, _ header: RoleHeader) throws -> TargetsMetadata? {
        func role(_ text: String, served: String, days: Int64?) -> TargetsMetadata {
            let digest = Self.digest(text)
            files["policy/\(digest.hex).grants.yaml"] = Array(served.utf8)
            var header = header
            if let days { header.expires = ExpiryTime(seconds: now.seconds + days * 86_400) }
            let target = TargetFile(length: Int64(text.utf8.count), digests: FileDigests(sha256: digest))
            return TargetsMetadata(header: header, targets: ["policy/grants.yaml": target])
        }
        return switch policy {
        case .nobody: nil
        case .nothingSigned: TargetsMetadata(header: header)
        case .signed(let text, let days): role(text, served: text, days: days)
        case .replaced(let text, let other): role(text, served: other, days: nil)
        }
    }

    private mutating func put(_ role: some RoleMetadata, _ name: String, _ id: String) throws {
        let file = try SignedFile(role)
        let signed = file.adding(RoleSignature(keyID: id, bytes: try key.signature(for: file.signedBytes)))
        files["\(version).\(name).json"] = signed.bytes
        if name == "timestamp" { files["timestamp.json"] = signed.bytes }
    }

    private func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws {
        guard let bytes = files[resource.urlPath] else { throw FetchError.absent(resource) }
        try sink(bytes)
    }
}
