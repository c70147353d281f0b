import ElvesPolicy
import Testing

let builtIn = repository + "/sandbox/policies"

func today() throws -> PolicyDate { try #require(PolicyDate("2026-11-24")) }

/// A change to the built-in policy of Python, and the rule that objects.
struct LintRow: Sendable, CustomTestStringConvertible {
    let replaced: String
    let by: String
    let rule: PolicyLint.Rule
    let text: String

    var testDescription: String { "\(by.prefix(60)): \(rule.rawValue)" }

    init(_ replaced: String, _ by: String, _ rule: PolicyLint.Rule, _ text: String) {
        (self.replaced, self.by, self.rule, self.text) = (replaced, by, rule, text)
    }

    static let table = [
        LintRow("  reason: threads of libraries\n", "", .reasonMissing, "process.max: 1 -> 32"),
        LintRow("  reason: room for data of an app\n", "", .reasonMissing, "resources.memory: 64MiB -> 512MiB"),
        LintRow(", notify, cgroup]", ", notify]", .reasonMissing, "requires.cgroup: no longer cgroup required"),
        LintRow("  optional:", "  read: {/etc: settings}\n  optional:", .broadPath, "/etc is the settings of the host"),
        LintRow("  optional:", "  read: {/home/anna/data: x}\n  optional:", .broadPath, "are files of people"),
        LintRow("  optional:\n", "  optional:\n    /var: all data\n", .broadPath, "the data of all services"),
        LintRow(
            "  optional:", "  write: {/usr/lib/python3.11/site: x}\n  optional:", .writableProgram,
            "is shown to be read and run"),
        LintRow("  optional:\n", "  optional:\n    /usr/lib/python3.11/json: x\n", .deadRule, "with /usr/lib/python3.11"),
        LintRow(
            "syscalls:", "optOut: [{layer: landlock, reason: x, approvedBy: y, expires: 2026-11-23}]\nsyscalls:", .optOut,
            "ended on 2026-11-23"),
        LintRow(
            "syscalls:", "optOut: [{layer: landlock, reason: x, approvedBy: y, expires: 2027-02-23}]\nsyscalls:", .optOut,
            "runs for 91 days"),
        LintRow("syscalls:", "syscalls:\n  add: [{names: [ptrace], reason: x}]", .dangerousCall, "allows ptrace"),
        LintRow("syscalls:", "syscalls:\n  add: [{names: [raed], reason: x}]", .unknownCall, "\"raed\""),
        LintRow("syscalls:", "syscalls:\n  remove: [ptrace]", .deadRule, "takes away ptrace, which no profile allows"),
        LintRow("syscalls:", "syscalls:\n  remove: [raed]", .unknownCall, "\"raed\""),
        LintRow(
            "syscalls:", "syscalls:\n  add: [{names: [read], reason: x}]", .deadRule, "says for read what worker-base.json"),
        LintRow("syscalls:", "syscalls:\n  add: [{names: [mprotect], reason: x}]", .writableCode, "written pages"),
        LintRow(
            "  writableCode: deny", "  writableCode: {allow: yes, reason: x}", .deadRule, "no profile opens a way to it"),
        LintRow(
            "  profiles:\n", "  profiles:\n    - {file: narrow.json, reason: x}\n", .narrowArgument, "of argument 0 of socket"),
    ]
}

@Suite struct PolicyLintTests {
    let strictest: PolicyDocument

    init() throws { strictest = try PolicyDocument(contentsOf: builtIn + "/strict.yaml") }

    @Test func `every policy of the repository passes`() throws {
        let names = PolicyCatalog(folder: builtIn).languages

        #expect(names.count >= 9)
        for name in names {
            let lint = PolicyLint(
                try PolicyDocument(contentsOf: "\(builtIn)/\(name).yaml"), strictest: strictest, on: try today())
            #expect(lint.isClean, "\(name): \(lint.text)")
        }
    }

    @Test(arguments: LintRow.table)
    func `what a careful reader objects to is found, with its place`(_ row: LintRow) throws {
        let scratch = try ScratchFolder()
        let python = try text(of: builtIn + "/python.yaml")
        let changed = python.replacing(row.replaced, with: row.by, maxReplacements: 1)
        try #require(changed != python)
        for name in ["worker-base.json", "worker-connect.json"] {
            try scratch.write(name, try text(of: "\(builtIn)/\(name)"))
        }
        try scratch.write(
            "narrow.json",
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}
            ]}
            """)

        let lint = PolicyLint(
            try PolicyDocument(contentsOf: scratch.write("python.yaml", changed)), strictest: strictest, on: try today())

        let finding = try #require(lint.findings.first { $0.rule == row.rule && $0.text.contains(row.text) }, "\(lint.text)")
        #expect(finding.place.contains(".yaml") || finding.place.contains(".json line "), "\(finding.place)")
        #expect(lint.text.contains("[\(row.rule.rawValue)]"))
    }
}

@Suite struct PolicyScoreTests {
    private func score(_ name: String) throws -> PolicyScore {
        PolicyScore(try PolicyDocument(contentsOf: "\(builtIn)/\(name).yaml"), on: try today())
    }

    @Test func `the strictest policy is the least exposed, compilers and programs cost`() throws {
        let (strict, swift, python) = (try score("strict"), try score("swift"), try score("python"))

        #expect(strict.tenths <= 3)
        #expect(strict.tenths < swift.tenths)
        #expect(swift.tenths < python.tenths)
        #expect(python.tenths < (try score("csharp").tenths))
        #expect(try score("awk").tenths < (try score("shell").tenths))
        #expect(try score("java").tenths < 50)
    }

    @Test func `what is open is told as bad, first`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("base.json", #"{"defaultAction": "SCMP_ACT_ALLOW"}"#)
        let score = PolicyScore(
            try PolicyDocument(contentsOf: scratch.write("small.yaml", smallPolicy)), on: try today())

        #expect(score.tenths > 50)
        #expect(score.table.split(separator: "\n")[1].hasPrefix("  bad   "), "\(score.table)")
        #expect(score.table.contains("writable code: allowed are"))
        #expect(score.items.allSatisfy { (0...100).contains($0.exposure) && !$0.sentence.isEmpty })
    }
}
