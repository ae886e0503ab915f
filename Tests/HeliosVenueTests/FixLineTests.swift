// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("A node's line to a FIX venue") struct FixLineTests {
    typealias Participant = FixParticipant
    static func wire(_ epoch: UInt64, _ id: UInt64) -> OrderID { epoch << 40 | id }
    static func name(_ epoch: UInt64, _ id: UInt64) -> String {
        FixOrderToken(day: Participant.midnight.dayNumber, number: wire(epoch, id)).description
    }
    let now = Participant.time(0)
    let first = wire(1, 1)

    func started(_ version: FixVersion = .fix44, epoch: UInt64 = 1) -> (FixCounterparty, Participant) {
        let venue = FixCounterparty(version)
        let node = Participant(epoch: epoch, venue)
        node.join(at: now)
        return (venue, node)
    }

    @Test("the state of orders is told only when the epoch stands in the venue's stream") func joins() {
        let (venue, node) = started(epoch: 3)
        #expect(node.state == .ready)
        #expect(node.told.map(\.kind) == [.epoch, .orderStatus])
        #expect(venue.came.map(\.type) == ["H"])
        #expect(venue.came.first?[11]?.first == "M")
    }

    @Test("an order is what the dialect wants, field by field", arguments: [FixVersion.fix42, .fix44, .fixt11])
    func fields(version: FixVersion) {
        let (venue, node) = started(version)
        node.order(first, at: now)
        node.order(FixLineTests.wire(1, 2), flags: [.sell, .short], at: now)
        node.cancel(first, at: now)
        node.replace(FixLineTests.wire(1, 2), by: FixLineTests.wire(1, 3), quantity: 50, at: now)
        node.exchange(at: now)
        let bodies = venue.came.dropFirst().map { "\($0.type) \($0.body)" }
        let (one, two, three) = (FixLineTests.name(1, 1), FixLineTests.name(1, 2), FixLineTests.name(1, 3))
        let old = version == .fix42
        let time = "60=20241004-06:00:00.000"
        let hand = old ? "21=1|" : ""
        let rule = old ? "47=A|" : ""
        let capacity = old ? "" : "|528=A"
        #expect(
            bodies == [
                "D 11=\(one)|\(hand)38=100|40=2|44=10|\(rule)54=1|55=AA|59=0|\(time)\(capacity)",
                "D 11=\(two)|\(hand)38=100|40=2|44=10|\(rule)54=5|55=AA|59=0|\(time)|114=N\(capacity)",
                "F 11=CJH00000100000001|38=100|41=\(one)|54=1|55=AA|\(time)",
                "G 11=\(three)|\(hand)38=50|40=2|41=\(two)|44=11|\(rule)54=5|55=AA|59=0|\(time)|114=N\(capacity)",
            ]
        )
        #expect(node.kinds(first) == [.orderAccepted, .orderCancelled])
        #expect(node.kinds(FixLineTests.wire(1, 2)) == [.orderAccepted, .orderReplaced])
    }

    @Test("an order at a dark venue is a hidden peg to the midpoint, and so is what replaces it") func dark() {
        let venue = FixCounterparty()
        let node = Participant(epoch: 1, venue) { $0.isDark = true }
        node.join(at: now)
        node.order(first, at: now)
        node.exchange(at: now)
        node.replace(first, by: FixLineTests.wire(1, 2), quantity: 50, at: now)
        node.exchange(at: now)
        let (one, two) = (FixLineTests.name(1, 1), FixLineTests.name(1, 2))
        let rest = "54=1|55=AA|59=0|60=20241004-06:00:00.000|111=0|528=A"
        let orders = venue.came.filter { $0.type == "D" || $0.type == "G" }.map(\.body)
        #expect(
            orders == ["11=\(one)|18=M|38=100|40=P|44=10|\(rest)", "11=\(two)|18=M|38=50|40=P|41=\(one)|44=11|\(rest)"]
        )
    }

    @Test(
        "orders and replacements say what becomes of those of ours that meet",
        arguments: [
            (FixVersion.fix42, FixSelfMatch(id: "DESK1", .oldest), "7928=DESK1|8000=O"),
            (.fix44, FixSelfMatch(.newest), "8000=N"),
            (.fixt11, FixSelfMatch(id: "DESK1", .newest), "2362=DESK1|2964=1"),
            (.fixt11, FixSelfMatch(.oldest), "2964=2"),
        ]
    )
    func selfMatch(version: FixVersion, rule: FixSelfMatch, said: String) {
        let venue = FixCounterparty(version)
        let node = Participant(epoch: 1, venue) { $0.selfMatch = rule }
        node.join(at: now)
        node.order(first, at: now)
        node.exchange(at: now)
        node.replace(first, by: FixLineTests.wire(1, 2), quantity: 50, at: now)
        node.exchange(at: now)
        let orders = venue.came.filter { $0.type == "D" || $0.type == "G" }
        #expect(orders.count == 2 && orders.allSatisfy { $0.body.hasSuffix("|" + said) }, "\(orders.map(\.body))")
    }

    @Test(
        "who has made and who has taken stands in LastLiquidityInd or in the venue's own field",
        arguments: [
            (UInt32(851), [(851, "1")], true), (851, [(851, "2")], false), (9_730, [(9_730, "A")], true),
            (9_730, [(9_730, "R")], false), (9_730, [(851, "1")], true), (9_730, [(9_730, "R"), (851, "1")], false),
            (9_730, [(9_730, "AA")], false), (851, [(9_730, "A")], false), (9_730, [], false),
        ] as [(UInt32, [(UInt32, String)], Bool)]
    )
    func liquidity(tag: UInt32, fields: [(UInt32, String)], isMaker: Bool) {
        let venue = FixCounterparty(.fix42)
        let node = Participant(epoch: 1, venue) { $0.liquidityTag = FixTag(rawValue: tag) }
        node.join(at: now)
        node.order(first, at: now)
        node.exchange(at: now)
        let name = FixLineTests.name(1, 1)
        venue.orders[name]?.filled = 40
        venue.orders[name]?.status = "1"
        venue.report(name, "1", last: (40, "10"), more: fields)
        node.exchange(at: now)
        let fill = node.told.last { $0.kind == .orderFilled }
        #expect(fill?.flags.contains(.maker) == isMaker)
    }

    @Test("times in force travel as they are") func timesInForce() {
        let (venue, node) = started()
        let flags: [EventFlags] = [.immediateOrCancel, .fillOrKill, .goodTillCancel, [.immediateOrCancel, .sweep]]
        for (place, flag) in flags.enumerated() {
            node.order(FixLineTests.wire(1, UInt64(place) + 1), flags: flag, at: now)
        }
        node.exchange(at: now)
        let orders = venue.came.filter { $0.type == "D" }
        #expect(orders.map { $0[59] } == ["3", "4", "1", "3"])
        #expect(orders.map { $0[18] } == [nil, nil, nil, "f"])
    }

    @Test("a fill is told with price, quantity and the venue's number of it") func fills() throws {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        venue.fill(FixLineTests.name(1, 1), 40, at: "9.99")
        venue.fill(FixLineTests.name(1, 1), 60, at: "9.98")
        node.exchange(at: now)
        let told = node.told.filter { $0.orderID == first }
        #expect(told.map(\.kind) == [.orderAccepted, .orderFilled, .orderFilled])
        let fill = try #require(told.last)
        #expect(fill.price == Price(raw: 998_000_000) && fill.quantity == Quantity(60) && fill.detail == 4)
        #expect(fill.instrument == Instrument(id: 0) && fill.sequence > 0)
        #expect(node.open.isEmpty)
        #expect(node.counters.contradictions == 0)
    }

    @Test("a refused order is told with the reason") func rejected() {
        let (_, node) = started()
        node.order(first, instrument: 1, at: now)
        node.exchange(at: now)
        let told = node.told.last { $0.orderID == first }
        #expect(told?.kind == .orderRejected)
        #expect(told?.detail == UInt64(RejectReason.unknownInstrument.rawValue))
    }

    @Test("a cancel that comes too late is refused, and the fill counts") func tooLate() {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        venue.fill(FixLineTests.name(1, 1), 100, at: "10")
        node.cancel(first, at: now)
        node.exchange(at: now)
        #expect(node.kinds(first) == [.orderAccepted, .orderFilled, .cancelRejected])
    }

    @Test("a line that is cut at any byte of an order's way loses and doubles nothing") func cutAnywhere() {
        for cut in stride(from: 0, to: 700, by: 7) {
            let (venue, node) = started()
            node.order(first, at: now)
            node.order(FixLineTests.wire(1, 2), at: now)
            // So many bytes arrive, the rest is lost with the connection.
            let out = min(cut, node.outputCount)
            node.isMute = false
            let bytes = node.takeOutput(out)
            bytes.withUnsafeBytes { venue.receive(WireBytes($0), at: now) }
            node.leave(at: now)
            node.join(at: now + 1_000_000)
            let arrived = venue.came.filter { $0.type == "D" }.count
            #expect(Set(venue.came.filter { $0.type == "D" }.compactMap { $0[11] }).count == arrived, "sent twice")
            for id in [first, FixLineTests.wire(1, 2)] {
                let isThere = venue.orders[FixLineTests.name(1, id & 0xFF)] != nil
                let kinds = node.kinds(id)
                #expect(kinds.first == (isThere ? .orderAccepted : .orderRejected), "cut at \(cut)")
                if !isThere {
                    let reason = node.told.first { $0.orderID == id }?.detail
                    #expect(reason == UInt64(RejectReason.neverArrived.rawValue))
                }
            }
            #expect(node.state == .ready)
        }
    }

    @Test("a process that begins with nothing finds its orders and executions again") func restart() {
        let (venue, node) = started()
        node.order(first, at: now)
        node.order(FixLineTests.wire(1, 2), at: now)
        node.exchange(at: now)
        venue.fill(FixLineTests.name(1, 1), 40, at: "9.99")
        node.replace(FixLineTests.wire(1, 2), by: FixLineTests.wire(1, 3), quantity: 70, at: now)
        node.exchange(at: now)
        node.leave(at: now)
        // Told while nobody listened.
        venue.fill(FixLineTests.name(1, 1), 10, at: "9.98")
        let next = Participant(epoch: 2, venue, memory: node.memory)
        next.join(at: now + 1_000_000_000)
        #expect(next.state == .ready)
        #expect(next.kinds(first) == [.orderAccepted, .orderFilled, .orderFilled, .orderStatus])
        #expect(next.kinds(FixLineTests.wire(1, 2)) == [.orderAccepted, .orderReplaced, .orderStatus])
        let status = next.told.filter { $0.kind == .orderStatus }
        #expect(status.map(\.orderID) == [first, FixLineTests.wire(1, 2), FixLineTests.wire(1, 3), 0])
        #expect(status[0].quantity == Quantity(50) && status[0].price.raw == Quantity(50).raw && status[0].detail == 1)
        #expect(status[1].detail == 0)
        #expect(status[2].detail == 1 && status[2].price.raw == Quantity(70).raw)
        #expect(next.counters.contradictions == 0)
    }

    @Test("an order of the journal that the venue does not know never arrived") func known() {
        let venue = FixCounterparty()
        let terms = NewOrder(
            id: 9,
            instrument: Instrument(id: 0),
            side: .buy,
            quantity: Quantity(100),
            price: Price(raw: 1_000_000_000),
            tag: OrderTag(packed: 0)
        )
        let node = Participant(epoch: 2, venue, known: [FixKnownOrder(FixLineTests.wire(1, 9), terms)])
        node.join(at: now)
        let told = node.told.filter { $0.orderID == FixLineTests.wire(1, 9) }
        #expect(told.map(\.kind) == [.orderRejected])
        #expect(told.first?.detail == UInt64(RejectReason.neverArrived.rawValue))
        #expect(node.state == .ready)
    }

    @Test("an earlier epoch that comes back finds the later one and is told so") func fenced() {
        let (venue, old) = started(epoch: 2)
        old.leave(at: now)
        let new = Participant(epoch: 5, venue, memory: old.memory)
        new.join(at: now)
        new.leave(at: now)
        let again = Participant(epoch: 2, venue, memory: old.memory)
        again.join(at: now)
        #expect(again.notices.contains(.overtaken(epoch: 5)))
        #expect(again.told.contains { $0.kind == .epoch && $0.detail == 5 })
        #expect(!new.notices.contains(.overtaken(epoch: 2)))
    }

    @Test("a process with an epoch that was used before is told so") func sameEpoch() {
        let (venue, first) = started(epoch: 4)
        first.leave(at: now)
        let second = Participant(epoch: 4, venue, memory: first.memory)
        second.join(at: now)
        #expect(second.notices.contains(.overtaken(epoch: 4)))
        #expect(!first.notices.contains(.overtaken(epoch: 4)))
    }

    @Test("orders that have not left are taken back, and no number is missed") func withdraws() {
        let (venue, node) = started()
        node.order(first, at: now)
        node.exchange(at: now)
        node.order(FixLineTests.wire(1, 2), at: now)
        node.order(FixLineTests.wire(1, 3), at: now)
        _ = node.cancelAll(at: now)
        let before = venue.loggedOn
        node.withdraw(at: now)
        #expect(node.waiting.map(\.type) == ["4", "4", "F", "F", "F"])
        node.exchange(at: now)
        #expect(node.kinds(FixLineTests.wire(1, 2)) == [.orderRejected])
        #expect(node.kinds(FixLineTests.wire(1, 3)) == [.orderRejected])
        #expect(venue.came.filter { $0.type == "D" }.count == 1)
        #expect(node.kinds(first).last == .orderCancelled)
        #expect(venue.loggedOn == before && node.state == .ready)
    }

    @Test("the venue's rate is kept: cancels go first") func rate() {
        let venue = FixCounterparty()
        let node = Participant(epoch: 1, venue) {
            $0.rate = 10
            $0.burst = 3
        }
        node.join(at: now)
        for id in 1...4 { node.order(FixLineTests.wire(1, UInt64(id)), at: now) }
        node.exchange(at: now)
        #expect(venue.came.filter { $0.type == "D" }.count == 3)
        #expect(node.counters.throttled == 1)
        node.cancel(first, at: now)
        node.tick(at: now + 100_000_000)
        node.exchange(at: now + 100_000_000)
        #expect(venue.came.last?.type == "F")
        node.tick(at: now + 200_000_000)
        node.exchange(at: now + 200_000_000)
        #expect(venue.came.last?.type == "D")
    }

    @Test("another day's orders are passed over") func anotherDay() {
        let venue = FixCounterparty()
        let old = Participant(epoch: 1, venue) { $0.midnight = Participant.midnight + -86_400_000_000_000 }
        old.join(at: now)
        old.order(first, at: now)
        old.exchange(at: now)
        venue.fill(FixOrderToken(day: 19_999, number: first).description, 10, at: "1")
        old.leave(at: now)
        let node = Participant(epoch: 1, venue, memory: old.memory)
        node.join(at: now)
        #expect(node.state == .ready)
        #expect(node.notices.isEmpty)
    }

    @Test("a Logout that says that the day is over ends the line") func dayEnds() {
        let (venue, node) = started()
        venue.isExchange = false
        node.order(first, at: now)
        node.exchange(at: now)
        venue.logout("end of day", at: now)
        node.exchange(at: now)
        #expect(node.kinds(first) == [.orderRejected], "what was not answered by then never will be")
        #expect(node.isOver)
        #expect(node.notices.isEmpty, "nobody needs to be told why")
    }
}
