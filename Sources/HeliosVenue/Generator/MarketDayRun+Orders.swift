// SPDX-License-Identifier: MIT
import HeliosMarket

/// Sizes, prices and choices of single orders.
extension MarketDayRun {
    /// Shares of a new order: round lots mostly, a quarter odd lots, a heavy tail.
    mutating func size() -> UInt32 {
        let choice = random.below(1000)
        if choice < 240 { return UInt32(1 + random.below(99)) }
        if choice < 690 { return 100 }
        if choice < 900 { return UInt32(100 * (2 + random.below(4))) }
        return UInt32(100 * (1 + random.logUniform(bits: choice < 985 ? 5 : 8)))
    }

    /// The key at which the market makers of a side want to stand.
    func wantedKey(_ index: Int, _ side: Side) -> Int32 {
        side == .buy ? flows[index].bid : -flows[index].ask
    }

    /// The key of the fair value, rounded to the tick.
    func fairKey(_ index: Int, _ side: Side) -> Int32 {
        let price = Int32((fair.values[index] * MarketDayRun.ticksPerDollar).rounded())
        return side == .buy ? price : -price
    }

    /// The best key not above `key` that neither locks nor crosses the other side.
    func uncrossed(_ index: Int, _ side: Side, _ key: Int32) -> Int32 {
        let opposite = book.bestKey(index, side.opposite)
        return opposite == GeneratorBook.none ? key : min(key, -opposite - 1)
    }

    /// Keeps a price at one tick or more.
    func positive(_ side: Side, _ key: Int32) -> Int32 { side == .buy ? max(key, 1) : min(key, -1) }

    /// How far from the best price a new order stands, in ticks: dense near the touch, with a long tail.
    private mutating func distance() -> Int32 {
        let choice = random.below(1000)
        if choice < 220 { return 0 }
        if choice < 620 { return Int32(1 + random.below(4)) }
        if choice < 920 { return Int32(1 + random.logUniform(bits: 4)) }
        return Int32(8 + random.logUniform(bits: 6))
    }

    /// A price for a new order; while an auction gathers orders, some stand beyond the fair value.
    mutating func newKey(_ index: Int, _ side: Side) -> Int32 {
        let away = distance()
        if flows[index].phase == .preOpen || flows[index].phase == .halted {
            return positive(side, fairKey(index, side) + 2 - away)
        }
        return positive(side, uncrossed(index, side, wantedKey(index, side) - away))
    }

    /// A live order to cancel or change: young ones most often, which makes lifetimes heavy tailed, and now and then
    /// one that the market has left far behind.
    mutating func pickOrder(_ index: Int) -> Int? {
        let live = book.liveCount(index)
        guard live > 0 else { return nil }
        let choice = random.below(100)
        if choice < 20 {
            let side: Side = random.chance(500) ? .buy : .sell
            let levels = book.levelCount(index, side)
            if levels > 8 { return Int(book.level(index, side, levels - 1).head) }
        }
        if choice < 40 { return book.liveOrder(index, random.below(live)) }
        let bits = Int.bitWidth - live.leadingZeroBitCount
        return book.liveOrder(index, live - 1 - min(random.logUniform(bits: bits), live - 1))
    }
}
