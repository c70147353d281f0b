package import ElvesJSON
package import ElvesModel

/// The policy that an app's workers run under on a host.
package struct PolicyInUse: Sendable, Hashable, Codable {
    package let name: String
    package let version: Int
    /// Over all that the policy says, its system call profiles included.
    package let digest: Digest
    /// The layers that somebody lets the app do without, until a day.
    package let optOuts: [OptOut]

    package init(name: String, version: Int, digest: Digest, optOuts: [OptOut]) {
        self.name = name
        self.version = version
        self.digest = digest
        self.optOuts = optOuts
    }

    /// A layer of the sandbox that may be missing.
    package struct OptOut: Sendable, Hashable, Codable {
        package let layer: String
        package let reason: String
        package let approvedBy: String
        /// The last day on which it counts, in UTC, as `2026-12-31`.
        package let expires: String

        package init(layer: String, reason: String, approvedBy: String, expires: String) {
            self.layer = layer
            self.reason = reason
            self.approvedBy = approvedBy
            self.expires = expires
        }

        enum CodingKeys: String, CodingKey {
            case layer, reason, expires
            case approvedBy = "approved_by"
        }
    }

    enum CodingKeys: String, CodingKey {
        case name, version, digest
        case optOuts = "opt_outs"
    }

    var json: RawJSON {
        .object { members in
            members.add("name", name)
            members.add("version", Int64(version))
            members.add("digest", digest.hex)
            if !optOuts.isEmpty { members.add("opt_outs", optOuts.map(\.json)) }
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        name = try object.require("name", object.string("name"))
        version = Int(try object.require("version", object.integer("version")))
        digest = try Digest(hex: object.require("digest", object.string("digest")))
        optOuts = try (object.array("opt_outs") ?? []).map(OptOut.init)
    }
}

extension PolicyInUse.OptOut {
    fileprivate var json: RawJSON {
        .object { members in
            members.add("layer", layer)
            members.add("reason", reason)
            members.add("approved_by", approvedBy)
            members.add("expires", expires)
        }
    }

    fileprivate init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        layer = try object.require("layer", object.string("layer"))
        reason = try object.require("reason", object.string("reason"))
        approvedBy = try object.require("approved_by", object.string("approved_by"))
        expires = try object.require("expires", object.string("expires"))
    }
}

/// A layer of the sandbox that a host cannot give.
package struct MissingLayer: Sendable, Hashable, Codable {
    package let name: String
    /// What the kernel said, and what would change it.
    package let why: String

    package init(name: String, why: String) {
        self.name = name
        self.why = why
    }

    var json: RawJSON {
        .object { members in
            members.add("name", name)
            members.add("why", why)
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        name = try object.require("name", object.string("name"))
        why = try object.require("why", object.string("why"))
    }
}
