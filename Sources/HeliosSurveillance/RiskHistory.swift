// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk

/// What is kept of each day, so that later days can be judged by it: profit and loss, value at risk, which control refused how
/// often, how far each limit was used, and how busy the busiest second was.
///
/// A CSV of four columns, `day`, `kind`, `name`, `value`, to which each day's report appends; a day that is reported again takes the
/// place of its rows. Kinds: `pnl` and `var` (decimals), `control` (refusals, by control), `tested` (a control that was made to fire
/// on purpose), `use` and `limit` (the 99.9-percentile of the use and the limit, by limit), `peak` (`messages`, `trades` in a second),
/// `kill` (a test of the kill switch). A row that nothing could be counted by is no history: reading it fails and names the line.
public struct RiskHistory: Sendable, Equatable {
    /// One row.
    public struct Entry: Sendable, Equatable {
        public var day: String
        public var kind: String
        public var name: String
        public var value: String

        public init(day: String, kind: String, name: String = "", value: String) {
            self.day = day
            self.kind = kind
            self.name = name
            self.value = value
        }
    }

    public var entries: [Entry] = []

    public init() {}

    /// Reads a file; one that is not there is an empty history.
    ///
    /// - Throws: `EvidenceError` when it can't be read, or for a row that says nothing, with its line.
    public init(_ path: String) throws(EvidenceError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
            return
        } catch {
            // Taken for empty it would be written over.
            throw EvidenceError("can't read \(path): \(error.localizedDescription)")
        }
        var once: Set<String> = []
        for row in try CSVTable([UInt8](data), path, needs: ["day", "kind", "name", "value"]).rows {
            guard TradingDay(row["day"]) != nil else { throw row.error("day", "expected a day such as 2026-11-20") }
            let kind = row["kind"]
            guard RiskHistory.kinds.contains(kind) else {
                throw row.error("kind", "expected one of " + RiskHistory.kinds.sorted().joined(separator: ", "))
            }
            if let expected = RiskHistory.expected(of: kind, row["value"]) { throw row.error("value", expected) }
            if kind == "control" || kind == "tested", !RiskControl.allCases.contains(where: { $0.name == row["name"] })
            {
                throw row.error("name", "expected a control such as P03")
            }
            if kind == "pnl" || kind == "var", !once.insert(row["day"] + kind).inserted {
                throw row.error("kind", "told twice for \(row["day"])")
            }
            entries.append(Entry(day: row["day"], kind: kind, name: row["name"], value: row["value"]))
        }
    }

    private static let kinds: Set<String> = ["control", "kill", "limit", "peak", "pnl", "tested", "use", "var"]

    /// What a value of a kind must be; nil when `value` is.
    private static func expected(of kind: String, _ value: String) -> String? {
        switch kind {
        case "pnl": amount(value) == nil ? "expected an amount such as -1250.50" : nil
        case "var": (amount(value) ?? -1) < 0 ? "expected an amount that is not negative" : nil
        case "use", "limit": Int128(value) == nil ? "expected a whole number" : nil
        case "kill" where value.isEmpty: nil
        default: (Int(value) ?? -1) < 0 ? "expected a count" : nil
        }
    }

    /// An amount of money as a number; nil for what is none.
    static func amount(_ value: String) -> Double? {
        guard (try? Money(decimal: value)) != nil else { return nil }
        return Double(value).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The days, in order.
    public var days: [String] { Set(entries.map(\.day)).sorted() }

    /// Takes a day's rows in the place of those that it had from a report; what people have noted (`tested`, `kill`, and a `var`
    /// where the report has none) stays.
    public mutating func replace(_ day: String, by rows: [Entry]) {
        let kinds = Set(rows.map(\.kind)).union(["control", "use", "limit", "peak", "pnl"])
        entries.removeAll { $0.day == day && kinds.contains($0.kind) }
        entries += rows
        entries = entries.enumerated().sorted { ($0.element.day, $0.offset) < ($1.element.day, $1.offset) }.map(
            \.element
        )
    }

    /// Writes the file under a temporary name and renames it.
    ///
    /// - Throws: `EvidenceError`.
    public func write(to path: String) throws(EvidenceError) {
        var bytes = Array("day,kind,name,value\n".utf8)
        for entry in entries {
            for (place, field) in [entry.day, entry.kind, entry.name, entry.value].enumerated() {
                if place > 0 { bytes.append(0x2C) }
                EvidenceFile.quote(field, &bytes)
            }
            bytes.append(0x0A)
        }
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw EvidenceError("can't write \(path): \(error.localizedDescription)")
        }
    }
}

/// T07: how value at risk held, over the history.
public struct VarBacktest: Sendable {
    public struct Day: Sendable, Equatable {
        public var day: String
        public var pnl: Double
        public var valueAtRisk: Double
        public var isException: Bool { pnl < -valueAtRisk }
    }

    public var days: [Day]
    /// Days up to the last one that have a `pnl` or a `var` and not the other: they count for nothing.
    public var incomplete: [String]
    public var confidence: Double
    public var exceptions: Int
    public var kupiec: RiskBacktest.Test?
    public var christoffersen: RiskBacktest.Test?
    public var zone: RiskBacktest.Zone?

    /// - Parameters:
    ///   - history: its days that have both a `pnl` and a `var`.
    ///   - last: the day of the report; later ones are not known to it. Nil for all.
    ///   - confidence: of the value at risk.
    ///   - window: the last days that count.
    public init(_ history: RiskHistory, until last: String? = nil, confidence: Double = 0.99, window: Int = 250) {
        var pnl: [String: Double] = [:]
        var risk: [String: Double] = [:]
        // Days are written so that their order is that of the text.
        for entry in history.entries where last.map({ entry.day <= $0 }) ?? true {
            guard let amount = RiskHistory.amount(entry.value) else { continue }
            if entry.kind == "pnl" { pnl[entry.day] = amount }
            if entry.kind == "var", amount >= 0 { risk[entry.day] = amount }
        }
        self.confidence = confidence
        incomplete = Set(pnl.keys).symmetricDifference(risk.keys).sorted()
        days = Set(pnl.keys).intersection(risk.keys).sorted().compactMap { day in
            guard let profit = pnl[day], let value = risk[day] else { return nil }
            return Day(day: day, pnl: profit, valueAtRisk: value)
        }.suffix(window)
        let losses = days.map(\.isException)
        exceptions = losses.count { $0 }
        kupiec = RiskBacktest.kupiec(exceptions: exceptions, days: days.count, expected: 1 - confidence)
        christoffersen = RiskBacktest.christoffersen(RiskBacktest.Transitions(losses))
        zone = RiskBacktest.zone(exceptions: exceptions, days: days.count, expected: 1 - confidence)
    }

    /// An alert when the zone is not green.
    public func alert(at time: Timestamp) -> RiskAlertRecord? {
        guard let zone, zone != .green else { return nil }
        return RiskAlertRecord(
            .t07,
            zone == .red ? .incident : .warning,
            "exceptions-\(zone)",
            at: time,
            raised: time,
            value: Int128(exceptions),
            text: "\(exceptions) of \(days.count) days lost more than the value at risk: zone \(zone)"
        )
    }
}
