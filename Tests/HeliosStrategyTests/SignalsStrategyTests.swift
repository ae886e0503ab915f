// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosStrategy
import Testing

private let a = Instrument(id: 0)
private let b = Instrument(id: 1)

private func desk(
    _ queries: String,
    symbols: [Symbol] = [],
    _ change: (inout SignalsParameters) -> Void = { _ in }
) throws -> Desk<SignalsStrategy> {
    var parameters = try SignalsParameters(queries: queries, symbols: symbols)
    parameters.hours.firstEntry = 0
    parameters.hours.lastEntry = 3_600_000_000_000
    parameters.hours.flattenAt = 3_600_000_000_000
    parameters.notional = Money(3_000)
    change(&parameters)
    var directory = InstrumentDirectory()
    _ = directory.register(try #require(Symbol("A")))
    _ = directory.register(try #require(Symbol("B")))
    return try Desk(SignalsStrategy(parameters, instruments: &directory, midnight: .zero), instruments: 3)
}

private let spread = """
    WHEN mid(A) - 2 * mid(B) > 5 EMIT sell(mid(A) - 2 * mid(B));
    WHEN mid(A) - 2 * mid(B) < -5 EMIT buy(mid(A) - 2 * mid(B));
    WHEN mid(A) - 2 * mid(B) < 1 EMIT close(mid(A) - 2 * mid(B))
    """

extension Desk where S == SignalsStrategy {
    /// Instrument, side and shares of each order so far.
    fileprivate var story: [String] { orders.map { "\($0.instrument.id) \($0.side) \($0.quantity)" } }

    fileprivate mutating func show(_ y: Double, _ x: Double) {
        quote(b, mid: x)
        quote(a, mid: y)
    }
}

@Suite("Signals are traded")
struct SignalsStrategyTests {
    @Test func `a sum of prices becomes legs, and close takes them back`() throws {
        var desk = try desk(spread)
        desk.show(20, 10)
        #expect(desk.orders.isEmpty)
        desk.quote(a, mid: 26)
        // 3000 / (26 + 2 · 10) = 65.2 units.
        #expect(desk.story == ["0 sell 65", "1 buy 130"])
        #expect(desk.strategy.phase(of: 0) == .open)
        #expect(desk.strategy.position(of: 0, leg: 0) == Quantity(-65))
        desk.quote(a, mid: 20.5)
        #expect(desk.story.dropFirst(2) == ["0 buy 65", "1 sell 130"])
        #expect(desk.strategy.phase(of: 0) == .flat && desk.strategy.counters.exits == 1)
    }

    @Test func `a number that changes is taken as it is when the rule speaks`() throws {
        var desk = try desk("WHEN mid(A) > 30 EMIT buy(mid(A) - lowest(mid(B), 10 samples from 1) / 10 * mid(B) + 7)")
        desk.show(20, 20)
        desk.quote(b, mid: 40)
        desk.quote(a, mid: 40)
        // Two shares of B for one of A: 3000 / (40 + 2 · 40) = 25.
        #expect(desk.story == ["0 buy 25", "1 sell 50"])
    }

    @Test func `the events of a group are a signal for an instrument that has a name`() throws {
        var desk = try desk(
            "GROUPS kind: both (A, B); WHEN mean(mid, 2 samples) > 20 PARTITION BY kind EMIT buy(mid(A))"
        )
        desk.quote(a, mid: 10)
        #expect(desk.orders.isEmpty)
        desk.quote(b, mid: 40)
        #expect(desk.story == ["0 buy 300"])
        #expect(throws: ParameterError.self) {
            try SignalsParameters(queries: "GROUPS kind: both (A, B); WHEN mid > 20 PARTITION BY kind EMIT buy(mid)")
        }
    }

    @Test func `reversing goes from one side to the other in one order a leg`() throws {
        let queries = """
            WHEN mid(A) > 11 EMIT sell(mid(A));
            WHEN mid(A) < 9 EMIT buy(mid(A))
            """
        var reversing = try desk(queries) { $0.opposite = .reverse }
        reversing.quote(a, mid: 10)
        reversing.quote(a, mid: 12)
        reversing.quote(a, mid: 8)
        #expect(reversing.story == ["0 sell 250", "0 buy 625"])
        #expect(reversing.strategy.position(of: 0, leg: 0) == Quantity(375))
        var closing = try desk(queries)
        closing.quote(a, mid: 10)
        closing.quote(a, mid: 12)
        closing.quote(a, mid: 8)
        #expect(closing.story == ["0 sell 250", "0 buy 250"])
    }

    @Test func `repeated signals add entries up to the most, and no leg passes its limit`() throws {
        var desk = try desk("WHEN mid(A) > 11 EMIT buy(mid(A))") {
            $0.maxEntries = 3
            $0.positionMax = Quantity(600)
        }
        for _ in 0..<5 {
            desk.quote(a, mid: 10)
            desk.quote(a, mid: 12)
        }
        #expect(desk.story == ["0 buy 250", "0 buy 250", "0 buy 100"])
        #expect(desk.strategy.position(of: 0, leg: 0) == Quantity(600))
    }

    @Test func `a leg that is not filled undoes the others`() throws {
        var desk = try desk(spread) { $0.legTimeout = 500_000_000 }
        desk.answer = { $0.instrument == b && $0.side == .buy ? .cancel : .fill }
        desk.show(20, 10)
        desk.quote(a, mid: 26)
        desk.ticks(6)
        #expect(desk.strategy.phase(of: 0) == .flat)
        #expect(desk.held == [0: 0] && desk.story.last == "0 buy 65")
    }

    @Test func `a position ends with its time, with the day, and not before`() throws {
        var old = try desk(spread) { $0.maxHold = 1_000_000_000 }
        old.show(20, 10)
        old.quote(a, mid: 26)
        old.ticks(9)
        #expect(old.strategy.phase(of: 0) == .open)
        old.tick()
        #expect(old.strategy.phase(of: 0) == .flat)
        var late = try desk(spread) {
            $0.hours.flattenAt = 1_000_000_000
            $0.hours.lastEntry = 1_000_000_000
        }
        late.show(20, 10)
        late.quote(a, mid: 26)
        late.ticks(10)
        #expect(late.strategy.phase(of: 0) == .flat && late.held == [0: 0, 1: 0])
        late.quote(a, mid: 20)
        late.quote(a, mid: 26)
        #expect(late.orders.count == 4 && late.strategy.counters.untimely == 1)
    }

    @Test func `no entry while a leg is halted or has no quote; an exit waits`() throws {
        var desk = try desk(spread)
        desk.show(20, 10)
        desk.setState(b, "H")
        desk.quote(a, mid: 26)
        #expect(desk.orders.isEmpty)
        desk.setState(b, "T")
        desk.quote(a, mid: 20)
        desk.quote(a, mid: 26)
        #expect(desk.orders.count == 2)
        desk.setState(a, "H")
        desk.quote(a, mid: 20)
        #expect(desk.story.dropFirst(2) == ["1 sell 130"])
        desk.ticks(30)
        #expect(desk.strategy.phase(of: 0) == .exiting)
        desk.setState(a, "T")
        desk.ticks(3)
        #expect(desk.strategy.phase(of: 0) == .flat && desk.held == [0: 0, 1: 0])
    }

    @Test func `a halt is told to the plan, and quiet rules keep still`() throws {
        var desk = try desk("WHEN mid(A) > 11 AND NO halted(A) WITHIN 2 s EMIT buy(mid(A))")
        desk.quote(a, mid: 10)
        desk.setState(a, "H")
        desk.tick()
        desk.setState(a, "T")
        desk.tick()
        desk.quote(a, mid: 12)
        #expect(desk.orders.isEmpty)
        desk.ticks(30)
        desk.quote(a, mid: 10)
        desk.quote(a, mid: 12)
        #expect(desk.orders.count == 1)
    }

    @Test func `trades reach the plan with their aggressor`() throws {
        var desk = try desk("MATCH big: trade(A, size > 500) THEN after: quote(A) WITHIN 1 s EMIT buy(mid(A))")
        desk.quote(a, mid: 10)
        desk.trade(a, 600, at: 10)
        desk.quote(a, mid: 10.01)
        #expect(desk.orders.count == 1)
    }

    @Test func `queries without symbols are made for each`() throws {
        let symbols = [Symbol("A"), Symbol("B")].compactMap { $0 }
        var desk = try desk("WHEN mid > 11 EMIT buy(mid); WHEN mid < 10 EMIT close(mid)", symbols: symbols)
        desk.show(10.5, 10.5)
        desk.show(12, 12)
        #expect(desk.story == ["1 buy 250", "0 buy 250"])
        desk.show(9, 12)
        #expect(desk.story.last == "0 sell 250" && desk.orders.count == 3)
    }

    @Test func `close without a sum closes everything`() throws {
        var desk = try desk(
            "WHEN mid(A) > 11 EMIT buy(mid(A)); WHEN mid(A) > 12 EMIT sell(mid(B)); WHEN mid(A) > 13 EMIT close"
        )
        desk.show(10, 10)
        desk.quote(a, mid: 11.5)
        desk.quote(a, mid: 12.5)
        #expect(desk.strategy.phase(of: 0) == .open && desk.strategy.phase(of: 1) == .open)
        desk.quote(a, mid: 13.5)
        #expect(desk.held == [0: 0, 1: 0])
    }

    @Test func `what a rule said is told with its orders`() throws {
        var parameters = try SignalsParameters(queries: spread)
        parameters.hours.firstEntry = 0
        var directory = InstrumentDirectory()
        let strategy = SignalsStrategy(parameters, instruments: &directory, midnight: .zero)
        var desk = try Desk(Witness(strategy), instruments: 2)
        desk.quote(b, mid: 10)
        desk.quote(a, mid: 20)
        desk.quote(a, mid: 26)
        #expect(desk.strategy.accounts.first?.reason == "Entry: rule sell said 6.00.")
        #expect(desk.strategy.accounts.first?.signals.contains { $0.name == "value" } == true)
    }

    @Test(arguments: [
        ("WHEN mid(A) > 1 EMIT buy(mid(A) * mid(B))", "line 1, column 26", "multiplies prices of A by prices of B"),
        ("WHEN mid(A) > 1 EMIT buy(1 / mid(A))", "line 1, column 26", "divides by prices of A"),
        ("WHEN mid(A) > 1\nEMIT sell(zscore(mid(A), 5 s))", "line 2, column 11", "no price in what is traded"),
        ("WHEN mid(A) > 1 EMIT by(mid(A))", "queries", "at least one that trades"),
        ("WHEN mid(A) > 1 EMIT buy(mid(A)); WHEN mid(A) > 2 EMIT close(mid(B))", "queries", "a buy or sell of B"),
        ("WHEN mid(ABCDEFGHIJ) > 1 EMIT buy(mid(A))", "queries", "one to eight characters, not ABCDEFGHIJ"),
        ("WHEN mod(A) > 1 EMIT buy(mid(A))", "line 1, column 6", "nothing is named mod; is mid meant?"),
    ])
    func `what can't be traded is refused where it stands`(text: String, place: String, message: String) {
        do {
            _ = try SignalsParameters(queries: text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(place) && "\(error)".contains(message), "\(error)")
        }
    }

    @Test func `entries are cut to the whole lots of the limit`() throws {
        var desk = try desk("WHEN mid(A) > 11 EMIT buy(mid(A))") {
            $0.touch.lot = Quantity(100)
            $0.positionMax = Quantity(175)
        }
        desk.quote(a, mid: 10)
        desk.quote(a, mid: 12)
        #expect(desk.story == ["0 buy 100"])
    }

    @Test func `a bust of what was taken back is closed, whatever the time`() throws {
        var desk = try desk("WHEN mid(A) > 11 EMIT buy(mid(A))")
        desk.quote(a, mid: 10)
        desk.quote(a, mid: 12)
        let order = try #require(desk.orders.first)
        desk.reduce(order, 250)
        #expect(desk.strategy.phase(of: 0) == .flat && desk.held[0] == 0)
        desk.reduce(order, 100, isBroken: true)
        desk.ticks(3)
        #expect(desk.held[0] == 0 && desk.orders.count == 2)
    }

    @Test func `a bare buy or sell trades nothing, and is refused`() {
        for (bare, name) in [("sell", "sell"), ("SELL", "sell"), ("buy()", "buy")] {
            do {
                _ = try SignalsParameters(queries: "WHEN mid(A) > 11 EMIT buy(mid(A)); WHEN mid(A) < 9 EMIT \(bare)")
                Issue.record("\(bare) was taken")
            } catch { #expect("\(error)".contains("\(name) is of a sum of prices, as \(name)(mid(KO))")) }
        }
    }
}
