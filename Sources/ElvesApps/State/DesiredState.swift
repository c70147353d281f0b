package import ElvesModel

/// Which version of which app should be on which hosts: a file that operators keep, and `elves apply` makes true.
///
/// What the file says nothing about stays as it is: apps that are not named, and the version of an app without one.
package struct DesiredState: Sendable {
    package let apps: [App]

    package struct App: Sendable {
        package let app: AppName
        /// Nil leaves the version that is online.
        package let version: AppVersion?
        /// Ids, addresses or host names of agents: exactly these are to have the app.
        package let hosts: [String]
        /// What the app may have on each of them.
        package let grants: [Grant]
        package let rollout: Rollout
    }

    /// How a version that is not online yet goes online.
    package struct Rollout: Sendable {
        package var waves: [String] = []
        package var health: String?
        package var maxErrors = "0"
        package var pauseSeconds = 0
    }
}

/// Why a file of a desired state cannot be used.
package struct DesiredStateError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension DesiredState {
    package static let byteLimit = 1 << 20

    /// - Parameters:
    ///   - bytes: The whole YAML document.
    ///   - file: What errors call it.
    /// - Throws: `DesiredStateError` with line and column; unknown keys are refused by name.
    package init(yaml bytes: [UInt8], file: String) throws(DesiredStateError) {
        do {
            guard bytes.count <= Self.byteLimit else { throw ManifestError.tooLarge(bytes: bytes.count, limit: Self.byteLimit) }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw ManifestError.notText }
            let root = try ManifestNode(node: YAMLDocument.root(of: text), path: "")
            guard let list = try root.members(accepting: ["apps"])["apps"] else {
                throw ManifestError.missingKey("apps", line: root.line, column: root.column)
            }
            var apps: [App] = []
            for element in try list.elements() {
                let app = try App(element)
                guard !apps.contains(where: { $0.app == app.app }) else { throw element.refusal("\(app.app) is there twice") }
                apps.append(app)
            }
            self.apps = apps
        } catch let error as ManifestError {
            throw DesiredStateError(description: error.text(of: file))
        } catch {
            throw DesiredStateError(description: "\(file): \(error)")
        }
    }
}

extension DesiredState.App {
    fileprivate init(_ node: ManifestNode) throws {
        let keys = try node.members(accepting: ["app", "version", "hosts", "grants", "rollout"])
        guard let nameNode = keys["app"] else {
            throw ManifestError.missingKey("app", line: node.line, column: node.column)
        }
        guard let hostsNode = keys["hosts"] else {
            throw ManifestError.missingKey("hosts", line: node.line, column: node.column)
        }
        do { app = try AppName(nameNode.text()) } catch let error as InvalidName { throw nameNode.refusal(error.rule) }
        if let versionNode = keys["version"] {
            do { version = try AppVersion(versionNode.text()) } catch let error as InvalidName {
                throw versionNode.refusal(error.rule)
            }
        } else {
            version = nil
        }
        var hosts: [String] = []
        for element in try hostsNode.elements() {
            let host = try element.text()
            guard !hosts.contains(host) else { throw element.refusal("\(host) is there twice") }
            hosts.append(host)
        }
        self.hosts = hosts
        var grants: [Grant] = []
        for element in try keys["grants"]?.elements() ?? [] {
            do { grants.append(try Grant(element.text())) } catch let error as InvalidName { throw element.refusal(error.rule) }
        }
        self.grants = Set(grants).sorted()
        rollout = try keys["rollout"].map { try DesiredState.Rollout($0) } ?? DesiredState.Rollout()
    }
}

extension DesiredState.Rollout {
    fileprivate init(_ node: ManifestNode) throws {
        let keys = try node.members(accepting: ["waves", "health", "max_errors", "pause"])
        for element in try keys["waves"]?.elements() ?? [] { waves.append(try element.text()) }
        health = try keys["health"]?.text()
        maxErrors = try keys["max_errors"]?.text() ?? "0"
        pauseSeconds = try keys["pause"]?.number(in: 0...86_400, unit: "seconds") ?? 0
    }
}
