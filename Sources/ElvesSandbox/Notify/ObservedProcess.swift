import ElvesPolicy
import Glibc

/// A path that a call is about.
struct PathAttempt: Hashable {
    let path: String
    let access: Recording.Access
}

/// A thread that waits for the answer to a call, as `/proc` shows it: what its arguments point to.
///
/// Only for recording: what is read here may be something else when the kernel reads it.
struct ObservedProcess {
    private let folder: String

    init(thread: Int32) { folder = "/proc/\(thread)" }

    /// Whether this process may look into the thread's memory.
    var isReadable: Bool { access(folder + "/mem", R_OK) == 0 }

    /// The paths of a call; a path that cannot be read, or that nobody can follow to the root, is left out.
    func attempts(of name: String, _ arguments: [UInt64]) -> [PathAttempt] {
        guard let uses = PathUse.all[name] else { return [] }
        return uses.compactMap { use in
            guard let text = text(at: arguments[use.path]), !text.isEmpty else { return nil }
            let access = use.access(arguments)
            if text.hasPrefix("/") { return PathAttempt(path: normalPath(text), access: access) }
            let descriptor = use.folder.map { Int32(truncatingIfNeeded: arguments[$0]) } ?? AT_FDCWD
            let link = descriptor == AT_FDCWD ? "\(folder)/cwd" : "\(folder)/fd/\(descriptor)"
            guard let start = target(of: link), start.hasPrefix("/") else { return nil }
            return PathAttempt(path: normalPath("\(start)/\(text)"), access: access)
        }
    }

    /// Where a `connect` goes to over the internet's protocols, as `ADDRESS:PORT`; nil for all else.
    func target(of name: String, _ arguments: [UInt64]) -> String? {
        guard name == "connect", let bytes = memory(at: arguments[1], count: Int(min(arguments[2], 28))), bytes.count >= 8
        else { return nil }
        // The family is in the machine's order, which is little-endian on both; the port is not.
        let family = Int32(bytes[0]) | Int32(bytes[1]) << 8
        let port = Int(bytes[2]) << 8 | Int(bytes[3])
        switch family {
        case AF_INET: return bytes[4..<8].map { "\($0)" }.joined(separator: ".") + ":\(port)"
        case AF_INET6 where bytes.count >= 24:
            var address = in6_addr()
            withUnsafeMutableBytes(of: &address) { $0.copyBytes(from: bytes[8..<24]) }
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil else { return nil }
            return "[\(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))]:\(port)"
        default: return nil
        }
    }

    /// What it uses once the call is done, where the call asks for more.
    func peaks(at name: String, _ arguments: [UInt64]) -> Recording.Peaks {
        switch name {
        case "mmap", "mremap", "brk":
            let now = (kibibytes("VmSize") ?? 0) + (name == "mmap" ? min(arguments[1], 1 << 46) : 0)
            return .init(memory: max(now, kibibytes("VmPeak") ?? 0))
        case "open", "openat", "creat", "socket", "socketpair", "pipe", "pipe2", "dup", "dup2", "dup3", "memfd_create":
            let more = name.hasPrefix("pipe") || name == "socketpair" ? 2 : 1
            return .init(files: UInt64(CgroupFile.names(in: folder + "/fd").count + more))
        default: return .init()
        }
    }

    /// A number of `status`, in bytes.
    private func kibibytes(_ key: String) -> UInt64? {
        for line in (CgroupFile.read(folder + "/status") ?? "").split(separator: "\n") where line.hasPrefix(key + ":") {
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt64($0) }.map { $0 << 10 }
        }
        return nil
    }

    private func text(at address: UInt64) -> String? {
        guard let bytes = memory(at: address, count: 4096) else { return nil }
        guard let end = bytes.firstIndex(of: 0) else { return nil }
        return String(validating: bytes[..<end], as: UTF8.self)
    }

    private func memory(at address: UInt64, count: Int) -> [UInt8]? {
        guard let address = off_t(exactly: address), address > 0, count > 0 else { return nil }
        let descriptor = open(folder + "/mem", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        // Less than was asked for, where the next page is not there.
        let length = pread(descriptor, &bytes, count, address)
        return length > 0 ? Array(bytes[..<length]) : nil
    }

    private func target(of link: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let length = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { readlink(link, $0.assumingMemoryBound(to: CChar.self), buffer.count) } ?? -1
        }
        return length > 0 ? String(decoding: bytes[..<length], as: UTF8.self) : nil
    }
}
