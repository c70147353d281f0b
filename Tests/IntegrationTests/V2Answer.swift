import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport

/// The answer to a call of `rt/exec`, read for comparing it with the record.
struct V2Answer: Sendable {
    /// Nil if the call was refused, with `error`.
    let task: String?
    let flag: Int64
    let message: String
    let cost: Int64
    let error: String

    init(_ reply: HTTPReply) throws {
        let envelope = try JSONObject(parsing: Array(reply.body.utf8))
        error = try envelope.require("error", envelope.string("error"))
        guard let raw = envelope.raw("result") else {
            (task, flag, message, cost) = (nil, 0, "", 0)
            return
        }
        let result = try JSONObject(raw)
        task = try result.require("id", result.string("id"))
        flag = try result.require("worker_flag", result.integer("worker_flag"))
        message = try result.require("worker_message", result.string("worker_message"))
        cost = try result.require("worker_costtime", result.integer("worker_costtime"))
    }

    /// Whether a record says what the caller was told.
    func agrees(with view: TaskView) -> Bool {
        let report = view.report
        return report.task.text == task && Int64(report.flag.rawValue) == flag && report.costMilliseconds == cost
            && (report.result.stringValue ?? report.result.compact.text) == message
    }
}
