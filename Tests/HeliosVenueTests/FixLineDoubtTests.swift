// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("A node's line to a FIX venue: orders in doubt") struct FixLineDoubtTests {
    typealias Participant = FixParticipant
    let now = Participant.time(0)
    let first = FixLineTests.wire(1, 1)
    let second = FixLineTests.wire(1, 2)
    let one = FixLineTests.name(1, 1)
    let two = FixLineTests.name(1, 2)

    private func started(_ venue: FixCounterparty = FixCounterparty()) -> (FixCounterparty, Participant) {
        let node = Participant(epoch: 1, venue)
        node.join(at: now)
        return (venue, node)
    }

    /// An order has left, and nothing was said of it.
    private func doubtful() -> (FixCounterparty, Participant) {
        let (venue, node) = started()
        venue.isExchange = false
        node.order(first, at: now)
        node.exchange(at: now)
        node.told.removeAll()
        return (venue, node)
    }

    private func askStatus(_ node: Participant, at time: Timestamp) {
        node.send(Event(kind: .orderStatus), at: time)
        node.exchange(at: time)
    }

    /// An ExecutionReport, by hand.
    private func say(
        _ venue: FixCounterparty,
        _ name: String,
        _ type: String,
        _ status: String,
        filled: String = "0",
        open: String = "100",
        quantity: String = "100",
        _ more: [(UInt32, String)] = [],
        execution: String? = "E1"
    ) {
        var fields: [(UInt32, String)] = [
            (6, "0"), (11, name), (14, filled), (37, "900"), (38, quantity), (39, status), (44, "10"), (54, "1"),
            (55, "AA"), (60, "20241004-06:00:00.000"), (150, type), (151, open),
        ]
        if let execution { fields.append((17, execution)) }
        venue.send("8", fields + more)
    }

    private func isStatusTold(_ node: Participant) -> Bool {
        node.told.contains { $0.kind == .orderStatus && $0.orderID == 0 }
    }

    // MARK: The fate of what has left

    @Test("a notice of an order is no answer to a question after it", arguments: ["7", "B", "L"])
    func notice(type: String) {
        let (venue, node) = doubtful()
        askStatus(node, at: now)
        say(venue, one, type, "0")
        node.exchange(at: now)
        #expect(!isStatusTold(node), "nobody knows what became of the order")
        venue.isExchange = true
        say(venue, one, "I", "0")
        node.exchange(at: now)
        #expect(node.kinds(first) == [.orderAccepted, .orderStatus] && isStatusTold(node))
    }

    @Test("an order that is asked after and pending is there") func pending() {
        let (venue, node) = doubtful()
        askStatus(node, at: now)
        say(venue, one, "A", "A")
        node.exchange(at: now)
        #expect(node.kinds(first) == [.orderAccepted, .orderStatus])
        #expect(node.told.last { $0.orderID == first }?.detail == 1)
    }

    @Test("a venue that refuses questions leaves an order that it has not answered in doubt") func refusesQuestions() {
        let (venue, node) = doubtful()
        askStatus(node, at: now)
        let question = venue.came.last { $0.type == "H" }
        venue.send("j", [(45, question?[34] ?? ""), (372, "H"), (380, "3")])
        node.exchange(at: now)
        #expect(node.notices.contains(.statusRefused))
        #expect(!isStatusTold(node))
        // A second request, and another connection, change nothing about that.
        askStatus(node, at: now)
        #expect(!isStatusTold(node))
        node.leave(at: now)
        node.join(at: now + 1_000_000_000)
        #expect(!isStatusTold(node) && node.open == [first])
        say(venue, one, "0", "0")
        node.exchange(at: now + 1_000_000_000)
        #expect(node.kinds(first) == [.orderAccepted, .orderStatus] && isStatusTold(node))
    }

    @Test("a question that is refused for the time being is asked again", arguments: ["0", "4"])
    func refusedOnce(reason: String) {
        let (venue, node) = doubtful()
        askStatus(node, at: now)
        let question = venue.came.last { $0.type == "H" }
        venue.send("j", [(45, question?[34] ?? ""), (372, "H"), (380, reason)])
        node.exchange(at: now)
        #expect(!isStatusTold(node))
        let questions = venue.came.filter { $0.type == "H" }.count
        node.tick(at: now + 1_000_000_000)
        node.exchange(at: now + 1_000_000_000)
        #expect(venue.came.filter { $0.type == "H" }.count == questions + 1)
    }

    @Test("a replacement that the venue does not know is settled by the order that it replaces")
    func deniedReplacement() {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        venue.isExchange = false
        node.replace(first, by: second, quantity: 200, at: now)
        node.exchange(at: now)
        node.told.removeAll()
        askStatus(node, at: now)
        say(venue, two, "I", "8", open: "0", [(103, "5")])
        node.exchange(at: now)
        #expect(!isStatusTold(node) && node.open == [first, second])
        #expect(venue.came.last?[11] == one, "the original is asked after")
        say(venue, one, "I", "E")
        node.exchange(at: now)
        #expect(node.open == [first, second] && !isStatusTold(node))
        say(venue, two, "5", "0", open: "200", quantity: "200", [(41, one)])
        node.exchange(at: now)
        #expect(node.open == [second] && isStatusTold(node))
        #expect(node.kinds(first) == [.orderReplaced, .orderStatus])
    }

    @Test("a replacement that nobody knows of never arrived") func lostReplacement() {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        venue.isExchange = false
        node.replace(first, by: second, quantity: 200, at: now)
        node.exchange(at: now)
        askStatus(node, at: now)
        say(venue, two, "I", "8", open: "0", [(103, "5")])
        say(venue, one, "I", "0")
        node.exchange(at: now)
        #expect(node.kinds(second) == [.orderRejected] && node.open == [first])
        #expect(isStatusTold(node))
    }

    // MARK: Alive after all

    @Test("an order that was called over and works is told and cancelled", arguments: ["0", "I", "D", "9"])
    func revived(type: String) {
        let (venue, node) = doubtful()
        askStatus(node, at: now)
        say(venue, one, "I", "8", open: "0", [(103, "5")])
        node.exchange(at: now)
        #expect(node.kinds(first) == [.orderRejected] && node.open.isEmpty)
        say(venue, one, type, type == "9" ? "9" : "0")
        node.exchange(at: now)
        #expect(node.open == [first])
        #expect(node.kinds(first).contains(.orderAccepted))
        #expect(venue.came.contains { $0.type == "F" && $0[41] == one })
    }

    @Test("an execution of an order that was called over makes the rest work") func revivedByFill() {
        let (venue, node) = doubtful()
        askStatus(node, at: now)
        say(venue, one, "I", "8", open: "0", [(103, "5")])
        say(venue, one, "F", "1", filled: "40", open: "60", [(32, "40"), (31, "10")])
        node.exchange(at: now)
        #expect(node.kinds(first) == [.orderRejected, .orderFilled, .orderAccepted])
        #expect(node.open == [first] && node.order(first)?.open == Quantity(60))
        #expect(venue.came.contains { $0.type == "F" && $0[41] == one })
        #expect(node.notices.isEmpty)
    }

    @Test("an order that replaces after it was called over works, and is cancelled") func revivedReplacement() {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        venue.isExchange = false
        node.replace(first, by: second, quantity: 200, at: now)
        node.exchange(at: now)
        askStatus(node, at: now)
        say(venue, two, "I", "8", open: "0", [(103, "5")])
        say(venue, one, "I", "0")
        say(venue, two, "5", "0", open: "200", quantity: "200", [(41, one)])
        node.exchange(at: now)
        #expect(node.open == [second] && node.kinds(first).contains(.orderReplaced))
        #expect(venue.came.contains { $0.type == "F" && $0[41] == two })
    }

    @Test("an old word about an ended order makes nothing work again") func staleWord() {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        venue.fill(one, 100, at: "10")
        node.exchange(at: now)
        say(venue, one, "0", "0")
        node.exchange(at: now)
        #expect(node.open.isEmpty && !venue.came.contains { $0.type == "F" })
        #expect(venue.came.last?.type == "H", "but it is asked after")
    }

    // MARK: Executions

    @Test("an execution that can't be booked is a missing one", arguments: [0, 1, 2, 3])
    func unreadable(way: Int) {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        venue.orders[one]?.filled = 40
        let price = way == 0 ? "10.1234567891" : "10"
        say(
            venue,
            one,
            "F",
            way == 3 ? "" : "1",
            filled: "40",
            open: way == 2 ? "20000000000" : "60",
            [(32, "40"), (31, price)],
            execution: way == 1 ? nil : "E1"
        )
        node.exchange(at: now)
        #expect(node.notices.contains(.lost(order: first, told: 0, counted: 40)))
        #expect(venue.came.last?.type == "H" && venue.came.last?[11] == one)
        #expect(!node.kinds(first).contains(.orderFilled))
    }

    @Test("executions that an earlier process was told of are not missing", arguments: [true, false])
    func known(isReset: Bool) {
        let venue = FixCounterparty()
        venue.orders[one] = FixCounterparty.Order(
            quantity: 500,
            filled: 300,
            price: "10",
            side: "1",
            symbol: "AA",
            status: "1",
            number: 1
        )
        let terms = NewOrder(
            id: 1,
            instrument: Instrument(id: 0),
            side: .buy,
            quantity: Quantity(500),
            price: Price(raw: 1_000_000_000),
            tag: OrderTag(packed: 0)
        )
        let node = Participant(epoch: 2, venue, reset: isReset, known: [FixKnownOrder(first, terms)])
        node.join(at: now)
        #expect(node.notices == (isReset ? [.restarted] : []))
        let status = node.told.first { $0.kind == .orderStatus && $0.orderID == first }
        #expect(status?.quantity == Quantity(300) && status?.flags.contains(.printable) == true)
        // From here on each must be told.
        venue.orders[one]?.filled = 400
        venue.fill(one, 10, at: "10")
        node.exchange(at: now)
        #expect(node.notices.last == .lost(order: first, told: 310, counted: 410))
    }

    @Test("numbers that can't be are no reason to stop") func absurd() {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        let most = "92233720368"
        for type in ["D", "4", "5", "F", "I", "H"] {
            say(venue, one, type, "1", filled: most, open: most, quantity: most, [(32, most), (31, "10"), (19, "1")])
        }
        for _ in 0..<20 {
            say(venue, one, "H", "1", open: "11000000000", quantity: "11000000000", [(19, "1")])
            say(venue, one, "F", "1", filled: "11000000000", open: "1", [(32, "11000000000"), (31, "10")])
            say(venue, one, "4", "4", open: "0")
        }
        node.exchange(at: now)
        #expect(node.counters.malformed > 0 && node.state == .ready)
    }

    @Test("an order of which only a part is cancelled goes on", arguments: ["4", "C"])
    func partlyCancelled(type: String) {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        say(venue, one, type, "0", open: "60")
        node.exchange(at: now)
        #expect(node.open == [first] && node.order(first)?.open == Quantity(60))
        #expect(node.kinds(first) == [.orderAccepted])
    }

    // MARK: What leaves

    @Test("no order leaves while what has a number waits for room") func behind() {
        let venue = FixCounterparty()
        let node = Participant(epoch: 1, venue, capacity: 1 << 12)
        node.join(at: now)
        // Cancels are sent again when they are asked for: more of them than the output holds.
        for id in 1...60 {
            node.order(FixLineTests.wire(1, UInt64(id)), at: now)
            node.cancel(FixLineTests.wire(1, UInt64(id)), at: now)
            node.exchange(at: now)
        }
        venue.askForAll()
        node.read(at: now)
        #expect(node.outputCount > 3_000)
        _ = node.takeOutput(0)
        node.order(FixLineTests.wire(1, 61), at: now)
        #expect(node.order(FixLineTests.wire(1, 61))?.state == .waiting)
        node.withdraw(at: now)
        #expect(node.kinds(FixLineTests.wire(1, 61)) == [.orderRejected])
    }

    @Test("the last of the store is kept for cancels") func reserve() {
        let venue = FixCounterparty()
        let node = Participant(epoch: 1, venue, memory: FixStoreMemory(bytes: 1 << 17))
        node.join(at: now)
        node.order(first, at: now)
        node.exchange(at: now)
        var id: UInt64 = 2
        while id < 1_020, node.kinds(FixLineTests.wire(1, id - 1)).last != .orderRejected {
            node.order(FixLineTests.wire(1, id), at: now)
            node.exchange(at: now)
            id += 1
        }
        #expect(node.kinds(FixLineTests.wire(1, id - 1)) == [.orderRejected])
        node.cancel(first, at: now)
        node.exchange(at: now)
        #expect(node.kinds(first).last == .orderCancelled)
        #expect(venue.came.last?.type == "F")
    }
}
