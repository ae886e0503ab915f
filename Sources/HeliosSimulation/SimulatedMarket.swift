// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// A short market session: what the venue publishes, as ITCH messages, and what they mean.
struct SimulatedMarket {
    /// The messages, in the order of publication; message `i` has the number `i + 1`.
    private(set) var messages: [[UInt8]] = []
    /// What each means.
    private(set) var events: [Event] = []
    /// How often an instrument was halted.
    private(set) var halts = 0
    static let midnight = Timestamp(nanoseconds: 1_700_000_000_000_000_000 / 86_400_000_000_000 * 86_400_000_000_000)
    static let symbols = 3
    /// Between two messages, on average.
    static let step: Nanoseconds = 1_000_000

    private struct Resting {
        var reference: UInt64
        var side: Side
        var price: Int
        var shares: Int
    }

    private var writer: ItchDay
    private var books = [[Resting]](repeating: [], count: SimulatedMarket.symbols)
    private var mids = (0..<SimulatedMarket.symbols).map { 2_000 + $0 * 3_000 }
    private var halted = [Bool](repeating: false, count: SimulatedMarket.symbols)
    private var reference: UInt64 = 1
    private var match: UInt64 = 1
    private var time: UInt64 = 34_200_000_000_000

    init(seed: UInt64, messages count: Int, halts: Double) {
        writer = ItchDay()
        var random = SimulationRandom(seed: seed, stream: "market")
        open()
        while writer.messages.count < count { step(&random, halts) }
        for symbol in 0..<SimulatedMarket.symbols where halted[symbol] { act(symbol, "T") }
        messages = writer.messages
        events = SimulatedMarket.decode(messages)
    }

    private mutating func open() {
        for code in "OS".utf8 { writer.add { [time] in $0.systemEvent(timestamp: time, code: code) } }
        for symbol in 0..<SimulatedMarket.symbols {
            writer.add { [time] in
                $0.stockDirectory(
                    locate: UInt16(symbol + 1),
                    timestamp: time,
                    symbol: SimulatedMarket.symbol(symbol)
                )
            }
            act(symbol, "T")
        }
        writer.add { [time] in $0.systemEvent(timestamp: time, code: UInt8(ascii: "Q")) }
    }

    /// By instrument.
    static let symbolNames = (0..<symbols).map(symbol)

    private static func symbol(_ number: Int) -> Symbol {
        Symbol(packed: 0x2020_2020_2020_2041 + UInt64(number))
    }

    private mutating func act(_ symbol: Int, _ state: Unicode.Scalar) {
        writer.add { [time] in
            $0.tradingAction(
                locate: UInt16(symbol + 1),
                timestamp: time,
                symbol: SimulatedMarket.symbol(symbol),
                state: UInt8(ascii: state)
            )
        }
    }

    private mutating func step(_ random: inout SimulationRandom, _ halts: Double) {
        time += UInt64(random.below(Int(SimulatedMarket.step) * 2)) + 1
        let symbol = random.below(SimulatedMarket.symbols)
        if halts > 0, random.chance(0.005 * halts) || halted[symbol] && random.chance(0.05) {
            halted[symbol].toggle()
            if halted[symbol] { self.halts += 1 }
            return act(symbol, halted[symbol] ? "H" : "T")
        }
        if random.chance(0.02) { mids[symbol] = max(mids[symbol] + random.below(3) - 1, 1_000) }
        let dice = random.uniform()
        if books[symbol].count < 12 || dice < 0.45 {
            add(symbol, &random)
        } else if dice < 0.6, !halted[symbol] {
            execute(symbol, &random)
        } else if dice < 0.7 {
            cancel(symbol, &random)
        } else {
            delete(symbol, random.below(books[symbol].count))
        }
    }

    private mutating func add(_ symbol: Int, _ random: inout SimulationRandom) {
        let side: Side = random.chance(0.5) ? .buy : .sell
        let away = 1 + random.below(6)
        var price = side == .buy ? mids[symbol] - away : mids[symbol] + away
        // Never through the other side: the feed shows no crossed books.
        for other in books[symbol] where other.side != side {
            price = side == .buy ? min(price, other.price - 1) : max(price, other.price + 1)
        }
        let shares = (1 + random.below(5)) * 100
        books[symbol].append(Resting(reference: reference, side: side, price: price, shares: shares))
        writer.add { [time, reference] in
            $0.addOrder(
                locate: UInt16(symbol + 1),
                timestamp: time,
                reference: reference,
                side: side,
                shares: UInt32(shares),
                symbol: SimulatedMarket.symbol(symbol),
                price: UInt32(price * 100)
            )
        }
        reference += 1
    }

    /// The best and oldest order of a side trades.
    private mutating func execute(_ symbol: Int, _ random: inout SimulationRandom) {
        let side: Side = random.chance(0.5) ? .buy : .sell
        let candidates = books[symbol].indices.filter { books[symbol][$0].side == side }
        guard
            let place = candidates.min(by: { a, b in
                let (x, y) = (books[symbol][a], books[symbol][b])
                return x.price == y.price ? a < b : (side == .buy ? x.price > y.price : x.price < y.price)
            })
        else { return }
        let shares = min((1 + random.below(4)) * 100, books[symbol][place].shares)
        writer.add { [time, match, reference = books[symbol][place].reference] in
            $0.orderExecuted(
                locate: UInt16(symbol + 1),
                timestamp: time,
                reference: reference,
                shares: UInt32(shares),
                match: match
            )
        }
        match += 1
        reduce(symbol, place, shares)
    }

    private mutating func cancel(_ symbol: Int, _ random: inout SimulationRandom) {
        let place = random.below(books[symbol].count)
        guard books[symbol][place].shares > 100 else { return delete(symbol, place) }
        writer.add { [time, reference = books[symbol][place].reference] in
            $0.orderCancel(locate: UInt16(symbol + 1), timestamp: time, reference: reference, shares: 100)
        }
        reduce(symbol, place, 100)
    }

    private mutating func delete(_ symbol: Int, _ place: Int) {
        writer.add { [time, reference = books[symbol][place].reference] in
            $0.orderDelete(locate: UInt16(symbol + 1), timestamp: time, reference: reference)
        }
        books[symbol].remove(at: place)
    }

    private mutating func reduce(_ symbol: Int, _ place: Int, _ shares: Int) {
        books[symbol][place].shares -= shares
        if books[symbol][place].shares == 0 { books[symbol].remove(at: place) }
    }

    private static func decode(_ messages: [[UInt8]]) -> [Event] {
        var decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 1))
        return messages.compactMap { message in
            message.withUnsafeBytes { decoder.decode($0, offset: 0) }
        }
    }

    /// A MoldUDP64 packet of messages `range`, which count from 0.
    func packet(_ range: Range<Int>) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: MoldHeader.length)
        let header = MoldHeader(
            session: MoldSession(high: 0x5349_4D55_4C41_5445, low: 0x3030),
            sequence: UInt64(range.lowerBound + 1),
            count: UInt16(range.count)
        )
        packet.withUnsafeMutableBytes { header.write(to: $0) }
        for index in range {
            packet.append(UInt8(truncatingIfNeeded: messages[index].count >> 8))
            packet.append(UInt8(truncatingIfNeeded: messages[index].count))
            packet += messages[index]
        }
        return packet
    }

    /// The number of a packet's first message; 0 of what carries none.
    static func first(of packet: [UInt8]) -> UInt64 {
        packet.withUnsafeBytes { bytes in
            guard let header = (try? MoldPacket(bytes))?.header, header.kind == .data else { return 0 }
            return header.sequence
        }
    }

    /// A heartbeat that tells the number of the next message.
    func heartbeat(next: Int) -> [UInt8] { packet(next..<next) }
}

/// Collects messages of the encoder one by one.
private struct ItchDay {
    private(set) var messages: [[UInt8]] = []

    mutating func add(_ write: (inout ItchWriter) -> Void) {
        var writer = ItchWriter(capacity: ItchWriter.largestFrame)
        write(&writer)
        writer.withBytes { messages.append([UInt8]($0.dropFirst(2))) }
    }
}
