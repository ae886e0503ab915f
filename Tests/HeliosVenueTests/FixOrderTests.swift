// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("Venue by FIX: orders")
struct FixOrderTests {
    /// F of 4.3 and later as 4.2 says it.
    private func trade(_ dialect: FixDialect, _ status: String) -> String {
        dialect == .fix42 ? "\(status)/\(status)" : "F/\(status)"
    }

    @Test("a new order is told byte for byte", arguments: FixDialect.allCases)
    func exact(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect])
        let kind = dialect == .fix42 ? "20=0|" : ""
        #expect(
            floor.ask(0, floor.limit("X", 1, 100, "10.00", "|1=ACC")) == [
                "35=8|1=ACC|6=0|11=X|14=0|17=20458000000000001|\(kind)37=20458000000000001|38=100|39=0|40=2|44=10|"
                    + "54=1|55=ACME|59=0|60=\(FixFloor.time)|150=0|151=100|"
            ]
        )
    }

    @Test("a fill is told byte for byte, to both sides", arguments: FixDialect.allCases)
    func exactFill(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect, dialect])
        _ = floor.ask(0, floor.limit("X", 1, 100, "10.00"))
        let taken = floor.ask(1, floor.limit("S", 2, 40, "9.99"))
        let kind = dialect == .fix42 ? "20=0|" : ""
        func ending(_ liquidity: Int, _ type: String) -> String {
            "150=\(type)|151=\(liquidity == 1 ? 60 : 0)|" + (dialect == .fix42 ? "" : "851=\(liquidity)|")
        }
        #expect(
            floor.take(0) == [
                "35=8|6=10|11=X|14=40|17=20458000000000003|\(kind)31=10|32=40|37=20458000000000001|38=100|39=1|40=2|"
                    + "44=10|54=1|55=ACME|59=0|60=\(FixFloor.time)|" + ending(1, dialect == .fix42 ? "1" : "F")
            ]
        )
        try #require(taken.count == 2)
        #expect(
            taken[1]
                == "35=8|6=10|11=S|14=40|17=20458000000000004|\(kind)31=10|32=40|37=20458000000000002|38=40|39=2|40=2|"
                + "44=9.99|54=2|55=ACME|59=0|60=\(FixFloor.time)|" + ending(2, dialect == .fix42 ? "2" : "F")
        )
    }

    @Test("an order is filled in parts", arguments: FixDialect.allCases)
    func parts(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect, .fix44])
        floor.send(0, floor.limit("X", 1, 10_000, "10.00"))
        for (index, quantity) in [2_000, 1_000, 7_000].enumerated() {
            floor.send(1, floor.limit("S\(index)", 2, quantity, "10.00"))
        }
        #expect(
            floor.rows(0) == [
                "0/0 10000,0,10000", trade(dialect, "1") + " 10000,2000,8000,2000",
                trade(dialect, "1") + " 10000,3000,7000,1000", trade(dialect, "2") + " 10000,10000,0,7000",
            ]
        )
    }

    @Test("AvgPx is the volume-weighted price, exactly")
    func average() throws {
        let floor = try FixFloor([.fix44, .fix44])
        floor.send(0, floor.limit("A", 2, 100, "10.00"))
        floor.send(0, floor.limit("B", 2, 200, "10.01"))
        let said = floor.ask(1, floor.limit("X", 1, 300, "10.01"))
        #expect(said.map { FixFloor.value(6, $0) } == ["0", "10", "10.00666667"])
    }

    @Test("no two reports have the same ExecID, and OrderID stays the same over a chain")
    func numbers() throws {
        let floor = try FixFloor([.fix44, .fix50sp2])
        var said = floor.ask(0, floor.limit("X", 1, 1_000, "10.00"))
        said += floor.ask(0, floor.replace("Y", "X", 2_000, "10.01"))
        floor.send(1, floor.limit("S", 2, 500, "10.00"))
        said += floor.take(0)
        said += floor.ask(0, floor.replace("Z", "Y", 1_500, "10.02"))
        said += floor.ask(0, floor.cancel("C", "Z"))
        #expect(
            said.map(FixFloor.row) == [
                "0/0 1000,0,1000", "5/0 2000,0,2000", "F/1 2000,500,1500,500", "5/1 1500,500,1000", "4/4 1500,500,0",
            ]
        )
        #expect(Set(said.compactMap { FixFloor.value(37, $0) }).count == 1)
        let executions = (said + floor.take(1)).compactMap { FixFloor.value(17, $0) }
        #expect(Set(executions).count == executions.count)
    }

    @Test("an order is rejected with its reason", arguments: FixDialect.allCases)
    func reject(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect])
        func reason(_ order: String) -> String? {
            let said = floor.ask(0, order)
            #expect(said.count == 1 && FixFloor.row(said[0]).hasPrefix("8/8"), "\(said)")
            return said.first.flatMap { FixFloor.value(103, $0) }
        }
        let is42 = dialect == .fix42
        #expect(reason(floor.limit("A", 1, 100, "10", symbol: "NONE")) == "1")
        #expect(reason(floor.limit("B", 1, 0, "10")) == (is42 ? "0" : "13"))
        #expect(reason(floor.limit("C", 1, 100, "10.00001")) == (is42 ? "0" : dialect == .fix44 ? "99" : "18"))
        #expect(reason(floor.limit("D", 8, 100, "10")) == (is42 ? "0" : "11"))
        #expect(reason(floor.limit("E", 1, 100, "10", "|59=1")) == (is42 ? "0" : "11"))
        #expect(reason(floor.limit("F", 1, 100, "10", "|18=G")) == (is42 ? "0" : "11"))
        floor.exchange.apply(.phase(Instrument(id: 0), .halted, time: floor.now))
        #expect(reason(floor.limit("G", 1, 100, "10")) == "2")
    }

    @Test("what the matching engine does not have is refused by the field's name", arguments: FixDialect.allCases)
    func notThere(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect])
        var number = 0
        func answer(_ more: String, type: String = "40=2|44=10.00") -> String? {
            number += 1
            let order = "35=D|11=N\(number)|21=1|55=ACME|54=1|60=20260105-10:00:00|38=100|\(type)\(more)"
            let said = floor.ask(0, order)
            #expect(said.map(FixFloor.row) == ["8/8 100,0,0"])
            #expect(said.first.flatMap { FixFloor.value(103, $0) } == (dialect == .fix42 ? "0" : "11"))
            return said.first.flatMap { FixFloor.value(58, $0) }
        }
        #expect(answer("|99=11", type: "40=3") == "40: stop orders are not supported")
        #expect(answer("|99=11", type: "40=4|44=12") == "40: stop orders are not supported")
        #expect(answer("|99=11") == "99: stop orders are not supported")
        #expect(answer("|59=1") == "59: good-till-cancel is not supported, orders live for the day")
        #expect(answer("|59=6|432=20260106") == "432 is after today: orders live for the day")
        #expect(answer("|59=6|126=20260106-10:00:00") == "126 is after today: orders live for the day")
    }

    @Test("a day order expires at the close")
    func expires() throws {
        let floor = try FixFloor([.fix44, .fix44])
        floor.send(0, floor.limit("X", 1, 10_000, "10.00"))
        floor.send(1, floor.limit("S", 2, 2_000, "10.00"))
        _ = floor.take(0)
        floor.exchange.end(at: floor.now)
        #expect(floor.rows(0) == ["C/C 10000,2000,0"])
    }

    @Test("an order with an expire time ends then")
    func goodTillDate() throws {
        let floor = try FixFloor([.fix50sp2])
        let time = "|59=6|126=20260105-10:00:05"
        #expect(floor.rows(0, floor.limit("X", 1, 100, "10", time)) == ["0/0 100,0,100"])
        floor.exchange.advance(to: floor.now + 4_999_999_999)
        #expect(floor.take(0).isEmpty)
        floor.exchange.advance(to: floor.now + 5_000_000_000)
        #expect(floor.rows(0) == ["C/C 100,0,0"])
        #expect(floor.rows(0, floor.limit("Y", 1, 100, "10", "|59=6|432=20260106")) == ["8/8 100,0,0"])
        #expect(floor.rows(0, floor.limit("Z", 1, 100, "10", "|59=6|432=20260105")) == ["0/0 100,0,100"])
    }

    @Test("immediate or cancel takes what is there, fill or kill all or nothing", arguments: FixDialect.allCases)
    func immediate(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect, .fix44])
        floor.send(1, floor.limit("S", 2, 300, "10.00"))
        let rows = floor.rows(0, floor.limit("X", 1, 500, "10.00", "|59=3"))
        #expect(rows == ["0/0 500,0,500", trade(dialect, "1") + " 500,300,200,300", "4/4 500,300,0"])
        #expect(floor.rows(0, floor.limit("Y", 1, 500, "10.00", "|59=3")) == ["0/0 500,0,500", "4/4 500,0,0"])
        floor.send(1, floor.limit("T", 2, 300, "10.00"))
        #expect(floor.rows(0, floor.limit("Z", 1, 500, "10.00", "|59=4")) == ["0/0 500,0,500", "4/4 500,0,0"])
        let killed = floor.rows(0, floor.limit("V", 1, 300, "10.00", "|59=4"))
        #expect(killed == ["0/0 300,0,300", trade(dialect, "2") + " 300,300,0,300"])
    }

    @Test("a market order takes at whatever is asked")
    func market() throws {
        let floor = try FixFloor([.fix42, .fix44])
        floor.send(1, floor.limit("S", 2, 300, "12.34"))
        let said = floor.ask(0, "35=D|11=M|21=1|55=ACME|54=1|60=20260105-10:00:00|38=100|40=1")
        #expect(said.map(FixFloor.row) == ["0/0 100,0,100", "2/2 100,100,0,100"])
        #expect(said.last.flatMap { FixFloor.value(31, $0) } == "12.34")
    }

    @Test("post-only, minimum, iceberg, hidden and pegged orders are what they are by OUCH")
    func instructions() throws {
        let floor = try FixFloor([.fix44, .fix44])
        floor.send(1, floor.limit("S", 2, 300, "10.02"))
        floor.send(1, floor.limit("B", 1, 300, "10.00"))
        #expect(floor.rows(0, floor.limit("A", 1, 100, "10.02", "|18=6")) == ["8/8 100,0,0"])
        #expect(floor.rows(0, floor.limit("C", 1, 500, "10.02", "|110=400|59=3")) == ["0/0 500,0,500", "4/4 500,0,0"])
        #expect(floor.rows(0, floor.limit("D", 1, 500, "10.00", "|111=100")) == ["0/0 500,0,500"])
        var shown: [DisplayedOrder] = []
        floor.exchange.forEachDisplayed(Instrument(id: 0), .buy) { shown.append($0) }
        #expect(shown.map(\.quantity) == [Quantity(300), Quantity(100)])
        #expect(floor.rows(0, floor.limit("E", 1, 500, "10.01", "|210=0")) == ["0/0 500,0,500"])
        #expect(floor.exchange.quote(of: Instrument(id: 0)).bid == Price(raw: 1_000_000_000))
        #expect(floor.rows(0, "35=D|11=P|55=ACME|54=1|60=20260105-10:00:00|38=10|40=P|18=M") == ["0/0 10,0,10"])
        #expect(floor.rows(0, "35=D|11=Q|55=ACME|54=1|60=20260105-10:00:00|38=10|40=P|18=P") == ["8/8 10,0,0"])
    }

    @Test(
        "orders of one owner don't trade with each other when 2964 says so, or 8000 before 5.0",
        arguments: [(FixDialect.fix50sp2, "2362=ME|2964=2"), (.fix44, "7928=ME|8000=O"), (.fix42, "8000=O")]
    )
    func selfMatch(dialect: FixDialect, words: String) throws {
        let floor = try FixFloor([dialect])
        floor.send(0, floor.limit("S", 2, 300, "10.00"))
        _ = floor.take(0)
        let said = floor.ask(0, floor.limit("B", 1, 100, "10.00", "|" + words))
        #expect(said.map(FixFloor.row) == ["0/0 100,0,100", "4/4 300,0,0"])
        #expect(said.last.flatMap { FixFloor.value(11, $0) } == "S")
        #expect(said.last.flatMap { FixFloor.value(41, $0) } == nil)
    }

    @Test("an intermarket sweep trades as any order does, and is not told back", arguments: FixDialect.allCases)
    func sweep(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect])
        floor.send(0, floor.limit("S", 2, 300, "10.00"))
        _ = floor.take(0)
        for (name, words, told) in [("A", "f", nil), ("B", "1 f", "1")] as [(String, String, String?)] {
            let said = floor.ask(0, floor.limit(name, 1, 100, "10.00", "|59=3|18=" + words)).filter {
                FixFloor.value(11, $0) == name
            }
            #expect(said.map(FixFloor.row).last == (dialect == .fix42 ? "2/2 100,100,0,100" : "F/2 100,100,0,100"))
            for report in said { #expect(FixFloor.value(18, report) == told) }
        }
    }

    @Test("a dark market takes hidden midpoint pegs only")
    func dark() throws {
        let floor = try FixFloor([.fix44], kind: .dark)
        #expect(floor.rows(0, floor.limit("A", 1, 100, "10.00")) == ["8/8 100,0,0"])
        #expect(floor.rows(0, "35=D|11=P|55=ACME|54=1|60=20260105-10:00:00|38=10|40=P|18=M|111=0") == ["0/0 10,0,10"])
    }

    @Test("what is not supported or not whole is refused by BusinessMessageReject", arguments: FixDialect.allCases)
    func businessReject(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect])
        #expect(
            floor.ask(0, "35=E|66=1|394=1|68=1") == ["35=j|45=7|58=Unsupported Message Type|372=E|380=3|"]
        )
        #expect(
            floor.ask(0, "35=D|11=X|55=ACME|40=2|38=100")
                == ["35=j|45=7|58=Conditionally Required Field Missing (54)|372=D|380=5|"]
        )
    }

    @Test("trades, orders and fees of FIX are told to drop copies too")
    func copies() throws {
        let floor = try FixFloor([.fix44, .fix44])
        floor.send(0, floor.limit("X", 1, 100, "10.00"))
        floor.send(1, floor.limit("S", 2, 40, "10.00"))
        floor.send(0, floor.cancel("C", "X"))
        var kinds = ""
        var number: UInt64 = 1
        while let bytes = floor.exchange.ports[0].stream.store[number] {
            kinds.append(Character(UnicodeScalar(try DropCopyMessage(bytes).kind.rawValue)))
            number += 1
        }
        #expect(kinds == "SAAEEC")
    }
}
