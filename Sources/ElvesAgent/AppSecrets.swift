import ElvesJSON
package import ElvesModel
import Foundation

/// The secrets of a host's apps: one JSON object of texts for each app, `<folder>/<app>.json`, readable by its owner alone.
///
/// Read anew for every worker that is started, so that a rotated secret counts for the next one.
package enum AppSecrets: Sendable {
    case folder(String)
    case given([String: String])

    private static let sizeLimit = 64 << 10

    /// What a worker is handed: a JSON object with exactly these names.
    ///
    /// - Throws: `AppSecretsError` naming the secret or the file, never a value.
    func payload(_ app: AppName, names: [String]) throws(AppSecretsError) -> [UInt8] {
        let values: [String: String]
        switch self {
        case .given(let given): values = given
        case .folder(let folder): values = try Self.read("\(folder)/\(app).json")
        }
        for name in names where values[name] == nil { throw .missing(name, app: app, place: place(of: app)) }
        return RawJSON.object { members in
            for name in names { members.add(name, ifPresent: values[name]) }
        }.bytes
    }

    private func place(of app: AppName) -> String {
        switch self {
        case .folder(let folder): "\(folder)/\(app).json"
        case .given: "what was given for this run"
        }
    }

    private static func read(_ path: String) throws(AppSecretsError) -> [String: String] {
        var state = stat()
        guard stat(path, &state) == 0 else { throw .noFile(path) }
        guard state.st_mode & 0o077 == 0, state.st_uid == geteuid() else { throw .readableByOthers(path) }
        guard state.st_size <= sizeLimit, let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path) }
        var values: [String: String] = [:]
        do {
            let object = try JSONObject(parsing: Array(data))
            for key in object.keys { values[key] = try object.string(key) }
        } catch { throw .unreadable(path) }
        return values
    }
}

/// Why a worker cannot be given its secrets. Never holds a value.
package enum AppSecretsError: Error, Equatable, CustomStringConvertible {
    case noFile(String)
    case readableByOthers(String)
    case unreadable(String)
    case missing(String, app: AppName, place: String)

    package var description: String {
        switch self {
        case .noFile(let path):
            "the app has secrets, but \(path) is not there: write them as a JSON object of texts, mode 0600"
        case .readableByOthers(let path):
            "\(path) can be read by others than this agent: make the agent its owner and chmod 600 it"
        case .unreadable(let path): "\(path) is no JSON object of texts of at most 64 KiB"
        case .missing(let name, let app, let place): "secret \"\(name)\" of \(app) is not in \(place)"
        }
    }
}
