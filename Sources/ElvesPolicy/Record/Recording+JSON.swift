package import ElvesJSON

/// Why a text is no recording.
package struct RecordingError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension Recording {
    package static let schema = "elves.recording/v1"
    /// The longest text that is read, in bytes.
    package static let sizeLimit = 64 << 20

    package var json: RawJSON {
        .object { object in
            object.add("schema", Self.schema)
            object.add("source", source)
            object.add("functions", functions.sorted())
            object.add("gaps", gaps.sorted())
            object.add("peaks") { members in
                for (key, value) in Self.peakKeys { if let amount = peaks[keyPath: value] { members.add(key, amount) } }
            }
            object.add(
                "calls",
                calls.map { call in
                    .object { members in
                        members.add("call", call.name)
                        members.add("arguments", call.arguments.map { "\($0)" })
                        call.moment.add(to: &members, count: call.count)
                    }
                })
            object.add(
                "paths",
                paths.map { path in
                    .object { members in
                        members.add("path", path.path)
                        members.add("access", path.access.rawValue)
                        path.moment.add(to: &members, count: path.count)
                    }
                })
            object.add(
                "places",
                places.map { place in
                    .object { members in
                        members.add("place", place.target)
                        members.add("direct", place.isDirect)
                        place.moment.add(to: &members, count: place.count)
                    }
                })
        }
    }

    /// - Parameter file: What errors call the text.
    /// - Throws: `RecordingError` naming the file and the member.
    package init(json: [UInt8], file: String) throws(RecordingError) {
        do {
            let object = try JSONObject(parsing: json, limits: JSONLimits(bytes: Self.sizeLimit))
            try object.accept(["schema", "source", "functions", "gaps", "peaks", "calls", "paths", "places"])
            guard try object.string("schema") == Self.schema else {
                throw RecordingError(
                    description: "\(file): \"schema\" must be \"\(Self.schema)\": this build reads no other format")
            }
            self.init(source: try object.require("source", object.string("source")))
            functions = Set(try object.texts("functions"))
            gaps = Set(try object.texts("gaps"))
            if let members = object.raw("peaks") {
                let members = try JSONObject(members)
                try members.accept(Self.peakKeys.map(\.0))
                for (key, value) in Self.peakKeys {
                    peaks[keyPath: value] = try members.integer(key).map { UInt64(max(0, $0)) }
                }
            }
            for element in try object.array("calls") ?? [] {
                let members = try JSONObject(element)
                try members.accept(["call", "arguments", "phase", "function", "count"])
                let arguments = try members.texts("arguments").map { text throws(RecordingError) in
                    guard let number = UInt64(text) else {
                        throw RecordingError(description: "argument \"\(text)\" must be a number of at most 64 bits")
                    }
                    return number
                }
                calls.append(
                    Call(
                        name: try members.require("call", members.string("call")), arguments: arguments,
                        moment: try Moment(members), count: try members.count))
            }
            for element in try object.array("paths") ?? [] {
                let members = try JSONObject(element)
                try members.accept(["path", "access", "phase", "function", "count"])
                paths.append(
                    Path(
                        path: try members.require("path", members.string("path")),
                        access: try members.word("access"), moment: try Moment(members), count: try members.count))
            }
            for element in try object.array("places") ?? [] {
                let members = try JSONObject(element)
                try members.accept(["place", "direct", "phase", "function", "count"])
                places.append(
                    Place(
                        target: try members.require("place", members.string("place")),
                        isDirect: try members.bool("direct") ?? false, moment: try Moment(members), count: try members.count))
            }
        } catch {
            throw RecordingError(description: "\(file) is no recording: \(error)")
        }
    }

    private static let peakKeys: [(String, any WritableKeyPath<Peaks, UInt64?> & Sendable)] = [
        ("memory", \.memory), ("processes", \.processes), ("files", \.files),
    ]
}

extension Recording.Moment {
    fileprivate func add(to members: inout JSONWriter.Members, count: Int) {
        members.add("phase", phase.rawValue)
        members.add("function", ifPresent: function)
        members.add("count", count)
    }

    fileprivate init(_ members: JSONObject) throws {
        self.init(phase: try members.word("phase"), function: try members.string("function"))
    }
}

extension JSONObject {
    fileprivate func accept(_ known: [String]) throws(RecordingError) {
        if let key = keys.first(where: { !known.contains($0) }) {
            throw RecordingError(description: "member \"\(key)\" is not known: there are \(known.joined(separator: ", "))")
        }
    }

    fileprivate func texts(_ key: String) throws -> [String] {
        try (array(key) ?? []).map { element throws(RecordingError) in
            guard let text = element.stringValue else {
                throw RecordingError(description: "member \"\(key)\" must be a list of texts")
            }
            return text
        }
    }

    fileprivate func word<T: RawRepresentable & CaseIterable>(_ key: String) throws -> T where T.RawValue == String {
        let text = try require(key, string(key))
        guard let value = T(rawValue: text) else {
            let known = T.allCases.map(\.rawValue).joined(separator: ", ")
            throw RecordingError(description: "member \"\(key)\" is \"\(text)\", must be one of \(known)")
        }
        return value
    }

    fileprivate var count: Int {
        get throws {
            let number = try require("count", integer("count"))
            guard number > 0 else { throw RecordingError(description: "member \"count\" must be above 0") }
            return Int(number)
        }
    }
}
