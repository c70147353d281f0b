import ElvesJSON
import Foundation

/// Writes a line to standard output at once; `print` would hold it back in a pipe.
func printLine(_ text: String) { write(text, to: .standardOutput) }

func printError(_ text: String) { write(text, to: .standardError) }

func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    printLine(String(decoding: try encoder.encode(value), as: UTF8.self))
}

func printJSON(_ value: RawJSON) { printLine(value.text) }

private func write(_ text: String, to handle: FileHandle) {
    // A reader that is gone is no reason to fail.
    try? handle.write(contentsOf: Data((text + "\n").utf8))
}

/// Prints rows under a heading, each column as wide as its widest cell.
func printTable(_ heading: [String], _ rows: [[String]]) {
    let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
    for row in [heading] + rows {
        let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        printLine(line)
    }
}
