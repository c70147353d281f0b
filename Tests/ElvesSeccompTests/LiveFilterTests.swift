import ElvesSeccomp
import Foundation
import Testing

/// The third opinion beside evaluator and machine: the kernel's own, for every number.
///
/// Filters are loaded in a form that lets nothing through: what the profile allows, and what needs a listener, gets an error
/// of its own. So every answer is exact, and no call does anything.
@Suite(.enabled(if: SeccompArchitecture.native != nil, "no tables for this machine"))
struct LiveFilterTests {
    @Test(arguments: AgreementTests.combinations)
    func `the kernel does what the evaluator says`(_ names: [String]) throws {
        let architecture = try #require(SeccompArchitecture.native)
        var profile = try profileInRepository(names[0])
        for name in names.dropFirst() { profile = profile.adding(try profileInRepository(name)) }
        let evaluator = SeccompEvaluator(profile, on: architecture)
        let calls = CornerCalls.numbers.flatMap { number in
            CornerCalls.arguments(of: number, in: profile, on: architecture).map { SystemCall(number, $0) }
        }
        let filter = try SeccompFilter(compiling: profile.mapActions(\.marked), for: architecture)

        let answers = try kernelAnswers(of: filter, to: calls)
        #expect(answers.count == calls.count)
        for (call, answer) in zip(calls, answers) {
            let decision = evaluator.decision(for: call)
            let isOutside = SystemCallTable.shared.entry(call.number, on: architecture)?.isOutsideFilters == true
            if isOutside, [signaled(SIGILL), -Int64(ENXIO)].contains(answer) { continue }
            if decision.action.marked.kernelAnswer != answer {
                let name = SystemCallTable.shared.name(of: call.number, on: architecture)
                Issue.record("\(name)\(call.arguments): \(decision.action) by \(decision.because), the kernel says \(answer)")
                return
            }
        }
    }

    private func kernelAnswers(of filter: SeccompFilter, to calls: [SystemCall]) throws -> [Int64] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("elves-answers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
        let words = calls.flatMap { [UInt64($0.number)] + $0.arguments }
        try Data(filter.bytes).write(to: file("filter"))
        try words.withUnsafeBytes { Data($0) }.write(to: file("calls"))
        try Data(count: calls.count * 8).write(to: file("answers"))
        let source = repository + "/Tests/Fixtures/seccomp/answers.c"
        let compile = "exec \"${CC:-$(command -v clang || command -v gcc)}\" -std=gnu11 -O1 -o \"$1\" \"$2\""
        try run("/bin/sh", ["-c", compile, "sh", file("ask").path, source])
        try run(file("ask").path, ["filter", "calls", "answers"].map { file($0).path })
        return try Data(contentsOf: file("answers")).withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(arguments)")
    }
}

extension SeccompAction {
    /// An action that lets nothing through, another one for each action that would.
    fileprivate var marked: SeccompAction {
        switch self {
        case .allow: .fail(4090)
        case .notify: .fail(4091)
        case .log: .fail(4092)
        case .trap: .fail(4093)
        case .fail, .killThread, .killProcess: self
        }
    }

    /// What `answers.c` writes for it.
    fileprivate var kernelAnswer: Int64? {
        switch self {
        case .fail(let errno): -Int64(errno)
        case .killThread, .killProcess: signaled(SIGSYS)
        case .allow, .log, .notify, .trap: nil
        }
    }
}

private func signaled(_ number: Int32) -> Int64 { -100_000 - Int64(number) }
