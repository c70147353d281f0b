package import ElvesModel
package import ElvesSchema

/// What an app says of itself in `app.yaml`, the file at the root of its folder and of its archive.
///
/// A value that `init(yaml:)` made keeps every rule named below; one that came through `Codable` is only as good as
/// the bytes it came from.
package struct Manifest: Sendable, Equatable, Codable {
    /// How an app's worker is spoken to, where it is not the worker protocol.
    package enum Runtime: String, Sendable, Codable, CaseIterable {
        /// The original's custom entry: a program started for each call, with its parameters as arguments and its
        /// answer in tags of its output.
        case legacy
    }

    /// What a call of a function may find left over from the calls before it.
    package enum Isolation: String, Sendable, Codable, CaseIterable {
        /// One worker process answers many calls.
        case resident
        /// Every call gets a worker process of its own.
        case fresh
        /// Every call gets a copy of a worker that has loaded the app and answered nothing yet.
        case zygote
    }

    /// One thing the app can be called to do.
    package struct Function: Sendable, Equatable, Codable {
        /// 1 to 32 ASCII letters, digits and `_`, beginning with a letter.
        package let name: String
        /// A line for people; the name where the document gives none.
        package let title: String
        /// `fresh` where the document says nothing. Whether a language offers it is its policy's business.
        package let isolation: Isolation
        /// How long one call may take, in seconds, 1 to 86400.
        package let timeoutSeconds: Int
        /// Whether a second call with the same parameters does no further harm; such calls may be repeated after a
        /// crash.
        package let isIdempotent: Bool
        /// Whether a call changes nothing on the host.
        package let isReadOnly: Bool
        /// What the parameters must be; nil takes anything.
        package let parameterSchema: Schema?
        /// Only what the function says itself; `Manifest.limits(of:)` has what counts.
        package let limits: Limits

        /// How long one call may take.
        package var timeout: Duration { .seconds(timeoutSeconds) }

        enum CodingKeys: String, CodingKey {
            case name, title, isolation, limits
            case timeoutSeconds = "timeout"
            case isIdempotent = "idempotent"
            case isReadOnly = "read_only"
            case parameterSchema = "param"
        }
    }

    /// How the app is called in every API.
    package let name: AppName
    /// Never given twice to different contents.
    package let version: AppVersion
    /// A line for people; the app's name where the document gives none.
    package let title: String
    /// Names the policy the app runs under; whether a host has it is the host's business.
    package let language: Language
    /// Nil speaks the worker protocol.
    package let runtime: Runtime?
    /// The program that a legacy app's `entry` is given to, a bare name or an absolute path; nil runs `entry` as its
    /// language does, and always is nil without `runtime`.
    package let interpreter: String?
    /// The file that a worker starts with, relative to the app's folder, `/` between components.
    package let entry: String
    /// The command that makes the app's files from its sources, on its author's machine; never empty, nil needs none.
    package let build: [String]?
    /// In the order of the document, names unique, never empty.
    package let functions: [Function]
    /// What holds for every function that says nothing else.
    package let limits: Limits
    /// In the order of the document; a path is there once, here or among the write requests.
    package let readRequests: [PathRequest]
    /// What is writable is readable as well.
    package let writeRequests: [PathRequest]
    /// In the order of the document, hosts unique.
    package let networkRequests: [NetworkRequest]
    /// The names of the secrets the app is given, in the order of the document, unique.
    package let secrets: [String]
    /// Who is told of the app's results; nil is nobody.
    package let processor: Processor?
    /// The oldest agent that can run the app; nil means any.
    package let minimumAgent: AppVersion?

    enum CodingKeys: String, CodingKey {
        case name, version, title, language, runtime, interpreter, entry, build, functions, limits, secrets, processor
        case readRequests = "read_requests"
        case writeRequests = "write_requests"
        case networkRequests = "network_requests"
        case minimumAgent = "minimum_agent"
    }

    /// The function of that name, if the app has it.
    package func function(_ name: String) -> Function? { functions.first { $0.name == name } }

    /// What calls of a function may use at most, as far as the manifest says: the policy's limits hold beside it.
    package func limits(of function: Function) -> Limits { function.limits.completed(by: limits) }

    /// The name of the manifest's file.
    package static let fileName = "app.yaml"
    /// The folder of an archive that belongs to Elves: the language's SDK is packed below it.
    package static let reservedFolder = ".elves"
    /// The archive's file name, `{app}_{version}.zip`.
    package var archiveName: String { "\(name)_\(version).zip" }
}
