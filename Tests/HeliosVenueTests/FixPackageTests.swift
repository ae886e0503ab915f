// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Venue by FIX: orders of several legs")
struct FixPackageTests {
    /// ACME asks 10.02 for 500 and 10.03 for 500, BETA bids 5.00 for 300 and 4.99 for 700.
    private func floor() throws -> FixFloor {
        let floor = try FixFloor([.fix44, .fix50sp2])
        floor.send(1, floor.limit("A1", 2, 500, "10.02"))
        floor.send(1, floor.limit("A2", 2, 500, "10.03"))
        floor.send(1, floor.limit("B1", 1, 300, "5.00", symbol: "BETA"))
        floor.send(1, floor.limit("B2", 1, 700, "4.99", symbol: "BETA"))
        _ = floor.take(1)
        return floor
    }

    /// Buys one ACME and sells two BETA.
    private func package(_ id: String, _ quantity: Int, _ price: String, _ more: String = "", side: Int = 1) -> String {
        "35=AB|11=\(id)|54=\(side)|55=SPREAD|555=2|600=ACME|623=1|624=1|654=a|600=BETA|623=2|624=2|654=b|"
            + "60=20260105-10:00:00|38=\(quantity)|40=2|44=\(price)\(more)"
    }

    @Test("a package trades all its legs at once, and is told after them")
    func immediate() throws {
        let floor = try floor()
        let said = floor.ask(0, package("P", 100, "0.02"))
        #expect(
            said.map(FixFloor.row) == [
                "0/0 100,0,100", "F/2 100,100,0,100", "F/2 200,200,0,200", "F/2 100,100,0,100",
            ]
        )
        #expect(said.map { FixFloor.value(442, $0) } == ["3", "2", "2", "3"])
        #expect(said.map { FixFloor.value(654, $0) } == [nil, "a", "b", nil])
        #expect(said.map { FixFloor.value(55, $0) } == ["SPREAD", "ACME", "BETA", "SPREAD"])
        #expect(said.map { FixFloor.value(31, $0) } == [nil, "10.02", "5", "0.02"])
        #expect(Set(said.map { FixFloor.value(37, $0) }).count == 1)
        #expect(Set(said.map { FixFloor.value(11, $0) }) == ["P"])
    }

    @Test("which reports come is as 563 says", arguments: [0, 1, 2])
    func reports(wish: Int) throws {
        let floor = try floor()
        let said = floor.ask(0, package("P", 100, "0.02", "|563=\(wish)"))
        let kinds = said.dropFirst().map { FixFloor.value(442, $0) }
        #expect(kinds == [["3"], ["2", "2", "3"], ["2", "2"]][wish])
    }

    @Test("each package counts by what it costs: as many trade as the limit allows")
    func partly() throws {
        let floor = try floor()
        // 150 packages use up BETA's 5.00; one more costs 10.02 - 9.98 = 0.04.
        let said = floor.ask(0, package("P", 200, "0.03", "|59=3|563=0"))
        #expect(said.map(FixFloor.row) == ["0/0 200,0,200", "F/1 200,150,50,150", "4/4 200,150,0"])
        #expect(floor.exchange.quote(of: Instrument(id: 1)).bid == Price(raw: 499_000_000))
        // A package across two levels: one BETA at each price would be 0.03, but both are at 4.99.
        #expect(floor.rows(0, package("Q", 1, "0.03", "|59=3|563=0")) == ["0/0 1,0,1", "4/4 1,0,0"])
        #expect(floor.rows(0, package("R", 1, "0.04", "|59=3|563=0")) == ["0/0 1,0,1", "F/2 1,1,0,1"])
    }

    @Test("fill or kill trades all packages or none")
    func fillOrKill() throws {
        let floor = try floor()
        #expect(floor.rows(0, package("P", 200, "0.03", "|59=4|563=0")) == ["0/0 200,0,200", "4/4 200,0,0"])
        #expect(floor.exchange.quote(of: Instrument(id: 1)).bid == Price(raw: 500_000_000))
        #expect(floor.rows(0, package("Q", 200, "0.04", "|59=4|563=0")) == ["0/0 200,0,200", "F/2 200,200,0,200"])
    }

    @Test("a package that can't trade touches nothing and waits until its legs' prices let it")
    func waits() throws {
        let floor = try floor()
        #expect(floor.rows(0, package("P", 100, "0.00", "|563=0")) == ["0/0 100,0,100"])
        #expect(floor.take(1).isEmpty)
        // One leg alone changes nothing for the other.
        floor.send(1, floor.limit("A3", 2, 40, "10.01"))
        #expect(floor.take(0).isEmpty)
        floor.send(1, floor.limit("A4", 2, 40, "10.00"))
        #expect(floor.rows(0) == ["F/1 100,40,60,40"])
        // At 10.01 it takes a bid of 5.005, which no tick has, for a net price of zero: 5.01 for both.
        floor.send(1, floor.limit("B3", 1, 80, "5.01", symbol: "BETA"))
        #expect(floor.rows(0) == ["F/1 100,80,20,40"])
        #expect(floor.rows(0, "35=F|11=C|41=P|55=SPREAD|54=1|60=20260105-10:00:00") == ["4/4 100,80,0"])
        floor.send(1, floor.limit("A5", 2, 40, "9.00"))
        #expect(floor.take(0).isEmpty)
    }

    @Test("AvgPx is the net price, exactly, also of a package that is sold")
    func netPrice() throws {
        let floor = try FixFloor([.fix44, .fix44])
        floor.send(1, floor.limit("A1", 1, 100, "10.00"))
        floor.send(1, floor.limit("B1", 2, 60, "5.01", symbol: "BETA"))
        floor.send(1, floor.limit("B2", 2, 200, "5.02", symbol: "BETA"))
        // Selling: ACME is sold at 10.00 and BETA bought twice: -0.02 each for 30, -0.04 for the rest.
        let said = floor.ask(0, package("P", 40, "-0.04", "|563=0", side: 2))
        #expect(said.map(FixFloor.row) == ["0/0 40,0,40", "F/2 40,40,0,40"])
        #expect(said.last.flatMap { FixFloor.value(6, $0) } == "-0.025")
        #expect(said.last.flatMap { FixFloor.value(31, $0) } == "-0.025")
    }

    @Test("a package is replaced by AC: a new total and a new price")
    func replace() throws {
        let floor = try floor()
        _ = floor.ask(0, package("P", 100, "0.00", "|563=0"))
        let change = "35=AC|41=P|" + package("Q", 120, "0.02").dropFirst(6)
        #expect(floor.rows(0, change) == ["5/0 120,0,120", "F/2 120,120,0,120"])
    }

    @Test("a waiting package ends with the day, with its connection, and by a mass cancel")
    func ends() throws {
        for way in 0..<3 {
            let floor = try floor()
            _ = floor.ask(0, package("P", 100, "0.00"))
            switch way {
            case 0: floor.exchange.end(at: floor.now)
            case 1: floor.exchange.disconnected(floor.port(0), at: floor.now)
            default: floor.send(0, "35=q|11=M|530=7|60=20260105-10:00:00")
            }
            #expect(floor.take(0).last.map(FixFloor.row) == ["C/C 100,0,0", "4/4 100,0,0", "4/4 100,0,0"][way])
        }
    }

    @Test("legs that make no package are refused")
    func refused() throws {
        let floor = try floor()
        func row(_ id: String, _ legs: String) -> [String] {
            floor.rows(0, "35=AB|11=\(id)|54=1|55=S|\(legs)|60=20260105-10:00:00|38=1|40=2|44=1")
        }
        #expect(row("A", "555=1|600=ACME|623=1|624=1") == ["8/8 1,0,0"])
        #expect(row("B", "555=2|600=ACME|623=1|624=1|600=ACME|623=1|624=2") == ["8/8 1,0,0"])
        #expect(row("C", "555=2|600=ACME|623=1|624=1|600=NONE|623=1|624=2") == ["8/8 1,0,0"])
        #expect(row("D", "555=2|600=ACME|623=0|624=1|600=BETA|623=1|624=2") == ["8/8 1,0,0"])
        #expect(row("E", "555=2|600=ACME|623=1|624=1|600=BETA|623=1|624=7") == ["8/8 1,0,0"])
    }

    @Test("packages of two participants can't take the same liquidity twice")
    func race() throws {
        let floor = try FixFloor([.fix44, .fix50sp2, .fix44])
        _ = floor.ask(0, package("P", 100, "0.00", "|563=0"))
        _ = floor.ask(1, package("Q", 100, "0.00", "|563=0"))
        floor.send(2, floor.limit("A", 2, 150, "10.00"))
        floor.send(2, floor.limit("B", 1, 300, "5.00", symbol: "BETA"))
        #expect(floor.rows(0) == ["F/2 100,100,0,100"])
        #expect(floor.rows(1) == ["F/1 100,50,50,50"])
        #expect(floor.exchange.quote(of: Instrument(id: 0)).ask == .zero)
        #expect(floor.exchange.quote(of: Instrument(id: 1)).bid == .zero)
    }

    /// ACME asks for 1,200,000 at 10.00, BETA bids for 2,400,000 at 5.00: more than the engine takes in one order.
    private func deepFloor() throws -> FixFloor {
        let floor = try FixFloor([.fix44, .fix50sp2])
        for number in 0..<2 { floor.send(1, floor.limit("A\(number)", 2, 600_000, "10.00")) }
        for number in 0..<4 { floor.send(1, floor.limit("B\(number)", 1, 600_000, "5.00", symbol: "BETA")) }
        _ = floor.take(1)
        return floor
    }

    @Test("legs of more than the largest order trade in steps, and never one leg alone")
    func large() throws {
        let floor = try deepFloor()
        let said = floor.ask(0, package("P", 600_000, "0.00"))
        let done = said.filter { FixFloor.value(442, $0) == "3" }.map(FixFloor.row)
        #expect(
            done == [
                "0/0 600000,0,600000", "F/1 600000,499999,100001,499999", "F/2 600000,600000,0,100001",
            ]
        )
        func sum(_ leg: String) -> Int {
            said.filter { FixFloor.value(654, $0) == leg }.compactMap { FixFloor.value(32, $0).flatMap { Int($0) } }
                .reduce(0, +)
        }
        #expect(sum("a") == 600_000 && sum("b") == 1_200_000)
    }

    @Test("an undone leg takes its packages with it")
    func bust() throws {
        let floor = try floor()
        _ = floor.ask(0, package("P", 100, "0.02"))
        floor.exchange.apply(.bust(match: 2, time: floor.now))
        let said = floor.take(0)
        #expect(said.map { FixFloor.value(150, $0) } == ["H", "H"])
        #expect(said.map { FixFloor.value(442, $0) } == ["2", "3"])
        #expect(said.last.map { FixFloor.row($0) } == "H/4 100,0,0,100")
    }

    @Test("fill or kill of more than the largest order touches nothing")
    func largeKill() throws {
        let floor = try deepFloor()
        #expect(
            floor.rows(0, package("P", 600_000, "0.00", "|59=4|563=0")) == [
                "0/0 600000,0,600000", "4/4 600000,0,0",
            ]
        )
        #expect(floor.take(1).isEmpty)
    }
}
