// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// A parent order of the desk, and what became of it.
public struct ParentRecord: Sendable {
    /// Unique for the session.
    public var number: UInt32
    public var strategy: UInt16
    public var instrument: Instrument
    public var side: Side
    public var algorithm: Algorithm
    public var state: ParentState
    public var reason: ParentReason
    /// Wanted; of a target what it comes to when its work begins.
    public var quantity: Quantity
    /// The worst price; zero for none.
    public var limit: Price
    /// When it was given, is to be done, and was last heard of.
    public var time: Timestamp
    public var end: Timestamp
    public var last: Timestamp
    /// The gate has let it begin.
    public var wasWorked = false
    /// Orders sent for it.
    public var children = 0
    /// Traded, and price times quantity over all fills.
    public var filled = Quantity.zero
    public var value = Money.zero
    /// Positive = paid.
    public var fees = Money.zero
    /// Mids when it was given, when its first child was sent, and when it ended; zero where there was none.
    public var decision = Price.zero
    public var arrival = Price.zero
    public var finish = Price.zero
    /// It gives back what a leg of a pair has not hedged: it is there for what it has done, and misses nothing.
    public var isGivenBack = false

    /// As an update tells of it.
    public init(_ update: ParentUpdate) {
        number = update.number
        strategy = update.strategy
        instrument = update.instrument
        side = update.side
        algorithm = update.algorithm
        state = update.state
        reason = update.reason
        quantity = update.quantity
        limit = update.limit
        time = update.time
        end = update.end
        last = update.time
    }

    /// Takes over how it stands.
    mutating func take(_ update: ParentUpdate) {
        let known = self
        self = ParentRecord(update)
        time = known.time
        wasWorked = known.wasWorked || update.state == .working || update.state == .ending
        (children, filled, value, fees) = (known.children, known.filled, known.value, known.fees)
        (decision, arrival, finish) = (known.decision, known.arrival, known.finish)
        isGivenBack = known.isGivenBack
    }

    /// A share's mean price, rounded towards zero; nil for nothing done.
    public var average: Price? {
        filled.raw > 0 ? Price(raw: Int64(clamping: value.raw / Int128(filled.raw))) : nil
    }

    /// What it cost against having had all of it when it was given; nil where one of the mids is not known, or it was never worked.
    public var shortfall: Shortfall? {
        let ordered = isGivenBack ? filled : max(quantity, filled)
        guard wasWorked || children > 0, decision.raw > 0, arrival.raw > 0 || filled.raw == 0,
            finish.raw > 0 || ordered == filled
        else { return nil }
        return Shortfall(
            side: side,
            ordered: ordered,
            done: filled,
            decision: decision,
            arrival: arrival,
            end: finish,
            value: value,
            fees: fees
        )
    }
}

extension ResultsRows {
    /// A line of `parents.csv`.
    mutating func add(_ parent: ParentRecord, _ symbol: String) {
        integer(parent.number)
        time(parent.time)
        text(symbol)
        text(parent.side == .buy ? "buy" : "sell")
        text(parent.algorithm.name)
        quantity(parent.quantity)
        known(parent.limit)
        if parent.end == .never || parent.end == .zero {
            text("")
            text("")
        } else {
            time(parent.end)
        }
        text("\(parent.state)")
        text(parent.reason == .none ? "" : "\(parent.reason)")
        time(parent.last)
        integer(parent.children)
        quantity(parent.filled)
        known(parent.average ?? .zero)
        known(parent.decision)
        known(parent.arrival)
        known(parent.finish)
        let costs = parent.shortfall
        let parts = [costs?.delay, costs?.trading, costs?.opportunity, costs.map { _ in parent.fees }, costs?.total]
        for part in parts {
            if let part { money(part) } else { text("") }
        }
        integer(parent.strategy)
        endRow()
    }
}
