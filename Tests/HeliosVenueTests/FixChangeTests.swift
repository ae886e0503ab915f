// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Venue by FIX: cancels, replacements, questions")
struct FixChangeTests {
    /// A buy of 10,000 with `done` of it executed.
    private func floor(_ dialect: FixDialect = .fix44, done: Int = 0, of total: Int = 10_000) throws -> FixFloor {
        let floor = try FixFloor([dialect, .fix44])
        floor.send(0, floor.limit("X", 1, total, "10.00"))
        if done > 0 { floor.send(1, floor.limit("S", 2, done, "10.00")) }
        _ = floor.take(0)
        return floor
    }

    @Test("a cancel is told with both numbers", arguments: FixDialect.allCases)
    func cancel(dialect: FixDialect) throws {
        let floor = try floor(dialect)
        let said = floor.ask(0, floor.cancel("Y", "X"))
        #expect(said.map(FixFloor.row) == ["4/4 10000,0,0"])
        #expect(said.map { FixFloor.value(11, $0) } == ["Y"] && said.map { FixFloor.value(41, $0) } == ["X"])
    }

    @Test("a cancel of an order filled in part leaves what was executed")
    func cancelPart() throws {
        let floor = try floor(done: 5_000)
        #expect(floor.rows(0, floor.cancel("Y", "X")) == ["4/4 10000,5000,0"])
    }

    @Test("a cancel that comes too late is rejected with the order's status")
    func tooLate() throws {
        let floor = try floor(done: 10_000)
        let said = floor.ask(0, floor.cancel("Y", "X"))
        let id = FixFloor.base + 1
        #expect(said == ["35=9|11=Y|37=\(id)|39=2|41=X|58=too late|60=\(FixFloor.time)|102=0|434=1|"])
    }

    @Test("a cancel of an unknown order is rejected", arguments: FixDialect.allCases)
    func unknown(dialect: FixDialect) throws {
        let floor = try FixFloor([dialect])
        let said = floor.ask(0, floor.cancel("Y", "X"))
        #expect(said == ["35=9|11=Y|37=NONE|39=8|41=X|58=unknown order|60=\(FixFloor.time)|102=1|434=1|"])
        let replaced = floor.ask(0, floor.replace("Y", "X", 100, "10"))
        #expect(replaced == ["35=9|11=Y|37=NONE|39=8|41=X|58=unknown order|60=\(FixFloor.time)|102=1|434=2|"])
    }

    @Test("a replacement changes the total up and down", arguments: FixDialect.allCases)
    func replace(dialect: FixDialect) throws {
        let floor = try floor(dialect, done: 1_000)
        let up = floor.ask(0, floor.replace("Y", "X", 11_000, "10.00"))
        #expect(up.map(FixFloor.row) == ["5/1 11000,1000,10000"])
        #expect(up.map { FixFloor.value(11, $0) } == ["Y"] && up.map { FixFloor.value(41, $0) } == ["X"])
        #expect(floor.rows(0, floor.replace("Z", "Y", 8_000, "10.00")) == ["5/1 8000,1000,7000"])
    }

    @Test("a replacement to what is executed, or to less, makes the order filled")
    func replaceDown() throws {
        let one = try floor(done: 7_000)
        #expect(one.rows(0, one.replace("Y", "X", 7_000, "10.00")) == ["5/2 7000,7000,0"])
        let other = try floor(done: 7_000)
        #expect(other.rows(0, other.replace("Y", "X", 5_000, "10.00")) == ["5/2 7000,7000,0"])
        #expect(other.rows(0, other.cancel("Z", "Y")) == ["9 0/2"])
        #expect(other.exchange.quote(of: Instrument(id: 0)).bid == .zero)
    }

    @Test("4.2 says Replaced as a state while nothing is executed")
    func replacedState() throws {
        let floor = try floor(.fix42)
        #expect(floor.rows(0, floor.replace("Y", "X", 11_000, "10.00")) == ["5/5 11000,0,11000"])
        floor.send(1, floor.limit("S", 2, 100, "10.00"))
        #expect(floor.rows(0) == ["1/1 11000,100,10900,100"])
    }

    @Test("a replacement that trades is told before its fills")
    func replaceTrades() throws {
        let floor = try floor()
        floor.send(1, floor.limit("S", 2, 300, "10.01"))
        #expect(
            floor.rows(0, floor.replace("Y", "X", 500, "10.01")) == ["5/0 500,0,500", "F/1 500,300,200,300"]
        )
    }

    @Test("a replacement of a filled order is too late")
    func replaceFilled() throws {
        let floor = try floor(done: 10_000)
        #expect(floor.rows(0, floor.replace("Y", "X", 12_000, "10.00")) == ["9 0/2"])
    }

    @Test("a replacement that is refused leaves the order as it was")
    func replaceRefused() throws {
        let floor = try floor(done: 1_000)
        #expect(floor.rows(0, floor.replace("Y", "X", 12_000, "10.00001")) == ["9 99/1"])
        #expect(floor.rows(0, "35=G|11=Z|41=X|55=BETA|54=1|60=20260105-10:00:00|38=5|40=2|44=1") == ["9 99/1"])
        #expect(floor.rows(0, "35=G|11=V|41=X|55=ACME|54=2|60=20260105-10:00:00|38=5|40=2|44=1") == ["9 99/1"])
        #expect(floor.rows(0, floor.cancel("C", "X")) == ["4/4 10000,1000,0"])
    }

    @Test("the reports of an undone trade name it, also of one who has traded with itself 33,000 times since")
    func oldTrade() throws {
        let floor = try FixFloor([.fix44])
        floor.send(0, floor.limit("X", 1, 70_000, "10.00"))
        for number in 0..<33_000 {
            floor.send(0, floor.limit("S\(number)", 2, 1, "10.00"))
            while floor.port(0).waiting > 0 { floor.port(0).removeFirst() }
        }
        floor.exchange.apply(.bust(match: 1, time: floor.now))
        let said = floor.take(0)
        #expect(said.map { FixFloor.value(150, $0) } == ["H", "H"])
        #expect(said.allSatisfy { FixFloor.value(19, $0) != nil })
    }

    @Test("after a trade was undone a replacement's total counts what is executed still")
    func replaceAfterBust() throws {
        let floor = try floor(done: 3_000)
        floor.exchange.apply(.bust(match: 1, time: floor.now))
        #expect(floor.rows(0) == ["H/0 7000,0,7000,3000"])
        #expect(floor.rows(0, floor.replace("Y", "X", 8_000, "10.00")) == ["5/0 8000,0,8000"])
        #expect(floor.exchange.displayedShares(Instrument(id: 0), .buy) == [8_000])
    }

    @Test("a refused replacement that is immediate or cancel leaves the order in the book")
    func immediateRefused() throws {
        let floor = try floor()
        #expect(floor.rows(0, floor.replace("Y", "X", 12_000, "10.00001", "|59=3")) == ["9 99/0"])
        #expect(floor.exchange.quote(of: Instrument(id: 0)).bid == Price(raw: 1_000_000_000))
    }

    @Test("a replacement that is immediate or cancel ends what is left")
    func immediate() throws {
        let floor = try floor()
        floor.send(1, floor.limit("S", 2, 300, "10.01"))
        #expect(
            floor.rows(0, floor.replace("Y", "X", 500, "10.01", "|59=3")) == [
                "5/0 500,0,500", "F/1 500,300,200,300", "4/4 500,300,0",
            ]
        )
    }

    @Test("in a chain only the last accepted version can be changed")
    func chain() throws {
        let floor = try floor()
        #expect(floor.rows(0, floor.replace("Y", "X", 9_000, "10.00")) == ["5/0 9000,0,9000"])
        #expect(floor.rows(0, floor.replace("Z", "X", 8_000, "10.00")) == ["9 1/0"])
        #expect(floor.rows(0, floor.replace("W", "Y", 8_000, "10.00")) == ["5/0 8000,0,8000"])
    }

    @Test("a ClOrdID is used once", arguments: FixDialect.allCases)
    func duplicate(dialect: FixDialect) throws {
        let floor = try floor(dialect, done: 1_000)
        let said = floor.ask(0, floor.limit("X", 1, 10_000, "10.00"))
        #expect(said.map(FixFloor.row) == ["8/1 10000,1000,9000"])
        #expect(said.map { FixFloor.value(103, $0) } == ["6"])
        let reason = dialect == .fix42 ? "2" : "6"
        #expect(floor.rows(0, floor.replace("X", "X", 9_000, "10.00")) == ["9 \(reason)/1"])
        #expect(floor.rows(0, floor.cancel("X", "X")) == ["9 \(reason)/1"])
    }

    @Test("a known order with PossResend is answered with its state, others are taken", arguments: FixDialect.allCases)
    func possResend(dialect: FixDialect) throws {
        let floor = try floor(dialect, done: 1_000)
        let said = floor.ask(0, floor.limit("X", 1, 10_000, "10.00", "|97=Y"))
        #expect(said.map(FixFloor.row) == [(dialect == .fix42 ? "1" : "I") + "/1 10000,1000,9000"])
        #expect(said.map { FixFloor.value(20, $0) } == [dialect == .fix42 ? "3" : nil])
        #expect(floor.rows(0, floor.limit("Y", 1, 10, "9.00", "|97=Y")) == ["0/0 10,0,10"])
    }

    @Test("the status of an order is told, also of one that is not there", arguments: FixDialect.allCases)
    func status(dialect: FixDialect) throws {
        let floor = try floor(dialect, done: 1_000)
        let type = dialect == .fix42 ? "1" : "I"
        #expect(floor.rows(0, "35=H|11=X|55=ACME|54=1") == ["\(type)/1 10000,1000,9000"])
        let unknown = floor.ask(0, "35=H|11=Q|55=ACME|54=1")
        #expect(unknown.map(FixFloor.row) == [(dialect == .fix42 ? "8" : "I") + "/8 0,0,0"])
        #expect(unknown.map { FixFloor.value(37, $0) } == ["NONE"])
    }

    @Test("a trade that is undone takes its quantity back")
    func bust() throws {
        for dialect in FixDialect.allCases {
            let floor = try floor(dialect, done: 1_000)
            let execution = try #require(Int(FixFloor.value(17, floor.ask(0, "35=H|11=X|54=1|55=ACME")[0]) ?? "")) - 2
            floor.exchange.apply(.bust(match: 1, time: floor.now))
            let said = floor.take(0)
            #expect(said.map(FixFloor.row) == [(dialect == .fix42 ? "0" : "H") + "/0 9000,0,9000,1000"])
            #expect(said.map { FixFloor.value(19, $0) } == ["\(execution)"])
            #expect(said.map { FixFloor.value(20, $0) } == [dialect == .fix42 ? "1" : nil])
        }
    }

    @Test("a mass cancel is answered once, then by each order")
    func massCancel() throws {
        let floor = try FixFloor([.fix44])
        for id in ["A", "B"] { floor.send(0, floor.limit(id, 1, 100, "10.00")) }
        floor.send(0, floor.limit("C", 1, 100, "10.00", symbol: "BETA"))
        floor.send(0, floor.limit("D", 2, 100, "11.00"))
        _ = floor.take(0)
        let refused = floor.ask(0, "35=q|11=M0|530=3|60=20260105-10:00:00")
        #expect(refused.count == 1 && FixFloor.value(531, refused[0]) == "0" && FixFloor.value(532, refused[0]) == "0")
        let some = floor.ask(0, "35=q|11=M1|530=1|55=ACME|54=1|60=20260105-10:00:00")
        #expect(some.map(FixFloor.row) == ["35=r", "4/4 100,0,0", "4/4 100,0,0"])
        #expect(FixFloor.value(531, some[0]) == "1" && FixFloor.value(533, some[0]) == "2")
        #expect(some.dropFirst().map { FixFloor.value(11, $0) } == ["A", "B"])
        let rest = floor.ask(0, "35=q|11=M2|530=7|60=20260105-10:00:00")
        #expect(rest.map(FixFloor.row) == ["35=r", "4/4 100,0,0", "4/4 100,0,0"])
        #expect(floor.ask(0, "35=q|11=M3|530=7|60=20260105-10:00:00").map { FixFloor.value(533, $0) } == ["0"])
    }

    @Test("the venue's own cancels come without OrigClOrdID; lost lines cost orders unless they are kept")
    func disconnect() throws {
        for cancels in [true, false] {
            let floor = try FixFloor([.fix44], cancelsOnDisconnect: cancels)
            _ = floor.ask(0, floor.limit("X", 1, 100, "10.00"))
            floor.exchange.disconnected(floor.port(0), at: floor.now)
            let said = floor.take(0)
            #expect(said.map(FixFloor.row) == (cancels ? ["4/4 100,0,0"] : []))
            #expect(said.compactMap { FixFloor.value(41, $0) }.isEmpty)
        }
    }
}

extension Exchange {
    /// Shares of the displayed orders.
    fileprivate func displayedShares(_ instrument: Instrument, _ side: Side) -> [Int64] {
        var all: [Int64] = []
        forEachDisplayed(instrument, side) { all.append($0.quantity.raw / Quantity.scale) }
        return all
    }
}
