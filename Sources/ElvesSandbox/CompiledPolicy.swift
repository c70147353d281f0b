import Crypto
package import ElvesModel

/// A policy and its system call filter, ready to be used by any number of workers.
package struct CompiledPolicy: Sendable {
    package let policy: Policy
    package let filter: SeccompFilter
    /// Over the bytes of both files: what audit records call the policy by.
    package let digest: ElvesModel.Digest

    /// Reads, checks and compiles a policy file and the profile it names beside it.
    ///
    /// Blocks for a few milliseconds; once per policy, outside the cooperative pool.
    /// - Throws: `SandboxError` with the place of the fault.
    package init(contentsOf path: String) throws(SandboxError) {
        let text = try read(path, limit: Policy.sizeLimit)
        do {
            policy = try Policy(yaml: String(decoding: text, as: UTF8.self), file: path)
        } catch {
            throw .policy(error)
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let json = try read(folder + policy.seccomp, limit: SeccompProfile.sizeLimit)
        do {
            filter = try SeccompFilter(compiling: SeccompProfile(json: json))
        } catch {
            throw .seccomp(file: folder + policy.seccomp, error)
        }
        var hasher = SHA256()
        // Digests of fixed length, so that no byte can move from one file to the other.
        for bytes in [text, json] { hasher.update(data: Array(SHA256.hash(data: bytes))) }
        digest = ElvesModel.Digest(bytes: hasher.finalize())
    }
}

private func read(_ path: String, limit: Int) throws(SandboxError) -> [UInt8] {
    do {
        return try readFile(path, limit: limit)
    } catch {
        throw .policy(.unreadable(error))
    }
}

/// Why no sandbox could be prepared from a policy file.
package enum SandboxError: Error, Equatable, CustomStringConvertible {
    case policy(PolicyError)
    case seccomp(file: String, SeccompError)

    package var description: String {
        switch self {
        case .policy(let error): "\(error)"
        case .seccomp(let file, let error): "\(file): \(error)"
        }
    }
}
