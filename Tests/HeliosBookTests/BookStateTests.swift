// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import Testing

private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// Books and a stream of everything that can happen to them, sense and nonsense.
private struct Session: ~Copyable {
    static let capacity = BookCapacity(instruments: 5, orders: 4_096, levels: 2_048)
    var books: BookSet
    var random: Random

    init(seed: UInt64) throws {
        books = try BookSet(capacity: Session.capacity)
        random = Random(state: seed)
    }

    mutating func event() -> Event {
        let kinds: [EventKind] = [
            .addOrder, .addOrder, .addOrder, .executeOrder, .cancelOrder, .deleteOrder, .replaceOrder, .setLevel,
            .trade,
            .tradingStatus, .systemEvent, .operationalHalt,
        ]
        var event = Event(kind: kinds[Int.random(in: 0..<kinds.count, using: &random)])
        event.orderID = .random(in: 1...600, using: &random)
        event.instrument = Instrument(id: event.kind == .setLevel ? 4 : .random(in: 0..<4, using: &random))
        event.price = Price(raw: .random(in: 1_000...1_040, using: &random) * 1_000_000)
        event.quantity = Quantity(Int.random(in: 0...400, using: &random))
        event.eventTime = Timestamp(nanoseconds: .random(in: 1...1_000_000, using: &random))
        event.flags = [.printable]
        if Bool.random(using: &random) { event.flags.insert(.sell) }
        event.detail = event.kind == .replaceOrder ? .random(in: 1...600, using: &random) : detail(event.kind)
        return event
    }

    private mutating func detail(_ kind: EventKind) -> UInt64 {
        let letters: [Character] = kind == .systemEvent ? ["S", "Q", "M"] : ["T", "H", "P", "Q"]
        let letter = letters[Int.random(in: 0..<letters.count, using: &random)].asciiValue ?? 0
        return kind == .operationalHalt ? UInt64(letter) << 8 : UInt64(letter)
    }

    mutating func play(_ count: Int) {
        for _ in 0..<count { _ = books.apply(event()) }
    }

    var state: [UInt8] {
        var writer = StateWriter()
        books.save(to: &writer)
        return writer.bytes
    }
}

private func restore(_ bytes: [UInt8], capacity: BookCapacity = Session.capacity) throws -> BookSet {
    var books = try BookSet(capacity: capacity)
    try bytes.withUnsafeBytes { memory throws in
        var reader = StateReader(memory)
        try books.restore(from: &reader)
        if reader.remaining > 0 { throw reader.error(.outOfStep, "bytes are left") }
    }
    return books
}

@Suite("Saved books")
struct BookStateTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func `restored books are the same, and go on in the same way`(seed: UInt64) throws {
        var session = try Session(seed: seed &* 0x9E37_79B9)
        session.play(20_000)
        #expect(session.books.orderCount > 100)
        #expect(session.books.faults.total > 100)
        var other = try Session(seed: 1)
        other.books = try restore(session.state)
        other.random = session.random
        #expect(other.state == session.state)
        for _ in 0..<20_000 {
            let event = session.event()
            _ = other.event()
            let (ours, theirs) = (session.books.apply(event), other.books.apply(event))
            #expect(ours == theirs)
        }
        #expect(other.state == session.state)
        #expect(other.books.orderCount == session.books.orderCount)
    }

    @Test func `an empty book is saved too`() throws {
        let empty = try Session(seed: 1)
        var other = try Session(seed: 1)
        other.books = try restore(empty.state)
        #expect(other.state == empty.state)
    }

    @Test func `books of another size, or in use, are refused by name`() throws {
        var session = try Session(seed: 9)
        session.play(500)
        let state = session.state
        let error = #expect(throws: StateError.self) {
            _ = try restore(state, capacity: BookCapacity(instruments: 5, orders: 8_192, levels: 2_048))
        }
        #expect(error?.code == .mismatch)
        #expect(error?.reason.contains("room for orders") == true)
        let refused = #expect(throws: StateError.self) {
            var used = try Session(seed: 10)
            used.play(500)
            try state.withUnsafeBytes { memory throws in
                var reader = StateReader(memory)
                try used.books.restore(from: &reader)
            }
        }
        #expect(refused?.code == .unsupported)
    }

    @Test func `a state that is cut off anywhere is refused`() throws {
        var session = try Session(seed: 11)
        session.play(600)
        let state = session.state
        for length in 0..<state.count {
            #expect(throws: StateError.self, "\(length) bytes") { _ = try restore(Array(state[..<length])) }
        }
    }

    @Test func `a state with wrong bytes is refused or gives sound books`() throws {
        var session = try Session(seed: 12)
        session.play(2_000)
        let state = session.state
        var random = Random(state: 77)
        var refused = 0
        for _ in 0..<3_000 {
            var wrong = state
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                wrong[Int.random(in: 0..<wrong.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            do {
                var other = try Session(seed: 13)
                other.books = try restore(wrong)
                other.play(300)
            } catch {
                #expect(error is StateError)
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}
