package import ElvesJSON

/// Which layers of the sandbox a host can give; for `elves doctor`.
package struct SandboxReport: Sendable, Equatable {
    /// Of the launcher that was asked.
    package let version: String
    package let isRoot: Bool
    /// In the order in which the launcher sets them up; all known ones, available or not.
    package let layers: [Layer]

    /// Whether workers can run: layers that are merely useful may be missing.
    package var isSufficient: Bool { layers.allSatisfy { $0.isAvailable || !$0.isRequired } }

    package struct Layer: Sendable, Equatable {
        package let name: String
        package let isAvailable: Bool
        /// Without it no worker starts.
        package let isRequired: Bool
        /// What it is good for, in a sentence.
        package let purpose: String
        /// What makes it available.
        package let remedy: String
        /// What the kernel said; nil if it is available.
        package let detail: String?
        /// Landlock's version; nil for every other layer.
        package let level: Int?
    }

    /// Reads the probe's one line. Members of a newer launcher are passed over; a missing layer is unavailable.
    package init(parsing text: [UInt8]) throws(JSONError) {
        let object = try JSONObject(parsing: text, limits: JSONLimits(bytes: 64 << 10, depth: 4))
        let details = try object.raw("detail").map { raw throws(JSONError) in try JSONObject(raw) }
        version = try object.string("version") ?? "unknown"
        isRoot = try object.bool("root") ?? false
        var layers: [Layer] = []
        for known in knownLayers {
            let level = known.name == "landlock" ? try object.integer("landlock").map(Int.init(clamping:)) ?? 0 : nil
            let isAvailable = if let level { level > 0 } else { try object.bool(known.name) ?? false }
            let detail = try details?.string(known.name) ?? "the launcher does not say"
            layers.append(
                Layer(
                    name: known.name, isAvailable: isAvailable, isRequired: known.isRequired, purpose: known.purpose,
                    remedy: known.remedy, detail: isAvailable ? nil : detail, level: level))
        }
        self.layers = layers
    }
}

private struct KnownLayer {
    let name: String
    let isRequired: Bool
    let purpose: String
    let remedy: String

    init(_ name: String, required: Bool = true, _ purpose: String, _ remedy: String) {
        self.name = name
        isRequired = required
        self.purpose = purpose
        self.remedy = remedy
    }
}

private let namespaceRemedy = "use a kernel with all namespaces; in a container, allow its creation (seccomp profile)"
private let groupRemedy = "mount a control group hierarchy (either version) that the agent may write,"

private let knownLayers = [
    KnownLayer(
        "userns", "A worker has ids that own nothing on the host, and powers over its own sandbox only.",
        "sysctl user.max_user_namespaces and, on Debian, kernel.unprivileged_userns_clone; or run the agent as root"),
    KnownLayer("mountns", "A worker sees only the files that its policy names, read-only.", namespaceRemedy),
    KnownLayer("pidns", "A worker sees no other process, and all of its own end with it.", namespaceRemedy),
    KnownLayer(
        "proc", "A worker's /proc tells about its own processes and nothing of the host.",
        "use a kernel of 5.8 or newer; in a container, run it with an unmasked /proc"),
    KnownLayer("netns", "A worker has no network.", namespaceRemedy),
    KnownLayer("ipcns", "A worker shares no memory, queue or semaphore with the host.", namespaceRemedy),
    KnownLayer("utsns", "A worker does not learn the host's name.", namespaceRemedy),
    KnownLayer(
        "cgroupns", required: false, "A worker does not see the host's control groups.", namespaceRemedy),
    KnownLayer(
        "no_new_privs", "No program that a worker starts has more powers than the worker.", "use a kernel of 3.5 or newer"),
    KnownLayer(
        "seccomp", "A worker makes only the system calls that its policy lists.",
        "use a kernel with CONFIG_SECCOMP_FILTER; in a container, allow the call seccomp"),
    KnownLayer(
        "notify", required: false, "Refused system calls are recorded with their names and arguments.",
        "use a kernel of 5.5 or newer; in a container, allow the call seccomp with a listener"),
    KnownLayer(
        "wait_killable", required: false, "A signal does not make a worker ask about one refused system call twice.",
        "use a kernel of 5.19 or newer"),
    KnownLayer(
        "landlock", required: false, "A second opinion on files, connections and signals, beside the worker's view.",
        "boot a kernel of 5.13 or newer (6.12 for signals) with landlock in its lsm= list"),
    KnownLayer(
        "memfd_noexec", required: false, "A worker runs no program from memory, even if the filter let it make one.",
        "use a kernel of 6.3 or newer and run the agent as root"),
    KnownLayer(
        "idmap", required: false, "A granted folder is used as its owner, and no file changes hands.",
        "run the agent as root, on a file system with mapped mounts (ext4 and xfs since kernel 5.12, not overlay)"),
    KnownLayer(
        "cgroup_memory", required: false, "The memory of a worker and all it starts is limited as a whole.",
        groupRemedy + " with the memory controller"),
    KnownLayer(
        "cgroup_pids", required: false, "The processes of a worker are limited as a whole, whatever id they have.",
        groupRemedy + " with the pids controller"),
    KnownLayer(
        "cgroup_cpu", required: false, "The processor time of a worker and all it starts is limited as a whole.",
        groupRemedy + " with the cpu controller"),
    KnownLayer(
        "cgroup_v2_kill", required: false, "A worker's whole tree of processes can be ended by one write.",
        "mount cgroup2 and delegate a group to the agent; kernel 5.14 or newer"),
]
