import ElvesModel
import Foundation
import Testing

@Suite struct DigestTests {
    private static let hex = "000102030405060708090a0b0c0d0e0ff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"

    @Test func `bytes and hexadecimal characters are the same digest`() throws {
        let digest = Digest(bytes: Array(0...15) + Array(0xF0...0xFF))

        #expect(digest.hex == Self.hex && digest.description == Self.hex)
        #expect(try Digest(hex: Self.hex) == digest)
        #expect(try JSONDecoder().decode([Digest].self, from: JSONEncoder().encode([digest])) == [digest])
    }

    @Test(arguments: [
        "", String(hex.dropLast()), hex + "0", hex.uppercased(), "g" + hex.dropFirst(), " " + hex.dropFirst(),
        "é" + hex.dropFirst(2),
        "../" + hex.dropFirst(3), "\0" + hex.dropFirst(),
    ])
    func `every other text is refused`(text: String) throws {
        #expect(throws: InvalidName.self) { try Digest(hex: text) }
        let data = try JSONEncoder().encode([text])
        #expect(throws: InvalidName.self) { try JSONDecoder().decode([Digest].self, from: data) }
    }
}

@Suite struct ApiErrorTests {
    /// docs of the original: the codes and texts its clients know.
    static let table: [(ApiError, String)] = [
        (.missingSignParameter, "[401.1]Unauthorized Missing Sign Param"),
        (.authIdIllegal, "[401.2]Unauthorized AuthId Is Illegal"),
        (.signTypeIllegal, "[401.3]Unauthorized SignType Is Illegal"),
        (.signLengthIllegal, "[401.4]Unauthorized Sign Length Is Illegal"),
        (.signError, "[401.5]Unauthorized Sign Error"),
        (.permissionDenied, "[401.6]Unauthorized AuthId Permission Denied"),
        (.signTimeout, "[401.7]Unauthorized Sign Timeout"),
        (.timestampIllegal, "[401.8]Unauthorized Timestamp Is Illegal"),
        (.supervisorNotEnabled, "[402.1]Require Module (supervisor) Not Enabled"),
        (.cronNotEnabled, "[402.2]Require Module (cron) Not Enabled"),
        (.queueNotEnabled, "[402.3]Require Module (queue) Not Enabled"),
        (.ipIllegal, "[403.1]Request Params (ip) Illegal"),
        (.paramIllegal, "[403.2]Request Params (param) Illegal"),
        (.appIllegal, "[403.3]Request Params (app) Illegal"),
        (.modeIllegal, "[403.4]Request Params (mode) Illegal"),
        (.cronRuleIllegal, "[403.5]Request Params (cron-rule) Illegal"),
        (.queueIdIllegal, "[403.6]Request Params (queue_id) Illegal"),
        (.funcIllegal, "[403.7]Request Params (func) Illegal"),
        (.timeoutIllegal, "[403.8]Request Params (timeout) Illegal"),
        (.cronIdIllegal, "[403.9]Request Params (cron_id) Illegal"),
        (.sendToAgentFailed, "[410.0]Send Job To Agent Fail"),
        (.storedSendToAgentFailed, "[410.1]Send Job To Agent Fail"),
        (.cronNotFound, "[411.1]Not Find Cron Job To Operate"),
        (.queueNotFound, "[412.1]Queue Not Found"),
        (.queueStatusIncorrect, "[412.2]Queue Status Incorrect!"),
        (.stopTaskError, "[412.3]Stop Task Error"),
        (.dependTaskNotFound, "[412.4]Depend Task Not Found"),
        (.authIdNotFound, "[413.1]AuthId Not Found"),
        (.appNotFound, "[413.2]App Not Found"),
        (.agentInfoNotFound, "[414.1]Agent Info Not Found"),
        (.internalError, "[500]Internal ServerError"),
    ]

    @Test(arguments: table)
    func `each code has the text the original's clients know`(error: ApiError, text: String) {
        #expect(error.envelopeText == text)
    }

    @Test func `the table is complete`() { #expect(Set(Self.table.map(\.0)) == Set(ApiError.allCases)) }
}

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_700_000_123_000_000, "2023-11-14T22:15:23.000Z"),
            (1_700_000_123_250_000, "2023-11-14T22:15:23.250Z"), (951_782_400_500_000, "2000-02-29T00:00:00.500Z"),
            (4_102_444_799_750_000, "2099-12-31T23:59:59.750Z"), (-500_000, "1969-12-31T23:59:59.500Z"),
        ] as [(Int64, String)])
    func `a time is written in UTC with milliseconds`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).iso8601 == text)
    }

    /// Thousandths have no exact binary fraction: they must not come out one lower.
    @Test func `every thousandth of a second is written as it is`() {
        let second: Int64 = 1_700_000_123
        let wrong = (Int64(0)..<1000).filter { millisecond in
            let text = Timestamp(microseconds: second * 1_000_000 + millisecond * 1000).iso8601
            return text != "2023-11-14T22:15:23.\(String(1000 + millisecond).dropFirst())Z"
        }

        #expect(wrong == [])
    }

    @Test func `local text is the date and the time of day`() {
        let text = Timestamp(microseconds: 1_700_000_123_999_000).localText

        #expect(text.count == 19)
        #expect(text.hasPrefix("2023-11-1") && text.hasSuffix(":23"))
        #expect(text.dropFirst(10).first == " ")
    }

    @Test func `times are their microseconds in Codable and in order`() throws {
        let times = [-1, 0, 1, Int64.max].map { Timestamp(microseconds: $0) }

        #expect(times.shuffled().sorted() == times)
        let data = try JSONEncoder().encode(times)
        #expect(String(decoding: data, as: UTF8.self) == "[-1,0,1,9223372036854775807]")
        #expect(try JSONDecoder().decode([Timestamp].self, from: data) == times)
        #expect(Timestamp(microseconds: 1_999_999).seconds == 1)
    }

    @Test(
        arguments: [
            (Duration.zero, 0), (.milliseconds(1), 1), (.microseconds(1999), 1), (.nanoseconds(999_999), 0),
            (.seconds(90), 90_000),
            (.seconds(3) + .milliseconds(7), 3007), (.milliseconds(-5), -5),
        ] as [(Duration, Int64)])
    func `a duration is whole milliseconds`(duration: Duration, milliseconds: Int64) {
        #expect(duration.milliseconds == milliseconds)
    }
}

@Suite struct IdentifierTests {
    @Test func `an id is 16 upper-case hexadecimal characters of the bytes it is given`() {
        let randomness = Randomness { count in (0..<count).map { UInt8($0 * 17) } }

        #expect(randomness.id(TaskID.self).text == "0011223344556677")
        #expect(randomness.hex(bytes: 16) == "00112233445566778899AABBCCDDEEFF")
        #expect(randomness.hex(bytes: 0) == "")
    }

    @Test func `the system's ids do not repeat`() {
        let ids = Set((0..<1000).map { _ in Randomness.system.id(AgentID.self).text })

        #expect(ids.count == 1000)
        #expect(ids.allSatisfy { $0.count == 16 && $0.allSatisfy { "0123456789ABCDEF".contains($0) } })
    }

    @Test func `ids and reasons are plain texts in Codable`() throws {
        let data = try JSONEncoder().encode([TaskID("A\"")])
        #expect(String(decoding: data, as: UTF8.self) == #"["A\""]"#)
        #expect(try JSONDecoder().decode([TaskID].self, from: data) == [TaskID("A\"")])
        let reason = try JSONEncoder().encode([Reason.sandbox(layer: "seccomp")])
        #expect(String(decoding: reason, as: UTF8.self) == #"["sandbox:seccomp"]"#)
    }
}
