extension Manifest {
    /// What an app may use at most; nil leaves it to the app or to the policy.
    package struct Limits: Sendable, Hashable, Codable {
        /// Bytes that one process of a worker may map.
        package let memory: Int64?
        /// Processes and threads that a worker may have at a time.
        package let processes: Int?
        /// Files that one process may have open.
        package let files: Int?
        /// Bytes that a worker may write during one call, on each of its two outputs.
        package let output: Int64?
        /// Seconds of processor time that one call may take; of a resident worker, each of its processes in all its calls.
        package let processorSeconds: Int?
        /// Bytes that fit into a worker's own folder.
        package let scratch: Int64?

        enum CodingKeys: String, CodingKey {
            case memory, processes, files, output, scratch
            case processorSeconds = "cpu_time"
        }

        package init(
            memory: Int64? = nil, processes: Int? = nil, files: Int? = nil, output: Int64? = nil,
            processorSeconds: Int? = nil, scratch: Int64? = nil
        ) {
            self.processorSeconds = processorSeconds
            self.scratch = scratch
            self.memory = memory
            self.processes = processes
            self.files = files
            self.output = output
        }

        /// These limits, and the others' where these say nothing.
        package func completed(by other: Limits) -> Limits {
            Limits(
                memory: memory ?? other.memory, processes: processes ?? other.processes, files: files ?? other.files,
                output: output ?? other.output, processorSeconds: processorSeconds ?? other.processorSeconds,
                scratch: scratch ?? other.scratch)
        }
    }

    /// A path outside the app's folder that its workers ask for.
    package struct PathRequest: Sendable, Equatable, Codable {
        /// Absolute and normalised: no empty, `.` or `..` component, no slash at the end.
        package let path: String
        /// Why, for the person who approves it; never empty.
        package let reason: String
    }

    /// A peer that an app's workers ask to reach.
    package struct NetworkRequest: Sendable, Equatable, Codable {
        /// `name:port`. The name is a host name in lower case, an address (of IP version 6 in brackets) or `*`, the port
        /// a number or `*`.
        package let host: String
        /// Why, for the person who approves it; never empty.
        package let reason: String

        /// What stands before the last colon.
        package var name: String { String(host[..<(host.lastIndex(of: ":") ?? host.endIndex)]) }
        /// Nil means every port.
        package var port: UInt16? { UInt16(host.split(separator: ":").last ?? "") }
    }

    /// The program, run by the app's author, that is told of the app's results.
    package struct Processor: Sendable, Equatable, Codable {
        /// Beginning with `https://` or `http://`, without a user or a fragment.
        package let url: String
    }
}
