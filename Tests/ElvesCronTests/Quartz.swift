import ElvesTestSupport
import Foundation

/// Quartz itself, as Debian packages it, asked when it would fire.
struct Quartz {
    private static let java = "/usr/bin/java"
    private static let libraries = ["/usr/share/java/quartz2.jar", "/usr/share/java/slf4j-api.jar"]

    struct Question {
        let expression: String
        let zone: String
        /// The seconds each window begins after, and how many fires are wanted of it.
        let windows: [(after: Int64, limit: Int)]
    }

    /// The fires of each window; nil for an expression that Quartz refuses.
    ///
    /// - Throws: `NoAnswer` where Java or Quartz is missing.
    static func fires(_ questions: [Question]) async throws -> [[[Int64]]?] {
        for file in [java] + libraries where !FileManager.default.fileExists(atPath: file) {
            throw NoAnswer(
                description: "this test compares with Quartz and needs \(file): "
                    + "apt-get install openjdk-17-jdk-headless libquartz2-java")
        }
        let scratch = try ScratchFolder()
        let lines = questions.map { question in
            ([question.expression, question.zone] + question.windows.flatMap { ["\($0.after)", "\($0.limit)"] })
                .joined(separator: "\t")
        }
        let input = try scratch.write("questions", Array((lines.joined(separator: "\n") + "\n").utf8))
        let program = "\(Checkout.root)/Tests/ElvesCronTests/quartz/Fires.java"
        let answer = try await run(
            java, ["-XX:TieredStopAtLevel=1", "-cp", libraries.joined(separator: ":"), program, input], scratch,
            limit: .seconds(240)
        ).succeeded()
        let answers = answer.output.split(separator: "\n")
        guard answers.count == questions.count else {
            throw NoAnswer(description: "\(answers.count) answers to \(questions.count) questions: \(answer.errors)")
        }
        return answers.map { line in
            line == "refused"
                ? nil
                : line.split(separator: " ").map { $0 == "none" ? [] : $0.split(separator: ",").compactMap { Int64($0) } }
        }
    }
}

/// Quartz could not be asked.
struct NoAnswer: Error, CustomStringConvertible {
    let description: String
}
