// SPDX-License-Identifier: MIT
import HeliosMarket

// The strategy's account of an order. Nothing here is called on the way of an order.
extension PcaArbitrage {
    /// `before` is the side that the rules looked at.
    private func values(_ stock: Int, before: Int64) -> [SignalValue] {
        let state = stocks[stock]
        return [
            SignalValue(
                "score",
                .number(score(of: stock) ?? .nan),
                unit: "deviations",
                threshold: .number(threshold(from: before, to: state.side)),
                "how dear the stock is against its factors"
            ),
            SignalValue(
                "kappa",
                .number(engine.kappas[stock]),
                threshold: .number(rules.leastKappa),
                "speed of reversion, a sample"
            ),
            SignalValue("side", .exact("\(state.side)"), "which residual is held of it: 1 long, -1 short, 0 none"),
            SignalValue(
                "position",
                .exact(state.leg.position.description),
                unit: "shares",
                threshold: .exact(state.leg.target.description),
                "what is held, from fills, and what should be: its own position less all hedges"
            ),
        ]
    }

    /// What the score was held against: where it opens a side, or where the side that is held would be left.
    private func threshold(from before: Int64, to side: Int64) -> Double {
        if before != side, side != 0 { return side > 0 ? -rules.openLong : rules.openShort }
        return before > 0 ? -rules.closeLong : before < 0 ? rules.closeShort : rules.openShort
    }

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        let stock = Int(order.tag.group)
        return stock < stocks.count ? values(stock, before: stocks[stock].wasSide) : []
    }

    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        var groups: [SignalGroup] = []
        for stock in 0..<stocks.count {
            let side = stocks[stock].side
            let isActive = side != 0 || stocks[stock].leg.position.raw != 0
            let values = values(stock, before: side)
            groups.append(SignalGroup(parameters.symbols[stock].description, isActive: isActive, values))
        }
        return groups
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        let stock = Int(order.tag.group)
        guard stock < stocks.count else { return "" }
        if clock.isClosing(market.now) { return "End of the day: close what is held." }
        let state = stocks[stock]
        let score = SentenceNumber.text(self.score(of: stock) ?? .nan)
        let target = "towards \(state.leg.target) shares"
        switch (state.wasSide, state.side) {
        case (let was, let side) where was != side && side != 0:
            return "Entry: the score \(score) opens a \(side > 0 ? "long" : "short") residual, \(target)."
        case (let was, 0) where was != 0: return "Exit: the residual's score is \(score), \(target)."
        default: return "Hedge: what the other residuals need of this stock has changed, \(target)."
        }
    }
}
