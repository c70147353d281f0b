import CSeccomp
import ElvesSeccomp
import Glibc
import Testing

@Suite struct SystemCallTableTests {
    let table = SystemCallTable.shared

    @Test func `every row is read, and no name or number is there twice`() {
        #expect(table.entries.count == 385)
        #expect(Set(table.entries.map(\.name)).count == 385)
        for (architecture, count) in [(SeccompArchitecture.x86_64, 385), (.aarch64, 327)] {
            let numbers = table.entries.compactMap { $0.numbers[architecture] }
            #expect(numbers.count == count)
            #expect(Set(numbers).count == count)
            #expect(numbers.max() == table.lastNumber(on: architecture))
        }
    }

    /// Where both have a name; ours has newer ones.
    @Test(arguments: [(SeccompArchitecture.x86_64, UInt32(0xC000_003E)), (.aarch64, 0xC000_00B7)])
    func `names and numbers are those of libseccomp`(_ architecture: SeccompArchitecture, _ token: UInt32) {
        var known = 0
        for number in UInt32(0)...table.lastNumber(on: architecture) {
            let name = seccomp_syscall_resolve_num_arch(token, Int32(number)).map { pointer in
                defer { free(pointer) }
                return String(cString: pointer)
            }
            guard let name else { continue }
            known += 1
            #expect(table.name(of: number, on: architecture) == name)
        }
        #expect(known > 300)
        // Beyond the table it must have nothing that we lack.
        for number in (table.lastNumber(on: architecture) + 1)...1023 {
            let name = seccomp_syscall_resolve_num_arch(token, Int32(number))
            #expect(name == nil, "libseccomp knows \(number)")
            free(name)
        }
    }

    @Test(arguments: [
        ("read", "ill"), ("mmap", "llllll"), ("openat", "ilih"), ("chmod", "lh"), ("clone", "illll"), ("ioctl", "iil"),
        ("socket", "iii"), ("futex", "liilli"), ("prctl", "illll"), ("getpid", ""),
    ])
    func `arguments are as wide as the kernel reads them`(_ name: String, _ letters: String) throws {
        let widths: [Character: ArgumentWidth] = ["h": .half, "i": .int, "l": .long]

        let entry = try #require(table.entry(named: name))
        #expect(entry.widths == letters.compactMap { widths[$0] })
        #expect(entry.width(of: 5) == (letters.count == 6 ? entry.widths[5] : .long))
    }

    @Test func `what is not in the table has a number for a name`() {
        #expect(table.name(of: 1000, on: .x86_64) == "syscall 1000")
        #expect(table.name(of: 2, on: .x86_64) == "open")
        #expect(table.name(of: 2, on: .aarch64) == "io_submit")
        #expect(SystemCall(named: "open", on: .aarch64) == nil)
        #expect(SystemCall(named: "openat", on: .aarch64, [1]) == SystemCall(56, [1, 0, 0, 0, 0, 0]))
    }

    @Test func `versions are compared as numbers`() throws {
        let seccomp = try #require(table.entry(named: "mseal")?.firstKernel)

        #expect(seccomp == KernelVersion(6, 10))
        #expect(try #require(KernelVersion("6.9.0-13-amd64")) < seccomp)
        #expect(table.entry(named: "read")?.firstKernel == nil)
        #expect(KernelVersion("6") == nil)
        #expect(KernelVersion("six.one") == nil)
        #expect(KernelVersion("6.1-rc2") == KernelVersion(6, 1))
    }

    @Test func `error names are those of the C library`() throws {
        // Visible to GNU programs only, which Swift's view of the library is not.
        let symbol = try #require(dlsym(nil, "strerrorname_np"))
        let libraryName = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> UnsafePointer<CChar>?).self)
        for number in UInt16(1)...133 {
            let name = libraryName(Int32(number)).map { String(cString: $0) }
            #expect(ErrorName.name(of: number) == name ?? "error \(number)")
            if let name { #expect(ErrorName.number(named: name) == number) }
        }
        #expect(ErrorName.name(of: 4000) == "error 4000")
        #expect(ErrorName.number(named: "ENOTHING") == nil)
    }
}
