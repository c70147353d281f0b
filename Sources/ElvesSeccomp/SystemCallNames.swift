import CSeccomp
import Glibc

/// The names of this machine's system calls, as libseccomp knows them.
package enum SystemCallNames {
    /// Nil if the number is of no call of this machine, or of one that is newer than the library.
    package static func name(of number: Int32) -> String? {
        table.indices.contains(Int(number)) ? table[Int(number)] : nil
    }

    /// Nil if this machine has no call of that name, or the library does not know it.
    package static func number(of name: String) -> Int32? {
        let number = seccomp_syscall_resolve_name(name)
        return number >= 0 ? number : nil
    }

    /// The library searches and copies: too slow for each refused call. 1,023 is beyond all numbers.
    private static let table: [String?] = (0...1023).map { number in
        guard let name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), Int32(number)) else { return nil }
        defer { free(name) }
        return String(cString: name)
    }
}
