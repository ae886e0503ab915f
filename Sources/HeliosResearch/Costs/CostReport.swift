// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// What trading cost, by everything it is broken down by: the file `tca.json`, the tables of `helios tca`, the page's section.
///
/// Made of a run's result, whether a backtest or the replay of a journal gave it. Absent is what is not known.
public struct CostReport: Codable, Sendable, Equatable {
    public static let currentSchema = "helios-tca/1"
    public static let fileName = "tca.json"

    /// A mean in basis points.
    public struct Mean: Codable, Sendable, Equatable {
        /// Fills, or parents, that it is of.
        public var count: Int
        /// Weighted by the value traded.
        public var mean: Double
        /// Each the same, and its standard error.
        public var plainMean: Double
        public var standardError: Double?
    }

    /// Implementation shortfall in one unit; costs are positive.
    public struct Parts: Codable, Sendable, Equatable {
        public var delay: Double
        public var trading: Double
        public var opportunity: Double
        public var fees: Double
        public var total: Double
    }

    /// Parents that have ended, orders of their own among them.
    public struct Parents: Codable, Sendable, Equatable {
        public var count: Int
        public var orderedShares: Double
        public var doneShares: Double
        /// What was ordered, at the mids of the decisions.
        public var orderedValue: Double
        /// In the currency.
        public var shortfall: Parts
        /// Of `orderedValue`; absent where no decision had a mid.
        public var shortfallBasisPoints: Parts?
        /// Slippage against the market's average price from the decision to the end, and from the first order to the last fill.
        public var vwapSlippage: Mean?
        public var intervalSlippage: Mean?
        /// What came back of the price within five minutes of the last fill.
        public var reversion: Mean?
    }

    /// Costs of a set of orders and fills.
    public struct Row: Codable, Sendable, Equatable {
        /// A venue's place, an algorithm's or strategy's number, a half hour from midnight, or a size.
        public var key: Int
        public var name: String
        public var orders: Int
        public var rejected: Int
        public var fills: Int
        public var shares: Double
        /// Traded, and paid in fees, in the currency.
        public var value: Double
        public var fees: Double
        public var feesBasisPoints: Double?
        /// Shares of one.
        public var makerShare: Double?
        public var fillRate: Double?
        public var takingFillRate: Double?
        public var restingFillRate: Double?
        public var fade: Double?
        public var toxicityBasisPoints: Double?
        public var arrivalSlippage: Mean?
        public var effectiveSpread: Mean?
        /// By horizon.
        public var realisedSpread: [Mean?]
        public var impact: [Mean?]
        public var markout: [Mean?]
        /// Absent where parents count in no row: by venue.
        public var parents: Parents?
    }

    /// What costs are broken down by.
    public struct Breakdown: Codable, Sendable, Equatable {
        public var venue: [Row]?
        public var algorithm: [Row]?
        public var strategy: [Row]?
        public var time: [Row]?
        public var size: [Row]?
    }

    public var schema = CostReport.currentSchema
    public var title: String
    public var outputHash: String
    /// After a fill, when the later mid is taken.
    public var horizonsNanoseconds: [Int64]
    /// Orders, parents and later mids that found no room and are left out.
    public var overflows: Int
    public var all: Row
    public var by: Breakdown

    /// The rows of a dimension; nil where they were left out.
    public subscript(dimension: CostDimension) -> [Row]? {
        get {
            switch dimension {
            case .venue: by.venue
            case .algorithm: by.algorithm
            case .strategy: by.strategy
            case .timeOfDay: by.time
            case .size: by.size
            }
        }
        set {
            switch dimension {
            case .venue: by.venue = newValue
            case .algorithm: by.algorithm = newValue
            case .strategy: by.strategy = newValue
            case .timeOfDay: by.time = newValue
            case .size: by.size = newValue
            }
        }
    }

    /// Where a horizon of a second stands.
    public static var oneSecond: Int { CostSums.oneSecond }

    /// The horizons for people: `50 ms`, `1 s`.
    public var horizonNames: [String] { horizonsNanoseconds.map { DurationText.short($0) } }
}

extension CostReport {
    /// The costs of a run; nil when they were not analysed.
    public init?(_ result: RunResult) {
        guard let costs = result.costs else { return nil }
        let digits = String(result.outputHash, radix: 16)
        title = result.title
        outputHash = String(repeating: "0", count: 16 - digits.count) + digits
        horizonsNanoseconds = CostSums.horizons
        overflows = costs.overflows
        all = Row(0, "everything", costs.table.all, hasParents: true)
        by = Breakdown()
        for dimension in CostDimension.allCases {
            self[dimension] = costs.table.values(dimension).map { value in
                let name = CostReport.name(of: value, dimension, result)
                return Row(value, name, costs.table[dimension, value], hasParents: dimension != .venue)
            }
        }
    }

    /// What people call a value of a dimension.
    private static func name(of value: Int, _ dimension: CostDimension, _ result: RunResult) -> String {
        switch dimension {
        case .venue:
            if result.venues.isEmpty, value == 0 { return "the only venue" }
            return value < result.venues.count ? result.venues[value] : "venue \(value + 1)"
        case .algorithm:
            guard value > 0 else { return "none" }
            return UInt8(exactly: value - 1).flatMap(Algorithm.init(rawValue:))?.name ?? "algorithm \(value)"
        case .strategy:
            guard value < result.strategies.count else { return value == 63 ? "others" : "strategy \(value)" }
            let name = result.strategies[value].name
            let isAlone = result.strategies.count { $0.name == name } == 1
            return isAlone ? name : "\(name), number \(value)"
        case .timeOfDay: return CostTable.timeName(value)
        case .size: return CostTable.sizeName(value)
        }
    }
}

extension CostReport.Mean {
    /// Nil of nothing.
    init?(_ mean: CostMean) {
        guard let weighted = mean.mean, let plain = mean.plain else { return nil }
        count = Int(mean.count.rounded())
        self.mean = weighted
        plainMean = plain
        standardError = mean.standardError
    }
}

extension CostReport.Row {
    init(_ key: Int, _ name: String, _ sums: CostSums, hasParents: Bool) {
        self.key = key
        self.name = name
        orders = Int(sums.orders.rounded())
        rejected = Int(sums.rejected.rounded())
        fills = Int(sums.fills.rounded())
        shares = sums.shares
        value = sums.value
        fees = sums.fees
        feesBasisPoints = sums.feePoints
        makerShare = sums.makerShare
        fillRate = sums.fillRate
        takingFillRate = sums.takingFillRate
        restingFillRate = sums.restingFillRate
        fade = sums.fade
        toxicityBasisPoints = sums.toxicity
        arrivalSlippage = .init(sums.arrival)
        effectiveSpread = .init(sums.effective)
        realisedSpread = sums.realised.map { .init($0) }
        impact = sums.impact.map { .init($0) }
        markout = sums.markout.map { .init($0) }
        parents = hasParents ? .init(sums) : nil
    }
}

extension CostReport.Parents {
    init(_ sums: CostSums) {
        count = Int(sums.parents.rounded())
        orderedShares = sums.orderedShares
        doneShares = sums.doneShares
        orderedValue = sums.orderedValue
        shortfall = .init(
            delay: sums.delay,
            trading: sums.trading,
            opportunity: sums.opportunity,
            fees: sums.parentFees,
            total: sums.shortfall
        )
        if let delay = sums.points(sums.delay), let trading = sums.points(sums.trading),
            let opportunity = sums.points(sums.opportunity), let fees = sums.points(sums.parentFees),
            let total = sums.points(sums.shortfall)
        {
            shortfallBasisPoints = .init(
                delay: delay,
                trading: trading,
                opportunity: opportunity,
                fees: fees,
                total: total
            )
        }
        vwapSlippage = .init(sums.lifetime)
        intervalSlippage = .init(sums.interval)
        reversion = .init(sums.reversion)
    }
}
