// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import Testing

/// What the consolidated book must say, computed from all quotes each time.
private struct NaiveConsolidation {
    var quotes: [[Quote]]
    var heard: [Int64]
    var told: Set<Int> = []
    let lit: Set<Int>
    let age: Int64

    init(_ instruments: Int, _ venues: Int, lit: Set<Int>, age: Int64) {
        quotes = Array(repeating: Array(repeating: .empty, count: venues), count: instruments)
        heard = Array(repeating: 0, count: venues)
        self.lit = lit
        self.age = age
    }

    func counted(_ now: Int64, stale: Set<Int>) -> [Int] {
        quotes[0].indices.filter { lit.contains($0) && !told.contains($0) && !stale.contains($0) }
    }

    func quote(_ instrument: Int, _ counted: [Int]) -> Quote {
        let shown = counted.map { quotes[instrument][$0] }
        let bid = shown.filter { $0.bidQuantity.raw > 0 }.map(\.bidPrice).max()
        let ask = shown.filter { $0.askQuantity.raw > 0 }.map(\.askPrice).min()
        let bids = shown.filter { $0.bidQuantity.raw > 0 && $0.bidPrice == bid }.map(\.bidQuantity.raw).reduce(0, +)
        let asks = shown.filter { $0.askQuantity.raw > 0 && $0.askPrice == ask }.map(\.askQuantity.raw).reduce(0, +)
        return Quote(
            bidPrice: bid ?? .zero,
            bidQuantity: Quantity(raw: bids),
            askPrice: ask ?? .zero,
            askQuantity: Quantity(raw: asks)
        )
    }

    func venues(_ instrument: Int, _ side: Side, _ counted: [Int]) -> [Int] {
        let best = quote(instrument, counted)
        return counted.filter {
            let own = quotes[instrument][$0]
            return own.quantity(side).raw > 0 && own.price(side) == best.price(side)
        }
    }
}

/// A consolidated book whose answers a test can expect.
private final class Board {
    var book: ConsolidatedBook

    init(instruments: Int, venues: Int, lit: VenueSet? = nil, staleAge: Nanoseconds = 0) {
        book = ConsolidatedBook(instruments: instruments, venues: venues, lit: lit, staleAge: staleAge)
    }

    @discardableResult
    func update(_ instrument: Instrument, at place: Int, _ quote: Quote) -> Bool {
        book.update(instrument, at: place, quote)
    }
    @discardableResult
    func leaveOut(_ place: Int, _ isOut: Bool) -> Bool { book.leaveOut(place, isOut) }
    func hear(_ place: Int, at time: Timestamp) -> Bool { book.hear(place, at: time) }
    func advance(to now: Timestamp) -> Bool { book.advance(to: now) }
    func quote(_ instrument: Instrument) -> Quote { book.quote(instrument) }
    func quote(_ instrument: Instrument, at place: Int) -> Quote { book.quote(instrument, at: place) }
    func venues(_ instrument: Instrument, _ side: Side) -> VenueSet { book.venues(instrument, side) }
    func state(_ instrument: Instrument) -> ConsolidatedState { book.state(instrument) }
    var counted: VenueSet { book.counted }
    var changedInstruments: Int { book.changedInstruments }
    func changedInstrument(_ number: Int) -> Instrument { book.changedInstrument(number) }
}

private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

private func quote(_ bid: Int, _ bidQuantity: Int, _ ask: Int, _ askQuantity: Int) -> Quote {
    Quote(
        bidPrice: Price(raw: bidQuantity > 0 ? Int64(bid) * 1_000_000 : 0),
        bidQuantity: Quantity(bidQuantity),
        askPrice: Price(raw: askQuantity > 0 ? Int64(ask) * 1_000_000 : 0),
        askQuantity: Quantity(askQuantity)
    )
}

private let first = Instrument(id: 0)

@Suite struct ConsolidatedBookTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `after any quotes and silences it says what all quotes together say`(seed: UInt64) {
        var dice = Dice(state: seed)
        let (instruments, venues) = (4, 5)
        let age: Int64 = 1_000
        let book = Board(instruments: instruments, venues: venues, lit: VenueSet(bits: 0b11101), staleAge: age)
        var naive = NaiveConsolidation(instruments, venues, lit: [0, 2, 3, 4], age: age)
        var stale: Set<Int> = []
        var now: Int64 = 10
        for _ in 0..<20_000 {
            now += Int64.random(in: 0...120, using: &dice)
            let time = Timestamp(nanoseconds: now)
            let before = (0..<instruments).map { naive.quote($0, naive.counted(now, stale: stale)) }
            for place in naive.lit where naive.heard[place] > 0 && now > naive.heard[place] + age {
                stale.insert(place)
            }
            var changed = book.advance(to: time)
            if changed { check(book, naive, before, naive.counted(now, stale: stale)) }
            let place = Int.random(in: 0..<venues, using: &dice)
            switch Int.random(in: 0..<20, using: &dice) {
            case 0:
                let isOut = Bool.random(using: &dice)
                if isOut { naive.told.insert(place) } else { naive.told.remove(place) }
                changed = book.leaveOut(place, isOut)
            default:
                naive.heard[place] = now
                stale.remove(place)
                changed = book.hear(place, at: time)
                let instrument = Int.random(in: 0..<instruments, using: &dice)
                let next = quote(
                    .random(in: 990...1_003, using: &dice),
                    .random(in: -2...5, using: &dice) * 100,
                    .random(in: 997...1_010, using: &dice),
                    .random(in: -2...5, using: &dice) * 100
                )
                let old = naive.quote(instrument, naive.counted(now, stale: stale))
                let shown = next.bidQuantity.raw < 0 || next.askQuantity.raw < 0 ? .empty : next
                naive.quotes[instrument][place] = shown
                let isOther = book.update(Instrument(id: UInt32(instrument)), at: place, shown)
                #expect(isOther == (old != naive.quote(instrument, naive.counted(now, stale: stale))))
            }
            let counted = naive.counted(now, stale: stale)
            #expect(book.counted == counted.reduce(into: VenueSet()) { $0.insert($1) })
            for instrument in 0..<instruments {
                let number = Instrument(id: UInt32(instrument))
                #expect(book.quote(number) == naive.quote(instrument, counted))
                for side in [Side.buy, .sell] {
                    let best = naive.venues(instrument, side, counted)
                    #expect(book.venues(number, side) == best.reduce(into: VenueSet()) { $0.insert($1) })
                }
            }
        }
    }

    /// The instruments named as changed are those whose best is another one.
    private func check(
        _ book: Board,
        _ naive: NaiveConsolidation,
        _ before: [Quote],
        _ counted: [Int]
    ) {
        let expected = before.indices.filter { before[$0] != naive.quote($0, counted) }
        var named: [Int] = []
        for number in 0..<book.changedInstruments { named.append(book.changedInstrument(number).index) }
        #expect(named == expected)
    }

    @Test func `the best of two venues is told with the quantity of all who are there`() {
        let book = Board(instruments: 1, venues: 3)
        #expect(book.update(first, at: 0, quote(1_001, 300, 1_003, 200)))
        #expect(book.update(first, at: 1, quote(1_002, 100, 1_004, 500)))
        #expect(book.update(first, at: 2, quote(1_002, 400, 1_005, 100)))
        #expect(book.quote(first) == quote(1_002, 500, 1_003, 200))
        #expect(book.venues(first, .buy) == VenueSet(bits: 0b110))
        #expect(book.venues(first, .sell) == VenueSet(bits: 0b001))
        #expect(!book.update(first, at: 1, quote(1_002, 100, 1_004, 900)), "behind the best nothing is seen")
        #expect(book.update(first, at: 1, .empty))
        #expect(book.quote(first) == quote(1_002, 400, 1_003, 200))
        #expect(book.quote(first, at: 0) == quote(1_001, 300, 1_003, 200))
    }

    @Test func `venues that lock and cross each other are seen`() {
        let book = Board(instruments: 1, venues: 2)
        #expect(book.state(first) == .oneSided)
        book.update(first, at: 0, quote(1_001, 300, 1_003, 200))
        #expect(book.state(first) == .normal)
        book.update(first, at: 1, quote(1_003, 100, 1_004, 100))
        #expect(book.state(first) == .locked)
        book.update(first, at: 1, quote(1_004, 100, 1_005, 100))
        #expect(book.state(first) == .crossed)
    }

    @Test func `a dark venue has no quote, whatever it is told`() {
        let book = Board(instruments: 1, venues: 2, lit: VenueSet(bits: 0b01))
        book.update(first, at: 0, quote(1_001, 300, 1_003, 200))
        #expect(!book.update(first, at: 1, quote(1_002, 300, 1_003, 200)))
        #expect(book.quote(first) == quote(1_001, 300, 1_003, 200))
    }

    @Test func `a venue that is told back is left out while it is stale, and one that is heard counts again`() {
        let book = Board(instruments: 1, venues: 2, staleAge: 100)
        func at(_ time: Int64) -> Timestamp { Timestamp(nanoseconds: time) }
        for place in 0...1 { _ = book.hear(place, at: at(1_000)) }
        book.update(first, at: 0, quote(1_001, 300, 1_003, 200))
        book.update(first, at: 1, quote(1_002, 100, 1_004, 100))
        #expect(book.leaveOut(1, true))
        #expect(book.changedInstruments == 1 && book.changedInstrument(0) == first)
        #expect(book.quote(first) == quote(1_001, 300, 1_003, 200))
        _ = book.hear(0, at: at(1_090))
        #expect(!book.advance(to: at(1_101)), "the stale one was out already")
        #expect(!book.leaveOut(1, false))
        #expect(book.quote(first) == quote(1_001, 300, 1_003, 200))
        #expect(book.hear(1, at: at(1_110)))
        #expect(book.quote(first) == quote(1_002, 100, 1_003, 200))
        #expect(!book.advance(to: at(1_190)))
        #expect(book.advance(to: at(1_191)))
        #expect(book.counted == VenueSet(bits: 0b10))
    }

    @Test func `saved and restored it leaves out the same venues`() throws {
        let book = Board(instruments: 2, venues: 3, staleAge: 100)
        for place in 0...2 { _ = book.hear(place, at: Timestamp(nanoseconds: Int64(1_000 + place * 10))) }
        book.leaveOut(2, true)
        var writer = StateWriter()
        book.book.save(to: &writer)
        let copy = Board(instruments: 2, venues: 3, staleAge: 100)
        let other = Board(instruments: 2, venues: 2, staleAge: 100)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try copy.book.restore(from: &reader)
            #expect(reader.remaining == 0)
            var again = StateReader(bytes)
            #expect(throws: StateError.self) { try other.book.restore(from: &again) }
        }
        #expect(copy.counted == VenueSet(bits: 0b011))
        copy.update(first, at: 1, quote(1_002, 100, 1_004, 100))
        let isDue = copy.advance(to: Timestamp(nanoseconds: 1_101))
        #expect(isDue && copy.counted == VenueSet(bits: 0b010))
        #expect(copy.book.lastHeard(1) == Timestamp(nanoseconds: 1_010))
    }
}
