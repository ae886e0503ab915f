// SPDX-License-Identifier: MIT

extension ReturnTable {
    /// What the numbers of a file are.
    public enum Content: Sendable {
        /// Returns, 0.01 for one per cent.
        case returns
        /// Prices, of which returns are made: today's by yesterday's, less one.
        case prices
    }

    /// Reads `date,SYMBOL,SYMBOL…`: days as yyyy-mm-dd in ascending order, no field left empty.
    ///
    /// - Parameters:
    ///   - csv: the text of the file.
    ///   - content: whether it holds returns or prices.
    /// - Throws: `RiskFileError` with line, column and reason.
    public init(csv: String, content: Content = .returns) throws(RiskFileError) {
        let file = try CommaFile(csv)
        let names = try Self.names(file.header)
        var dates: [String] = []
        var columns = [[Double]](repeating: [], count: names.count)
        for row in file.rows {
            dates.append(try Self.date(row.fields[0], after: dates.last))
            for place in names.indices {
                let field = row.fields[place + 1]
                columns[place].append(try Self.value(field, names[place], content))
            }
        }
        let needed = content == .prices ? 2 : 1
        guard dates.count >= needed else {
            let line = file.rows.last?.line ?? file.header.line
            throw RiskFileError(line: line, column: 1, reason: "\(dates.count) days, at least \(needed) are needed")
        }
        if content == .prices {
            columns = columns.map { prices in zip(prices, prices.dropFirst()).map { $1 / $0 - 1 } }
            dates.removeFirst()
        }
        guard let table = ReturnTable(names: names, columns: columns, dates: dates) else {
            throw RiskFileError(line: file.header.line, column: 1, reason: "the prices make returns above a million")
        }
        self = table
    }

    private static func names(_ header: CommaFile.Row) throws(RiskFileError) -> [String] {
        guard header.fields[0].text == "date" else {
            throw header.fields[0].error("'\(header.fields[0].text)', where the header begins with 'date'")
        }
        guard header.fields.count > 1 else { throw header.fields[0].error("the header names no instrument") }
        var seen: Set<Substring> = []
        for field in header.fields.dropFirst() {
            guard !field.text.isEmpty else { throw field.error("a column without the instrument's name") }
            guard seen.insert(field.text).inserted else { throw field.error("\(field.text) has two columns") }
        }
        return header.fields.dropFirst().map { String($0.text) }
    }

    private static func date(_ field: CommaFile.Field, after last: String?) throws(RiskFileError) -> String {
        let parts = field.text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isDate =
            parts.map(\.count) == [4, 2, 2]
            && parts.allSatisfy { $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
        guard isDate, let month = Int(Substring(parts[1])), let day = Int(Substring(parts[2])),
            (1...12).contains(month), (1...31).contains(day)
        else { throw field.error("'\(field.text)' is no date like 2026-01-30") }
        if let last, field.text <= last[...] { throw field.error("\(field.text) does not come after \(last)") }
        return String(field.text)
    }

    private static func value(
        _ field: CommaFile.Field,
        _ name: String,
        _ content: Content
    ) throws(RiskFileError) -> Double {
        switch content {
        case .prices:
            let price = try field.number("a price of \(name)")
            guard price > 0 else { throw field.error("a price of \(name) is not above zero") }
            return price
        case .returns:
            let value = try field.number("a return of \(name)")
            guard value >= -1, value <= 10 else {
                throw field.error("a return of \(field.text) for \(name) is outside -1 to 10: are these prices?")
            }
            return value
        }
    }
}
