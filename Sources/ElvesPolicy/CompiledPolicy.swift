import Crypto
import ElvesFiles
package import ElvesModel
package import ElvesSeccomp

/// A policy and its system call filters, ready to be used by any number of workers.
package struct CompiledPolicy: Sendable {
    package let policy: Policy
    package let filter: SeccompFilter
    /// For apps that were granted a network through the agent's proxy; nil where the policy offers none.
    package let proxyFilter: SeccompFilter?
    /// Over the bytes of all files: what audit records call the policy by.
    package let digest: ElvesModel.Digest

    /// Reads, checks and compiles a policy file and the profiles it names beside it.
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
        var sources = [text]
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        func profile(_ name: String) throws(SandboxError) -> SeccompProfile {
            let json = try read(folder + name, limit: SeccompProfile.sizeLimit)
            sources.append(json)
            do { return try SeccompProfile(json: json) } catch { throw .seccomp(file: folder + name, error) }
        }
        func compiled(_ profile: SeccompProfile) throws(SandboxError) -> SeccompFilter {
            do { return try SeccompFilter(compiling: profile) } catch { throw .seccomp(file: path, error) }
        }
        var whole = try profile(policy.seccomp[0])
        for name in policy.seccomp.dropFirst() { whole = whole.adding(try profile(name)) }
        filter = try compiled(whole)
        proxyFilter =
            if case .proxy(let name) = policy.network { try compiled(whole.adding(profile(name))) } else { nil }
        var hasher = SHA256()
        // Digests of fixed length, so that no byte can move from one file to another.
        for bytes in sources { hasher.update(data: Array(SHA256.hash(data: bytes))) }
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
