// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosLive
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// Books built from what a feed hands on.
private struct Follower: ~Copyable {
    var books: BookSet
    var decoder = ItchDecoder(midnight: .zero, venue: Venue(id: 2))
    let instruments: Int
    private var events = [Event](repeating: Event(kind: .none), count: 16)

    init(_ instruments: Int) throws {
        self.instruments = instruments
        books = try BookSet(capacity: BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 15))
    }

    mutating func apply(_ message: WireBytes) {
        let frame = [UInt8(message.count >> 8), UInt8(message.count & 255)] + [UInt8](message.unsafeBuffer)
        var cursor = 0
        let count = frame.withUnsafeBytes { raw in
            events.withUnsafeMutableBufferPointer {
                decoder.decodeFrames(raw, cursor: &cursor, base: 0, into: $0)
            }
        }
        for event in events[..<count] { _ = books.apply(event) }
    }

    mutating func clear() {
        for index in 0..<instruments {
            var event = Event(kind: .clearBook)
            event.instrument = Instrument(id: UInt32(index))
            _ = books.apply(event)
        }
    }

    var digest: [String] {
        var lines: [String] = []
        for index in 0..<instruments {
            books.forEachOrder(of: Instrument(id: UInt32(index))) {
                lines.append("\(index) \($0) \($1) \($2.raw) \($3.raw)")
            }
        }
        return lines
    }
}

/// A venue whose packets get lost and whose snapshots break off.
private final class Venue42 {
    let exchange: Exchange
    let snapshots: PortServer
    private let line: UDPPublisher
    private let session: MoldSession
    private var next: UInt64 = 1
    private var state: UInt64
    private var id: UInt64 = 0
    private(set) var lost = 0
    var lossPerMille: UInt64 = 0

    init(to endpoint: Endpoint, seed: UInt64) throws {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let symbols = try ["AAA", "BBB", "CCC"].map { try #require(Symbol($0)) }
        var settings = ExchangeSettings(ports: [PortSettings(user: "HELIOS")])
        settings.feedMessages = 1 << 17
        exchange = try Exchange(symbols: symbols, midnight: .zero, settings: settings)
        snapshots = try PortServer(exchange, .snapshot)
        line = try UDPPublisher([UDPDestination(endpoint)])
        session = try #require(MoldSession(settings.feedSession))
        exchange.begin(at: Timestamp(nanoseconds: 1))
        for index in 0..<3 { exchange.apply(.phase(Instrument(id: UInt32(index)), .open, time: .zero)) }
    }

    func roll(_ sides: UInt64) -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state % sides
    }

    func trade() {
        id += 1
        let instrument = Instrument(id: UInt32(roll(3)))
        let price = Price(raw: Int64(100_0000 + roll(20) * 100) * 10_000)
        exchange.apply(
            .enter(
                instrument,
                owner: 0,
                id: id,
                roll(2) == 0 ? .buy : .sell,
                Quantity(Int(1 + roll(300))),
                at: price,
                time: Timestamp(nanoseconds: Int64(id))
            )
        )
        if roll(2) == 0 { exchange.apply(.cancel(instrument, owner: 0, id: 1 + roll(id), time: .zero)) }
    }

    /// Sends what is new, a message a packet, as far as it does not get lost.
    func publish() {
        exchange.withFeed { feed in
            while let message = feed[next] {
                if roll(1_000) < lossPerMille {
                    lost += 1
                } else {
                    line.add { packet in
                        MoldHeader(session: session, sequence: next, count: 1).write(to: packet)
                        packet[MoldHeader.length] = UInt8(message.count >> 8)
                        packet[MoldHeader.length + 1] = UInt8(message.count & 255)
                        let body = UnsafeMutableRawBufferPointer(rebasing: packet[(MoldHeader.length + 2)...])
                        body.copyMemory(from: message.unsafeBuffer)
                        return MoldHeader.length + 2 + message.count
                    }
                }
                next += 1
            }
        }
        line.flush()
    }

    func heartbeat() {
        line.add { packet in
            MoldHeader(session: session, sequence: next, count: 0).write(to: packet)
            return MoldHeader.length
        }
        line.flush()
    }

    /// The venue's own orders, in the words of `Follower.digest`.
    var digest: [String] {
        var lines: [String] = []
        for index in 0..<3 {
            for side in [Side.buy, .sell] {
                exchange.forEachDisplayed(Instrument(id: UInt32(index)), side) {
                    lines.append("\(index) \($0.reference) \(side) \($0.price.raw) \($0.quantity.raw)")
                }
            }
        }
        return lines
    }
}

@Suite("Feed with recovery, over real sockets", .serialized)
struct RecoveringFeedTests {
    private var now: Nanoseconds { Nanoseconds(DispatchTime.now().uptimeNanoseconds) }

    @Test(
        "who joins late or loses what nobody sends again has the venue's books after a snapshot",
        .timeLimit(.minutes(20)),
        arguments: [(seed: 1, late: true), (seed: 2, late: false), (seed: 3, late: true)]
            as [(seed: UInt64, late: Bool)]
    )
    func recovers(seed: UInt64, late: Bool) throws {
        var settings = FeedSettings(lines: [UDPSource(Endpoint(port: 0))])
        settings.start = late ? 0 : 1
        settings.requests.patience = 1_000
        settings.requests.timeout = 1_000
        settings.requests.timeoutMax = 1_000
        settings.requests.attemptsMax = 1
        // The port is known only when the socket is open, and the snapshots' only when the venue is there.
        let hole = try UDPReceiver(settings.lines[0])
        settings.lines[0].endpoint = hole.endpoint
        let venue = try Venue42(to: hole.endpoint, seed: seed)
        _ = consume hole
        var source = SnapshotSettings(venue.snapshots.endpoint, user: "HELIOS")
        source.interval = 1_000_000
        if late {
            for _ in 0..<500 { venue.trade() }
            venue.publish()
        }
        var feed = try RecoveringFeed(settings, snapshots: source)
        var follower = try Follower(3)
        var wholes = 0
        var busy = 0
        func poll(_ feed: inout RecoveringFeed, _ follower: inout Follower) {
            _ = feed.poll(at: now) { event in
                switch event {
                case .clear: follower.clear()
                case .message(let message, _): follower.apply(message)
                case .whole: wholes += 1
                }
            }
        }
        // When snapshots come depends on the clock, and so do the dice behind them: enough to lose some in any case.
        venue.lossPerMille = 5
        for round in 0..<3_000 {
            venue.trade()
            venue.publish()
            // A snapshot trickles, and now and then it breaks off.
            venue.snapshots.step(at: Timestamp(nanoseconds: Int64(round)), limit: 1_000)
            if venue.snapshots.isBusy {
                busy += 1
                if busy == 3 || venue.roll(100) == 0 { venue.snapshots.cutAll() }
            }
            poll(&feed, &follower)
        }
        venue.lossPerMille = 0
        let end = now + 240_000_000_000
        while now < end {
            venue.heartbeat()
            venue.snapshots.step(at: .zero)
            poll(&feed, &follower)
            if feed.isWhole, feed.receiver.expected == venue.exchange.withFeed({ $0.nextSequence }) { break }
            usleep(200)
        }
        let isWhole = feed.isWhole
        let digest = follower.digest
        #expect(isWhole)
        #expect(digest == venue.digest)
        let (faults, snapshots) = (follower.books.faults.total, feed.snapshots)
        #expect(faults == 0)
        #expect(venue.lost > 3 && wholes > 0 && wholes == snapshots.used, "\(snapshots)")
        #expect(venue.snapshots.cuts > 0)
    }

    @Test func `a snapshot server that is not there is asked again, and nothing is said to be whole`() throws {
        var settings = FeedSettings(lines: [UDPSource(Endpoint(port: 0))])
        settings.start = 0
        var snapshots = SnapshotSettings(Endpoint(port: 1), user: "HELIOS")
        snapshots.interval = 1_000
        var feed = try RecoveringFeed(settings, snapshots: snapshots)
        for number in 0..<10 { _ = feed.poll(at: now + Nanoseconds(number) * 2_000) { _ in Issue.record("an event") } }
        let (isWhole, failed, reason) = (feed.isWhole, feed.snapshots.failed, feed.lastFailure)
        #expect(!isWhole && failed > 2 && reason != nil)
        #expect(throws: SocketError.self) { try SnapshotFetch(Endpoint(port: 1), user: "TOOLONGANAME") }
    }
}
