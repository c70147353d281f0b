import ArgumentParser

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Read, prove and audit what apps may do on a host.",
        subcommands: [
            SandboxExplainCommand.self, SandboxShowCommand.self, SandboxDiffCommand.self, SandboxLintCommand.self,
            SandboxScoreCommand.self, SandboxTestCommand.self, SandboxWhyCommand.self, SandboxAuditCommand.self,
            SandboxRecordCommand.self, SandboxImportCommand.self,
        ])
}
