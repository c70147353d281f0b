import ElvesIntake
import ElvesSandbox
import Foundation

/// The files of this installation, found from the running program.
func findInstallation() throws -> Installation {
    try Installation.find(executable: runningExecutable, environment: ProcessInfo.processInfo.environment)
}

/// What reads the archives of others: this program again, confined.
func sandboxedIntake() throws -> SandboxedIntake {
    try SandboxedIntake(installation: findInstallation(), program: runningExecutable)
}

var runningExecutable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
}
