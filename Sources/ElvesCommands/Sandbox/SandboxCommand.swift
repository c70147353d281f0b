import ArgumentParser

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Read, prove and audit what apps may do on a host.",
        subcommands: [SandboxWhyCommand.self, SandboxAuditCommand.self])
}
