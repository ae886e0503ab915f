// SPDX-License-Identifier: MIT

/// What is wrong with a file of returns, positions or scenarios, and where.
public struct RiskFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1; the last line where something is missing at the end.
    public var line: Int
    /// The byte of the line where the field begins, from 1.
    public var column: Int
    public var reason: String

    public init(line: Int, column: Int, reason: String) {
        self.line = line
        self.column = column
        self.reason = reason
    }

    public var description: String { "line \(line), column \(column): \(reason)" }
}

/// A file of fields between commas, line by line, each field with its place.
///
/// Empty lines and lines that begin with `#` are passed over; spaces around a field do not belong to it. Quotes are refused: none of
/// these files needs them.
struct CommaFile {
    struct Field {
        let text: Substring
        let line: Int
        let column: Int

        func error(_ reason: String) -> RiskFileError { RiskFileError(line: line, column: column, reason: reason) }

        /// A decimal number; what only a programming language writes as a number is none.
        func number(_ what: String) throws(RiskFileError) -> Double {
            guard !text.isEmpty else { throw error("\(what) is missing") }
            let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
            guard isDecimal, let value = Double(text), value.isFinite else {
                throw error("'\(text)' is no number, where \(what) should stand")
            }
            return value
        }
    }

    struct Row {
        let line: Int
        let fields: [Field]
    }

    let header: Row
    let rows: [Row]

    /// Reads all lines; the first is the header, and every other must have as many fields.
    init(_ text: String) throws(RiskFileError) {
        var rows: [Row] = []
        var line = 0
        let body = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        for content in body.split(separator: "\n", omittingEmptySubsequences: false) {
            for part in content.split(separator: "\r\n", omittingEmptySubsequences: false) {
                line += 1
                if part.utf8.allSatisfy(Self.isSpace) || part.utf8.first == UInt8(ascii: "#") { continue }
                rows.append(try Self.row(part, line))
            }
        }
        guard let first = rows.first else { throw RiskFileError(line: 1, column: 1, reason: "the file is empty") }
        header = first
        self.rows = Array(rows.dropFirst())
        for row in self.rows where row.fields.count != first.fields.count {
            let place = row.fields[min(first.fields.count, row.fields.count - 1)]
            throw place.error("\(row.fields.count) fields, where the header has \(first.fields.count)")
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    private static func row(_ text: Substring, _ line: Int) throws(RiskFileError) -> Row {
        var fields: [Field] = []
        var column = 1
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            if let quote = part.firstIndex(of: UInt8(ascii: "\"")) {
                let place = column + part.distance(from: part.startIndex, to: quote)
                throw RiskFileError(line: line, column: place, reason: "quotes are not needed here and not read")
            }
            let lead = part.prefix(while: isSpace).count
            var rest = part.dropFirst(lead)
            while let last = rest.last, isSpace(last) { rest.removeLast() }
            fields.append(Field(text: Substring(rest), line: line, column: column + lead))
            column += part.count + 1
        }
        return Row(line: line, fields: fields)
    }
}
