// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket

/// The teaching example: a whole strategy for one instrument.
///
/// Idea: when many more shares wait to buy than to sell, the price tends to go up. So: join the heavier side of the best
/// quote with a passive order; once filled, offer the shares on the other side; when the weight has gone, or after too
/// long, take what the market gives.
///
/// Method: do not program transitions. Say which order *should* be working now; compare with the one that is; cancel or
/// send accordingly. Called at every event, this finds its way back from any surprise: partial fills, refusals, halts.
public struct QueueImbalance: Strategy {
    /// The order that should be working.
    private struct Wish {
        var side: Side
        var quantity: Quantity
        var price: Price
        var timeInForce: TimeInForce
    }

    let parameters: QueueImbalanceParameters
    let instrument: Instrument
    var firstEntry: Timestamp
    var flattenAt: Timestamp

    // All state is plain numbers: nothing here allocates, whatever happens.
    var position = Quantity.zero
    var positionSince = Timestamp.zero
    private var working: OrderID = 0  // 0: none
    private var workingWish = Wish(side: .buy, quantity: .zero, price: .zero, timeInForce: .day)
    private var isCancelling = false
    private var nextAttempt = Timestamp.zero

    /// The strategy for the symbol of `parameters`, which is registered in `instruments` when it is not yet known.
    public init(_ parameters: QueueImbalanceParameters, instruments: inout InstrumentDirectory, midnight: Timestamp) {
        self.parameters = parameters
        instrument = instruments.register(parameters.symbol)
        firstEntry = midnight + parameters.firstEntry
        flattenAt = midnight + parameters.flattenAt
    }

    // Times of day count from the midnight of the day that begins.
    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        firstEntry = midnight + parameters.firstEntry
        flattenAt = midnight + parameters.flattenAt
    }

    // Everybody's quotes arrive here: look at ours only.
    public mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        if instrument == self.instrument { reconcile(market, &intents) }
    }

    // Time passes also when no quote comes: positions grow old.
    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        reconcile(market, &intents)
    }

    // The only source of truth about our orders. A position is the sum of fills, never of intentions.
    public mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        if update.kind == .filled {
            if position.raw == 0 { positionSince = market.now }
            position += Quantity(raw: update.side.sign * update.quantity.raw)
        }
        if update.kind == .broken {
            position -= Quantity(raw: update.side.sign * update.quantity.raw)
            positionSince = market.now
        }
        // Venue and risk gate may say no: wait a second instead of asking again at once.
        let refused = update.kind == .rejected || update.kind == .refusedByRisk
        // What was displayed may be gone already: an order that took nothing is not repeated at once either.
        let missed = update.kind == .cancelled && workingWish.timeInForce == .immediateOrCancel
        if refused || missed { nextAttempt = market.now + 1_000_000_000 }
        // Of this order: that of an earlier one may come late.
        if update.kind == .cancelRejected, update.orderID == working { isCancelling = false }
        if update.isFinal && update.orderID == working {
            working = 0
            isCancelling = false
        }
        reconcile(market, &intents)
    }

    // What the system has taken back is not held any more, and what of that never was is held again; the next quote decides on
    // what is left.
    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let sign = update.kind == .broken ? -update.side.sign : update.side.sign
        position += Quantity(raw: sign * update.quantity.raw)
    }

    private mutating func reconcile(_ market: borrowing MarketState, _ intents: inout Intents) {
        let wish = wish(market)
        if working != 0 {
            let fits =
                wish?.side == workingWish.side && wish?.price == workingWish.price
                && wish?.timeInForce == workingWish.timeInForce
            // One cancel is enough; the answer comes as an update, and what it leaves undone is sent anew.
            if !fits && !isCancelling {
                intents.cancel(working)
                isCancelling = true
            }
        } else if let wish, market.now >= nextAttempt {
            working = intents.submit(
                instrument,
                wish.side,
                wish.quantity,
                at: wish.price,
                timeInForce: wish.timeInForce
            )
            workingWish = wish
        }
    }

    /// The order that should be working now, or nil.
    private func wish(_ market: borrowing MarketState) -> Wish? {
        let quote = market.quote(instrument)
        // An empty, crossed or halted book is no market: want nothing.
        guard quote.isTwoSided, !quote.isCrossed, market.phase == .regular,
            market.tradingState(instrument) == .trading
        else { return nil }
        let imbalance = QueueImbalance.imbalance(quote)
        if position.raw == 0 {
            guard market.now >= firstEntry, market.now < flattenAt, imbalance.magnitude >= parameters.enter else {
                return nil
            }
            let side: Side = imbalance > 0 ? .buy : .sell
            return Wish(side: side, quantity: parameters.quantity, price: quote.price(side), timeInForce: .day)
        }
        let side: Side = position.raw > 0 ? .sell : .buy
        let weight = position.raw > 0 ? imbalance : -imbalance
        let isOver = weight <= parameters.exit || market.now - positionSince >= parameters.maxHold
        return isOver || market.now >= flattenAt
            ? Wish(
                side: side,
                quantity: position.magnitude,
                price: quote.price(side.opposite),
                timeInForce: .immediateOrCancel
            )
            : Wish(side: side, quantity: position.magnitude, price: quote.price(side), timeInForce: .day)
    }

    /// From −1 (all weight on the ask) to +1 (all on the bid).
    static func imbalance(_ quote: Quote) -> Double {
        let bid = quote.bidQuantity.value
        let ask = quote.askQuantity.value
        return (bid - ask) / (bid + ask)
    }
}

// MARK: - State
extension QueueImbalance {
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("imbalanc")
        parameters.save(to: &writer)
        writer.write(instrument)
        writer.write(firstEntry)
        writer.write(flattenAt)
        writer.write(position)
        writer.write(positionSince)
        writer.write(working)
        writer.write(workingWish.side.rawValue)
        writer.write(workingWish.quantity)
        writer.write(workingWish.price)
        writer.write(workingWish.timeInForce.rawValue)
        writer.write(isCancelling)
        writer.write(nextAttempt)
    }

    // After an error nothing has changed.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("imbalanc")
        try parameters.match(&reader)
        try reader.match(instrument, "instrument of \(parameters.symbol)")
        var saved = self
        saved.firstEntry = try reader.read(Timestamp.self)
        saved.flattenAt = try reader.read(Timestamp.self)
        saved.position = try reader.readPosition("position")
        saved.positionSince = try reader.readTime("time of the position")
        saved.working = try reader.read(OrderID.self)
        saved.workingWish.side = try reader.readCase(Side.self)
        saved.workingWish.quantity = try reader.readAmount("quantity of the wish")
        saved.workingWish.price = try reader.read(Price.self)
        saved.workingWish.timeInForce = try reader.readCase(TimeInForce.self)
        saved.isCancelling = try reader.readFlag()
        saved.nextAttempt = try reader.readTime("time of the next attempt")
        self = saved
    }
}
