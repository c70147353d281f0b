import Glibc

/// Makes this process's folder in one hierarchy, or finds out why not.
struct CgroupSetup {
    let hierarchy: CgroupHierarchy
    /// What no hierarchy before this one could do.
    let wanted: Set<CgroupDuty>
    let name: String
    let instance: String
    let folders: CgroupFolders
    private(set) var problems: [CgroupProblem] = []

    init(hierarchy: CgroupHierarchy, wanted: Set<CgroupDuty>, name: String, instance: String, folders: CgroupFolders) {
        self.hierarchy = hierarchy
        self.wanted = wanted
        self.name = name
        self.instance = instance
        self.folders = folders
    }

    /// Where the agent itself goes when its own group must be empty.
    private static let agentGroup = "elves-agent"
    /// Another agent may remove the outer folder as it goes, or sweep the inner one before it is locked.
    private static let attempts = 3

    /// Nil if nothing is to be had here.
    mutating func run() -> CgroupTree.Base? {
        guard hierarchy.version == .two || !duties(hierarchy.controllers).isEmpty else { return nil }
        guard !hierarchy.isReadOnly else { return fail(.readOnly(folder: hierarchy.mountPoint)) }
        guard let own = hierarchy.ownFolder else { return fail(.hidden(folder: hierarchy.mountPoint)) }
        return hierarchy.version == .one ? versionOne(own) : versionTwo(place(for: parent(of: own)))
    }

    private mutating func versionOne(_ own: String) -> CgroupTree.Base? {
        guard let folder = makeFolders(in: own, handingOn: []) else { return nil }
        return CgroupTree.Base(
            version: .one, duties: duties(hierarchy.controllers), countsTime: hierarchy.controllers.contains("cpuacct"),
            folder: folder)
    }

    /// An agent in somebody's session shares its group. Root may then make groups below the first one, as container engines do.
    private func place(for own: String) -> String {
        let top = hierarchy.mountPoint
        guard own != top, case .shared = enable(offered(in: own), in: own), !offered(in: top).isEmpty,
            enable(offered(in: top), in: top) == nil
        else { return own }
        return top
    }

    private func offered(in folder: String) -> Set<CgroupDuty> {
        duties(CgroupFile.words(folder + "/cgroup.controllers"))
    }

    private mutating func versionTwo(_ own: String) -> CgroupTree.Base? {
        let offered = CgroupFile.words(own + "/cgroup.controllers")
        for duty in duties(Set(CgroupDuty.allCases.map(\.rawValue))).subtracting(duties(offered)) {
            // With no controller at all, those of this host are bound to version 1 or to nothing.
            let isRoot = own == hierarchy.mountPoint
            problems.append(CgroupProblem(duty: duty, cause: isRoot ? .notMounted : .notDelegated(folder: own)))
        }
        var handedOn = duties(offered)
        if !handedOn.isEmpty, let cause = enable(handedOn, in: own) {
            for duty in handedOn { problems.append(CgroupProblem(duty: duty, cause: cause)) }
            handedOn = []
        }
        guard let folder = makeFolders(in: own, handingOn: handedOn) else { return nil }
        var duties = handedOn
        if wanted.contains(.kill) {
            if CgroupFile.exists(folder.path + "/cgroup.kill") {
                duties.insert(.kill)
            } else {
                problems.append(CgroupProblem(duty: .kill, cause: .notMounted))
            }
        }
        return duties.isEmpty
            ? nil : CgroupTree.Base(version: .two, duties: duties, countsTime: true, folder: folder)
    }

    /// The group that was this process's before it moved into a child of it.
    private func parent(of own: String) -> String {
        own.hasSuffix("/" + Self.agentGroup) ? String(own.dropLast(Self.agentGroup.count + 1)) : own
    }

    /// Lets the children of a group have these. Returns why they do not.
    private func enable(_ duties: Set<CgroupDuty>, in folder: String) -> CgroupProblem.Cause? {
        let path = folder + "/cgroup.subtree_control"
        let missing = duties.filter { !CgroupFile.words(path).contains($0.rawValue) }
        guard !missing.isEmpty else { return nil }
        let text = missing.map { "+" + $0.rawValue }.sorted().joined(separator: " ")
        var error = folders.write(text, path)
        if error == EBUSY {
            guard CgroupFile.processes(in: folder) == [getpid()] else { return .shared(folder: folder) }
            let aside = folder + "/" + Self.agentGroup
            error = folders.make(aside)
            guard error == 0 || error == EEXIST else { return cause(error, aside) }
            error = folders.write("\(getpid())", aside + "/cgroup.procs")
            guard error == 0 else { return cause(error, aside) }
            error = folders.write(text, path)
        }
        return error == 0 ? nil : cause(error, path)
    }

    private mutating func makeFolders(in own: String, handingOn duties: Set<CgroupDuty>) -> HeldFolder? {
        let home = own + "/" + name
        let path = home + "/" + instance
        var last = CgroupProblem.Cause.failed(path: path, errno: EBUSY)
        for _ in 0..<Self.attempts {
            if let cause = make(home, handingOn: duties) ?? make(path, handingOn: duties) {
                last = cause
                if case .failed(_, ENOENT) = cause { continue }
                break
            }
            if let held = HeldFolder(path, folders) { return held }
        }
        return fail(last)
    }

    private func make(_ folder: String, handingOn duties: Set<CgroupDuty>) -> CgroupProblem.Cause? {
        let error = folders.make(folder)
        return error == 0 || error == EEXIST ? enable(duties, in: folder) : cause(error, folder)
    }

    private func cause(_ error: Int32, _ path: String) -> CgroupProblem.Cause {
        switch error {
        case EACCES, EPERM: .notPermitted(folder: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        case EROFS: .readOnly(folder: hierarchy.mountPoint)
        default: .failed(path: path, errno: error)
        }
    }

    private func duties(_ controllers: Set<String>) -> Set<CgroupDuty> {
        wanted.filter { $0 != .kill && controllers.contains($0.rawValue) }
    }

    /// All that this hierarchy would have done.
    private mutating func fail<T>(_ cause: CgroupProblem.Cause) -> T? {
        let lost = hierarchy.version == .one ? duties(hierarchy.controllers) : wanted
        for duty in lost where !problems.contains(where: { $0.duty == duty }) {
            problems.append(CgroupProblem(duty: duty, cause: cause))
        }
        return nil
    }
}
