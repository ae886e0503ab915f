// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

extension PricePanel {
    /// Reads a table of daily prices: the header `date,SYMBOL,…`, then a row a day in rising order.
    ///
    /// Dates are `YYYY-MM-DD` or `YYYYMMDD`; an empty cell is a missing price. Only the symbols that have all prices are
    /// kept.
    ///
    /// - Throws: the line that is wrong.
    public static func daily(
        csv text: String
    ) throws(PairScanError) -> (panel: PricePanel, omitted: [PanelOmission]) {
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        while lines.last?.allSatisfy(\.isWhitespace) ?? false { lines.removeLast() }
        guard let header = lines.first else { throw PairScanError(reason: "the table of prices is empty") }
        let names = cells(header).dropFirst().map(String.init)
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else {
            throw PairScanError(reason: "line 1: expected the header date,SYMBOL,…, one symbol a column")
        }
        if let twice = Dictionary(grouping: names, by: \.self).first(where: { $0.value.count > 1 })?.key {
            throw PairScanError(reason: "line 1: the symbol \(twice) stands twice")
        }
        var times: [Timestamp] = []
        var columns: [[Double]] = Array(repeating: [], count: names.count)
        var missing = Array(repeating: 0, count: names.count)
        for (number, line) in lines.enumerated().dropFirst() {
            let row = cells(line)
            guard row.count == names.count + 1 else {
                throw PairScanError(
                    reason: "line \(number + 1): found \(row.count) cells, expected \(names.count + 1) as in the header"
                )
            }
            times.append(try day(row[0], after: times.last, line: number + 1))
            for (column, cell) in row.dropFirst().enumerated() {
                columns[column].append(try price(cell, names[column], line: number + 1))
                if columns[column][columns[column].count - 1] == 0 { missing[column] += 1 }
            }
        }
        let kept = names.indices.filter { missing[$0] == 0 }
        let omitted = names.indices.filter { missing[$0] > 0 }.map {
            PanelOmission(symbol: names[$0], reason: "\(missing[$0]) of \(times.count) prices are missing")
        }
        let panel = PricePanel(
            symbols: kept.map { names[$0] },
            times: kept.isEmpty ? [] : times,
            prices: Matrix(columns: kept.map { columns[$0] }),
            step: PricePanel.day
        )
        return (panel, omitted)
    }

    private static func cells(_ line: Substring) -> [Substring] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
            var cell = cell.drop { $0 == " " || $0 == "\u{FEFF}" }
            while let last = cell.last, last == " " || last == "\r" { cell.removeLast() }
            if cell.count >= 2, cell.first == "\"", cell.last == "\"" { cell = cell.dropFirst().dropLast() }
            return cell
        }
    }

    private static func day(_ cell: Substring, after last: Timestamp?, line: Int) throws(PairScanError) -> Timestamp {
        let digits = cell.filter { $0 != "-" }
        let text = digits.count == 8 ? "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))" : ""
        guard let day = TradingDay(text) else {
            throw PairScanError(reason: "line \(line): \"\(cell)\" is no date such as 2026-01-05")
        }
        guard last.map({ $0 < day.midnight }) ?? true else {
            throw PairScanError(
                reason: "line \(line): \(cell) does not follow the day before it; rows go in the order of days"
            )
        }
        return day.midnight
    }

    /// 0 for a missing price.
    private static func price(_ cell: Substring, _ symbol: String, line: Int) throws(PairScanError) -> Double {
        if cell.isEmpty { return 0 }
        guard let value = Double(cell), value > 0, value.isFinite else {
            throw PairScanError(reason: "line \(line), \(symbol): \"\(cell)\" is no price above zero")
        }
        return value
    }
}
