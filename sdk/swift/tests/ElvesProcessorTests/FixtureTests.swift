import ElvesDigest
import ElvesProcessor
import Glibc
import Testing

/// Replays sdk/protocol/processor/fixtures, as processor.md says.
struct FixtureTests {
    static let folder =
        #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" } + "/protocol/processor/fixtures"

    static let cases: [String] = {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json") { names.append(name) }
        }
        return names.sorted()
    }()

    @Test func `the fixtures are found`() {
        #expect(Self.cases.count >= 25)
    }

    @Test(arguments: cases)
    func `the verdict is the fixture's`(name: String) throws {
        let fixture = try JSON(parsing: read("\(Self.folder)/\(name)"))
        let expected = try #require(fixture["expect"])
        #expect(try verdict(of: fixture) == expected)
    }

    /// What the processor says to a fixture's request, in the words of the fixtures.
    private func verdict(of fixture: JSON) throws -> JSON {
        let secrets = fixture["secrets"]?.list?.compactMap(\.text) ?? []
        var headers: [String: String] = [:]
        for (name, value) in fixture["headers"]?.members ?? Members() { headers[name] = value.text }
        let encoded = fixture["body_base64"]?.text.flatMap(Base64.bytes)
        let body = try #require(encoded ?? fixture["body"]?.text.map { Array($0.utf8) })
        let now = try #require(fixture["now"]?.integer)
        do {
            let delivery = try Processor(secrets: secrets).receive(headers: headers, body: body, now: now)
            guard let outcome = delivery.outcome else {
                return ["verdict": "ignored", "id": delivery.id, "type": delivery.type]
            }
            return ["verdict": "accepted", "id": delivery.id, "type": delivery.type, "data": json(outcome)]
        } catch is BadSecret {
            return ["verdict": "refused", "cause": "secret"]
        } catch let error as Rejected {
            return ["verdict": "refused", "cause": cause(error)]
        }
    }

    private func json(_ outcome: Outcome) -> JSON {
        let instruction = outcome.instruction
        return [
            "instruction": [
                "id": instruction.id, "ip": instruction.ip, "agent": instruction.agent, "mode": instruction.mode,
                "app": instruction.app, "version": instruction.version, "function": instruction.function,
                "param": instruction.param, "timeout": instruction.timeout,
            ] as JSON,
            "flag": outcome.flag.rawValue, "result": outcome.result, "reason": outcome.reason,
            "cost_ms": outcome.cost / .milliseconds(1),
        ]
    }

    private func cause(_ error: Rejected) -> String {
        switch error {
        case .missingHeader: "missing-header"
        case .badHeader: "bad-header"
        case .wrongSignature: "signature"
        case .wrongTime: "time"
        case .badBody: "body"
        }
    }

    private func read(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        return Array(bytes[..<fread(&bytes, 1, bytes.count, file)])
    }
}
