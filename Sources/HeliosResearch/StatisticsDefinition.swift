// SPDX-License-Identifier: MIT
import HeliosMarket

/// In what a statistic is measured.
public enum StatisticUnit: String, Sendable {
    /// Currency units, exact.
    case money
    /// A share of one, shown in per cent.
    case fraction
    case ratio
    case count
    case shares
    /// Hundredths of a per cent.
    case basisPoints
    case nanoseconds
}

/// The value of a statistic.
///
/// There is no NaN and no stand-in zero: what is not defined says why.
public enum StatisticValue: Sendable, Equatable {
    case number(Double)
    case money(Money)
    case count(Int)
    case quantity(Quantity)
    case undefined(String)

    /// `value` when there is one and it is finite, otherwise `.undefined(reason)`.
    public static func of(_ value: Double?, or reason: String) -> StatisticValue {
        guard let value, value.isFinite else { return .undefined(reason) }
        return .number(value)
    }

    static func of(_ value: Money?, or reason: String) -> StatisticValue {
        value.map { .money($0) } ?? .undefined(reason)
    }

    /// As a floating-point number for charts and comparisons; nil when undefined.
    public var number: Double? {
        switch self {
        case .number(let value): value
        case .money(let value): value.value
        case .count(let value): Double(value)
        case .quantity(let value): value.value
        case .undefined: nil
        }
    }
}

/// The part of the report a statistic stands in.
public enum StatisticSection: String, Sendable, CaseIterable {
    case profit = "Profit"
    case returns = "Return and risk"
    case confidence = "Confidence"
    case trades = "Trades"
    case exposure = "Exposure"
    case orders = "Orders and fills"
    case costs = "Costs"
}

/// One statistic: its name, what it means, where the formula comes from and how it is computed.
///
/// The report's hover texts, `summary.json` and the page of documentation all come from this table.
public struct StatisticDefinition: Sendable {
    /// Stable, for programs.
    public let key: String
    public let name: String
    public let unit: StatisticUnit
    public let section: StatisticSection
    public let definition: String
    public let source: String
    let compute: @Sendable (StatisticInputs) -> StatisticValue

    init(
        _ key: String,
        _ name: String,
        _ unit: StatisticUnit,
        _ section: StatisticSection,
        _ definition: String,
        source: String,
        _ compute: @escaping @Sendable (StatisticInputs) -> StatisticValue
    ) {
        self.key = key
        self.name = name
        self.unit = unit
        self.section = section
        self.definition = definition
        self.source = source
        self.compute = compute
    }

    /// Every statistic, in the order of the report.
    public static let all: [StatisticDefinition] =
        profit + returns + confidence + trades + exposure + orders + costs + markouts

    /// The Markdown page that documents every statistic.
    public static var documentation: String {
        var text = """
            # Statistics

            Every figure of a report and of `summary.json`, as defined in the code: this page is generated from the same
            table, and a test keeps the two equal. A figure that is not defined (too few points, no variance, no trade)
            is shown as “–” with the reason, and is `null` in `summary.json`; it is never NaN and never a stand-in zero.

            Returns are those between equity samples. Only samples of the regular session (09:30 to 16:00 exchange time) count,
            with the last before and the first after it; without any, all count. A year has 252 days of 6.5 hours, so the
            factor for one year is 252 × 6.5 h / interval. Money is exact (128-bit fixed point); statistics are `Double`.

            """
        for section in StatisticSection.allCases {
            text += "\n## \(section.rawValue)\n\n| key | name | unit | definition | source |\n|---|---|---|---|---|\n"
            for item in all where item.section == section {
                let definition = item.definition.split(separator: "|", omittingEmptySubsequences: false)
                    .joined(separator: "\\|")
                text += "| `\(item.key)` | \(item.name) | \(item.unit.rawValue) | \(definition) | \(item.source) |\n"
            }
        }
        return text
    }
}

/// A definition with its value in one run.
public struct Statistic: Sendable {
    public let definition: StatisticDefinition
    public let value: StatisticValue
}

/// What statistics are computed from: the run, folded once.
struct StatisticInputs: Sendable {
    let result: RunResult
    let selection: SelectionContext?
    let series: ReturnSeries
    let ledger: TradeLedger
    let trades: TradeResults
    let costs: CostLedger
    let activity: ActivityLedger
    let exposure: ExposureLedger

    init(_ result: RunResult, selection: SelectionContext?) {
        self.result = result
        self.selection = selection
        series = ReturnSeries(equityOf: result)
        ledger = TradeLedger(result)
        trades = TradeResults(ledger.trades)
        costs = CostLedger(result.fills)
        activity = ActivityLedger(result)
        exposure = ExposureLedger(result.equity)
    }

    /// Last equity − initial cash; nil without a sample.
    var netProfit: Money? { result.equity.last.map { $0.equity - result.initialCash } }

    /// What would have been earned had every share traded at the arrival mid, without fees and borrowed for nothing.
    var edgeBeforeCosts: Money? { netProfit.map { $0 + totalCost } }

    /// Fees, slippage (impact in it) and borrow.
    var totalCost: Money { costs.fees + costs.slippage + result.borrowCost }

    /// The shape of the returns, as the inference on the Sharpe ratio needs it; nil without variance.
    var shape: (sharpe: Double, skewness: Double, kurtosis: Double)? {
        guard let sharpe = series.sharpePerPeriod, let skewness = series.skewness, let kurtosis = series.kurtosis
        else { return nil }
        return (sharpe, skewness, kurtosis)
    }
}

extension ReturnSeries {
    /// The returns between a run's equity samples within the regular session (all of them when none is).
    ///
    /// Empty when the interval is unknown or the equity was ever zero or negative.
    public init(equityOf result: RunResult) {
        let year = 252.0 * 23_400e9
        guard result.equityInterval > 0, result.equity.allSatisfy({ $0.equity > .zero }) else {
            self.init([])
            return
        }
        let samples = ReturnSeries.regularSession(result)
        var returns: [Double] = []
        for (before, after) in zip(samples, samples.dropFirst()) {
            // From the exact difference: the quotient of two near-equal sums would lose digits.
            returns.append((after.equity - before.equity).value / before.equity.value)
        }
        self.init(returns, periodsPerYear: year / Double(result.equityInterval))
    }

    private static func regularSession(_ result: RunResult) -> [EquitySample] {
        let day: Nanoseconds = 86_400_000_000_000
        let session: ClosedRange<Nanoseconds> = 34_200_000_000_000...57_600_000_000_000
        let inside = result.equity.map { sample in
            let time = (sample.time - result.midnight) % day
            return session.contains(time < 0 ? time + day : time)
        }
        guard result.midnight != .zero, inside.contains(true) else { return result.equity }
        return result.equity.indices.filter { index in
            inside[index] || (index > 0 && inside[index - 1])
                || (index + 1 < inside.count && inside[index + 1])
        }.map { result.equity[$0] }
    }
}

/// All statistics of a run, and the tables behind them.
public struct RunStatistics: Sendable {
    /// In the order of `StatisticDefinition.all`.
    public let values: [Statistic]
    public let ledger: TradeLedger
    public let costs: CostLedger
    public let series: ReturnSeries
    let inputs: StatisticInputs
    private let places: [String: Int]

    /// Computes everything once.
    ///
    /// `selection` says among how many trials the run was chosen; without it the deflated
    /// Sharpe ratio is undefined.
    public init(_ result: RunResult, selection: SelectionContext? = nil) {
        let inputs = StatisticInputs(result, selection: selection)
        self.inputs = inputs
        values = StatisticDefinition.all.map { Statistic(definition: $0, value: $0.compute(inputs)) }
        ledger = inputs.ledger
        costs = inputs.costs
        series = inputs.series
        var places: [String: Int] = [:]
        for (index, item) in StatisticDefinition.all.enumerated() { places[item.key] = index }
        self.places = places
    }

    /// The statistic of a key, or nil when there is none of that name.
    public subscript(key: String) -> Statistic? { places[key].map { values[$0] } }
}
