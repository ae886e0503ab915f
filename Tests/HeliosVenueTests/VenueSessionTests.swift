// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Who may trade at a venue")
struct VenueSessionTests {
    private func login(_ epoch: UInt64, _ owner: UInt64) -> Event { Event(orderID: owner, kind: .epoch, detail: epoch) }

    private func order(_ number: UInt64) -> Event {
        Event(
            orderID: number,
            price: Price(raw: 100),
            quantity: Quantity(1),
            instrument: Instrument(id: 0),
            kind: .newOrder
        )
    }

    @Test("of two writers that come to the same epoch only the first is let in")
    func sameEpoch() {
        var venue = VenueSession()
        var first: UInt64 = 0
        var second: UInt64 = 0
        var answers: [Event] = []
        _ = venue.receive(login(3, 111), from: &first, &answers)
        _ = venue.receive(login(3, 222), from: &second, &answers)
        // Both hear who it is that was let in.
        #expect(answers.map(\.orderID) == [111, 111])
        #expect(answers.map(\.detail) == [3, 3])
        _ = venue.receive(order(1), from: &second, &answers)
        #expect(venue.orders.isEmpty && venue.refused == 1)
        _ = venue.receive(order(1), from: &first, &answers)
        #expect(venue.orders.map(\.wire) == [1])
    }

    @Test("the same writer may come back under its epoch, and a later epoch shuts it out")
    func comingBack() {
        var venue = VenueSession()
        var old: UInt64 = 0
        var again: UInt64 = 0
        var new: UInt64 = 0
        var answers: [Event] = []
        _ = venue.receive(login(3, 111), from: &old, &answers)
        _ = venue.receive(login(3, 111), from: &again, &answers)
        _ = venue.receive(order(1), from: &again, &answers)
        #expect(venue.orders.count == 1)
        _ = venue.receive(login(4, 222), from: &new, &answers)
        _ = venue.receive(order(2), from: &again, &answers)
        #expect(venue.orders.count == 1 && venue.refused == 1)
        #expect(answers.last?.kind == .epoch && answers.last?.detail == 4 && answers.last?.orderID == 222)
    }
}
