import Foundation

/// A folder of its own for one test, removed when the test is over.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "elves-apps-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file below the folder, with the folders above it.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o644) throws -> String {
        let file = "\(path)/\(name)"
        let parent = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
        try write(name, Array(text.utf8), mode: mode)
    }

    /// Puts another file in the place of one that may be read-only.
    func replace(_ name: String, _ text: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        try write(name, text)
    }

    /// The number by which the disk knows the file.
    func inode(_ name: String) throws -> UInt64 {
        let value = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.systemFileNumber]
        return (value as? NSNumber)?.uint64Value ?? 0
    }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) }
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
    func mode(_ name: String) throws -> Int {
        let value = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions]
        return (value as? NSNumber)?.intValue ?? -1
    }

    /// Sorted; empty where there is no such folder.
    func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).sorted()
    }
}

/// Runs a program and waits for its end.
///
/// - Returns: The exit status and what it wrote to standard output and error.
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
