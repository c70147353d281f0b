import Crypto
import ElvesModel
package import ElvesPolicy
import ElvesRepository
package import ElvesTUF

/// What a repository says of grants: the `policy` role's metadata, and the files that it names.
package struct SignedPolicy: Sendable {
    package let file: SignedFile<TargetsMetadata>
    /// The bytes of each file, by its name below `policy/`.
    package let contents: [String: [UInt8]]
    /// What `grants.yaml` says; nil if none is named.
    package let ceiling: PolicyCeiling?

    /// - Parameters:
    ///   - files: The texts that came with the metadata, by target path.
    ///   - before: Where files may come from that have not changed.
    /// - Throws: `RepositoryRefusal` where an agent could not read what is signed.
    init(
        _ file: SignedFile<TargetsMetadata>, files: [String: String], before: SignedPolicy?
    ) throws(RepositoryRefusal) {
        var contents: [String: [UInt8]] = [:]
        var ceiling: PolicyCeiling?
        for (path, target) in file.role.targets.sorted(by: { $0.key < $1.key }) {
            guard let name = PolicyRole.file(of: path), let digest = target.digests.sha256 else {
                throw .strangeTarget(role: PolicyRole.name, path: path)
            }
            guard target.length <= PolicyRole.sizeLimit else { throw .policyTooLong(path: path, bytes: target.length) }
            guard let bytes = files[path].map({ Array($0.utf8) }) ?? before?.contents[name] else {
                throw .policyMissing(path: path)
            }
            guard bytes.count == target.length, digest == Self.digest(bytes) else { throw .policyDiffers(path: path) }
            do throws(PolicyError) {
                ceiling = try PolicyCeiling(yaml: String(decoding: bytes, as: UTF8.self), file: path)
            } catch {
                throw .badPolicy(error)
            }
            contents[name] = bytes
        }
        self.file = file
        self.contents = contents
        self.ceiling = ceiling
    }

    /// What was taken in before, from the disk.
    init(file: SignedFile<TargetsMetadata>, contents: [String: [UInt8]]) {
        self.file = file
        self.contents = contents
        ceiling = contents[PolicyRole.grantsFile].flatMap {
            try? PolicyCeiling(yaml: String(decoding: $0, as: UTF8.self), file: PolicyRole.path(of: PolicyRole.grantsFile))
        }
    }

    /// A file by its name and the digest that stands in front of it.
    func bytes(of name: String, _ digest: ElvesModel.Digest) -> [UInt8]? {
        guard file.role.targets[PolicyRole.path(of: name)]?.digests.sha256 == digest else { return nil }
        return contents[name]
    }

    static func digest(_ bytes: [UInt8]) -> ElvesModel.Digest { ElvesModel.Digest(bytes: SHA256.hash(data: bytes)) }
}
