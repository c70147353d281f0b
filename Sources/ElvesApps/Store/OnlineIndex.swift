import ElvesModel
import FoundationEssentials
import Glibc

/// What `online.json` says: for each app the folder of the version that new calls take.
struct OnlineIndex: Equatable {
    static let fileName = "online.json"
    static let byteLimit = 1 << 20

    struct Version: Codable, Equatable {
        let version: AppVersion
        let digest: Digest
        /// What the operator let the app have when it went online; absent means nothing.
        var grants: [Grant]?
    }

    var apps: [AppName: Version] = [:]

    init() {}

    /// - Returns: Nil if the bytes are not an index.
    init?(json: [UInt8]) {
        guard let stored = try? JSONDecoder().decode([String: Version].self, from: Data(json)) else { return nil }
        for (name, version) in stored {
            guard let name = try? AppName(name) else { return nil }
            apps[name] = version
        }
    }

    /// With sorted keys, for people too.
    func json() throws(FileError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let stored = Dictionary(uniqueKeysWithValues: apps.map { ($0.key.text, $0.value) })
        do { return try Array(encoder.encode(stored)) } catch { throw FileError("encode", Self.fileName, code: EINVAL) }
    }
}
