import ElvesWorker
import Glibc

/// The attempts that the rows of `attempts.json` name: each answers "done" or the name of the error.
@main struct Attack: App {
    var functions: [Function] {
        Function("read") { param in .true(try reading(param.text("path"))) }
        Function("write") { param in
            .true(outcome(open(try param.text("path"), O_WRONLY | O_CREAT, 0o644), close))
        }
        Function("list") { param in .true(try list(param.text("path"))) }
        Function("through") { param in
            let path = try param.text("path")
            guard symlink(try param.text("target"), path) == 0 else { return .true("link: \(errorName(errno))") }
            return .true(reading(path))
        }
        Function("chmod") { param in .true(outcome(chmod(try param.text("path"), try mode(param)))) }
        Function("mkdir") { param in .true(outcome(mkdir(try param.text("path"), try mode(param)))) }
        Function("plant") { param in .true(try plant(param.text("path"))) }
        Function("connect") { param in .true(connecting(to: UInt16(try param.integer("port")))) }
        Function("kill") { param in .true(outcome(kill(pid_t(try param.integer("pid")), SIGKILL))) }
        Function("processes") { _ in .true(processes()) }
        Function("memory") { _ in .true(memory()) }
        Function("search") { param in .true(search(for: Array(try param.text("text").utf8))) }
        Function("call") { param in .true(try systemCall(param)) }
    }
}

private func errorName(_ number: Int32) -> String {
    let names: [Int32: String] = [
        EPERM: "EPERM", ENOENT: "ENOENT", ESRCH: "ESRCH", EBADF: "EBADF", EAGAIN: "EAGAIN", ENOMEM: "ENOMEM",
        EACCES: "EACCES", EFAULT: "EFAULT", EEXIST: "EEXIST", ENOTDIR: "ENOTDIR", EINVAL: "EINVAL", EROFS: "EROFS",
        ENOSYS: "ENOSYS", ELOOP: "ELOOP",
    ]
    return names[number] ?? "error \(number)"
}

private func outcome(_ result: Int32, _ after: (Int32) -> Int32 = { _ in 0 }) -> String {
    guard result >= 0 else { return errorName(errno) }
    _ = after(result)
    return "done"
}

private func mode(_ param: JSON) throws -> mode_t { mode_t(try param.text("mode"), radix: 8) ?? 0 }

private func reading(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { return errorName(errno) }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    return outcome(Int32(read(descriptor, &byte, 1)))
}

private func list(_ path: String) -> String {
    guard let folder = opendir(path) else { return errorName(errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted().joined(separator: " ")
}

private func plant(_ path: String) -> String {
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o755)
    guard descriptor >= 0 else { return "write: \(errorName(errno))" }
    // The program itself: whatever else is missing in the view, it would run.
    guard let own = fopen("/proc/self/exe", "r") else { return "own program: \(errorName(errno))" }
    var part = [UInt8](repeating: 0, count: 1 << 20)
    while true {
        let count = fread(&part, 1, part.count, own)
        guard count > 0 else { break }
        guard write(descriptor, part, count) == count else { return "write: \(errorName(errno))" }
    }
    fclose(own)
    close(descriptor)
    var child: pid_t = 0
    let program = strdup(path)
    defer { free(program) }
    let error = posix_spawn(&child, path, nil, nil, [program, nil], environ)
    return error == 0 ? "done" : errorName(error)
}

private func connecting(to port: UInt16) -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return errorName(errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            outcome(connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)))
        }
    }
}

/// Nobody waits for them, so that those that have ended count as well.
private func processes() -> String {
    let program = strdup("/proc/self/exe")
    defer { free(program) }
    for count in 0..<10_000 {
        var child: pid_t = 0
        let error = posix_spawn(&child, "/proc/self/exe", nil, nil, [program, nil], environ)
        guard error == 0 else { return count == 0 ? "none" : errorName(error) }
    }
    return "done"
}

private func memory() -> String {
    // Kept and looked at in the end: memory that nobody reads the compiler does not even ask for.
    var parts: [UnsafeMutableRawPointer] = []
    for _ in 0..<4096 {
        guard let part = malloc(16 << 20) else { return errorName(errno) }
        memset(part, 1, 16 << 20)
        parts.append(part)
    }
    return parts.allSatisfy { $0.load(as: UInt8.self) == 1 } ? "done" : "lost"
}

/// Files that are open, and what the kernel shows of the process.
private func search(for text: [UInt8]) -> String {
    var places = ["/proc/self/environ", "/proc/self/cmdline"]
    for number in 0..<256 {
        var status = stat()
        if fstat(Int32(number), &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            places.append("/proc/self/fd/\(number)")
        }
    }
    for place in places {
        guard let file = fopen(place, "r") else { continue }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        if String(decoding: bytes[..<count], as: UTF8.self).contains(String(decoding: text, as: UTF8.self)) {
            return "found in \(place)"
        }
    }
    return "nowhere"
}

private func systemCall(_ param: JSON) throws -> String {
    let number = try param.integer("number")
    var values: [Int] = []
    for text in try param.texts("arguments") { values.append(Int(text) ?? 0) }
    values += [Int](repeating: 0, count: 6 - values.count)
    // The import of C leaves out functions with any number of arguments.
    guard let symbol = dlsym(nil, "syscall") else { return "no syscall" }
    typealias Call = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int
    let result = unsafeBitCast(symbol, to: Call.self)(
        number, values[0], values[1], values[2], values[3], values[4], values[5])
    return result == -1 ? errorName(errno) : "done"
}
