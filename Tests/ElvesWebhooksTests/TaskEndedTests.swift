import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesWebhooks
import Testing

@Suite struct TaskEndedTests {
    @Test func `the end of a cron's task says when it was planned`() throws {
        let body = try ended(result: #"{"free":[1,"é"]}"#, .cron(CronID("C1"), planned: noon)).body()

        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"type":"task.ended","timestamp":"2025-06-15T15:06:42.500Z","data":{"id":"T1","trace":"R1","app":"hello","#
                + #""function":"greet","version":"1.2.0","agent":"agent-1","attempt":2,"flag":1,"cron":"C1","#
                + #""planned_at":"2025-06-15T15:06:40.000Z","queued_at":"2025-06-15T15:06:40.000Z","#
                + #""sent_at":"2025-06-15T15:06:41.000Z","started_at":"2025-06-15T15:06:42.000Z","#
                + #""ended_at":"2025-06-15T15:06:42.500Z","result":{"free":[1,"é"]}}}"#)
    }

    @Test func `a result that makes the body longer than 20 KiB is left out, with its size and its place`() throws {
        let frame = try ended(result: #""""#, .queue(QueueID("Q1"))).body().count
        let whole = try ended(
            result: "\"\(String(repeating: "x", count: TaskEndedEvent.limit - frame))\"", .queue(QueueID("Q1"))
        ).body()
        let long = try ended(
            result: "\"\(String(repeating: "x", count: TaskEndedEvent.limit - frame + 1))\"", .queue(QueueID("Q1"))
        ).body()

        #expect(whole.count == TaskEndedEvent.limit)
        let data = try #require(try JSONObject(parsing: long).raw("data"))
        let object = try JSONObject(data)
        #expect(object.raw("result") == nil)
        #expect(try object.integer("result_size") == Int64(TaskEndedEvent.limit - frame + 3))
        #expect(try object.string("result_path") == "/api/v3/tasks/T1")
        #expect(try object.string("queue") == "Q1")
        #expect(long.count < 1024)
    }

    private func ended(result: String, _ origin: TaskOrigin) throws -> TaskEndedEvent {
        TaskEndedEvent(
            report: TaskReport(
                task: TaskID("T1"), trace: TraceID("R1"), app: try AppName("hello"), version: try AppVersion("1.2.0"),
                function: "greet", flag: .succeeded, result: try RawJSON(validating: result), reason: nil,
                receivedAt: seconds(1), startedAt: seconds(2),
                endedAt: Timestamp(microseconds: noon.microseconds + 2_500_000)),
            agent: AgentID("agent-1"), origin: origin, attempt: 2, queuedAt: noon, sentAt: seconds(1),
            resultPath: "/api/v3/tasks/T1")
    }
}
