// SPDX-License-Identifier: MIT

/// Rows whose columns line up.
struct TextTable {
    enum Column { case left, right }

    private let columns: [Column]
    private let header: [String]
    private var rows: [[String]] = []

    init(_ columns: [Column], header: [String] = []) {
        self.columns = columns
        self.header = header
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ cells: String...) { rows.append(cells) }
    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The lines, each behind `indent`; no line ends in spaces.
    func lines(indent: String = "  ") -> [String] {
        let all = (header.isEmpty ? [] : [header]) + rows
        let widths = columns.indices.map { column in
            all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return all.enumerated().map { index, cells in
            let padded = cells.indices.map { column -> String in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return columns[column] == .right ? space + cells[column] : cells[column] + space
            }
            var line = indent + padded.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return index == 0 && !header.isEmpty ? Console.toned(line, .faint) : line
        }
    }

    func text(indent: String = "  ") -> String { lines(indent: indent).joined(separator: "\n") }
}
