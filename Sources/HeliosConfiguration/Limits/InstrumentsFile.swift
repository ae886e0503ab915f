// SPDX-License-Identifier: MIT
import HeliosMarket

/// Reads what is known of instruments from a CSV file: the column `symbol`, and keys of an instrument as further columns.
///
/// An empty cell leaves the default.
enum InstrumentsFile {
    /// The instruments of the file at `path`, each as the group that the limits file could have given.
    ///
    /// - Throws: `ConfigurationErrors` with every cell that is wrong.
    static func read(_ path: String) throws(ConfigurationErrors) -> [(symbol: Symbol, group: LimitsGroup)] {
        try parse(try TextFile.read(path), file: path)
    }

    static func parse(
        _ text: String,
        file: String
    ) throws(ConfigurationErrors) -> [(symbol: Symbol, group: LimitsGroup)] {
        var errors: [ConfigurationError] = []
        func trouble(_ line: Int, _ column: Int, _ key: String, _ message: String, _ hint: String? = nil) {
            errors.append(
                ConfigurationError(file: file, line: line, column: column, key: key, message: message, suggestion: hint)
            )
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let header = cells(lines.first ?? "")
        let shape = LimitsSchema.shape("instrument")
        let names = ["symbol"] + shape.members.map(\.name)
        for cell in header where !names.contains(cell.text) {
            let nearest = NearestName.of(cell.text, among: names)
            trouble(1, cell.column, "", "found the column \(JSONText.quoted(cell.text)), which is no key", nearest)
        }
        guard let position = header.firstIndex(where: { $0.text == "symbol" }) else {
            trouble(1, 1, "", "expected a header with the column symbol")
            throw ConfigurationErrors(errors)
        }
        var found: [(symbol: Symbol, group: LimitsGroup)] = []
        var lineOf: [Symbol: Int] = [:]
        for (offset, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
            let row = cells(line)
            let number = offset + 1
            guard row.count == header.count, let symbol = Symbol(row[position].text) else {
                let what =
                    "found \(JSONText.quoted(String(line.prefix(60)))), expected \(header.count) cells and a symbol"
                trouble(number, 1, "", what)
                continue
            }
            if let first = lineOf.updateValue(number, forKey: symbol) {
                trouble(number, row[position].column, "\(symbol)", "stands twice, first in line \(first)")
            }
            var group = LimitsGroup(place: LimitsPlace("\(symbol)", TextPlace(number, 1), file: file))
            for (cell, name) in zip(row, header.map(\.text)) where !cell.text.isEmpty && name != "symbol" {
                guard case .value(let key)? = shape[name]?.form else { continue }
                let place = LimitsPlace("\(symbol).\(name)", TextPlace(number, cell.column), file: file)
                guard let value = key.value(of: cell.text) else {
                    let what = "found \(JSONText.quoted(cell.text)), expected \(key.expectation)"
                    trouble(number, cell.column, place.path, what)
                    continue
                }
                group.values[name] = (value, place)
            }
            found.append((symbol, group))
        }
        if !errors.isEmpty { throw ConfigurationErrors(errors) }
        return found
    }

    /// The cells of a line with the columns where they begin; between quotes a comma is one of the text.
    private static func cells(_ line: Substring) -> [(text: String, column: Int)] {
        var cells: [(text: String, column: Int)] = []
        var current = ""
        var start = 1
        var isQuoted = false
        for (offset, scalar) in line.unicodeScalars.enumerated() {
            switch scalar {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                cells.append((trimmed(current), start))
                (current, start) = ("", offset + 2)
            case "\u{FEFF}": break
            default: current.unicodeScalars.append(scalar)
            }
        }
        cells.append((trimmed(current), start))
        return cells
    }

    private static func trimmed(_ text: String) -> String {
        let end = text.reversed().drop { $0 == " " }
        return String(String(end.reversed()).drop { $0 == " " })
    }
}
