// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// A gateway that keeps what it is given.
struct KeepingGateway: OrderGateway, ~Copyable {
    var orders: [NewOrder] = []
    var sequences: [UInt64] = []
    var cancels: [OrderID] = []
    /// The numbers of the orders that are to be replaced, beside those of `orders` that are to replace them.
    var replaced: [(old: OrderID, new: OrderID)] = []

    mutating func replace(_ order: consuming Cleared) {
        replaced.append((order.original, order.order.id))
        orders.append(order.order)
        sequences.append(order.sequence)
    }

    mutating func send(_ order: consuming Cleared) {
        orders.append(order.order)
        sequences.append(order.sequence)
    }

    mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp) { cancels.append(id) }
}

/// A strategy that does what the test says and keeps what it hears.
struct ScriptedStrategy: Strategy {
    typealias Act = (borrowing MarketState, inout Intents) -> Void

    var atQuote: Act = { _, _ in }
    var atTimer: Act = { _, _ in }
    var atOrder: (OrderUpdate, borrowing MarketState, inout Intents) -> Void = { _, _, _ in }
    var updates: [OrderUpdate] = []
    var quotes: [(instrument: Instrument, quote: Quote, now: Timestamp)] = []
    var trades: [Price] = []

    mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        quotes.append((instrument, market.quote(instrument), market.now))
        atQuote(market, &intents)
    }

    mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents) {
        trades.append(event.price)
    }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) { atTimer(market, &intents) }

    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        updates.append(update)
        atOrder(update, market, &intents)
    }
}

typealias TestEngine = Engine<ScriptedStrategy, KeepingGateway, NoObserver>

/// One instrument that trades, 10.00 bid for 500 and 10.02 offered.
func makeEngine(
    _ strategy: ScriptedStrategy,
    fees: FeeSchedule = FeeSchedule(),
    intents: Int = 64,
    orders: Int = 1_000
) throws -> TestEngine {
    let shares = InstrumentLimits.usShares(
        maxOrderQuantity: Quantity(1_000),
        maxPosition: Quantity(100_000),
        maxDayQuantity: Quantity(1_000_000),
        averageDailyVolume: InstrumentLimits.volumeUnknown
    )
    let limits = RiskLimits.standard(
        dayLoss: Money(100_000),
        notional: Money(1_000_000_000),
        instrument: shares
    )
    var policy = RiskPolicy(simple: limits)
    policy.loosenCounts()
    let market = MarketState(
        books: try BookSet(capacity: BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)),
        orders: orders,
        instruments: 2,
        policy: policy
    )
    var engine = TestEngine(
        market: market,
        strategy: ScriptedStrategy(),
        gateway: KeepingGateway(),
        observer: NoObserver(),
        fees: fees,
        intentCapacity: intents
    )
    engine.apply(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
    engine.apply(Event(instrument: stock, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))))
    engine.apply(add(1, .buy, 500, 1_000, at: 1))
    engine.apply(add(2, .sell, 500, 1_002, at: 2))
    engine.strategy = strategy
    return engine
}

let stock = Instrument(id: 0)

func price(_ cents: Int64) -> Price { Price(raw: cents * Price.scale / 100) }

func add(_ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64, at time: Nanoseconds) -> Event {
    Event(
        eventTime: Timestamp(nanoseconds: time),
        receiveTime: Timestamp(nanoseconds: time),
        orderID: id,
        price: price(cents),
        quantity: Quantity(shares),
        instrument: stock,
        kind: .addOrder,
        flags: side == .sell ? .sell : []
    )
}

func timer(at time: Nanoseconds) -> Event {
    Event(eventTime: Timestamp(nanoseconds: time), receiveTime: Timestamp(nanoseconds: time), kind: .timer)
}

/// A report of the venue about order `id`.
func report(
    _ kind: EventKind,
    _ id: OrderID,
    _ shares: Int = 0,
    _ cents: Int64 = 0,
    execution: UInt64 = 0,
    flags: EventFlags = [],
    at time: Nanoseconds
) -> Event {
    Event(
        eventTime: Timestamp(nanoseconds: time),
        receiveTime: Timestamp(nanoseconds: time),
        orderID: id,
        price: price(cents),
        quantity: Quantity(shares),
        instrument: stock,
        kind: kind,
        flags: flags,
        detail: execution
    )
}
