import ElvesFiles
package import ElvesSeccomp
import Glibc
import Synchronization

/// The policies of a host, by the language they are for: `<folder>/<language>.yaml`.
///
/// A language is data: its policy says how its workers are started and what they may see. A policy is read and compiled when
/// it is asked for first, which blocks for a few milliseconds, and counts until `forget`.
package final class PolicyCatalog: Sendable {
    package let folder: String
    private let notify: SeccompFilter.Notify
    private let compiled = Mutex<[String: CompiledPolicy]>([:])

    /// - Parameter notify: What becomes of calls that the host is told of.
    package init(folder: String, notify: SeccompFilter.Notify = SeccompFilter.unheard) {
        self.folder = folder
        self.notify = notify
    }

    /// The languages there are policies for, sorted; whether each can be read shows when it is asked for.
    package var languages: [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml"), !name.hasPrefix(".") { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }

    /// From now on policies are read again: their files may have changed.
    package func forget() { compiled.withLock { $0 = [:] } }

    /// - Throws: `PolicyCatalogError` if this host has no policy for the language, or one that cannot be used.
    package func policy(for language: String) throws(PolicyCatalogError) -> CompiledPolicy {
        if let policy = compiled.withLock({ $0[language] }) { return policy }
        let path = "\(folder)/\(language).yaml"
        guard !language.contains("/"), fileExists(path) else {
            throw .noPolicy(language: language, folder: folder, known: languages)
        }
        let policy: CompiledPolicy
        do { policy = try CompiledPolicy(contentsOf: path, notify: notify) } catch { throw .unusable(error) }
        guard !policy.policy.runtime.isolations.isEmpty else { throw .notALanguage(path: path) }
        compiled.withLock { $0[language] = policy }
        return policy
    }
}

/// Why a host has no policy for a language.
package enum PolicyCatalogError: Error, Equatable {
    case noPolicy(language: String, folder: String, known: [String])
    case notALanguage(path: String)
    case unusable(SandboxError)
}

extension PolicyCatalogError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noPolicy(let language, let folder, let known):
            "apps in \(language) cannot be run here: \(folder) has no \(language).yaml; "
                + (known.isEmpty ? "it has no policy at all" : "it has policies for \(known.joined(separator: ", "))")
        case .notALanguage(let path):
            "\(path) is no policy for apps: its runtime names no isolation modes"
        case .unusable(let error): "\(error)"
        }
    }
}
