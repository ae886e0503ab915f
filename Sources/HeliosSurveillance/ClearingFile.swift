// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk

/// T08: what the clearing firm has at the end of the day, against what the executions come to.
///
/// CSV with the columns `item`, `symbol`, `value`: one row `position` for each symbol held, and rows `cash`, `fees` and `borrow`
/// without a symbol. A position that is not listed is zero; `cash` and `fees` must be there. Values are decimals, read exactly.
///
/// What borrowed shares cost is in no journal: it is compared when we know it, and else only taken out of the cash.
public struct ClearingFile: Sendable, Equatable {
    public var positions: [String: Quantity] = [:]
    public var cash = Money.zero
    public var fees = Money.zero
    /// Paid for shares that were borrowed, and taken out of the cash; nil when it is not known.
    public var borrow: Money?

    public init() {}

    /// - Throws: `EvidenceError`, which names the line.
    public init(_ path: String) throws(EvidenceError) {
        guard let data = FileManager.default.contents(atPath: path) else { throw EvidenceError("can't read \(path)") }
        try self.init(bytes: [UInt8](data), path)
    }

    init(bytes: [UInt8], _ path: String) throws(EvidenceError) {
        var seen: Set<String> = []
        for row in try CSVTable(bytes, path, needs: ["item", "symbol", "value"]).rows {
            let key = row["item"] + " " + row["symbol"]
            guard seen.insert(key).inserted else { throw row.error("item", "told twice") }
            switch row["item"] {
            case "position":
                guard let quantity = try? Quantity(decimal: row["value"]), !row["symbol"].isEmpty else {
                    throw row.error("value", "expected a symbol and a quantity")
                }
                positions[row["symbol"]] = quantity
            case "cash": cash = try ClearingFile.money(row)
            case "fees": fees = try ClearingFile.money(row)
            case "borrow": borrow = try ClearingFile.money(row)
            default: throw row.error("item", "expected position, cash, fees or borrow")
            }
        }
        for needed in ["cash", "fees"] where !seen.contains(needed + " ") {
            throw EvidenceError("\(path): no row '\(needed)'")
        }
    }

    private static func money(_ row: CSVTable.Row) throws(EvidenceError) -> Money {
        guard let money = try? Money(decimal: row["value"]) else {
            throw row.error("value", "expected an amount of money")
        }
        return money
    }

    /// The file as the clearing firm would send it.
    public var text: String {
        var text = "item,symbol,value\n"
        for (symbol, quantity) in positions.sorted(by: { $0.key < $1.key }) {
            text += "position,\(symbol),\(quantity)\n"
        }
        text += "cash,,\(cash)\nfees,,\(fees)\n"
        return text + (borrow.map { "borrow,,\($0)\n" } ?? "")
    }
}

/// One line of a reconciliation: ours, theirs, and what lies between.
public struct ReconciliationLine: Sendable, Equatable {
    public var item: String
    public var symbol: String
    public var measure: RiskMeasure
    public var ours: Int128
    public var theirs: Int128

    public var difference: Int128 { theirs - ours }
    public var isEqual: Bool { ours == theirs }
}

extension PositionFold {
    /// What is held, as the clearing firm should have it; `borrow` is what borrowed shares have cost, where that is known.
    public func clearing(_ names: InstrumentDirectory, borrow: Money? = nil) -> ClearingFile {
        var file = ClearingFile()
        var fees: Int128 = 0
        for (instrument, holding) in holdings {
            fees += holding.fees
            guard holding.position != 0 else { continue }
            file.positions[names.name(of: Instrument(id: instrument))] = Quantity(
                raw: Int64(clamping: holding.position)
            )
        }
        file.cash = Money(raw: cash - (borrow?.raw ?? 0))
        file.fees = Money(raw: fees)
        file.borrow = borrow
        return file
    }
}

extension ClearingFile {
    /// Every line, ours against theirs, by symbol; and an alert for each that differs.
    ///
    /// Borrow is a line when we know what it should be. When only they tell it, it is taken out of our cash as they tell it, and a
    /// notice says so.
    public func reconciled(
        with theirs: ClearingFile,
        at time: Timestamp,
        _ alerts: inout [RiskAlertRecord]
    ) -> [ReconciliationLine] {
        var lines = Set(positions.keys).union(theirs.positions.keys).sorted().map { symbol in
            ReconciliationLine(
                item: "position",
                symbol: symbol,
                measure: .quantity,
                ours: Int128(positions[symbol]?.raw ?? 0),
                theirs: Int128(theirs.positions[symbol]?.raw ?? 0)
            )
        }
        let charged = borrow == nil ? theirs.borrow ?? .zero : .zero
        var sums = [("cash", cash - charged, theirs.cash), ("fees", fees, theirs.fees)]
        if let borrow { sums.append(("borrow", borrow, theirs.borrow ?? .zero)) }
        if charged != .zero { alerts.append(ClearingFile.unchecked(charged, at: time)) }
        for (item, mine, other) in sums {
            lines.append(ReconciliationLine(item: item, symbol: "", measure: .money, ours: mine.raw, theirs: other.raw))
        }
        for line in lines where !line.isEqual {
            let what = line.symbol.isEmpty ? line.item : "\(line.item) of \(line.symbol)"
            alerts.append(
                RiskAlertRecord(
                    .t08,
                    .incident,
                    "\(line.item)-difference",
                    at: time,
                    raised: time,
                    scope: line.symbol,
                    measure: line.measure,
                    value: line.theirs,
                    limit: line.ours,
                    text: "\(what): the clearing firm has \(line.measure.text(line.theirs)), we have "
                        + "\(line.measure.text(line.ours)), a difference of \(line.measure.text(line.difference))"
                )
            )
        }
        return lines
    }

    /// A charge that nothing of ours can be held against.
    private static func unchecked(_ borrow: Money, at time: Timestamp) -> RiskAlertRecord {
        RiskAlertRecord(
            .t08,
            .notice,
            "borrow-unchecked",
            at: time,
            raised: time,
            measure: .money,
            value: borrow.raw,
            text:
                "borrow: the clearing firm charges \(RiskMeasure.money.text(borrow.raw)); what we expect was not given, "
                + "so it is not compared, and cash is compared after it"
        )
    }
}
