// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

/// Buys at every third quote and remembers how many it saw.
private struct Counting: Strategy {
    var quotes: UInt64 = 0
    static var isRestorable: Bool { true }

    mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        quotes += 1
        let quote = market.quote(instrument)
        guard quotes % 3 == 0, quote.isTwoSided else { return }
        _ = intents.submit(instrument, .buy, Quantity(1), at: quote.askPrice)
    }

    func save(to writer: inout StateWriter) { writer.write(quotes) }

    mutating func restore(from reader: inout StateReader) throws(StateError) { quotes = try reader.read(UInt64.self) }
}

/// Numbers records and takes a snapshot at each checkpoint.
private struct Shelf: JournalSink, ~Copyable {
    var records: [Event] = []
    var snapshots: [[UInt8]] = []
    var wantsSnapshot: Bool { true }

    mutating func append(_ event: Event) -> UInt64 {
        var record = event
        record.sequence = UInt64(records.count) + 1
        records.append(record)
        return record.sequence
    }

    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 { 0 }

    mutating func keep(
        _ place: NodePosition,
        outputHash: UInt64,
        time: Timestamp,
        _ save: (inout StateWriter) -> Void
    ) {
        var writer = SnapshotWriter()
        writer.begin()
        writer.append(save)
        var bytes = writer.finish(place, session: 11, outputHash: outputHash, time: time)
        SnapshotWriter.seal(&bytes)
        snapshots.append(bytes)
    }
}

private func engine(fees: FeeSchedule = FeeSchedule()) throws -> Engine<Counting, Outbox, AlertLog> {
    let shares = InstrumentLimits.usShares(
        maxOrderQuantity: Quantity(1_000),
        maxPosition: Quantity(100_000),
        maxDayQuantity: Quantity(1_000_000),
        averageDailyVolume: InstrumentLimits.volumeUnknown
    )
    let market = MarketState(
        books: try BookSet(capacity: BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)),
        orders: 500,
        instruments: 2,
        limits: .standard(dayLoss: Money(100_000), notional: Money(1_000_000_000), instrument: shares)
    )
    return Engine(
        market: market,
        strategy: Counting(),
        gateway: Outbox(),
        observer: AlertLog(),
        fees: fees,
        intentCapacity: 64
    )
}

/// A primary that has seen quotes, sent orders and had some of them filled; its journal.
private func session(
    fees: FeeSchedule = FeeSchedule()
) throws -> (records: [Event], snapshots: [[UInt8]], fees: Int128) {
    var node = TradingNode(engine: try engine(fees: fees), journal: Shelf())
    node.checkpointInterval = 16
    node.promote(epoch: 3)
    node.hold(.venue, false)
    node.take(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
    node.take(Event(instrument: stock, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))))
    node.take(add(1, .buy, 500, 1_000, at: 1))
    node.take(add(2, .sell, 500, 1_002, at: 2))
    for index in 0..<120 {
        let time = Nanoseconds(100 + index)
        node.take(add(OrderID(10 + index), .buy, 100, 990 - Int64(index % 7), at: time))
        node.take(add(OrderID(1_000 + index), .sell, 10 + index, 1_002, at: time))
        let last = node.engine.nextOrderID - 1
        if index % 5 == 0, last > 0 {
            node.take(report(.orderFilled, last, 1, 1_002, execution: UInt64(index + 1), at: time))
        }
        if index % 7 == 0 { node.take(timer(at: time)) }
    }
    return (node.journal.records, node.journal.snapshots, node.engine.market.risk.exposure(stock).fees)
}

private func state<Sink: JournalSink & ~Copyable>(_ node: borrowing TradingNode<Counting, Sink>) -> [UInt8] {
    var writer = StateWriter()
    node.place.save(to: &writer)
    node.engine.save(to: &writer)
    return writer.bytes
}

@Suite("Snapshots")
struct SnapshotTests {
    @Test func `each snapshot with the records after it comes to what all records come to`() throws {
        let (records, snapshots, _) = try session()
        #expect(snapshots.count > 15)
        #expect(records.contains { $0.kind == .newOrder } && records.contains { $0.kind == .orderFilled })
        var full = TradingNode(engine: try engine(), journal: NoJournal())
        for record in records {
            let isFollowed = full.follow(record)
            #expect(isFollowed)
        }
        for bytes in snapshots {
            let snapshot = try Snapshot(bytes, session: 11)
            var node = TradingNode(engine: try engine(), journal: NoJournal())
            try node.restore(snapshot)
            #expect(node.epoch == 3)
            var joins = 0
            for record in records {
                switch node.resume(record, from: snapshot) {
                case .before, .followed: break
                case .join: joins += 1
                case .misfit, .diverged: Issue.record("record \(record.sequence)")
                }
            }
            #expect(joins == 1)
            #expect(state(node) == state(full))
        }
    }

    @Test func `a follower's snapshot is the primary's, byte for byte`() throws {
        let (records, snapshots, _) = try session()
        var standby = TradingNode(engine: try engine(), journal: Shelf())
        for record in records {
            let isFollowed = standby.mirror(record)
            #expect(isFollowed)
        }
        #expect(standby.journal.snapshots == snapshots)
    }

    @Test func `every wrong bit and every cut is noticed`() throws {
        let bytes = try #require(try session().snapshots.last)
        #expect(bytes.count < 1 << 17)
        for bit in stride(from: 0, to: bytes.count * 8, by: bytes.count < 4_096 ? 1 : 13) {
            var wrong = bytes
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: StateError.self, "bit \(bit)") { _ = try Snapshot(wrong, session: 11) }
        }
        for length in stride(from: 0, to: bytes.count, by: 17) {
            #expect(throws: StateError.self, "\(length) bytes") {
                _ = try Snapshot(Array(bytes[..<length]), session: 11)
            }
        }
    }

    @Test func `a snapshot of another journal, version or engine is refused by name`() throws {
        let (records, snapshots, _) = try session()
        let bytes = try #require(snapshots.last)
        let other = #expect(throws: StateError.self) { _ = try Snapshot(bytes, session: 12) }
        #expect(other?.reason == "it belongs to another journal")
        var old = bytes
        old[8] = 0
        SnapshotWriter.seal(&old)
        let version = #expect(throws: StateError.self) { _ = try Snapshot(old, session: 11) }
        #expect(version?.reason == "it has version 0 of the format, and this is 1")
        let snapshot = try Snapshot(bytes, session: 11)
        let fees = #expect(throws: StateError.self) {
            var node = TradingNode(
                engine: try engine(fees: FeeSchedule(maker: Price(raw: 1), taker: .zero)),
                journal: NoJournal()
            )
            try node.restore(snapshot)
        }
        #expect(fees?.reason.contains("maker's fee") == true)
        let tiers = #expect(throws: StateError.self) {
            var node = TradingNode(engine: try engine(fees: tiered()), journal: NoJournal())
            try node.restore(snapshot)
        }
        #expect(tiers != nil)
        var node = TradingNode(engine: try engine(), journal: NoJournal())
        try node.restore(snapshot)
        var foreign = records[Int(snapshot.header.sequence) - 1]
        foreign.detail ^= 1
        #expect(node.resume(foreign, from: snapshot) == .misfit)
    }

    /// Taking costs 3 until ten shares were traded in the month, then 1.
    private func tiered() -> FeeSchedule {
        var fees = FeeSchedule(maker: .zero, taker: Price(raw: 3))
        let isAdded = fees.add(.init(volume: Quantity(10), maker: .zero, taker: Price(raw: 1)))
        #expect(isAdded)
        return fees
    }

    @Test func `tiers go on from a snapshot where they were`() throws {
        let (records, snapshots, paid) = try session(fees: tiered())
        // The first ten of these shares cost 3, the others 1; 24 fills of a share were told.
        let shares = paid / Int128(Quantity.scale)
        #expect(shares > 30 && shares <= 44)
        for bytes in snapshots {
            let snapshot = try Snapshot(bytes, session: 11)
            var node = TradingNode(engine: try engine(fees: tiered()), journal: NoJournal())
            try node.restore(snapshot)
            for record in records { _ = node.resume(record, from: snapshot) }
            #expect(node.engine.market.risk.exposure(stock).fees == paid)
        }
        var other = tiered()
        other.period = .day
        let refusal = try #require(snapshots.last)
        let error = #expect(throws: StateError.self) {
            var node = TradingNode(engine: try engine(fees: other), journal: NoJournal())
            try node.restore(try Snapshot(refusal, session: 11))
        }
        #expect(error?.reason.contains("period") == true)
    }
}
