import Testing

/// The rules of the house that no compiler checks.
@Suite struct HouseTests {
    private let house: House

    init() throws { house = try House() }

    // MARK: The map

    @Test func `the manifest was read`() {
        #expect(house.targets.count > 15)
        #expect(
            house.targets.first { $0.name == "ElvesStore" }?.dependencies
                == ["ElvesFlow", "ElvesJSON", "ElvesModel", "ElvesProtocol", "GRDB"])
        #expect(
            house.targets.first { $0.name == "ElvesLink" }?.dependencies.isSuperset(of: ["NIOCore", "NIOSSL", "X509", "Crypto"])
                == true)
        #expect(house.targets.flatMap { $0.dependencies.filter { $0.hasPrefix("unknown") } } == [])
    }

    @Test func `each target depends only on targets above it`() {
        let names = Set(house.targets.map(\.name))
        var above: Set<String> = []
        var wrong: [String] = []
        for target in house.targets {
            wrong += target.dependencies.intersection(names).subtracting(above).map { "\(target.name) on \($0)" }
            above.insert(target.name)
        }
        #expect(wrong == [])
    }

    @Test func `each folder of Sources is a target, and each target a folder`() throws {
        let targets = house.targets.filter { $0.kind != .test }.map(\.name)

        #expect(try house.names(in: "Sources").filter { !$0.hasPrefix(".") } == targets.filter { !isTestSupport($0) }.sorted())
    }

    @Test func `no component of a center depends on another, or on a role`() {
        let components = house.targets.filter { $0.name.hasPrefix("Center") && $0.kind == .library }.map(\.name)
        let forbidden = Set(components + ["ElvesCenter", "ElvesAgent", "ElvesCommands"])
        let wrong = house.targets.filter { components.contains($0.name) }
            .flatMap { target in target.dependencies.intersection(forbidden).map { "\(target.name) on \($0)" } }

        #expect(components.count > 3)
        #expect(wrong == [])
    }

    @Test func `what decides depends on the vocabulary only`() {
        let vocabulary: Set<String> = ["ElvesJSON", "ElvesModel", "ElvesProtocol"]
        let collections: Set<String> = ["DequeModule", "HeapModule", "OrderedCollections"]

        for target in ["ElvesCron", "ElvesFlow", "ElvesSchema"] {
            let allowed = vocabulary.union(collections)
            #expect(house.targets.first { $0.name == target }?.dependencies.subtracting(allowed) == [])
        }
        // Digests are arithmetic.
        let others: Set<String> = ["ElvesFlow", "ElvesSchema", "Crypto"]
        let targets = house.targets.first { $0.name == "ElvesTargets" }
        #expect(targets?.dependencies.subtracting(vocabulary.union(others)) == [])
    }

    // MARK: Imports

    /// What comes with the toolchain.
    private static let standard: Set<String> = [
        "Foundation", "FoundationEssentials", "Synchronization", "Glibc", "Musl", "Dispatch", "Testing",
    ]

    @Test func `each file imports only what its target declares`() {
        var wrong: [String] = []
        for file in house.sources + house.tests {
            guard let target = house.targets.first(where: { $0.name == file.target }) else { continue }
            for (module, line) in file.imports where !target.dependencies.contains(module) && !Self.standard.contains(module) {
                wrong.append("\(file.path):\(line): \(module)")
            }
        }
        #expect(wrong == [])
    }

    @Test func `each dependency on another target is used`() {
        var wrong: [String] = []
        for target in house.targets where target.kind != .system && !isTestSupport(target.name) {
            let files = (house.sources + house.tests).filter { $0.target == target.name }
            guard !files.isEmpty else { continue }
            let imported = Set(files.flatMap { $0.imports.map(\.module) })
            let own = target.dependencies.filter { $0.hasPrefix("Elves") || $0.hasPrefix("Center") }
            wrong += own.subtracting(imported).map { "\(target.name) declares \($0) and never imports it" }
        }
        #expect(wrong.sorted() == [])
    }

    @Test func `no file of Sources imports a component of a center, but those that assemble it`() {
        let wrong = house.sources.filter { $0.target != "ElvesCenter" }
            .flatMap { file in file.imports.filter { $0.module.hasPrefix("Center") }.map { "\(file.path):\($0.line)" } }

        #expect(wrong == [])
    }

    @Test(arguments: [
        ("ElvesModel", "Foundation"), ("ElvesJSON", "Foundation"), ("ElvesFlow", "Foundation"), ("ElvesProtocol", "Foundation"),
        ("ElvesSchema", "Foundation"), ("ElvesCron", "Foundation"), ("ElvesCron", "FoundationEssentials"),
        ("ElvesTargets", "Foundation"),
    ])
    func `the vocabulary and the decisions do without all of Foundation`(target: String, module: String) {
        let wrong = house.sources.filter { $0.target == target && $0.imports.contains { $0.module == module } }.map(\.path)

        #expect(wrong == [])
    }

    // MARK: Habits

    // The texts are put together, so that this file is not found itself.
    @Test(arguments: ["@unchecked" + " Sendable", "nonisolated" + "(unsafe)", "try" + "!", "fatal" + "Error(", "as" + "! "])
    func `nothing in Sources switches a check off or traps`(text: String) {
        #expect(house.sources.flatMap { $0.places(of: text) } == [])
    }

    @Test(arguments: ["Task" + ".sleep", "u" + "sleep(", " s" + "leep(", "\ts" + "leep(", "nano" + "sleep("])
    func `no test sleeps`(text: String) {
        #expect(house.tests.flatMap { $0.places(of: text) } == [])
    }

    @Test func `no file of Sources is longer than 350 lines`() {
        #expect(house.sources.filter { $0.lines.count > 351 }.map { "\($0.path): \($0.lines.count - 1)" } == [])
    }

    @Test func `no line of Sources ends in a blank or holds a tab`() {
        let wrong = house.sources.flatMap { file in
            file.lines.enumerated().filter { $0.element.last == " " || $0.element.contains("\t") }.map {
                "\(file.path):\($0.offset + 1)"
            }
        }
        #expect(wrong == [])
    }

    @Test func `the top level holds what belongs there and nothing else`() throws {
        let known: Set<String> = [
            "Package.swift", "Package.resolved", "Sources", "Tests", "sdk", "apps", "sandbox", "docs", "README.md",
            "README.zh.md",
            "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "NOTICE", "Makefile", ".ci", ".git",
            ".gitignore", ".gitattributes", ".swift-format", ".swift-version", ".editorconfig", ".build",
        ]

        #expect(try house.names(in: ".").filter { !known.contains($0) } == [])
    }

    /// Helpers of tests are plain targets that live in Tests.
    private func isTestSupport(_ target: String) -> Bool { house.tests.contains { $0.target == target } }
}
