package import ElvesModel

/// What an app says of itself in `app.yaml`, the file at the root of its folder and of its archive.
///
/// A value that `init(yaml:)` made keeps every rule named below; one that came through `Codable` is only as good as
/// the bytes it came from.
package struct Manifest: Sendable, Equatable, Codable {
    /// The language the app is written in; it decides how its worker is started.
    package enum Language: String, Sendable, Codable, CaseIterable {
        case python, csharp, swift, shell

        /// Whether this host can start workers of the language today.
        package var isRunnable: Bool { self == .python }
    }

    /// What a call of a function may find left over from the calls before it.
    package enum Isolation: String, Sendable, Codable, CaseIterable {
        /// One worker process answers many calls.
        case resident
        /// Every call gets a worker process of its own.
        case fresh
    }

    /// One thing the app can be called to do.
    package struct Function: Sendable, Equatable, Codable {
        /// 1 to 32 ASCII letters, digits and `_`, beginning with a letter.
        package let name: String
        /// A line for people; the name where the document gives none.
        package let title: String
        /// `fresh` where the document says nothing.
        package let isolation: Isolation
        /// How long one call may take, in seconds, 1 to 86400.
        package let timeoutSeconds: Int
        /// Whether a second call with the same parameters does no further harm; such calls may be repeated after a
        /// crash.
        package let isIdempotent: Bool
        /// Whether a call changes nothing on the host.
        package let isReadOnly: Bool
        /// The JSON Schema of the parameters, an object as compact JSON text; nil takes anything.
        package let parameterSchema: String?

        /// How long one call may take.
        package var timeout: Duration { .seconds(timeoutSeconds) }

        enum CodingKeys: String, CodingKey {
            case name, title, isolation
            case timeoutSeconds = "timeout"
            case isIdempotent = "idempotent"
            case isReadOnly = "read_only"
            case parameterSchema = "param"
        }
    }

    /// A path outside the app's folder that its workers ask to read.
    package struct ReadRequest: Sendable, Equatable, Codable {
        /// Absolute and normalised: no empty, `.` or `..` component, no slash at the end.
        package let path: String
        /// Why, for the person who approves it; never empty.
        package let reason: String
    }

    /// How the app is called in every API.
    package let name: AppName
    /// Never given twice to different contents.
    package let version: AppVersion
    /// A line for people; the app's name where the document gives none.
    package let title: String
    /// Whether this host can run it is `language.isRunnable`.
    package let language: Language
    /// The file that a worker starts with, relative to the app's folder, `/` between components.
    package let entry: String
    /// In the order of the document, names unique, never empty.
    package let functions: [Function]
    /// In the order of the document, paths unique.
    package let readRequests: [ReadRequest]
    /// The oldest agent that can run the app; nil means any.
    package let minimumAgent: AppVersion?

    enum CodingKeys: String, CodingKey {
        case name, version, title, language, entry, functions
        case readRequests = "read_requests"
        case minimumAgent = "minimum_agent"
    }

    /// The function of that name, if the app has it.
    package func function(_ name: String) -> Function? { functions.first { $0.name == name } }

    /// The name of the manifest's file.
    package static let fileName = "app.yaml"
    /// The folder of an archive that belongs to Elves: the language's SDK is packed below it.
    package static let reservedFolder = ".elves"
    /// The archive's file name, `{app}_{version}.zip`.
    package var archiveName: String { "\(name)_\(version).zip" }
}
