// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosStrategy
import Testing

private let instrument = Instrument(id: 0)

private func quietDesk(_ change: (inout QueueImbalanceParameters) -> Void = { _ in }) throws -> Desk<QueueImbalance> {
    var parameters = QueueImbalanceParameters(symbol: try #require(Symbol("AMZN")))
    parameters.firstEntry = 0
    parameters.flattenAt = 3_600_000_000_000
    change(&parameters)
    var directory = InstrumentDirectory()
    var desk = try Desk(QueueImbalance(parameters, instruments: &directory, midnight: .zero), instruments: 2)
    desk.answer = { $0.timeInForce == .day ? .rest : .fill }
    return desk
}

extension Desk where S == QueueImbalance {
    /// 10.00 by 10.01, with these shares on either side.
    fileprivate mutating func sizes(_ bid: Int, _ ask: Int, up cents: Int = 0) {
        let shift = Double(cents) / 100
        quote(instrument, bid: 10 + shift, ask: 10.01 + shift, bidSize: bid, askSize: ask)
    }

    /// Side, shares, price and whether it may rest, of each order so far.
    fileprivate var story: [String] {
        orders.map { "\($0.side) \($0.quantity) \($0.price) \($0.timeInForce == .day ? "day" : "ioc")" }
    }
}

@Suite struct QueueImbalanceTests {
    @Test func `a balanced book is left alone, a heavy bid is joined`() throws {
        var desk = try quietDesk()
        desk.sizes(700, 300)  // 0.4
        #expect(desk.story == [])
        desk.sizes(800, 200)  // 0.6
        #expect(desk.story == ["buy 100 10.00 day"])
        desk.sizes(900, 100)
        #expect(desk.orders.count == 1 && desk.cancels.isEmpty)
    }

    @Test func `a heavy ask is joined with a sale`() throws {
        var desk = try quietDesk()
        desk.sizes(200, 800)
        #expect(desk.story == ["sell 100 10.01 day"])
    }

    @Test func `an order is withdrawn when the weight has gone or the price has moved`() throws {
        var desk = try quietDesk()
        desk.sizes(800, 200)
        desk.sizes(500, 500)
        #expect(desk.cancels == [1] && desk.orders.count == 1)
        desk.sizes(800, 200)
        desk.sizes(800, 200, up: 1)
        #expect(desk.cancels == [1, 2])
        #expect(desk.story == ["buy 100 10.00 day", "buy 100 10.00 day", "buy 100 10.01 day"])
    }

    @Test func `a filled buy is offered at the ask and, when the weight has gone, sold at the bid`() throws {
        var desk = try quietDesk()
        desk.sizes(800, 200)
        desk.fillResting(100)
        #expect(desk.story == ["buy 100 10.00 day", "sell 100 10.01 day"])
        desk.sizes(400, 600)
        #expect(desk.story.last == "sell 100 10.00 ioc" && desk.orders.count == 3)
        #expect(desk.cancels == [2])
        desk.sizes(500, 500)
        #expect(desk.orders.count == 3)
    }

    @Test func `the passive offer is enough when it fills`() throws {
        var desk = try quietDesk()
        desk.sizes(800, 200)
        desk.fillResting(100)
        desk.sizes(500, 400)
        desk.fillResting(100)
        desk.sizes(500, 500)
        #expect(desk.orders.count == 2)
    }

    @Test func `a partial fill is a position like any other`() throws {
        var desk = try quietDesk()
        desk.sizes(800, 200)
        desk.fillResting(30)
        // The rest of the entry is withdrawn, then what was bought is offered.
        #expect(desk.cancels == [1])
        #expect(desk.story == ["buy 100 10.00 day", "sell 30 10.01 day"])
    }

    @Test func `a position that is too old is sold at the bid although the weight is still there`() throws {
        var desk = try quietDesk { $0.maxHold = 300_000_000 }
        desk.sizes(800, 200)
        desk.fillResting(100)
        desk.tick()
        desk.tick()
        #expect(desk.orders.count == 2)
        desk.tick()
        // Flat again with the weight still on the bid: it joins once more.
        #expect(desk.story.dropFirst(2) == ["sell 100 10.00 ioc", "buy 100 10.00 day"])
    }

    @Test func `refused orders are asked again after a second, not at once`() throws {
        var desk = try quietDesk()
        desk.answer = { _ in .refuseByRisk }
        desk.sizes(800, 200)
        for _ in 0..<9 { desk.tick() }
        #expect(desk.orders.count == 1)
        desk.tick()
        #expect(desk.orders.count == 2)
    }

    @Test func `no order on one-sided, crossed or halted books, or out of hours`() throws {
        var desk = try quietDesk { $0.firstEntry = 1_000_000_000 }
        desk.sizes(800, 200)
        #expect(desk.orders.isEmpty)
        for _ in 0..<10 { desk.tick() }
        #expect(desk.orders.count == 1)
        desk.setState(instrument, "H")
        desk.tick()
        #expect(desk.cancels == [1])
        desk.sizes(900, 100)
        desk.setState(instrument, "T")
        desk.quote(instrument, bid: 10, ask: nil)
        desk.quote(instrument, bid: 10, ask: 9.99, bidSize: 900, askSize: 100)
        #expect(desk.orders.count == 1)
    }

    @Test func `at the end of the day the position is sold and nothing is bought`() throws {
        var desk = try quietDesk { $0.flattenAt = 500_000_000 }
        desk.sizes(800, 200)
        desk.fillResting(100)
        for _ in 0..<5 { desk.tick() }
        #expect(desk.story.last == "sell 100 10.00 ioc")
        desk.sizes(900, 100)
        for _ in 0..<5 { desk.tick() }
        #expect(desk.orders.count == 3)
    }
}
