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
        let keys = try root.members(accepting: [
            "name", "version", "title", "language", "runtime", "entry", "build", "functions", "limits", "sandbox",
            "secrets", "processor", "minimum_agent",
        ])
        func required(_ key: String) throws(ManifestError) -> ManifestNode {
            guard let value = keys[key] else { throw .missingKey(key, line: root.line, column: root.column) }
            return value
        }
        let nameNode = try required("name")
        let nameText = try nameNode.text()
        do { name = try AppName(nameText) } catch { throw nameNode.refusal(error.rule) }
        version = try Self.version(required("version"))
        title = try keys["title"]?.text() ?? nameText
        language = try Self.language(required("language"))
        runtime = try keys["runtime"]?.choice(Runtime.self)
        (interpreter, entry) = try Self.entry(required("entry"), runtime)
        build = try keys["build"]?.command()
        functions = try Self.functions(required("functions"))
        limits = try Self.limits(keys["limits"])
        let requests = try ManifestSandbox(keys["sandbox"])
        (readRequests, writeRequests, networkRequests) = (requests.read, requests.write, requests.network)
        secrets = try Self.secrets(keys["secrets"])
        processor = if let node = keys["processor"] { try Self.processor(node) } else { nil }
        minimumAgent = if let node = keys["minimum_agent"] { try Self.version(node) } else { nil }
    }

    private static func version(_ node: ManifestNode) throws(ManifestError) -> AppVersion {
        let text = try node.text()
        do { return try AppVersion(text) } catch { throw node.refusal(error.rule) }
    }

    private static func language(_ node: ManifestNode) throws(ManifestError) -> Language {
        guard let language = Language(rawValue: try node.text()) else { throw node.refusal(Language.rule) }
        return language
    }

    private static func entry(
        _ node: ManifestNode, _ runtime: Runtime?
    ) throws(ManifestError) -> (interpreter: String?, file: String) {
        let text = try node.text(limit: 512)
        guard let bar = text.firstIndex(of: "|") else { return (nil, try entryFile(text, node)) }
        guard runtime == .legacy else {
            throw node.refusal("expected a file; an interpreter before it, with |, needs \"runtime: legacy\"")
        }
        let interpreter = String(text[..<bar])
        guard isProgram(interpreter) else {
            throw node.refusal("expected INTERPRETER|FILE, the interpreter as a bare name or an absolute path")
        }
        return (interpreter, try entryFile(String(text[text.index(after: bar)...]), node))
    }

    private static func entryFile(_ text: String, _ node: ManifestNode) throws(ManifestError) -> String {
        let name: EntryName
        do { name = try EntryName(Array(text.utf8)) } catch {
            throw node.refusal("expected a file below the app's folder: \(error)")
        }
        guard !name.isFolder, !name.isReserved else {
            throw node.refusal("expected a file of the app, not a folder or a part of \(reservedFolder)")
        }
        return text
    }

    private static func isProgram(_ text: String) -> Bool {
        if text.first == "/" { return ManifestSandbox.isPlainPath(text) }
        return !text.isEmpty && text != "." && text != ".."
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "._+-".utf8.contains($0) }
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
            accepting: ["title", "isolation", "timeout", "idempotent", "read_only", "param", "limits"])
        let isolation = try keys["isolation"]?.choice(Isolation.self) ?? .fresh
        let limits = try limits(keys["limits"])
        if isolation == .resident, limits.processorSeconds != nil, let node = keys["limits"] {
            throw node.refusal(
                "cpu_time is for fresh and zygote functions: the processes of a resident one serve many calls, which timeout ends"
            )
        }
        return Function(
            name: name,
            title: try keys["title"]?.text() ?? name,
            isolation: isolation,
            timeoutSeconds: try keys["timeout"]?.number(in: 1...86_400, unit: "seconds") ?? 90,
            isIdempotent: try keys["idempotent"]?.bool() ?? false,
            isReadOnly: try keys["read_only"]?.bool() ?? false,
            parameterSchema: try keys["param"]?.schema(),
            limits: limits)
    }

    private static func limits(_ node: ManifestNode?) throws(ManifestError) -> Limits {
        guard let node else { return Limits() }
        let keys = try node.members(accepting: ["memory", "processes", "files", "output", "cpu_time", "scratch"])
        return Limits(
            memory: try keys["memory"]?.size(in: 16 << 20...64 << 30),
            processes: try keys["processes"]?.number(in: 1...4096, unit: "processes"),
            files: try keys["files"]?.number(in: 16...65_536, unit: "files"),
            output: try keys["output"]?.size(in: 64 << 10...1 << 30),
            processorSeconds: try keys["cpu_time"]?.number(in: 1...86_400, unit: "seconds"),
            scratch: try keys["scratch"]?.size(in: 64 << 10...64 << 30))
    }

    private static func secrets(_ node: ManifestNode?) throws(ManifestError) -> [String] {
        var result: [String] = []
        for element in try node?.elements() ?? [] {
            let name = try element.text()
            let isAllowed = name.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-.".utf8.contains($0) }
            guard let first = name.utf8.first, first.isASCIILetter, isAllowed, name.utf8.count <= 64 else {
                throw element.refusal("the name of a secret is 1 to 64 letters, digits, _, - and ., beginning with a letter")
            }
            guard !result.contains(name) else { throw element.refusal("\(name) is there twice") }
            guard result.count < 64 else { throw element.refusal("an app has at most 64 secrets") }
            result.append(name)
        }
        return result
    }

    private static func processor(_ node: ManifestNode) throws(ManifestError) -> Processor {
        let keys = try node.members(accepting: ["url"])
        guard let url = keys["url"] else { throw .missingKey("url", line: node.line, column: node.column) }
        let text = try url.text(limit: 2048)
        let scheme = ["https://", "http://"].first { text.hasPrefix($0) }
        let rest = text.dropFirst(scheme?.count ?? 0)
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        guard scheme != nil, !host.isEmpty, host.first != ":", !host.contains("@"), !text.contains("#"),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw url.refusal("expected an address as in https://example.com/results, without user, fragment or blanks")
        }
        return Processor(url: text)
    }
}
