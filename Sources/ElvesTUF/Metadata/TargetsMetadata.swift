package import ElvesJSON

/// The targets a role lists, and to whom it delegates others.
package struct TargetsMetadata: RoleMetadata {
    package static let type = RoleType.targets
    package static let members: Set<String> = ["targets", "delegations"]

    package var header: RoleHeader
    /// By target path, as in `apps/hello/1.0.0.zip`.
    package var targets: [String: TargetFile]
    package var delegations: Delegations?

    package init(header: RoleHeader, targets: [String: TargetFile] = [:], delegations: Delegations? = nil) {
        self.header = header
        self.targets = targets
        self.delegations = delegations
    }

    package init(header: RoleHeader, reading object: JSONObject) throws(JSONError) {
        self.header = header
        let list = try object.object("targets")
        targets = Dictionary(minimumCapacity: list.keys.count)
        for entry in list.entries {
            guard entry.value.bytes.first == UInt8(ascii: "{") else {
                throw .message("target \(quoted(entry.key, 80)) must be an object")
            }
            do throws(JSONError) {
                let file = try TargetFile(reading: JSONObject(entry.value))
                guard targets.updateValue(file, forKey: entry.key) == nil else { throw .message(stoodBefore) }
            } catch {
                throw .message("target \(quoted(entry.key, 80)): \(error.reason)")
            }
        }
        if let raw = object.raw("delegations"), raw != .null {
            delegations = try Delegations(reading: object.object("delegations"))
        }
    }

    package func write(to members: inout JSONWriter.Members) {
        members.add("targets") { members in
            for (path, file) in targets.sorted(by: { $0.key < $1.key }) { members.add(path, file.json) }
        }
        if let delegations { members.add("delegations", delegations.json) }
    }
}

/// What a target must be.
package struct TargetFile: Hashable, Sendable {
    package var length: Int64
    package var digests: FileDigests
    /// What the role's owner says about it beside; always an object, where it is there.
    package var custom: RawJSON?
    package var unrecognized: [JSONEntry]

    package init(length: Int64, digests: FileDigests, custom: RawJSON? = nil) {
        self.length = length
        self.digests = digests
        self.custom = custom
        unrecognized = []
    }

    init(reading object: JSONObject) throws(JSONError) {
        length = try object.require("length", object.length("length"))
        digests = try object.require("hashes", object.digests("hashes"))
        if let raw = object.raw("custom"), raw != .null {
            _ = try object.object("custom")
            custom = raw
        }
        unrecognized = object.entries(except: ["length", "hashes", "custom"])
    }

    var json: RawJSON {
        .object {
            $0.add("hashes", digests.json)
            $0.add("length", length)
            $0.add("custom", ifPresent: custom)
            $0.add(unrecognized)
        }
    }
}
