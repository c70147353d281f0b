import ElvesFiles

/// What a worker of one language may see and use: one `elves.sandbox/v1` file, checked.
///
/// The text rules and the place of every fault are in `Policy+Reading.swift`; `sandbox/README.md` explains the keys to the
/// people who write policies. Paths are absolute, inside the sandbox and on the host alike: a root is shown where it lies.
package struct Policy: Sendable, Equatable {
    package static let schema = "elves.sandbox/v1"

    package let name: String
    package let version: Int
    package let summary: String
    package let runtime: Runtime
    package let filesystem: Filesystem
    package let resources: Resources
    /// The worker's whole environment, in the order of the file.
    package let environment: [EnvironmentValue]
    /// The names of the system call profiles, files beside this one: the first is whole, the others add rules to it.
    package let seccomp: [String]
    package let network: Network

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

        /// What stands for the app's entry in a policy.
        package static let entry = "{entry}"
    }

    /// What an app may ask for beside an empty network of its own.
    package enum Network: Sendable, Equatable {
        case none
        /// Connections through the agent's proxy, to granted places; the profile's rules are added for such an app.
        case proxy(profile: String)

        /// Where a worker finds the proxy, in its environment and in its view.
        package static let variable = "ELVES_PROXY"
        package static let socket = "/run/elves/proxy.sock"
    }

    /// What of the host's files is visible, read-only.
    package struct Filesystem: Sendable, Equatable {
        /// Must exist when a worker starts.
        package let roots: [String]
        /// Left out where they do not exist.
        package let optional: [String]
        package let links: [Link]
        package let tmp: Tmp
        /// What an app may ask to read beside them, by exactly this path.
        package let requestable: [String]
    }

    /// A symbolic link that the sandbox has.
    package struct Link: Sendable, Equatable {
        package let path: String
        /// Relative to the link's folder; never leads out.
        package let value: String
    }

    /// The worker's own `/tmp`, in memory and gone with it.
    package struct Tmp: Sendable, Equatable {
        package let bytes: UInt64
        package let inodes: UInt64
    }

    package struct Resources: Sendable, Equatable {
        /// Address space of each process, in bytes.
        package let memory: UInt64
        package let processes: UInt64
        package let files: UInt64
        /// The largest file a worker may write, in bytes.
        package let fileSize: UInt64
        /// The longest line on standard output, in bytes; the host's duty, as is `stderr`.
        package let stdoutLine: Int
        /// All that is kept of standard error, in bytes.
        package let stderr: Int
    }

    package struct EnvironmentValue: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}

extension Policy {
    /// The longest policy file that is read, in bytes.
    package static let sizeLimit = 64 << 10

    /// Reads and checks one policy file; its system call profile is left to `CompiledPolicy`.
    ///
    /// - Throws: `PolicyError` with the line and column of the first fault.
    package init(contentsOf path: String) throws(PolicyError) {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path, limit: Self.sizeLimit)
        } catch {
            throw .unreadable(error)
        }
        try self.init(yaml: String(decoding: bytes, as: UTF8.self), file: path)
    }
}
