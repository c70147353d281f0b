import ElvesPolicy
import ElvesSeccomp
import Foundation
import Testing

@Suite struct RecordingTests {
    private let start = Recording.Moment(phase: .start, function: nil)
    private let steady = Recording.Moment(phase: .steady, function: "f")

    private var one: Recording {
        var recording = Recording(source: "app 1.0.0")
        recording.calls = [
            .init(name: "socket", arguments: [2, 1], moment: steady, count: 3),
            .init(name: "splice", arguments: [], moment: start, count: 1),
        ]
        recording.paths = [.init(path: "/etc/hosts", access: .read, moment: steady, count: 2)]
        recording.places = [.init(target: "a.test:443", isDirect: false, moment: steady, count: 1)]
        recording.peaks = .init(memory: 7, files: 9)
        recording.functions = ["f"]
        return recording
    }

    @Test func `a recording reads back as it was written`() throws {
        #expect(try Recording(json: one.json.bytes, file: "one.json") == one)
    }

    @Test func `two recordings show together what either shows`() {
        var two = one
        two.source = "other"
        two.calls[0].count = 4
        two.calls.append(.init(name: "socket", arguments: [2, 2], moment: steady, count: 1))
        two.peaks = .init(memory: 5, processes: 2)
        two.functions = ["g"]
        two.gaps = ["a gap"]

        let both = one.merged(with: two)

        #expect(both.source == "app 1.0.0, other")
        #expect(both.calls.map { "\($0.name) \($0.arguments[1]) \($0.count)" } == ["socket 1 7", "socket 2 1", "splice 0 2"])
        #expect(both.paths.map(\.count) == [4])
        #expect(both.peaks == .init(memory: 7, processes: 2, files: 9))
        #expect(both.functions == ["f", "g"])
        #expect(both.gaps == ["a gap"])
    }

    static let bad: [(text: String, part: String)] = [
        ("[]", "x.json is no recording"),
        (#"{"schema": "elves.recording/v2", "source": "a"}"#, "must be \"elves.recording/v1\""),
        (#"{"schema": "elves.recording/v1"}"#, "member \"source\" is missing"),
        (#"{"schema": "elves.recording/v1", "source": "a", "extra": 1}"#, "member \"extra\" is not known"),
        (
            #"{"schema": "elves.recording/v1", "source": "a", "calls": [{"call": "x", "phase": "end", "count": 1}]}"#,
            "member \"phase\" is \"end\", must be one of start, steady"
        ),
        (
            #"{"schema": "elves.recording/v1", "source": "a", "calls": [{"call": "x", "phase": "start", "count": 0}]}"#,
            "member \"count\" must be above 0"
        ),
        (
            #"{"schema": "elves.recording/v1", "source": "a", "calls": [{"call": "x", "arguments": ["y"]}]}"#,
            "argument \"y\" must be a number"
        ),
    ]

    @Test(arguments: bad) func `what is no recording is refused by name`(_ row: (text: String, part: String)) {
        let error = #expect(throws: RecordingError.self) { try Recording(json: Array(row.text.utf8), file: "x.json") }
        #expect(error?.description.contains(row.part) == true, "\(error?.description ?? "")")
    }
}

@Suite struct StraceLogTests {
    private func read(_ text: String, choosing: [String: Set<UInt32>] = ["socket": [0, 1]]) throws -> Recording {
        try StraceLog.recording(of: text, file: "run.log", choosing: { choosing[$0] ?? [] })
    }

    @Test func `calls, their choices and paths are read, whatever stands around them`() throws {
        let log = """
            execve("/usr/bin/x", ["x", "a, (b)"], 0x7ffc /* 12 vars */) = 0
            [pid  12] openat(0xffffff9c, "/etc/hosts", 0x80000) = 3
            12    openat(0xffffff9c, "/var/data/../new", 0x241, 0600) = 4
            13:37:00.123456 socket(0x2, 0x1, 0) = -1 EPERM (Operation not permitted)
            socket(2, 1, 0 <unfinished ...>
            <... socket resumed>) = 5
            stat("relative", {st_mode=0100644, st_size=1}) = 0
            --- SIGCHLD {si_signo=0x11, si_pid=3} ---
            +++ exited with 0 +++
            """

        let recording = try read(log)

        #expect(
            recording.calls.map { "\($0.name) \($0.arguments[0]) \($0.arguments[1]) x\($0.count)" } == [
                "execve 0 0 x1", "openat 0 0 x2", "socket 2 1 x2", "stat 0 0 x1",
            ])
        #expect(
            recording.paths.map { "\($0.access.rawValue) \($0.path)" } == ["read /etc/hosts", "write /var/new"])
        #expect(recording.gaps.count == 1)
    }

    @Test func `an argument that chooses and is no number is refused with the way to get one`() {
        let error = #expect(throws: RecordingError.self) { try read("\nsocket(AF_INET, SOCK_STREAM, 0) = 3\n") }
        #expect(
            error?.description
                == "run.log:2: argument 0 of socket is AF_INET, which is no number: record with `strace -f -X raw -o run.log`")
    }

    @Test func `a file without calls is no log`() {
        #expect(throws: RecordingError.self) { try read("Dear (reader)\n\n") }
    }
}

@Suite struct PolicyProposalTests {
    private let scratch: ScratchFolder
    private let base: PolicyDocument

    init() throws {
        scratch = try ScratchFolder()
        try scratch.write("base.json", profile(allowing: ["read"]))
        base = try PolicyDocument(contentsOf: scratch.write("small.yaml", smallPolicy))
    }

    private func propose(_ calls: [(String, [UInt64], Int)]) -> PolicyProposal {
        var recording = Recording(source: "app 1.0.0")
        recording.calls = calls.map {
            .init(name: $0.0, arguments: $0.1, moment: .init(phase: .steady, function: "f"), count: $0.2)
        }
        return PolicyProposal(named: "learned", extending: base, withProxy: false, from: recording, on: .x86_64)
    }

    @Test func `what was made and is not allowed is proposed, and nothing beside it`() throws {
        let proposal = propose([("read", [0], 9), ("splice", [], 2), ("socket", [2, 1], 1), ("ptrace", [], 1)])

        #expect(
            proposal.additions.map(\.inWords) == [
                "splice, made 2 times by f", "socket with argument 0 = 2, argument 1 = 1, made once by f",
            ])
        #expect(proposal.tripwires == ["ptrace is never proposed: no app needs it"])
        let path = try scratch.write("learned.yaml", proposal.yaml(reason: "tests"))
        let learned = try PolicyDocument(contentsOf: path)
        for (name, arguments, isAllowed) in [
            ("splice", [7], true), ("socket", [2, 1, 6], true), ("socket", [2, 2], false), ("ptrace", [], false),
        ] as [(String, [UInt64], Bool)] {
            let call = try #require(SystemCall(named: name, on: .x86_64, arguments))
            #expect((learned.profile.decision(for: call, on: .x86_64).action == .allow) == isAllowed, "\(name) \(arguments)")
        }
        let diff = PolicyDiff(from: base, to: learned)
        #expect(diff.changes.allSatisfy { $0.layer == .systemCalls && $0.direction == .widened })
        #expect(!diff.changes.isEmpty)
    }

    @Test func `no reader takes it before a person has given the reasons`() throws {
        let path = try scratch.write("learned.yaml", propose([("splice", [], 1)]).yaml())

        let error = #expect(throws: SandboxError.self) { try PolicyDocument(contentsOf: path) }
        #expect("\(String(describing: error))".contains("reason"), "\(String(describing: error))")
    }

    @Test func `a recording of what is allowed proposes nothing`() {
        #expect(propose([("read", [], 5)]).isEmpty)
    }
}
