// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosVenue
import Testing

/// Ours, in an instrument with 100 shares bid at 10.00 and 200 offered at 10.02.
private func ours(
    _ id: OrderID,
    _ side: Side,
    _ shares: Int,
    _ cents: Int64,
    _ life: TimeInForce = .day,
    until day: UInt32 = 0
) -> NewOrder {
    NewOrder(
        id: id,
        instrument: Instrument(id: 0),
        side: side,
        timeInForce: life,
        quantity: Quantity(shares),
        price: price(cents),
        tag: OrderTag(strategy: 0),
        expireDay: day
    )
}

/// Either simulated venue with one open instrument; every call is a microsecond after the one before.
private struct Room<Venue: BacktestVenue & ~Copyable>: ~Copyable {
    var venue: Venue
    var time = Timestamp(nanoseconds: 86_400_000_000_000 + 1_000_000)
    let instrument = Instrument(id: 0)

    init(_ venue: consuming Venue) {
        self.venue = venue
        self.venue.begin(day: Timestamp(nanoseconds: 86_400_000_000_000))
        open()
        add(1, .buy, 100, 1_000)
        add(2, .sell, 200, 1_002)
    }

    mutating func advance(_ event: Event) {
        var event = event
        time = time + 1_000
        if event.kind != .newDay { event.eventTime = time }
        event.receiveTime = time
        venue.advance(event)
    }

    mutating func open() {
        advance(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        advance(Event(instrument: instrument, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))))
        advance(Event(instrument: instrument, kind: .crossTrade, detail: UInt64(UInt8(ascii: "O")) << 56))
    }

    mutating func close() { advance(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "M")))) }

    /// The next day begins, and its session opens.
    mutating func nextDay(_ number: Int64) {
        time = Timestamp(nanoseconds: number * 86_400_000_000_000 + 1_000_000)
        var event = Event(kind: .newDay)
        event.eventTime = Timestamp(nanoseconds: number * 86_400_000_000_000)
        advance(event)
        open()
    }

    mutating func add(_ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64) {
        advance(
            Event(
                orderID: id,
                price: price(cents),
                quantity: Quantity(shares),
                instrument: instrument,
                kind: .addOrder,
                flags: side == .sell ? .sell : []
            )
        )
    }

    mutating func execute(_ id: OrderID, _ shares: Int) {
        advance(
            Event(
                orderID: id,
                quantity: Quantity(shares),
                instrument: instrument,
                kind: .executeOrder,
                flags: .printable
            )
        )
    }

    mutating func submit(_ order: NewOrder) {
        time = time + 1_000
        venue.submit(order, at: time)
    }

    mutating func replace(_ old: OrderID, by order: NewOrder) {
        time = time + 1_000
        venue.replace(old, by: order, at: time)
    }

    mutating func cancel(_ id: OrderID) {
        time = time + 1_000
        venue.cancel(id, at: time)
    }

    mutating func told() -> [String] {
        var lines: [String] = []
        while venue.nextReportTime != .never {
            let report = venue.takeReport()
            let (id, shares) = (report.orderID, report.quantity)
            switch report.kind {
            case .orderAccepted: lines.append("accepted \(id)")
            case .orderFilled: lines.append("filled \(id) \(shares)@\(report.price)")
            case .orderCancelled: lines.append("cancelled \(id) \(shares)")
            case .orderReplaced: lines.append("replaced \(id) by \(report.detail) \(shares)@\(report.price)")
            case .replaceRejected: lines.append("refused \(id) by \(report.detail)")
            case .orderDoneForDay: lines.append("done for day \(id) \(shares)")
            default: lines.append("\(report.kind) \(id)")
            }
        }
        return lines
    }
}

@Suite("Simulated venues: replacements, and orders for more than a day") struct VenueReplaceTests {
    private static var capacity: BookCapacity { BookCapacity(instruments: 2, orders: 1_024, levels: 1_024) }

    private static func historical() throws -> Room<HistoricalVenue> {
        Room(try HistoricalVenue(capacity: capacity, reportLatency: 700))
    }

    private static func matching() throws -> Room<MatchingVenue> {
        Room(try MatchingVenue(capacity: capacity, reportLatency: 700))
    }

    private static func replace<Venue: BacktestVenue & ~Copyable>(_ room: inout Room<Venue>) {
        room.submit(ours(1, .buy, 100, 1_001))
        #expect(room.told() == ["accepted 1"])
        // Part of it trades against a seller that the record knows.
        room.add(10, .sell, 30, 1_001)
        let first = room.told()
        #expect(first.isEmpty || first == ["filled 1 30@10.01"])
        let done = first.isEmpty ? 0 : 30
        room.replace(1, by: ours(2, .buy, 150, 1_002))
        var lines = room.told()
        #expect(lines.removeFirst() == "replaced 1 by 2 150@10.02")
        // Its new limit meets the offers.
        let shares = lines.reduce(0) { sum, line in
            sum + (Int(line.split(separator: " ")[2].split(separator: "@")[0]) ?? 0)
        }
        #expect(shares == 150 - done && lines.allSatisfy { $0.hasPrefix("filled 2 ") }, "\(lines)")
        room.replace(2, by: ours(3, .buy, 200, 1_002))
        room.replace(9, by: ours(4, .buy, 200, 1_002))
        #expect(room.told() == ["refused 2 by 3", "refused 9 by 4"])
    }

    @Test func `a replacement works over its whole life, and what does not work any more is not replaced`() throws {
        var room = try VenueReplaceTests.historical()
        VenueReplaceTests.replace(&room)
        var other = try VenueReplaceTests.matching()
        VenueReplaceTests.replace(&other)
    }

    private static func smaller<Venue: BacktestVenue & ~Copyable>(_ room: inout Room<Venue>) {
        room.submit(ours(1, .buy, 250, 1_002))
        #expect(room.told() == ["accepted 1", "filled 1 200@10.02"])
        room.replace(1, by: ours(2, .sell, 300, 1_002))
        room.replace(1, by: ours(3, .buy, 300, 0))
        #expect(room.told() == ["refused 1 by 2", "refused 1 by 3"])
        room.replace(1, by: ours(4, .buy, 220, 1_001))
        room.cancel(1)
        room.cancel(4)
        #expect(room.told() == ["replaced 1 by 4 220@10.01", "cancelRejected 1", "cancelled 4 20"])
        room.submit(ours(5, .buy, 50, 990))
        room.replace(5, by: ours(6, .buy, 40, 990))
        room.cancel(6)
        #expect(room.told() == ["accepted 5", "replaced 5 by 6 40@9.90", "cancelled 6 40"])
    }

    @Test
    func
        `a smaller total leaves what is not executed, another side is refused, and the new number is the one to cancel`()
        throws
    {
        var room = try VenueReplaceTests.historical()
        VenueReplaceTests.smaller(&room)
        var other = try VenueReplaceTests.matching()
        VenueReplaceTests.smaller(&other)
    }

    @Test func `a replaced order goes to the tail of its price`() throws {
        var room = try VenueReplaceTests.historical()
        room.submit(ours(1, .buy, 100, 1_000))
        room.add(3, .buy, 50, 1_000)
        room.replace(1, by: ours(2, .buy, 90, 1_000))
        // The 100 before, and the 50 that came before the replacement.
        room.execute(1, 100)
        room.execute(3, 40)
        #expect(room.told() == ["accepted 1", "replaced 1 by 2 90@10.00"])
    }

    private static func fillOrKill<Venue: BacktestVenue & ~Copyable>(_ room: inout Room<Venue>) {
        room.submit(ours(1, .buy, 201, 1_002, .fillOrKill))
        room.submit(ours(2, .buy, 200, 1_002, .fillOrKill))
        let told = room.told().filter { !$0.hasPrefix("accepted") }
        #expect(told == ["cancelled 1 201", "filled 2 200@10.02"])
    }

    @Test func `all at once or nothing`() throws {
        var room = try VenueReplaceTests.historical()
        VenueReplaceTests.fillOrKill(&room)
        var other = try VenueReplaceTests.matching()
        VenueReplaceTests.fillOrKill(&other)
    }

    private static func carry<Venue: BacktestVenue & ~Copyable>(_ room: inout Room<Venue>) {
        // Day 1 of 1970 is under way: until its end, until the end of the next day, and until cancelled, twice.
        room.submit(ours(1, .buy, 10, 990))
        room.submit(ours(2, .buy, 20, 990, .goodTillDate, until: 1))
        room.submit(ours(3, .buy, 30, 990, .goodTillDate, until: 2))
        room.submit(ours(4, .buy, 300, 1_002, .goodTillCancel))
        room.submit(ours(5, .buy, 50, 990, .goodTillCancel))
        _ = room.told()
        room.close()
        let closed = Set(room.told())
        #expect(
            closed == [
                "cancelled 1 10", "cancelled 2 20", "done for day 3 30", "done for day 4 100", "done for day 5 50",
            ]
        )
        room.cancel(5)
        #expect(room.told() == ["cancelled 5 50"])
        room.nextDay(2)
        #expect(room.told() == [])
        // It works again without being accepted again, and its total is still that of its whole life.
        room.replace(4, by: ours(6, .buy, 280, 1_002))
        room.add(20, .sell, 500, 1_003)
        room.replace(6, by: ours(7, .buy, 290, 1_003))
        #expect(room.told() == ["replaced 4 by 6 280@10.02", "replaced 6 by 7 290@10.03", "filled 7 90@10.03"])
        room.close()
        #expect(room.told() == ["cancelled 3 30"])
    }

    @Test func `good-till orders are done for the day and work on the next until their last`() throws {
        var room = try VenueReplaceTests.historical()
        VenueReplaceTests.carry(&room)
        var other = try VenueReplaceTests.matching()
        VenueReplaceTests.carry(&other)
    }
}
