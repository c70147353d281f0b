import ElvesJSON
import ElvesModel
import Yams

/// Why a file of golden cases cannot be used.
package struct GoldenCaseError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension GoldenCase {
    package static let byteLimit = 1 << 20

    /// Reads the cases of an app.
    ///
    /// - Parameters:
    ///   - bytes: The whole `tests/cases.yaml`.
    ///   - manifest: Names the functions there are.
    /// - Throws: `GoldenCaseError` with line and column; unknown keys are refused by name.
    package static func read(_ bytes: [UInt8], of manifest: Manifest) throws(GoldenCaseError) -> [GoldenCase] {
        do {
            guard bytes.count <= byteLimit else { throw ManifestError.tooLarge(bytes: bytes.count, limit: byteLimit) }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw ManifestError.notText }
            let root = try ManifestNode(node: YAMLDocument.root(of: text), path: "")
            let keys = try root.members(accepting: ["cases"])
            guard let list = keys["cases"] else {
                throw ManifestError.missingKey("cases", line: root.line, column: root.column)
            }
            var cases: [GoldenCase] = []
            for element in try list.elements() {
                let golden = try GoldenCase(element, manifest)
                guard !cases.contains(where: { $0.name == golden.name }) else {
                    throw element.refusal("the name \"\(golden.name)\" is there twice")
                }
                cases.append(golden)
            }
            guard !cases.isEmpty else { throw list.refusal("no case is there") }
            return cases
        } catch let error as ManifestError {
            throw GoldenCaseError(description: error.text(of: fileName))
        } catch {
            throw GoldenCaseError(description: "\(fileName): \(error)")
        }
    }

    private init(_ node: ManifestNode, _ manifest: Manifest) throws {
        let keys = try node.members(
            accepting: ["name", "function", "param", "files", "secrets", "network", "timeout", "expect"])
        func required(_ key: String) throws(ManifestError) -> ManifestNode {
            guard let value = keys[key] else { throw .missingKey(key, line: node.line, column: node.column) }
            return value
        }
        let functionNode = try required("function")
        function = try functionNode.text()
        guard manifest.function(function) != nil else {
            let names = manifest.functions.map(\.name).joined(separator: ", ")
            throw functionNode.refusal("\(manifest.name) has no function \"\(function)\"; it has: \(names)")
        }
        name = try required("name").text()
        param = try keys["param"]?.raw() ?? .emptyObject
        var files: [String: [UInt8]] = [:]
        for member in try keys["files"]?.members() ?? [] {
            try member.keyNode.requirePath(member.key)
            files[member.key] = Array(try member.value.content().utf8)
        }
        self.files = files
        var secrets: [String: String] = [:]
        for member in try keys["secrets"]?.members() ?? [] { secrets[member.key] = try member.value.content() }
        self.secrets = secrets
        var network: [String: Answer] = [:]
        for member in try keys["network"]?.members() ?? [] { network[member.key] = try Answer(member.value) }
        self.network = network
        timeoutSeconds = try keys["timeout"]?.number(in: 1...86_400, unit: "seconds")
        expectation = try Expectation(required("expect"))
    }
}

extension GoldenCase.Answer {
    fileprivate init(_ node: ManifestNode) throws {
        let keys = try node.members(accepting: ["status", "headers", "body"])
        status = try keys["status"]?.number(in: 100...599, unit: "an HTTP status") ?? 200
        var headers: [String: String] = [:]
        for member in try keys["headers"]?.members() ?? [] { headers[member.key] = try member.value.text() }
        self.headers = headers
        body = try keys["body"]?.content() ?? ""
    }
}

extension Expectation {
    fileprivate init(_ node: ManifestNode) throws {
        let keys = try node.members(accepting: ["flag", "result", "contains", "matches", "reason", "logs", "files"])
        guard !keys.isEmpty else { throw node.refusal("nothing is expected, so nothing could fail") }
        flag = try keys["flag"]?.bool()
        result = try keys["result"].map { try JSONValue($0.raw()) }
        contains = try keys["contains"].map { try JSONValue($0.raw()) }
        if let pattern = keys["matches"] {
            do { matches = try Pattern(pattern.content()) } catch let error as ManifestError {
                throw error
            } catch { throw pattern.refusal("no pattern: \(error)") }
        }
        reason = try keys["reason"]?.text()
        for member in try keys["files"]?.members() ?? [] {
            try member.keyNode.requirePath(member.key)
            files[member.key] = Array(try member.value.content().utf8)
        }
        for line in try keys["logs"]?.elements() ?? [] { logs.append(try line.content()) }
    }
}

extension ManifestNode {
    /// Text with any characters, such as the content of a file.
    fileprivate func content() throws(ManifestError) -> String {
        guard let scalar = node.scalar else { throw refusal("expected text") }
        return scalar.string
    }

    /// A path that a grant could cover: it cannot lead out of the folder that a case stands in.
    fileprivate func requirePath(_ path: String) throws(ManifestError) {
        do { _ = try Grant(.read, path) } catch { throw refusal("expected \(error.rule)") }
    }

    fileprivate func raw() throws(ManifestError) -> RawJSON {
        do { return try RawJSON(validating: SchemaText.json(node)) } catch { throw refusal("no JSON: \(error.reason)") }
    }
}
