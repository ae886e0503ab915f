// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Somebody who keeps records of what the engine does.
///
/// It sees everything and changes nothing.
public protocol EngineObserver: ~Copyable {
    /// An order was cleared and handed to the gateway; `quote` is what the engine knew.
    mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp)
    /// An order was cleared and handed to the gateway to take the place of `old`; who doesn't care hears of it by `sent`.
    mutating func replacing(_ old: OrderID, by order: NewOrder, _ quote: Quote, at time: Timestamp)
    /// The risk gate refused an order.
    mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp)
    /// `report` changed one of our orders; `quote` is that of its instrument, `fee` what a fill cost (positive = paid).
    mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money)

    /// The gate raised an alert: a soft limit was passed, or the day's loss comes near its limit.
    mutating func alerted(_ alert: RiskAlert)
    /// Something about an order or an execution does not add up.
    mutating func doubted(_ doubt: OrderDoubt)
    /// A command came, and the gate answered.
    mutating func commanded(_ command: RiskCommand, _ outcome: RiskCommandOutcome, at time: Timestamp)
    /// A limit was to be changed, and the gate answered.
    mutating func changed(_ change: RiskLimitChange, _ outcome: RiskLimitOutcome, at time: Timestamp)

    /// A parent order began, traded or ended.
    mutating func worked(_ update: ParentUpdate)
    /// The same with the quote of its instrument; who doesn't care hears of it by the one without.
    mutating func worked(_ update: ParentUpdate, _ quote: Quote)

    /// Whether `decided`, `considered` and `cancelSent` are called at all; where they are not, they cost nothing.
    static var keepsAccounts: Bool { get }
    /// `strategy` has just asked for `order` and returned: it and the market are as they were when it decided.
    mutating func decided<Trader: Strategy & ~Copyable>(
        _ order: NewOrder,
        by strategy: borrowing Trader,
        _ market: borrowing MarketState
    )
    /// The gate is about to check `order`; `quote` is that of its instrument.
    mutating func considered(_ order: NewOrder, _ quote: Quote, _ market: borrowing MarketState)
    /// The cancel of order `id` was handed to the gateway.
    mutating func cancelSent(_ id: OrderID, at time: Timestamp)

    /// Whether `routed` is called at all; where it is not, it costs nothing.
    static var followsRoutes: Bool { get }
    /// The desk has divided a slice of a parent order among venues; its children have their numbers and go to the gate next.
    mutating func routed(_ decision: RouteDecision)

    /// The desk has compared what dealers answered to a request, and takes a quote or none; called where `routed` is.
    mutating func compared(_ comparison: QuoteComparison)

    /// Whether `traded` is called at all; where it is not, it costs nothing.
    static var followsTape: Bool { get }
    /// The market has printed a trade.
    mutating func traded(_ instrument: Instrument, _ price: Price, _ quantity: Quantity)
}

extension EngineObserver where Self: ~Copyable {
    @inlinable
    public static var keepsAccounts: Bool { false }

    @inlinable
    public mutating func replacing(_ old: OrderID, by order: NewOrder, _ quote: Quote, at time: Timestamp) {
        sent(order, quote, at: time)
    }

    @inlinable
    public mutating func alerted(_ alert: RiskAlert) {}

    @inlinable
    public mutating func doubted(_ doubt: OrderDoubt) {}

    @inlinable
    public mutating func commanded(_ command: RiskCommand, _ outcome: RiskCommandOutcome, at time: Timestamp) {}

    @inlinable
    public mutating func changed(_ change: RiskLimitChange, _ outcome: RiskLimitOutcome, at time: Timestamp) {}

    @inlinable
    public mutating func worked(_ update: ParentUpdate) {}

    @inlinable
    public mutating func worked(_ update: ParentUpdate, _ quote: Quote) { worked(update) }

    @inlinable
    public mutating func decided<Trader: Strategy & ~Copyable>(
        _ order: NewOrder,
        by strategy: borrowing Trader,
        _ market: borrowing MarketState
    ) {}

    @inlinable
    public mutating func considered(_ order: NewOrder, _ quote: Quote, _ market: borrowing MarketState) {}

    @inlinable
    public mutating func cancelSent(_ id: OrderID, at time: Timestamp) {}

    @inlinable
    public static var followsRoutes: Bool { false }

    @inlinable
    public mutating func routed(_ decision: RouteDecision) {}

    @inlinable
    public mutating func compared(_ comparison: QuoteComparison) {}

    @inlinable
    public static var followsTape: Bool { false }

    @inlinable
    public mutating func traded(_ instrument: Instrument, _ price: Price, _ quantity: Quantity) {}
}

/// Keeps no records.
public struct NoObserver: EngineObserver {
    public init() {}
    @inlinable
    public mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {}
    @inlinable
    public mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {}
    @inlinable
    public mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {}
}
