import CElvesSystem
import Glibc

/// A launcher that has been started and the caller's ends of its descriptors.
///
/// Whoever holds this value owns its descriptors: each must be closed exactly once, by giving it to a NIO pipe that
/// closes it or by `closeDescriptors()`. Closing `control` ends the sandbox and everything in it, so a worker cannot outlive
/// its host. When the process has ended it must be reaped once, with `reap()`.
package struct LaunchedProcess: Sendable {
    /// The launcher's process id; the worker's own arrives as `ControlMessage.started`.
    package let process: Int32
    /// Write end: the worker's standard input; -1 if it was given a file. Writing to it after the worker's end raises SIGPIPE, so the host ignores that.
    package let standardInput: Int32
    /// Read end: the worker's standard output.
    package let standardOutput: Int32
    /// Read end: the worker's standard error.
    package let standardError: Int32
    /// Stream socket: `ControlMessage` lines come, `ControlCommand` bytes go.
    package let control: Int32
    /// Message socket: the worker's listener comes once it runs; for `NotifySupervisor.watch`. Nil if it was not asked for.
    package let notify: Int32?

    /// Closes all of them; for a caller that has given none of them away.
    package func closeDescriptors() {
        for descriptor in [standardInput, standardOutput, standardError, control, notify ?? -1] where descriptor >= 0 {
            close(descriptor)
        }
    }

    /// Waits for the launcher's end and takes it off the process table; blocks, so call it on a thread of its own.
    ///
    /// What became of the worker is told by the last `ControlMessage`: the launcher's own end says only whether it was
    /// itself killed.
    package func reap() throws(LaunchError) -> ProcessEnd { try ElvesSandbox.reap(process) }
}

/// How a process ended.
package enum ProcessEnd: Sendable, Equatable {
    case exited(code: Int32)
    case signaled(Int32)
}

/// Waits for a child's end and takes it off the process table; blocks.
///
/// - Throws: `LaunchError.cannotReap`, if it is no child or has been reaped before.
package func reap(_ process: Int32) throws(LaunchError) -> ProcessEnd {
    var code: Int32 = 0
    var signal: Int32 = 0
    let result = elves_reap(process, &code, &signal)
    guard result == 0 else { throw .cannotReap(process: process, errno: -result) }
    return signal == 0 ? .exited(code: code) : .signaled(signal)
}
