import ElvesSandbox
import Testing

@Suite struct ControlMessageTests {
    @Test(arguments: [
        ("started 17", ControlMessage.started(process: 17)),
        ("exited 0", .exited(code: 0)),
        ("exited 255", .exited(code: 255)),
        ("signaled 9", .signaled(9)),
        (
            "failed exec 2 starting /usr/bin/x: No such file",
            .failed(layer: "exec", errno: 2, reason: "starting /usr/bin/x: No such file")
        ),
        ("failed plan 0 ", .failed(layer: "plan", errno: 0, reason: "")),
        ("failed no-new-privs 22  two  spaces", .failed(layer: "no-new-privs", errno: 22, reason: " two  spaces")),
    ])
    func `a line of the launcher is a message`(_ line: String, _ message: ControlMessage) throws {
        #expect(try ControlMessage(line) == message)
    }

    @Test(arguments: [
        "", " ", "started", "started ", "started x", "started -1", "started +1", "started 0", "started 1 2", " started 1",
        "started 99999999999", "Started 1", "exited", "exited 256", "exited -1", "exited 0 ", "signaled 0", "signaled 65",
        "failed", "failed exec", "failed exec 2", "failed exec x why", "failed  2 why", "finished 1", "exited 0\r", "\0",
    ])
    func `any other line is an error that shows it`(_ line: String) throws {
        let error = #expect(throws: ControlMessageError.self) { try ControlMessage(line) }

        #expect(try #require(error).line == line)
    }

    @Test func `a long line is cut`() throws {
        let error = #expect(throws: ControlMessageError.self) { try ControlMessage(String(repeating: "x", count: 1000)) }

        #expect(try #require(error).line.count == 200)
    }

    @Test func `commands are the launcher's bytes`() {
        #expect(ControlCommand.kill.rawValue == UInt8(ascii: "k"))
        #expect(ControlCommand.terminate.rawValue == UInt8(ascii: "t"))
    }
}
