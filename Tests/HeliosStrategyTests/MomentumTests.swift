// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosStrategy
import Testing

private let stock = Instrument(id: 0)

/// A desk after five bars of a second between 10.00 and 10.10, each with 100 shares.
private func momentumDesk(_ change: (inout MomentumParameters) -> Void = { _ in }) throws -> Desk<Momentum> {
    var parameters = MomentumParameters(symbols: [try #require(Symbol("A"))])
    parameters.hours.firstEntry = 0
    parameters.hours.lastEntry = 3_600_000_000_000
    parameters.hours.flattenAt = 3_600_000_000_000
    parameters.bar = 1_000_000_000
    parameters.channelBars = 5
    parameters.breakout = 0.5
    parameters.trail = 2
    parameters.notional = Money(1_000)
    parameters.openingFrom = 0
    parameters.openingLength = 3_000_000_000
    change(&parameters)
    var directory = InstrumentDirectory()
    var desk = try Desk(Momentum(parameters, instruments: &directory, midnight: .zero), instruments: 2)
    desk.quote(stock, mid: 10)
    desk.tick()
    for _ in 0..<6 { desk.bar() }
    return desk
}

extension Desk where S == Momentum {
    fileprivate mutating func bar() {
        quote(stock, mid: 10.00)
        quote(stock, mid: 10.10)
        trade(stock, 100, at: 10.05)
        quote(stock, mid: 10.05)
        ticks(10)
    }

    fileprivate var story: [String] { orders.map { "\($0.side) \($0.quantity)" } }
}

@Suite("Momentum")
struct MomentumTests {
    @Test func `a price above its channel on volume is bought, one below sold`() throws {
        var desk = try momentumDesk()
        desk.trade(stock, 200, at: 10.05)
        // The channel ends at 10.10, half a true range of 0.10 beyond it.
        desk.quote(stock, mid: 10.149)
        #expect(desk.orders.isEmpty)
        desk.quote(stock, mid: 10.16)
        #expect(desk.story == ["buy 98"])
        var down = try momentumDesk()
        down.trade(stock, 200, at: 10)
        down.quote(stock, mid: 9.94)
        #expect(down.story == ["sell 101"])
    }

    @Test func `without volume nothing happens`() throws {
        var desk = try momentumDesk()
        desk.quote(stock, mid: 10.30)
        #expect(desk.orders.isEmpty)
        desk.trade(stock, 149, at: 10.3)
        desk.quote(stock, mid: 10.31)
        #expect(desk.orders.isEmpty)
        desk.trade(stock, 1, at: 10.3)
        desk.quote(stock, mid: 10.32)
        #expect(desk.orders.count == 1)
    }

    @Test func `the stop follows the best price and does not go back`() throws {
        var desk = try momentumDesk()
        desk.trade(stock, 200, at: 10)
        desk.quote(stock, mid: 10.20)
        desk.quote(stock, mid: 10.50)
        desk.quote(stock, mid: 10.31)
        #expect(desk.orders.count == 1, "two true ranges of 0.10 from the best")
        desk.quote(stock, mid: 10.29)
        #expect(desk.story == ["buy 98", "sell 98"] && desk.strategy.counters.stops == 1)
    }

    @Test func `after a stop that side waits until the price has been back inside`() throws {
        var desk = try momentumDesk()
        desk.trade(stock, 200, at: 10)
        desk.quote(stock, mid: 10.40)
        desk.quote(stock, mid: 10.19)
        #expect(desk.story == ["buy 96", "sell 96"])
        desk.quote(stock, mid: 10.40)
        #expect(desk.orders.count == 2)
        desk.quote(stock, mid: 10.05)
        desk.quote(stock, mid: 10.40)
        #expect(desk.orders.count == 3)
    }

    @Test func `the opening range is that of the first part of the day`() throws {
        var desk = try momentumDesk { $0.range = .opening }
        // Bars since the opening were wider than it.
        desk.quote(stock, mid: 10.12)
        desk.ticks(10)
        desk.trade(stock, 500, at: 10)
        desk.quote(stock, mid: 10.17)
        #expect(desk.orders.count == 1)
        var early = try momentumDesk {
            $0.range = .opening
            $0.openingLength = 60_000_000_000
        }
        early.trade(stock, 500, at: 10)
        early.quote(stock, mid: 11)
        #expect(early.orders.isEmpty, "the opening is not over")
    }

    @Test func `what could not be bought in time is not run after`() throws {
        var desk = try momentumDesk { $0.entryTimeout = 1_000_000_000 }
        desk.answer = { $0.side == .buy ? .partial(10) : .fill }
        desk.trade(stock, 200, at: 10)
        desk.quote(stock, mid: 10.20)
        desk.ticks(10)
        let bought = desk.held[0]
        desk.ticks(20)
        #expect(desk.held[0] == bought && (bought ?? 0) < 90 * Quantity.scale)
    }

    @Test func `positions end with their time and with the day, and halts stop entries`() throws {
        var old = try momentumDesk { $0.maxHold = 2_000_000_000 }
        old.trade(stock, 200, at: 10)
        old.quote(stock, mid: 10.20)
        old.ticks(19)
        #expect(old.held[0] != 0)
        old.ticks(1)
        #expect(old.held[0] == 0 && old.strategy.counters.timeStops == 1)
        var late = try momentumDesk {
            $0.hours.lastEntry = 8_000_000_000
            $0.hours.flattenAt = 8_000_000_000
        }
        late.trade(stock, 200, at: 10)
        late.quote(stock, mid: 10.20)
        late.ticks(30)
        #expect(late.orders.count == 2 && late.held[0] == 0 && late.strategy.counters.closes == 1)
        var halted = try momentumDesk()
        halted.trade(stock, 200, at: 10)
        halted.setState(stock, "H")
        halted.quote(stock, mid: 10.20)
        #expect(halted.orders.isEmpty)
    }

    @Test func `an entry that was not had at all is not tried again before the price was back`() throws {
        var desk = try momentumDesk {
            $0.entryTimeout = 1_000_000_000
            $0.maxHold = 3_600_000_000_000
        }
        desk.answer = { _ in .cancel }
        desk.trade(stock, 200, at: 10)
        desk.quote(stock, mid: 10.20)
        desk.ticks(11)
        let tries = desk.orders.count
        #expect(tries > 0)
        desk.trade(stock, 900, at: 10)
        desk.quote(stock, mid: 10.40)
        desk.quote(stock, mid: 10.41)
        #expect(desk.orders.count == tries)
        desk.quote(stock, mid: 10.05)
        desk.quote(stock, mid: 10.80)
        desk.tick()
        #expect(desk.orders.count == tries + 1)
    }

    @Test func `a stop is of prices that can be traded at`() throws {
        var desk = try momentumDesk()
        desk.trade(stock, 200, at: 10)
        desk.quote(stock, mid: 10.20)
        desk.setState(stock, "H")
        desk.quote(stock, mid: 9)
        #expect(desk.strategy.counters.stops == 0)
        desk.setState(stock, "T")
        desk.quote(stock, mid: 10.21)
        desk.ticks(5)
        #expect(desk.orders.count == 1, "the price of the halt is forgotten")
    }

    @Test func `what was taken back is not built up again before the price was back`() throws {
        var desk = try momentumDesk()
        desk.trade(stock, 500, at: 10)
        desk.quote(stock, mid: 10.20)
        desk.reduce(try #require(desk.orders.first), 98)
        desk.quote(stock, mid: 10.21)
        desk.ticks(3)
        #expect(desk.held[0] == 0 && desk.orders.count == 1)
        desk.quote(stock, mid: 10.05)
        desk.trade(stock, 500, at: 10)
        desk.quote(stock, mid: 10.80)
        #expect(desk.orders.count == 2)
    }

    @Test func `prices before the open, in auctions and of halts are of no bar`() throws {
        var parameters = MomentumParameters(symbols: [try #require(Symbol("A"))])
        parameters.hours.firstEntry = 0
        parameters.hours.lastEntry = 3_600_000_000_000
        parameters.hours.flattenAt = 3_600_000_000_000
        parameters.bar = 1_000_000_000
        parameters.channelBars = 5
        parameters.breakout = 0.5
        parameters.notional = Money(1_000)
        var directory = InstrumentDirectory()
        var desk = try Desk(Momentum(parameters, instruments: &directory, midnight: .zero), instruments: 2)
        desk.setPhase("S")
        // A wide and busy time before the open.
        for step in 0..<25 {
            desk.quote(stock, mid: step % 2 == 0 ? 8 : 12)
            desk.trade(stock, 50_000, at: 10)
            desk.tick()
        }
        desk.setPhase("Q")
        desk.ticks(5)
        for _ in 0..<3 { desk.bar() }
        desk.setState(stock, "H")
        for step in 0..<15 {
            desk.quote(stock, mid: step % 2 == 0 ? 8 : 12)
            desk.trade(stock, 50_000, at: 10)
            desk.tick()
        }
        desk.setState(stock, "T")
        desk.quote(stock, mid: 10.05)
        desk.ticks(5)
        for _ in 0..<3 { desk.bar() }
        desk.trade(stock, 200, at: 10.05)
        desk.quote(stock, mid: 10.16)
        #expect(desk.story == ["buy 98"], "channel and volume are those of the bars that were traded in")
    }

    @Test func `an opening range is of whole bars`() throws {
        func refusal(_ given: [(String, ParameterValue)]) -> String {
            let symbols = ("symbols", ParameterValue.symbols([Symbol("A")].compactMap { $0 }))
            do { _ = try StrategyCatalog.configure("momentum", [symbols] + given) } catch { return "\(error)" }
            return ""
        }
        let bar = ("bar", ParameterValue.duration(7_000_000_000))
        #expect(refusal([bar]) == "")
        #expect(
            refusal([bar, ("range", .choice("opening"))])
                == "openingFrom: expected a whole number of bars after midnight, where they begin"
        )
        let length = ("openingLength", ParameterValue.duration(90_000_000_000))
        #expect(
            refusal([length, ("range", .choice("opening"))]) == "openingLength: expected a whole number of bars"
        )
    }
}
