// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// What must hold whatever the rules are: nothing is lost, the same stream gives the same bytes, the feed tells the book.
@Suite struct MatchingLawTests {
    /// What an order's owner can add up: taken on, traded, cancelled.
    struct Ledger: MatchingOutput {
        var open: [UInt64: Int64] = [:]
        var shares: [UInt32: Int64] = [:]
        var cash: [UInt32: Int128] = [:]
        var faults = 0
        var trades = 0

        func key(_ owner: UInt32, _ id: UInt64) -> UInt64 { UInt64(owner) << 32 | id }

        mutating func move(_ owner: UInt32, _ id: UInt64, _ quantity: Int64, left: Int64) {
            let before = open[key(owner, id)] ?? 0
            if before - quantity != left { faults += 1 }
            open[key(owner, id)] = left == 0 ? nil : left
        }

        mutating func trade(_ buyer: UInt32, _ seller: UInt32, _ event: MatchingEvent) {
            let money = Int128(event.price.raw) * Int128(event.quantity.raw)
            shares[buyer, default: 0] += event.quantity.raw
            shares[seller, default: 0] -= event.quantity.raw
            cash[buyer, default: 0] -= money
            cash[seller, default: 0] += money
            trades += 1
        }

        mutating func receive(_ event: MatchingEvent) {
            let quantity = event.quantity.raw
            switch event.kind {
            case .accepted:
                if !event.flags.contains(.dead) { open[key(event.owner, event.id)] = event.open.raw }
            case .replaced:
                open[key(event.owner, event.contraID)] = nil
                if event.open.raw > 0 { open[key(event.owner, event.id)] = event.open.raw }
            case .cancelled: move(event.owner, event.id, quantity, left: event.open.raw)
            case .executed, .crossExecuted:
                move(event.owner, event.id, quantity, left: event.open.raw)
                move(event.contraOwner, event.contraID, quantity, left: event.contraOpen.raw)
                let isBuy = event.kind == .crossExecuted || event.side == .buy
                trade(isBuy ? event.owner : event.contraOwner, isBuy ? event.contraOwner : event.owner, event)
            default: break
            }
        }
    }

    @Test("No share and no cent is made or lost, and every order ends where its reports say", arguments: [11, 12, 13])
    func conservation(seed: UInt64) throws {
        var engine = try MatchingModelTests.engine(seed: seed)
        var stream = CommandStream(seed: seed, ids: 40)
        var ledger = Ledger()
        for _ in 0..<100_000 { engine.apply(stream.next(), to: &ledger) }
        let isSumZero = ledger.shares.values.reduce(0, +) == 0 && ledger.cash.values.reduce(0, +) == 0
        #expect(isSumZero && ledger.faults == 0 && ledger.trades > 1_000)
        let counted = engine.orderCount
        #expect(ledger.open.count == counted)
        for (key, open) in ledger.open {
            let left = engine.open(owner: UInt32(key >> 32), id: key & 0xFFFF_FFFF)
            #expect(left == Quantity(raw: open))
        }
    }

    /// A hash of every byte that is said.
    struct Digest: MatchingOutput {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        mutating func receive(_ event: MatchingEvent) {
            for byte in event.bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
    }

    @Test("The same stream gives the same bytes; another stream does not")
    func determinism() throws {
        func digest(_ seed: UInt64) throws -> UInt64 {
            var engine = try MatchingModelTests.engine(seed: 5)
            var stream = CommandStream(seed: seed)
            var digest = Digest()
            for _ in 0..<20_000 { engine.apply(stream.next(), to: &digest) }
            return digest.value
        }
        let first = try digest(21)
        let again = try digest(21)
        let other = try digest(22)
        #expect(first == again && first != other)
    }

    @Test("Records have the sizes that are promised, and are plain data")
    func records() {
        #expect(MemoryLayout<MatchingEvent>.size == 128 && MemoryLayout<MatchingEvent>.stride == 128)
        #expect(MemoryLayout<MatchingCommand>.size == 96 && MemoryLayout<MatchingCommand>.stride == 96)
    }

    /// A feed written to memory.
    struct FeedOutput: ~Copyable, MatchingOutput {
        var feed = MatchingFeed(
            symbols: ["LIT", "OUTSIDE", "DARK"].compactMap(Symbol.init),
            midnight: .zero
        )
        var writer = ItchWriter(capacity: 1 << 24)
        mutating func receive(_ event: MatchingEvent) { feed.write(event, into: &writer) }
    }

    @Test("The ITCH feed, decoded, gives the books that the engine displays", arguments: [31, 32])
    func feed(seed: UInt64) throws {
        var engine = try MatchingEngine(
            capacity: MatchingCapacity(instruments: 3, orders: 4_096, levels: 4_096, levelsPerSide: 256, owners: 5)
        )
        for index in 0..<3 {
            // ITCH knows prices of 1e-4 and whole shares.
            var rules = CommandStream.rules(index)
            rules.tick = Price(raw: 20_000)
            rules.lot = Quantity(1)
            rules.largestQuantity = Quantity(1_000)
            rules.largestPrice = Price(raw: 2_000_000)
            _ = engine.define(Instrument(id: UInt32(index)), rules)
        }
        var stream = CommandStream(seed: seed, ids: 40)
        var output = FeedOutput()
        for index in 0..<3 { output.feed.announce(Instrument(id: UInt32(index)), into: &output.writer) }
        for _ in 0..<50_000 { engine.apply(stream.next().scaled, to: &output) }
        var books = try BookSet(capacity: BookCapacity(instruments: 8, orders: 1 << 16, levels: 1 << 12))
        var decoder = ItchDecoder(midnight: .zero, venue: Venue(id: 1))
        let decoded = output.writer.withBytes { bytes in decode(bytes, &decoder, &books) }
        let faults = books.faults.total - books.faults.count(.crossed)
        #expect(decoded > 10_000 && faults == 0)
        var compared = 0
        for index in 0..<2 {
            let instrument = Instrument(id: UInt32(index))
            for side in [Side.buy, .sell] {
                let ours = engine.displayed(instrument, side)
                let theirs = books.quote(instrument)
                let price = side == .buy ? theirs.bidPrice : theirs.askPrice
                let quantity = side == .buy ? theirs.bidQuantity : theirs.askQuantity
                #expect(ours?.price ?? .zero == price && ours?.quantity ?? .zero == quantity)
                compared += ours == nil ? 0 : 1
            }
        }
        #expect(compared > 0)
    }

    func decode(_ bytes: UnsafeRawBufferPointer, _ decoder: inout ItchDecoder, _ books: inout BookSet) -> Int {
        let batch = UnsafeMutableBufferPointer<Event>.allocate(capacity: 128)
        defer { batch.deallocate() }
        var cursor = 0
        var total = 0
        while true {
            let count = decoder.decodeFrames(bytes, cursor: &cursor, into: batch)
            if count == 0 { return total }
            for index in 0..<count { _ = books.apply(batch[index]) }
            total += count
        }
    }
}

extension MatchingCommand {
    /// The stream's small numbers as whole shares and multiples of two hundredths of a cent.
    var scaled: MatchingCommand {
        var command = self
        for path in [\MatchingCommand.quantity, \.display, \.minimum, \.displayRange] {
            let (value, isOver) = command[keyPath: path].raw.multipliedReportingOverflow(by: Quantity.scale)
            if !isOver { command[keyPath: path] = Quantity(raw: value) }
        }
        for path in [\MatchingCommand.price, \.secondPrice] {
            let (value, isOver) = command[keyPath: path].raw.multipliedReportingOverflow(by: 200)
            if !isOver { command[keyPath: path] = Price(raw: value) }
        }
        return command
    }
}
