// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosExecution
import HeliosLive
import HeliosMarket
import Testing

@Suite("Parent orders of the configuration in a live session")
struct OrdersByHandTests {
    private let midnight = Timestamp(nanoseconds: 1_767_589_200_000_000_000)
    private let hour: Nanoseconds = 3_600_000_000_000

    private func order(_ symbol: String, at hours: Int64, _ quantity: Int = 100) throws -> ParentByHand {
        let request = ParentRequest(.twap, .none, .buy, Quantity(quantity))
        return ParentByHand(try #require(Symbol(symbol)), at: hours * hour, until: 15 * hour, request)
    }

    private func directory(_ names: String...) throws -> InstrumentDirectory {
        var directory = InstrumentDirectory()
        for name in names { _ = directory.register(try #require(Symbol(name))) }
        return directory
    }

    @Test func `each is given once at its time, and one that nobody has named yet holds up no other`() throws {
        let all = [try order("NEW", at: 10), try order("AAA", at: 10), try order("AAA", at: 11)]
        var orders = OrdersByHand(all, midnight: midnight, given: GivenTrail())
        let known = try directory("AAA")
        let (ten, late) = (midnight + 10 * hour, midnight + 12 * hour)
        let early = orders.next(at: midnight + 9 * hour, known)
        #expect(early?.request == nil)
        let first = orders.next(at: ten, known)
        #expect(first?.request.instrument.id == 0 && first?.request.end == midnight + 15 * hour)
        let again = orders.next(at: ten, known)
        #expect(again?.request == nil)
        let named = orders.next(at: ten, try directory("AAA", "NEW"))
        #expect(named?.request.instrument.id == 1)
        #expect(!orders.isEmpty)
        let last = orders.next(at: late, known)
        #expect(last?.request.instrument.id == 0 && orders.isEmpty)
    }

    @Test func `a journal tells which are given: by their records, not by what announces them`() throws {
        let all = [try order("AAA", at: 10), try order("AAA", at: 10), try order("AAA", at: 10, 200)]
        var side = Event(kind: .side)
        side.orderID = SideKind.command.rawValue
        let text = ControlLine.encode(GivenStatement(given: OrdersByHand.words(of: all[0])))
        var trail = GivenTrail()
        // The process has died in between.
        trail.take(side, text)
        trail.take(Event(kind: .timer), [])
        trail.take(Event(kind: .parentOrder), [])
        #expect(trail.counts.isEmpty)
        // Somebody's order by hand is none of the configuration's.
        trail.take(side, Array("{\"verb\":\"order\",\"person\":\"kim\"}".utf8))
        trail.take(Event(kind: .parentOrder), [])
        #expect(trail.counts.isEmpty)
        trail.take(side, text)
        trail.take(Event(kind: .parentOrder), [])
        var orders = OrdersByHand(all, midnight: midnight, given: trail)
        let known = try directory("AAA")
        var quantities: [Quantity] = []
        while let next = orders.next(at: midnight + 12 * hour, known) { quantities.append(next.request.quantity) }
        #expect(quantities == [Quantity(100), Quantity(200)])
    }

    @Test func `orders that differ in anything have other words`() throws {
        let plain = try order("AAA", at: 10)
        var others: [ParentByHand] = []
        func add(_ change: (inout ParentByHand) -> Void) {
            var other = plain
            change(&other)
            others.append(other)
        }
        add { $0.symbol = Symbol("BBB") ?? $0.symbol }
        add { $0.time += 1_000_000_000 }
        add { $0.end = nil }
        add { $0.request.side = .sell }
        add { $0.request.quantity = Quantity(101) }
        add { $0.request.algorithm = .vwap }
        add { $0.request.limit = Price(raw: 1) }
        add { $0.request.urgency = .high }
        add { $0.request.takes = true }
        add { $0.request.parameter = 7 }
        add { $0.request.strategy = 1 }
        #expect(Set((others + [plain]).map(OrdersByHand.words)).count == others.count + 1)
    }
}
