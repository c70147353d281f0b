import ElvesFlow
import ElvesJSON
import ElvesModel
import Testing

@Suite struct LegacyAnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let output: String
        let flag: TaskFlag
        let result: String
        var testDescription: String { output }
    }

    @Test(arguments: [
        Row(
            output: "<ElvesWFlag>true</ElvesWFlag>\n<ElvesWResult>toryzen</ElvesWResult>\n", flag: .succeeded,
            result: "toryzen"),
        Row(output: "<ElvesWFlag>false</ElvesWFlag><ElvesWResult>no</ElvesWResult>", flag: .failed, result: "no"),
        Row(output: "<ElvesWFlag>True</ElvesWFlag><ElvesWResult>no</ElvesWResult>", flag: .failed, result: "no"),
        Row(
            output: "noise <ElvesWFlag>true</ElvesWFlag> noise <ElvesWResult>a\nb</ElvesWResult> noise", flag: .succeeded,
            result: "a\nb"),
        Row(
            output: "<ElvesWFlag>false</ElvesWFlag><ElvesWResult><ElvesWFlag>true</ElvesWFlag></ElvesWResult>", flag: .failed,
            result: "<ElvesWFlag>true</ElvesWFlag>"),
        Row(
            output: "<ElvesWFlag>true</ElvesWFlag><ElvesWResult>a</ElvesWResult>b</ElvesWResult>", flag: .succeeded,
            result: "a</ElvesWResult>b"),
        Row(output: "<ElvesWFlag>true</ElvesWFlag><ElvesWResult></ElvesWResult>", flag: .succeeded, result: ""),
    ])
    func `tags say flag and result`(row: Row) {
        let answer = LegacyAnswer.parse(Array(row.output.utf8))
        #expect(answer == WorkerAnswer(flag: row.flag, result: .string(row.result), reason: nil))
    }

    @Test(arguments: [
        "", "true", "<ElvesWFlag>true", "<elveswflag>true</elveswflag><ElvesWResult>x</ElvesWResult>",
        "<ElvesWFlag>true</ElvesWFlag>", "<ElvesWFlag>true</ElvesWFlag><ElvesWResult>x",
        "<ElvesWResult>x</ElvesWResult><ElvesWFlag>true</ElvesWFlag>",
    ])
    func `without both tags there is no answer`(output: String) {
        let answer = LegacyAnswer.parse(Array(output.utf8))
        #expect(answer.flag == .error)
        #expect(answer.reason == .noResult)
    }
}
