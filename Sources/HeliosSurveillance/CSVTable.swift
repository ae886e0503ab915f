// SPDX-License-Identifier: MIT
import HeliosMarket

/// A CSV file with a header line, whose columns are found by name.
struct CSVTable {
    struct Row {
        fileprivate let path: String
        let line: Int
        fileprivate let columns: [String: Int]
        fileprivate let fields: [String]

        /// The field of a column; empty when the file or the row has none.
        subscript(column: String) -> String {
            guard let place = columns[column], place < fields.count else { return "" }
            return fields[place]
        }

        func integer(_ column: String) throws(EvidenceError) -> Int64 {
            guard let value = Int64(self[column]) else { throw error(column, "expected a whole number") }
            return value
        }

        func error(_ column: String, _ what: String) -> EvidenceError {
            EvidenceError("\(path), line \(line), \(column): found '\(self[column])', \(what)")
        }
    }

    let columns: [String]
    private(set) var rows: [Row] = []

    /// - Throws: `EvidenceError` when a needed column is missing or a quote is not closed.
    init(_ bytes: [UInt8], _ path: String, needs: [String]) throws(EvidenceError) {
        var lines = CSVTable.lines(bytes)
        guard let first = lines.first, !first.isEmpty else {
            throw EvidenceError("\(path): is empty, expected a header line")
        }
        let header = try CSVTable.fields(lines.removeFirst(), path, 1)
        columns = header
        var places: [String: Int] = [:]
        for (place, name) in header.enumerated() where places[name] == nil { places[name] = place }
        for name in needs where places[name] == nil {
            throw EvidenceError("\(path), line 1: no column '\(name)', found \(header.joined(separator: ", "))")
        }
        for (index, line) in lines.enumerated() where !line.isEmpty {
            let fields = try CSVTable.fields(line, path, index + 2)
            rows.append(Row(path: path, line: index + 2, columns: places, fields: fields))
        }
    }

    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { $0.last == 0x0D ? $0.dropLast() : $0 }
    }

    static func fields(_ line: ArraySlice<UInt8>, _ path: String, _ number: Int) throws(EvidenceError) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var place = line.startIndex
        while place < line.endIndex {
            let byte = line[place]
            if isQuoted {
                if byte == 0x22, place + 1 < line.endIndex, line[place + 1] == 0x22 {
                    field.append(0x22)
                    place += 1
                } else if byte == 0x22 {
                    isQuoted = false
                } else {
                    field.append(byte)
                }
            } else if byte == 0x22 {
                isQuoted = true
            } else if byte == 0x2C {
                fields.append(String(decoding: field, as: UTF8.self))
                field.removeAll(keepingCapacity: true)
            } else {
                field.append(byte)
            }
            place += 1
        }
        guard !isQuoted else { throw EvidenceError("\(path), line \(number): a quote is not closed") }
        fields.append(String(decoding: field, as: UTF8.self))
        return fields
    }
}
