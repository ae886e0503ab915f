// SPDX-License-Identifier: MIT
import CProbe
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue
import HeliosWire
import Testing

#if DEBUG
private let isOptimised = false
#else
private let isOptimised = true
#endif

/// A generated day as bytes, and its events, in memory that nothing counts references to.
private struct RecordedDay: ~Copyable {
    let midnight: Timestamp
    let pairs: [PairName]
    let bytes: UnsafeMutableRawBufferPointer
    let events: UnsafeMutableBufferPointer<Event>
    let count: Int
    let symbols: [Symbol]

    private init(_ truth: MarketDayTruth, _ text: [UInt8]) {
        midnight = truth.configuration.day.midnight
        pairs = truth.candidates.compactMap { PairName("\(truth.symbols[$0.y].name)~\(truth.symbols[$0.x].name)") }
        bytes = .allocate(byteCount: text.count, alignment: 64)
        bytes.copyBytes(from: text)
        events = .allocate(capacity: truth.messages)
        var decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 1))
        var cursor = 0
        var count = 0
        while true {
            let room = UnsafeMutableBufferPointer(rebasing: events[count...])
            let read = decoder.decodeFrames(UnsafeRawBufferPointer(bytes), cursor: &cursor, into: room)
            if read == 0 { break }
            count += read
        }
        self.count = count
        self.symbols = decoder.directory.symbols
    }

    static func make(symbols: Int, messages: Int) throws -> RecordedDay {
        let day = try #require(TradingDay("2026-11-20"))
        var configuration = MarketDayConfiguration(symbols: symbols, messages: messages, seed: 7, day: day)
        configuration.halfLifeSeconds = 60...120
        var text: [UInt8] = []
        let truth = try MarketDayGenerator(configuration).generate { text.append(contentsOf: $0) }
        return RecordedDay(truth, text)
    }

    deinit {
        bytes.deallocate()
        events.deallocate()
    }

    var directory: InstrumentDirectory {
        var directory = InstrumentDirectory()
        for symbol in symbols { _ = directory.register(symbol) }
        return directory
    }
}

/// The path from an event to order bytes, with a venue that fills every immediate order at its limit and lets the others
/// rest until they are cancelled.
private struct OrderPath<Trader: Strategy & ~Copyable>: ~Copyable {
    var engine: Engine<Trader, OuchGateway, NoObserver>
    var nextTimer: Timestamp
    var orders = 0
    var cancels = 0
    var replacements = 0
    var marketEvents = 0
    private let waiting = UnsafeMutableBufferPointer<OrderID>.allocate(capacity: 1_024)

    init(_ trader: consuming Trader, _ day: borrowing RecordedDay) throws {
        var limits = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(100_000),
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
            books: try BookSet(capacity: BookCapacity(instruments: 256, orders: 1 << 18, levels: 1 << 17)),
            orders: 1 << 18,
            instruments: 256,
            policy: policy
        )
        engine = Engine(
            market: market,
            strategy: trader,
            gateway: OuchGateway(symbols: day.symbols),
            observer: NoObserver(),
            fees: FeeSchedule()
        )
        nextTimer = day.midnight + 34_200_000_000_000
    }

    deinit { waiting.deallocate() }

    @inline(never)
    mutating func run(_ events: UnsafeMutableBufferPointer<Event>, _ range: Range<Int>) {
        for index in range {
            while nextTimer <= events[index].eventTime {
                engine.apply(Event(eventTime: nextTimer, receiveTime: nextTimer, kind: .timer))
                nextTimer = nextTimer + 100_000_000
                answer()
            }
            engine.apply(events[index])
            marketEvents += 1
            answer()
        }
    }

    /// Reads the order bytes and answers each message.
    private mutating func answer() {
        while engine.gateway.count > 0 {
            var count = 0
            engine.gateway.drain { [waiting] bytes in
                var position = 0
                while position < bytes.count {
                    let id = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position + 1, as: UInt32.self))
                    switch bytes[position] {
                    case UInt8(ascii: "O"):
                        waiting[count] = OrderID(id)
                        position += Ouch.enterOrderLength
                    case UInt8(ascii: "U"):
                        let new = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position + 5, as: UInt32.self))
                        waiting[count] = OrderID(new) | 1 << 62
                        position += Ouch.replaceOrderLength
                    default:
                        waiting[count] = OrderID(id) | 1 << 63
                        position += Ouch.cancelOrderLength
                    }
                    count += 1
                }
            }
            for index in 0..<count {
                let id = waiting[index] & (1 << 62 - 1)
                if waiting[index] >> 62 == 1 {
                    answer(replacement: id)
                } else {
                    answer(id, isCancel: waiting[index] >> 63 == 1)
                }
            }
        }
    }

    /// Every replacement is taken.
    private mutating func answer(replacement id: OrderID) {
        guard let row = engine.market.orders.order(id) else { return }
        replacements += 1
        engine.apply(
            Event(
                eventTime: engine.market.now,
                receiveTime: engine.market.now,
                orderID: row.original,
                price: row.order.price,
                quantity: row.order.quantity,
                instrument: row.order.instrument,
                kind: .orderReplaced,
                detail: id
            )
        )
    }

    private mutating func answer(_ id: OrderID, isCancel: Bool) {
        guard let order = engine.market.orders.order(id)?.order else { return }
        if isCancel { cancels += 1 } else { orders += 1 }
        var report = Event(
            eventTime: engine.market.now,
            receiveTime: engine.market.now,
            orderID: id,
            price: order.price,
            quantity: order.quantity,
            instrument: order.instrument,
            kind: .orderAccepted,
            flags: order.side == .sell ? .sell : [],
            detail: id
        )
        if !isCancel { engine.apply(report) }
        if !isCancel, order.timeInForce == .day { return }
        report.kind = isCancel ? .orderCancelled : .orderFilled
        engine.apply(report)
    }
}

private final class Planted {
    var held: AnyObject?
    var bytes: [UInt8] = []
}

/// Where the first counted call came from, for the message of a test that fails.
private func stack() -> String {
    var addresses = [UnsafeMutableRawPointer?](repeating: nil, count: 32)
    let depth = Int(probe_first(&addresses, 32))
    return addresses[..<depth].map { $0.map { "\($0)" } ?? "-" }.joined(separator: " ")
}

@Suite("Nothing is allocated and no reference is counted between an event and an order", .serialized)
struct AllocationTests {
    @Test(.enabled(if: probe_is_available() == 1))
    func `the probe sees an allocation, a retain and a release that were planted`() {
        let planted = Planted()
        let other = Planted()
        probe_begin()
        let nothing = probe_end()
        probe_begin()
        plantAllocation(planted, 1_000)
        let allocation = probe_end()
        probe_begin()
        plantRetain(planted, other)
        let retain = probe_end()
        probe_begin()
        planted.held = nil
        let release = probe_end()
        #expect(nothing.allocations == 0 && nothing.retains == 0 && nothing.releases == 0 && nothing.frees == 0)
        #expect(allocation.allocations >= 1)
        #expect(retain.retains >= 1)
        #expect(release.releases >= 1)
        #expect(planted.bytes.count == 1_000)
    }

    @inline(never)
    private func plantAllocation(_ planted: Planted, _ count: Int) {
        planted.bytes = [UInt8](repeating: 1, count: count)
    }

    @inline(never)
    private func plantRetain(_ planted: Planted, _ other: Planted) { planted.held = other }

    @Test(
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting")
    )
    func `pairs, risk and order bytes`() throws {
        let day = try RecordedDay.make(symbols: 40, messages: 300_000)
        var directory = day.directory
        var parameters = PairsParameters(pairs: day.pairs)
        parameters.sampleInterval = 1_000_000_000
        parameters.costMultiple = 0
        let strategy = PairsStrategy(parameters, instruments: &directory, midnight: day.midnight)
        var path = try OrderPath(strategy, day)
        path.run(day.events, 0..<day.count / 2)
        let (orders, events) = (path.orders, path.marketEvents)
        probe_begin()
        path.run(day.events, day.count / 2..<day.count)
        let counts = probe_end()
        let sent = path.orders - orders
        let refused = path.engine.strategy.counters
        #expect(path.marketEvents - events >= 100_000)
        #expect(sent > 100, "\(sent) orders, \(refused)")
        #expect(path.engine.gateway.failures == 0)
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts) \(stack())")
        #expect(counts.retains == 0 && counts.releases == 0, "\(counts) \(stack())")
    }

    @Test(
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting")
    )
    func `a set of strategies, risk and order bytes`() throws {
        let day = try RecordedDay.make(symbols: 40, messages: 300_000)
        var directory = day.directory
        var parameters = PairsParameters(pairs: day.pairs)
        parameters.sampleInterval = 1_000_000_000
        parameters.costMultiple = 0
        var kalman = parameters
        kalman.hedge = .kalman
        let imbalance = QueueImbalanceParameters(symbol: day.symbols[3])
        let set = StrategySet(
            [.queueImbalance(imbalance), .pairs(parameters), .pairs(kalman)],
            instruments: &directory,
            midnight: day.midnight
        )
        var path = try OrderPath(set, day)
        path.run(day.events, 0..<day.count / 2)
        let orders = path.orders
        probe_begin()
        path.run(day.events, day.count / 2..<day.count)
        let counts = probe_end()
        #expect(path.orders - orders > 100 && path.cancels > 100, "\(path.orders - orders), \(path.cancels)")
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts) \(stack())")
        #expect(counts.retains == 0 && counts.releases == 0, "\(counts) \(stack())")
    }

    /// One of each of the strategies that hold state for many instruments, ready to trade within minutes.
    private func newcomers(_ symbols: [Symbol]) throws -> [StrategyConfiguration] {
        let queries = """
            WHEN mid > highest(lag(mid, 1), 20 samples) FOR 100 ms EMIT buy(mid);
            WHEN mid < lowest(lag(mid, 1), 20 samples) EMIT sell(mid)
            """
        let signals = try SignalsParameters(queries: queries, symbols: Array(symbols.prefix(8)))
        var maker = MarketMakerParameters(symbols: symbols)
        maker.warmUp = 5_000_000_000
        maker.maxSpread = Price(raw: 1_000_000_000)
        var momentum = MomentumParameters(symbols: symbols)
        momentum.bar = 5_000_000_000
        momentum.channelBars = 5
        momentum.volumeMultiple = 0
        var reversion = VwapReversionParameters(symbols: symbols)
        reversion.warmUp = 60_000_000_000
        reversion.enterDistance = 0.5
        var pca = PcaParameters(symbols: symbols)
        pca.sampleInterval = 2_000_000_000
        pca.window = 40
        pca.minReversions = 0
        let weights = [SymbolWeight(symbols[1], 0.5), SymbolWeight(symbols[2], 0.5)].compactMap { $0 }
        var basket = BasketParameters(index: symbols[0], weights: weights)
        basket.basisMemory = 60_000_000_000
        basket.warmUp = 60_000_000_000
        basket.costMultiple = 0
        basket.stopBasis = Price(raw: 10_000_000_000)
        return [
            .signals(signals), .marketMaking(maker), .momentum(momentum), .vwapReversion(reversion), .pca(pca),
            .basket(basket),
        ]
    }

    @Test(
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting"),
        arguments: 0..<6
    )
    func `each of the strategies for many instruments`(kind: Int) throws {
        let day = try RecordedDay.make(symbols: 40, messages: 300_000)
        var directory = day.directory
        let configuration = try newcomers(day.symbols)[kind]
        let set = StrategySet([configuration], instruments: &directory, midnight: day.midnight)
        var path = try OrderPath(set, day)
        path.run(day.events, 0..<day.count / 2)
        let orders = path.orders + path.replacements
        probe_begin()
        path.run(day.events, day.count / 2..<day.count)
        let counts = probe_end()
        #expect(path.orders + path.replacements - orders > 10, "\(path.orders + path.replacements - orders)")
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts) \(stack())")
        #expect(counts.retains == 0 && counts.releases == 0, "\(counts) \(stack())")
    }

    @Test(
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting")
    )
    func `decoding frames and building all books`() throws {
        let day = try RecordedDay.make(symbols: 40, messages: 300_000)
        var decoder = ItchDecoder(midnight: day.midnight, venue: Venue(id: 1))
        var books = try BookSet(capacity: BookCapacity(instruments: 256, orders: 1 << 18, levels: 1 << 17))
        let batch = UnsafeMutableBufferPointer<Event>.allocate(capacity: 64)
        defer { batch.deallocate() }
        var cursor = 0
        var applied = 0
        func run(until end: Int) {
            while cursor < end {
                let count = decoder.decodeFrames(UnsafeRawBufferPointer(day.bytes), cursor: &cursor, into: batch)
                if count == 0 { break }
                for index in 0..<count { _ = books.apply(batch[index]) }
                applied += count
            }
        }
        run(until: day.bytes.count / 2)
        let before = applied
        probe_begin()
        run(until: day.bytes.count)
        let counts = probe_end()
        #expect(applied - before >= 100_000 && applied == day.count)
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts) \(stack())")
        #expect(counts.retains == 0 && counts.releases == 0, "\(counts) \(stack())")
    }
}
