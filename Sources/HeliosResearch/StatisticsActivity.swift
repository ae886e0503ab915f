// SPDX-License-Identifier: MIT
import HeliosMarket

/// What happened to the orders of a run.
struct ActivityLedger: Sendable {
    private(set) var ordered: Quantity = .zero
    private(set) var filled: Quantity = .zero
    private(set) var withFill = 0
    private(set) var accepted = 0
    private(set) var immediate = 0
    private(set) var working = 0
    private(set) var quotedSpread = SampleMean()
    /// From order to its first fill, in nanoseconds, ascending.
    private(set) var timesToFill: [Int64] = []

    init(_ result: RunResult) {
        var sent: [OrderID: Timestamp] = [:]
        for order in result.orders {
            if order.bid > .zero, order.ask > order.bid {
                quotedSpread.add(20_000 * (order.ask - order.bid).value / (order.ask + order.bid).value)
            }
            if order.state == .refusedByRisk || order.state == .rejected { continue }
            accepted += 1
            ordered += order.quantity
            filled += order.filled
            if order.filled > .zero { withFill += 1 }
            if order.timeInForce == .immediateOrCancel { immediate += 1 }
            if order.state == .working { working += 1 }
            sent[order.id] = order.time
        }
        for fill in result.fills {
            if let time = sent.removeValue(forKey: fill.orderID) { timesToFill.append(fill.time - time) }
        }
        timesToFill.sort()
    }
}

/// How much capital was at work, from the equity samples.
struct ExposureLedger: Sendable {
    private(set) var maximumGross: Money = .zero
    private(set) var maximumLong: Money = .zero
    private(set) var maximumShort: Money = .zero
    private(set) var gross = SampleMean()
    private(set) var net = SampleMean()
    private(set) var equity = SampleMean()
    private(set) var positions = SampleMean()
    private(set) var maximumPositions = 0
    private(set) var samplesInMarket = 0
    /// Deepest fall of the equity from its highest value, zero or negative.
    private(set) var drawdown: Money = .zero

    init(_ samples: [EquitySample]) {
        var peak = samples.first?.equity ?? .zero
        for sample in samples {
            maximumGross = max(maximumGross, sample.gross)
            maximumLong = max(maximumLong, sample.net)
            maximumShort = min(maximumShort, sample.net)
            gross.add(sample.gross.value)
            net.add(sample.net.value)
            equity.add(sample.equity.value)
            positions.add(Double(sample.openPositions))
            maximumPositions = max(maximumPositions, sample.openPositions)
            if sample.openPositions > 0 { samplesInMarket += 1 }
            peak = max(peak, sample.equity)
            drawdown = min(drawdown, sample.equity - peak)
        }
    }
}

/// The distribution of the results of closed trades.
struct TradeResults: Sendable {
    /// In the order in which the trades ended.
    let closed: [RoundTrip]
    let winners: [RoundTrip]
    let losers: [RoundTrip]
    /// Ascending.
    let profits: [Money]
    private(set) var sample = SampleMean()
    private(set) var basisPoints = SampleMean()
    private(set) var longestWinning = 0
    private(set) var longestLosing = 0

    init(_ trades: [RoundTrip]) {
        closed = trades.filter { !$0.isOpen }
        winners = closed.filter { $0.profit > .zero }
        losers = closed.filter { $0.profit < .zero }
        profits = closed.map(\.profit).sorted()
        var winning = 0
        var losing = 0
        for trade in closed {
            sample.add(trade.profit.value)
            if let value = trade.basisPoints { basisPoints.add(value) }
            winning = trade.profit > .zero ? winning + 1 : 0
            losing = trade.profit < .zero ? losing + 1 : 0
            longestWinning = max(longestWinning, winning)
            longestLosing = max(longestLosing, losing)
        }
    }

    static func sum(_ trades: [RoundTrip]) -> Money { trades.reduce(.zero) { $0 + $1.profit } }

    static func meanHolding(_ trades: [RoundTrip]) -> Double? {
        guard !trades.isEmpty else { return nil }
        return trades.reduce(0) { $0 + Double($1.holding) } / Double(trades.count)
    }

    /// The middle value, or the mean of the two middle ones.
    static func median(_ ascending: [Double]) -> Double? {
        guard !ascending.isEmpty else { return nil }
        let middle = ascending.count / 2
        return ascending.count.isMultiple(of: 2)
            ? (ascending[middle - 1] + ascending[middle]) / 2 : ascending[middle]
    }
}
