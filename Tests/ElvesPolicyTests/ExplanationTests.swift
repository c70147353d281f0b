import ElvesJSON
import ElvesPolicy
import ElvesSeccomp
import Testing

@Suite struct ExplanationTests {
    let python: PolicyDocument

    init() throws { python = try PolicyDocument(contentsOf: builtIn + "/python.yaml") }

    private func explanation(_ name: String, _ arguments: [UInt64] = []) throws -> CallExplanation {
        let call = try #require(SystemCall(named: name, on: .x86_64, arguments))
        return CallExplanation(call, in: python, on: .x86_64)
    }

    @Test func `a call is explained by the line that decides`() throws {
        let read = try explanation("read")

        #expect(read.decision.action == .allow)
        #expect(read.text.contains("read(0x0, 0x0, 0x0, 0x0, 0x0, 0x0) on x86_64, number 0"))
        #expect(read.text.contains("because  worker-base.json line "), "\(read.text)")
        #expect(read.reason == "files, memory, threads and signals within the sandbox")

        let map = try explanation("mmap", [0, 4096, 6, 0x22])
        #expect(map.decision.action.openness == 1)
        #expect(map.text.contains("default action of worker-base.json line "), "\(map.text)")

        let clone = try explanation("clone3")
        #expect(clone.decision.action == .fail(38))
        #expect(clone.effect == "refused with ENOSYS")
    }

    @Test func `conditions are told in numbers`() throws {
        let make = try explanation("mkdir", [0, 0o755])

        #expect(make.text.contains("where argument 1 & 0xc00 = 0x0"), "\(make.text)")
    }

    @Test func `what a granted network changes is told`() throws {
        let connect = try explanation("connect")

        #expect(connect.decision.action.openness == 1)
        #expect(connect.withProxy?.action == .allow)
        #expect(connect.text.contains("with a granted network  allowed, because worker-connect.json line "), "\(connect.text)")
        #expect(connect.json.text.contains("\"withNetwork\":\"allow\""))
    }

    @Test func `a call that is told of says what follows`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("base.json", #"{"defaultAction": "SCMP_ACT_NOTIFY"}"#)
        let small = try PolicyDocument(contentsOf: scratch.write("small.yaml", smallPolicy))
        func effect(_ name: String) throws -> String {
            CallExplanation(try #require(SystemCall(named: name, on: .x86_64)), in: small, on: .x86_64).effect
        }

        #expect(try effect("read") == "recorded and refused with EPERM; the worker is ended after 50 refusals")
        #expect(
            try effect("ptrace")
                == "recorded and refused with EPERM, and the worker is ended: the call is on the tripwire list")
    }

    @Test(arguments: SeccompArchitecture.allCases)
    func `the table has every number and agrees with the filter`(_ architecture: SeccompArchitecture) throws {
        let table = CallExplanation.table(python, on: architecture)
        let filter = try SeccompFilter(compiling: python.profile, for: architecture, notify: .allowed)
        let machine = try FilterMachine(program: filter.bytes)

        #expect(table.map(\.call.number) == Array(0...1023))
        for line in table {
            let answer = machine.answer(line.call, architecture: architecture.auditNumber)
            #expect(answer == line.decision.action.kernelNumber, "\(line.text)")
        }
        #expect(Set(table.map(\.decision.action)).count >= 3)
        #expect(table.last?.effect == "refused with ENOSYS")
    }

    @Test func `a policy is told in sentences with their lines`() throws {
        let text = PolicyExplanation(python).text

        for part in [
            "python, version 3: Debian's Python 3.11", "reads /usr/lib/python3.11: its standard library",
            "512MiB of memory", "is not started where landlock>=1 is missing", "may not run memory that it has written",
            "one on the tripwire list ends the worker", "python.yaml:",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
    }

    @Test func `every call on the tripwire list is a call, unless machines have dropped it`() {
        let unknown = TripwireCalls.names.filter { SystemCallTable.shared.entry(named: $0) == nil }

        #expect(unknown.isSubset(of: ["create_module", "umount"]), "\(unknown)")
    }
}
