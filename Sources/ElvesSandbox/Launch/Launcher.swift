import CElvesSystem
import ElvesSeccomp
import Glibc

/// Starts `elves-sandbox`, which builds a sandbox and becomes the worker's parent in it.
package struct Launcher: Sendable {
    /// The path of `elves-sandbox`.
    package let path: String

    package init(path: String) { self.path = path }

    /// Starts one worker.
    ///
    /// Returns when the launcher has been started, about half a millisecond later; whether the sandbox came about is told by
    /// the first `ControlMessage`. A failure leaves no descriptor and no process behind.
    ///
    /// - Parameters:
    ///   - sandbox: May be in use by other workers.
    ///   - arguments: For this launch only, after those of the plan.
    ///   - secrets: What the worker reads from its descriptor 3, which is not open without it.
    ///   - input: A file that the worker gets as its standard input, instead of a pipe; the caller keeps it.
    ///   - cgroups: Existing control groups that the worker joins, one folder per hierarchy.
    ///   - notify: Whether the calls that the filter leaves open come to the host; see `LaunchedProcess.notify`.
    package func launch(
        _ sandbox: PreparedSandbox, arguments: [String] = [], secrets: [UInt8]? = nil, input file: Int32? = nil,
        cgroups: [String] = [], notify: Bool = false
    ) throws(LaunchError) -> LaunchedProcess {
        let text: [UInt8]
        do {
            text = try sandbox.plan(
                joining: cgroups, arguments: arguments, secrets: secrets != nil, notify: notify)
        } catch { throw .plan(error) }

        // Closed at the end of this function unless it gets that far.
        var open = OpenDescriptors()
        defer { open.closeAll() }
        // Sealed files of their own for each launch: two system calls more than sharing, and nothing to share wrongly.
        let plan = try open.add("the plan") { elves_sealed_memfd("elves-plan", text, text.count) }
        let bytes = sandbox.filter.bytes
        let filter = try open.add("the filter") { elves_sealed_memfd("elves-filter", bytes, bytes.count) }
        let input: (worker: Int32, host: Int32)
        if let file {
            let copy = try open.add("standard input") { duplicate(file) }
            input = (copy, -1)
        } else {
            input = try open.addPair("standard input", elves_pipe)
        }
        let output = try open.addPair("standard output", elves_pipe)
        let error = try open.addPair("standard error", elves_pipe)
        let control = try open.addPair("the control socket", elves_socket_pair)

        var descriptors = [input.worker, output.1, error.1, plan, filter, control.1]
        if let secrets {
            descriptors.append(
                try open.add("the secrets") { elves_sealed_memfd("elves-secrets", secrets, secrets.count) })
        }
        var listening: Int32?
        if notify {
            let pair = try open.addPair("the listener's socket", elves_message_socket_pair)
            listening = pair.0
            // Numbered 7, also where there are no secrets.
            if secrets == nil { descriptors.append(-1) }
            descriptors.append(pair.1)
        }
        let process = try spawn(path, [path], descriptors)
        open.keep([input.host, output.0, error.0, control.0, listening ?? -1])
        return LaunchedProcess(
            process: process, standardInput: input.host, standardOutput: output.0, standardError: error.0,
            control: control.0, notify: listening)
    }
}

/// A copy that is numbered like the descriptors of `CElvesSystem`, or a negative errno.
private func duplicate(_ descriptor: Int32) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
    return copy < 0 ? -errno : copy
}

/// Starts a program with exactly these descriptors, numbered from 0; -1 stands for /dev/null.
func spawn(_ path: String, _ arguments: [String], _ descriptors: [Int32]) throws(LaunchError) -> Int32 {
    var process: pid_t = 0
    var result = -ENOMEM
    let copies = arguments.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    if copies.allSatisfy({ $0 != nil }) {
        let pointers = copies.map { UnsafePointer($0) } + [nil]
        result = elves_spawn(path, pointers, descriptors, Int32(descriptors.count), &process)
    }
    guard result == 0 else { throw .cannotStart(path: path, errno: -result) }
    return process
}

/// Descriptors that are open and nobody's yet.
struct OpenDescriptors {
    private var descriptors: [Int32] = []

    mutating func add(_ what: String, _ make: () -> Int32) throws(LaunchError) -> Int32 {
        let descriptor = make()
        guard descriptor >= 0 else { throw .noDescriptor(what: what, errno: -descriptor) }
        descriptors.append(descriptor)
        return descriptor
    }

    mutating func addPair(
        _ what: String, _ make: (UnsafeMutablePointer<Int32>) -> Int32
    ) throws(LaunchError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let result = make(&ends)
        guard result == 0 else { throw .noDescriptor(what: what, errno: -result) }
        descriptors.append(contentsOf: ends)
        return (ends[0], ends[1])
    }

    /// Gives these away: they are no longer closed here.
    mutating func keep(_ kept: [Int32]) { descriptors.removeAll(where: kept.contains) }

    mutating func closeAll() {
        for descriptor in descriptors { close(descriptor) }
        descriptors = []
    }
}
