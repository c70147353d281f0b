import ElvesSandbox
import Foundation
import Synchronization

/// Control groups of version 2 in an ordinary folder: a new group has the files that the kernel would give it.
///
/// As in the kernel, a group has the controllers that its parent hands on, and one with processes hands nothing on,
/// unless it is the first.
final class FakeCgroups: Sendable {
    let scratch: ScratchFolder
    /// What this process's own group has.
    let controllers: String
    let isForbidden: Bool
    /// The folders that were removed.
    let removed = Mutex<[String]>([])

    static let files = [
        "memory": ["memory.max", "memory.swap.max", "memory.oom.group", "memory.events", "memory.peak"],
        "pids": ["pids.max", "pids.events"], "cpu": ["cpu.max"],
    ]

    init(controllers: String = "cpuset cpu io memory pids", isForbidden: Bool = false) throws {
        scratch = try ScratchFolder()
        self.controllers = controllers
        self.isForbidden = isForbidden
        try scratch.write("own/cgroup.controllers", controllers + "\n")
        for name in ["cgroup.subtree_control", "cgroup.procs"] { try scratch.write("own/" + name, "") }
    }

    var own: String { scratch.path + "/own" }

    var folders: CgroupFolders {
        CgroupFolders(
            make: { path in
                if self.isForbidden { return EACCES }
                guard mkdir(path, 0o755) == 0 else { return errno }
                self.fill(path)
                return 0
            },
            remove: { path in
                guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return ENOENT }
                let hasGroups = names.contains { name in
                    var isFolder: ObjCBool = false
                    return FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
                        && isFolder.boolValue
                }
                guard !hasGroups else { return EBUSY }
                self.removed.withLock { $0.append(path) }
                return (try? FileManager.default.removeItem(atPath: path)) == nil ? EIO : 0
            },
            write: { text, path in
                let (folder, name) = ((path as NSString).deletingLastPathComponent, (path as NSString).lastPathComponent)
                guard FileManager.default.fileExists(atPath: path) else { return ENOENT }
                if name == "cgroup.subtree_control", folder != self.scratch.path, self.text(folder + "/cgroup.procs") != "" {
                    return EBUSY
                }
                if name == "cgroup.procs" { self.move(text, from: (folder as NSString).deletingLastPathComponent) }
                return (try? text.write(toFile: path, atomically: false, encoding: .utf8)) == nil ? EIO : 0
            })
    }

    func tree(
        mountOptions: String = "rw,relatime", group: String = "/own", folders: CgroupFolders? = nil
    ) -> CgroupTree {
        CgroupTree.find(
            mounts: "29 23 0:26 / \(scratch.path) \(mountOptions) - cgroup2 cgroup2 rw\n", groups: "0::\(group)\n",
            folders: folders ?? self.folders)
    }

    /// A process that joins a group leaves the one it was in.
    private func move(_ process: String, from folder: String) {
        let rest = (text(folder + "/cgroup.procs") ?? "").split(separator: "\n").filter { $0 != process }
        try? rest.joined(separator: "\n").write(toFile: folder + "/cgroup.procs", atomically: false, encoding: .utf8)
    }

    func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    private func fill(_ path: String) {
        let parent = (path as NSString).deletingLastPathComponent
        let handedOn = (text(parent + "/cgroup.subtree_control") ?? "").split(separator: " ").map { String($0.dropFirst()) }
        var names = ["cgroup.subtree_control", "cgroup.procs", "cgroup.kill", "cpu.stat"]
        for controller in handedOn { names += Self.files[controller] ?? [] }
        for name in names { _ = FileManager.default.createFile(atPath: path + "/" + name, contents: nil) }
        let list = Data((handedOn.joined(separator: " ") + "\n").utf8)
        _ = FileManager.default.createFile(atPath: path + "/cgroup.controllers", contents: list)
    }
}
