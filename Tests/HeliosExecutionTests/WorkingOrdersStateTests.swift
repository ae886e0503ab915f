// SPDX-License-Identifier: MIT
import HeliosExecution
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

/// A table of orders and reports in every order, sense and nonsense.
private struct Desk: ~Copyable {
    var orders = WorkingOrders(capacity: 400, instruments: 3, executions: 300)
    var random: Random

    init(seed: UInt64) { random = Random(state: seed) }

    mutating func play(_ count: Int) -> [OrderUpdateKind] {
        var heard: [OrderUpdateKind] = []
        for _ in 0..<count {
            let id = OrderID.random(in: 1...420, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1:
                let order = NewOrder(
                    id: id,
                    instrument: Instrument(id: .random(in: 0..<4, using: &random)),
                    side: Bool.random(using: &random) ? .buy : .sell,
                    quantity: Quantity(Int.random(in: 0...50, using: &random)),
                    price: Price(raw: 7),
                    tag: OrderTag(strategy: 1, group: 2, leg: 3)
                )
                _ = orders.add(order, at: Timestamp(nanoseconds: .random(in: 0...99, using: &random)))
            case 2: _ = orders.requestCancel(id)
            default: heard.append(orders.apply(report(id)).kind)
            }
        }
        return heard
    }

    private mutating func report(_ id: OrderID) -> Event {
        let kinds: [EventKind] = [
            .orderAccepted, .orderFilled, .orderFilled, .orderCancelled, .orderRejected, .cancelRejected,
        ]
        var event = Event(kind: kinds[Int.random(in: 0..<kinds.count, using: &random)])
        event.orderID = id
        event.quantity = Quantity(Int.random(in: 0...40, using: &random))
        event.price = Price(raw: 8)
        event.instrument = Instrument(id: .random(in: 0..<3, using: &random))
        event.detail = .random(in: 0...5, using: &random)
        return event
    }

    var state: [UInt8] {
        var writer = StateWriter()
        orders.save(to: &writer)
        return writer.bytes
    }

    mutating func restore(_ bytes: [UInt8]) throws {
        orders = WorkingOrders(capacity: 400, instruments: 3, executions: 300)
        try bytes.withUnsafeBytes { memory throws in
            var reader = StateReader(memory)
            try orders.restore(from: &reader)
        }
    }
}

@Suite("Saved orders")
struct WorkingOrdersStateTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func `restored orders are the same, and hear every later report in the same way`(seed: UInt64) throws {
        var desk = Desk(seed: seed &* 0x9E37_79B9)
        _ = desk.play(3_000)
        #expect(desk.orders.workingCount > 0)
        #expect(desk.orders.anomalies.duplicateExecutions > 0)
        var other = Desk(seed: 1)
        try other.restore(desk.state)
        other.random = desk.random
        #expect(other.state == desk.state)
        #expect(other.orders.workingCount == desk.orders.workingCount)
        for instrument in 0..<3 {
            let place = Instrument(id: UInt32(instrument))
            #expect(other.orders.workingCount(place) == desk.orders.workingCount(place))
        }
        let (theirs, ours) = (other.play(3_000), desk.play(3_000))
        #expect(theirs == ours)
        #expect(other.state == desk.state)
    }

    @Test func `an execution that was taken before is known after`() throws {
        var desk = Desk(seed: 3)
        let order = NewOrder(
            id: 1,
            instrument: Instrument(id: 0),
            side: .buy,
            quantity: Quantity(100),
            price: Price(raw: 7),
            tag: OrderTag(strategy: 0)
        )
        let isAdded = desk.orders.add(order, at: .zero)
        #expect(isAdded)
        let fill = Event(
            orderID: 1,
            price: Price(raw: 7),
            quantity: Quantity(40),
            instrument: Instrument(id: 0),
            kind: .orderFilled,
            detail: 9
        )
        let first = desk.orders.apply(fill)
        #expect(first.kind == .filled)
        try desk.restore(desk.state)
        let second = desk.orders.apply(fill)
        #expect(second.anomalies.contains(.duplicateExecution))
        #expect(desk.orders.order(1)?.filled == Quantity(40))
    }

    @Test func `a state that is cut off, of another size, or wrong in any byte never breaks the table`() throws {
        var desk = Desk(seed: 5)
        _ = desk.play(1_500)
        let state = desk.state
        for length in stride(from: 0, to: state.count, by: 3) {
            var other = Desk(seed: 6)
            #expect(throws: StateError.self, "\(length) bytes") { try other.restore(Array(state[..<length])) }
        }
        let error = #expect(throws: StateError.self) {
            var small = WorkingOrders(capacity: 100, instruments: 3, executions: 300)
            try state.withUnsafeBytes { memory throws in
                var reader = StateReader(memory)
                try small.restore(from: &reader)
            }
        }
        #expect(error?.code == .mismatch)
        var random = Random(state: 99)
        var refused = 0
        for _ in 0..<3_000 {
            var wrong = state
            wrong[Int.random(in: 0..<wrong.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            var other = Desk(seed: 7)
            do {
                try other.restore(wrong)
                _ = other.play(200)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 300)
    }
}
