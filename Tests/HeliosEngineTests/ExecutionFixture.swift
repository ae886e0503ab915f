// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosRisk
import HeliosStrategy
import Testing

/// Asks for what the test says and keeps what it hears of its parents.
struct ParentStrategy: Strategy {
    var wish: (inout Intents) -> Void = { _ in }
    var updates: [ParentUpdate] = []
    var orders: [OrderUpdate] = []
    var atParent: (ParentUpdate, inout Intents) -> Void = { _, _ in }

    static var isRestorable: Bool { true }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        wish(&intents)
        wish = { _ in }
    }

    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        orders.append(update)
    }

    mutating func onParent(_ update: ParentUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        updates.append(update)
        atParent(update, &intents)
    }

    func save(to writer: inout StateWriter) {}
    mutating func restore(from reader: inout StateReader) throws(StateError) {}
}

/// How a made-up venue answers the orders in an instrument.
enum Temper: CaseIterable {
    /// Everything fills: what takes at once, what rests after a while.
    case willing
    /// In parts, late; a cancel may come too late.
    case slow
    case refusing
    /// Nothing is ever answered.
    case silent
    /// Takes orders in, and never trades.
    case idle
}

/// A made-up market and venue around an engine: books that stand still, at ten in the morning of a day in winter.
struct ExecutionMarket: ~Copyable {
    typealias Desk = Engine<ParentStrategy, KeepingGateway, NoObserver>

    static let midnight = Timestamp(nanoseconds: 1_735_880_400_000_000_000)
    static let ten = midnight + 36_000_000_000_000

    var engine: Desk
    var now = ExecutionMarket.ten
    var tempers: [Temper]
    var random: SeededRandom
    /// Shares filled, by instrument, with their sign.
    var filled: [Int64]
    private var execution: UInt64 = 0
    private var nextOrder: OrderID = 1
    private var seen = 0
    private var seenCancels = 0
    /// Orders at the venue: number, what is left, whether its cancel came.
    private var resting: [(id: OrderID, left: Int64, isCancelled: Bool, isIOC: Bool)] = []
    let makeEngine: () throws -> Desk

    init(
        _ count: Int = 2,
        _ tempers: [Temper] = [],
        seed: UInt64 = 1,
        _ settings: ExecutionSettings = ExecutionSettings()
    ) throws {
        let shares = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(100_000),
            maxPosition: Quantity(1_000_000),
            maxDayQuantity: Quantity(100_000_000),
            averageDailyVolume: InstrumentLimits.volumeUnknown,
            maxOrderNotional: Money(100_000_000)
        )
        let ample = Money(10_000_000_000)
        var limits = RiskLimits.standard(dayLoss: Money(100_000_000), notional: ample, instrument: shares)
        limits.staleAge = .max / 2
        limits.quoteAge = .max / 2
        var policy = RiskPolicy(simple: limits, strategies: 2)
        policy.loosenCounts()
        // P24 wants to know it before it lets a child through.
        policy.otherInstruments?.dailyVolatility = 200
        let venues = settings.routing.venues.count
        policy.venues = settings.routing.venues.map(\.name)
        makeEngine = { [policy] in
            var directory = InstrumentDirectory()
            for index in 0..<count { _ = directory.register(Symbol("S\(index)") ?? Symbol(packed: 0)) }
            let capacity = BookCapacity(instruments: count, orders: 1_024, levels: 1_024)
            var market = MarketState(
                books: try BookSet(capacity: capacity),
                orders: 10_000,
                instruments: count,
                policy: policy,
                directory: directory
            )
            if venues > 1 {
                try market.open(venues: venues, lit: VenueSet(first: venues), capacity: capacity, staleAge: 0)
            }
            return Desk(
                market: market,
                strategy: ParentStrategy(),
                gateway: KeepingGateway(),
                observer: NoObserver(),
                fees: FeeSchedule(),
                execution: ExecutionDesk(settings, policy, instruments: count, directory: directory)
            )
        }
        engine = try makeEngine()
        self.tempers = (0..<count).map { $0 < tempers.count ? tempers[$0] : .willing }
        random = SeededRandom(seed: seed)
        filled = Array(repeating: 0, count: count)
        engine.apply(Event(eventTime: now, receiveTime: now, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        for index in 0..<count {
            engine.apply(event(.tradingStatus, index) { $0.detail = UInt64(UInt8(ascii: "T")) })
            quote(index, 9_999, 10_001)
        }
        for place in 1..<max(venues, 1) {
            let venue = Venue(place: place)
            let opens = UInt64(UInt8(ascii: "Q"))
            engine.apply(Event(eventTime: now, receiveTime: now, venue: venue, kind: .systemEvent, detail: opens))
            for index in 0..<count {
                engine.apply(
                    event(.tradingStatus, index) {
                        $0.venue = venue
                        $0.detail = UInt64(UInt8(ascii: "T"))
                    }
                )
                quote(index, 9_999, 10_001, at: place)
            }
        }
    }

    private func event(_ kind: EventKind, _ index: Int, _ change: (inout Event) -> Void) -> Event {
        var event = Event(eventTime: now, receiveTime: now, instrument: Instrument(id: UInt32(index)), kind: kind)
        change(&event)
        return event
    }

    /// The only two orders in the book of a venue, in cents.
    mutating func quote(_ index: Int, _ bid: Int64, _ ask: Int64, shares: Int = 1_000, at place: Int = 0) {
        let venue = Venue(id: place == 0 ? 0 : UInt16(place + 1))
        engine.apply(event(.clearBook, index) { $0.venue = venue })
        for (side, cents) in [(Side.buy, bid), (.sell, ask)] {
            let id = nextOrder
            nextOrder += 1
            engine.apply(
                event(.addOrder, index) {
                    $0.orderID = id
                    $0.price = price(cents)
                    $0.quantity = Quantity(shares)
                    $0.venue = venue
                    if side == .sell { $0.flags = .sell }
                }
            )
        }
        collect()
    }

    mutating func trade(_ index: Int, _ shares: Int) {
        engine.apply(
            event(.trade, index) {
                $0.price = price(10_000)
                $0.quantity = Quantity(shares)
                $0.flags = .printable
            }
        )
        collect()
    }

    /// Time moves on by an interval, and then the venue answers.
    mutating func tick(_ milliseconds: Int64 = 100) {
        now = now + milliseconds * 1_000_000
        engine.apply(event(.timer, 0) { _ in })
        collect()
        answer()
    }

    mutating func run(seconds: Int) { for _ in 0..<seconds * 10 { tick() } }

    mutating func record(_ event: Event) {
        engine.apply(event)
        collect()
    }

    /// The venue takes execution `number` back, or with a price gives it another.
    mutating func restate(_ number: UInt64, of child: NewOrder, _ shares: Int, corrected cents: Int64? = nil) {
        engine.apply(
            event(cents == nil ? .executionBroken : .executionCorrected, child.instrument.index) {
                $0.orderID = child.id
                $0.quantity = Quantity(shares)
                $0.price = cents.map { price($0) } ?? child.price
                $0.detail = number
            }
        )
        if cents == nil { filled[child.instrument.index] -= child.side.sign * Int64(shares) }
        collect()
    }

    /// Goes on with an engine that was restored from this one's state.
    mutating func restart() throws {
        var writer = StateWriter()
        engine.save(to: &writer)
        var fresh = try makeEngine()
        try unsafe writer.bytes.withUnsafeBytes { bytes in
            var reader = unsafe StateReader(bytes)
            try fresh.restore(from: &reader)
        }
        fresh.gateway.orders = engine.gateway.orders
        fresh.gateway.cancels = engine.gateway.cancels
        fresh.strategy = engine.strategy
        engine = fresh
    }

    // MARK: The venue

    private mutating func collect() {
        while seen < engine.gateway.orders.count {
            let order = engine.gateway.orders[seen]
            seen += 1
            let isIOC = order.timeInForce == .immediateOrCancel
            resting.append((order.id, order.quantity.raw / Quantity.scale, false, isIOC))
        }
        while seenCancels < engine.gateway.cancels.count {
            let id = engine.gateway.cancels[seenCancels]
            seenCancels += 1
            for index in resting.indices where resting[index].id == id { resting[index].isCancelled = true }
        }
    }

    private mutating func answer() {
        var index = 0
        while index < resting.count {
            answer(index)
            collect()
            index += 1
        }
        resting.removeAll { $0.left == 0 }
    }

    private mutating func answer(_ index: Int) {
        let order = resting[index]
        guard order.left > 0, let known = engine.market.orders.order(order.id)?.order else { return }
        let rests = !order.isIOC
        switch tempers[known.instrument.index] {
        case .silent: break
        case .refusing: end(index, .orderRejected)
        case .idle:
            if order.isCancelled || order.isIOC { end(index, .orderCancelled) }
        case .willing:
            if order.isCancelled {
                end(index, .orderCancelled)
            } else if !rests || random.next() % 20 == 0 {
                fill(index, order.left)
            }
        case .slow:
            switch random.next() % 4 {
            case 0: fill(index, Int64.random(in: 1...order.left, using: &random))
            case 1 where order.isCancelled || order.isIOC: end(index, .orderCancelled)
            default: break
            }
        }
    }

    private mutating func end(_ index: Int, _ kind: EventKind) {
        let (id, left) = (resting[index].id, resting[index].left)
        resting[index].left = 0
        engine.apply(
            event(kind, instrument(id)) {
                $0.orderID = id
                $0.quantity = Quantity(Int(left))
            }
        )
    }

    private mutating func fill(_ index: Int, _ shares: Int64) {
        let (id, isIOC) = (resting[index].id, resting[index].isIOC)
        guard let order = engine.market.orders.order(id)?.order else { return }
        resting[index].left -= shares
        execution += 1
        filled[order.instrument.index] += order.side.sign * shares
        let number = execution
        engine.apply(
            event(.orderFilled, order.instrument.index) {
                $0.orderID = id
                $0.price = order.price
                $0.quantity = Quantity(Int(shares))
                $0.detail = number
                if !isIOC { $0.flags = .maker }
            }
        )
    }

    private func instrument(_ id: OrderID) -> Int { engine.market.orders.order(id)?.order.instrument.index ?? 0 }

    // MARK: Looking

    /// The newest update of parent `number`.
    func last(_ number: UInt32) -> ParentUpdate? { engine.strategy.updates.last { $0.number == number } }

    /// Children of parent `number`, as they went out.
    func children(_ number: UInt32) -> [NewOrder] { engine.gateway.orders.filter { $0.tag.parent == number } }
}
