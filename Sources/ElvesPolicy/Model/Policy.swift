/// What a worker may see, use and do: one `elves.sandbox/v1` file, checked, with all it extends taken in.
///
/// The text rules and the place of every fault are in `Reading`; `sandbox/policies/README.md` explains the keys to the people
/// who write policies. Paths are absolute, inside the sandbox and on the host alike: a root is shown where it lies.
package struct Policy: Sendable, Equatable {
    package static let schema = "elves.sandbox/v1"
    /// The longest policy file that is read, in bytes.
    package static let sizeLimit = 64 << 10

    package let name: String
    package let version: Int
    package let summary: String
    /// The policy that this one extends; what it says is in this one.
    package let parent: Parent?
    package let runtime: Runtime
    package let filesystem: Filesystem
    package let network: Network
    package let process: Process
    package let resources: Resources
    /// The worker's whole environment, in the order of the file.
    package let environment: [EnvironmentValue]
    package let secrets: Secrets
    package let systemCalls: SystemCalls
    /// The layers without which no worker is started.
    package let requires: [LayerRequirement]
    package let onViolation: ViolationRule
    package let optOuts: [OptOut]

    /// A policy by its name and by the digest of what it says.
    package struct Parent: Sendable, Equatable {
        package let name: String
        /// 64 hexadecimal digits.
        package let digest: String
    }

    /// The program that runs the app.
    package struct Runtime: Sendable, Equatable {
        /// In order of preference: the first that exists is taken. `{entry}` stands for the app's own entry.
        package let interpreters: [String]
        /// After the interpreter; `{entry}` stands for the path of the app's entry inside.
        package let arguments: [String]
        /// The folder below `sdk` whose sources archives of the language carry; nil where none is needed.
        package let sdk: String?
        /// The isolation modes that workers of the language offer; empty for a policy that is none of a language.
        package let isolations: [String]
        /// Why workers may keep state from one call to the next.
        package let reason: String?

        /// What stands for the app's entry in a policy.
        package static let entry = "{entry}"
        package static let knownIsolations = ["fresh", "zygote", "resident"]
    }

    /// What an app may ask for beside an empty network of its own.
    package enum Network: Sendable, Equatable {
        case none
        /// Connections within the sandbox, which no other process sees.
        case loopback(reason: String)
        /// Connections through the agent's proxy, to granted places; the profile's rules are added for such an app.
        case proxy(profile: String, reason: String)

        /// Where a worker finds the proxy, in its environment and in its view.
        package static let variable = "ELVES_PROXY"
        package static let socket = "/run/elves/proxy.sock"
    }

    /// What a worker may do as a process.
    package struct Process: Sendable, Equatable {
        /// Processes and threads at a time.
        package let max: UInt64
        package let writableCode: WritableCode
        package let reason: String?
    }

    /// Whether memory that was written may be run, as compilers at run time need it.
    package enum WritableCode: Sendable, Equatable {
        case deny
        case allow(reason: String)
    }

    /// How secrets reach an app that names some in its manifest.
    package enum Secrets: Sendable, Equatable {
        case none
        /// Descriptor 3 at the start; never the environment, never a file.
        case descriptor(reason: String)
    }

    package struct EnvironmentValue: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Which system calls a worker may make.
    package struct SystemCalls: Sendable, Equatable {
        /// The first is whole, the others add rules to it.
        package let profiles: [Profile]
        package let additions: [Addition]
        /// Calls that no rule of the profiles allows any more.
        package let removals: [String]

        /// A file beside the policy, an OCI `LinuxSeccomp` object.
        package struct Profile: Sendable, Equatable {
            package let file: String
            package let reason: String
            /// SHA-256 of the file, 64 hexadecimal digits; nil takes the file as it is.
            package let digest: String?
        }

        /// Calls that are allowed where all conditions hold.
        package struct Addition: Sendable, Equatable {
            package let names: [String]
            package let conditions: [Condition]
            package let reason: String
            /// Where it stands, for who asks why a call is allowed.
            package let place: PolicyPlace

            package static func == (left: Addition, right: Addition) -> Bool {
                left.names == right.names && left.conditions == right.conditions && left.reason == right.reason
            }
        }

        /// What one argument, from 0 to 5, must be under a mask.
        package struct Condition: Sendable, Equatable {
            package let argument: UInt32
            package let mask: UInt64
            package let value: UInt64
        }
    }

    /// What happens to a worker that is refused something.
    package struct ViolationRule: Sendable, Equatable {
        package let standard: Consequence
        /// For calls that no program makes by mistake, such as `ptrace`.
        package let tripwire: Consequence
        /// Refusals in one run, after which the worker is killed.
        package let killAfter: UInt64
        package let reason: String?

        package enum Consequence: String, Sendable, CaseIterable {
            case deny, kill
        }
    }
}
