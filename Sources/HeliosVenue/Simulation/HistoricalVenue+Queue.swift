// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// The place in a queue that is estimated, not known.
extension HistoricalVenue {
    /// The quantity of the level at the order's price, as history shows it.
    func shown(_ order: NewOrder) -> Quantity {
        var depth = 0
        while let level = books.level(order.instrument, order.side, depth) {
            if level.price == order.price { return level.quantity }
            if order.side == .buy ? level.price < order.price : level.price > order.price { break }
            depth += 1
        }
        return .zero
    }

    /// Shares of a historical order at our price go, seen as a level and its trades would show it; how many filled ours.
    ///
    /// `ours` of them filled orders of ours that stand before this one at its price.
    mutating func estimateChange(
        _ slot: Int,
        _ event: Event,
        _ gone: Int64,
        _ isTrade: Bool,
        _ available: Int64,
        _ ours: Int64
    ) -> Int64 {
        let before = shown(resting[slot].order)
        if isTrade { resting[slot].estimate.trade(Quantity(raw: gone).value) }
        let lots = isTrade ? takeLots(slot) : 0
        resting[slot].estimate.change(from: before.value, to: Quantity(raw: before.raw - gone).value, queue)
        synchronise(slot)
        return fillResting(slot, min(lots - ours, available), event.eventTime)
    }

    /// A trade at our price on a feed of levels; how many of its shares filled ours.
    mutating func estimateTrade(
        _ slot: Int,
        _ quantity: Quantity,
        _ available: Int64,
        _ ours: Int64,
        _ time: Timestamp
    ) -> Int64 {
        resting[slot].estimate.trade(quantity.value)
        let lots = takeLots(slot)
        synchronise(slot)
        return fillResting(slot, min(lots - ours, available), time)
    }

    /// The shares traded beyond those ahead: whole ones for an order of whole shares.
    private mutating func takeLots(_ slot: Int) -> Int64 {
        let isWhole = resting[slot].order.quantity.raw % Quantity.scale == 0
        let lot = isWhole ? 1 : 1 / Double(Quantity.scale)
        let shares = resting[slot].estimate.takeFilled(lot: lot)
        return Int64((shares * Double(Quantity.scale)).rounded())
    }

    /// Keeps the exact count in step with the estimate: an order with shares ahead is not first.
    func aheadOf(_ estimate: QueueEstimate) -> Int64 {
        Int64((max(estimate.front, 0) * Double(Quantity.scale)).rounded(.up))
    }

    mutating func synchronise(_ slot: Int) { resting[slot].ahead = aheadOf(resting[slot].estimate) }
}
