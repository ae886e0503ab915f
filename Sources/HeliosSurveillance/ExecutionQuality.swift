// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosResearch

/// Statistics of the kind that Rule 605 asks of a market centre, about our own orders: spreads paid, by instrument and sort of order.
///
/// Spreads are twice the signed distance from the mid, in the currency for each share, weighted by shares: effective from the mid at
/// the decision, realised from the mid some time after the fill. Every number comes from `orders.csv` and the tape.
public struct ExecutionQuality: Sendable, Equatable {
    /// What sort of order it is, by its limit and the quote at the decision.
    public enum Sort: String, Sendable, CaseIterable, Comparable {
        /// It could trade at once.
        case marketable
        /// Between the best prices, or without a two-sided quote.
        case inside
        /// At the best price of its own side.
        case atQuote = "at the quote"
        /// Behind it.
        case away

        public static func < (a: Sort, b: Sort) -> Bool {
            (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
        }
    }

    /// Times after a fill at which the mid is taken: places in `FillRecord.markoutHorizons`.
    public static let horizons = [0, 2, 4, 5, 6]
    public static let horizonNames = ["50ms", "1s", "15s", "1min", "5min"]

    public var instrument: Instrument
    public var sort: Sort
    public var orders = 0
    public var shares = 0.0
    public var executedShares = 0.0
    public var cancelledShares = 0.0
    public var refusedOrders = 0
    /// Sums over executed shares; divide by the shares that had the mid.
    public var effective = 0.0
    public var quoted = 0.0
    public var spreadShares = 0.0
    public var realised = [Double](repeating: 0, count: 5)
    public var realisedShares = [Double](repeating: 0, count: 5)
    public var improvedShares = 0.0
    /// Money better than the best price at the decision.
    public var improvement = 0.0
    /// Nanoseconds from the decision to the fill, over executed shares.
    public var timeToExecution = 0.0

    /// Average over shares; nil without any.
    public var effectiveSpread: Double? { spreadShares > 0 ? effective / spreadShares : nil }
    public var quotedSpread: Double? { spreadShares > 0 ? quoted / spreadShares : nil }
    /// Effective over quoted spread: below 1 is better than the quote.
    public var effectiveOverQuoted: Double? { quoted > 0 ? effective / quoted : nil }
    public var meanTime: Double? { executedShares > 0 ? timeToExecution / executedShares : nil }

    /// The realised spread at a horizon's place in `horizonNames`.
    public func realisedSpread(_ place: Int) -> Double? {
        realisedShares[place] > 0 ? realised[place] / realisedShares[place] : nil
    }

    init(_ instrument: Instrument, _ sort: Sort) {
        self.instrument = instrument
        self.sort = sort
    }

    private struct Key: Hashable {
        let instrument: UInt32
        let sort: Sort
    }

    /// The statistics of a day by instrument and sort.
    public static func rows(_ orders: [OrderRecord], _ fills: [FillRecord]) -> [ExecutionQuality] {
        var rows: [Key: ExecutionQuality] = [:]
        func add(_ order: OrderRecord, _ change: (inout ExecutionQuality) -> Void) {
            let sort = sort(of: order)
            let key = Key(instrument: order.instrument.id, sort: sort)
            change(&rows[key, default: ExecutionQuality(order.instrument, sort)])
        }
        for order in orders {
            add(order) { row in
                if order.state == .refusedByRisk {
                    row.refusedOrders += 1
                    return
                }
                row.orders += 1
                row.shares += order.quantity.value
                if order.state == .cancelled || order.state == .rejected {
                    row.cancelledShares += (order.quantity - order.filled).value
                }
            }
        }
        for fill in fills where fill.orderID >= 1 && fill.orderID <= UInt64(orders.count) {
            let order = orders[Int(fill.orderID) - 1]
            add(order) { $0.take(fill, of: order) }
        }
        return rows.values.sorted { ($0.instrument, $0.sort) < ($1.instrument, $1.sort) }
    }

    private mutating func take(_ fill: FillRecord, of order: OrderRecord) {
        let shares = fill.quantity.value
        executedShares += shares
        timeToExecution += Double(fill.time - order.time) * shares
        guard fill.arrivalMid.raw > 0 else { return }
        let sign = Double(fill.side.sign)
        spreadShares += shares
        effective += 2 * sign * (fill.price.value - fill.arrivalMid.value) * shares
        quoted += (order.ask.value - order.bid.value) * shares
        let best = order.side == .buy ? order.ask : order.bid
        let better = sign * (best.value - fill.price.value)
        if better > 0 {
            improvedShares += shares
            improvement += better * shares
        }
        for (place, horizon) in ExecutionQuality.horizons.enumerated() where fill.laterMids[horizon].raw > 0 {
            realised[place] += 2 * sign * (fill.price.value - fill.laterMids[horizon].value) * shares
            realisedShares[place] += shares
        }
    }

    private static func sort(of order: OrderRecord) -> Sort {
        guard order.bid.raw > 0, order.ask.raw > 0 else { return .inside }
        if order.type == .market { return .marketable }
        let (own, other) = order.side == .buy ? (order.bid, order.ask) : (order.ask, order.bid)
        let toward = order.side == .buy ? order.price >= other : order.price <= other
        if toward { return .marketable }
        if order.price == own { return .atQuote }
        return (order.side == .buy ? order.price > own : order.price < own) ? .inside : .away
    }
}
