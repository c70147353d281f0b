package import ElvesModel

/// What an app asks for in its manifest beside its language's policy.
package struct AppRequest: Sendable, Equatable {
    package let wishes: [Wish]
    /// The language of the app, by which its policy is chosen; nil where it does not matter.
    package let language: String?
    /// How its workers are started, where that is not as its policy says.
    package let runtime: String?
    /// The isolation modes of its functions.
    package let isolations: Set<String>
    /// The names of the secrets it reads.
    package let secrets: Set<String>
    /// By the name of the limit; what is absent is left to the policy.
    package let limits: [Limit: UInt64]

    package struct Wish: Sendable, Equatable {
        package let grant: Grant
        /// For the person who approves it; empty where the manifest gives none.
        package let reason: String

        package init(_ grant: Grant, reason: String) {
            self.grant = grant
            self.reason = reason
        }
    }

    package enum Limit: String, Sendable, CaseIterable {
        case memory, processes, files, output, scratch
        case processorTime = "cpu_time"

        /// Whether it counts bytes.
        package var isSize: Bool { [.memory, .output, .scratch].contains(self) }
    }

    package init(
        wishes: [Wish], language: String? = nil, runtime: String? = nil, isolations: Set<String> = [],
        secrets: Set<String> = [], limits: [Limit: UInt64] = [:]
    ) {
        self.wishes = wishes
        self.language = language
        self.runtime = runtime
        self.isolations = isolations
        self.secrets = secrets
        self.limits = limits
    }

    package init(_ grants: [Grant]) { self.init(wishes: grants.map { Wish($0, reason: "") }) }
}
