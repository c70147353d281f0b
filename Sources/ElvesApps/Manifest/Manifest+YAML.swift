import ElvesModel

extension Manifest {
    /// The bytes a manifest may have.
    package static let byteLimit = 64 * 1024

    /// Reads an `app.yaml`.
    ///
    /// - Parameter yaml: The whole document in UTF-8, at most `byteLimit` bytes.
    /// - Throws: `ManifestError` with line and column; unknown keys are refused by name.
    package init(yaml bytes: [UInt8]) throws(ManifestError) {
        guard bytes.count <= Self.byteLimit else { throw .tooLarge(bytes: bytes.count, limit: Self.byteLimit) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText }
        try self.init(root: ManifestNode(node: try YAMLDocument.root(of: text), path: ""))
    }

    private init(root: ManifestNode) throws(ManifestError) {
        let keys = try root.members(
            accepting: [
                "name", "version", "title", "language", "entry", "functions", "sandbox", "minimum_agent",
            ], notYet: ["limits", "processor"])
        func required(_ key: String) throws(ManifestError) -> ManifestNode {
            guard let value = keys[key] else { throw .missingKey(key, line: root.line, column: root.column) }
            return value
        }
        let nameNode = try required("name")
        let nameText = try nameNode.text()
        do { name = try AppName(nameText) } catch { throw nameNode.refusal(error.rule) }
        version = try Self.version(required("version"))
        title = try keys["title"]?.text() ?? nameText
        language = try required("language").choice(Language.self)
        entry = try Self.entry(required("entry"))
        functions = try Self.functions(required("functions"))
        readRequests = try Self.readRequests(keys["sandbox"])
        minimumAgent = if let node = keys["minimum_agent"] { try Self.version(node) } else { nil }
    }

    private static func version(_ node: ManifestNode) throws(ManifestError) -> AppVersion {
        let text = try node.text()
        do { return try AppVersion(text) } catch { throw node.refusal(error.rule) }
    }

    private static func entry(_ node: ManifestNode) throws(ManifestError) -> String {
        let text = try node.text(limit: 512)
        let name: EntryName
        do { name = try EntryName(Array(text.utf8)) } catch {
            throw node.refusal("expected a file below the app's folder: \(error)")
        }
        guard !name.isFolder, !name.isReserved else {
            throw node.refusal("expected a file of the app, not a folder or a part of \(reservedFolder)")
        }
        return text
    }

    private static func functions(_ node: ManifestNode) throws(ManifestError) -> [Function] {
        var result: [Function] = []
        for member in try node.members() {
            guard isFunctionName(member.key) else {
                throw member.keyNode.refusal(
                    "a function's name is 1 to 32 letters, digits and _, beginning with a letter")
            }
            result.append(try function(member.key, member.value))
        }
        guard !result.isEmpty else { throw node.refusal("an app has at least one function") }
        return result
    }

    private static func isFunctionName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isASCIILetter, text.utf8.count <= 32 else { return false }
        return text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
    }

    private static func function(_ name: String, _ node: ManifestNode) throws(ManifestError) -> Function {
        let keys = try node.members(
            accepting: ["title", "isolation", "timeout", "idempotent", "read_only", "param"])
        if let isolation = keys["isolation"], isolation.word == "zygote" {
            throw isolation.refusal("\"zygote\" is not available yet; use resident or fresh")
        }
        if let schema = keys["param"], !schema.isMap {
            throw schema.refusal("expected a JSON Schema, a map")
        }
        return Function(
            name: name,
            title: try keys["title"]?.text() ?? name,
            isolation: try keys["isolation"]?.choice(Isolation.self) ?? .fresh,
            timeoutSeconds: try keys["timeout"]?.number(in: 1...86_400, unit: "seconds") ?? 90,
            isIdempotent: try keys["idempotent"]?.bool() ?? false,
            isReadOnly: try keys["read_only"]?.bool() ?? false,
            parameterSchema: keys["param"]?.json)
    }

    private static func readRequests(_ node: ManifestNode?) throws(ManifestError) -> [ReadRequest] {
        guard let filesystem = try node?.members(accepting: ["filesystem"])["filesystem"],
            let read = try filesystem.members(accepting: ["read"])["read"]
        else { return [] }
        var result: [ReadRequest] = []
        for element in try read.elements() {
            let keys = try element.members(accepting: ["path", "reason"])
            guard let path = keys["path"] else {
                throw .missingKey("path", line: element.line, column: element.column)
            }
            guard let reason = keys["reason"] else {
                throw .missingKey("reason", line: element.line, column: element.column)
            }
            let request = ReadRequest(path: try hostPath(path), reason: try reason.text())
            guard !result.contains(where: { $0.path == request.path }) else {
                throw path.refusal("\(request.path) is asked for twice")
            }
            result.append(request)
        }
        return result
    }

    private static func hostPath(_ node: ManifestNode) throws(ManifestError) -> String {
        let text = try node.text(limit: 4095)
        let components = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard text.first == "/", components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw node.refusal(
                "expected an absolute path of a file or folder, without empty, . or .. parts and no slash at the end")
        }
        return text
    }
}
