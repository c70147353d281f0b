import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a service until it ends or the process is told to stop by SIGTERM or SIGINT, which takes at most eight seconds.
func runUntilStopped(_ services: [any Service], log: Logger) async throws {
    var quiet = log
    quiet.logLevel = max(log.logLevel, .warning)
    var configuration = ServiceGroupConfiguration(
        services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
        gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
    configuration.maximumGracefulShutdownDuration = .seconds(8)
    try await ServiceGroup(configuration: configuration).run()
}
