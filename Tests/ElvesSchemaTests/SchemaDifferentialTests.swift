import ElvesJSON
import ElvesSchema
import ElvesTestSupport
import Foundation
import Testing

/// The same verdicts as another implementation of the standard: `jsonschema` of Python.
@Suite struct SchemaDifferentialTests {
    private static let count = 4000
    private static let version = "4.23.0"

    @Test(arguments: [2_020_12] as [UInt64])
    func `random values under random schemas are judged as by another implementation`(seed: UInt64) async throws {
        let scratch = try ScratchFolder()
        var generator = SchemaGenerator(seed: seed)
        let cases = (0..<Self.count).map { _ in (schema: generator.schema(), value: generator.value()) }
        let lines = cases.map { #"{"schema":\#($0.schema),"value":\#($0.value)}"# }
        let input = try scratch.write("cases.jsonl", Array((lines.joined(separator: "\n") + "\n").utf8))
        let program = "\(Checkout.root)/Tests/Fixtures/json-schema/judge.py"

        let judge = try await run(
            try await Self.python(scratch), ["-I", program, input], scratch, limit: .seconds(120)
        ).succeeded()

        let verdicts = judge.output.split(separator: "\n").map { $0 == "good" }
        try #require(verdicts.count == Self.count)
        // A generator whose values are nearly all good, or all bad, would prove little.
        #expect((Self.count / 5...Self.count * 4 / 5).contains(verdicts.count { $0 }))
        for (row, theirs) in zip(cases, verdicts) {
            let schema = try Schema(compiling: RawJSON(validating: row.schema))
            let ours = try schema.failures(of: JSONValue(RawJSON(validating: row.value))).isEmpty
            #expect(ours == theirs, "\(row.value) under \(row.schema)")
        }
    }

    /// The interpreter of an environment below the build folder that has the package; made when it is not there.
    private static func python(_ scratch: ScratchFolder) async throws -> String {
        let folder = "\(Checkout.root)/.build/venvs/jsonschema-\(version)"
        let python = "\(folder)/bin/python"
        if FileManager.default.fileExists(atPath: "\(folder)/complete") { return python }
        // How this machine reaches the package index is the tester's business.
        let environment = ProcessInfo.processInfo.environment.filter { name, _ in
            ["PIP_", "SSL_", "REQUESTS_"].contains { name.hasPrefix($0) } || name.lowercased().hasSuffix("_proxy")
        }
        try await run("/usr/bin/python3", ["-m", "venv", "--clear", folder], scratch, limit: .seconds(120)).succeeded()
        try await run(
            python, ["-m", "pip", "install", "--quiet", "jsonschema==\(version)"], scratch, environment: environment,
            limit: .seconds(300)
        ).succeeded()
        try Data().write(to: URL(filePath: "\(folder)/complete"))
        return python
    }
}
