// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk

/// Everything that is known at one moment: books, our orders, positions, and the time.
///
/// The engine owns and changes it; a strategy borrows it and can only look. It is one pointer wide, so that lending it to
/// a strategy costs nothing (a large value would be copied bit by bit for each loan).
@safe
public struct MarketState: ~Copyable {
    @safe
    @usableFromInline
    struct Storage: ~Copyable {
        @usableFromInline var books: BookSet
        @usableFromInline var orders: WorkingOrders
        @usableFromInline var risk: RiskGate
        @usableFromInline var now = Timestamp.zero
        @usableFromInline let instruments: Int
        /// What a session of several venues has more; nil with one.
        @usableFromInline var floor: UnsafeMutablePointer<VenueFloor>?

        init(books: consuming BookSet, orders: consuming WorkingOrders, risk: consuming RiskGate, instruments: Int) {
            self.books = books
            self.orders = orders
            self.risk = risk
            self.instruments = instruments
            unsafe floor = nil
        }
    }

    @usableFromInline let storage: UnsafeMutablePointer<Storage>

    /// - Parameters:
    ///   - books: empty, or as a snapshot left them.
    ///   - orders: the most orders of a session.
    ///   - instruments: how many instruments have a place; not more than the books have.
    ///   - limits: what the gate enforces, as the policy of one firm (`RiskPolicy.init(simple:strategies:)`).
    ///   - initialCash: cash at the start.
    public init(
        books: consuming BookSet,
        orders: Int,
        instruments: Int,
        limits: RiskLimits,
        initialCash: Money = .zero
    ) {
        self.init(
            books: books,
            orders: orders,
            instruments: instruments,
            policy: RiskPolicy(simple: limits),
            initialCash: initialCash
        )
    }

    /// - Parameters:
    ///   - books: empty, or as a snapshot left them.
    ///   - orders: the most orders of a session.
    ///   - instruments: how many instruments have a place; not more than the books have.
    ///   - policy: what the gate enforces.
    ///   - directory: names of the instruments that are known already.
    ///   - initialCash: cash at the start.
    public init(
        books: consuming BookSet,
        orders: Int,
        instruments: Int,
        policy: RiskPolicy,
        directory: InstrumentDirectory = InstrumentDirectory(),
        initialCash: Money = .zero
    ) {
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(
            to: Storage(
                books: books,
                orders: WorkingOrders(capacity: orders, instruments: instruments),
                risk: RiskGate(
                    policy: policy,
                    directory: directory,
                    instruments: instruments,
                    orders: orders,
                    initialCash: initialCash
                ),
                instruments: instruments
            )
        )
    }

    deinit {
        if let floor = unsafe storage.pointee.floor {
            unsafe floor.deinitialize(count: 1)
            unsafe floor.deallocate()
        }
        unsafe storage.deinitialize(count: 1)
        unsafe storage.deallocate()
    }

    /// The order books of the first venue.
    public var books: BookSet {
        @inlinable _read { yield unsafe storage.pointee.books }
        @inlinable _modify { yield unsafe &storage.pointee.books }
    }

    /// Our own orders.
    public var orders: WorkingOrders {
        @inlinable _read { yield unsafe storage.pointee.orders }
        @inlinable _modify { yield unsafe &storage.pointee.orders }
    }

    /// The gate, and in it the ledger of positions, exposure and profit.
    public var risk: RiskGate {
        @inlinable _read { yield unsafe storage.pointee.risk }
        @inlinable _modify { yield unsafe &storage.pointee.risk }
    }

    /// The time that the events have reached; never goes back.
    public var now: Timestamp {
        @inlinable get { unsafe storage.pointee.now }
        @inlinable set { unsafe storage.pointee.now = newValue }
    }

    /// Instruments that have a place.
    @inlinable
    public var instruments: Int { unsafe storage.pointee.instruments }

    // MARK: What strategies read

    /// Best bid and offer: of several venues the best of all that count, which may lock or cross each other.
    @inlinable
    public func quote(_ instrument: Instrument) -> Quote {
        // Safe: the floor lives as long as the market.
        if let floor = unsafe storage.pointee.floor { return unsafe floor.pointee.consolidated.quote(instrument) }
        return books.quote(instrument)
    }

    /// The trading state that the venue announced; of several, `trading` where one trades.
    @inlinable
    public func tradingState(_ instrument: Instrument) -> TradingState {
        hasFloor ? floorState(instrument) : books.tradingState(instrument)
    }

    /// The phase of the venue's day; of several, `regular` where one is.
    @inlinable
    public var phase: MarketPhase { hasFloor ? floorPhase : books.phase }

    /// Our position, negative when short: the sum of all fills, of all strategies.
    @inlinable
    public func position(_ instrument: Instrument) -> Quantity { risk.position(instrument) }

    /// Price and time of the last printed trade, of several venues the latest of all.
    @inlinable
    public func lastTrade(_ instrument: Instrument) -> (price: Price, time: Timestamp) {
        hasFloor ? floorTrade(instrument) : books.lastTrade(instrument)
    }

    // MARK: What the engine does

    /// Takes a new best price into the profit and loss.
    @inlinable
    @inline(__always)
    public mutating func mark(_ instrument: Instrument, _ quote: Quote) {
        risk.mark(instrument, bid: quote.bidPrice, ask: quote.askPrice, at: now)
    }

    /// Takes what a report said into positions and exposure; `fee` is what the execution cost, or had cost when it is broken.
    @inlinable
    public mutating func settle(_ update: OrderUpdate, fee: Money) {
        switch update.kind {
        case .filled:
            // The fill tells that the venue has replaced, before its own word of it.
            if update.original != 0 {
                risk.replaced(update.orderID, leaves: update.leavesQuantity + update.released, time: now)
            }
            risk.filled(
                update.instrument,
                update.side,
                update.quantity,
                releasing: update.released,
                at: update.price,
                fee: fee,
                order: update.orderID,
                tag: update.tag,
                time: now
            )
        case .cancelled, .rejected:
            risk.released(
                update.instrument,
                update.side,
                update.released,
                order: update.orderID,
                tag: update.tag,
                time: now
            )
        case .broken:
            risk.broken(
                update.instrument,
                update.side,
                update.quantity,
                at: update.price,
                fee: fee,
                order: update.orderID,
                tag: update.tag,
                time: now
            )
        case .replaced: risk.replaced(update.orderID, leaves: update.leavesQuantity, time: now)
        case .replaceRejected: risk.replaceRejected(update.orderID, time: now)
        case .ignored, .accepted, .refusedByRisk, .cancelRejected, .suspended, .resumed, .doneForDay: break
        }
    }

    /// Takes an order to the gate, with what is known of its instrument.
    @inlinable
    public mutating func check(_ order: NewOrder, _ quote: Quote) -> Verdict {
        risk.check(order, market: snapshot(order.instrument, quote, at: order.venue))
    }

    /// Takes an order that is to replace `original`, of which `filled` is executed, to the gate.
    @inlinable
    public mutating func check(
        _ order: NewOrder,
        replacing original: OrderID,
        filled: Quantity,
        _ quote: Quote
    ) -> Verdict {
        let market = snapshot(order.instrument, quote, at: order.venue)
        return risk.checkReplace(original, by: order, filled: filled, market: market)
    }

    /// What the gate gets to know of `instrument`, whose best prices are `quote`, for an order that goes to `venue`.
    @inlinable
    @inline(__always)
    public func snapshot(_ instrument: Instrument, _ quote: Quote, at venue: Venue = Venue(id: 0)) -> MarketSnapshot {
        let trade = lastTrade(instrument)
        return MarketSnapshot(
            bid: quote.bidPrice,
            ask: quote.askPrice,
            bidQuantity: quote.bidQuantity,
            askQuantity: quote.askQuantity,
            quoteTime: hasFloor ? floorUpdate(instrument) : books.lastUpdate(instrument),
            lastTradePrice: trade.price,
            lastTradeTime: trade.time,
            priorClose: .zero,
            tradingState: hasFloor ? tradingState(instrument, at: venue) : books.tradingState(instrument),
            phase: hasFloor ? phase(at: venue) : books.phase,
            now: now
        )
    }
}
