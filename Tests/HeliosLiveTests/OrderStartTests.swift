import HeliosLive
// SPDX-License-Identifier: MIT
import HeliosMarket
import Testing

@Suite("What travels to the order thread")
struct OrderStartTests {
    private func order(_ life: TimeInForce, expireDay: UInt32 = 0, delay: Nanoseconds = 0) -> NewOrder {
        NewOrder(
            id: 7,
            instrument: Instrument(id: 3),
            side: .sell,
            timeInForce: life,
            quantity: Quantity(300),
            price: Price(raw: 1_000_000_000),
            tag: OrderTag(strategy: 1),
            expireDay: expireDay,
            delay: delay
        )
    }

    @Test func `the start of a measurement leaves an order's end and its delay alone`() throws {
        for sent in [order(.goodTillDate, expireDay: 20_500), order(.immediateOrCancel, delay: 250_000), order(.day)] {
            let ring = Ring<Event>(capacity: 16)
            // `#require` can't take what can't be copied.
            guard var producer = ring.producer(), var consumer = ring.consumer() else { throw RingIsTaken() }
            let record = Event(order: sent, at: Timestamp(nanoseconds: 1_767_000_000_000_000_000))
            PaperSession.push(record, &producer, since: 123_456_789)
            let next = consumer.next()
            let taken = try #require(next)
            let received = try #require(NewOrder(record: taken))
            #expect(taken.start == 123_456_789)
            #expect(received.expireDay == sent.expireDay && received.delay == sent.delay)
            #expect(received.timeInForce == sent.timeInForce && taken.eventTime == record.eventTime)
        }
    }
}

private struct RingIsTaken: Error {}
