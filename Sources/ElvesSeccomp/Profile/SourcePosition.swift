/// A place in a file that people read.
package struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    package let file: String
    /// From 1; 0 for what was made by the program.
    package let line: Int
    /// In bytes, from 1.
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The place of one byte of a text.
    init(file: String, offset: Int, in text: [UInt8]) {
        let before = text.prefix(offset)
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        self.init(file: file, line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: before.count - start + 1)
    }

    package var description: String { line == 0 ? file : "\(file) line \(line)" }
}
