// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

/// Numbers records and keeps them.
private struct Pages: JournalSink, ~Copyable {
    var records: [Event] = []

    mutating func append(_ event: Event) -> UInt64 {
        var record = event
        record.sequence = UInt64(records.count) + 1
        records.append(record)
        return record.sequence
    }

    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 { 0 }
}

private typealias Node = TradingNode<ScriptedStrategy, Pages>

private let venues = [Venue(place: 0), Venue(place: 1), Venue(place: 2)]

/// Behind the venues.
private let dealer = Venue(place: 3)

private func makeEngine() throws -> Engine<ScriptedStrategy, Outbox, AlertLog> {
    let shares = InstrumentLimits.usShares(
        maxOrderQuantity: Quantity(1_000),
        maxPosition: Quantity(100_000),
        maxDayQuantity: Quantity(1_000_000),
        averageDailyVolume: InstrumentLimits.volumeUnknown
    )
    var limits = RiskLimits.standard(dayLoss: Money(100_000), notional: Money(1_000_000_000), instrument: shares)
    limits.staleAge = .max / 2
    limits.quoteAge = .max / 2
    var policy = RiskPolicy(simple: limits)
    policy.loosenCounts()
    policy.venues = ["A", "B", "C", "DEALER"]
    let capacity = BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)
    var market = MarketState(books: try BookSet(capacity: capacity), orders: 1_000, instruments: 2, policy: policy)
    try market.open(venues: 3, lit: VenueSet(first: 2), capacity: capacity)
    return Engine(
        market: market,
        strategy: ScriptedStrategy(),
        gateway: Outbox(),
        observer: AlertLog(),
        fees: FeeSchedule(),
        dealers: QuoteDesk(dealers: [Dealer(venue: dealer)])
    )
}

/// A node at two lit venues and a dark one that has not reached any of them.
private func makeNode() throws -> Node {
    var node = Node(engine: try makeEngine(), journal: Pages())
    node.promote(epoch: 1)
    for venue in venues.prefix(2) {
        node.take(Event(venue: venue, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        node.take(Event(instrument: stock, venue: venue, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))))
        for (id, side, cents) in [(OrderID(1), Side.buy, Int64(1_000)), (2, .sell, 1_002)] {
            var quote = add(id, side, 500, cents, at: 1)
            quote.venue = venue
            node.take(quote)
        }
    }
    return node
}

private func word(_ kind: EventKind, _ venue: Venue, order: OrderID = 0, detail: UInt64 = 0) -> Event {
    Event(orderID: order, instrument: order == 0 ? .none : stock, venue: venue, kind: kind, detail: detail)
}

/// What leaves now.
private func leaving(_ node: inout Node) -> [Event] {
    var left: [Event] = []
    node.release(durable: .max, stable: .max) { left.append($0) }
    return left
}

private func reach(_ node: inout Node, _ venue: Venue) {
    node.venueConnected(venue)
    node.receive(word(.epoch, venue, detail: 1))
    node.receive(word(.orderStatus, venue))
    _ = leaving(&node)
}

/// Buys 100 at 10.00 at a venue; whether the order left.
private func buy(_ node: inout Node, _ venue: Venue, at time: Nanoseconds) -> Bool {
    node.engine.strategy.atTimer = { _, intents in
        _ = intents.submit(stock, .buy, Quantity(100), at: price(1_000), venue: venue)
    }
    node.take(timer(at: time))
    node.engine.strategy.atTimer = { _, _ in }
    return leaving(&node).contains { $0.kind == .newOrder && $0.venue.place == venue.place }
}

/// Buys, and holds whether the order left against `isSent`.
private func tryBuy(
    _ node: inout Node,
    _ venue: Venue,
    at time: Nanoseconds,
    _ isSent: Bool,
    _ location: SourceLocation = #_sourceLocation
) {
    let didLeave = buy(&node, venue, at: time)
    #expect(didLeave == isSent, sourceLocation: location)
}

private func expectOpen(
    _ node: borrowing Node,
    _ places: [Int],
    _ location: SourceLocation = #_sourceLocation
) {
    var open: [Int] = []
    for venue in venues where node.isOpen(venue) { open.append(venue.place) }
    #expect(open == places, sourceLocation: location)
}

private func expectRole(_ node: borrowing Node, _ role: NodeRole, _ location: SourceLocation = #_sourceLocation) {
    let found = node.role
    #expect(found == role, sourceLocation: location)
}

private func accept(_ node: inout Node, _ id: OrderID, _ venue: Venue) {
    var report = report(.orderAccepted, id | 1 << 40, at: 10)
    report.venue = venue
    node.receive(report)
}

@Suite("A node at several venues")
struct FloorNodeTests {
    @Test func `each venue is traded at as soon as its orders and ours were compared`() throws {
        var node = try makeNode()
        expectRole(node, .reconciling)
        tryBuy(&node, venues[0], at: 10, false)
        reach(&node, venues[1])
        expectRole(node, .active)
        expectOpen(node, [1])
        tryBuy(&node, venues[0], at: 11, false)
        tryBuy(&node, venues[1], at: 12, true)
        reach(&node, venues[0])
        tryBuy(&node, venues[0], at: 13, true)
        // Who names no venue means the first, for limits and halts too.
        tryBuy(&node, Venue(id: 0), at: 14, true)
        let last = node.journal.records.last { $0.kind == .newOrder }
        #expect(last?.venue == venues[0])
    }

    @Test func `the loss of one holds that one's orders, and only that one's are compared`() throws {
        var node = try makeNode()
        for venue in venues { reach(&node, venue) }
        for (index, place) in [0, 1, 1].enumerated() { tryBuy(&node, venues[place], at: Int64(10 + index), true) }
        for id in 1...2 { accept(&node, OrderID(id), venues[id - 1]) }
        node.venueLost(venues[1])
        expectRole(node, .active)
        tryBuy(&node, venues[1], at: 13, false)
        tryBuy(&node, venues[0], at: 14, true)
        node.venueConnected(venues[1])
        let login = leaving(&node)
        #expect(login.map(\.kind) == [.epoch] && login.map(\.venue) == [venues[1]])
        node.receive(word(.epoch, venues[1], detail: 1))
        let request = leaving(&node)
        #expect(request.map(\.kind) == [.orderStatus] && request.map(\.venue) == [venues[1]])
        // What another venue still says of an earlier request is no answer of this one.
        node.receive(word(.orderStatus, venues[0]))
        expectOpen(node, [0, 2])
        // Order 2 works there, order 3 has never arrived, and order 1 is none of its.
        node.receive(word(.orderStatus, venues[1], order: 2 | 1 << 40, detail: 1))
        node.receive(word(.orderStatus, venues[1]))
        expectOpen(node, [0, 1, 2])
        let arrived = node.counters.neverArrived
        #expect(arrived == 1)
        var ended: [Bool] = []
        for id: OrderID in 1...3 { ended.append(node.engine.market.orders.order(id)?.isFinal ?? true) }
        #expect(ended == [false, false, true])
        tryBuy(&node, venues[1], at: 15, true)
    }

    @Test func `an order that a venue names and that went to another is a stranger there, and cancelled there`() throws
    {
        var node = try makeNode()
        reach(&node, venues[0])
        tryBuy(&node, venues[0], at: 10, true)
        accept(&node, 1, venues[0])
        node.venueConnected(venues[1])
        node.receive(word(.epoch, venues[1], detail: 1))
        _ = leaving(&node)
        node.receive(word(.orderStatus, venues[1], order: 1 | 1 << 40, detail: 1))
        let left = leaving(&node)
        #expect(left.contains { $0.kind == .cancelRequest && $0.venue == venues[1] })
        node.receive(word(.orderStatus, venues[1]))
        // Until it is dead no limit can be trusted.
        expectOpen(node, [0])
    }

    @Test func `an order that has ended here and works at its venue is cancelled there`() throws {
        var node = try makeNode()
        reach(&node, venues[0])
        tryBuy(&node, venues[0], at: 10, true)
        // Not named: it never arrived.
        reach(&node, venues[0])
        let hasEnded = node.engine.market.orders.order(1)?.isFinal ?? false
        #expect(hasEnded)
        node.venueConnected(venues[0])
        node.receive(word(.epoch, venues[0], detail: 1))
        _ = leaving(&node)
        node.receive(word(.orderStatus, venues[0], order: 1 | 1 << 40, detail: 1))
        let left = leaving(&node)
        #expect(left.contains { $0.kind == .cancelRequest && $0.orderID == 1 | 1 << 40 })
        node.receive(word(.orderStatus, venues[0]))
        // Nothing is reserved for it: until it is dead no limit can be trusted.
        expectOpen(node, [])
    }

    @Test func `a cancel goes to its order's venue, and a lost venue's waits with nobody else's`() throws {
        var node = try makeNode()
        for venue in venues { reach(&node, venue) }
        for (index, venue) in venues.prefix(2).enumerated() {
            tryBuy(&node, venue, at: Int64(10 + index), true)
            accept(&node, OrderID(index + 1), venue)
        }
        node.take(RiskCommand(.lower, .halted).record(at: Timestamp(nanoseconds: 20)))
        node.venueLost(venues[1])
        let left = leaving(&node).filter { $0.kind == .cancelRequest }
        #expect(left.map(\.venue) == [venues[0]] && left.map(\.orderID) == [1 | 1 << 40])
        // It is asked for again when the venue says that the order works.
        node.venueConnected(venues[1])
        node.receive(word(.epoch, venues[1], detail: 1))
        node.receive(word(.orderStatus, venues[1], order: 2 | 1 << 40, detail: 1))
        let again = leaving(&node).filter { $0.kind == .cancelRequest }
        #expect(again.map(\.venue) == [venues[1]] && again.map(\.orderID) == [2 | 1 << 40])
    }

    @Test func `a later epoch at one venue ends it at all`() throws {
        var node = try makeNode()
        for venue in venues { reach(&node, venue) }
        node.receive(word(.epoch, venues[2], detail: 2))
        expectRole(node, .fenced)
        tryBuy(&node, venues[0], at: 10, false)
    }

    @Test func `a venue that says nothing for too long is halted, it alone`() throws {
        var node = try makeNode()
        for venue in venues { reach(&node, venue) }
        for (index, venue) in venues.prefix(2).enumerated() {
            tryBuy(&node, venue, at: Int64(10 + index), true)
            accept(&node, OrderID(index + 1), venue)
        }
        node.venueLost(venues[1])
        for second in 1...40 {
            node.take(timer(at: Int64(second) * 1_000_000_000))
            node.checkAnswers()
        }
        let commands = node.journal.records.compactMap { RiskCommand($0) }
        #expect(commands == [RiskCommand(.lower, .halted, target: .venue, venue: venues[1])])
        tryBuy(&node, venues[0], at: 41_000_000_000, true)
    }

    @Test func `executions of orders that are not ours count at each venue, whose numbers are the same`() throws {
        var node = try makeNode()
        for venue in venues { reach(&node, venue) }
        for time in [Nanoseconds(10), 11] {
            // Told a second time each is known.
            for venue in venues.prefix(2) {
                var fill = report(.orderFilled, 0xFF_FFFF << 40 | 7, 100, 1_000, execution: 3, at: time)
                fill.venue = venue
                node.receive(fill)
            }
        }
        let position = node.engine.market.position(stock)
        #expect(position == Quantity(200))
    }

    /// A node that has taken a dealer's quote, whose acceptance and order have not left.
    private func accepting() throws -> Node {
        var node = try makeNode()
        reach(&node, venues[0])
        node.engine.strategy.atTimer = { _, intents in _ = intents.requestQuotes(stock, .buy, Quantity(100)) }
        node.take(timer(at: 10))
        let asked = leaving(&node)
        try #require(asked.map(\.kind) == [.quoteRequest])
        var quote = word(.dealerQuote, dealer, order: asked.first?.orderID ?? 0, detail: 5)
        (quote.price, quote.quantity) = (price(1_002), Quantity(100))
        (quote.eventTime, quote.receiveTime) = (Timestamp(nanoseconds: 1_000_000_000), Timestamp(nanoseconds: 11))
        node.take(quote)
        node.engine.strategy.atTimer = { _, intents in _ = intents.acceptQuote(1) }
        node.take(timer(at: 12))
        node.engine.strategy.atTimer = { _, _ in }
        let made = node.journal.records.suffix(2).map(\.kind)
        try #require(made == [.quoteAccepted, .newOrder])
        return node
    }

    @Test func `a quote is accepted when the order that takes it leaves, and not before`() throws {
        var node = try accepting()
        let accepted = node.journal.records.last { $0.kind == .quoteAccepted }?.sequence ?? 0
        var left: [Event] = []
        node.release(durable: accepted, stable: .max) { left.append($0) }
        #expect(left.isEmpty)
        node.release(durable: accepted + 1, stable: .max) { left.append($0) }
        #expect(left.map(\.kind) == [.quoteAccepted, .newOrder])
    }

    @Test func `a quote is not accepted when a halt withholds the order that takes it`() throws {
        var node = try accepting()
        node.take(RiskCommand(.lower, .halted).record(at: node.engine.market.now))
        let left = leaving(&node)
        #expect(!left.contains { $0.kind == .quoteAccepted || $0.kind == .newOrder }, "\(left.map(\.kind))")
        let withheld = node.counters.withheld
        #expect(withheld == 1)
    }

    @Test func `a quote whose order waits when the venue is lost is not accepted behind it`() throws {
        var node = try accepting()
        node.venueConnected(venues[0])
        node.receive(word(.epoch, venues[0], detail: 1))
        let left = leaving(&node)
        #expect(!left.contains { $0.kind == .quoteAccepted || $0.kind == .newOrder }, "\(left.map(\.kind))")
    }

    @Test func `which venues are held is in the journal and in a snapshot`() throws {
        var node = try makeNode()
        for venue in venues { reach(&node, venue) }
        node.venueLost(venues[1])
        var engine = try makeEngine()
        for record in node.journal.records where !record.isOutput && record.kind != .checkpoint { engine.apply(record) }
        let held = engine.market.heldVenues.bits
        #expect(held == 2)
        var writer = StateWriter()
        node.engine.market.save(to: &writer)
        var other = try makeEngine()
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try other.market.restore(from: &reader)
        }
        let restored = other.market.heldVenues.bits
        #expect(restored == 2)
    }
}
