// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosStrategy

/// Where an engine stood at one moment of its journal: books, positions, working orders, profit and loss.
public struct ReplayState: Sendable {
    /// The book of an instrument that the strategies trade.
    public struct Book: Sendable, Equatable {
        public var instrument: Instrument
        /// The best levels of both sides, best first.
        public var bids: [Level]
        public var asks: [Level]
    }

    /// Levels that are shown of each side.
    public static let depth = 5

    /// The last record that the state includes.
    public var sequence: UInt64 = 0
    /// The engine's time.
    public var time = Timestamp.zero
    /// Midnight of the first trading day, to show times of day.
    public var midnight = Timestamp.zero
    /// Names of the instruments.
    public var names = InstrumentDirectory()
    /// One for each instrument that the strategies trade, in the order of their numbers.
    public var books: [Book] = []
    /// What the strategies follow, as it stood.
    public var signals: [SignalGroup] = []
    /// Every instrument that was traded.
    public var positions: [PositionRecord] = []
    /// Orders that are not at their end, by number.
    public var orders: [WorkingOrder] = []
    /// Orders asked for so far.
    public var ordersAsked = 0
    /// The account, with open positions at the mid price.
    public var account: EquitySample?
    /// Why new orders are held back.
    public var holds: OrderHold = []

    public init() {}

    init(
        _ market: borrowing MarketState,
        sequence: UInt64,
        nextOrderID: OrderID,
        holds: OrderHold,
        signals: [SignalGroup],
        midnight: Timestamp,
        traded: Int,
        names: InstrumentDirectory,
        initialCash: Money
    ) {
        self.sequence = sequence
        self.midnight = midnight
        self.names = names
        self.holds = holds
        self.signals = signals
        time = market.now
        for index in 0..<min(traded, market.instruments) {
            let instrument = Instrument(id: UInt32(index))
            var book = Book(instrument: instrument, bids: [], asks: [])
            for depth in 0..<ReplayState.depth {
                if let level = market.books.level(instrument, .buy, depth) { book.bids.append(level) }
                if let level = market.books.level(instrument, .sell, depth) { book.asks.append(level) }
            }
            books.append(book)
        }
        positions = market.positions(instruments: market.instruments)
        account = market.sample(at: market.now, instruments: market.instruments, initialCash: initialCash)
        ordersAsked = Int(nextOrderID) - 1
        var id: OrderID = 1
        while id < nextOrderID {
            if let order = market.orders.order(id), !order.isFinal { orders.append(order) }
            id += 1
        }
    }
}
