package import ElvesJSON

/// The four kinds of metadata; a delegated role is of the kind `targets`.
package enum RoleType: String, Sendable, CaseIterable {
    case root, timestamp, snapshot, targets
}

/// What the signed part of every role begins with.
package struct RoleHeader: Equatable, Sendable {
    package var specVersion: String
    /// From 1, raised by each publication.
    package var version: Int64
    package var expires: ExpiryTime
    /// Members that this code does not know.
    package var unrecognized: [JSONEntry]

    package init(
        version: Int64, expires: ExpiryTime, specVersion: String = RoleHeader.specVersion, unrecognized: [JSONEntry] = []
    ) {
        self.specVersion = specVersion
        self.version = version
        self.expires = expires
        self.unrecognized = unrecognized
    }

    /// The version of the specification that this code follows.
    package static let specVersion = "1.0.34"
    static let members: Set<String> = ["_type", "spec_version", "version", "expires"]
}

/// The signed part of one role's file.
package protocol RoleMetadata: Equatable, Sendable {
    static var type: RoleType { get }
    /// The members beside those of the header.
    static var members: Set<String> { get }
    var header: RoleHeader { get set }

    init(header: RoleHeader, reading object: JSONObject) throws(JSONError)
    func write(to members: inout JSONWriter.Members)
}

extension RoleMetadata {
    package var version: Int64 { header.version }
    package var expires: ExpiryTime { header.expires }

    /// The signed part as JSON, header first, unknown members last.
    package var json: RawJSON {
        .object {
            $0.add("_type", Self.type.rawValue)
            $0.add("spec_version", header.specVersion)
            $0.add("version", header.version)
            $0.add("expires", header.expires.description)
            write(to: &$0)
            $0.add(header.unrecognized)
        }
    }

    init(reading raw: RawJSON) throws(JSONError) {
        let object = try JSONObject(raw)
        let type = try object.require("_type", object.string("_type"))
        guard type == Self.type.rawValue else {
            throw .message("its _type is \(quoted(type, 40)) and should be \"\(Self.type.rawValue)\"")
        }
        let specVersion = try object.require("spec_version", object.string("spec_version"))
        let parts = specVersion.split(separator: ".", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ UInt32($0) != nil }) else {
            throw .message("its spec_version \(quoted(specVersion, 40)) is no version")
        }
        guard parts[0] == "1" else {
            throw .message("its spec_version is \(specVersion.prefix(40)); this program knows version 1")
        }
        let expires = try object.require("expires", object.string("expires"))
        guard let expiry = ExpiryTime(expires) else {
            throw .message("its expires \(quoted(expires, 40)) is no time of the form 2026-01-31T12:00:00Z")
        }
        let header = RoleHeader(
            version: try object.positive("version"), expires: expiry, specVersion: specVersion,
            unrecognized: object.entries(except: RoleHeader.members.union(Self.members)))
        try self.init(header: header, reading: object)
    }
}

extension JSONObject {
    /// An integer from 1 that must be there.
    func positive(_ key: String) throws(JSONError) -> Int64 {
        let number = try require(key, integer(key))
        guard number >= 1 else { throw .message("member \"\(key)\" is \(number) and must be at least 1") }
        return number
    }
}
