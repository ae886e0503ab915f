// SPDX-License-Identifier: MIT
import HeliosMarket

/// A sum in a row of a cost table; a mean has five places from its first on.
enum CostField {
    static let orders = 0
    static let rejected = 1
    static let takingSent = 2
    static let takingFilled = 3
    static let restingSent = 4
    static let restingFilled = 5
    static let displayed = 6
    static let faded = 7
    static let fills = 8
    static let shares = 9
    static let makerShares = 10
    static let value = 11
    static let fees = 12
    static let parents = 13
    static let orderedShares = 14
    static let doneShares = 15
    static let orderedValue = 16
    static let delay = 17
    static let trading = 18
    static let opportunity = 19
    static let parentFees = 20
    static let arrival = 21
    static let effective = 26
    static let toxic = 31
    static let lifetime = 36
    static let interval = 41
    static let reversion = 46
    /// Five means each, by horizon.
    static let realised = 51
    static let impact = 76
    static let markout = 101
    static let count = 126
}

/// A weighted mean, and the plain mean with its standard error.
@frozen
public struct CostMean: Sendable, BitwiseCopyable, Equatable {
    /// Values.
    public var count: Double
    public var weight: Double
    public var weighted: Double
    public var sum: Double
    public var squares: Double

    init(_ values: ArraySlice<Double>, _ field: Int) {
        let first = values.startIndex + field
        count = values[first]
        weight = values[first + 1]
        weighted = values[first + 2]
        sum = values[first + 3]
        squares = values[first + 4]
    }

    /// The weighted mean; nil without any.
    @inlinable
    public var mean: Double? { weight > 0 ? weighted / weight : nil }

    /// The mean over values, each the same; nil without any.
    @inlinable
    public var plain: Double? { count > 0 ? sum / count : nil }

    /// Of `plain`; nil below two values.
    @inlinable
    public var standardError: Double? {
        guard count > 1 else { return nil }
        let variance = max(squares - sum * sum / count, 0) / (count - 1)
        return (variance / count).squareRoot()
    }
}

/// Costs of a set of orders and fills, as sums; means are weighted by value traded, in basis points.
public struct CostSums: Sendable {
    /// After a fill, when the mid is taken: 50 ms, 1 s, 15 s, 1 min, 5 min.
    public static let horizons: [Nanoseconds] = (0..<horizonCount).map(horizon)
    /// How many there are.
    @inlinable
    public static var horizonCount: Int { 5 }
    /// The one of a second.
    @inlinable
    public static var oneSecond: Int { 1 }
    /// The one of five minutes.
    @inlinable
    public static var fiveMinutes: Int { 4 }

    /// Orders as they were sent.
    public let orders: Double
    public let rejected: Double
    /// Shares of orders that took.
    public let takingSent: Double
    public let takingFilled: Double
    /// Shares of orders that rested.
    public let restingSent: Double
    public let restingFilled: Double
    /// Shares that were displayed within the limits of orders that took.
    public let displayed: Double
    /// Shares of these that were gone on arrival.
    public let faded: Double

    public let fills: Double
    public let shares: Double
    public let makerShares: Double
    /// Traded, in the currency.
    public let value: Double
    /// Positive is paid.
    public let fees: Double
    /// Slippage against the arrival price.
    public let arrival: CostMean
    public let effective: CostMean
    /// By horizon.
    public let realised: [CostMean]
    public let impact: [CostMean]
    public let markout: [CostMean]
    /// Markout after a second, weighted by shares.
    let toxic: CostMean

    /// Parents that have ended, orders without a parent included.
    public let parents: Double
    public let orderedShares: Double
    public let doneShares: Double
    /// Value of what was ordered at the decisions' prices.
    public let orderedValue: Double
    /// Parts of the shortfall, in the currency.
    public let delay: Double
    public let trading: Double
    public let opportunity: Double
    public let parentFees: Double
    /// Slippage against the market's average price over the parent's life.
    public let lifetime: CostMean
    /// The same from its first order to its last fill.
    public let interval: CostMean
    public let reversion: CostMean

    init(_ values: ArraySlice<Double>) {
        func value(_ field: Int) -> Double { values[values.startIndex + field] }
        func means(_ field: Int) -> [CostMean] {
            (0..<CostSums.horizonCount).map { CostMean(values, field + 5 * $0) }
        }
        orders = value(CostField.orders)
        rejected = value(CostField.rejected)
        takingSent = value(CostField.takingSent)
        takingFilled = value(CostField.takingFilled)
        restingSent = value(CostField.restingSent)
        restingFilled = value(CostField.restingFilled)
        displayed = value(CostField.displayed)
        faded = value(CostField.faded)
        fills = value(CostField.fills)
        shares = value(CostField.shares)
        makerShares = value(CostField.makerShares)
        self.value = value(CostField.value)
        fees = value(CostField.fees)
        arrival = CostMean(values, CostField.arrival)
        effective = CostMean(values, CostField.effective)
        realised = means(CostField.realised)
        impact = means(CostField.impact)
        markout = means(CostField.markout)
        toxic = CostMean(values, CostField.toxic)
        parents = value(CostField.parents)
        orderedShares = value(CostField.orderedShares)
        doneShares = value(CostField.doneShares)
        orderedValue = value(CostField.orderedValue)
        delay = value(CostField.delay)
        trading = value(CostField.trading)
        opportunity = value(CostField.opportunity)
        parentFees = value(CostField.parentFees)
        lifetime = CostMean(values, CostField.lifetime)
        interval = CostMean(values, CostField.interval)
        reversion = CostMean(values, CostField.reversion)
    }

    @inline(__always)
    static func horizon(_ place: Int) -> Nanoseconds {
        switch place {
        case 0: 50_000_000
        case 1: 1_000_000_000
        case 2: 15_000_000_000
        case 3: 60_000_000_000
        default: 300_000_000_000
        }
    }

    /// Filled over sent, all orders.
    public var fillRate: Double? { CostSums.ratio(takingFilled + restingFilled, takingSent + restingSent) }
    public var takingFillRate: Double? { CostSums.ratio(takingFilled, takingSent) }
    public var restingFillRate: Double? { CostSums.ratio(restingFilled, restingSent) }
    /// The share of the displayed quantity that was gone on arrival.
    public var fade: Double? { CostSums.ratio(faded, displayed) }
    /// Volume-weighted −markout after a second, in basis points: positive where fills are followed by a move against us.
    public var toxicity: Double? { toxic.mean.map { -$0 } }
    public var makerShare: Double? { CostSums.ratio(makerShares, shares) }
    public var feePoints: Double? { CostSums.ratio(fees, value).map { $0 * 10_000 } }
    /// All parts of the shortfall, in the currency.
    public var shortfall: Double { delay + trading + opportunity + parentFees }

    /// A part of the shortfall in basis points of what was ordered at the decisions' prices.
    public func points(_ part: Double) -> Double? { CostSums.ratio(part, orderedValue).map { $0 * 10_000 } }

    private static func ratio(_ part: Double, _ whole: Double) -> Double? { whole > 0 ? part / whole : nil }
}
