// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("Venue by FIX: drop copy")
struct FixCopyTests {
    private static func kind(_ dialect: FixDialect) -> PortKind {
        switch dialect {
        case .fix42: .fix42
        case .fix44: .fix44
        case .fix50sp2: .fix50sp2
        }
    }

    private static func copy(_ user: String, _ dialect: FixDialect, _ concerning: [String] = []) -> PortSettings {
        var port = PortSettings(user: user, kind: kind(dialect), concerning: concerning)
        port.isCopy = true
        return port
    }

    /// What a port was told, each message checked with the dictionary of its version.
    private func take(_ port: FixDoorPort) -> [String] {
        var said: [String] = []
        while let next = port.next {
            said.append("35=\(next.type)|\(next.text)")
            port.removeFirst()
            FixFloor.check(said[said.count - 1], port.dialect)
        }
        return said
    }

    private func floor(_ dialects: [FixDialect], _ copies: [PortSettings]) throws -> FixFloor {
        try FixFloor(dialects) { $0.ports += copies }
    }

    private func values(_ tag: Int, _ said: [String]) -> [String?] { said.map { FixFloor.value(tag, $0) } }

    @Test(
        "every report that a user is told stands in the copy of each version: ExecID, state, who it is",
        arguments: FixDialect.allCases
    )
    func reports(dialect: FixDialect) throws {
        let floor = try floor([dialect, .fix44], FixDialect.allCases.map { FixCopyTests.copy("EAR", $0) })
        floor.send(0, floor.limit("A", 1, 1_000, "10.00", "|1=FUND"))
        floor.send(1, floor.limit("S", 2, 300, "10.00"))
        floor.send(0, floor.replace("B", "A", 900, "10.01"))
        floor.send(0, floor.limit("Z", 1, 100, "10.00", symbol: "NONE"))
        floor.send(0, "35=H|11=B|55=ACME|54=1")
        floor.exchange.apply(.bust(match: 1, time: floor.now))
        floor.send(0, floor.cancel("C", "B"))
        floor.send(0, floor.limit("A", 1, 100, "10.00"))
        let told = floor.take(0).filter { FixFloor.value(35, $0) == "8" && !isStatus($0, dialect) }
        let other = floor.take(1)
        for port in floor.exchange.fixCopyPorts {
            let copies = take(port)
            let own = copies.filter { FixFloor.value(port.dialect == .fix42 ? 109 : 448, $0) == "U0" }
            #expect(own.count == told.count && copies.count == told.count + other.count)
            for tag in [6, 11, 14, 17, 19, 31, 32, 37, 38, 41, 44, 54, 55, 58, 60, 151] {
                #expect(values(tag, own) == values(tag, told), "\(tag)")
            }
            #expect(values(17, copies.filter { !own.contains($0) }) == values(17, other))
            #expect(Set(values(17, copies)).count == copies.count)
            // 4.2 has other words for the same.
            if (port.dialect == .fix42) == (dialect == .fix42) {
                #expect(own.map(FixFloor.row) == told.map(FixFloor.row))
            }
            #expect(values(797, copies).allSatisfy { $0 == (port.dialect == .fix42 ? nil : "Y") })
            #expect(FixFloor.value(1, own[0]) == "FUND")
            let matches = values(527, copies.filter { FixFloor.value(31, $0) != nil })
            #expect(matches == Array(repeating: port.dialect == .fix42 ? nil : "1", count: 4))
        }
    }

    @Test("copies that are lost are told to who runs the door, once a day")
    func lost() throws {
        var settings = FixCopyTests.copy("EAR", .fix44)
        settings.outboxBytes = 8_192
        let floor = try floor([.fix44], [settings])
        let door = FixDoor(.fix44, compID: "ALFA", users: [FixDoorUser("EAR", compID: "EAR-1")], isCopy: true)
        door.bind(floor.exchange, at: floor.now)
        #expect(door.takeWarnings().isEmpty)
        for number in 0..<100 { floor.send(0, floor.limit("X\(number)", 1, 1, "8.00")) }
        let warnings = door.takeWarnings()
        #expect(warnings.map(\.kind) == [.lost] && warnings.first?.text.contains("EAR-1") == true)
        #expect(door.takeWarnings().isEmpty)
        // Another day's port has lost nothing.
        door.bind(try self.floor([.fix44], [settings]).exchange, at: floor.now)
        #expect(door.takeWarnings().isEmpty)
    }

    private func isStatus(_ said: String, _ dialect: FixDialect) -> Bool {
        dialect == .fix42 ? FixFloor.value(20, said) == "3" : FixFloor.value(150, said) == "I"
    }

    @Test("a copy is of those whom it concerns, by FIX and by OUCH")
    func concerning() throws {
        let floor = try floor(
            [.fix44, .fix44],
            [
                PortSettings(user: "OUCH"), PortSettings(user: "ALSO"),
                FixCopyTests.copy("EAR", .fix44, ["U1", "OUCH"]), FixCopyTests.copy("ALL", .fix44),
            ]
        )
        for user in 0..<2 { floor.send(user, floor.limit("A", 1, 100, "10.00")) }
        try floor.enterOuch(1, 1, .buy, 100, 90_000)
        try floor.enterOuch(2, 1, .buy, 100, 90_000)
        #expect(values(448, take(floor.exchange.fixCopyPorts[0])) == ["U1", "OUCH"])
        #expect(values(448, take(floor.exchange.fixCopyPorts[1])) == ["U0", "U1", "OUCH", "ALSO"])
    }

    @Test("an order by OUCH is told as one by FIX is, over its replacements", arguments: FixDialect.allCases)
    func ouch(dialect: FixDialect) throws {
        let floor = try floor([.fix44], [PortSettings(user: "OUCH"), FixCopyTests.copy("EAR", dialect, ["OUCH"])])
        let copy = floor.exchange.fixCopyPorts[0]
        try floor.enterOuch(1, 1, .buy, 1_000, 100_000)
        floor.send(0, floor.limit("S", 2, 300, "10.00"))
        try floor.sendOuch(1) {
            try Ouch50.ReplaceOrder.write(
                originalUserRefNum: 1,
                userRefNum: 2,
                quantity: 900,
                price: 100_100,
                timeInForce: OuchCode(.day),
                display: OuchCode(.visible),
                sweep: OuchCode(.no),
                clientOrderID: try #require(OuchToken("NEXT")),
                to: &$0
            )
        }
        try floor.sendOuch(1) { try Ouch50.CancelOrder.write(userRefNum: 2, quantity: 500, to: &$0) }
        floor.send(0, floor.limit("T", 2, 100, "10.00"))
        floor.exchange.apply(.bust(match: 1, time: floor.now))
        try floor.sendOuch(1) { try Ouch50.CancelOrder.write(userRefNum: 2, quantity: 0, to: &$0) }
        let said = take(copy)
        let (fill, bust) = dialect == .fix42 ? ("1", "1") : ("F", "H")
        #expect(
            said.map(FixFloor.row) == [
                "0/0 1000,0,1000", "\(fill)/1 1000,300,700,300", "5/1 900,300,600", "D/1 800,300,500",
                "\(fill)/1 800,400,400,100", "\(bust)/1 500,100,400,300", "4/4 500,100,0",
            ]
        )
        #expect(Set(values(37, said)).count == 1 && Set(values(17, said)).count == said.count)
        #expect(values(11, said) == ["C1", "C1", "NEXT", "NEXT", "NEXT", "NEXT", "NEXT"])
        #expect(FixFloor.value(41, said[2]) == "C1" && values(19, said)[5] == values(17, said)[1])
        #expect(values(20, said)[5] == (dialect == .fix42 ? "1" : nil))
        #expect(Set(values(198, said.prefix(2).map { $0 })).count == 1)
        #expect(values(198, said)[2] != values(198, said)[1])
        #expect(FixFloor.value(6, said[4]) == "10.0025" && FixFloor.value(60, said[0]) == FixFloor.time)
    }

    @Test(
        "copies of OUCH orders add up: what was executed is what the ports were told, and no ExecID comes twice",
        arguments: [1, 2, 3] as [UInt64]
    )
    func sums(seed: UInt64) throws {
        let floor = try PortFloor([
            PortSettings(user: "OLD", kind: .ouch42), PortSettings(user: "NEW"), PortSettings(user: "ALSO"),
            PortSettings(user: "COPY", kind: .dropCopy), FixCopyTests.copy("EAR", .fix44),
        ])
        try floor.trade(seed)
        var executed: [String: Int] = [:]
        try floor.forEach(floor.port(3)) {
            let message = try DropCopyMessage($0)
            if message.kind == .executed { executed["\(message.user)", default: 0] += Int(message.quantity) }
        }
        let said = take(floor.exchange.fixCopyPorts[0])
        var copied: [String: Int] = [:]
        var last: [String: String] = [:]
        for report in said {
            let user = try #require(FixFloor.value(448, report))
            if FixFloor.value(150, report) == "F" {
                copied[user, default: 0] += try #require(FixFloor.value(32, report).flatMap { Int($0) })
            }
            let numbers = [14, 151, 38].map { FixFloor.value($0, report).flatMap { Int($0) } ?? -1 }
            if "012".contains(FixFloor.value(39, report) ?? "x") {
                #expect(numbers[0] + numbers[1] == numbers[2], "\(report)")
            }
            last[FixFloor.value(37, report) ?? ""] = FixFloor.value(39, report)
        }
        #expect(copied == executed && copied.count == 3)
        #expect(Set(values(17, said)).count == said.count)
        // The day has ended: no order is open.
        #expect(last.values.allSatisfy { !"01".contains($0) })
    }

    @Test("legs that their owner does not want to hear of are copied")
    func silentLegs() throws {
        let floor = try floor([.fix44, .fix44], [FixCopyTests.copy("EAR", .fix44, ["U0"])])
        floor.send(1, floor.limit("S1", 2, 100, "10.00"))
        floor.send(1, floor.limit("S2", 2, 100, "5.00", symbol: "BETA"))
        floor.send(
            0,
            "35=AB|11=P|21=1|55=[N/A]|54=1|60=20260105-10:00:00|38=10|40=2|44=20.00|563=0|"
                + "555=2|600=ACME|623=1|624=1|600=BETA|623=1|624=1"
        )
        #expect(values(442, floor.take(0)) == ["3", "3"])
        let copies = take(floor.exchange.fixCopyPorts[0])
        #expect(values(442, copies).sorted { ($0 ?? "") < ($1 ?? "") } == ["2", "2", "3", "3"])
        #expect(values(600, copies.filter { FixFloor.value(442, $0) == "2" }) == ["ACME", "BETA"])
    }

    // MARK: The session

    private func hand(_ floor: FixFloor, storeMax: Int = 1 << 22) -> FixDoorHand {
        let user = FixDoorUser("EAR", compID: "EAR-1")
        let door = FixDoor(.fix44, compID: "ALFA", users: [user], isCopy: true, storeMax: storeMax)
        return FixDoorHand(floor.exchange, door, compID: "EAR-1", market: floor.now)
    }

    @Test("orders on its session are refused, whatever else it says too")
    func noOrders() throws {
        let floor = try floor([.fix44], [FixCopyTests.copy("EAR", .fix44)])
        let ear = hand(floor)
        ear.join()
        #expect(ear.isLoggedOn)
        ear.tell(.newOrderSingle, "11=A|21=1|38=10|40=2|44=1.00|54=1|55=ACME|60=20260105-10:00:00")
        ear.tell(.orderStatusRequest, "11=A|54=1|55=ACME")
        let said = ear.takeSaid()
        #expect(values(35, said) == ["j", "j"] && values(372, said) == ["D", "H"] && values(380, said) == ["3", "3"])
        #expect(FixFloor.value(58, said[0]) == "a drop copy takes no messages: orders go to an order port")
        #expect(floor.exchange.fixPorts[0].next == nil)
    }

    @Test("cut anywhere, it gets every copy once and in order", arguments: [1, 2, 3, 4] as [UInt64])
    func cuts(seed: UInt64) throws {
        let floor = try floor([.fix44, .fix44], [FixCopyTests.copy("EAR", .fix44)])
        let ear = hand(floor)
        var dice = PortDice(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        var told: [String?] = []
        for number in 0..<300 {
            let user = Int(dice.roll(2))
            floor.send(user, floor.limit("N\(number)", 1 + Int(dice.roll(2)), 1 + Int(dice.roll(50)), "10.00"))
            for user in 0..<2 { told += values(17, floor.take(user)) }
            switch dice.roll(10) {
            case 0: ear.cut()
            case 1, 2: if !ear.isLoggedOn { ear.join() }
            case 3: ear.exchange(rounds: 1, most: Int(dice.roll(400)))
            case 4: ear.exchange(rounds: 1, reads: false)
            default: ear.exchange(rounds: 100)
            }
        }
        ear.cut()
        ear.join()
        ear.exchange(rounds: 10_000)
        let copied = values(17, ear.takeSaid())
        #expect(copied.count == told.count && Set(copied) == Set(told))
        #expect(copied.compactMap { $0.flatMap { Int($0) } } == copied.compactMap { $0.flatMap { Int($0) } }.sorted())
    }

    @Test("who does not read loses nothing: what finds no room on the line is kept")
    func slow() throws {
        let floor = try FixFloor([.fix44, .fix44]) { settings in
            var copy = FixCopyTests.copy("EAR", .fix44)
            copy.outboxBytes = 16_384
            settings.ports.append(copy)
        }
        let ear = hand(floor)
        ear.join()
        for number in 0..<2_000 {
            floor.send(0, floor.limit("N\(number)", 1, 1, "10.00"))
            _ = floor.take(0)
            ear.exchange(rounds: 1, reads: false)
        }
        #expect(ear.said.isEmpty && ear.isLoggedOn)
        ear.exchange(rounds: 10_000)
        #expect(ear.said.count == 2_000 && Set(values(17, ear.said)).count == 2_000)
    }
}
