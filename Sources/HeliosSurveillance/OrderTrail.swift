// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk

/// One of our orders, as far as surveillance has to know it.
public struct OrderTrail: Sendable {
    public var order: NewOrder
    /// When it was decided; and when it ended, or nil while it works.
    public var sent: Timestamp
    public var ended: Timestamp?
    public var filled = Quantity.zero
    public var cancelled = Quantity.zero
    /// Best bid and ask at the decision; zero where there was none.
    public var bid: Price
    public var ask: Price
    public var isRefused = false
    /// When the first and the last of it traded.
    public var firstFill: Timestamp?

    public init(_ order: NewOrder, at time: Timestamp, _ quote: (bid: Price, ask: Price)) {
        self.order = order
        sent = time
        bid = quote.bid
        ask = quote.ask
    }

    /// Whether it may trade.
    public var isLive: Bool { ended == nil && !isRefused }
}

/// An order that the gate refused.
public struct RefusalRecord: Sendable {
    public var order: NewOrder
    public var refusal: RiskRefusal
    public var time: Timestamp
    public var sequence: UInt64
}
