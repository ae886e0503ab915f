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
        func trouble(_ line: Int, _ message: String) -> ConfigurationError {
            ConfigurationError(file: file, line: line, column: 1, message: message)
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let header = cells(lines.first ?? "")
        guard let y = header.firstIndex(of: "y"), let x = header.firstIndex(of: "x") else {
            throw ConfigurationErrors([
                trouble(1, "found \(JSONText.quoted(String((lines.first ?? "").prefix(60)))), expected the header y,x")
            ])
        }
        var errors: [ConfigurationError] = []
        var pairs: [PairName] = []
        for (offset, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
            let row = cells(line)
            if max(x, y) < row.count, let pair = PairName(row[y] + "~" + row[x]) {
                pairs.append(pair)
            } else {
                let found = JSONText.quoted(String(line.prefix(60)))
                errors.append(trouble(offset + 1, "found \(found), expected two different symbols such as KO,PEP"))
            }
        }
        if pairs.isEmpty && errors.isEmpty { errors.append(trouble(1, "found no pair below the header")) }
        if !errors.isEmpty { throw ConfigurationErrors(errors) }
        return pairs
    }

    /// Symbols need no quoting in CSV, but programs may quote all the same.
    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
            String(cell.drop { $0 == " " || $0 == "\"" || $0 == "\u{FEFF}" }.prefix { $0 != "\"" && $0 != " " })
        }
    }
}
