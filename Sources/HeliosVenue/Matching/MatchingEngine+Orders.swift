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
