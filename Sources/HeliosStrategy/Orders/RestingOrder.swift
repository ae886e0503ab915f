// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// One order that rests at a venue and is kept where its strategy wishes it: sent, given other terms, withdrawn.
///
/// Whole numbers only, so that a buffer of them is saved as it is.
struct RestingOrder: BitwiseCopyable {
    /// What should rest.
    struct Wish: BitwiseCopyable, Equatable {
        var side: Side
        var price: Price
        /// What may still trade.
        var quantity: Quantity
    }

    /// The order that works; 0 when there is none.
    private(set) var id: OrderID = 0
    /// The order that is to take its place; 0 while none is under way.
    private var next: OrderID = 0
    private var sideSign: Int64 = 0
    private(set) var price = Price.zero
    private var nextPrice = Price.zero
    /// Over the order's whole life.
    private var quantity = Quantity.zero
    private var nextQuantity = Quantity.zero
    private var filled = Quantity.zero
    private var cancelling: Int64 = 0
    private var nextAttempt = Timestamp.zero
    /// Refusals in a row.
    private var failures = 0

    /// Nothing works, and nothing is under way.
    var isIdle: Bool { id == 0 }
    /// What may still trade.
    var open: Quantity { id == 0 ? .zero : quantity - filled }
    private var isBuy: Bool { sideSign > 0 }

    /// Brings the order nearer to what is wished, one step at a time; the answers come to `take`.
    ///
    /// - Parameters:
    ///   - wish: what should rest; nil for nothing.
    ///   - instrument: what is traded.
    ///   - touch: how long to wait after a refusal.
    ///   - slack: how far the price may be from the wished one before it is worth its place in the queue.
    ///   - group: of the order's tag.
    ///   - leg: of the order's tag.
    ///   - market: the time.
    ///   - intents: where it asks.
    /// - Returns: whether something was asked for.
    @discardableResult
    mutating func keep(
        _ wish: Wish?,
        _ instrument: Instrument,
        _ touch: TouchOrders,
        slack: Price = .zero,
        group: UInt32,
        leg: UInt16,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) -> Bool {
        guard id != 0 else {
            guard let wish, wish.quantity.raw > 0, market.now >= nextAttempt else { return false }
            return submit(wish, instrument, touch, group: group, leg: leg, market, &intents)
        }
        guard cancelling == 0 else { return false }
        guard let wish, wish.quantity.raw > 0, wish.side.sign == sideSign else {
            // Told to both numbers where a replacement is under way.
            intents.cancel(id)
            cancelling = 1
            return true
        }
        let distance = (wish.price - price).raw.magnitude
        let isNear = distance <= UInt64(slack.raw) && wish.quantity == open
        guard next == 0, !isNear, market.now >= nextAttempt else { return false }
        nextQuantity = filled + wish.quantity
        nextPrice = wish.price
        next = intents.replace(id, nextQuantity, at: nextPrice)
        if next == 0 { fail(touch, market.now) }
        return next != 0
    }

    private mutating func submit(
        _ wish: Wish,
        _ instrument: Instrument,
        _ touch: TouchOrders,
        group: UInt32,
        leg: UInt16,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) -> Bool {
        id = intents.submit(instrument, wish.side, wish.quantity, at: wish.price, group: group, leg: leg)
        (price, quantity, sideSign) = (wish.price, wish.quantity, wish.side.sign)
        (filled, next, cancelling) = (.zero, 0, 0)
        if id == 0 { fail(touch, market.now) }
        return id != 0
    }

    /// Takes a report on an order of the same tag; what trades is for the position's owner to count.
    mutating func take(_ update: OrderUpdate, _ touch: TouchOrders, _ now: Timestamp, _ intents: inout Intents) {
        // A fill may show that the venue has replaced before the venue says so.
        let isNext = update.orderID == next && next != 0
        if isNext, update.kind == .replaced || update.kind == .filled { promote() }
        switch update.kind {
        case .filled where update.orderID == id:
            filled += update.quantity
            failures = 0
        case .broken where update.orderID == id: filled -= update.quantity
        case .rejected, .refusedByRisk, .replaceRejected:
            if isNext { next = 0 }
            if isNext || update.orderID == id { fail(touch, now) }
        case .cancelRejected where update.orderID == id: cancelling = 0
        // It works although it was thought dead: nobody looks after it.
        case .replaced where update.orderID != id && !update.isFinal: intents.cancel(update.orderID)
        default: break
        }
        guard update.isFinal, update.orderID == id else { return }
        (id, next, cancelling) = (0, 0, 0)
    }

    private mutating func promote() {
        (id, price, quantity) = (next, nextPrice, nextQuantity)
        next = 0
    }

    private mutating func fail(_ touch: TouchOrders, _ now: Timestamp) {
        nextAttempt = now + touch.pause(failures: failures)
        failures = min(failures + 1, 60)
    }

    /// Whether such an order can be, after its bytes were read.
    var isPossible: Bool {
        let amounts = [quantity, nextQuantity, filled]
        return (-1...1).contains(sideSign) && (0...1).contains(cancelling) && nextAttempt >= .zero
            && (0...60).contains(failures) && amounts.allSatisfy { $0.raw >= 0 && $0.raw <= 1 << 60 }
            && price.raw.magnitude <= 1 << 60 && nextPrice.raw.magnitude <= 1 << 60
    }
}
