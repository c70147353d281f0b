import ArgumentParser
import ElvesCenter
import ElvesJSON
import ElvesModel
import ServiceLifecycle

struct CenterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "center", abstract: "Run a center: the REST API, the agents' links, and what they decide.")

    @Option(name: .customLong("data"), help: "The folder for everything the center keeps.")
    var dataFolder: String
    @Option(help: "Where the REST API listens, HOST:PORT; port 0 takes any free one.")
    var http = "127.0.0.1:8443"
    @Option(help: "Where the agents' links listen, HOST:PORT.")
    var link = "127.0.0.1:8444"
    @Option(name: .customLong("name"), help: "A further host name or address by which the center is dialled; repeatable.")
    var names: [String] = []
    @Option(help: "A PEM file with the certificate chain of the REST API; default: one of the center's own authority.")
    var certificate: String?
    @Option(help: "A PEM file with the key of --certificate.")
    var key: String?
    @Flag(help: "Speak plain HTTP; on loopback only.")
    var plainHttp = false
    @Option(help: "An address, range or host that processors may have beside public ones; repeatable.")
    var callbacksAllow: [String] = []
    @Option(help: "A PEM file of authorities for processors' certificates, beside the system's.")
    var callbacksCa: String?
    @Option(help: "Components to leave out, as in queue,cron: their endpoints say so, and nothing else notices.")
    var without: String?
    @OptionGroup var output: JSONOption

    func run() async throws {
        var configuration = CenterConfiguration(
            dataFolder: dataFolder, http: try endpoint(http, "--http"), link: try endpoint(link, "--link"))
        configuration.names = names
        configuration.isPlainHTTP = plainHttp
        configuration.callbacksAllowed = callbacksAllow
        configuration.callbackAuthorities = callbacksCa
        configuration.without = Set(try (without ?? "").split(separator: ",").map { try OptionalComponent(named: String($0)) })
        switch (certificate, key) {
        case (let certificate?, let key?): configuration.givenCertificate = (certificate, key)
        case (nil, nil): break
        default: throw CommandFailure(.usage, "--certificate and --key are given together or not at all")
        }
        let log = LogfmtHandler.logger("center")
        let center = try await Center(
            configuration, intake: try sandboxedIntake(), clocks: .system(), randomness: .system, log: log
        ) { addresses in
            if output.json {
                printJSON(
                    .object { members in
                        members.add("http", addresses.http)
                        members.add("link", addresses.link.description)
                    })
            } else {
                printLine("center ready: REST API at \(addresses.http), links at \(addresses.link)")
            }
        }
        try await runUntilStopped([center], log: log)
    }

    private func endpoint(_ text: String, _ option: String) throws -> Endpoint {
        guard let endpoint = Endpoint(text) else { throw CommandFailure(.usage, "\(option) \(text) is not HOST:PORT") }
        return endpoint
    }
}
