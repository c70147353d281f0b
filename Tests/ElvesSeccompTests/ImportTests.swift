import ElvesSeccomp
import Foundation
import Testing

@Suite struct ImportTests {
    static let plain = SeccompImport.Host(architecture: .x86_64, kernel: KernelVersion(6, 1))

    /// A template with one rule, and whether the rule is there afterwards.
    @Test(arguments: [
        (#"{}"#, true),
        (#""includes": {}, "excludes": {}"#, true),
        (#""includes": {"arches": ["amd64", "s390x"]}"#, true),
        (#""includes": {"arches": ["s390x"]}"#, false),
        (#""excludes": {"arches": ["amd64"]}"#, false),
        (#""excludes": {"arches": ["arm64"]}"#, true),
        (#""includes": {"caps": ["CAP_SYS_ADMIN"]}"#, false),
        (#""excludes": {"caps": ["CAP_SYS_ADMIN"]}"#, true),
        (#""includes": {"minKernel": "6.1"}"#, true),
        (#""includes": {"minKernel": "6.2"}"#, false),
        (#""includes": {"minKernel": "4.19"}"#, true),
        (#""excludes": {"minKernel": "6.1"}"#, false),
        (#""excludes": {"minKernel": "6.10"}"#, true),
        (#""includes": {"arches": ["amd64"], "minKernel": "7.0"}"#, false),
    ])
    func `a rule is taken over where it is meant for the host`(_ filter: String, _ isThere: Bool) throws {
        let filter = filter == "{}" ? "" : ", \(filter)"
        let result = try resolve(#"{"names": ["read"], "action": "SCMP_ACT_ALLOW"\#(filter)}"#)

        #expect(result.profile.rules.count == (isThere ? 1 : 0))
        #expect(result.notes.isEmpty == isThere)
        #expect(decide(result, "read") == (isThere ? .allow : .fail(38)))
    }

    @Test func `with capabilities, all that are included must be held and none that is excluded`() throws {
        let host = SeccompImport.Host(
            architecture: .x86_64, capabilities: ["CAP_A", "CAP_B"], kernel: KernelVersion(6, 1))
        let result = try resolve(
            """
            {"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_A", "CAP_B"]}},
            {"names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_A", "CAP_C"]}},
            {"names": ["close"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_C", "CAP_B"]}}
            """, for: host)

        #expect(decide(result, "read") == .allow)
        #expect(decide(result, "write") == .fail(38))
        #expect(decide(result, "close") == .fail(38))
        #expect(
            result.notes.map { "\($0)" } == [
                "template.json line 4: not taken over, needs CAP_C: write",
                "template.json line 5: not taken over, is for hosts without CAP_B: close",
            ])
    }

    @Test func `single names, error names and null lists of older and newer templates`() throws {
        let result = try resolve(
            """
            {"name": "read", "action": "SCMP_ACT_ALLOW", "args": null},
            {"name": "", "names": ["write"], "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 1, "comment": "x"},
            {"names": ["close"], "action": "SCMP_ACT_ERRNO", "errno": "EACCES"}
            """)

        #expect(decide(result, "read") == .allow)
        #expect(decide(result, "write") == .fail(1))
        #expect(decide(result, "close") == .fail(13))
        #expect(result.notes.isEmpty)
    }

    @Test func `names that nobody knows are told from names of other machines`() throws {
        let result = try resolve(
            #"{"names": ["read", "raed", "socketcall", "arch_prctl"], "action": "SCMP_ACT_ALLOW"}"#,
            for: .init(architecture: .aarch64, kernel: KernelVersion(6, 1)))

        #expect(result.profile.rules.map(\.names) == [["read"]])
        let position = SourcePosition(file: "template.json", line: 3, column: 1)
        #expect(
            result.notes == [
                .unknown(["raed"], at: position), .notOfMachine(["socketcall", "arch_prctl"], at: position),
            ])
        #expect(result.notes.map(\.isWarning) == [true, false])
    }

    @Test func `two conditions on one argument are two rules, as for the engines`() throws {
        let result = try resolve(
            """
            {"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [
              {"index": 2, "value": 1, "valueTwo": 0, "op": "SCMP_CMP_EQ"},
              {"index": 2, "value": 7, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]}
            """)

        #expect([0, 1, 7].map { decide(result, "read", [0, 0, $0]) } == [.fail(38), .allow, .allow])
        #expect(result.notes == [.split(["read"], at: SourcePosition(file: "template.json", line: 3, column: 1))])
    }

    @Test func `a rule without conditions silences the others for its call, and says so`() throws {
        let result = try resolve(
            """
            {"names": ["read", "write"], "action": "SCMP_ACT_KILL", "args": [{"index": 2, "value": 1, "op": "SCMP_CMP_EQ"}]},
            {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["read"], "action": "SCMP_ACT_ERRNO"}
            """)

        #expect(decide(result, "read", [0, 0, 1]) == .allow)
        #expect(decide(result, "write", [0, 0, 1]) == .killThread)
        #expect(
            result.notes.map { "\($0)" } == [
                "template.json line 3: without effect on read, which template.json line 4 decides without conditions",
                "template.json line 5: without effect on read, which template.json line 4 decides without conditions",
            ])
    }

    @Test func `what the compiler would not do literally is noted`() throws {
        let result = try resolve(
            """
            {"names": ["socket", "clone3"], "action": "SCMP_ACT_ALLOW", "args": [
              {"index": 0, "value": 40, "valueTwo": 0, "op": "SCMP_CMP_NE"}]}
            """)

        #expect(decide(result, "socket", [40 | 1 << 32]) == .fail(38))
        #expect(decide(result, "socket", [41]) == .allow)
        #expect(result.notes.count == 2)
        #expect(result.notes.contains { "\($0)".contains("clone3 has its flags in memory") })
        #expect(result.notes.contains { "\($0)".contains("argument 0 of socket is compared on the bits") })
    }

    @Test func `the machines of a template are chosen from, and others named`() throws {
        let text = """
            {"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
              {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}], "syscalls": []}
            """
        let result = try SeccompImport.resolve(Array(text.utf8), file: "template.json", for: Self.plain)

        #expect(result.profile.architectures == ["SCMP_ARCH_X86_64"])
        #expect(result.notes == [.otherMachines(["SCMP_ARCH_X86", "SCMP_ARCH_X32"])])
        #expect(throws: SeccompError.wrongArchitecture(wanted: "SCMP_ARCH_AARCH64", listed: ["SCMP_ARCH_X86_64"])) {
            try SeccompImport.resolve(
                Array(text.utf8), file: "template.json", for: .init(architecture: .aarch64, kernel: KernelVersion(6, 1)))
        }
    }

    @Test(arguments: [
        (
            #"{"names": ["read"], "action": "SCMP_ACT_ALLOW", "include": {}}"#,
            "line 3, column 49: syscalls[0]: \"include\" is not"
        ),
        (
            #"{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"kernel": "6"}}"#,
            "line 3, column 62: syscalls[0].includes: \"kernel\" is not supported"
        ),
        (
            #"{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "six"}}"#,
            "\"minKernel\" is \"six\", must be two numbers"
        ),
        (#"{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errno": "ENO"}"#, "\"errno\" is \"ENO\", no error's name"),
        (
            #"{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 2}"#,
            "\"errnoRet\" and \"errno\" are not the same error"
        ),
        (#"{"names": ["read"], "action": "SCMP_ACT_ALLOW", "errno": "EPERM"}"#, "\"errno\" is for SCMP_ACT_ERRNO only"),
        (#"{"names": [], "action": "SCMP_ACT_ALLOW"}"#, "neither \"names\" nor \"name\" has a name"),
        (#"{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": 1}"#, "syscalls[0].includes: must be an object"),
    ])
    func `a bad template is refused with line, place and reason`(_ rule: String, _ reason: String) throws {
        let error = #expect(throws: SeccompError.self) { try resolve(rule) }

        let text = "\(try #require(error))"
        #expect(text.contains(reason), "\(text)")
    }

    @Test func `what is written reads back as the same profile, and says where it is from`() throws {
        let result = try resolve(
            """
            {"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5, "args": [
              {"index": 2, "value": 9223372036854775806, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]},
            {"names": ["write", "close"], "action": "SCMP_ACT_KILL_PROCESS"}
            """)
        let again = try SeccompProfile(json: result.json, file: "again.json")

        #expect(again.defaultAction == .fail(38))
        #expect(again.architectures == ["SCMP_ARCH_X86_64"])
        #expect(again.rules.map(\.names) == [["read"], ["write", "close"]])
        #expect(again.rules.map(\.action) == [.fail(5), .killProcess])
        #expect(again.rules.map(\.conditions) == result.profile.rules.map(\.conditions))
        #expect(again.rules.map(\.comment) == ["template.json line 3", "template.json line 5"])
        let text = String(decoding: result.json, as: UTF8.self)
        #expect(text.contains("resolved from template.json for x86_64, Linux 6.1, no capabilities"))
        #expect(try SeccompFilter(compiling: again, for: .x86_64) == SeccompFilter(compiling: result.profile, for: .x86_64))
    }

    /// Of the Debian package golang-github-containers-common, where it is installed.
    static let installed = "/usr/share/containers/seccomp.json"

    @Test(.enabled(if: FileManager.default.fileExists(atPath: installed), "\(installed) is not installed"))
    func `the profile of a container engine is resolved, compiled, and decided alike`() throws {
        let text = Array(try Data(contentsOf: URL(fileURLWithPath: Self.installed)))
        for architecture in SeccompArchitecture.allCases {
            let host = SeccompImport.Host(architecture: architecture, kernel: KernelVersion(6, 1))
            let result = try SeccompImport.resolve(text, file: Self.installed, for: host)

            #expect(decide(result, "read", on: architecture) == .allow)
            #expect(decide(result, "bpf", on: architecture) != .allow)
            try expectAgreement(of: result.profile, on: architecture)
        }
    }

    private func resolve(_ rules: String, for host: SeccompImport.Host = plain) throws -> SeccompImport {
        let text = """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS",
            "syscalls": [
            \(rules)
            ]}
            """
        return try SeccompImport.resolve(Array(text.utf8), file: "template.json", for: host)
    }

    private func decide(
        _ result: SeccompImport, _ name: String, _ arguments: [UInt64] = [], on architecture: SeccompArchitecture = .x86_64
    ) -> SeccompAction? {
        SystemCall(named: name, on: architecture, arguments).map { result.profile.decision(for: $0, on: architecture).action }
    }
}
