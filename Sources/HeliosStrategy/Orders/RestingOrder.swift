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
    /// What may still trade, as the reports say: what was filled and taken back never trades again.
    private(set) var open = Quantity.zero
    private var nextOpen = Quantity.zero
    /// Over the order's whole life.
    private var filled = Quantity.zero
    private var cancelling: Int64 = 0
    private var nextAttempt = Timestamp.zero
    /// No cancel before; later than now only when the last one was refused.
    private var nextCancel = Timestamp.zero
    /// When the answer to a replacement is late.
    private var answerDue = Timestamp.zero
    /// Refusals in a row.
    private var failures = 0

    /// Nothing works, and nothing is under way.
    var isIdle: Bool { id == 0 }
    private var isBuy: Bool { sideSign > 0 }

    /// Where it stands, or will when its replacement works.
    var latestPrice: Price { next == 0 ? price : nextPrice }

    /// The price nearest to the other side at which it may trade now, whichever of the two works; nil when nothing does.
    var foremost: Price? {
        guard id != 0 else { return nil }
        return isBuy ? max(price, latestPrice) : min(price, latestPrice)
    }

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
        guard let wish, wish.quantity.raw > 0, wish.side.sign == sideSign else { return withdraw(market.now, &intents) }
        if next != 0 {
            // The answer is waited for, but not where the order gives more than it should.
            return isBeyond(wish, slack, market.now) ? withdraw(market.now, &intents) : false
        }
        let distance = (wish.price - price).raw.magnitude
        if distance <= UInt64(slack.raw), wish.quantity == open { return false }
        // What can't be given other terms now must not stand at the old ones.
        guard market.now >= nextAttempt else { return withdraw(market.now, &intents) }
        // What the venue counts: an execution that was taken back may have been of an earlier number.
        let done = market.orders.order(id)?.filled ?? filled
        next = intents.replace(id, done + wish.quantity, at: wish.price)
        guard next != 0 else {
            fail(touch, market.now)
            return withdraw(market.now, &intents)
        }
        (nextPrice, nextOpen, answerDue) = (wish.price, wish.quantity, market.now + touch.coolDown)
        return true
    }

    /// Whether what is under way is nearer to the other side or larger than wished, or is late while that is so of what works.
    private func isBeyond(_ wish: Wish, _ slack: Price, _ now: Timestamp) -> Bool {
        func exceeds(_ price: Price, _ quantity: Quantity) -> Bool {
            quantity > wish.quantity || sideSign * (price - wish.price).raw > slack.raw
        }
        return exceeds(nextPrice, nextOpen) || now >= answerDue && exceeds(price, open)
    }

    /// Asks for the cancel; it is told to both numbers where a replacement is under way.
    private mutating func withdraw(_ now: Timestamp, _ intents: inout Intents) -> Bool {
        guard now >= nextCancel else { return false }
        let overflows = intents.overflows
        intents.cancel(id)
        // Where there was no room for it, it is asked for again.
        cancelling = intents.overflows == overflows ? 1 : 0
        return cancelling != 0
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
        (price, open, sideSign) = (wish.price, wish.quantity, wish.side.sign)
        (filled, next, cancelling, nextCancel) = (.zero, 0, 0, .zero)
        if id == 0 { fail(touch, market.now) }
        return id != 0
    }

    /// Takes a report on an order of the same tag; what trades is for the position's owner to count.
    mutating func take(_ update: OrderUpdate, _ touch: TouchOrders, _ now: Timestamp, _ intents: inout Intents) {
        // A fill or a cancel may show that the venue has replaced although it has not said so.
        let isNext = update.orderID == next && next != 0
        if isNext, update.kind == .replaced || update.kind == .filled || update.kind == .cancelled { promote() }
        switch update.kind {
        case .filled where update.orderID == id:
            filled += update.quantity
            open = update.leavesQuantity
            nextOpen -= min(nextOpen, update.quantity)
            failures = 0
        case .accepted where update.orderID == id: failures = 0
        case .replaced where update.orderID == id:
            open = update.leavesQuantity
            failures = 0
        // It works although it was thought dead: nobody looks after it.
        case .replaced where !update.isFinal: intents.cancel(update.orderID)
        case .rejected, .refusedByRisk, .replaceRejected:
            if isNext { next = 0 }
            if isNext || update.orderID == id { fail(touch, now) }
        case .cancelRejected where update.orderID == id || isNext:
            cancelling = 0
            nextCancel = now + touch.coolDown
        default: break
        }
        guard update.isFinal, update.orderID == id else { return }
        (id, next, cancelling) = (0, 0, 0)
    }

    private mutating func promote() {
        (id, price, open) = (next, nextPrice, nextOpen)
        next = 0
    }

    private mutating func fail(_ touch: TouchOrders, _ now: Timestamp) {
        nextAttempt = now + touch.pause(failures: failures)
        failures = min(failures + 1, 60)
    }

    /// Whether such an order can be, after its bytes were read.
    var isPossible: Bool {
        let amounts = [open, nextOpen, filled]
        return (-1...1).contains(sideSign) && (0...1).contains(cancelling) && nextAttempt >= .zero
            && nextCancel >= .zero && answerDue >= .zero && (0...60).contains(failures)
            && amounts.allSatisfy { $0.raw >= 0 && $0.raw <= 1 << 60 }
            && price.raw.magnitude <= 1 << 60 && nextPrice.raw.magnitude <= 1 << 60
    }
}
