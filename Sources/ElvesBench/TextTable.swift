import ElvesJSON
import Foundation

/// Rows of cells as aligned lines: the first column to the left, figures to the right.
struct TextTable {
    /// The heading first; all of the same length.
    let rows: [[String]]

    var lines: [String] {
        let columns = rows.first?.indices ?? 0..<0
        let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { index, cell in
                let blanks = String(repeating: " ", count: widths[index] - cell.count)
                return index == 0 ? cell + blanks : blanks + cell
            }.joined(separator: "  ")
        }
    }
}

/// A figure for people.
func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// A figure for programs.
func decimal(_ value: Double, _ digits: Int) -> RawJSON { (try? RawJSON(validating: number(value, digits))) ?? .null }
