import Backup
import Glibc
import Testing

/// A folder of the test's own with the folders `source` and `target`, removed with the value.
final class Scratch {
    let path: String
    var source: String { "\(path)/source" }
    var target: String { "\(path)/target" }

    init() throws {
        var template = Array("/tmp/backup-test.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for folder in [source, target] { try #require(mkdir(folder, 0o755) == 0) }
    }

    deinit {
        Self.run("/bin/rm", "-rf", path)
    }

    /// Writes a file below `source` and makes the folders it needs.
    func put(_ name: String, _ text: String) throws {
        var folder = source
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        try overwrite("\(source)/\(name)", text)
    }

    func overwrite(_ path: String, _ text: String, at offset: Int = 0) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | (offset == 0 ? O_TRUNC : 0), 0o644)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(pwrite(descriptor, text, text.utf8.count, off_t(offset)) == text.utf8.count)
    }

    /// The names in `target`, hidden ones too.
    func shelf() throws -> [String?] { try Self.names(target) }

    static func names(_ folder: String) throws -> [String?] { try File(folder: folder).names() }

    static func mode(_ folder: String, _ name: String) throws -> mode_t? {
        try File(folder: folder).info(of: name)?.st_mode
    }

    func creation(
        name: String = "source", time: Int = 1_795_525_200, exclude: [String] = [], skipsUnreadable: Bool = false
    ) throws -> Creation {
        Creation(
            source: source, target: target, name: try ArchiveName(name: name, time: time),
            patterns: Patterns(exclude), skipsUnreadable: skipsUnreadable)
    }

    /// Runs a program and returns its exit code.
    @discardableResult
    static func run(_ program: String, _ arguments: String..., in folder: String = "/") -> Int32 {
        let words = ["env", "-C", folder, program] + arguments
        var list: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in list { free(argument) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var child: pid_t = 0
        guard posix_spawn(&child, "/usr/bin/env", &actions, nil, &list, nil) == 0 else { return -1 }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        return status & 0x7F == 0 ? status >> 8 & 0xFF : -1
    }
}
