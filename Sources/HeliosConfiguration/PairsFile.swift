// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy

/// Reads pairs from a CSV file: the header `y,x`, then a pair a line.
///
/// Further columns are ignored, so that the result of a search for pairs can be used as it is; empty lines too.
enum PairsFile {
    /// The pairs of the file at `path`.
    ///
    /// - Throws: `ConfigurationErrors` with every line that is wrong.
    static func read(_ path: String) throws(ConfigurationErrors) -> [PairName] {
        try parse(try TextFile.read(path), file: path)
    }

    static func parse(_ text: String, file: String) throws(ConfigurationErrors) -> [PairName] {
        try ListFile.rows(text, file: file, header: ["y", "x"], "two different symbols such as KO,PEP", "pair") {
            PairName($0[0] + "~" + $0[1])
        }
    }
}

/// Reads lists from CSV files: a header that names the columns, then an element a line.
///
/// Further columns and empty lines are ignored.
enum ListFile {
    /// The symbols of the file at `path`, below the header `symbol`, each once.
    static func symbols(_ path: String) throws(ConfigurationErrors) -> [Symbol] {
        var known: Set<Symbol> = []
        let expected = "a symbol of one to eight characters, which is new"
        return try rows(try TextFile.read(path), file: path, header: ["symbol"], expected, "symbol") { row in
            Symbol(row[0]).flatMap { known.insert($0).inserted ? $0 : nil }
        }
    }

    /// The weights of the file at `path`, below the header `symbol,weight`, each symbol once.
    static func weights(_ path: String) throws(ConfigurationErrors) -> [SymbolWeight] {
        var known: Set<Symbol> = []
        let expected = "a symbol, which is new, and a number that is not zero, such as KO,0.25"
        return try rows(try TextFile.read(path), file: path, header: ["symbol", "weight"], expected, "weight") { row in
            SymbolWeight("\(row[0]): \(row[1])").flatMap { known.insert($0.symbol).inserted ? $0 : nil }
        }
    }

    /// The elements of a CSV text.
    ///
    /// - Parameters:
    ///   - text: the whole file.
    ///   - file: what messages call it.
    ///   - names: the columns that are needed.
    ///   - expected: what a line must be, for messages.
    ///   - what: what an element is called.
    ///   - element: of the columns in the order of `names`; nil for a line that is wrong.
    /// - Returns: at least one element.
    /// - Throws: `ConfigurationErrors` with every line that is wrong.
    static func rows<Element>(
        _ text: String,
        file: String,
        header names: [String],
        _ expected: String,
        _ what: String,
        element: ([String]) -> Element?
    ) throws(ConfigurationErrors) -> [Element] {
        func trouble(_ line: Int, _ message: String) -> ConfigurationError {
            ConfigurationError(file: file, line: line, column: 1, message: message)
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let header = cells(lines.first ?? "")
        let columns = names.compactMap { header.firstIndex(of: $0) }
        guard columns.count == names.count else {
            let found = JSONText.quoted(String((lines.first ?? "").prefix(60)))
            let wanted = names.joined(separator: ",")
            throw ConfigurationErrors([trouble(1, "found \(found), expected the header \(wanted)")])
        }
        var errors: [ConfigurationError] = []
        var elements: [Element] = []
        for (offset, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
            let row = cells(line)
            let isWhole = columns.allSatisfy { $0 < row.count }
            if isWhole, let element = element(columns.map { row[$0] }) {
                elements.append(element)
            } else {
                let found = JSONText.quoted(String(line.prefix(60)))
                errors.append(trouble(offset + 1, "found \(found), expected \(expected)"))
            }
        }
        if elements.isEmpty && errors.isEmpty { errors.append(trouble(1, "found no \(what) below the header")) }
        if !errors.isEmpty { throw ConfigurationErrors(errors) }
        return elements
    }

    /// Symbols need no quoting in CSV, but programs may quote all the same.
    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
            String(cell.drop { $0 == " " || $0 == "\"" || $0 == "\u{FEFF}" }.prefix { $0 != "\"" && $0 != " " })
        }
    }
}
