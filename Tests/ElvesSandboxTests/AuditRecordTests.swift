import ElvesModel
import ElvesSandbox
import Testing

@Suite struct AuditRecordTests {
    private static let line =
        #"5,7037,20809398072,-;audit: type=1326 audit(1795547985.660:430): auid=4294967295 uid=65534 "#
        + #"gid=65534 ses=4294967295 pid=18132 comm="i386" exe="/app/i386" sig=31 arch=40000003 syscall=20 compat=1 "#
        + "ip=0x400b6a code=0x80000000\n"

    @Test func `a record is read`() throws {
        let record = try #require(AuditRecord(kernelLog: Self.line))

        #expect(record.at == Timestamp(microseconds: 1_795_547_985_660_000))
        #expect(record.user == 65534 && record.process == 18132 && record.signal == 31)
        #expect(record.architecture == 0x4000_0003 && record.number == 20)
        #expect(
            record.violation == Violation(call: "i386-20", arguments: [], action: .killed, source: .audit, firstAt: record.at))
    }

    @Test(arguments: [
        // What programs write to the log has their facility.
        ("5,7037", "13,7037"), ("5,7037", "x,7037"), ("type=1326", "type=1300"), ("audit: ", "audit:  "), (";audit", "audit"),
        ("985.660:", "985:"), ("985.660:", "985.66:"), ("985.660:", "-985.660:"), ("uid=65534 g", "uid=-1 g"),
        ("pid=18132", "pid="),
        ("pid=18132", "pid=99999999999"), ("sig=31 ", ""), ("arch=40000003", "arch=zz"), ("syscall=20", "syscall=+20"),
        ("1795547985.660:430)", "1795547985.660:430"),
    ])
    func `anything else is none`(part: String, other: String) {
        let line = Self.line.replacing(part, with: other)

        #expect(line != Self.line)
        #expect(AuditRecord(kernelLog: line) == nil)
    }

    @Test(arguments: [
        ("arch=c000003e syscall=1073742345", "x32-521"), ("arch=40000003 syscall=20", "i386-20"),
        ("arch=40000028 syscall=7", "arm-7"), ("arch=c00000f3 syscall=1", "foreign-1"),
    ])
    func `a call of another machine has its number`(fields: String, name: String) throws {
        let line = Self.line.replacing("arch=40000003 syscall=20", with: fields)

        #expect(try #require(AuditRecord(kernelLog: line)).call == name)
    }

    @Test func `a worker's end is found by its user and the time`() throws {
        let at = Timestamp(microseconds: 1_795_547_985_660_000)
        let (before, after) = (Timestamp(microseconds: at.microseconds - 1), Timestamp(microseconds: at.microseconds + 1))
        let records = [
            Self.line, Self.line.replacing("uid=65534 g", with: "uid=7 g").replacing("syscall=20", with: "syscall=21"),
            Self.line.replacing("sig=31", with: "sig=0").replacing("syscall=20", with: "syscall=22"),
        ].compactMap(AuditRecord.init(kernelLog:))
        #expect(records.count == 3)

        func call(of user: UInt32, from start: Timestamp, to end: Timestamp) -> FatalCall? {
            AuditRecord.fatalCall(in: records, of: user, process: nil, from: start, to: end)
        }

        #expect(call(of: 65534, from: before, to: after)?.name == "i386-20")
        #expect(call(of: 7, from: at, to: at)?.name == "i386-21")
        #expect(call(of: 65534, from: after, to: after) == nil)
        #expect(call(of: 65534, from: before, to: before) == nil)
        #expect(call(of: 8, from: before, to: after) == nil)
    }

    @Test func `records that do not agree tell nothing, and equal ones agree`() throws {
        let other = Self.line.replacing("pid=18132", with: "pid=18133")
        let at = Timestamp(microseconds: 1_795_547_985_660_000)
        func call(_ lines: String..., process: Int32? = nil) -> FatalCall? {
            AuditRecord.fatalCall(
                in: lines.compactMap(AuditRecord.init(kernelLog:)), of: 65534, process: process, from: at, to: at)
        }
        let unlike = other.replacing("syscall=20", with: "syscall=21")

        #expect(call(Self.line, other)?.name == "i386-20")
        #expect(call(Self.line, unlike) == .untold(why: "the kernel's log has several calls of that user and time"))
        #expect(call(Self.line, unlike, process: 18133)?.name == "i386-21", "its own record counts")
        #expect(call(Self.line, process: 7)?.name == "i386-20", "in a container it has another number")
    }
}

extension FatalCall {
    fileprivate var name: String? { if case .told(let violation) = self { violation.call } else { nil } }
}
