import ElvesModel
import ElvesPolicy
import Testing

@Suite struct RequestProposalTests {
    private let scratch: ScratchFolder
    private let policy: Policy

    init() throws {
        scratch = try ScratchFolder()
        try scratch.write("base.json", profile(allowing: ["read"]))
        let proxy = "network: {allow: proxy, profile: base.json, reason: tests}"
        let file = try scratch.write("small.yaml", smallPolicy.replacing("network: none", with: proxy))
        policy = try PolicyDocument(contentsOf: file).policy
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let what: String
        /// Grants that the manifest asks for.
        var asked: [String] = []
        /// `access path`, with `start ` in front where it was before the call.
        var tried: [String] = []
        /// `place`, with `direct ` in front where the agent's socket was not asked.
        var places: [String] = []
        let proposed: [String]
        /// A part of a note.
        var note: String?
        var testDescription: String { what }
    }

    static let rows: [Row] = [
        Row(what: "nothing asked, nothing used", proposed: []),
        Row(what: "asked and used", asked: ["read:/srv"], tried: ["read /srv/a"], proposed: ["read:/srv"]),
        Row(what: "asked and looked at", asked: ["read:/srv"], tried: ["look /srv"], proposed: ["read:/srv"]),
        Row(what: "asked and never used", asked: ["read:/srv"], proposed: []),
        Row(
            what: "a neighbour with the same beginning is not the path", asked: ["read:/srv"], tried: ["read /srv2"],
            proposed: ["read:/srv2"]),
        Row(what: "used and not asked", tried: ["read /etc/secret"], proposed: ["read:/etc/secret"]),
        Row(what: "used, not asked, and not on the host", tried: ["read /etc/nowhere"], proposed: []),
        Row(what: "only looked at", tried: ["look /etc/secret"], proposed: []),
        Row(what: "written where reading is asked", asked: ["read:/srv"], tried: ["write /srv/a"], proposed: ["write:/srv"]),
        Row(what: "read where writing is asked", asked: ["write:/srv"], tried: ["read /srv/a"], proposed: ["read:/srv"]),
        Row(
            what: "a file that is made needs its folder", tried: ["write /var/data/new"], proposed: ["write:/var/data"]),
        Row(
            what: "a folder covers what lies in it", tried: ["read /var/data", "read /var/data/old"],
            proposed: ["read:/var/data"]),
        Row(
            what: "a read below a folder that is written", tried: ["write /var/data/new", "read /var/data/old"],
            proposed: ["write:/var/data"]),
        Row(what: "what the policy offers", tried: ["read /proc/meminfo"], proposed: ["read:/proc/meminfo"]),
        Row(what: "what the policy shows", tried: ["read /usr/lib/x", "read /bin/sh", "read /opt/none"], proposed: []),
        Row(
            what: "the sandbox's own places",
            tried: ["read /app/a", "write /tmp/b", "write /dev/null", "read /proc/self/maps"],
            proposed: []),
        Row(
            what: "the start is the runtime's", tried: ["start read /etc/secret"], proposed: [],
            note: "ask for what the app itself needs of it: /etc/secret"),
        Row(
            what: "what a call looks for as the start did", tried: ["read /etc/secret", "start read /etc/secret"],
            proposed: [], note: "looked for at the start"),
        Row(what: "all of the host", tried: ["read /"], proposed: []),
        Row(
            what: "places that are asked for", asked: ["network:*:443", "network:a.test:80"], places: ["b.test:443"],
            proposed: ["network:*:443"]),
        Row(what: "places that are not", places: ["b.test:8080", "b.test:8080"], proposed: ["network:b.test:8080"]),
        Row(
            what: "an address by itself", places: ["direct 192.0.2.1:80"], proposed: ["network:192.0.2.1:80"],
            note: "without the agent's socket"),
        Row(what: "a name server", places: ["direct 127.0.0.1:53"], proposed: [], note: "the agent looks names up"),
    ]

    private static let host: [String: RequestProposal.Presence] = [
        "/etc/secret": .file, "/srv": .folder, "/srv2": .folder, "/var/data": .folder, "/var/data/old": .file, "/": .folder,
    ]

    @Test(arguments: rows) func `the smallest request`(_ row: Row) throws {
        var recording = Recording(source: "run")
        for text in row.tried {
            var words = text.split(separator: " ").map(String.init)
            let phase = words[0] == "start" ? Recording.Phase.start : .steady
            if phase == .start { words.removeFirst() }
            recording.paths.append(
                .init(
                    path: words[1], access: try #require(.init(rawValue: words[0])),
                    moment: .init(phase: phase, function: "f"), count: 1))
        }
        for text in row.places {
            let words = text.split(separator: " ").map(String.init)
            recording.places.append(
                .init(
                    target: try #require(words.last), isDirect: words.count == 2,
                    moment: .init(phase: .steady, function: "f"), count: 1))
        }
        let asked = try row.asked.map { AppRequest.Wish(try Grant($0), reason: "because") }

        let proposal = RequestProposal(
            AppRequest(wishes: asked), under: policy, from: recording, beyond: [], presence: { Self.host[$0] })

        #expect(proposal.proposed.wishes.map(\.grant.description) == row.proposed)
        for wish in proposal.proposed.wishes where asked.contains(where: { $0.grant.target == wish.grant.target }) {
            #expect(wish.reason == "because")
        }
        #expect(proposal.isEqual == (Set(row.asked) == Set(row.proposed)))
        if let note = row.note { #expect(proposal.notes.contains { $0.contains(note) }, "\(proposal.notes)") }
    }

    static let limits: [(present: UInt64?, peak: UInt64?, proposed: UInt64?)] = [
        (nil, nil, nil), (64 << 20, nil, 64 << 20),
        // Half as much again, in steps of 16 MiB, at least 32 MiB.
        (nil, 100 << 20, 160 << 20), (nil, 1 << 20, 32 << 20),
        // Enough and not far too much stays.
        (200 << 20, 100 << 20, 200 << 20), (150 << 20, 100 << 20, 150 << 20),
        // Too little, far too much.
        (120 << 20, 100 << 20, 160 << 20), (8 << 30, 100 << 20, 160 << 20),
        // No less than the policy's 512 MiB is left to it.
        (nil, 400 << 20, nil), (450 << 20, 400 << 20, nil),
    ]

    @Test(arguments: limits) func `limits have headroom, and stay where they fit`(
        _ row: (present: UInt64?, peak: UInt64?, proposed: UInt64?)
    ) {
        var recording = Recording(source: "run")
        recording.peaks.memory = row.peak
        let present = row.present.map { [AppRequest.Limit.memory: $0] } ?? [:]

        let proposal = RequestProposal(
            AppRequest(wishes: [], limits: present), under: policy, from: recording, beyond: [], presence: { _ in nil })

        #expect(proposal.proposed.limits[.memory] == row.proposed)
    }

    @Test func `what was not watched stays as it is`() {
        let present = AppRequest(
            wishes: [], language: "python", runtime: "legacy", isolations: ["zygote"], secrets: ["db"])

        let proposal = RequestProposal(
            present, under: policy, from: Recording(source: "run"), beyond: [], presence: { _ in nil })

        #expect(proposal.diff.changes == [])
        #expect(proposal.isEqual)
    }

    @Test func `calls that no request can give make it unequal`() {
        let proposal = RequestProposal(
            AppRequest(wishes: []), under: policy, from: Recording(source: "run"), beyond: ["splice, made once by f"],
            presence: { _ in nil })
        #expect(!proposal.isEqual)
        #expect(proposal.yaml.hasPrefix("# nothing beside the policy"))
    }

    @Test func `the proposal is printed as a manifest has it`() throws {
        var recording = Recording(source: "run")
        let moment = Recording.Moment(phase: .steady, function: "f")
        recording.paths = [.init(path: "/etc/secret", access: .read, moment: moment, count: 1)]
        recording.places = [.init(target: "a.test:443", isDirect: false, moment: moment, count: 1)]
        recording.peaks = .init(memory: 100 << 20, files: 20)
        let asked = AppRequest.Wish(try Grant("network:a.test:443"), reason: "the \"shop\"")

        let proposal = RequestProposal(
            AppRequest(wishes: [asked]), under: policy, from: recording, beyond: [], presence: { Self.host[$0] })

        #expect(
            proposal.yaml == """
                sandbox:
                  filesystem:
                    read:
                      - path: "/etc/secret"
                        reason: ""  # say what for
                  network:
                    - host: "a.test:443"
                      reason: "the \\"shop\\""
                limits:
                  memory: 160MiB
                  files: 32
                """)
    }
}
