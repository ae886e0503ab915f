// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// A generated day as events, with the names of its instruments.
struct RecordedDay {
    var events: [Event] = []
    var symbols: [Symbol] = []
    let midnight: Timestamp

    init(symbols count: Int, messages: Int, seed: UInt64) throws {
        let day = try #require(TradingDay("2026-11-20"))
        let configuration = MarketDayConfiguration(symbols: count, messages: messages, seed: seed, day: day)
        var bytes: [UInt8] = []
        _ = try MarketDayGenerator(configuration).generate { bytes.append(contentsOf: $0) }
        midnight = day.midnight
        var decoder = ItchDecoder(midnight: day.midnight, venue: Venue(id: 1))
        events = ExchangeTests.decode(bytes, &decoder)
        symbols = decoder.directory.symbols
    }
}

/// Books built from an exchange's feed, message by message.
private struct Reader: ~Copyable {
    var books: BookSet
    var decoder: ItchDecoder
    var next: UInt64 = 1
    var kinds: [EventKind: Int] = [:]

    init(_ day: RecordedDay) throws {
        books = try BookSet(capacity: BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 15))
        decoder = ItchDecoder(midnight: day.midnight, venue: Venue(id: 2))
    }

    mutating func catchUp(_ exchange: Exchange) {
        exchange.withFeed { feed in
            while let message = feed[next] {
                next += 1
                let length = message.count
                var frame: [UInt8] = [UInt8(length >> 8), UInt8(length & 255)]
                for place in 0..<length { frame.append(message[place]) }
                let events = ExchangeTests.decode(frame, &decoder)
                if events.isEmpty { Issue.record("message \(next - 1) is not understood") }
                for event in events {
                    kinds[event.kind, default: 0] += 1
                    _ = books.apply(event)
                }
            }
        }
    }
}

@Suite("Exchange in a box")
struct ExchangeTests {
    static func decode(_ bytes: [UInt8], _ decoder: inout ItchDecoder) -> [Event] {
        var all: [Event] = []
        var batch = [Event](repeating: Event(kind: .none), count: 1_024)
        var cursor = 0
        while cursor < bytes.count {
            let before = cursor
            let count = bytes.withUnsafeBytes { raw in
                batch.withUnsafeMutableBufferPointer { decoder.decodeFrames(raw, cursor: &cursor, base: 0, into: $0) }
            }
            all += batch[..<count]
            if cursor == before { break }
        }
        return all
    }

    @Test(
        "a recorded day played through the matching engine gives a feed with the same books",
        arguments: [1, 2, 3] as [UInt64]
    )
    func sameBooks(seed: UInt64) throws {
        let day = try RecordedDay(symbols: 8, messages: 30_000, seed: seed)
        let exchange = try Exchange(
            symbols: day.symbols,
            users: ["HELIOS"],
            midnight: day.midnight,
            feedMessages: 1 << 17
        )
        var recorded = try BookSet(capacity: BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 15))
        var reader = try Reader(day)
        exchange.begin(at: day.midnight + 1)
        var compared = 0
        var different = 0
        for event in day.events {
            _ = recorded.apply(event)
            exchange.play(event)
            guard event.instrument.index < day.symbols.count else { continue }
            reader.catchUp(exchange)
            // An auction is told order by order and held at its print.
            if event.kind == .executeOrderAtPrice, !event.flags.contains(.printable) { continue }
            compared += 1
            if recorded.quote(event.instrument) != reader.books.quote(event.instrument) { different += 1 }
        }
        #expect(exchange.lostMessages == 0)
        #expect(reader.books.faults.total == 0)
        #expect(compared > 20_000)
        #expect(different == 0 && exchange.unmatched == 0, "\(different) of \(compared)")
    }

    /// The messages that a port has been told, by their letters.
    private func letters(_ port: SoupPort) -> String {
        var text = ""
        var number: UInt64 = 1
        while let message = port.stream.store[number] {
            text.append(Character(UnicodeScalar(message[0])))
            number += 1
        }
        return text
    }

    private func enter(
        _ reference: UInt32,
        _ side: OuchSide,
        _ shares: UInt32,
        _ price: UInt64,
        _ symbol: Symbol,
        timeInForce: OuchTimeInForce = .day
    ) throws -> [UInt8] {
        var output = WireOutput(capacity: 128)
        try Ouch50.EnterOrder.write(
            userRefNum: reference,
            side: OuchCode(side),
            quantity: shares,
            symbol: symbol,
            price: price,
            timeInForce: OuchCode(timeInForce),
            display: OuchCode(.visible),
            capacity: OuchCode(.principal),
            sweep: OuchCode(.no),
            cross: OuchCode(.none),
            clientOrderID: try #require(OuchToken("T\(reference)")),
            to: &output
        )
        return [UInt8](output.bytes.unsafeBuffer)
    }

    private func send(_ bytes: [UInt8], _ port: SoupPort, _ exchange: Exchange) {
        bytes.withUnsafeBytes { exchange.receive(WireBytes($0), from: port, at: Timestamp(nanoseconds: 5)) }
    }

    @Test func `two participants trade, each hears its side, and the market hears the trade`() throws {
        let symbol = try #require(Symbol("ACME"))
        let exchange = try Exchange(symbols: [symbol], users: ["ONE", "TWO"], midnight: .zero, feedMessages: 1_000)
        exchange.begin(at: Timestamp(nanoseconds: 1))
        exchange.apply(.phase(Instrument(id: 0), .open, time: Timestamp(nanoseconds: 2)))
        let (one, two) = (exchange.ports[0], exchange.ports[1])
        send(try enter(1, .sell, 100, 100_000, symbol), one, exchange)
        send(try enter(1, .buy, 40, 100_000, symbol, timeInForce: .immediateOrCancel), two, exchange)
        #expect(letters(one) == "SAE")
        #expect(letters(two) == "SAE")
        // A number that was used is a message sent again; an unknown symbol is refused; what is left can be cancelled.
        send(try enter(1, .sell, 100, 100_000, symbol), one, exchange)
        #expect(letters(one) == "SAE" && one.ignored == 1)
        send(try enter(2, .sell, 100, 100_000, try #require(Symbol("NONE"))), one, exchange)
        #expect(letters(one) == "SAEJ")
        var output = WireOutput(capacity: 64)
        try Ouch50.CancelOrder.write(userRefNum: 1, quantity: 0, to: &output)
        send([UInt8](output.bytes.unsafeBuffer), one, exchange)
        #expect(letters(one) == "SAEJC")
        for bytes in [[], [0x4F], [0xFF, 1, 2], [UInt8](repeating: 0x4F, count: 60)] as [[UInt8]] {
            send(bytes, two, exchange)
        }
        #expect(letters(two) == "SAE" && two.ignored == 4)
        let feed = exchange.withFeed { feed in
            (1..<feed.nextSequence).compactMap { number in feed[number].map { Character(UnicodeScalar($0[0])) } }
        }
        #expect(String(feed) == "SRSHHAED")
    }

    @Test func `a participant that uses the largest number harms nobody, and a mass cancel is answered order by order`()
        throws
    {
        let symbol = try #require(Symbol("ACME"))
        let exchange = try Exchange(symbols: [symbol], users: ["ONE"], midnight: .zero, feedMessages: 1_000)
        exchange.begin(at: Timestamp(nanoseconds: 1))
        exchange.apply(.phase(Instrument(id: 0), .open, time: Timestamp(nanoseconds: 2)))
        let one = exchange.ports[0]
        send(try enter(1, .sell, 100, 100_000, symbol), one, exchange)
        send(try enter(2, .sell, 100, 100_100, symbol), one, exchange)
        var output = WireOutput(capacity: 64)
        let all = Symbol(packed: 0x2020_2020_2020_2020)
        try Ouch50.MassCancel.write(userRefNum: 3, firm: .blank, symbol: all, to: &output)
        send([UInt8](output.bytes.unsafeBuffer), one, exchange)
        #expect(letters(one) == "SAAXCC")
        send(try enter(.max, .sell, 100, 100_000, symbol), one, exchange)
        output.removeAll()
        try Ouch50.AccountQuery.write(to: &output)
        send([UInt8](output.bytes.unsafeBuffer), one, exchange)
        #expect(letters(one) == "SAAXCCAQ")
    }

    @Test func `orders of a participant whose line is gone are cancelled, those of others stay`() throws {
        let symbol = try #require(Symbol("ACME"))
        let exchange = try Exchange(symbols: [symbol], users: ["ONE", "TWO"], midnight: .zero, feedMessages: 1_000)
        exchange.begin(at: Timestamp(nanoseconds: 1))
        exchange.apply(.phase(Instrument(id: 0), .open, time: Timestamp(nanoseconds: 2)))
        let (one, two) = (exchange.ports[0], exchange.ports[1])
        send(try enter(1, .sell, 100, 100_000, symbol), one, exchange)
        send(try enter(1, .sell, 100, 100_100, symbol), two, exchange)
        exchange.disconnected(one, at: Timestamp(nanoseconds: 9))
        #expect(letters(one) == "SAC")
        #expect(letters(two) == "SA")
        exchange.end(at: Timestamp(nanoseconds: 10))
        #expect(letters(two) == "SACS")
    }
}
