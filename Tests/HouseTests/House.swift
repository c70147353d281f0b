import Foundation

/// The repository as it lies on the disk.
struct House {
    /// What `Package.swift` says of one target.
    struct Target {
        enum Kind: String {
            case library = "target", executable = "executableTarget", test = "testTarget", system = "systemLibrary"
        }
        let kind: Kind
        let name: String
        /// Names of targets and of products.
        let dependencies: Set<String>
    }

    struct SourceFile {
        /// From the root of the repository.
        let path: String
        /// The folder below Sources or Tests.
        let target: String
        let lines: [Substring]
    }

    let root: URL
    /// In the order of the manifest.
    let targets: [Target]
    let sources: [SourceFile]
    let tests: [SourceFile]

    init(filePath: String = #filePath) throws {
        root = URL(filePath: filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        targets = try Manifest(text: String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)).targets
        sources = try Self.swiftFiles(below: "Sources", of: root)
        tests = try Self.swiftFiles(below: "Tests", of: root)
    }

    func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path(percentEncoded: false)).sorted()
    }

    private static func swiftFiles(below folder: String, of root: URL) throws -> [SourceFile] {
        let base = root.appending(path: folder)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path(percentEncoded: false)).sorted()
        return try paths.filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }.map { path in
            let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
            return SourceFile(
                path: "\(folder)/\(path)", target: String(path.prefix { $0 != "/" }),
                lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }
}

extension House.SourceFile {
    /// The modules the file imports, with the lines that say so.
    var imports: [(module: String, line: Int)] {
        lines.enumerated().compactMap { index, line in
            // Indented, it is text of another language.
            guard !line.hasPrefix(" ") else { return nil }
            let words = line.split(separator: " ")
            guard let word = words.firstIndex(of: "import"), words.indices.contains(word + 1),
                words[..<word].allSatisfy({
                    $0.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains($0)
                })
            else { return nil }
            // `import struct Foundation.Date` names a declaration; the module is its first part.
            let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "typealias", "var", "let", "actor"]
            let name = kinds.contains(words[word + 1]) && words.count > word + 2 ? words[word + 2] : words[word + 1]
            return (String(name.prefix { $0 != "." }), index + 1)
        }
    }

    /// The places where a text stands in code, comments left out.
    func places(of text: String) -> [String] {
        lines.enumerated().compactMap { index, line in
            let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
            return code.contains(text) ? "\(path):\(index + 1)" : nil
        }
    }
}
