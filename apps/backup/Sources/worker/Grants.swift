import Backup
import ElvesWorker
import Glibc

/// Refuses a path that does not lead to the host's files.
///
/// The sandbox has folders of its own, such as `/etc` with next to nothing in it, on a file system in memory. An
/// archive of one of them would look like a backup of the host's, and one in `/tmp` ends with the worker.
func requireGranted(_ path: String, _ key: String) throws(BadParam) {
    guard let own = device(path), [device("/"), device("/tmp")].contains(own), isSandbox() else { return }
    throw BadParam(
        "\"\(key)\": \(path) is the sandbox's own folder and not the host's; the operator has to grant it to the app")
}

/// The device that a path lies on; nil when there is no such path.
private func device(_ path: String) -> dev_t? {
    var info = stat()
    return stat(path, &info) == 0 ? info.st_dev : nil
}

/// Whether the root of what this process sees is in memory, as a sandbox's is (proc_pid_mountinfo(5)).
private func isSandbox() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    guard let folder = try? File(folder: "/proc/\(getpid())"), let file = try? folder.open("mountinfo"),
        let count = try? file.read(into: &buffer)
    else { return false }
    let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
    // The last mount on a path is the one that is seen.
    let root = lines.last { line in line.split(separator: " ").dropFirst(4).first == "/" }
    return root?.split(separator: " ").drop { $0 != "-" }.dropFirst().first == "tmpfs"
}
