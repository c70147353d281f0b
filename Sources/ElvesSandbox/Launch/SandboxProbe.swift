import CElvesSystem
import ElvesFiles
import ElvesJSON
import Glibc

/// Asks `elves-sandbox-probe`, which lies beside the launcher, which layers this host can give; it tries each one in a
/// child that is thrown away.
package struct SandboxProbe: Sendable {
    package let launcher: String

    private var program: String { launcher + "-probe" }

    package init(launcher: String) { self.launcher = launcher }

    /// Runs the probe; blocks for some tens of milliseconds, at most `limit`.
    ///
    /// - Parameter limit: How long to wait for the answer, in milliseconds.
    package func run(limit: Int32 = 10_000) throws(ProbeError) -> SandboxReport {
        let text = try ask(limit)
        do {
            return try SandboxReport(parsing: text)
        } catch {
            throw .badAnswer(error.reason)
        }
    }

    private func ask(_ limit: Int32) throws(ProbeError) -> [UInt8] {
        do {
            var open = OpenDescriptors()
            defer { open.closeAll() }
            let output = try open.addPair("the probe's answer", elves_pipe)
            let process = try spawn(program, [program], [-1, output.1, -1])
            open.keep([output.0])
            defer { close(output.0) }
            open.closeAll()

            var text: [UInt8]?
            do {
                text = try readToEnd(output.0, limit: 64 << 10, named: program, milliseconds: limit)
            } catch {
                text = nil
            }
            // Harmless if it has ended by itself: until it is reaped, the number is nobody else's.
            if text == nil { kill(process, SIGKILL) }
            let end = try reap(process)
            guard let text else { throw ProbeError.noAnswer(milliseconds: limit) }
            guard end == .exited(code: 0) else { throw ProbeError.badAnswer("it ended with \(end)") }
            return text
        } catch let error as ProbeError {
            throw error
        } catch let error as LaunchError {
            throw .launch(error)
        } catch {
            throw .badAnswer("\(error)")
        }
    }
}

/// Why it is not known what this host can do.
package enum ProbeError: Error, Equatable, CustomStringConvertible {
    case launch(LaunchError)
    case noAnswer(milliseconds: Int32)
    case badAnswer(String)

    package var description: String {
        switch self {
        case .launch(let error): "\(error)"
        case .noAnswer(let milliseconds): "the sandbox probe gave no answer of at most 64 KiB within \(milliseconds) ms"
        case .badAnswer(let reason): "the sandbox probe's answer is no report: \(reason)"
        }
    }
}
