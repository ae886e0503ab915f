// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue
import Testing

/// Keeps what the desk compared, sent, and heard of its orders.
struct BlockObserver: EngineObserver, ~Copyable {
    var comparisons: [QuoteComparison] = []
    var orders: [NewOrder] = []
    var refusals: [RiskControl] = []
    var updates: [OrderUpdate] = []
    var fees = Money.zero

    static var followsRoutes: Bool { true }

    mutating func compared(_ comparison: QuoteComparison) { comparisons.append(comparison) }
    mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) { orders.append(order) }
    mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {
        refusals.append(refusal.control)
    }
    mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {
        updates.append(update)
        fees += fee
    }
}

/// An engine, a venue whose books stand still at 100.00 to 100.02, and dealers beside it; ten in the morning.
struct BlockRoom: ~Copyable {
    typealias Desk = Engine<ParentStrategy, SimulatedGateway, BlockObserver>
    static let ten = ExecutionMarket.ten

    var engine: Desk
    var venue: DealerRoom<HistoricalVenue>
    var now = BlockRoom.ten
    let makeEngine: () throws -> Desk

    init(
        _ models: [DealerModel],
        orderLimit: Int = 100_000,
        latency: Nanoseconds = 1_000_000,
        _ settings: ExecutionSettings = ExecutionSettings()
    ) throws {
        let capacity = BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)
        var placed = DealerSettings(models)
        placed.latency = latency
        placed = placed.behind(1)
        let shares = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(orderLimit),
            maxPosition: Quantity(1_000_000),
            maxDayQuantity: Quantity(100_000_000),
            averageDailyVolume: InstrumentLimits.volumeUnknown,
            maxOrderNotional: Money(100_000_000)
        )
        var limits = RiskLimits.standard(
            dayLoss: Money(100_000_000),
            notional: Money(10_000_000_000),
            instrument: shares
        )
        limits.staleAge = .max / 2
        limits.quoteAge = .max / 2
        var policy = RiskPolicy(simple: limits)
        policy.loosenCounts()
        policy.otherInstruments?.dailyVolatility = 200
        policy.venues = ["book"] + placed.dealers.map(\.name)
        var settings = settings
        settings.dealers = placed.dealers.map { Dealer(venue: $0.venue, feePerShare: $0.fee) }
        var fees = FeeSchedule()
        for dealer in placed.dealers {
            _ = fees.add(FeeSchedule.Rule(venue: dealer.venue, maker: dealer.fee, taker: dealer.fee))
        }
        makeEngine = { [policy, settings, fees, placed] in
            Desk(
                market: MarketState(
                    books: try BookSet(capacity: capacity),
                    orders: 1_000,
                    instruments: 2,
                    policy: policy
                ),
                strategy: ParentStrategy(),
                gateway: SimulatedGateway(SimulationModels(), nil, placed),
                observer: BlockObserver(),
                fees: fees,
                execution: ExecutionDesk(settings, policy, instruments: 2),
                dealers: QuoteDesk(dealers: settings.dealers, patience: settings.quoteTime)
            )
        }
        let history = try HistoricalVenue(capacity: capacity, reportLatency: 1_000)
        engine = try makeEngine()
        venue = DealerRoom(history, placed)
        both(Event(eventTime: now, receiveTime: now, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        trade("T")
        for (number, side, cents) in [(OrderID(1), Side.buy, Int64(10_000)), (2, .sell, 10_002)] {
            var event = add(number, side, 800, cents, at: now.nanoseconds)
            event.receiveTime = now
            both(event)
        }
    }

    mutating func both(_ event: Event) {
        venue.advance(event)
        engine.apply(event)
    }

    /// `T` trades, `H` is halted.
    mutating func trade(_ state: Unicode.Scalar) {
        both(
            Event(
                eventTime: now,
                receiveTime: now,
                instrument: stock,
                kind: .tradingStatus,
                detail: UInt64(UInt8(ascii: state))
            )
        )
    }

    /// Timers every 100 ms, with whatever travels between them in the order of its arrival.
    mutating func run(_ milliseconds: Int64) {
        for _ in 0..<milliseconds / 100 {
            now = now + 100_000_000
            while min(engine.gateway.nextArrival, venue.nextReportTime) <= now {
                if engine.gateway.nextArrival <= venue.nextReportTime {
                    let message = engine.gateway.take()
                    if message.isCancel {
                        venue.cancel(message.order.id, at: message.arrival)
                    } else if message.question.kind != .none {
                        venue.ask(message.question, at: message.arrival)
                    } else {
                        venue.submit(message.order, at: message.arrival)
                    }
                } else {
                    engine.apply(venue.takeReport())
                }
            }
            engine.apply(Event(eventTime: now, receiveTime: now, kind: .timer))
        }
    }

    /// Gives a parent by `rfq` of so many shares; its number is the first.
    mutating func give(
        _ shares: Int,
        _ side: Side = .buy,
        limit: Int64 = 0,
        seconds: Int64 = 60
    ) {
        let request = ParentRequest(
            .rfq,
            stock,
            side,
            Quantity(shares),
            limit: price(limit),
            until: now + seconds * 1_000_000_000
        )
        engine.apply(request.record(at: now))
    }

    /// The newest update of the first parent.
    var last: ParentUpdate? { engine.strategy.updates.last { $0.number == Intents.firstParent } }
}
