// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import Testing

private let stock = Instrument(id: 3)

private func at(_ time: Int64) -> Timestamp { Timestamp(nanoseconds: time) }

/// The desk in a box: an expectation can call what changes a value only through a reference.
private final class Desk {
    var desk: QuoteDesk

    init(_ desk: QuoteDesk) { self.desk = desk }

    func open(_ instrument: Instrument, _ side: Side, _ quantity: Quantity, tag: OrderTag, at now: Timestamp)
        -> QuoteUpdate?
    {
        desk.open(instrument, side, quantity, tag: tag, at: now)
    }

    func take(_ record: Event, at now: Timestamp) -> QuoteUpdate? { desk.take(record, at: now) }
    func best(_ number: UInt64, at now: Timestamp) -> DealerQuote? { desk.best(number, at: now) }
    func order(_ id: OrderID, accepting number: UInt64, at now: Timestamp) -> NewOrder? {
        desk.order(id, accepting: number, at: now)
    }
    func accept(_ number: UInt64, at now: Timestamp) -> Event? { desk.accept(number, at: now) }
    func expire(at now: Timestamp) -> QuoteUpdate? { desk.expire(at: now) }
    func request(_ number: UInt64) -> QuoteRequest? { desk.request(number) }
    func save(to writer: inout StateWriter) { desk.save(to: &writer) }
    func restore(from reader: inout StateReader) throws { try desk.restore(from: &reader) }
    var isEnabled: Bool { desk.isEnabled }
    var strays: UInt64 { desk.strays }
    var count: UInt64 { desk.count }
}

/// Three dealers: plain, a cent a share, and ten dollars a trade; requests stay open for 1,000 ns.
private func makeDesk(requests: Int = 4) -> Desk {
    Desk(
        QuoteDesk(
            dealers: [
                Dealer(venue: Venue(id: 2)), Dealer(venue: Venue(id: 3), feePerShare: Price(raw: 1_000_000)),
                Dealer(venue: Venue(id: 4), feePerTrade: Price(raw: 1_000_000_000)),
            ],
            requests: requests,
            patience: 1_000
        )
    )
}

private func quote(
    _ request: UInt64,
    _ venue: UInt16,
    _ cents: Int64,
    _ shares: Int = 10_000,
    number: UInt64 = 7,
    until: Int64 = 500
) -> Event {
    Event(
        eventTime: at(until),
        orderID: request,
        price: Price(raw: cents * 1_000_000),
        quantity: Quantity(shares),
        instrument: stock,
        venue: Venue(id: venue),
        kind: .dealerQuote,
        detail: number
    )
}

private func declined(_ request: UInt64, _ venue: UInt16, number: UInt64 = 0) -> Event {
    Event(orderID: request, instrument: stock, venue: Venue(id: venue), kind: .quoteDeclined, detail: number)
}

@Suite("Quotes on request")
struct QuoteDeskTests {
    @Test("the best quote is the best all-in, for a buy and for a sale", arguments: [Side.buy, .sell])
    func allIn(side: Side) throws {
        let desk = makeDesk()
        let opened = try #require(desk.open(stock, side, Quantity(10_000), tag: OrderTag(strategy: 0), at: at(10)))
        #expect(opened.kind == .asked && opened.request.number == 1)
        // A cent better, and it costs a cent: the same, so the first in the list; ten dollars on 10,000 shares are a tenth of one.
        let better: Int64 = side == .buy ? -1 : 1
        #expect(desk.take(quote(1, 2, 1_000), at: at(20))?.best.venue.id == 2)
        #expect(desk.take(quote(1, 3, 1_000 + better), at: at(21))?.best.venue.id == 2)
        let last = try #require(desk.take(quote(1, 4, 1_000 + better), at: at(22)))
        #expect(last.best.venue.id == 4 && last.isComplete && last.kind == .quoted)
        let order = try #require(desk.order(99, accepting: 1, at: at(30)))
        #expect(order.id == 99 && order.venue.id == 4 && order.timeInForce == .fillOrKill && order.side == side)
        #expect(order.quantity == Quantity(10_000) && order.price == Price(raw: (1_000 + better) * 1_000_000))
        let record = try #require(desk.accept(1, at: at(30)))
        #expect(record.kind == .quoteAccepted && record.detail == 7 && record.venue.id == 4 && record.isOutput)
        #expect(desk.best(1, at: at(30)) == nil && desk.accept(1, at: at(30)) == nil)
        #expect(desk.take(quote(1, 2, 900), at: at(31)) == nil && desk.strays == 1)
    }

    @Test("a quote that has run out, was taken back, or is good for less than the request is none")
    func lapses() throws {
        let desk = makeDesk()
        _ = desk.open(stock, .buy, Quantity(10_000), tag: OrderTag(strategy: 0), at: at(0))
        #expect(desk.take(quote(1, 2, 990, 9_999), at: at(1))?.best.number == 0)
        #expect(desk.take(quote(1, 3, 995, number: 8), at: at(1))?.best.number == 8)
        #expect(desk.take(quote(1, 4, 1_000, number: 9, until: 900), at: at(1))?.best.number == 8)
        // The dealer's later quote stands when its earlier one is taken back.
        #expect(desk.take(declined(1, 3, number: 5), at: at(2)) == nil && desk.best(1, at: at(2))?.number == 8)
        #expect(desk.best(1, at: at(499))?.number == 8 && desk.best(1, at: at(500))?.number == 9)
        let gone = try #require(desk.take(declined(1, 4, number: 9), at: at(501)))
        #expect(gone.kind == .declined && gone.best.number == 0 && gone.isComplete)
        #expect(desk.order(1, accepting: 1, at: at(502)) == nil)
        #expect(desk.expire(at: at(999)) == nil)
        #expect(desk.expire(at: at(1_000))?.kind == .expired)
        #expect(desk.expire(at: at(1_000)) == nil && desk.request(1)?.state == .expired)
    }

    @Test("where a part is enough, what a share costs with the dealer's fees decides, then how much it is for")
    func parts() throws {
        let desk = makeDesk()
        let tag = OrderTag(strategy: 0)
        _ = desk.desk.open(stock, .buy, Quantity(10_000), least: Quantity(100), tag: tag, at: at(0))
        #expect(desk.take(quote(1, 2, 1_002, 99), at: at(1))?.best.number == 0, "less than a lot")
        // 10.01 and a cent for 400: 10.02; 10.01 and ten dollars, which are two and a half cents a share of 400.
        #expect(desk.take(quote(1, 4, 1_001, 400), at: at(1))?.best.venue.id == 4)
        #expect(desk.take(quote(1, 3, 1_001, 400), at: at(1))?.best.venue.id == 3)
        // The same ten dollars are a fifth of a cent a share of 5,000.
        #expect(desk.take(quote(1, 4, 1_001, 5_000), at: at(2))?.best.venue.id == 4)
        #expect(desk.take(quote(1, 2, 1_002, 400), at: at(2))?.best.venue.id == 4)
        let order = try #require(desk.order(9, accepting: 1, at: at(3)))
        #expect(order.quantity == Quantity(5_000))
        #expect(desk.desk.order(9, accepting: 1, most: Quantity(700), at: at(3))?.quantity == Quantity(700))
        #expect(desk.desk.accept(1, Quantity(700), at: at(3))?.quantity == Quantity(700))
        // As good a share: the one for more.
        _ = desk.desk.open(stock, .sell, Quantity(10_000), least: Quantity(100), tag: tag, at: at(10))
        #expect(desk.take(quote(2, 2, 1_000, 300), at: at(11))?.best.venue.id == 2)
        #expect(desk.take(quote(2, 3, 1_001, 300), at: at(11))?.best.venue.id == 2)
        #expect(desk.take(quote(2, 3, 1_001, 301), at: at(11))?.best.venue.id == 3)
    }

    @Test("a price beyond the limit is no quote to take", arguments: [Side.buy, .sell])
    func limit(side: Side) throws {
        let desk = makeDesk()
        let limit = Price(raw: 1_000_000_000)
        let worse: Int64 = side == .buy ? 1 : -1
        _ = desk.desk.open(stock, side, Quantity(100), limit: limit, tag: OrderTag(strategy: 0), at: at(0))
        #expect(desk.take(quote(1, 2, 1_000 + worse), at: at(1))?.best.number == 0)
        #expect(desk.take(quote(1, 4, 1_000), at: at(1))?.best.venue.id == 4)
        #expect(desk.desk.answer(1, of: 0)?.price == Price(raw: (1_000 + worse) * 1_000_000))
        #expect(desk.desk.answer(1, of: 1)?.venue == Venue(id: 0) && desk.desk.answer(2, of: 0) == nil)
    }

    @Test("room is bounded, strangers are counted, and closed requests make place")
    func bounds() {
        let desk = makeDesk(requests: 2)
        let tag = OrderTag(strategy: 0)
        #expect(desk.open(stock, .buy, .zero, tag: tag, at: at(0)) == nil)
        for _ in 1...2 { #expect(desk.open(stock, .buy, Quantity(1), tag: tag, at: at(0)) != nil) }
        #expect(desk.open(stock, .buy, Quantity(1), tag: tag, at: at(0)) == nil && desk.count == 2)
        #expect(desk.take(quote(1, 9, 10), at: at(1)) == nil && desk.take(quote(5, 2, 10), at: at(1)) == nil)
        #expect(desk.take(quote(2, 2, 10), at: at(1_000)) == nil && desk.strays == 3)
        while desk.expire(at: at(2_000)) != nil {}
        #expect(desk.open(stock, .buy, Quantity(1), tag: tag, at: at(2_000))?.request.number == 3)
        #expect(desk.request(1) == nil && desk.request(2) != nil)
        let nobody = Desk(QuoteDesk())
        #expect(!nobody.isEnabled && nobody.open(stock, .buy, Quantity(1), tag: tag, at: at(0)) == nil)
    }

    @Test("a desk is saved and restored with its open requests")
    func saved() throws {
        let desk = makeDesk()
        _ = desk.open(stock, .sell, Quantity(10_000), tag: OrderTag(strategy: 2, group: 5), at: at(0))
        _ = desk.take(quote(1, 3, 1_000), at: at(1))
        var writer = StateWriter()
        desk.save(to: &writer)
        let other = makeDesk()
        try writer.bytes.withUnsafeBytes { memory in
            var reader = StateReader(memory)
            try other.restore(from: &reader)
        }
        #expect(other.best(1, at: at(2))?.venue.id == 3 && other.request(1)?.tag.group == 5)
        var again = StateWriter()
        other.save(to: &again)
        #expect(again.bytes == writer.bytes)
    }
}
