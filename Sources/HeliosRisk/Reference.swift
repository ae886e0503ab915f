// SPDX-License-Identifier: MIT
import HeliosMarket

/// P05: the price that an order's price is held against; never the strategy's own number.
struct Reference {
    /// Twice the reference, so that a mid between two units stays exact; 0 when there is none.
    let double: Int128
    /// P03: how far through the reference a limit may reach, in basis points.
    let collar: Int64

    static let none = Reference(double: 0, collar: 0)

    var isKnown: Bool { double > 0 }
    /// The reference, rounded down.
    var value: Int128 { double >> 1 }

    private init(double: Int128, collar: Int64) {
        self.double = double
        self.collar = collar
    }

    /// A fresh uncrossed mid, else a recent trade, else the prior close with twice the collar.
    init(_ market: MarketSnapshot, _ limits: RiskLimits, priorClose: Price) {
        var isDistant = market.phase != .regular
        if let mid = Reference.mid(market, limits) {
            double = mid
        } else if market.lastTradePrice.raw > 0, Age(of: market.lastTradeTime, at: market.now).isAtMost(limits.tradeAge)
        {
            double = Int128(market.lastTradePrice.raw) * 2
        } else {
            // What the feed says of yesterday comes before what the policy says.
            double = max(Int128(market.priorClose.raw > 0 ? market.priorClose.raw : priorClose.raw), 0) * 2
            isDistant = true
        }
        collar = Reference.collar(double, isDistant, limits)
    }

    private static func mid(_ market: MarketSnapshot, _ limits: RiskLimits) -> Int128? {
        guard market.bidQuantity.raw > 0, market.askQuantity.raw > 0, market.bid.raw > 0, market.bid < market.ask,
            Age(of: market.quoteTime, at: market.now).isAtMost(limits.quoteAge)
        else { return nil }
        let sum = Int128(market.bid.raw) + Int128(market.ask.raw)
        let spread = Int128(market.ask.raw) - Int128(market.bid.raw)
        // Safe: sums of prices are below 2^64, the bounded spread below 2^15.
        return spread &* 20_000 <= sum &* Int128(limits.quoteSpread) ? sum : nil
    }

    /// By tier; doubled (once) outside the regular session and for the prior close, except below 1, where it is half
    /// of the price already.
    private static func collar(_ double: Int128, _ isDistant: Bool, _ limits: RiskLimits) -> Int64 {
        let unit = Int128(Price.scale) * 2
        if double < unit { return limits.collarBelow1 }
        let collar =
            double >= unit * 50 ? limits.collarFrom50 : double >= unit * 25 ? limits.collarFrom25 : limits.collarFrom1
        return isDistant ? collar * 2 : collar
    }

    /// The highest price inside the collar, in whole units; nil when it does not fit.
    var upper: Int64? { Reference.over20000(double * Int128(10_000 + collar)) }

    /// The worst price that a market order may trade at: the collar's edge, moved inward to the price grid.
    func bound(_ side: Side, _ rules: InstrumentFacts) -> Int64? {
        guard side == .sell else {
            guard let edge = upper else { return nil }
            let grid = rules.grid(at: edge)
            return grid.step > 0 ? edge - grid.remainder(edge) : edge
        }
        // Rounded up, to a whole unit and then to the grid.
        guard let edge = Reference.over20000(max(double * Int128(10_000 - collar), 1) + 19_999) else { return nil }
        let grid = rules.grid(at: edge)
        guard grid.step > 0 else { return edge }
        let over = grid.remainder(edge)
        if over == 0 { return edge }
        let (sum, overflow) = edge.addingReportingOverflow(Int64(grid.step) - over)
        return overflow ? nil : sum
    }

    /// `value / 20,000`: in 64 bits, where it is a multiplication, for every price below 400,000 or so.
    private static func over20000(_ value: Int128) -> Int64? {
        if let narrow = UInt64(exactly: value) { return Int64(narrow / 20_000) }
        return Int64(exactly: value / 20_000)
    }
}
