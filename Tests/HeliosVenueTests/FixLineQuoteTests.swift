// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("A node's line to a FIX venue: requests for quotes") struct FixLineQuoteTests {
    typealias Participant = FixParticipant
    let now = Participant.time(0)
    let north = Venue(id: 2)
    let south = Venue(id: 3)

    private func started(_ version: FixVersion = .fix44) -> (FixCounterparty, Participant) {
        let venue = FixCounterparty(version)
        let node = Participant(epoch: 1, venue) { [north, south] configuration in
            configuration.dealers = [FixDealer("NORTH", north), FixDealer("SOUTH", south)]
        }
        node.join(at: now)
        node.told.removeAll()
        return (venue, node)
    }

    /// The name of request `number` on the wire.
    private func name(_ number: UInt64, epoch: UInt64 = 1) -> String {
        FixOrderToken(.request, day: Participant.midnight.dayNumber, number: epoch << 40 | number).description
    }

    private func ask(_ node: Participant, _ number: UInt64 = 1, side: Side = .buy) {
        var record = Event(orderID: number, quantity: Quantity(300), instrument: Instrument(id: 0), kind: .quoteRequest)
        record.eventTime = now
        if side == .sell { record.flags.insert(.sell) }
        node.send(record, at: now)
        node.exchange(at: now)
    }

    /// A quote of the dealer's for 300, good for a second.
    private func quote(
        _ venue: FixCounterparty,
        _ node: Participant,
        _ id: String,
        _ price: String,
        dealer: String? = nil,
        request: UInt64 = 1,
        field: UInt32 = 133
    ) {
        var fields: [(UInt32, String)] = [
            (55, "AA"), (60, "20241004-06:00:00.000"), (62, "20241004-06:00:01.000"), (117, id), (131, name(request)),
            (field, price), (field + 2, "300"),
        ]
        if let dealer { fields += [(453, "1"), (448, dealer), (447, "D"), (452, "35")] }
        venue.send("S", fields)
        node.exchange(at: now)
    }

    private func accept(
        _ node: Participant,
        _ quote: Event,
        order: OrderID,
        dealer: Venue? = nil,
        price: Price? = nil
    ) {
        var accepted = Event(orderID: quote.orderID, price: quote.price, kind: .quoteAccepted, detail: quote.detail)
        (accepted.quantity, accepted.instrument, accepted.venue) = (quote.quantity, quote.instrument, quote.venue)
        node.send(accepted, at: now)
        var taking = Event(orderID: order, price: price ?? quote.price, kind: .newOrder, flags: .fillOrKill)
        (taking.quantity, taking.instrument) = (quote.quantity, quote.instrument)
        taking.venue = dealer ?? quote.venue
        taking.eventTime = now
        node.send(taking, at: now)
        node.exchange(at: now)
    }

    @Test(
        "a request, a quote, and the order that takes it, to the byte",
        arguments: [FixVersion.fix42, .fix44, .fixt11]
    )
    func dialogue(version: FixVersion) throws {
        let (venue, node) = started(version)
        ask(node)
        let time = "60=20241004-06:00:00.000"
        #expect(venue.came.last.map { "\($0.type) \($0.body)" } == "R 131=\(name(1))|146=1|55=AA|54=1|38=300|\(time)")
        quote(venue, node, "Q-7", "10.03")
        let told = try #require(node.told.last)
        #expect(told.kind == .dealerQuote && told.orderID == 1 && told.venue == north && told.sequence > 0)
        #expect(told.price == Price(raw: 1_003_000_000) && told.quantity == Quantity(300))
        #expect(told.eventTime == Participant.time(1) && told.receiveTime == now)
        let order = FixLineTests.wire(1, 1)
        accept(node, told, order: order)
        let rest = version == .fix42 ? ("21=1|", "47=A|", "") : ("", "", "|528=A")
        let clOrdID = FixLineTests.name(1, 1)
        #expect(
            venue.came.last?.body
                == "11=\(clOrdID)|\(rest.0)38=300|40=D|44=10.03|\(rest.1)54=1|55=AA|59=4|\(time)|117=Q-7\(rest.2)"
        )
        venue.fill(clOrdID, 300, at: "10.03")
        node.exchange(at: now)
        let reports = node.told.filter { $0.orderID == order && $0.kind != .dealerQuote }
        #expect(reports.map(\.kind) == [.orderAccepted, .orderFilled])
        #expect(reports.allSatisfy { $0.venue == north }, "what a dealer has traded is told of the dealer")
        // The quote was good once.
        accept(node, told, order: FixLineTests.wire(1, 2), dealer: south)
        #expect(node.kinds(FixLineTests.wire(1, 2)) == [.orderRejected])
    }

    @Test("who would sell is quoted a bid") func sale() throws {
        let (venue, node) = started()
        ask(node, side: .sell)
        #expect(venue.came.last?[54] == "2")
        quote(venue, node, "A", "9.99", field: 132)
        let told = try #require(node.told.last)
        #expect(told.kind == .dealerQuote && told.side == .sell && told.price == Price(raw: 999_000_000))
        // The other side's price is none.
        quote(venue, node, "B", "10.03")
        #expect(node.told.count == 1 && node.counters.malformed == 1)
    }

    @Test("quotes are of those who name themselves, and else of who has not answered") func names() {
        let (venue, node) = started()
        ask(node)
        quote(venue, node, "A", "10.05", dealer: "SOUTH")
        quote(venue, node, "B", "10.04")
        quote(venue, node, "B", "10.06")
        quote(venue, node, "C", "10.01")
        quote(venue, node, "D", "10.02", dealer: "SOUTH")
        let told = node.told.map { "\($0.venue.id) \($0.price)" }
        #expect(told == ["3 10.05", "2 10.04", "2 10.06", "3 10.02"])
    }

    @Test(
        "a venue at which nobody quotes declines for all that have not answered",
        arguments: [
            ("AG", [(58, "no dealer quotes"), (146, "1"), (55, "AA"), (658, "10")], FixVersion.fix44),
            ("b", [(58, "no dealer quotes"), (297, "5")], .fix42),
        ] as [(String, [(UInt32, String)], FixVersion)]
    )
    func declined(type: String, fields: [(UInt32, String)], version: FixVersion) {
        let (venue, node) = started(version)
        ask(node)
        quote(venue, node, "A", "10.05")
        venue.send(type, [(131, name(1))] + fields)
        node.exchange(at: now)
        #expect(node.told.map(\.kind) == [.dealerQuote, .quoteDeclined])
        #expect(node.told.last?.venue == south && node.told.last?.detail == 0 && node.told.last?.orderID == 1)
        // Another writer's request is none of ours.
        venue.send(type, [(131, name(1, epoch: 2))] + fields)
        node.exchange(at: now)
        #expect(node.told.count == 2)
    }

    @Test("a request that the venue refuses is declined by all", arguments: ["3", "j"]) func refused(type: String) {
        let (venue, node) = started()
        venue.refusesBySession = type == "3"
        ask(node)
        if type == "j" { venue.send("j", [(45, venue.came.last?[34] ?? ""), (372, "R"), (380, "3")]) }
        node.exchange(at: now)
        #expect(node.told.map(\.kind) == [.quoteDeclined, .quoteDeclined])
        #expect(node.told.map(\.venue) == [north, south])
    }

    @Test(
        "a quote that has lapsed or was cancelled is taken back, and can't be taken any more",
        arguments: [
            ("AI", [(117, "A"), (297, "7")]), ("AI", [(117, "A"), (297, "5")]), ("Z", [(117, "A"), (298, "1")]),
            ("Z", [(117, "*"), (298, "4")]),
        ] as [(String, [(UInt32, String)])]
    )
    func lapsed(type: String, fields: [(UInt32, String)]) throws {
        let (venue, node) = started()
        ask(node)
        quote(venue, node, "A", "10.05")
        let told = try #require(node.told.last)
        venue.send(type, [(131, name(1)), (55, "AA")] + fields)
        node.exchange(at: now)
        let declined = try #require(node.told.last)
        #expect(declined.kind == .quoteDeclined && declined.venue == north && declined.detail == told.detail)
        let orders = venue.came.count
        accept(node, told, order: FixLineTests.wire(1, 1))
        #expect(node.kinds(FixLineTests.wire(1, 1)) == [.orderRejected] && venue.came.count == orders)
    }

    @Test("that a quote stands, or that another was cancelled, changes nothing") func stands() {
        let (venue, node) = started()
        ask(node)
        quote(venue, node, "A", "10.05")
        venue.send("AI", [(117, "A"), (131, name(1)), (55, "AA"), (297, "0")])
        venue.send("Z", [(117, "X"), (131, name(1)), (298, "1")])
        venue.send("b", [(131, name(1)), (297, "0")])
        // Without a status nothing is said of it.
        venue.send("AI", [(117, "A"), (131, name(1)), (55, "AA")])
        venue.send("AI", [(131, name(1)), (55, "AA")])
        node.exchange(at: now)
        #expect(node.told.map(\.kind) == [.dealerQuote])
    }

    /// Fields that name a dealer.
    private func party(_ dealer: String) -> [(UInt32, String)] { [(453, "1"), (448, dealer), (447, "D"), (452, "35")] }

    /// What was told, in short.
    private func told(_ node: Participant) -> [String] { node.told.map { "\($0.venue.id) \($0.kind)" } }

    @Test("a quote of parties that are no dealers of ours is nobody's, and leaves all dealers to answer")
    func strangers() {
        let (venue, node) = started()
        ask(node)
        quote(venue, node, "A", "10.05", dealer: "NOBODY")
        #expect(node.told.isEmpty)
        quote(venue, node, "B", "10.04")
        quote(venue, node, "C", "10.03")
        #expect(told(node) == ["2 dealerQuote", "3 dealerQuote"])
        // Nor is it what another dealer has sent under that QuoteID.
        quote(venue, node, "B", "10.01", dealer: "NOBODY")
        #expect(node.told.count == 2)
    }

    @Test(
        "a dealer that does not quote speaks for itself",
        arguments: [
            ("AG", [(658, "10")], 453), ("AG", [(658, "10")], 1_116), ("b", [(297, "5")], 453),
            ("AI", [(297, "5")], 453),
            ("AI", [(297, "11")], 453),
        ] as [(String, [(UInt32, String)], UInt32)]
    )
    func declinesAlone(type: String, fields: [(UInt32, String)], parties: UInt32) {
        let (venue, node) = started()
        ask(node)
        func say(_ dealer: String) {
            let root: [(UInt32, String)] = [(1_116, "1"), (1_117, dealer)]
            venue.send(type, [(131, name(1))] + fields + (parties == 453 ? party(dealer) : root))
            node.exchange(at: now)
        }
        say("NOBODY")
        #expect(node.told.isEmpty)
        say("SOUTH")
        say("SOUTH")
        #expect(told(node) == ["3 quoteDeclined"])
        quote(venue, node, "A", "10.05", dealer: "NORTH")
        // It has a quote out, which only its own end takes back.
        say("NORTH")
        #expect(told(node) == ["3 quoteDeclined", "2 dealerQuote"])
    }

    @Test(
        "a status without QuoteID takes no quote back: the next that has not answered declines",
        arguments: ["5", "11"]
    )
    func passes(status: String) {
        let (venue, node) = started()
        ask(node)
        quote(venue, node, "A", "10.05")
        for _ in 0..<2 {
            venue.send("AI", [(131, name(1)), (55, "AA"), (297, status)])
            node.exchange(at: now)
        }
        #expect(told(node) == ["2 dealerQuote", "3 quoteDeclined"] && node.told.last?.detail == 0)
    }

    @Test("a dealer that takes back all that it has leaves the others' quotes", arguments: ["4", "1"])
    func takesBackAlone(type: String) {
        let (venue, node) = started()
        ask(node)
        quote(venue, node, "A", "10.05", dealer: "NORTH")
        quote(venue, node, "B", "10.04", dealer: "SOUTH")
        node.told.removeAll()
        for dealer in ["NOBODY", "SOUTH"] {
            venue.send("Z", [(131, name(1)), (117, "*"), (298, type)] + party(dealer))
            node.exchange(at: now)
        }
        #expect(told(node) == ["3 quoteDeclined"])
    }

    @Test("what comes up while dealers are asked is told afterwards") func notices() {
        let venue = FixCounterparty()
        let node = Participant(epoch: 1, venue) { [north] in $0.dealers = [FixDealer("NORTH", north)] }
        node.connect(at: now)
        // The Logon is not answered yet, so that this ends the connection.
        node.logout(at: now)
        var record = Event(orderID: 1, quantity: Quantity(300), instrument: Instrument(id: 0), kind: .quoteRequest)
        record.eventTime = now
        node.send(record, at: now)
        #expect(node.told.map(\.kind) == [.quoteDeclined])
        node.tick(at: now)
        #expect(node.notices == [.closed(.ourLogout, text: "")])
        node.tick(at: now)
        #expect(node.notices.count == 1, "once")
    }

    @Test("an order to a dealer takes the quote that was accepted before it, and no other") func mismatch() throws {
        let (venue, node) = started()
        ask(node)
        quote(venue, node, "A", "10.05")
        let told = try #require(node.told.last)
        let orders = venue.came.count
        accept(node, told, order: FixLineTests.wire(1, 1), price: Price(raw: 1_004_000_000))
        accept(node, told, order: FixLineTests.wire(1, 2), dealer: south)
        var stale = told
        stale.detail += 1
        accept(node, stale, order: FixLineTests.wire(1, 3))
        for id in UInt64(1)...3 { #expect(node.kinds(FixLineTests.wire(1, id)) == [.orderRejected]) }
        #expect(venue.came.count == orders)
        accept(node, told, order: FixLineTests.wire(1, 4))
        #expect(venue.came.last?[117] == "A" && venue.came.last?[40] == "D")
    }

    @Test("nobody is asked while the line is not ready, and all decline") func notReady() {
        let (venue, node) = started()
        node.leave(at: now)
        node.told.removeAll()
        ask(node)
        #expect(node.told.map(\.kind) == [.quoteDeclined, .quoteDeclined] && !venue.came.contains { $0.type == "R" })
    }

    @Test("requests are not sent a second time, and quotes that can't be are passed over") func odd() {
        let (venue, node) = started()
        ask(node)
        quote(venue, node, String(repeating: "Q", count: 65), "10.05")
        quote(venue, node, "A", "0")
        quote(venue, node, "A", "10.05", request: 9)
        quote(venue, node, "A", "10.05", dealer: "NOBODY")
        #expect(node.told.isEmpty && node.counters.malformed == 2)
        for number in UInt64(2)...100 { ask(node, number) }
        node.told.removeAll()
        quote(venue, node, "B", "10.05", request: 2)
        #expect(node.told.isEmpty, "forgotten behind 64 others")
        quote(venue, node, "B", "10.05", request: 100)
        #expect(node.told.map(\.orderID) == [100])
        venue.askForAll()
        node.exchange(at: now)
        #expect(venue.came.count { $0.type == "R" } == 100)
    }

    @Test("after a restart a dealer's fills are the dealer's") func restarted() throws {
        let venue = FixCounterparty()
        let order = FixLineTests.wire(1, 1)
        venue.orders[FixLineTests.name(1, 1)] = FixCounterparty.Order(
            quantity: 300,
            price: "10.05",
            side: "1",
            symbol: "AA",
            status: "0",
            number: 1
        )
        let terms = NewOrder(
            id: 1,
            instrument: Instrument(id: 0),
            side: .buy,
            timeInForce: .fillOrKill,
            quantity: Quantity(300),
            price: Price(raw: 1_005_000_000),
            tag: OrderTag(packed: 0),
            venue: south
        )
        let node = Participant(epoch: 2, venue, known: [FixKnownOrder(order, terms)]) { [north, south] in
            $0.dealers = [FixDealer("NORTH", north), FixDealer("SOUTH", south)]
        }
        node.join(at: now)
        venue.fill(FixLineTests.name(1, 1), 300, at: "10.05")
        node.exchange(at: now)
        #expect(node.told.last { $0.kind == .orderFilled }?.venue == south)
    }
}
