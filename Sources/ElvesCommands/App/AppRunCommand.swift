import ArgumentParser
import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
import Foundation

extension AppCommand {
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Call a function of an app's folder here; with --watch again after every save.")

        @Argument(help: "The app's folder.")
        var folder: String
        @Argument(help: "The function.")
        var function: String
        @Argument(help: "NAME=VALUE each, read as the function's schema says; elsewhere JSON counts as JSON.")
        var pairs: [String] = []
        @Option(help: "All parameters as one JSON value.")
        var param: String?
        @Flag(help: "Stay: whenever a file of the app is saved, build it, load it and call the function again.")
        var watch = false
        @OptionGroup var host: LocalHostOptions

        func run() async throws {
            let parameters = try Parameters(pairs, whole: param)
            guard watch else {
                guard try await callOnce(parameters) else { throw ExitCode(Exit.refused.rawValue) }
                return
            }
            let folder = WatchedFolder(path: folder)
            while true {
                let started = ContinuousClock.now
                do {
                    _ = try await callOnce(parameters)
                    printError("-- \((ContinuousClock.now - started).milliseconds) ms; waiting for the next save, Ctrl-C ends")
                } catch {
                    // What is wrong with the app now may be right after the next save.
                    printError("\(error)")
                }
                try await folder.nextChange()
            }
        }

        /// - Returns: Whether the function answered true.
        private func callOnce(_ parameters: Parameters) async throws -> Bool {
            try await LocalApp.with(folder) { local in
                let function = try local.function(function)
                let param = try parameters.json(function.parameterSchema)
                let answer = try await local.prepared(grants: host.grants(), secrets: host.secrets()) { calls in
                    await calls.call(
                        function, param, logged: { printError("\($0): \($1)") },
                        progressed: { printError(Progress.line(percent: $0, message: $1)) })
                }
                printLine(answer.result.stringValue ?? answer.result.text)
                if answer.flag != .succeeded { printError("flag false\(answer.reason.map { ", reason \($0)" } ?? "")") }
                return answer.flag == .succeeded
            }
        }
    }
}
