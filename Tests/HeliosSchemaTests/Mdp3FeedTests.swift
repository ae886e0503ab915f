// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosWire
import Testing

/// Level books and order books of one feed, side by side.
struct Mdp3TestSink: ~Copyable, Mdp3Sink {
    struct Taker: ~Copyable, Mdp3EventTaker {
        var set: BookSet
        mutating func take(_ event: Event) { _ = set.apply(event) }
    }

    var books: Mdp3Books
    var orders: Mdp3Orders<Taker>
    var trades = 0
    var phases: [Mdp3Phase] = []

    init(instruments: Int, depth: Int) throws {
        books = Mdp3Books(instruments: instruments, depth: depth)
        let set = try BookSet(capacity: BookCapacity(instruments: instruments, orders: 1 << 12, levels: 1 << 12))
        orders = Mdp3Orders(into: Taker(set: set), venue: Venue(id: 1), instruments: instruments, orders: 4_096)
    }

    mutating func level(_ change: Mdp3LevelChange) -> Bool { books.level(change) }
    mutating func order(_ change: Mdp3OrderChange) -> Bool { orders.order(change) }
    mutating func trade(_ trade: Mdp3Trade) { trades += 1 }
    mutating func clearLevels(_ instrument: Instrument) { books.clearLevels(instrument) }
    mutating func clearOrders(_ instrument: Instrument) { orders.clearOrders(instrument) }
    mutating func eventEnded(at time: UInt64) { books.eventEnded(at: time) }
    mutating func phaseChanged(to phase: Mdp3Phase) { phases.append(phase) }
}

/// A feed with its books, and the venue that they must be equal to.
struct Mdp3Rig: ~Copyable {
    var venue: Mdp3TestVenue
    var feed: Mdp3Feed
    var sink: Mdp3TestSink

    init(instruments: Int = 5, depth: Int = 10, seed: UInt64) throws {
        venue = Mdp3TestVenue(instruments: instruments, depth: depth, seed: seed)
        var configuration = Mdp3FeedConfiguration()
        configuration.instruments = 16
        configuration.packets = 64
        configuration.hasOrders = true
        feed = Mdp3Feed(configuration)
        sink = try Mdp3TestSink(instruments: configuration.instruments, depth: depth)
    }

    mutating func receive(_ packet: [UInt8]) {
        packet.withUnsafeBytes { feed.incremental(WireBytes($0), into: &sink) }
    }

    mutating func receive(snapshot packet: [UInt8]) {
        packet.withUnsafeBytes { feed.snapshot(WireBytes($0), into: &sink) }
    }

    mutating func receiveSnapshots() throws {
        let (levels, orders) = try venue.snapshots()
        for packet in levels + orders { receive(snapshot: packet) }
    }

    /// What differs between the venue's books and ours; empty when nothing does.
    func differences() -> [String] {
        var result: [String] = []
        for id in venue.ids {
            guard let book = venue.books[id] else { continue }
            guard let instrument = feed.instrument(id) else {
                if book.rptSeq > 0 || !book.orders.isEmpty { result.append("\(id) is not known") }
                continue
            }
            for side in [Side.buy, .sell] {
                let ours = (0..<sink.books.count(instrument, side)).compactMap {
                    sink.books.level(instrument, side, $0 + 1)
                }
                let theirs = book.sides[Int(side.rawValue)].map {
                    Mdp3Level(price: Price(raw: $0.price / 10), size: Int64($0.size), orders: $0.orders)
                }
                if ours != theirs { result.append("\(id) \(side): \(ours.count) levels for \(theirs.count)") }
            }
        }
        let ours = sink.orders.orderCount
        let theirs = venue.books.values.reduce(0) { $0 + $1.orders.count }
        if ours != theirs { result.append("\(ours) orders for \(theirs)") }
        let set = sink.orders.taker.set.orderCount
        if set != theirs { result.append("\(set) orders in the book for \(theirs)") }
        let faults = sink.orders.taker.set.faults
        if faults.count(.unknownOrder) + faults.count(.duplicateOrder) > 0 { result.append("the book found fault") }
        return result
    }
}

@Suite("MDP 3.0 feed")
struct Mdp3FeedTests {
    @Test("every packet in its order: our books are the venue's after each event", arguments: [1, 2, 3] as [UInt64])
    func inOrder(_ seed: UInt64) throws {
        var rig = try Mdp3Rig(seed: seed)
        for _ in 0..<600 {
            rig.receive(try rig.venue.event())
            let differences = rig.differences()
            #expect(differences == [])
        }
        let (phase, packets, events, trades) = (
            rig.feed.phase, rig.feed.counters.packets, rig.sink.books.eventCount, rig.sink.trades
        )
        #expect(phase == .live && packets == 600 && events == 600 && trades > 50)
    }

    @Test("the second line's copies are dropped, and fill what the first has lost")
    func twoLines() throws {
        var rig = try Mdp3Rig(seed: 4)
        for index in 0..<300 {
            let packet = try rig.venue.event()
            if index % 7 != 3 { rig.receive(packet) }
            if index % 5 != 2 || index % 7 == 3 { rig.receive(packet) }
        }
        let (phase, counters, differences) = (rig.feed.phase, rig.feed.counters, rig.differences())
        #expect(phase == .live && counters.packets == 300 && counters.duplicates > 100 && counters.gaps == 0)
        #expect(differences == [])
    }

    @Test("packets out of order are put in order")
    func reordered() throws {
        var rig = try Mdp3Rig(seed: 5)
        for _ in 0..<60 {
            var packets: [[UInt8]] = []
            for _ in 0..<5 { packets.append(try rig.venue.event()) }
            for index in [1, 0, 4, 2, 3] { rig.receive(packets[index]) }
            let (phase, differences) = (rig.feed.phase, rig.differences())
            #expect(phase == .live && differences == [])
        }
        let counters = rig.feed.counters
        #expect(counters.packets == 300 && counters.filled == 120 && counters.recovered == 0)
    }

    @Test("a late joiner takes snapshots, then what it kept, and is live", arguments: [6, 7] as [UInt64])
    func lateJoin(_ seed: UInt64) throws {
        var rig = try Mdp3Rig(seed: seed)
        for _ in 0..<100 { _ = try rig.venue.event() }
        for _ in 0..<10 { rig.receive(try rig.venue.event()) }
        let (levels, orders) = try rig.venue.snapshots()
        // The loop takes its time: the books move on while it runs.
        for packet in levels + orders {
            rig.receive(snapshot: packet)
            rig.receive(try rig.venue.event())
        }
        let (phase, counters, differences) = (rig.feed.phase, rig.feed.counters, rig.differences())
        #expect(phase == .live && counters.recovered == 1 && differences == [])
        for _ in 0..<200 { rig.receive(try rig.venue.event()) }
        let later = rig.differences()
        #expect(later == [])
    }

    @Test("a lost packet stops the books until snapshots and the packets behind make them whole")
    func recovery() throws {
        var rig = try Mdp3Rig(seed: 8)
        for _ in 0..<50 { rig.receive(try rig.venue.event()) }
        let packets = rig.feed.counters.packets
        _ = try rig.venue.event()
        for _ in 0..<5 { rig.receive(try rig.venue.event()) }
        let (phase, after) = (rig.feed.phase, rig.feed.counters.packets)
        #expect(phase == .recovering && after == packets)
        let found = rig.feed.instrument(rig.venue.ids[0])
        let instrument = try #require(found)
        let isLive = rig.feed.isLive(instrument)
        #expect(!isLive)
        try rig.receiveSnapshots()
        let (end, counters, differences) = (rig.feed.phase, rig.feed.counters, rig.differences())
        #expect(end == .live && counters.gaps == 1 && counters.recovered == 1 && differences == [])
        let phases = rig.sink.phases
        #expect(phases == [.live, .recovering, .live] || phases == [.recovering, .live])
    }

    @Test("snapshots older than the hole do not end a recovery")
    func oldSnapshots() throws {
        var rig = try Mdp3Rig(seed: 9)
        for _ in 0..<50 { rig.receive(try rig.venue.event()) }
        let (levels, orders) = try rig.venue.snapshots()
        _ = try rig.venue.event()
        _ = try rig.venue.event()
        rig.receive(try rig.venue.event())
        for packet in levels + orders { rig.receive(snapshot: packet) }
        let phase = rig.feed.phase
        #expect(phase == .recovering)
        try rig.receiveSnapshots()
        let (end, differences) = (rig.feed.phase, rig.differences())
        #expect(end == .live && differences == [])
    }

    @Test("a chunk that is lost makes its instrument wait for the next loop")
    func lostChunk() throws {
        var rig = try Mdp3Rig(seed: 10)
        for _ in 0..<80 { _ = try rig.venue.event() }
        rig.receive(try rig.venue.event())
        let (levels, orders) = try rig.venue.snapshots()
        for packet in levels { rig.receive(snapshot: packet) }
        for (index, packet) in orders.enumerated() where index != 1 { rig.receive(snapshot: packet) }
        let phase = rig.feed.phase
        #expect(phase == .recovering)
        for packet in orders { rig.receive(snapshot: packet) }
        let (end, differences) = (rig.feed.phase, rig.differences())
        #expect(end == .live && differences == [])
    }

    @Test("lossy lines and slow snapshots: whenever the feed is live, its books are the venue's", arguments: 11...18)
    func lossy(_ seed: Int) throws {
        var rig = try Mdp3Rig(seed: UInt64(seed))
        var random = SchemaRandom(UInt64(seed) &* 77)
        var loop: [[UInt8]] = []
        var held: [[UInt8]] = []
        var live = 0
        for round in 0..<2_000 {
            let packet = try rig.venue.event()
            switch random.below(40) {
            case 0: break
            case 1: held.append(packet)
            default:
                rig.receive(packet)
                if random.below(10) == 0 { rig.receive(packet) }
            }
            if random.below(6) == 0, !held.isEmpty { rig.receive(held.removeFirst()) }
            if loop.isEmpty {
                let (levels, orders) = try rig.venue.snapshots()
                loop = levels + orders
            }
            for _ in 0..<8 where !loop.isEmpty {
                let next = loop.removeFirst()
                if random.below(50) != 0 { rig.receive(snapshot: next) }
            }
            // Comparing is slow: at most every third packet.
            if round % 3 == 0, rig.feed.phase == .live, rig.feed.nextSequence == rig.venue.sequence + 1 {
                live += 1
                let differences = rig.differences()
                #expect(differences == [], "seed \(seed), packet \(rig.venue.sequence)")
                if !differences.isEmpty { return }
            }
        }
        let counters = rig.feed.counters
        #expect(live > 50 && counters.gaps > 5 && counters.recovered > 1 && counters.filled > 1, "\(live) \(counters)")
    }

    @Test("a channel reset empties every book, with the numbers going on and beginning anew", arguments: [false, true])
    func reset(_ restarts: Bool) throws {
        var rig = try Mdp3Rig(seed: 23)
        for _ in 0..<50 { rig.receive(try rig.venue.event()) }
        let packet = try rig.venue.reset(restarting: restarts)
        rig.receive(packet)
        rig.receive(packet)
        let empty = rig.differences()
        let orders = rig.sink.orders.orderCount
        #expect(empty == [] && orders == 0)
        for _ in 0..<50 { rig.receive(try rig.venue.event()) }
        let (counters, differences, phase) = (rig.feed.counters, rig.differences(), rig.feed.phase)
        #expect(counters.resets == 1 && counters.duplicates == 1 && differences == [] && phase == .live)
    }

    @Test("a number that an instrument leaves out makes it alone wait for its snapshot")
    func staleInstrument() throws {
        var rig = try Mdp3Rig(seed: 24)
        for _ in 0..<50 { rig.receive(try rig.venue.event()) }
        let id = rig.venue.ids[2]
        rig.venue.books[id]?.rptSeq += 1
        for _ in 0..<20 { rig.receive(try rig.venue.event()) }
        let (found, foundOther) = (rig.feed.instrument(id), rig.feed.instrument(rig.venue.ids[0]))
        let instrument = try #require(found)
        let other = try #require(foundOther)
        let (isLive, otherIsLive, stale) = (
            rig.feed.isLive(instrument), rig.feed.isLive(other), rig.feed.staleCount
        )
        #expect(!isLive && otherIsLive && stale == 1)
        try rig.receiveSnapshots()
        let (isBack, differences, left) = (rig.feed.isLive(instrument), rig.differences(), rig.feed.staleCount)
        #expect(isBack && differences == [] && left == 0)
        for _ in 0..<50 { rig.receive(try rig.venue.event()) }
        let later = rig.differences()
        #expect(later == [])
    }

    @Test("a packet whose message can't be read makes the feed recover")
    func damaged() throws {
        var rig = try Mdp3Rig(seed: 25)
        for _ in 0..<20 { rig.receive(try rig.venue.event()) }
        var packet = try rig.venue.event()
        packet[14] = 200
        rig.receive(packet)
        let (phase, malformed) = (rig.feed.phase, rig.feed.counters.malformed)
        #expect(phase == .recovering && malformed == 1)
        rig.receive(try rig.venue.event())
        try rig.receiveSnapshots()
        let (end, differences) = (rig.feed.phase, rig.differences())
        #expect(end == .live && differences == [])
    }

    @Test("random and damaged bytes never stop the feed", arguments: [26, 27, 28] as [UInt64])
    func noise(_ seed: UInt64) throws {
        var rig = try Mdp3Rig(seed: seed)
        var random = SchemaRandom(seed)
        for _ in 0..<1_500 {
            var packet = try rig.venue.event()
            for _ in 0..<random.below(4) where random.below(2) == 0 {
                packet[4 + random.below(packet.count - 4)] = random.byte()
            }
            if random.below(5) == 0 { packet.removeLast(random.below(packet.count)) }
            rig.receive(packet)
            rig.receive(snapshot: packet)
            if random.below(20) == 0 { rig.receive(random.bytes(random.below(200))) }
            if random.below(20) == 0 { rig.receive(snapshot: random.bytes(random.below(200))) }
        }
        let counters = rig.feed.counters
        #expect(counters.malformed > 100)
    }
}
