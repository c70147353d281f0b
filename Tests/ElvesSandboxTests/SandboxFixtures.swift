import CElvesSystem
import ElvesSandbox
import Foundation
import Testing

/// A folder of its own for one test, gone with the value.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/elves-sandbox-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        // Workers have other ids than the test.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }
}

/// The repository that these tests are part of.
let repository = (0..<3).reduce(URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()) { url, _ in
    url.deletingLastPathComponent()
}.path

/// A small policy that is right in every respect; rows of tables change one line of it.
let smallPolicy = """
    schema: elves.sandbox/v1
    name: small
    version: 3
    summary: for tests
    runtime:
      interpreter: [/usr/bin/none, /usr/bin/env]
      arguments: ["-I"]
    filesystem:
      roots: {/usr: programs}
      optional: {/opt/none: an example}
      links: {"/bin": "usr/bin"}
      scratch: {size: 64KiB, inodes: 16}
      requestable: {/etc/hosts: names, /proc/meminfo: memory}
    network: none
    process: {max: 32, writableCode: deny}
    resources:
      memory: 512MiB
      cpu: 1.5
      cpuTime: 60s
      wall: 1h
      files: 256
      fileSize: 1MiB
      stdoutLine: 1MiB
      stdout: 4MiB
      stderr: 8MiB
    environment:
      LANG: C.UTF-8
      EMPTY: ""
    secrets: none
    syscalls:
      profiles: [{file: base.json, reason: tests}]
    requires: [seccomp, landlock>=1]
    onViolation: {default: deny, tripwire: kill, killAfter: 50}
    """

/// The launcher: `ELVES_SANDBOX` if it is set, else built once from this repository.
enum TestLauncher {
    static let path: String? = {
        if let path = ProcessInfo.processInfo.environment["ELVES_SANDBOX"] { return path }
        let script = repository + "/sandbox/launcher/build.sh"
        let output = FileManager.default.temporaryDirectory.path + "/elves-sandbox-\(UUID().uuidString)"
        guard FileManager.default.fileExists(atPath: script) else { return nil }
        let build = Process()
        build.executableURL = URL(fileURLWithPath: "/bin/sh")
        build.arguments = [script, output]
        guard (try? build.run()) != nil else { return nil }
        build.waitUntilExit()
        return build.terminationStatus == 0 ? output : nil
    }()

    static var isMissing: Bool { path == nil }

    static var identity: SandboxIdentity {
        get throws { geteuid() == 0 ? try HostIdentityRange().identity(7) : .single }
    }
}

/// Reads lines off a descriptor; every wait has a limit.
struct LineReader {
    let descriptor: Int32
    private var rest: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Nil at the end of the file.
    mutating func next(_ location: SourceLocation = #_sourceLocation) throws -> String? {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                defer { rest.removeFirst(end + 1) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            var part = [UInt8](repeating: 0, count: 4096)
            let count = elves_read(descriptor, &part, part.count, 20_000)
            try #require(count >= 0, "nothing to read within 20 s, or errno \(-count)", sourceLocation: location)
            guard count > 0 else { return nil }
            rest.append(contentsOf: part[..<count])
        }
    }
}
