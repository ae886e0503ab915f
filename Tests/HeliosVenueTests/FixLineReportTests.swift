// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("A node's line to a FIX venue: what becomes of an order that works") struct FixLineReportTests {
    typealias Participant = FixParticipant
    let now = Participant.time(0)
    let first = FixLineTests.wire(1, 1)
    let one = FixLineTests.name(1, 1)

    /// A line whose first order, for 100 at 10, works.
    private func working(
        _ version: FixVersion = .fix44,
        flags: EventFlags = [],
        filled: Int = 0
    ) -> (FixCounterparty, Participant) {
        let venue = FixCounterparty(version)
        let node = Participant(epoch: 1, venue)
        node.join(at: now)
        node.order(first, flags: flags, at: now)
        node.exchange(at: now)
        if filled > 0 { venue.fill(one, filled, at: "10") }
        node.exchange(at: now)
        node.told.removeAll()
        return (venue, node)
    }

    /// An ExecutionReport about the order, by hand.
    private func say(
        _ venue: FixCounterparty,
        _ node: Participant,
        _ type: String,
        _ status: String,
        filled: Int,
        open: Int,
        _ more: [(UInt32, String)] = [],
        execution: String = "E9"
    ) {
        let fields: [(UInt32, String)] = [
            (6, "0"), (11, one), (14, "\(filled)"), (17, execution), (37, "1"), (38, "100"), (39, status), (44, "10"),
            (54, "1"), (55, "AA"), (60, "20241004-06:00:00.000"), (150, type), (151, "\(open)"),
        ]
        venue.send("8", fields + more)
        node.exchange(at: now)
    }

    // MARK: Taken back

    @Test("an execution that is undone is told with the number that it had", arguments: [FixVersion.fix42, .fix44])
    func broken(version: FixVersion) throws {
        let (venue, node) = working(version, filled: 100)
        let transaction: [(UInt32, String)] = version == .fix42 ? [(20, "1")] : []
        let number: [(UInt32, String)] = [(19, "\(venue.executions)"), (32, "100")]
        say(venue, node, version == .fix42 ? "4" : "H", "4", filled: 0, open: 0, transaction + number)
        let told = try #require(node.told.last)
        #expect(node.told.count == 1 && told.kind == .executionBroken && told.orderID == first)
        #expect(told.detail == UInt64(venue.executions) && told.quantity == .zero && told.price == .zero)
        #expect(node.open.isEmpty && node.counters.contradictions == 0 && node.notices.isEmpty)
        // Nothing more of it is missing.
        node.leave(at: now)
        node.join(at: now + 1_000_000_000)
        #expect(node.notices.isEmpty)
    }

    @Test("an order whose undone shares may trade again is cancelled: nothing is reserved for them") func reopened() {
        let (venue, node) = working(filled: 100)
        venue.isExchange = false
        say(venue, node, "H", "0", filled: 0, open: 100, [(19, "\(venue.executions)")])
        #expect(node.kinds(first) == [.executionBroken] && node.order(first)?.open == Quantity(100))
        #expect(venue.came.last?.type == "F" && venue.came.last?[41] == one)
    }

    @Test("a correction tells the new terms, and what is said of it later finds the first", arguments: [true, false])
    func corrected(isOld: Bool) throws {
        let (venue, node) = working(isOld ? .fix42 : .fix44, filled: 40)
        let number = UInt64(venue.executions)
        let type = isOld ? "1" : "G"
        let transaction: [(UInt32, String)] = isOld ? [(20, "2")] : []
        let terms: [(UInt32, String)] = [(19, "\(number)"), (32, "30"), (31, "9.98")]
        say(venue, node, type, "1", filled: 30, open: 60, transaction + terms, execution: "900")
        let told = try #require(node.told.last)
        #expect(told.kind == .executionCorrected && told.detail == number)
        #expect(told.quantity == Quantity(30) && told.price == Price(raw: 998_000_000))
        #expect(node.order(first)?.filled == Quantity(30) && node.order(first)?.open == Quantity(60))
        let undone: [(UInt32, String)] = isOld ? [(20, "1")] : []
        say(venue, node, isOld ? "0" : "H", "0", filled: 0, open: 60, undone + [(19, "900")], execution: "901")
        #expect(node.told.last?.kind == .executionBroken && node.told.last?.detail == number)
        #expect(node.notices.isEmpty)
    }

    @Test("what takes back an execution without saying which is told, and the order asked after")
    func brokenUnread() {
        let (venue, node) = working(filled: 40)
        say(venue, node, "H", "1", filled: 0, open: 60)
        #expect(node.kinds(first).contains(.executionBroken) == false && node.counters.malformed == 1)
        #expect(node.notices.contains { if case .malformed = $0 { true } else { false } })
        #expect(venue.came.last?.type == "H" && venue.came.last?[11] == one)
    }

    @Test("a correction that can't be read is an execution that is missing", arguments: ["-1", "x", "20000000000"])
    func correctedUnread(quantity: String) {
        let (venue, node) = working(filled: 40)
        say(venue, node, "G", "1", filled: 50, open: 50, [(19, "\(venue.executions)"), (32, quantity), (31, "10")])
        #expect(node.notices.contains(.lost(order: first, told: 40, counted: 50)))
        #expect(!node.kinds(first).contains(.executionCorrected))
    }

    // MARK: Restated, set aside

    @Test("what a restatement takes away is told when the order ends") func restated() throws {
        let (venue, node) = working()
        say(venue, node, "D", "0", filled: 0, open: 70, [(378, "5")])
        #expect(node.told.isEmpty && node.order(first)?.open == Quantity(70))
        say(venue, node, "D", "0", filled: 0, open: 70, [(378, "5")])
        say(venue, node, "4", "4", filled: 0, open: 0)
        let end = try #require(node.told.last)
        #expect(node.told.map(\.kind) == [.orderCancelled] && end.quantity == Quantity(100))
        #expect(node.open.isEmpty && node.counters.contradictions == 0)
    }

    @Test("a restatement to nothing ends the order, and one that grows it is a contradiction") func restatedAway() {
        let (venue, node) = working(filled: 40)
        say(venue, node, "D", "1", filled: 40, open: 90)
        #expect(node.order(first)?.open == Quantity(60) && node.counters.contradictions == 1)
        say(venue, node, "D", "4", filled: 40, open: 0)
        #expect(node.told.map(\.kind) == [.orderCancelled] && node.told.last?.quantity == Quantity(60))
    }

    @Test("an order that is suspended and resumed is told so once each", arguments: ["D", "I", "0"])
    func suspended(resumed: String) {
        let (venue, node) = working()
        say(venue, node, "9", "9", filled: 0, open: 100)
        say(venue, node, "9", "9", filled: 0, open: 100)
        #expect(node.kinds(first) == [.orderSuspended] && node.open == [first])
        say(venue, node, resumed, "0", filled: 0, open: 100)
        say(venue, node, resumed, "0", filled: 0, open: 100)
        #expect(node.kinds(first) == [.orderSuspended, .orderResumed] && node.open == [first])
    }

    // MARK: Longer than a day

    @Test("an order for the day ends with it, one that stays is done until tomorrow") func doneForDay() {
        let (venue, node) = working()
        say(venue, node, "3", "3", filled: 0, open: 0)
        #expect(node.kinds(first) == [.orderCancelled] && node.open.isEmpty)
        #expect(node.told.last?.detail == UInt64(CancelReason.endOfSession.rawValue))
        let (other, holder) = working(flags: .goodTillCancel)
        say(other, holder, "3", "3", filled: 0, open: 0)
        #expect(holder.kinds(first) == [.orderDoneForDay] && holder.open == [first])
        say(other, holder, "F", "1", filled: 40, open: 60, [(32, "40"), (31, "10")])
        #expect(holder.kinds(first).last == .orderFilled && holder.order(first)?.open == Quantity(60))
        say(other, holder, "C", "C", filled: 40, open: 0)
        #expect(holder.told.last?.kind == .orderCancelled && holder.told.last?.quantity == Quantity(60))
    }

    @Test("the last day of an order travels as its date") func tillDate() {
        let venue = FixCounterparty()
        let node = Participant(epoch: 1, venue)
        node.join(at: now)
        var order = Event(
            orderID: first,
            price: Price(raw: 1_000_000_000),
            quantity: Quantity(100),
            instrument: Instrument(id: 0),
            kind: .newOrder,
            flags: .goodTillDate
        )
        order.eventTime = now
        order.receiveTime = Timestamp(nanoseconds: 20_005 * 86_400_000_000_000)
        node.send(order, at: now)
        node.exchange(at: now)
        #expect(venue.came.last?[59] == "6" && venue.came.last?[432] == "20241009")
        say(venue, node, "3", "3", filled: 0, open: 0)
        #expect(node.kinds(first) == [.orderAccepted, .orderDoneForDay] && node.open == [first])
    }

    @Test("a process that begins with nothing learns from the venue which orders stay", arguments: ["1", "6", "0"])
    func rebuilt(timeInForce: String) {
        let venue = FixCounterparty()
        let earlier = Participant(epoch: 1, venue)
        earlier.join(at: now)
        earlier.leave(at: now)
        venue.orders[one] = FixCounterparty.Order(
            quantity: 100,
            price: "10",
            side: "1",
            symbol: "AA",
            status: "0",
            number: 1
        )
        venue.report(one, "0", more: [(59, timeInForce)])
        let node = Participant(epoch: 2, venue, memory: earlier.memory)
        node.join(at: now)
        #expect(node.open == [first])
        say(venue, node, "3", "3", filled: 0, open: 0)
        let stays = timeInForce != "0"
        #expect(node.open == (stays ? [first] : []))
        #expect(node.told.last { $0.orderID == first }?.kind == (stays ? .orderDoneForDay : .orderCancelled))
    }

    // MARK: Refused messages

    @Test("a refusal of nothing that is known is told with its reason") func refused() {
        let (venue, node) = working()
        venue.send("j", [(45, "99999"), (380, "4"), (372, "D")])
        node.exchange(at: now)
        #expect(node.notices == [.refused(reason: 4)] && node.told.isEmpty && node.open == [first])
    }

    @Test("a refused cancel says so of its order, a refused order is rejected", arguments: ["3", "j"])
    func refusedRequests(type: String) {
        let (venue, node) = working()
        venue.isExchange = false
        venue.refusesBySession = type == "3"
        func refuse() {
            if type == "j" { venue.send("j", [(45, venue.came.last?[34] ?? ""), (380, "0"), (372, "?")]) }
            node.exchange(at: now)
        }
        node.cancel(first, at: now)
        node.exchange(at: now)
        refuse()
        #expect(node.kinds(first) == [.cancelRejected] && node.open == [first])
        let second = FixLineTests.wire(1, 2)
        node.order(second, at: now)
        node.exchange(at: now)
        refuse()
        #expect(node.kinds(second) == [.orderRejected] && node.open == [first] && node.notices.isEmpty)
    }

    // MARK: Schedule

    @Test("a session is open as its schedule says: not before, and after it the day is over") func schedule() {
        let venue = FixCounterparty()
        // The clock stands at 06:00 UTC.
        let node = Participant(epoch: 1, venue) {
            $0.session.schedule = FixSchedule(daily: 6 * 3_600 + 60, to: 6 * 3_600 + 600)
        }
        node.connect(at: now)
        node.tick(at: now)
        node.exchange(at: now)
        #expect(venue.loggedOn == 0 && !node.isOver, "before its beginning it is waited for")
        if node.isConnected { node.leave(at: now) }
        let open = Participant.time(61)
        node.join(at: open)
        #expect(venue.loggedOn == 1 && node.state == .ready)
        node.order(first, at: open)
        node.exchange(at: open)
        #expect(node.open == [first])
        for second in stride(from: Int64(70), to: 600, by: 10) {
            venue.tick(at: Participant.time(second))
            node.tick(at: Participant.time(second))
            node.exchange(at: Participant.time(second))
        }
        #expect(node.state == .ready && !node.isOver)
        let end = Participant.time(600)
        for second in Int64(0)..<5 {
            node.tick(at: end + second * 1_000_000_000)
            node.exchange(at: end + second * 1_000_000_000)
        }
        #expect(node.isOver && node.state == .down)
        #expect(venue.closed)
    }
}
