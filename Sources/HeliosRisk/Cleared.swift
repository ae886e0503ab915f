// SPDX-License-Identifier: MIT
import HeliosMarket

/// An order that the risk gate let pass: the only thing that a gateway accepts.
///
/// Only `RiskGate` makes it (its initialiser does not exist outside this module), it can't be copied, and handing it to
/// a gateway uses it up: one verdict, one order at the venue. The exposure of the order is reserved already.
public struct Cleared: ~Copyable, Sendable {
    /// The order as it travels: a market order carries the worst price it may trade at.
    public let order: NewOrder
    /// The order that it is to take the place of; 0 for an order of its own.
    public let original: OrderID
    /// The number of this clearance, from 1.
    public let sequence: UInt64
    /// When it was cleared.
    public let time: Timestamp

    init(_ order: NewOrder, replacing original: OrderID = 0, sequence: UInt64, at time: Timestamp) {
        self.order = order
        self.original = original
        self.sequence = sequence
        self.time = time
    }
}

/// The gate's answer to an order.
public enum Verdict: ~Copyable, Sendable {
    /// It may be sent.
    case cleared(Cleared)
    /// It may not, and why.
    case refused(RiskRefusal)
}

/// The way to a venue.
public protocol OrderGateway: ~Copyable {
    /// Sends a cleared order.
    mutating func send(_ order: consuming Cleared)
    /// Asks the venue to let a cleared order (`RiskGate.checkReplace`) take the place of `Cleared.original`; its quantity is over
    /// the whole life of the chain, executed shares included.
    mutating func replace(_ order: consuming Cleared)
    /// Asks the venue to cancel what is left of our order `id`. No control stands in the way of a cancel.
    mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp)
}

/// What the gate needs to know of the market, taken at one moment.
@frozen
public struct MarketSnapshot: Sendable, BitwiseCopyable {
    /// The best prices; a side whose quantity is zero is empty.
    public var bid: Price
    public var ask: Price
    public var bidQuantity: Quantity
    public var askQuantity: Quantity
    /// When the instrument's book last changed.
    public var quoteTime: Timestamp
    /// The last trade; price zero when there was none.
    public var lastTradePrice: Price
    public var lastTradeTime: Timestamp
    /// The last session's close; zero when it is not known.
    public var priorClose: Price
    public var tradingState: TradingState
    public var phase: MarketPhase
    public var now: Timestamp

    @inlinable
    public init(
        bid: Price = .zero,
        ask: Price = .zero,
        bidQuantity: Quantity = .zero,
        askQuantity: Quantity = .zero,
        quoteTime: Timestamp = .zero,
        lastTradePrice: Price = .zero,
        lastTradeTime: Timestamp = .zero,
        priorClose: Price = .zero,
        tradingState: TradingState = .unknown,
        phase: MarketPhase = .closed,
        now: Timestamp
    ) {
        self.bid = bid
        self.ask = ask
        self.bidQuantity = bidQuantity
        self.askQuantity = askQuantity
        self.quoteTime = quoteTime
        self.lastTradePrice = lastTradePrice
        self.lastTradeTime = lastTradeTime
        self.priorClose = priorClose
        self.tradingState = tradingState
        self.phase = phase
        self.now = now
    }
}
