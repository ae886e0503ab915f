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

/// A node that trades, 10.00 bid and 10.02 offered, whose strategy has bought 1,000 (order 1).
private func makeNode(orders: Int = 100, _ change: (inout RiskPolicy) -> Void = { _ in }) throws -> Node {
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
    change(&policy)
    let market = MarketState(
        books: try BookSet(capacity: BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)),
        orders: orders,
        instruments: 2,
        policy: policy
    )
    let engine = Engine(
        market: market,
        strategy: ScriptedStrategy(),
        gateway: Outbox(),
        observer: AlertLog(),
        fees: FeeSchedule()
    )
    var node = Node(engine: engine, journal: Pages())
    node.promote(epoch: 1)
    node.venueConnected()
    node.receive(Event(kind: .epoch, detail: 1))
    node.receive(Event(kind: .orderStatus))
    node.take(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
    node.take(Event(instrument: stock, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))))
    node.take(add(1, .buy, 500, 1_000, at: 1))
    node.take(add(2, .sell, 500, 1_002, at: 2))
    ask(&node, .buy, 1_000, 1_000, at: 3)
    node.release(durable: .max, stable: .max) { _ in }
    return node
}

private func ask(_ node: inout Node, _ side: Side, _ shares: Int, _ cents: Int64, at time: Nanoseconds) {
    node.engine.strategy.atTimer = { _, intents in
        _ = intents.submit(stock, side, Quantity(shares), at: price(cents))
    }
    node.take(timer(at: time))
    node.engine.strategy.atTimer = { _, _ in }
}

@Suite("What the venue says and does not add up")
struct DoubtTests {
    @Test func `a fill that nobody can tell from an earlier one halts the firm`() throws {
        // Two orders: eight executions are remembered.
        var node = try makeNode(orders: 2)
        // Numbers that fall say nothing of themselves.
        for execution in stride(from: UInt64(100), to: 92, by: -1) {
            node.take(report(.orderFilled, 1, 1, 1_000, execution: execution, at: 10))
        }
        #expect(node.engine.market.position(stock) == Quantity(8) && node.engine.observer.count == 0)
        node.take(report(.orderFilled, 1, 1, 1_000, execution: 92, at: 11))
        #expect(node.engine.market.position(stock) == Quantity(8))
        #expect(node.engine.market.risk.status.state == .halted)
        #expect(node.engine.observer.doubts.map(\.reason) == [.unverified])
        #expect(node.engine.observer.recent.map(\.orderID) == [1])
        // What worked is cancelled, and one person does not bring it back.
        #expect(node.journal.records.contains { $0.kind == .cancelRequest && $0.orderID == 1 })
        node.take(RiskCommand(.raise, .active, officer: 1).record(at: Timestamp(nanoseconds: 12)))
        #expect(node.engine.market.risk.status.state == .halted)
    }

    @Test func `the same of an order that we never sent`() throws {
        var node = try makeNode(orders: 2)
        for execution in UInt64(1)...8 { node.take(report(.orderFilled, 70, 1, 1_000, execution: execution, at: 10)) }
        #expect(node.engine.market.risk.status.state == .active)
        node.take(report(.orderFilled, 70, 1, 1_000, execution: 9, at: 11))
        #expect(node.engine.market.risk.status.state == .halted)
        #expect(node.engine.observer.doubts.last?.reason == .unverified)
    }

    @Test func `each odd fill is an alert, and those that are not odd are none`() throws {
        var node = try makeNode()
        node.take(report(.orderAccepted, 1, at: 10))
        node.take(report(.orderFilled, 1, 900, 1_000, execution: 1, at: 11))
        #expect(node.engine.observer.count == 0)
        node.take(report(.orderFilled, 1, 900, 1_000, execution: 1, at: 12))
        node.take(report(.orderFilled, 1, 150, 1_000, execution: 2, at: 13))
        node.take(report(.orderFilled, 9, 7, 1_000, execution: 3, at: 14))
        node.take(report(.executionBroken, 1, 5, 1_000, execution: 77, at: 15))
        node.take(report(.orderFilled, 1, 3, 1_000, execution: 4, at: 16))
        let doubts = node.engine.observer.doubts
        #expect(doubts.map(\.reason) == [.duplicateExecution, .overfill, .unknownOrder, .unknownOrder, .overfill])
        #expect(doubts.map(\.orderID) == [1, 1, 9, 1, 1])
        #expect(doubts.map(\.quantity) == [900, 150, 7, 5, 3].map { Quantity($0) })
        #expect(node.engine.observer.count == 5 && node.engine.observer.recent.count == 5)
        #expect(node.engine.market.risk.status.state == .active)
    }

    @Test func `a fill after the end, and a cancel that says less than is left, are alerts`() throws {
        var node = try makeNode()
        node.take(report(.orderCancelled, 1, 400, at: 10))
        #expect(node.engine.observer.doubts.map(\.reason) == [.contradiction])
        node.take(report(.orderFilled, 1, 600, 1_000, execution: 1, at: 11))
        node.take(report(.orderFilled, 1, 100, 1_000, execution: 2, at: 12))
        #expect(node.engine.observer.doubts.map(\.reason) == [.contradiction, .contradiction])
        #expect(node.engine.market.position(stock) == Quantity(700))
    }

    @Test func `the log keeps the last sixty-four and counts them all`() throws {
        var node = try makeNode()
        for execution in UInt64(1)...70 { node.take(report(.orderFilled, 9, 1, 1_000, execution: execution, at: 10)) }
        #expect(node.engine.observer.doubtCount == 70)
        #expect(node.engine.observer.doubts.map(\.executionID) == Array(7...70))
    }

    @Test func `an own order that another would meet is cancelled before that one leaves`() throws {
        var node = try makeNode { $0.selfTrade = .decrement }
        ask(&node, .sell, 1_000, 1_002, at: 10)
        let before = node.journal.records.count
        ask(&node, .buy, 1_000, 1_002, at: 11)
        // Wholly met: refused, and the older one is cancelled all the same.
        #expect(node.journal.records[before...].map(\.kind) == [.timer, .cancelRequest])
        node.take(report(.orderCancelled, 2, 1_000, at: 12))
        ask(&node, .sell, 400, 1_002, at: 13)
        let then = node.journal.records.count
        ask(&node, .buy, 1_000, 1_002, at: 14)
        let out = node.journal.records[then...].dropFirst()
        #expect(out.map(\.kind) == [.cancelRequest, .newOrder])
        #expect(out.map(\.orderID) == [4, 5] && out.last?.quantity == Quantity(600))
    }

    @Test func `orders that found no room keep nobody from cancelling`() throws {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { _, intents in
            for _ in 0..<6 { _ = intents.submit(stock, .buy, Quantity(1), at: price(1_000)) }
            intents.cancel(1)
            intents.cancel(2)
        }
        var engine = try makeEngine(strategy, intents: 4)
        engine.apply(timer(at: 10))
        #expect(engine.gateway.orders.count == 4 && engine.gateway.cancels == [1, 2])
        #expect(engine.droppedIntents == 2)
    }
}

@Suite("A venue that does not say what became of an order")
struct UnansweredTests {
    private static let second: Nanoseconds = 1_000_000_000

    /// Timers until `end`, a second apart, and what a session does at each.
    private func wait(_ node: inout Node, from start: Int64, to end: Int64, clock: ((Int64) -> Int64)? = nil) {
        for second in start...end {
            node.take(timer(at: second * UnansweredTests.second))
            node.checkAnswers(at: clock.map { Timestamp(nanoseconds: $0(second) * UnansweredTests.second) })
        }
    }

    @Test func `a market that runs ahead, as when a feed is caught up with, halts nobody`() throws {
        var node = try makeNode()
        wait(&node, from: 1, to: 200) { 1_000 + $0 / 10 }
        #expect(node.role == .reconciling && node.counters.halts == 0)
        wait(&node, from: 201, to: 240) { 1_000 + $0 }
        #expect(node.counters.halts > 0)
    }

    @Test func `it is halted after thirty seconds, in the journal, and two people must lift it`() throws {
        var node = try makeNode()
        wait(&node, from: 1, to: 30)
        #expect(node.role == .reconciling && node.counters.timeouts == 1 && node.counters.halts == 0)
        wait(&node, from: 31, to: 40)
        #expect(node.counters.halts == 1)
        let commands = node.journal.records.compactMap { RiskCommand($0) }
        #expect(commands == [RiskCommand(.lower, .halted, target: .venue, venue: Venue(id: 0))])
        #expect(node.engine.observer.doubts.map(\.reason) == [.unanswered])
        // It answers after all: the order works, and new ones are refused.
        node.receive(Event(orderID: 1 | 1 << 40, price: Price(raw: 0), kind: .orderStatus, detail: 1))
        node.receive(Event(kind: .orderStatus))
        #expect(node.role == .active)
        ask(&node, .buy, 10, 1_000, at: 50 * UnansweredTests.second)
        #expect(node.engine.market.risk.refusedCount(.state) == 1)
        node.take(
            RiskCommand(.raise, .active, target: .venue, venue: Venue(id: 0), officer: 1, second: 2)
                .record(at: node.engine.market.now)
        )
        ask(&node, .buy, 10, 1_000, at: 51 * UnansweredTests.second)
        #expect(node.engine.market.risk.refusedCount(.state) == 1)
    }

    @Test func `the same when the connection is lost with orders under way, and not without`() throws {
        var node = try makeNode()
        node.take(report(.orderAccepted, 1, at: 10))
        node.venueLost()
        wait(&node, from: 1, to: 31)
        #expect(node.counters.halts == 0)
        wait(&node, from: 32, to: 33)
        #expect(node.counters.halts == 1)

        var idle = try makeNode()
        idle.take(report(.orderCancelled, 1, 1_000, at: 10))
        idle.venueLost()
        wait(&idle, from: 1, to: 90)
        #expect(idle.counters.halts == 0 && idle.engine.market.risk.status.state == .active)
    }
}
