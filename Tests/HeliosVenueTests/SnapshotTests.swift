// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// Books built from messages, as an engine builds them.
private struct Follower: ~Copyable {
    var books: BookSet
    var decoder: ItchDecoder
    let instruments: Int

    init(midnight: Timestamp, instruments: Int) throws {
        books = try BookSet(capacity: BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 15))
        decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 2))
        self.instruments = instruments
    }

    mutating func apply(_ message: WireBytes) {
        let length = message.count
        let frame = [UInt8(length >> 8), UInt8(length & 255)] + [UInt8](message.unsafeBuffer)
        for event in ExchangeTests.decode(frame, &decoder) { _ = books.apply(event) }
    }

    mutating func clear() {
        for index in 0..<instruments {
            var event = Event(kind: .clearBook)
            event.instrument = Instrument(id: UInt32(index))
            _ = books.apply(event)
        }
    }

    /// Every order of every level, in order, and the trading states.
    var digest: [String] {
        var lines: [String] = []
        for index in 0..<instruments {
            let instrument = Instrument(id: UInt32(index))
            lines.append("\(books.tradingState(instrument))")
            books.forEachOrder(of: instrument) { lines.append("\(index) \($0) \($1) \($2.raw) \($3.raw)") }
        }
        return lines
    }
}

/// A snapshot on its way from a server to a reader, in pieces.
private final class Transfer {
    private let port: SoupPort
    private var server = SoupServerConnection(SoupServerConfiguration(), at: .zero)
    private var client: SnapshotClient
    private var up = WireOutput(capacity: 1 << 12)
    private var down = WireOutput(capacity: 1 << 12)

    init(_ port: SoupPort) {
        self.port = port
        client = SnapshotClient(user: port.user, password: .blank)
        client.connected(at: .zero, into: &up)
    }

    /// Moves at most `count` bytes to the reader.
    func step(_ count: Int, _ take: (SnapshotEvent) -> Void) {
        var request = up.bytes
        while let event = server.next(&request, at: .zero, into: &down) {
            if case .login = event { _ = server.accept(port.stream, at: .zero, into: &down) }
        }
        up.removeAll()
        _ = server.send(port.stream, at: .zero, into: &down)
        let size = min(count, down.count)
        var piece = down.bytes.slice(0..<size)
        while let event = client.next(&piece, at: .zero) { take(event) }
        down.drop(size)
    }

    func cut(_ take: (SnapshotEvent) -> Void) { if let event = client.disconnected() { take(event) } }
}

@Suite("Snapshots")
struct SnapshotTests {
    private struct Dice {
        var state: UInt64
        mutating func roll(_ sides: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % sides
        }
    }

    private func exchange(_ day: RecordedDay) throws -> Exchange {
        var settings = ExchangeSettings(ports: [PortSettings(user: "HELIOS")])
        settings.feedMessages = 1 << 17
        settings.feedSession = "TODAY"
        return try Exchange(symbols: day.symbols, midnight: day.midnight, settings: settings)
    }

    @Test(
        "books after losses that nobody makes good are the venue's again, order by order, from a snapshot and what came since",
        arguments: [1, 2, 3] as [UInt64]
    )
    func recovers(seed: UInt64) throws {
        let day = try RecordedDay(symbols: 6, messages: 15_000, seed: seed)
        let exchange = try exchange(day)
        exchange.begin(at: day.midnight + 1)
        var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        var truth = try Follower(midnight: day.midnight, instruments: day.symbols.count)
        var late = try Follower(midnight: day.midnight, instruments: day.symbols.count)
        // One joins late, the others lose messages; a small memory for live messages is passed now and then.
        var recovery = FeedRecovery(start: seed == 1 ? nil : 1, messages: seed == 3 ? 40 : 10_000)
        var transfer: Transfer?
        var (next, recovered, tooOld, cuts, compared) = (UInt64(1), 0, 0, 0, 0)
        for event in day.events {
            exchange.play(event)
            exchange.withFeed { feed in
                while let message = feed[next] {
                    truth.apply(message)
                    let isLost = dice.roll(900) == 0 || seed == 1 && next < 500
                    if !isLost, recovery.take(next, message) == .deliver { late.apply(message) }
                    next += 1
                }
            }
            guard recovery.needsSnapshot else {
                if recovery.next == next { compared += 1 }
                if dice.roll(400) == 0, recovery.next == next { #expect(late.digest == truth.digest) }
                continue
            }
            if transfer == nil {
                let user = try #require(SoupText("helios"))
                let port = try #require(exchange.open(.snapshot, user: user, at: event.eventTime))
                transfer = Transfer(port)
                late.clear()
            }
            var end: UInt64?
            var isVoid = false
            let take = { (event: SnapshotEvent) in
                switch event {
                case .began(let session): #expect("\(session)" == "TODAY")
                case .message(let message): late.apply(message)
                case .complete(let next): end = next
                case .failed: isVoid = true
                }
            }
            if dice.roll(60) == 0 {
                transfer?.cut(take)
                cuts += 1
            } else {
                transfer?.step(1 + Int(dice.roll(900)), take)
            }
            if isVoid { transfer = nil }
            guard let end else { continue }
            transfer = nil
            switch recovery.finish(next: end, { _, message in late.apply(message) }) {
            case .live:
                recovered += 1
                // Else the last messages were lost too, which nobody knows before the next one comes.
                if recovery.next == next { #expect(late.digest == truth.digest) }
            case .tooOld: tooOld += 1
            }
        }
        #expect(late.books.faults.total == 0 && truth.books.faults.total == 0)
        #expect(recovered > 3 && cuts > 3 && compared > 500)
        #expect(seed != 3 || tooOld > 0 && recovery.overflows > 0)
    }

    @Test func `a snapshot is the books in order of priority, and says where the feed goes on`() throws {
        let floor = try PortFloor([PortSettings(user: "ME")])
        try floor.enter(0, 1, .buy, 100, 90_000)
        try floor.enter(0, 2, .buy, 50, 91_000)
        try floor.enter(0, 3, .buy, 10, 91_000)
        try floor.enter(0, 4, .sell, 80, 99_000) { _ = $0.set(.maximumFloor, UInt32(20)) }
        try floor.enter(0, 5, .sell, 80, 98_000, display: .hidden)
        let user = try #require(SoupText("ME"))
        let port = try #require(floor.exchange.open(.snapshot, user: user, at: floor.now))
        var shares: [UInt32] = []
        var letters = ""
        floor.forEach(port) {
            letters.append(Character(UnicodeScalar($0[0])))
            if $0[0] == UInt8(ascii: "A") { shares.append($0.big(20)) }
        }
        #expect(letters == "SRHAAAAG" && shares == [50, 10, 100, 20])
        let next = floor.exchange.withFeed { $0.nextSequence }
        let last = try SnapshotEnd(try #require(port.stream.store[8]))
        #expect(last?.next == next)
        #expect(port.stream.hasEnded && port.number == nil)
        // Another login gets another snapshot; the first does not change.
        try floor.enter(0, 6, .buy, 7, 90_000)
        let later = try #require(floor.exchange.open(.snapshot, user: user, at: floor.now))
        #expect(later !== port && later.stream.store.count == port.stream.store.count + 1)
    }

    @Test func `what is no snapshot is refused: another start, an early end, a broken number`() throws {
        func read(_ first: UInt64, _ messages: [String], ends: Bool) throws -> [String] {
            var output = WireOutput(capacity: 4_096)
            _ = output.appendSoupAccepted(session: try #require(SoupText("S")), sequence: first)
            for text in messages {
                Array(text.utf8).withUnsafeBytes { _ = output.appendSoup(SoupType.sequenced, WireBytes($0)) }
            }
            if ends { _ = output.appendSoup(SoupType.endOfSession) }
            var up = WireOutput(capacity: 100)
            var client = SnapshotClient(user: .blank, password: .blank)
            client.connected(at: .zero, into: &up)
            var chunk = output.bytes
            var events: [String] = []
            while let event = client.next(&chunk, at: .zero) {
                switch event {
                case .began: events.append("began")
                case .message(let message): events.append("message \(message.count)")
                case .complete(let next): events.append("complete \(next)")
                case .failed(let reason): events.append("\(reason)")
                }
            }
            if let event = client.disconnected(), case .failed(let reason) = event { events.append("\(reason)") }
            return events
        }
        let end = "G" + String(repeating: " ", count: 18) + "42"
        #expect(try read(1, ["AB", end], ends: true) == ["began", "message 2", "complete 42"])
        #expect(try read(2, [end], ends: true) == ["\(SnapshotFailure.malformed)"])
        #expect(try read(1, ["AB"], ends: true) == ["began", "message 2", "\(SnapshotFailure.unfinished)"])
        #expect(try read(1, ["AB"], ends: false).last == "\(SnapshotFailure.closed(.disconnected))")
        let broken = "G" + String(repeating: "x", count: 20)
        #expect(try read(1, [broken], ends: true) == ["began", "\(SnapshotFailure.malformed)"])
        let zero = "G" + String(repeating: " ", count: 20)
        #expect(try read(1, [zero], ends: true) == ["began", "\(SnapshotFailure.malformed)"])
    }
}
