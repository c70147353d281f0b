package import ElvesModel
import ElvesSeccomp

/// A line of the kernel's log about a process that its filter ended (audit record 1326).
///
/// What a worker can put into it, its name, the kernel writes without blanks and quotes, so no field can be forged.
package struct AuditRecord: Sendable, Equatable {
    package let at: Timestamp
    /// Of the process, as the host sees it.
    package let user: UInt32
    package let process: Int32
    package let signal: Int32
    /// As in linux/audit.h.
    package let architecture: UInt32
    package let number: UInt32

    /// Reads a record of `/dev/kmsg`; nil if it is about something else, or was written by a program.
    package init?(kernelLog line: String) {
        guard let semicolon = line.firstIndex(of: ";") else { return nil }
        // The kernel itself is facility 0; the priority is below 8 then.
        guard let priority = line.prefix(while: { $0 != "," && $0 != ";" }).decimal, priority < 8 else { return nil }
        let opening = "audit: type=1326 audit("
        let text = line[line.index(after: semicolon)...].prefix { $0 != "\n" }
        guard text.hasPrefix(opening), let closing = text.firstIndex(of: ")") else { return nil }
        let stamp = text[..<closing].dropFirst(opening.count).prefix { $0 != ":" }.split(separator: ".")
        guard stamp.count == 2, let seconds = stamp[0].decimal, stamp[1].count == 3, let thousandths = stamp[1].decimal,
            seconds < 1 << 40
        else { return nil }
        at = Timestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(thousandths) * 1000)

        var fields: [Substring: Substring] = [:]
        for field in text[closing...].split(separator: " ") {
            guard let equals = field.firstIndex(of: "=") else { continue }
            fields[field[..<equals]] = field[field.index(after: equals)...]
        }
        guard let user = fields["uid"]?.decimal.flatMap(UInt32.init(exactly:)),
            let process = fields["pid"]?.decimal.flatMap(Int32.init(exactly:)),
            let signal = fields["sig"]?.decimal.flatMap(Int32.init(exactly:)),
            let architecture = fields["arch"].flatMap({ UInt32($0, radix: 16) }),
            let number = fields["syscall"]?.decimal.flatMap(UInt32.init(exactly:))
        else { return nil }
        self.user = user
        self.process = process
        self.signal = signal
        self.architecture = architecture
        self.number = number
    }

    /// The call's name; a number where it was made as for another machine.
    package var call: String {
        switch architecture {
        case Self.native where number & Self.x32 != 0: "x32-\(number & ~Self.x32)"
        case Self.native: SystemCallNames.name(of: Int32(bitPattern: number)) ?? "syscall-\(number)"
        case 0x4000_0003: "i386-\(number)"
        case 0x4000_0028: "arm-\(number)"
        default: "foreign-\(number)"
        }
    }

    package var violation: Violation { Violation(call: call, arguments: [], action: .killed, source: .audit, firstAt: at) }

    /// What ended a worker by SIGSYS: of the records of its user in the time it may have been those of its process, or else all of
    /// them, if they are of one call.
    ///
    /// The kernel numbers processes as the host does; in a container the agent knows them by other numbers, and then several that
    /// ended at once must agree. Nil if there is no such record.
    package static func fatalCall(
        in records: some Sequence<AuditRecord>, of user: UInt32, process: Int32?, from start: Timestamp, to end: Timestamp
    ) -> FatalCall? {
        let ofUser = records.filter { $0.signal == 31 && $0.user == user && $0.at >= start && $0.at <= end }
        let own = ofUser.filter { $0.process == process }
        let matching = own.isEmpty ? ofUser : own
        guard let first = matching.first else { return nil }
        guard matching.allSatisfy({ $0.call == first.call }) else {
            return .untold(why: "the kernel's log has several calls of that user and time")
        }
        return .told(first.violation)
    }

    private static let x32: UInt32 = 0x4000_0000
    private static var native: UInt32 {
        #if arch(arm64)
            0xC000_00B7
        #else
            0xC000_003E
        #endif
    }
}

extension Substring {
    /// Digits only, unlike `UInt64(_:)`, which takes a sign.
    fileprivate var decimal: UInt64? { utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(self) : nil }
}
