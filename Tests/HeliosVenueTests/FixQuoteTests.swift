// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Venue by FIX: requests for quotes")
struct FixQuoteTests {
    /// Dealers that answer after 50 ms, a cent beyond the best price, for a second.
    private func floor(_ dialect: FixDialect = .fix44, _ change: (inout DealerModel) -> Void = { _ in }) throws
        -> FixFloor
    {
        var dealer = DealerModel("NORTH", venue: Venue(id: 0), markup: Price(raw: 1_000_000))
        change(&dealer)
        let floor = try FixFloor([dialect, .fix44]) {
            $0.dealers = DealerSettings([dealer])
            $0.dealers.latency = 0
        }
        floor.send(1, floor.limit("B", 1, 100, "10.00"))
        floor.send(1, floor.limit("S", 2, 100, "10.02"))
        return floor
    }

    @Test("one participant's questions and quotes are bounded, and leave room for the others'")
    func bounded() throws {
        let floor = try floor { $0.delay = 0 }
        var refused = 0
        for number in 0..<520 { refused += floor.rows(0, request("R\(number)", side: "")).count { $0 == "35=AG" } }
        #expect(refused == 520 - 512)
        #expect(!floor.rows(1, request("S")).contains("35=AG"))
        later(floor, 10_000)
        _ = floor.take(0)
        #expect(!floor.rows(0, request("T")).contains("35=AG"))
    }

    private func later(_ floor: FixFloor, _ milliseconds: Int64) {
        floor.now = floor.now + milliseconds * 1_000_000
        floor.exchange.advance(to: floor.now)
    }

    private func request(_ id: String = "R", side: String = "|54=1", symbol: String = "ACME") -> String {
        "35=R|131=\(id)|146=1|55=\(symbol)\(side)|38=300"
    }

    /// A quote for buying 300, at 10.13: a tenth of a second's market and the dealer's markup.
    private func quote(_ floor: FixFloor) throws -> (id: String, price: String) {
        #expect(floor.ask(0, request()).isEmpty)
        later(floor, 100)
        let said = floor.take(0)
        #expect(said.count == 1)
        let id = try #require(said.first.flatMap { FixFloor.value(117, $0) })
        return (id, try #require(said.first.flatMap { FixFloor.value(133, $0) }))
    }

    @Test("dealers answer with quotes that say how long they are good", arguments: FixDialect.allCases)
    func quotes(dialect: FixDialect) throws {
        let floor = try floor(dialect)
        _ = floor.ask(0, request())
        later(floor, 100)
        let type = dialect == .fix42 ? "" : "537=1|"
        #expect(
            floor.take(0) == [
                "35=S|55=ACME|60=20260105-10:00:00.050|62=20260105-10:00:01.050|117=Q1|131=R|133=10.03|135=300|\(type)"
            ]
        )
    }

    @Test("without a side both are quoted")
    func bothSides() throws {
        let floor = try floor()
        _ = floor.ask(0, request(side: ""))
        later(floor, 100)
        let said = floor.take(0)
        #expect(said.compactMap { FixFloor.value(133, $0) } == ["10.03"])
        #expect(said.compactMap { FixFloor.value(132, $0) } == ["9.99"])
    }

    @Test("a quote is taken by a response or by an order", arguments: [true, false])
    func take(byResponse: Bool) throws {
        let floor = try floor()
        let (id, price) = try quote(floor)
        let rows =
            byResponse
            ? floor.rows(0, "35=AJ|693=A|117=\(id)|694=1|11=X|55=ACME|54=1|38=300|44=\(price)|60=20260105-10:00:00")
            : floor.rows(0, "35=D|11=X|55=ACME|54=1|60=20260105-10:00:00|38=300|40=D|44=\(price)|117=\(id)")
        #expect(rows == ["0/0 300,0,300", "F/2 300,300,0,300"])
        // It is good once.
        let again = floor.ask(0, "35=D|11=Y|55=ACME|54=1|60=20260105-10:00:00|38=300|40=D|44=\(price)|117=\(id)")
        #expect(again.map(FixFloor.row) == ["8/8 300,0,0"] && again.map { FixFloor.value(103, $0) } == ["8"])
    }

    @Test("by 4.2 an order takes a quote")
    func take42() throws {
        let floor = try floor(.fix42)
        let (id, price) = try quote(floor)
        let order = "35=D|11=X|21=1|55=ACME|54=1|60=20260105-10:00:00|38=100|40=D|44=\(price)|117=\(id)"
        #expect(floor.rows(0, order) == ["0/0 100,0,100", "2/2 100,100,0,100"])
    }

    @Test("an order at another price, for more, or for the other side does not take a quote")
    func wrong() throws {
        let floor = try floor()
        let (id, price) = try quote(floor)
        func order(_ name: String, _ side: Int, _ quantity: Int, _ price: String) -> [String] {
            floor.rows(
                0,
                "35=D|11=\(name)|55=ACME|54=\(side)|60=20260105-10:00:00|38=\(quantity)|40=D|44=\(price)|117=\(id)"
            )
        }
        #expect(order("A", 1, 300, "10.01") == ["8/8 300,0,0"])
        #expect(order("B", 1, 301, price) == ["8/8 301,0,0"])
        #expect(order("C", 2, 300, price) == ["8/8 300,0,0"])
        #expect(order("D", 1, 300, price) == ["0/0 300,0,300", "F/2 300,300,0,300"])
    }

    @Test("a quote lapses, with notice where the version has one")
    func lapse() throws {
        let floor = try floor()
        let (id, price) = try quote(floor)
        later(floor, 2_000)
        let said = floor.take(0)
        #expect(said.map { FixFloor.value(297, $0) } == ["7"] && said.map { FixFloor.value(117, $0) } == [id])
        let order = "35=D|11=X|55=ACME|54=1|60=20260105-10:00:00|38=300|40=D|44=\(price)|117=\(id)"
        #expect(floor.rows(0, order) == ["8/8 300,0,0"])
        let old = try self.floor(.fix42)
        _ = try quote(old)
        later(old, 2_000)
        #expect(old.take(0).isEmpty)
    }

    @Test("a passed quote is gone, a counter is refused and leaves it")
    func pass() throws {
        let floor = try floor()
        let (id, _) = try quote(floor)
        let counter = floor.ask(0, "35=AJ|693=A|117=\(id)|694=2|11=X|55=ACME|54=1|44=9.00")
        #expect(counter.map { FixFloor.value(297, $0) } == ["5"])
        let passed = floor.ask(0, "35=AJ|693=B|117=\(id)|694=6|55=ACME")
        #expect(passed.map { FixFloor.value(297, $0) } == ["11"])
        #expect(floor.ask(0, "35=AJ|693=C|117=\(id)|694=6|55=ACME").map { FixFloor.value(297, $0) } == ["9"])
    }

    @Test("a request that no dealer answers is rejected", arguments: FixDialect.allCases)
    func declined(dialect: FixDialect) throws {
        let floor = try floor(dialect) { $0.declines = 1 }
        #expect(floor.ask(0, request()).isEmpty)
        later(floor, 100)
        let said = floor.take(0)
        #expect(said.map { $0.prefix { $0 != "|" } } == [dialect == .fix42 ? "35=b" : "35=AG"])
        #expect(said.map { FixFloor.value(658, $0) } == [dialect == .fix42 ? nil : "10"])
        let unknown = floor.ask(0, request(symbol: "NONE"))
        #expect(unknown.map { FixFloor.value(658, $0) } == [dialect == .fix42 ? nil : "1"])
    }

    @Test("a dealer may refuse at last look")
    func lastLook() throws {
        let floor = try floor { $0.refuses = 1 }
        let (id, price) = try quote(floor)
        let order = "35=D|11=X|55=ACME|54=1|60=20260105-10:00:00|38=300|40=D|44=\(price)|117=\(id)"
        #expect(floor.rows(0, order) == ["8/8 300,0,0"])
    }

    @Test("where there are no dealers a request is rejected")
    func nobody() throws {
        let floor = try FixFloor([.fix44])
        #expect(floor.ask(0, request()).map { FixFloor.value(658, $0) } == ["99"])
    }
}
