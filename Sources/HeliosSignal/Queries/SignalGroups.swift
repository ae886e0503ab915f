// SPDX-License-Identifier: MIT

/// Which instruments belong together, by one key or several: what `PARTITION BY` goes by.
///
/// ```
/// symbol,sector,issuer
/// KO,drinks,Coca-Cola
/// PEP,drinks,PepsiCo
/// JPM,banks,
/// ```
/// An empty field means that the instrument has no group by that key.
public struct SignalGroups: Sendable, Equatable {
    /// By key, as it was written, its groups in their order.
    private var table: [(key: String, groups: [SignalGroup])] = []

    public init() {}

    /// Reads a table with commas: a line of names, the first `symbol`, then a line for each instrument.
    ///
    /// - Throws: `SignalTableError` with the line of the first fault.
    public init(csv text: String) throws(SignalTableError) {
        var rows = SignalTable(text)
        guard let names = try rows.next() else {
            throw SignalTableError(line: 1, "the table is empty; its first line is symbol,KEY, as symbol,sector")
        }
        guard names.count >= 2, names[0].lowercased() == "symbol" else {
            throw SignalTableError(line: 1, "the first line is symbol and one key or more, as symbol,sector")
        }
        var members: [[(name: String, symbols: [String])]] = Array(repeating: [], count: names.count - 1)
        var places: [[String: Int]] = Array(repeating: [:], count: names.count - 1)
        var known: [String: Int] = [:]
        while let row = try rows.next() {
            guard row.count == names.count else {
                throw SignalTableError(line: rows.line, "\(row.count) fields, not the \(names.count) of the first line")
            }
            guard !row[0].isEmpty else { throw SignalTableError(line: rows.line, "an instrument without a symbol") }
            if let line = known[row[0]] {
                throw SignalTableError(line: rows.line, "\(row[0]) stands in line \(line) already")
            }
            known[row[0]] = rows.line
            for column in 1..<names.count where !row[column].isEmpty {
                let place = places[column - 1][row[column]] ?? members[column - 1].count
                if place == members[column - 1].count { members[column - 1].append((row[column], [])) }
                places[column - 1][row[column]] = place
                members[column - 1][place].symbols.append(row[0])
            }
        }
        for (column, key) in names.dropFirst().enumerated() {
            do {
                try add(key, members[column].map { SignalGroup(key: key, name: $0.name, members: $0.symbols) })
            } catch {
                throw SignalTableError(line: 1, error.description)
            }
        }
    }

    public static func == (a: SignalGroups, b: SignalGroups) -> Bool {
        a.keys == b.keys && zip(a.table, b.table).allSatisfy { $0.groups == $1.groups }
    }

    /// What can be partitioned by.
    public var keys: [String] { table.map(\.key) }

    /// The groups by a key, in whatever case it is written; nil for one that is not known.
    public func groups(by key: String) -> [SignalGroup]? {
        table.first { $0.key.lowercased() == key.lowercased() }?.groups
    }

    /// Adds the groups by a key.
    ///
    /// - Throws: `SignalPlanError` for a key that is known, and for an instrument in two groups.
    public mutating func add(_ key: String, _ groups: [SignalGroup]) throws(SignalPlanError) {
        guard !key.isEmpty, key.lowercased() != "symbol" else {
            throw SignalPlanError("a key has a name other than symbol, which every instrument is its own group by")
        }
        guard self.groups(by: key) == nil else { throw SignalPlanError("the groups by \(key) are given twice") }
        var owners: [String: String] = [:]
        for group in groups {
            for symbol in group.members {
                if let owner = owners[symbol] {
                    throw SignalPlanError("\(symbol) is in \(owner) and in \(group.name): it can have one \(key)")
                }
                owners[symbol] = group.name
            }
        }
        table.append((key, groups))
    }
}

/// What is wrong with a table, and in which line.
public struct SignalTableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    public let message: String
    public var description: String { "line \(line): \(message)" }

    public init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }
}

/// The rows of a text with commas between its fields (RFC 4180, without breaks inside fields); empty lines are passed over.
public struct SignalTable {
    private let text: [UInt8]
    private var place = 0
    /// The line that was read last, from 1.
    public private(set) var line = 0

    public init(_ text: String) {
        self.text = Array(text.utf8)
        // A mark of the byte order, which spreadsheets write.
        if self.text.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    }

    /// The fields of the next line that is not empty, without blanks around them; nil at the end.
    public mutating func next() throws(SignalTableError) -> [String]? {
        while place < text.count {
            let end = text[place...].firstIndex(of: 0x0A) ?? text.count
            let row = text[place..<(end > place && text[end - 1] == 0x0D ? end - 1 : end)]
            place = end + 1
            line += 1
            if row.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
                return try SignalTable.fields(of: row, line: line)
            }
        }
        return nil
    }

    /// The fields of one line.
    public static func fields(of row: ArraySlice<UInt8>, line: Int) throws(SignalTableError) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var wasQuoted = false
        var index = row.startIndex
        while index < row.endIndex {
            let byte = row[index]
            index += 1
            if isQuoted {
                guard byte == 0x22 else {
                    field.append(byte)
                    continue
                }
                guard index < row.endIndex, row[index] == 0x22 else {
                    isQuoted = false
                    continue
                }
                field.append(0x22)
                index += 1
            } else if byte == 0x2C {
                fields.append(text(field, wasQuoted))
                field = []
                wasQuoted = false
            } else if byte == 0x22, field.allSatisfy({ $0 == 0x20 }) {
                (isQuoted, wasQuoted, field) = (true, true, [])
            } else if wasQuoted {
                guard byte == 0x20 || byte == 0x09 else {
                    throw SignalTableError(line: line, "a field ends with its quotation mark; \"\" is one inside it")
                }
            } else {
                field.append(byte)
            }
        }
        if isQuoted { throw SignalTableError(line: line, "a quotation mark is not closed") }
        return fields + [text(field, wasQuoted)]
    }

    private static func text(_ field: [UInt8], _ wasQuoted: Bool) -> String {
        guard !wasQuoted else { return String(decoding: field, as: UTF8.self) }
        let blanks: Set<UInt8> = [0x20, 0x09]
        guard let first = field.firstIndex(where: { !blanks.contains($0) }),
            let last = field.lastIndex(where: { !blanks.contains($0) })
        else { return "" }
        return String(decoding: field[first...last], as: UTF8.self)
    }
}
