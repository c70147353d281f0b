import ElvesIntake
import ElvesSandbox
import Foundation

/// Where the built program and what it needs lie.
enum ConfinedReader {
    private static let environment = ProcessInfo.processInfo.environment
    private static let root = (0..<4).reduce(URL(filePath: #filePath).resolvingSymlinksInPath()) { url, _ in
        url.deletingLastPathComponent()
    }.path(percentEncoded: false)

    static let program = environment["ELVES_BIN"] ?? root + ".build/release/elves"
    static let launcher = environment["ELVES_SANDBOX"] ?? (program as NSString).deletingLastPathComponent + "/elves-sandbox"
    static let policies = environment["ELVES_POLICIES"] ?? root + "sandbox/policies"
    static var isMissing: Bool { ![program, launcher].allSatisfy(FileManager.default.isExecutableFile) }

    static func intake(program: String = program) throws -> SandboxedIntake {
        try SandboxedIntake(
            installation: Installation(launcher: launcher, policies: policies, sdks: "/"), program: program)
    }
}
