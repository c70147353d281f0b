import ElvesModel
import ElvesTUF
import Testing

@Suite struct ExpiryTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600), ("2038-01-19T03:14:08Z", 2_147_483_648),
            ("2100-03-01T00:00:00Z", 4_107_542_400), ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] as [(String, Int64)])
    func `a time is read and written`(text: String, seconds: Int64) {
        #expect(ExpiryTime(text)?.seconds == seconds)
        #expect(ExpiryTime(seconds: seconds).description == text)
    }

    @Test(arguments: [
        "", "2030-01-01", "2030-01-01T00:00:00", "2030-01-01T00:00:00z", "2030-01-01 00:00:00Z", "2030-01-01T24:00:00Z",
        "2030-00-01T00:00:00Z", "2030-04-31T00:00:00Z", "2100-02-29T00:00:00Z", "2030-01-01T00:60:00Z", "+030-01-01T00:00:00Z",
        "2030-01-01T00:00:00.5Z", "２030-01-01T00:00Z", "0000-01-01T00:00:00Z",
    ])
    func `anything else is refused`(text: String) {
        #expect(ExpiryTime(text) == nil)
    }

    @Test func `a time is over when it comes`() {
        #expect(!ExpiryTime(seconds: 10).isOver(at: Timestamp(microseconds: 9_999_999)))
        #expect(ExpiryTime(seconds: 10).isOver(at: Timestamp(microseconds: 10_000_000)))
    }
}
