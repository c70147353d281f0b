/// What a worker's control groups can do for its host.
package enum CgroupDuty: String, Sendable, CaseIterable {
    case memory
    case pids
    case cpu
    /// Ends all processes of a group by one write; version 2 only, with or without controllers.
    case kill

    /// In the words of a refusal.
    var loss: String {
        switch self {
        case .memory: "no memory limit for a worker as a whole"
        case .pids: "no limit of processes for a worker as a whole"
        case .cpu: "no limit of processor time for a worker as a whole"
        case .kill: "no way to end a worker's processes by one write"
        }
    }
}

/// One hierarchy of control groups that is mounted here, and this process's own place in it.
package struct CgroupHierarchy: Sendable, Equatable {
    package enum Version: Sendable {
        case one
        case two
    }

    package let version: Version
    /// Of version 1, by the mount. Version 2 says in each group what it has.
    package let controllers: Set<String>
    package let mountPoint: String
    package let isReadOnly: Bool
    /// The folder of this process's group; nil if it lies outside of what is mounted.
    package let ownFolder: String?

    package init(
        version: Version, controllers: Set<String>, mountPoint: String, isReadOnly: Bool, ownFolder: String?
    ) {
        self.version = version
        self.controllers = controllers
        self.mountPoint = mountPoint
        self.isReadOnly = isReadOnly
        self.ownFolder = ownFolder
    }

    /// All hierarchies that do something for workers, in the order in which they are mounted; of one that is mounted more than
    /// once the first.
    ///
    /// - Parameters:
    ///   - mounts: As in `/proc/self/mountinfo`.
    ///   - groups: As in `/proc/self/cgroup`.
    package static func all(mounts: String, groups: String) -> [CgroupHierarchy] {
        let own = ownGroups(groups)
        var found: [CgroupHierarchy] = []
        for line in mounts.split(separator: "\n") {
            guard let mount = Mount(line) else { continue }
            let duties = Set(CgroupDuty.allCases.map(\.rawValue) + ["cpuacct"])
            let controllers = mount.version == .one ? mount.options.intersection(duties) : []
            guard mount.version == .two || !controllers.isEmpty else { continue }
            guard !found.contains(where: { $0.version == mount.version && $0.controllers == controllers }) else { continue }
            let path = own.first { mount.version == .two ? $0.names.isEmpty : $0.names.isSuperset(of: controllers) }?.path
            found.append(
                CgroupHierarchy(
                    version: mount.version, controllers: controllers, mountPoint: mount.point, isReadOnly: mount.isReadOnly,
                    ownFolder: path.flatMap { mount.folder(of: $0) }))
        }
        return found
    }

    /// A line a hierarchy: its number, its controllers (none for version 2), the path of the group.
    private static func ownGroups(_ text: String) -> [(names: Set<String>, path: String)] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return nil }
            return (Set(fields[1].split(separator: ",").map(String.init)), String(fields[2]))
        }
    }
}

/// A line of `/proc/self/mountinfo`, if it is of control groups; proc(5) has the fields.
private struct Mount {
    let version: CgroupHierarchy.Version
    /// The group that is seen at the mount point.
    let root: String
    let point: String
    let isReadOnly: Bool
    /// Of the hierarchy, not of the mount.
    let options: Set<String>

    init?(_ line: Substring) {
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
        switch fields[dash + 1] {
        case "cgroup": version = .one
        case "cgroup2": version = .two
        default: return nil
        }
        root = unescaped(fields[3])
        point = unescaped(fields[4])
        options = Set(fields[dash + 3].split(separator: ",").map(String.init))
        isReadOnly = fields[5].split(separator: ",").contains("ro") || options.contains("ro")
    }

    /// Where the group with this path, as the kernel names it, is seen.
    func folder(of path: String) -> String? {
        // Outside of this process's view, the kernel begins the path so.
        guard path.hasPrefix("/"), !path.hasPrefix("/..") else { return nil }
        if root == "/" { return path == "/" ? point : point + path }
        if path == root { return point }
        return path.hasPrefix(root + "/") ? point + path.dropFirst(root.count) : nil
    }
}

/// The kernel writes blanks and the like as a backslash and three octal digits.
private func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\\"), let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) {
            bytes.append(code)
            rest = rest.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
