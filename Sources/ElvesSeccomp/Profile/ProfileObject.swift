import ElvesJSON

/// One object of a profile: its members, the way to it, and where in the file it stands.
struct ProfileObject {
    /// Such as `syscalls[3]`.
    let place: String
    private let source: ProfileSource
    /// Of the object's first byte.
    private let offset: Int
    private let members: JSONObject

    /// The object that is the whole file.
    init(_ text: [UInt8], file: String, place: String, limits: JSONLimits) throws(SeccompError) {
        source = ProfileSource(file: file, text: text)
        do { members = try JSONObject(parsing: text, limits: limits) } catch {
            throw .notJSON(error.reason, at: SourcePosition(file: file, offset: error.offset, in: text))
        }
        self.place = place
        offset = text.firstIndex { !isJSONBlank($0) } ?? 0
    }

    private init(_ raw: RawJSON, source: ProfileSource, offset: Int, place: String) throws(SeccompError) {
        self.source = source
        self.offset = offset
        self.place = place
        do { members = try JSONObject(raw) } catch {
            throw .badValue(place: place, reason: "must be an object", at: source.position(offset))
        }
    }

    var position: SourcePosition { source.position(offset) }
    var keys: [String] { members.keys }

    func bad(_ reason: String, of key: String? = nil) -> SeccompError {
        .badValue(place: place, reason: reason, at: key.map(position(of:)) ?? position)
    }

    /// Of a member's name; of the object if there is no such member.
    func position(of key: String) -> SourcePosition {
        guard let index = members.keys.firstIndex(of: key) else { return position }
        return source.position(source.members(of: members, at: offset)[index].name)
    }

    func refuseUnknown(_ known: [String]) throws(SeccompError) {
        for key in members.keys where !known.contains(key) {
            throw .unknownKey(place: place, key: key, known: known, at: position(of: key))
        }
    }

    /// An absent list and `null` are an empty one.
    func list(_ key: String) throws(SeccompError) -> [RawJSON] {
        do { return try members.array(key) ?? [] } catch { throw bad(error.reason, of: key) }
    }

    /// The elements of a list of objects.
    func objects(_ key: String) throws(SeccompError) -> [ProfileObject] {
        let elements = try list(key)
        guard !elements.isEmpty, let index = members.keys.firstIndex(of: key) else { return [] }
        let start = source.members(of: members, at: offset)[index].value
        var objects: [ProfileObject] = []
        for (number, offset) in source.elements(elements, at: start).enumerated() {
            let place = place == "seccomp" ? "\(key)[\(number)]" : "\(place).\(key)[\(number)]"
            objects.append(try ProfileObject(elements[number], source: source, offset: offset, place: place))
        }
        return objects
    }

    /// Nil if it is absent or `null`.
    func object(_ key: String) throws(SeccompError) -> ProfileObject? {
        guard let raw = members.raw(key), raw != .null, let index = members.keys.firstIndex(of: key) else { return nil }
        let start = source.members(of: members, at: offset)[index].value
        return try ProfileObject(raw, source: source, offset: start, place: "\(place).\(key)")
    }

    func texts(_ key: String) throws(SeccompError) -> [String] {
        var texts: [String] = []
        for raw in try list(key) {
            guard let text = raw.stringValue else { throw bad("\"\(key)\" must hold texts only", of: key) }
            texts.append(text)
        }
        return texts
    }

    func text(_ key: String) throws(SeccompError) -> String {
        do { return try members.require(key, members.string(key)) } catch { throw bad(error.reason, of: key) }
    }

    /// Nil if it is absent.
    func optionalText(_ key: String) throws(SeccompError) -> String? {
        do { return try members.string(key) } catch { throw bad(error.reason, of: key) }
    }

    /// Nil if it is absent.
    func unsigned(_ key: String) throws(SeccompError) -> UInt64? {
        guard let raw = members.raw(key) else { return nil }
        guard let number = UInt64(raw.text) else { throw bad("\"\(key)\" must be a whole number, not negative", of: key) }
        return number
    }
}

/// A file's text, walked along what the strict reader has already accepted; so nothing here can be malformed.
private struct ProfileSource {
    let file: String
    let text: [UInt8]

    func position(_ offset: Int) -> SourcePosition { SourcePosition(file: file, offset: offset, in: text) }

    /// Where the name and the value of each member of an object start.
    func members(of object: JSONObject, at start: Int) -> [(name: Int, value: Int)] {
        var index = start + 1
        return object.entries.map { entry in
            skip(&index, and: ",")
            let name = index
            index = endOfString(index)
            skip(&index, and: ":")
            defer { index += entry.value.bytes.count }
            return (name, index)
        }
    }

    /// Where each element of a list starts.
    func elements(_ elements: [RawJSON], at start: Int) -> [Int] {
        var index = start + 1
        return elements.map { element in
            skip(&index, and: ",")
            defer { index += element.bytes.count }
            return index
        }
    }

    private func skip(_ index: inout Int, and separator: Unicode.Scalar) {
        while index < text.count, isJSONBlank(text[index]) || text[index] == UInt8(ascii: separator) { index += 1 }
    }

    /// Behind the closing quote of the string that starts at `start`.
    private func endOfString(_ start: Int) -> Int {
        var index = start + 1
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index + 1
    }
}

private func isJSONBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
