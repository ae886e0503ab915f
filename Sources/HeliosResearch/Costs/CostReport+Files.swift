// SPDX-License-Identifier: MIT
import Foundation
import HeliosExecution

/// A file that is no `tca.json`, or not one that this version reads.
public struct CostReportError: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}

extension CostReport {
    /// The text of `tca.json`: keys in alphabetical order.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // It can fail for numbers only that are none, and means of nothing are absent.
        guard let data = try? encoder.encode(self) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Reads a `tca.json`.
    ///
    /// - Throws: `CostReportError`.
    public init(json: Data) throws(CostReportError) {
        struct Head: Decodable { var schema: String }
        guard let head = try? JSONDecoder().decode(Head.self, from: json) else {
            throw CostReportError("damaged, or no analysis of costs")
        }
        guard head.schema == CostReport.currentSchema else {
            throw CostReportError("its schema is \(head.schema), this version reads \(CostReport.currentSchema)")
        }
        guard let report = try? JSONDecoder().decode(CostReport.self, from: json) else {
            throw CostReportError("damaged: a figure is missing or of another kind")
        }
        let rows = [report.all] + CostDimension.allCases.flatMap { report[$0] ?? [] }
        let count = report.horizonsNanoseconds.count
        guard count > CostReport.oneSecond,
            rows.allSatisfy({ [$0.realisedSpread.count, $0.impact.count, $0.markout.count] == [count, count, count] })
        else { throw CostReportError("damaged: a row does not have a figure for each horizon") }
        self = report
    }

    /// Writes `tca.json` into a directory; its path.
    func write(to directory: String) throws(ResultsError) -> String {
        let path = directory + "/" + CostReport.fileName
        var file = try OutputFile(path)
        file.write(json().utf8)
        try file.close()
        return path
    }
}

// MARK: - CSV
extension CostReport {
    /// One line a row of a dimension, that of everything first; what is not known is empty.
    public func csv() -> String {
        var rows = ResultsRows()
        for column in CostReport.columns { rows.text(column) }
        for horizon in horizonsNanoseconds {
            let name = DurationText.short(horizon).filter { $0 != " " }
            for figure in ["realised_bps", "impact_bps", "markout_bps"] { rows.text("\(figure)_\(name)") }
        }
        rows.endRow()
        add("all", all, to: &rows)
        for dimension in CostDimension.allCases {
            for row in self[dimension] ?? [] { add(dimension.word, row, to: &rows) }
        }
        return String(decoding: rows.bytes, as: UTF8.self)
    }

    static let columns = [
        "by", "key", "name", "orders", "rejected", "fills", "shares", "value", "fees", "fees_bps", "maker_share",
        "fill_rate", "fill_rate_taking", "fill_rate_resting", "fade", "toxicity_bps", "arrival_bps", "effective_bps",
        "parents", "ordered_shares", "done_shares", "ordered_value", "delay", "trading", "opportunity", "parent_fees",
        "shortfall", "delay_bps", "trading_bps", "opportunity_bps", "parent_fees_bps", "shortfall_bps", "vwap_bps",
        "interval_bps", "reversion_bps",
    ]

    private func add(_ dimension: String, _ row: Row, to rows: inout ResultsRows) {
        rows.text(dimension)
        rows.integer(row.key)
        rows.text(row.name)
        for count in [row.orders, row.rejected, row.fills] { rows.integer(count) }
        rows.numbers([
            row.shares, row.value, row.fees, row.feesBasisPoints, row.makerShare, row.fillRate, row.takingFillRate,
            row.restingFillRate, row.fade, row.toxicityBasisPoints, row.arrivalSlippage?.mean,
            row.effectiveSpread?.mean,
        ])
        if let parents = row.parents { rows.integer(parents.count) } else { rows.text("") }
        let (money, points) = (row.parents?.shortfall, row.parents?.shortfallBasisPoints)
        rows.numbers([
            row.parents?.orderedShares, row.parents?.doneShares, row.parents?.orderedValue, money?.delay,
            money?.trading, money?.opportunity, money?.fees, money?.total, points?.delay, points?.trading,
            points?.opportunity, points?.fees, points?.total, row.parents?.vwapSlippage?.mean,
            row.parents?.intervalSlippage?.mean, row.parents?.reversion?.mean,
        ])
        for horizon in horizonsNanoseconds.indices {
            rows.numbers(
                [row.realisedSpread, row.impact, row.markout].map { means in
                    horizon < means.count ? means[horizon]?.mean : nil
                }
            )
        }
        rows.endRow()
    }
}

extension ResultsRows {
    fileprivate mutating func numbers(_ values: [Double?]) {
        for value in values { text(value.map { "\($0)" } ?? "") }
    }
}

extension CostDimension {
    /// The word for it on the command line and in files.
    public var word: String { self == .timeOfDay ? "time" : rawValue }

    /// The dimension of a word.
    public init?(word: String) {
        guard let found = CostDimension.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}
