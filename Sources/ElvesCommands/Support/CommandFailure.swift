import ArgumentParser
import ElvesAgent
import ElvesApps
import ElvesCenter
import ElvesHTTPClient
import ElvesModel
import ElvesPolicy
import ElvesRepository
import ElvesSandbox

/// What the exit code of every command means.
enum Exit: Int32 {
    /// The function answered flag false, a check failed, or the center refused.
    case refused = 1
    /// The command line cannot be understood (sysexits `EX_USAGE`).
    case usage = 64
    /// A file or value that was given is not acceptable (`EX_DATAERR`).
    case badInput = 65
    /// The center or an agent cannot be reached (`EX_UNAVAILABLE`).
    case unavailable = 69
    /// Elves itself failed (`EX_SOFTWARE`).
    case failed = 70
    /// The configuration, the data folder or the installation is wrong (`EX_CONFIG`).
    case misconfigured = 78
}

/// Why a command did not do what it was asked: one sentence or two for standard error, and the exit code.
struct CommandFailure: Error, CustomStringConvertible {
    let code: Exit
    let text: String
    var description: String { text }

    init(_ code: Exit, _ text: String) {
        self.code = code
        self.text = text
    }

    /// The exit code that fits an error of the layers below.
    init(_ error: any Error) {
        text = "\(error)"
        switch error {
        case CenterClientError.unreachable, CenterClientError.refused(503, _), AgentError.centerUnreachable: code = .unavailable
        case is CenterClientError, is ArchiveError, is PackError, is ManifestError, is AppStoreError: code = .refused
        case AgentError.centerRefused, AgentError.centerNotTrusted: code = .refused
        case EditError.incomplete, EditError.notDelegated, EditError.policyNotDelegated, EditError.versionTaken: code = .refused
        case is InvalidName, is EditError, is KeyFileError, is GoldenCaseError, is DesiredStateError, is RecordingError:
            code = .badInput
        case is ConfigurationError, is AgentError, is InstallationError, is SandboxError, is PlanError,
            is NotifyError:
            code = .misconfigured
        default: code = .failed
        }
    }
}
