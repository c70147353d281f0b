import ElvesSandbox
import Foundation

/// The files of this installation, found from the running program.
func findInstallation() throws -> Installation {
    try Installation.find(executable: runningExecutable, environment: ProcessInfo.processInfo.environment)
}

var runningExecutable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
}
