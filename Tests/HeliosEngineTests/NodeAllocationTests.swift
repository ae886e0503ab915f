// SPDX-License-Identifier: MIT
import CProbe
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

/// Numbers records and keeps the last of them, as a ring does.
private struct RingSink: JournalSink, ~Copyable {
    private let slots = UnsafeMutablePointer<Event>.allocate(capacity: 1_024)
    private(set) var count: UInt64 = 0

    deinit { slots.deallocate() }

    mutating func append(_ event: Event) -> UInt64 {
        count += 1
        slots[Int(count & 1_023)] = event
        return count
    }

    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 { 0 }
}

/// Takes the offer at every fourth quote, and rests an order at every fourth that it cancels at the next quote.
private struct Restless: Strategy {
    private var quotes = 0
    private var resting: OrderID = 0

    mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        quotes += 1
        if resting != 0 { intents.cancel(resting) }
        resting = 0
        let quote = market.quote(instrument)
        switch quotes % 8 {
        case 0: _ = intents.submit(instrument, .buy, Quantity(1), at: quote.askPrice, timeInForce: .immediateOrCancel)
        case 2: _ = intents.submit(instrument, .sell, Quantity(1), at: quote.bidPrice, timeInForce: .immediateOrCancel)
        case 4: resting = intents.submit(instrument, .buy, Quantity(1), at: quote.bidPrice)
        default: break
        }
    }
}

/// A node on one instrument whose venue answers everything at once.
private struct NodePath: ~Copyable {
    var node: TradingNode<Restless, RingSink>
    var orders = 0
    var cancels = 0
    private let messages = UnsafeMutablePointer<Event>.allocate(capacity: 64)
    private var time = Timestamp(nanoseconds: 1_000_000)
    private var next: OrderID = 1
    /// Slow enough that not even loose counts of equal orders (P10) and of equal fills (P08) are reached.
    private static let step: Nanoseconds = 10_000_000

    init() throws {
        var limits = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(100),
            maxPosition: Quantity(1_000_000),
            maxDayQuantity: Quantity(100_000_000),
            averageDailyVolume: InstrumentLimits.volumeUnknown
        )
        limits.maxOrderNotional = Money(10_000_000).raw
        let common = RiskLimits.standard(
            dayLoss: Money(1_000_000_000),
            notional: Money(1_000_000_000_000),
            instrument: limits
        )
        var policy = RiskPolicy(simple: common)
        policy.loosenCounts()
        let market = MarketState(
            books: try BookSet(capacity: BookCapacity(instruments: 4, orders: 1 << 12, levels: 1 << 10)),
            orders: 1 << 17,
            instruments: 4,
            policy: policy
        )
        let engine = Engine(
            market: market,
            strategy: Restless(),
            gateway: Outbox(),
            observer: AlertLog(),
            fees: FeeSchedule()
        )
        node = TradingNode(engine: engine, journal: RingSink())
        node.promote(epoch: 1)
        node.venueConnected()
        node.receive(Event(kind: .epoch, detail: 1))
        node.receive(Event(kind: .orderStatus))
        for kind in [UInt64(UInt8(ascii: "S")), UInt64(UInt8(ascii: "Q"))] {
            node.take(Event(eventTime: time, receiveTime: time, kind: .systemEvent, detail: kind))
        }
        var state = Event(eventTime: time, receiveTime: time, instrument: Instrument(id: 0), kind: .tradingStatus)
        state.detail = UInt64(UInt8(ascii: "T"))
        node.take(state)
        add(.buy, 100)
        add(.sell, 102)
    }

    deinit { messages.deallocate() }

    private mutating func add(_ side: Side, _ price: Int64) {
        time = time + NodePath.step
        node.take(
            Event(
                eventTime: time,
                receiveTime: time,
                orderID: next,
                price: Price(raw: price * Price.scale),
                quantity: Quantity(100),
                instrument: Instrument(id: 0),
                kind: .addOrder,
                flags: side == .sell ? .sell : []
            )
        )
        next += 1
        answer()
    }

    /// Adds to the best price and takes it away again: two quotes.
    @inline(never)
    mutating func run(_ count: Int) {
        for _ in 0..<count {
            add(.buy, 100)
            time = time + NodePath.step
            node.take(
                Event(
                    eventTime: time,
                    receiveTime: time,
                    orderID: next - 1,
                    instrument: Instrument(id: 0),
                    kind: .deleteOrder
                )
            )
            answer()
            node.checkAnswers()
        }
    }

    private mutating func answer() {
        var count = 0
        node.release(durable: .max, stable: .max) { [messages] message in
            messages[count] = message
            count += 1
        }
        for index in 0..<count {
            var report = messages[index]
            let isCancel = report.kind == .cancelRequest
            let takes = report.flags.contains(.immediateOrCancel)
            if isCancel { cancels += 1 } else { orders += 1 }
            report.flags.remove(.immediateOrCancel)
            report.eventTime = time
            report.receiveTime = time
            report.detail = report.orderID
            if !isCancel {
                report.kind = .orderAccepted
                node.receive(report)
            }
            guard isCancel || takes else { continue }
            report.kind = isCancel ? .orderCancelled : .orderFilled
            if isCancel {
                report.quantity = Quantity(1)
                report.detail = 0
            }
            node.receive(report)
        }
    }
}

#if DEBUG
private let isOptimised = false
#else
private let isOptimised = true
#endif

extension AllocationTests {
    @Test(
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting")
    )
    func `a record through a node's journal and engine to the venue and back`() throws {
        var path = try NodePath()
        path.run(20_000)
        let (orders, cancels) = (path.orders, path.cancels)
        #expect(path.node.role == .active)
        probe_begin()
        path.run(20_000)
        let counts = probe_end()
        #expect(path.orders - orders > 5_000, "\(path.orders - orders) orders")
        #expect(path.cancels - cancels > 1_000, "\(path.cancels - cancels) cancels")
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts)")
    }
}
