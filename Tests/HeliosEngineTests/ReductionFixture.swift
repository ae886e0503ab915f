// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

/// Buys and sells what the test says, and keeps what the system has taken back.
struct HoldingStrategy: Strategy {
    var wishes: [(instrument: UInt32, side: Side, shares: Int, cents: Int64, group: UInt32, leg: UInt16)] = []
    var updates: [OrderUpdate] = []
    var losses: [OrderUpdate] = []
    /// In whose name it asks.
    var stamp: UInt16 = 0
    /// Where its orders go.
    var elsewhere = Venue(id: 0)

    static var isRestorable: Bool { true }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        intents.strategy = stamp
        defer { intents.strategy = 0 }
        for wish in wishes {
            _ = intents.submit(
                Instrument(id: wish.instrument),
                wish.side,
                Quantity(wish.shares),
                at: price(wish.cents),
                venue: elsewhere,
                group: wish.group,
                leg: wish.leg
            )
        }
        wishes = []
    }

    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        updates.append(update)
    }

    mutating func onReduction(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        losses.append(update)
    }

    func save(to writer: inout StateWriter) {}
    mutating func restore(from reader: inout StateReader) throws(StateError) {}
}

/// A made-up market and venue around an engine with a reduction desk: quotes that stand still, trades as the test wants them.
struct ReductionMarket: ~Copyable {
    typealias Desk = Engine<HoldingStrategy, KeepingGateway, NoObserver>

    var engine: Desk
    /// Nanoseconds; the quotes are as old as the last `quote`.
    var now: Int64 = 0
    var execution: UInt64 = 0
    var nextOrder: OrderID = 1
    /// What has traded in the market and what the desk has done, by instrument, in shares.
    var volume: [Int]
    var worked: [Int]
    /// Desk's orders as they went out.
    var children: [NewOrder] = []
    private var seen = 0
    /// Limits to set once positions are held: their places, and their values.
    private var tightenings: [(place: Int, hard: Int128)] = []
    let makeEngine: () throws -> Desk

    init(
        _ count: Int,
        spreads: [Int64],
        _ policy: RiskPolicy,
        model: RiskModel? = nil,
        dayLoss: Int = 1_000_000,
        volume averageVolume: Quantity = InstrumentLimits.volumeUnknown,
        venues: Int = 1
    ) throws {
        let shares = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(100_000),
            maxPosition: Quantity(1_000_000),
            maxDayQuantity: Quantity(10_000_000),
            averageDailyVolume: averageVolume,
            maxOrderNotional: Money(100_000_000)
        )
        let ample = Money(1_000_000_000)
        var limits = RiskLimits.standard(dayLoss: Money(dayLoss), notional: ample, instrument: shares)
        limits.staleAge = .max / 2
        limits.quoteAge = .max / 2
        var whole = RiskPolicy(simple: limits, strategies: 2)
        whole.otherInstruments?.dailyVolatility = 200
        whole.reduction = policy.reduction
        if venues > 1 { whole.venues = (0..<venues).map { "V\($0)" } }
        whole.selfTrade = policy.selfTrade
        for limit in policy.limits {
            let known = whole.limits.firstIndex {
                $0.kind == limit.kind && $0.scope == limit.scope && $0.target == limit.target
            }
            tightenings.append((known ?? whole.limits.count, limit.hard))
            if known == nil { whole.limits.append(RiskLimit(limit.scope, limit.target, limit.kind, hard: ample.raw)) }
        }
        makeEngine = { [whole] in
            var directory = InstrumentDirectory()
            for index in 0..<count { _ = directory.register(Symbol("S\(index)") ?? Symbol(packed: 0)) }
            let capacity = BookCapacity(instruments: count, orders: 8_192, levels: 8_192)
            var market = MarketState(
                books: try BookSet(capacity: capacity),
                orders: 20_000,
                instruments: count,
                policy: whole,
                directory: directory
            )
            if let model { market.risk.load(model, directory) }
            if venues > 1 {
                try market.open(venues: venues, lit: VenueSet(first: venues), capacity: capacity, staleAge: 0)
            }
            return Desk(
                market: market,
                strategy: HoldingStrategy(),
                gateway: KeepingGateway(),
                observer: NoObserver(),
                fees: FeeSchedule(),
                reduction: ReductionDesk(whole, instruments: count, directory: directory, model: model)
            )
        }
        engine = try makeEngine()
        volume = Array(repeating: 0, count: count)
        worked = Array(repeating: 0, count: count)
        engine.apply(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        for index in 0..<count {
            state(index, "T")
            quote(index, 10_000 - spreads[index], 10_000 + spreads[index])
        }
        for place in 1..<max(venues, 1) {
            let venue = Venue(place: place)
            engine.apply(Event(venue: venue, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
            for index in 0..<count {
                engine.apply(
                    event(.tradingStatus, index) {
                        $0.venue = venue
                        $0.detail = UInt64(UInt8(ascii: "T"))
                    }
                )
                quote(index, 10_000 - spreads[index], 10_000 + spreads[index], at: place)
            }
        }
    }

    mutating func state(_ index: Int, _ letter: Character) {
        let code = UInt64(letter.asciiValue ?? 0)
        engine.apply(event(.tradingStatus, index) { $0.detail = code })
    }

    private func event(_ kind: EventKind, _ index: Int, _ change: (inout Event) -> Void) -> Event {
        var event = Event(
            eventTime: Timestamp(nanoseconds: now),
            receiveTime: Timestamp(nanoseconds: now),
            instrument: Instrument(id: UInt32(index)),
            kind: kind
        )
        change(&event)
        return event
    }

    /// The only two orders in the book of a venue, in cents.
    mutating func quote(_ index: Int, _ bid: Int64, _ ask: Int64, at place: Int = 0) {
        let venue = Venue(id: place == 0 ? 0 : UInt16(place + 1))
        engine.apply(event(.clearBook, index) { $0.venue = venue })
        for (side, cents) in [(Side.buy, bid), (.sell, ask)] {
            let id = nextOrder
            nextOrder += 1
            engine.apply(
                event(.addOrder, index) {
                    $0.orderID = id
                    $0.price = price(cents)
                    $0.quantity = Quantity(1_000_000)
                    $0.venue = venue
                    if side == .sell { $0.flags = .sell }
                }
            )
        }
    }

    mutating func trade(_ index: Int, _ shares: Int) {
        volume[index] += shares
        engine.apply(
            event(.trade, index) {
                $0.price = price(10_000)
                $0.quantity = Quantity(shares)
                $0.flags = .printable
            }
        )
    }

    mutating func tick(_ milliseconds: Int64 = 100) {
        for (place, hard) in tightenings {
            let change = RiskLimitChange(limit: UInt32(place), value: hard, proposer: 1, approver: 2)
            engine.apply(change.record(at: Timestamp(nanoseconds: now)))
            #expect(engine.market.risk.limitValue(place) == hard)
        }
        tightenings = []
        now += milliseconds * 1_000_000
        engine.apply(event(.timer, 0) { _ in })
        collect()
    }

    /// Keeps the desk's new orders, and checks what must hold of each.
    private mutating func collect() {
        while seen < engine.gateway.orders.count {
            let order = engine.gateway.orders[seen]
            seen += 1
            if ReductionDesk.isOwn(order.tag) { children.append(order) }
        }
    }

    /// A report of the venue about order `id`.
    mutating func report(_ kind: EventKind, _ id: OrderID, _ shares: Int = 0, at cents: Int64 = 0) {
        guard let order = engine.market.orders.order(id)?.order else { return }
        if kind == .orderFilled {
            execution += 1
            if ReductionDesk.isOwn(order.tag) { worked[order.instrument.index] += shares }
        }
        let number = execution
        engine.apply(
            event(kind, order.instrument.index) {
                $0.orderID = id
                $0.quantity = Quantity(shares)
                $0.price = cents == 0 ? order.price : price(cents)
                if kind == .orderFilled { $0.detail = number }
            }
        )
        collect()
    }

    /// The venue takes back the last execution it has told, of order `id`.
    mutating func takeBack(_ id: OrderID, _ shares: Int, at cents: Int64) {
        guard let order = engine.market.orders.order(id)?.order else { return }
        let number = execution
        engine.apply(
            event(.executionBroken, order.instrument.index) {
                $0.orderID = id
                $0.quantity = Quantity(shares)
                $0.price = price(cents)
                $0.detail = number
            }
        )
        if ReductionDesk.isOwn(order.tag) { worked[order.instrument.index] -= shares }
        collect()
    }

    /// Buys (or sells, below zero) and fills at 100.00.
    mutating func hold(_ index: Int, _ shares: Int, group: UInt32 = 0, leg: UInt16 = 0, strategy: UInt16 = 0) {
        engine.strategy.stamp = strategy
        defer { engine.strategy.stamp = 0 }
        let side: Side = shares > 0 ? .buy : .sell
        engine.strategy.wishes.append((UInt32(index), side, abs(shares), 10_000, group, leg))
        now += 1
        engine.apply(event(.timer, 0) { _ in })
        collect()
        if let order = engine.gateway.orders.last { report(.orderFilled, order.id, abs(shares)) }
    }

    /// Whether two people may raise the firm's state now.
    var mayRaise: Bool {
        engine.reduction.mayObey(RiskCommand(.raise, .active, officer: 1, second: 2), at: engine.market.now)
    }

    func shares(_ index: Int) -> Int {
        Int(engine.market.position(Instrument(id: UInt32(index))).raw / Quantity.scale)
    }

    /// The desk's orders that may still trade.
    var live: [WorkingOrder] {
        children.compactMap { engine.market.orders.order($0.id) }.filter { !$0.isFinal }
    }

    /// Fills every live order of the desk wholly.
    mutating func fillAll() {
        for order in live { report(.orderFilled, order.order.id, Int(order.leaves.raw / Quantity.scale)) }
    }

    /// Answers every cancel of the desk's orders.
    mutating func cancelAll() {
        for order in live where order.cancelIsPending {
            report(.orderCancelled, order.order.id, Int(order.leaves.raw / Quantity.scale))
        }
    }

    /// Saves the engine, makes another, and goes on with that one.
    mutating func restart() throws {
        var writer = StateWriter()
        engine.save(to: &writer)
        var other = try makeEngine()
        let error: StateError? = writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            do throws(StateError) { try other.restore(from: &reader) } catch { return error }
            return nil
        }
        #expect(error == nil)
        var again = StateWriter()
        other.save(to: &again)
        #expect(again.bytes == writer.bytes)
        let gateway = engine.gateway.orders
        let strategy = engine.strategy
        engine = other
        engine.gateway.orders = gateway
        engine.strategy = strategy
    }
}

/// Limits and rules of a desk, for a firm with a strategy, number 0, and the desk's, number 1.
func reductionPolicy(_ limits: [RiskLimit], _ change: (inout ReductionRules) -> Void = { _ in }) -> RiskPolicy {
    var policy = RiskPolicy()
    policy.limits = limits
    var rules = ReductionRules(strategy: 1)
    change(&rules)
    policy.reduction = rules
    return policy
}

/// The covariances that the formula sheet gives for its three assets.
func threeAssets() throws -> RiskModel {
    var matrix = SymmetricMatrix(count: 3)
    matrix[0, 0] = 0.00019851240407975777
    matrix[0, 1] = 7.912684926473857e-05
    matrix[0, 2] = 0.00011630216180954574
    matrix[1, 1] = 0.00020628148888364816
    matrix[1, 2] = 9.210154869737487e-05
    matrix[2, 2] = 0.0001902079637488751
    return try #require(RiskModel(names: ["S0", "S1", "S2"], structure: .covariance(matrix)))
}
