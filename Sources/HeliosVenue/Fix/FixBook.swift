// SPDX-License-Identifier: MIT
import HeliosMarket

/// One side of a book as a client knows it: levels, the best first.
struct FixBookSide: Equatable {
    var levels: [DisplayedLevel] = []

    /// What makes `self` of `before`: deletes from the last up with their old places, then the rest from the first down with
    /// their new ones, so that each place holds when those before it are done.
    func changes(from before: FixBookSide, _ side: Side, _ body: (FixBookChange) -> Void) {
        func isBetter(_ one: Price, _ other: Price) -> Bool { side == .buy ? one > other : one < other }
        var new = levels.count - 1
        for old in before.levels.indices.reversed() {
            let price = before.levels[old].price
            while new >= 0, isBetter(price, levels[new].price) { new -= 1 }
            if new >= 0, levels[new].price == price { continue }
            body(FixBookChange(action: .delete, place: old + 1, level: before.levels[old]))
        }
        var old = 0
        for (new, level) in levels.enumerated() {
            while old < before.levels.count, isBetter(before.levels[old].price, level.price) { old += 1 }
            guard old < before.levels.count, before.levels[old].price == level.price else {
                body(FixBookChange(action: .new, place: new + 1, level: level))
                continue
            }
            if before.levels[old].quantity != level.quantity {
                body(FixBookChange(action: .change, place: new + 1, level: level))
            }
        }
    }
}

/// One entry of an increment.
struct FixBookChange {
    /// MDUpdateAction 279.
    enum Action: Int {
        case new = 0
        case change = 1
        case delete = 2
    }

    var action: Action
    /// From 1.
    var place: Int
    var level: DisplayedLevel
}

extension Exchange {
    /// The best displayed levels of a side, at most `limit`.
    func levels(_ instrument: Instrument, _ side: Side, limit: Int) -> FixBookSide {
        var book = FixBookSide()
        engine.forEachLevel(instrument, side, limit: limit) { book.levels.append($0) }
        return book
    }

    /// The last trade that the market learned; nil before.
    func lastTrade(_ instrument: Instrument) -> MarketWatch.Trade? { output.watch.last[instrument.index] }
}
