import Foundation

/// A folder of its own for one test, gone with the value.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/elves-policy-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
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

/// A profile that refuses all but these calls.
func profile(allowing names: [String]) -> String {
    #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":\#(names),"action":"SCMP_ACT_ALLOW"}]}"#
}

func text(of path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
