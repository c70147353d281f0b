import ArgumentParser

struct CronCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cron", abstract: "Schedules: when they run.", subcommands: [CronNextCommand.self])
}
