// SPDX-License-Identifier: MIT
import HeliosMarket

/// A displayed order, as a feed shows it.
public struct DisplayedOrder: Sendable, Equatable {
    public var reference: UInt64
    public var price: Price
    /// What is displayed of it.
    public var quantity: Quantity
}

extension MatchingEngine {
    /// Displayed orders of an instrument and side in order of priority: the best price first, at a price the oldest.
    public func forEachDisplayed(_ instrument: Instrument, _ side: Side, _ body: (DisplayedOrder) -> Void) {
        guard core.pointee.isKnown(instrument) else { return }
        let ladder = core.pointee.ladder(instrument.id, 0, side)
        var place = Int(core.pointee.ladders[ladder].count) - 1
        while place >= 0 {
            let level = core.pointee.levels[Int(core.pointee.numbers(ladder)[place])]
            let price = Price(raw: core.pointee.price(level.key, in: ladder))
            var index = level.head
            while index != 0 {
                let order = core.pointee.orders[Int(index)]
                body(DisplayedOrder(reference: order.reference, price: price, quantity: Quantity(raw: order.shown)))
                index = order.next
            }
            place -= 1
        }
    }
}

extension MatchingEngine {
    /// Displayed levels of an instrument and side, the best first, at most `limit`.
    public func forEachLevel(_ instrument: Instrument, _ side: Side, limit: Int, _ body: (DisplayedLevel) -> Void) {
        guard core.pointee.isKnown(instrument) else { return }
        let ladder = core.pointee.ladder(instrument.id, 0, side)
        var place = Int(core.pointee.ladders[ladder].count) - 1
        var left = limit
        while place >= 0, left > 0 {
            let level = core.pointee.levels[Int(core.pointee.numbers(ladder)[place])]
            if level.shown > 0 {
                let price = Price(raw: core.pointee.price(level.key, in: ladder))
                body(DisplayedLevel(price: price, quantity: Quantity(raw: level.shown)))
                left -= 1
            }
            place -= 1
        }
    }

    /// Whether the price bands let an order of this side trade at `price`.
    public func isWithinBands(_ instrument: Instrument, _ side: Side, _ price: Price) -> Bool {
        guard core.pointee.isKnown(instrument) else { return false }
        let book = core.pointee.books[instrument.index]
        return side == .buy ? price.raw <= book.buyCap : -price.raw <= book.sellCap
    }

    /// The largest order that an instrument takes; zero when it is not known.
    public func largestQuantity(of instrument: Instrument) -> Quantity {
        guard core.pointee.isKnown(instrument) else { return .zero }
        return Quantity(raw: core.pointee.books[instrument.index].largestQuantity)
    }

    /// Why a new order would be refused now; nil when it would be taken.
    public func refusal(_ command: MatchingCommand) -> MatchingRejectReason? { core.pointee.refusal(command) }
}
