package import ElvesJSON
package import ElvesModel

/// `POST /admin/v1/agents/{agent}/labels`: takes labels away, then sets others. Answered with `LabelsBody`.
package struct LabelRequest: Encodable, Sendable {
    package let set: [Label]
    package let remove: [LabelName]

    package init(set: [Label], remove: [LabelName]) {
        self.set = set
        self.remove = remove
    }

    /// - Throws: `JSONError` naming a member that is not known; `InvalidName` for what is no label.
    package init(_ object: JSONObject) throws {
        if let unknown = object.keys.first(where: { $0 != "set" && $0 != "remove" }) {
            throw JSONError.message("unknown member \"\(unknown.prefix(40))\": set and remove are known")
        }
        set = try (object.raw("set").map { try JSONObject($0) }?.entries ?? []).map { name, value in
            guard let text = value.stringValue else { throw JSONError.message("label \"\(name.prefix(63))\" is no text") }
            return try Label(LabelName(name), text)
        }
        remove = try (object.array("remove") ?? []).map { raw in
            guard let text = raw.stringValue else { throw JSONError.message("\"remove\" holds something that is no text") }
            return try LabelName(text)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let pairs = set.map { ($0.name.text, $0.value) }
        try container.encode(Dictionary(pairs, uniquingKeysWith: { _, last in last }), forKey: .set)
        try container.encode(remove.map(\.text), forKey: .remove)
    }

    enum CodingKeys: String, CodingKey { case set, remove }
}

package struct LabelsBody: Codable, Sendable {
    package let labels: [String: String]

    package init(_ labels: [LabelName: String]) { self.labels = Self.texts(labels) }

    package static func texts(_ labels: [LabelName: String]) -> [String: String] {
        Dictionary(labels.map { ($0.key.text, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

/// A fact of a host, as the list of agents has it: a text, a number or a truth value.
package struct HostFactView: Codable, Sendable {
    package let json: RawJSON

    /// The most facts of one host that are listed.
    private static let limit = 256

    /// The members of a flat object; what is nested, null or beyond the exact numbers of the format is left out.
    package static func list(_ facts: RawJSON) -> [String: HostFactView] {
        var known: [String: HostFactView] = [:]
        for (name, raw) in ((try? JSONObject(facts))?.entries ?? []).prefix(limit) {
            switch try? JSONValue(raw) {
            case .string, .number, .bool: known[name] = HostFactView(json: raw)
            case .null, .array, .object, nil: break
            }
        }
        return known
    }

    private init(json: RawJSON) { self.json = json }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            json = .bool(value)
        } else if let number = try? container.decode(Int64.self) {
            json = .integer(number)
        } else if let number = try? container.decode(Double.self) {
            json = try RawJSON(validating: "\(number)")
        } else {
            json = .string(try container.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch try JSONValue(json) {
        case .bool(let value): try container.encode(value)
        case .number(let number):
            if let whole = number.int { try container.encode(whole) } else { try container.encode(Double(json.text) ?? 0) }
        default: try container.encode(json.stringValue ?? "")
        }
    }
}
