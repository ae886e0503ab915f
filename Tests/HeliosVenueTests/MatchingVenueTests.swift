// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosMath
import HeliosVenue
import HeliosWire
import Testing

/// A matching venue with one instrument that is open, and a script: every call is a microsecond after the one before.
private struct Script: ~Copyable {
    var venue: MatchingVenue
    var time = Timestamp(nanoseconds: 1_000_000)
    let instrument = Instrument(id: 0)

    init() throws {
        venue = try MatchingVenue(
            capacity: BookCapacity(instruments: 2, orders: 1_024, levels: 1_024),
            reportLatency: 700
        )
        advance(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        state("T")
        // The opening auction, in which nothing met.
        cross("O", 0)
    }

    mutating func advance(_ event: Event) {
        var event = event
        time = time + 1_000
        event.eventTime = time
        venue.advance(event)
    }

    mutating func state(_ code: Unicode.Scalar) {
        advance(Event(instrument: instrument, kind: .tradingStatus, detail: UInt64(code.value)))
    }

    mutating func cross(_ code: Unicode.Scalar, _ cents: Int64) {
        advance(Event(price: price(cents), instrument: instrument, kind: .crossTrade, detail: UInt64(code.value) << 56))
    }

    mutating func add(_ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64) {
        advance(event(.addOrder, id, side, shares, cents))
    }

    mutating func execute(_ id: OrderID, _ shares: Int) {
        var event = event(.executeOrder, id, .buy, shares, 0)
        event.flags = .printable
        advance(event)
    }

    mutating func delete(_ id: OrderID) { advance(event(.deleteOrder, id, .buy, 0, 0)) }

    private func event(_ kind: EventKind, _ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64) -> Event {
        Event(
            orderID: id,
            price: price(cents),
            quantity: Quantity(shares),
            instrument: instrument,
            kind: kind,
            flags: side == .sell ? .sell : []
        )
    }

    mutating func submit(_ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64, _ force: TimeInForce = .day) {
        time = time + 1_000
        let order = NewOrder(
            id: id,
            instrument: instrument,
            side: side,
            timeInForce: force,
            quantity: Quantity(shares),
            price: price(cents),
            tag: OrderTag(strategy: 0)
        )
        venue.submit(order, at: time)
    }

    mutating func cancel(_ id: OrderID) {
        time = time + 1_000
        venue.cancel(id, at: time)
    }

    /// What was told since the last call.
    mutating func told() -> [String] {
        var lines: [String] = []
        while venue.nextReportTime != .never {
            let report = venue.takeReport()
            if report.receiveTime - report.eventTime != 700 { lines.append("late") }
            lines.append(text(report))
        }
        return lines
    }

    private func text(_ report: Event) -> String {
        let detail = UInt8(truncatingIfNeeded: report.detail)
        switch report.kind {
        case .orderAccepted: return "accepted \(report.orderID) \(report.quantity)"
        case .orderFilled:
            let role = report.flags.contains(.maker) ? "maker" : "taker"
            return "filled \(report.orderID) \(report.side) \(report.quantity)@\(report.price) \(role)"
        case .orderCancelled:
            return
                "cancelled \(report.orderID) \(report.quantity) \(CancelReason(rawValue: detail).map { "\($0)" } ?? "")"
        case .orderRejected:
            return "rejected \(report.orderID) \(RejectReason(rawValue: detail).map { "\($0)" } ?? "")"
        default: return "\(report.kind) \(report.orderID)"
        }
    }
}

@Suite("Our orders in the matching engine with a recorded day")
struct MatchingVenueTests {
    @Test func `an order that rests fills when its turn comes, and the recorded order behind it goes as it went`()
        throws
    {
        var script = try Script()
        script.add(1, .buy, 300, 1000)
        script.submit(1, .buy, 100, 1000)
        script.add(2, .buy, 100, 1000)
        script.execute(1, 300)
        #expect(script.told() == ["accepted 1 100"])
        script.execute(2, 60)  // in the record the order behind us; here it is our turn
        #expect(script.told() == ["filled 1 buy 60@10.00 maker"])
        #expect(script.venue.displayed(Instrument(id: 0), .buy)?.quantity == Quantity(80))
        script.execute(2, 40)
        #expect(script.told() == ["filled 1 buy 40@10.00 maker"])
        #expect(script.venue.displayed(Instrument(id: 0), .buy) == nil)
        #expect(script.venue.unmatched == 0)
    }

    @Test func `what we take is gone for those who come later`() throws {
        var script = try Script()
        script.add(1, .sell, 100, 1000)
        script.add(2, .sell, 100, 1001)
        script.submit(1, .buy, 150, 1001, .immediateOrCancel)
        #expect(script.told() == ["accepted 1 150", "filled 1 buy 100@10.00 taker", "filled 1 buy 50@10.01 taker"])
        script.submit(2, .buy, 150, 1001, .immediateOrCancel)
        #expect(
            script.told() == ["accepted 2 150", "filled 2 buy 50@10.01 taker", "cancelled 2 100 immediateOrCancel"]
        )
        script.delete(1)  // the record does not know that it is gone
        #expect(script.venue.unmatched == 1)
        script.submit(3, .buy, 10, 1001, .immediateOrCancel)
        #expect(script.told() == ["accepted 3 10", "cancelled 3 10 immediateOrCancel"])
    }

    @Test func `a recorded order that arrives later trades with ours`() throws {
        var script = try Script()
        script.submit(1, .sell, 100, 1000)
        script.add(1, .buy, 60, 1000)
        #expect(script.told() == ["accepted 1 100", "filled 1 sell 60@10.00 maker"])
        #expect(script.venue.displayed(Instrument(id: 0), .buy) == nil)
        script.add(2, .buy, 60, 1005)
        #expect(script.told() == ["filled 1 sell 40@10.00 maker"])
        #expect(script.venue.displayed(Instrument(id: 0), .buy)?.quantity == Quantity(20))
    }

    @Test func `cancels, used numbers, bad orders and the end of the session are answered`() throws {
        var script = try Script()
        script.submit(1, .buy, 100, 1000)
        script.submit(1, .buy, 100, 1000)
        script.submit(2, .buy, 0, 1000)
        script.submit(3, .buy, 100, 0)
        script.cancel(1)
        script.cancel(1)
        script.cancel(77)
        script.submit(4, .buy, 100, 1000)
        #expect(
            script.told() == [
                "accepted 1 100", "rejected 1 duplicateOrder", "rejected 2 invalidQuantity", "rejected 3 invalidPrice",
                "cancelled 1 100 user", "cancelRejected 1", "cancelRejected 77", "accepted 4 100",
            ]
        )
        script.state("H")
        script.submit(5, .buy, 100, 1000)
        script.state("T")
        script.advance(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "M"))))
        script.submit(6, .buy, 100, 1000)
        #expect(script.told() == ["rejected 5 halted", "cancelled 4 100 endOfSession", "rejected 6 closed"])
        #expect(script.venue.restingCount == 0)
    }

    /// A generated day of one instrument set, as events.
    private func day(seed: UInt64) throws -> [Event] {
        let day = try #require(TradingDay("2026-11-20"))
        let configuration = MarketDayConfiguration(symbols: 8, messages: 30_000, seed: seed, day: day)
        var bytes: [UInt8] = []
        _ = try MarketDayGenerator(configuration).generate { bytes.append(contentsOf: $0) }
        var decoder = ItchDecoder(midnight: day.midnight, venue: Venue(id: 1))
        var all: [Event] = []
        var batch = [Event](repeating: Event(kind: .none), count: 1_024)
        var cursor = 0
        while cursor < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                batch.withUnsafeMutableBufferPointer { decoder.decodeFrames(raw, cursor: &cursor, base: 0, into: $0) }
            }
            if count == 0 { break }
            all += batch[..<count]
        }
        return all
    }

    private func venue() throws -> MatchingVenue {
        try MatchingVenue(
            capacity: BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 15),
            reportLatency: 700
        )
    }

    @Test("while we don't trade, the engine's books are the record's", arguments: [1, 2] as [UInt64])
    func sameBooks(seed: UInt64) throws {
        let events = try day(seed: seed)
        var venue = try venue()
        var recorded = try BookSet(capacity: BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 15))
        var compared = 0
        var different = 0
        for event in events {
            venue.advance(event)
            _ = recorded.apply(event)
            guard event.instrument.index < 64 else { continue }
            // An auction is told order by order and held at its print.
            if event.kind == .executeOrderAtPrice, !event.flags.contains(.printable) { continue }
            for side in [Side.buy, .sell] {
                for rank in 0..<3 {
                    let level = recorded.level(event.instrument, side, rank)
                    let here = venue.displayed(event.instrument, side, rank: rank)
                    compared += 1
                    if level?.price != here?.price || level?.quantity != here?.quantity { different += 1 }
                }
            }
        }
        #expect(compared > 100_000)
        #expect(different == 0 && venue.unmatched == 0, "\(different) of \(compared)")
    }

    /// Trades at random through a generated day.
    private func trade(seed: UInt64) throws -> (reports: [Event], orders: [NewOrder], unmatched: Int) {
        let events = try day(seed: seed)
        var venue = try venue()
        var random = SeededRandom(seed: seed)
        var orders: [NewOrder] = []
        var reports: [Event] = []
        for (place, event) in events.enumerated() {
            venue.advance(event)
            while venue.nextReportTime != .never { reports.append(venue.takeReport()) }
            guard place % 10 == 0, event.instrument.index < 8 else { continue }
            let side: Side = random.next() & 1 == 0 ? .buy : .sell
            guard let touch = venue.displayed(event.instrument, random.next() % 4 == 0 ? side.opposite : side) else {
                continue
            }
            let order = NewOrder(
                id: UInt64(orders.count + 1),
                instrument: event.instrument,
                side: side,
                timeInForce: random.next() % 3 == 0 ? .immediateOrCancel : .day,
                quantity: Quantity(Int(1 + random.next() % 300)),
                price: touch.price,
                tag: OrderTag(strategy: 0)
            )
            orders.append(order)
            venue.submit(order, at: event.eventTime)
            if random.next() % 2 == 0 { venue.cancel(1 + random.next() % UInt64(orders.count), at: event.eventTime) }
        }
        while venue.nextReportTime != .never { reports.append(venue.takeReport()) }
        return (reports, orders, venue.unmatched)
    }

    @Test func `every share of every order is filled, cancelled or refused once, at its limit or better`() throws {
        let (reports, orders, unmatched) = try trade(seed: 5)
        var left: [OrderID: Int64] = [:]
        var fills = 0
        for report in reports where report.kind != .cancelRejected {
            let order = orders[Int(report.orderID) - 1]
            switch report.kind {
            case .orderAccepted: left[report.orderID] = order.quantity.raw
            case .orderRejected: #expect(left.updateValue(0, forKey: report.orderID) == nil)
            case .orderFilled:
                fills += 1
                left[report.orderID, default: 0] -= report.quantity.raw
                let isGood = order.side == .buy ? report.price <= order.price : report.price >= order.price
                #expect(isGood && report.quantity.raw > 0 && report.side == order.side)
            default: left[report.orderID, default: 0] -= report.quantity.raw
            }
        }
        #expect(left.count == orders.count && left.values.allSatisfy { $0 == 0 })
        #expect(orders.count > 1_000 && fills > 500 && unmatched > 0, "\(orders.count), \(fills), \(unmatched)")
    }

    @Test func `the same day and the same orders give the same reports`() throws {
        let first = try trade(seed: 6)
        let second = try trade(seed: 6)
        #expect(first.reports.count > 1_000 && first.unmatched == second.unmatched)
        #expect(
            first.reports.elementsEqual(second.reports) { a, b in
                withUnsafeBytes(of: a) { x in withUnsafeBytes(of: b) { x.elementsEqual($0) } }
            }
        )
    }
}
