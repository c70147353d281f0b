import ArgumentParser
import ElvesHTTPClient
import ElvesJSON
import ElvesLink
import Foundation

/// Which center an administrative command speaks to.
struct CenterOptions: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: "The data folder of a center on this machine (or ELVES_DATA; else ELVES_URL with ELVES_TOKEN).")
    var dataFolder: String?

    /// Opens a way to the center and closes it afterwards.
    func withCenter<T>(_ body: (CenterClient) async throws -> T) async throws -> T {
        let environment = ProcessInfo.processInfo.environment
        if let folder = dataFolder ?? environment["ELVES_DATA"] {
            let socket = URL(filePath: folder).appending(path: "admin.sock").path(percentEncoded: false)
            guard FileManager.default.fileExists(atPath: socket) else {
                throw CommandFailure(
                    .unavailable, "no center runs on \(folder): start one with `elves center --data \(folder)`, or name another"
                )
            }
            return try await CenterClient.withSocket(socket, body)
        }
        guard let url = environment["ELVES_URL"] else {
            throw CommandFailure(
                .usage, "which center? Give --data (or ELVES_DATA) for one on this machine, or ELVES_URL and ELVES_TOKEN")
        }
        guard let text = environment["ELVES_TOKEN"] else {
            throw CommandFailure(
                .usage, "ELVES_URL needs ELVES_TOKEN: `elves token create --admin` on the center's machine prints one")
        }
        let token = try AccessToken(text)
        return try await CenterClient.withPinned(
            CenterURL(url), authority: token.authority, bearer: token.text, body)
    }
}

struct JSONOption: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false

    /// Says that a thing was done, or its facts.
    func printDone(_ text: String, _ facts: KeyValuePairs<String, String>) {
        guard json else { return printLine(text) }
        printJSON(.object { members in for (name, value) in facts { members.add(name, value) } })
    }
}
