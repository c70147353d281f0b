/// Names, numbers and argument widths of the system calls.
package struct SystemCallTable: Sendable {
    /// One call on every machine that has it.
    package struct Entry: Sendable, Equatable {
        package let name: String
        /// By machine; a machine that lacks the call is missing.
        package let numbers: [SeccompArchitecture: UInt32]
        package let widths: [ArgumentWidth]
        /// The first kernel that has it, such as "5.13"; nil if it is older than 3.8.
        package let firstKernel: KernelVersion?

        /// Whether newer kernels do not ask filters about it: the calls of the kernel's own trampolines for probes. Made from
        /// elsewhere, the one ends its caller with SIGILL and the other fails with ENXIO.
        package var isOutsideFilters: Bool { name == "uretprobe" || name == "uprobe" }

        /// Of an argument counted from 0; what the call does not have is compared whole.
        package func width(of argument: UInt32) -> ArgumentWidth {
            argument < UInt32(widths.count) ? widths[Int(argument)] : .long
        }
    }

    package static let shared = SystemCallTable()

    /// By number on x86_64, those that it lacks last.
    package let entries: [Entry]
    private let byName: [String: Entry]
    private let byNumber: [SeccompArchitecture: [UInt32: Entry]]

    private init() {
        entries = SystemCallRows.all.compactMap(Entry.init(row:))
        byName = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var numbered: [SeccompArchitecture: [UInt32: Entry]] = [:]
        for entry in entries {
            for (architecture, number) in entry.numbers { numbered[architecture, default: [:]][number] = entry }
        }
        byNumber = numbered
    }

    package func entry(named name: String) -> Entry? { byName[name] }

    package func entry(_ number: UInt32, on architecture: SeccompArchitecture) -> Entry? {
        byNumber[architecture]?[number]
    }

    /// The name, or `syscall N` where there is none.
    package func name(of number: UInt32, on architecture: SeccompArchitecture) -> String {
        entry(number, on: architecture)?.name ?? "syscall \(number)"
    }

    /// The highest number the table knows; a call beyond it is newer than the table.
    package func lastNumber(on architecture: SeccompArchitecture) -> UInt32 {
        byNumber[architecture]?.keys.max() ?? 0
    }
}

extension SystemCallTable.Entry {
    /// Nil for a malformed row; a test counts them.
    fileprivate init?(row: Substring) {
        let fields = row.split(separator: " ")
        guard fields.count == 5 else { return nil }
        var numbers: [SeccompArchitecture: UInt32] = [:]
        for (architecture, text) in zip([SeccompArchitecture.x86_64, .aarch64], fields[1...2]) where text != "-" {
            guard let number = UInt32(text) else { return nil }
            numbers[architecture] = number
        }
        let widths = fields[3] == "-" ? [] : fields[3].compactMap(ArgumentWidth.init(letter:))
        guard fields[3] == "-" || widths.count == fields[3].count else { return nil }
        self.init(
            name: String(fields[0]), numbers: numbers, widths: widths, firstKernel: KernelVersion(String(fields[4])))
    }
}

/// How many bits of an argument the kernel reads; the register always holds 64.
///
/// A filter that compares all 64 bits of a shorter argument is passed by setting one of the others (CVE-2019-10063).
package enum ArgumentWidth: Int, Sendable, Equatable {
    case half = 16
    case int = 32
    case long = 64

    fileprivate init?(letter: Character) {
        switch letter {
        case "h": self = .half
        case "i": self = .int
        case "l": self = .long
        default: return nil
        }
    }

    /// The bits the kernel reads.
    package var mask: UInt64 { self == .long ? .max : (1 << UInt64(rawValue)) - 1 }
}

/// Two numbers of a kernel's version, compared as numbers.
package struct KernelVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Of `6.1`, `6.1.0-13-amd64` and the like; nil without two numbers in front.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isASCII && $0.isNumber })
        else { return nil }
        self.init(major, minor)
    }

    package static func < (a: KernelVersion, b: KernelVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
    package var description: String { "\(major).\(minor)" }
}
