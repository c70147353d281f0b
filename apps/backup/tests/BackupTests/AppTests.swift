import Backup
import ElvesWorker
import Glibc
import Testing
import worker

struct AppTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func make(_ name: String, times: [Int]) throws {
        for time in times { _ = try scratch.creation(name: name, time: time).run { _, _ in } }
    }

    private func call(_ function: String, _ param: JSON) throws -> Answer {
        try BackupApp().call(function, param)
    }

    @Test func `create, verify and list agree`() throws {
        try scratch.put("a", "hello")
        let created = try call("create", ["source": scratch.source, "target": scratch.target, "name": "mine"])
        let archive = try created.result.text("archive")
        #expect(created.flag)
        #expect(created.result["files"] == 1)
        let verified = try call("verify", ["archive": archive])
        #expect(verified.flag)
        #expect(verified.result["sha256"] == created.result["sha256"])
        let listed = try call("list", ["target": scratch.target])
        #expect(listed.result["archives"]?.list?.compactMap { $0["archive"] } == [.text(archive)])
    }

    @Test func `a damaged archive is flag false`() throws {
        try make("x", times: [0])
        let path = "\(scratch.target)/x-19700101T000000Z.tar"
        truncate(path, 100)
        let answer = try call("verify", ["archive": path])
        #expect(!answer.flag)
        #expect(answer.result["problem_count"] == 2)
    }

    @Test func `prune says first and removes then, and never touches another name`() throws {
        try make("x", times: [0, 60, 120])
        try make("x-y", times: [0])
        let param: JSON = ["target": scratch.target, "name": "x", "keep": 1]
        let said = try call("prune", param)
        #expect(said.result["dry_run"] == true)
        #expect(said.result["removed"]?.list?.count == 2)
        #expect(try Shelf(scratch.target).items.count == 4)

        let done = try call("prune", ["target": scratch.target, "name": "x", "keep": 1, "dry_run": false])
        #expect(done.result["removed"] == said.result["removed"])
        #expect(done.result["freed_bytes"] == said.result["freed_bytes"])
        let left = try Shelf(scratch.target).items.map(\.name.archive)
        #expect(left == ["x-19700101T000200Z.tar", "x-y-19700101T000000Z.tar"])
        #expect(try scratch.shelf().count == 6)
    }

    @Test func `an archive without its digest keeps nothing alive and is not removed`() throws {
        try make("x", times: [0, 60])
        #expect(unlink("\(scratch.target)/x-19700101T000100Z.tar.sha256") == 0)
        let answer = try call("prune", ["target": scratch.target, "name": "x", "keep": 1, "dry_run": false])
        #expect(answer.result["removed"] == [])
        #expect(answer.result["incomplete"]?.list?.count == 1)
        #expect(try Shelf(scratch.target).items.count == 2)
    }

    @Test(
        arguments: [
            ("create", ["source": "relative", "target": "/x"]), ("create", ["source": "/a/../b", "target": "/x"]),
            ("create", ["source": "/", "target": "/x"]), ("create", ["target": "/x"]),
            ("verify", ["archive": "/etc/passwd"]), ("prune", ["target": "/x", "name": "x", "keep": 0]),
            ("prune", ["target": "/x", "keep": 1]), ("list", [:]),
        ] as [(String, JSON)])
    func `a parameter that cannot be right is refused`(function: String, param: JSON) {
        #expect(throws: BadParam.self) { try call(function, param) }
    }

    @Test func `an error says what would help`() throws {
        let error = #expect(throws: FileFailure.self) { try call("list", ["target": "/nowhere/at/all"]) }
        #expect(error?.description.contains("has the operator granted it") == true)
        #expect(throws: BadName.self) {
            try call("create", ["source": scratch.source, "target": scratch.target, "name": ".."])
        }
    }
}
