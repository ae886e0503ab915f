// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket

/// How a leg takes what it lacks.
struct TouchOrders: Sendable, BitwiseCopyable {
    /// How far through the touch an order may go.
    var tolerance: Price
    /// Pause after an order that did not fill; refusals in a row double it.
    var coolDown: Nanoseconds

    /// Refusals in a row double the pause until it is this many times as long.
    static var maximumBackoff: Int64 { 128 }

    /// The pause after so many refusals in a row.
    func pause(failures: Int) -> Nanoseconds {
        coolDown * min(Int64(1) << Int64(min(failures, 7)), TouchOrders.maximumBackoff)
    }
}

/// What is held of one instrument, what should be held, and the order between the two.
///
/// The position is the sum of fills, never of intentions. There is at most one order; what it leaves undone is asked for again
/// after a pause. A strategy of several legs calls `send` for each until all are `isDone`.
struct TargetLeg: BitwiseCopyable {
    var position = Quantity.zero
    var target = Quantity.zero
    /// The working order; 0 when there is none.
    var order: OrderID = 0
    var nextAttempt = Timestamp.zero
    /// Refusals in a row.
    var failures = 0

    var isDone: Bool { order == 0 && position == target }
    var isFlat: Bool { isDone && position.raw == 0 }

    /// Whether an order for `instrument` may go out now.
    static func isOpen(_ instrument: Instrument, _ quote: Quote, _ market: borrowing MarketState) -> Bool {
        market.phase == .regular && market.tradingState(instrument) == .trading && quote.isTwoSided && !quote.isCrossed
    }

    /// Sends an order, at once or never, for what is lacking, through the touch by no more than the tolerance.
    ///
    /// - Returns: whether an order was asked for; where there was no room for it the leg waits.
    mutating func send(
        _ instrument: Instrument,
        _ touch: TouchOrders,
        group: UInt32,
        leg: UInt16,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) -> Bool {
        let missing = target - position
        guard missing.raw != 0, order == 0, market.now >= nextAttempt else { return false }
        let quote = market.quote(instrument)
        guard TargetLeg.isOpen(instrument, quote, market) else { return false }
        let side: Side = missing.raw > 0 ? .buy : .sell
        let limit = side == .buy ? quote.askPrice + touch.tolerance : quote.bidPrice - touch.tolerance
        order = intents.submit(
            instrument,
            side,
            missing.magnitude,
            at: limit.raw > 0 ? limit : quote.bidPrice,
            timeInForce: .immediateOrCancel,
            group: group,
            leg: leg
        )
        if order == 0 { wait(touch, market.now) }
        return true
    }

    /// Takes a report on an order of the leg, the one that works or another one.
    ///
    /// - Returns: whether position or order are others now, so that there may be something to do. A fill may also come after its
    ///   order's end, and be taken back.
    @discardableResult
    mutating func take(_ update: OrderUpdate, _ touch: TouchOrders, _ now: Timestamp) -> Bool {
        var isMoved = false
        switch update.kind {
        case .filled:
            position += Quantity(raw: update.side.sign * update.quantity.raw)
            failures = 0
            isMoved = true
        case .broken:
            position -= Quantity(raw: update.side.sign * update.quantity.raw)
            isMoved = true
        // Not of a quote of the same instrument, whose pauses are its own.
        case .rejected where update.orderID == order, .refusedByRisk where update.orderID == order:
            failures += 1
        case .rejected, .refusedByRisk, .accepted, .cancelled, .cancelRejected, .ignored, .suspended, .resumed,
            .doneForDay, .replaced,
            .replaceRejected:
            break
        }
        guard update.isFinal, update.orderID == order else { return isMoved }
        order = 0
        if position != target { wait(touch, now) }
        return true
    }

    /// Takes what the system took back, or what was not taken back after all: position and target both move, so that nothing is
    /// bought again and nothing is thought to have left its place.
    mutating func reduce(_ update: OrderUpdate) {
        let sign = update.kind == .broken ? -update.side.sign : update.side.sign
        let change = Quantity(raw: sign * update.quantity.raw)
        position += change
        if target.raw != 0 { target += change }
    }

    private mutating func wait(_ touch: TouchOrders, _ now: Timestamp) {
        nextAttempt = now + touch.pause(failures: failures)
    }
}

// MARK: - State
extension TargetLeg {
    func save(to writer: inout StateWriter) {
        writer.write(position)
        writer.write(target)
        writer.write(order)
        writer.write(nextAttempt)
        writer.write(failures)
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        position = try reader.readPosition("position of a leg")
        target = try reader.readPosition("target of a leg")
        order = try reader.read(OrderID.self)
        nextAttempt = try reader.readTime("time of the next attempt")
        failures = try reader.readCount(upTo: StateReader.largestCount, "refusals in a row")
    }
}

extension TargetLeg {
    /// Whether such a leg can be, after its bytes were read.
    var isPossible: Bool {
        position.raw.magnitude <= 1 << 60 && target.raw.magnitude <= 1 << 60 && nextAttempt >= .zero && failures >= 0
            && failures <= StateReader.largestCount
    }
}
