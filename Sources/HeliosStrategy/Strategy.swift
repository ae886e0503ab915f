// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// A trading idea.
///
/// The engine calls it with what has happened; it answers by writing `Intents`.
///
/// The market state is borrowed: a strategy can look at everything that had arrived by `now` and change nothing. It has no
/// way to a venue, a clock or a file, which is why the same code runs on history, on paper and live.
///
/// ```swift
/// struct BuyTheFirstQuote: Strategy {
///     var done = false
///     mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
///         let quote = market.quote(instrument)
///         guard !done, quote.isTwoSided, market.tradingState(instrument) == .trading else { return }
///         done = intents.submit(instrument, .buy, Quantity(100), at: quote.askPrice) != 0
///     }
/// }
/// ```
/// Every requirement has an empty default: implement what the idea needs. State that grows with the number of
/// instruments belongs in memory reserved at the start; a strategy that allocates per event slows the engine down.
public protocol Strategy: ~Copyable {
    /// The best bid or offer of `instrument`, or its quantity, has changed.
    mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents)

    /// A trade was printed: `event` has the instrument, price and quantity.
    mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents)

    /// Market time has moved on by another timer interval (100 ms).
    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents)

    /// Something became of one of the strategy's orders.
    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents)

    /// The system has reduced a position of the strategy after a breach: `update` is a fill (kind `filled`) of an order that the
    /// strategy did not send; its tag is that of the strategy's own order whose position it takes back.
    ///
    /// The position is smaller now, and the strategy should take it so and not build it up again. A fill that the venue takes back
    /// comes as `broken`: the position is there again.
    mutating func onReduction(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents)

    /// Something became of one of the strategy's parent orders: it began, one of its children traded, it ended.
    ///
    /// Children are not told by `onOrder`: what they trade comes as `filled` of the parent.
    mutating func onParent(_ update: ParentUpdate, _ market: borrowing MarketState, _ intents: inout Intents)

    /// A request for quotes was sent, a dealer has answered, or its time is over; a quote that was taken is an order.
    mutating func onQuoteRequest(_ update: QuoteUpdate, _ market: borrowing MarketState, _ intents: inout Intents)

    /// Another trading day begins; `midnight` is where its times of day count from. Not called for the first day, whose
    /// midnight a strategy is made with.
    mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents)

    // MARK: Saved state

    /// Whether `save` and `restore` carry over everything that the strategy decides by; false unless it says so.
    ///
    /// An engine takes snapshots only of a strategy that is restorable; one that is not comes back by replay.
    static var isRestorable: Bool { get }

    /// Appends the strategy's state, and the parameters that it depends on, which `restore` compares.
    ///
    /// Equal states give equal bytes.
    func save(to writer: inout StateWriter)

    /// Takes the state of a strategy with the same parameters, and goes on exactly as that one would.
    ///
    /// - Throws: `StateError` for bytes that no such strategy wrote; the strategy must then not be used.
    mutating func restore(from reader: inout StateReader) throws(StateError)

    // MARK: Accounts of a decision

    // Asked only when somebody wants an order explained: right after the strategy has returned, before the gate has seen
    // the order, so that state and market are those that it decided by. They may allocate.

    /// The values that led to `order`, an order of this strategy that it has just asked for.
    func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue]

    /// Why `order` was just asked for, as one sentence; empty when the strategy does not say.
    func reason(for order: NewOrder, _ market: borrowing MarketState) -> String

    /// All values that it follows, as they stand between two events; it may allocate.
    func standing(_ market: borrowing MarketState) -> [SignalGroup]

    /// The instruments whose books the decision on `order` looked at, the order's own first.
    func instruments(of order: NewOrder) -> [Instrument]
}

extension Strategy where Self: ~Copyable {
    @inlinable
    public mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {}

    @inlinable
    public mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents) {}

    @inlinable
    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {}

    @inlinable
    public mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {}

    @inlinable
    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {}

    @inlinable
    public mutating func onParent(_ update: ParentUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {}

    @inlinable
    public mutating func onQuoteRequest(
        _ update: QuoteUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {}

    @inlinable
    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {}

    public static var isRestorable: Bool { false }

    public func save(to writer: inout StateWriter) {}

    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        throw reader.error(.unsupported, "the strategy does not save its state")
    }

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] { [] }

    public func standing(_ market: borrowing MarketState) -> [SignalGroup] { [] }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String { "" }

    public func instruments(of order: NewOrder) -> [Instrument] { [order.instrument] }
}
