// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosStrategy
import Testing

private let stock = Instrument(id: 0)

/// A desk after twenty seconds of 9.99 and 10.01 in turns, with an average of 10.00.
private func vwapDesk(_ change: (inout VwapReversionParameters) -> Void = { _ in }) throws -> Desk<VwapReversion> {
    var parameters = VwapReversionParameters(symbols: [try #require(Symbol("A"))])
    parameters.hours.firstEntry = 0
    parameters.hours.lastEntry = 3_600_000_000_000
    parameters.hours.flattenAt = 3_600_000_000_000
    parameters.sessionStart = 0
    parameters.sampleInterval = 1_000_000_000
    parameters.warmUp = 10_000_000_000
    // A move of 0.02 each second: over 25 seconds the deviation is 0.10.
    parameters.horizon = 25_000_000_000
    parameters.trendWindow = 4_000_000_000
    parameters.trendMax = 100
    parameters.entryTimeout = 5_000_000_000
    parameters.notional = Money(1_000)
    change(&parameters)
    var directory = InstrumentDirectory()
    var desk = try Desk(VwapReversion(parameters, instruments: &directory, midnight: .zero), instruments: 2)
    desk.answer = { $0.timeInForce == .day ? .rest : .fill }
    desk.trade(stock, 1_000_000, at: 10)
    for second in 0..<20 {
        desk.show(second % 2 == 0 ? 9.99 : 10.01)
        desk.ticks(10)
    }
    return desk
}

extension Desk where S == VwapReversion {
    fileprivate mutating func show(_ mid: Double) { quote(stock, bid: mid - 0.01, ask: mid + 0.01) }

    fileprivate var story: [String] {
        orders.map { "\($0.side) \($0.quantity) \($0.price)" + ($0.timeInForce == .day ? "" : " taking") }
    }
}

@Suite("VWAP reversion")
struct VwapReversionTests {
    @Test func `a price far below the average is bid for at the touch, and sold when it is back`() throws {
        var desk = try vwapDesk()
        desk.show(9.86)
        #expect(desk.orders.isEmpty, "1.4 deviations")
        desk.show(9.84)
        #expect(desk.story == ["buy 102 9.83"])
        desk.fillResting(102)
        #expect(desk.orders.count == 1 && desk.strategy.position(of: 0) == Quantity(102))
        desk.show(9.96)
        #expect(desk.orders.count == 1)
        desk.show(9.98)
        #expect(desk.story.last == "sell 102 9.96 taking" && desk.strategy.position(of: 0) == .zero)
        #expect(desk.strategy.counters.targets == 1)
    }

    @Test func `one far above is offered`() throws {
        var desk = try vwapDesk()
        desk.show(10.2)
        #expect(desk.story == ["sell 98 10.21"])
    }

    @Test func `an entry follows the touch, is given up when z is back or time is over`() throws {
        var desk = try vwapDesk()
        desk.show(9.84)
        desk.show(9.83)
        #expect(desk.replaced.isEmpty, "within the slack")
        desk.show(9.81)
        #expect(desk.replaced.count == 1 && desk.resting.first?.price == Price(raw: 980_000_000))
        desk.show(9.99)
        #expect(desk.resting.isEmpty && desk.strategy.counters.targets == 1)
        desk.show(9.84)
        #expect(desk.resting.count == 1)
        desk.ticks(50)
        #expect(desk.strategy.counters.unfilled == 1)
    }

    @Test func `against a trend nothing is entered`() throws {
        // The move over the last four seconds, in deviations of 0.04.
        var desk = try vwapDesk {
            $0.trendMax = 3
            $0.enterDistance = 0.5
        }
        desk.show(9.84)
        #expect(desk.orders.isEmpty)
        desk.ticks(60)
        #expect(!desk.orders.isEmpty, "it has stopped running")
    }

    @Test func `the stop takes, and blocks its side until z was back`() throws {
        var desk = try vwapDesk()
        desk.show(9.84)
        desk.fillResting(102)
        desk.show(9.55)
        #expect(desk.story.last?.hasSuffix("taking") == true && desk.strategy.counters.stops == 1)
        desk.show(9.80)
        #expect(desk.orders.count == 2)
        desk.show(10)
        desk.show(9.80)
        #expect(desk.orders.count == 3)
    }

    @Test func `a partial entry ends with its time, and the rest is withdrawn`() throws {
        var desk = try vwapDesk { $0.maxHold = 8_000_000_000 }
        desk.show(9.84)
        desk.fillResting(40)
        desk.ticks(50)
        #expect(desk.resting.isEmpty && desk.strategy.position(of: 0) == Quantity(40))
        desk.ticks(30)
        #expect(desk.strategy.position(of: 0) == .zero && desk.strategy.counters.timeStops == 1)
    }

    @Test func `halts withdraw, the end of the day takes`() throws {
        var desk = try vwapDesk {
            $0.hours.lastEntry = 25_000_000_000
            $0.hours.flattenAt = 25_000_000_000
        }
        desk.show(9.84)
        desk.fillResting(40)
        desk.setState(stock, "H")
        desk.tick()
        #expect(desk.resting.isEmpty && desk.strategy.position(of: 0) == Quantity(40))
        desk.setState(stock, "T")
        desk.ticks(60)
        #expect(desk.strategy.position(of: 0) == .zero && desk.resting.isEmpty)
        desk.show(9.7)
        #expect(desk.resting.isEmpty)
    }

    @Test func `prices of a halted instrument move nothing; time and the close do`() throws {
        var desk = try vwapDesk { $0.maxHold = 4_000_000_000 }
        desk.show(9.84)
        desk.fillResting(102)
        desk.setState(stock, "H")
        desk.show(9.55)
        desk.show(10)
        #expect(desk.strategy.counters.stops == 0 && desk.strategy.counters.targets == 0)
        desk.ticks(41)
        #expect(desk.strategy.counters.timeStops == 1 && desk.strategy.position(of: 0) == Quantity(102))
        desk.setState(stock, "T")
        desk.ticks(3)
        #expect(desk.strategy.position(of: 0) == .zero)
    }

    @Test func `an entry does not wait while the feed is interrupted`() throws {
        var desk = try vwapDesk()
        desk.show(9.84)
        #expect(desk.resting.count == 1)
        desk.market.risk.feedIsInterrupted = true
        desk.tick()
        #expect(desk.resting.isEmpty)
        desk.market.risk.feedIsInterrupted = false
        desk.tick()
        #expect(desk.resting.count == 1)
    }

    @Test func `what was taken back is not built up again before z was back`() throws {
        var desk = try vwapDesk()
        desk.show(9.84)
        let entry = try #require(desk.resting.first)
        desk.fillResting(102)
        desk.reduce(entry, 102)
        desk.show(9.83)
        #expect(desk.resting.isEmpty && desk.held[0] == 0)
        desk.show(10)
        desk.show(9.84)
        #expect(desk.resting.count == 1)
    }

    @Test func `a limit that is no whole number of lots is rounded down`() throws {
        var desk = try vwapDesk {
            $0.touch.lot = Quantity(20)
            $0.positionMax = Quantity(50)
        }
        desk.show(9.84)
        #expect(desk.story == ["buy 40 9.83"])
    }
}
