// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosStrategy
import Testing

private let indexShare = Instrument(id: 0)
private let memberA = Instrument(id: 1)
private let memberB = Instrument(id: 2)

/// An index of two A and half a B: 2 · 10 + 0.5 · 20 = 30.
private func basketDesk(_ change: (inout BasketParameters) -> Void = { _ in }) throws -> Desk<BasketArbitrage> {
    let weights = [SymbolWeight("A: 2"), SymbolWeight("B: 0.5")].compactMap { $0 }
    var parameters = BasketParameters(index: try #require(Symbol("IX")), weights: weights)
    parameters.hours.firstEntry = 0
    parameters.hours.lastEntry = 3_600_000_000_000
    parameters.hours.flattenAt = 3_600_000_000_000
    parameters.feePerShare = Price(raw: 1_000_000)
    parameters.enterEdge = Price(raw: 10_000_000)
    parameters.notional = Money(3_000)
    change(&parameters)
    var directory = InstrumentDirectory()
    let strategy = BasketArbitrage(parameters, instruments: &directory, midnight: .zero)
    return try Desk(strategy, instruments: 4)
}

extension Desk where S == BasketArbitrage {
    fileprivate mutating func show(_ price: Double, spread: Double = 0.02) {
        quote(memberA, mid: 10, spread: spread)
        quote(memberB, mid: 20, spread: spread)
        quote(indexShare, mid: price, spread: spread)
    }

    fileprivate var story: [String] { orders.map { "\($0.instrument.id) \($0.side) \($0.quantity)" } }
}

@Suite("Index arbitrage")
struct BasketArbitrageTests {
    @Test func `a dear index is sold against its members, and taken back when the basis is gone`() throws {
        var desk = try basketDesk()
        // All spreads 0.02 · 3.5 and fees 0.01 · 2 · 3.5 cost 0.14; 0.10 is wanted beyond.
        desk.show(30.23)
        #expect(desk.orders.isEmpty)
        desk.show(30.25)
        #expect(desk.story == ["0 sell 99", "1 buy 198", "2 buy 50"])
        #expect(desk.strategy.phase == .open)
        desk.quote(indexShare, mid: 30.01)
        #expect(desk.orders.count == 3)
        desk.quote(indexShare, mid: 30)
        #expect(desk.story.dropFirst(3) == ["0 buy 99", "1 sell 198", "2 sell 50"])
        #expect(desk.strategy.phase == .flat && desk.strategy.counters.targets == 1)
    }

    @Test func `a cheap one is bought`() throws {
        var desk = try basketDesk()
        desk.show(29.75)
        #expect(desk.story == ["0 buy 101", "1 sell 202", "2 sell 51"])
    }

    @Test func `without all quotes nothing is known`() throws {
        var desk = try basketDesk()
        desk.quote(memberA, mid: 10)
        desk.quote(indexShare, mid: 31)
        #expect(desk.orders.isEmpty)
        desk.quote(memberB, bid: 20, ask: nil)
        #expect(desk.orders.isEmpty)
        desk.quote(memberB, mid: 20)
        #expect(desk.orders.count == 3)
    }

    @Test func `a leg that stays behind is completed at a worse price, or all are undone`() throws {
        for timeout in BasketParameters.Timeout.allCases {
            var desk = try basketDesk {
                $0.onTimeout = timeout
                $0.legTimeout = 1_000_000_000
            }
            // The second member can only be had five cents through the touch.
            desk.answer = { order in
                let isTight =
                    order.instrument == memberB && order.side == .buy && order.price < Price(raw: 2_005_000_000)
                return isTight ? .cancel : .fill
            }
            desk.show(30.25)
            desk.ticks(9)
            #expect(desk.strategy.phase == .entering)
            desk.ticks(5)
            #expect(desk.strategy.phase == (timeout == .complete ? .open : .flat))
            #expect(desk.strategy.counters.leggings == (timeout == .complete ? 0 : 1))
            if timeout == .undo { #expect(desk.held[0] == 0 && desk.held[1] == 0) }
            // After an undo that side waits until the basis was back.
            let before = desk.orders.count
            desk.quote(indexShare, mid: 30.3)
            #expect(desk.orders.count == before)
        }
    }

    @Test func `what can't be completed is undone in the end`() throws {
        var desk = try basketDesk {
            $0.onTimeout = .complete
            $0.legTimeout = 1_000_000_000
        }
        desk.answer = { $0.instrument == memberB && $0.side == .buy ? .cancel : .fill }
        desk.show(30.25)
        desk.ticks(25)
        #expect(desk.strategy.phase == .flat && desk.held[0] == 0 && desk.held[1] == 0)
        #expect(desk.strategy.counters.completions == 1 && desk.strategy.counters.leggings == 1)
    }

    @Test func `lots that miss the weights by too much are no basket`() throws {
        var desk = try basketDesk { $0.touch.lot = Quantity(30) }
        desk.show(30.25)
        #expect(desk.orders.isEmpty && desk.strategy.counters.unsized > 0)
    }

    @Test func `a halted leg stops entries; stop, time and the end of the day leave`() throws {
        var halted = try basketDesk()
        halted.setState(memberB, "H")
        halted.show(30.5)
        #expect(halted.orders.isEmpty)
        var stopped = try basketDesk { $0.stopBasis = Price(raw: 100_000_000) }
        stopped.show(30.5)
        stopped.quote(indexShare, mid: 31.01)
        #expect(stopped.strategy.counters.stops == 1 && stopped.strategy.phase == .flat)
        stopped.quote(indexShare, mid: 30.5)
        #expect(stopped.strategy.phase == .flat, "blocked until it was back")
        var old = try basketDesk { $0.maxHold = 1_000_000_000 }
        old.show(30.5)
        old.ticks(10)
        #expect(old.strategy.counters.timeStops == 1 && old.strategy.phase == .flat)
        var late = try basketDesk {
            $0.hours.lastEntry = 1_000_000_000
            $0.hours.flattenAt = 1_000_000_000
        }
        late.show(30.5)
        late.ticks(10)
        #expect(late.strategy.counters.closes == 1 && late.strategy.phase == .flat)
        late.quote(indexShare, mid: 30.6)
        #expect(late.strategy.phase == .flat)
    }

    @Test func `the usual basis is learnt`() throws {
        var desk = try basketDesk {
            $0.basisMemory = 60_000_000_000
            $0.sampleInterval = 100_000_000
            $0.warmUp = 5_000_000_000
        }
        desk.show(31)
        desk.ticks(100)
        #expect(desk.orders.isEmpty)
        desk.quote(indexShare, mid: 31.25)
        #expect(desk.story.first == "0 sell 96")
    }

    @Test func `values that contradict each other are refused by name`() {
        func refusal(_ given: [(String, ParameterValue)]) -> String {
            let weights = ParameterValue.weights([SymbolWeight("A: 2")].compactMap { $0 })
            let base: [(String, ParameterValue)] = [("weights", weights)] + given
            do { _ = try StrategyCatalog.configure("basket", base) } catch { return "\(error)" }
            return ""
        }
        guard let a = Symbol("A"), let ix = Symbol("IX") else { return }
        #expect(refusal([("index", .symbol(ix))]) == "")
        #expect(
            refusal([("index", .symbol(a))]) == "weights: expected the members of the index, without the index A itself"
        )
        let tight = refusal([("index", .symbol(ix)), ("completeTolerance", .price(.zero))])
        #expect(tight == "completeTolerance: expected at least tolerance (0.01)")
        #expect(refusal([]) == "index: expected a symbol of one to eight characters")
    }

    @Test func `quotes of halted legs neither stop nor leave`() throws {
        for price in [30, 36] as [Double] {
            var desk = try basketDesk()
            desk.show(30.5)
            desk.setState(indexShare, "H")
            desk.quote(indexShare, mid: price)
            desk.ticks(3)
            #expect(desk.strategy.phase == .open && desk.orders.count == 3)
            desk.setState(indexShare, "T")
            desk.tick()
            #expect(desk.strategy.phase == .flat, "what it trades at after the halt counts")
        }
    }

    @Test func `what was taken back is not built up again before the basis was back`() throws {
        var desk = try basketDesk()
        desk.show(30.5)
        for order in desk.orders { desk.reduce(order, Int(order.quantity.raw / Quantity.scale)) }
        #expect(desk.strategy.phase == .flat)
        desk.quote(indexShare, mid: 30.51)
        #expect(desk.orders.count == 3)
        desk.quote(indexShare, mid: 29.99)
        desk.quote(indexShare, mid: 30.5)
        #expect(desk.orders.count == 6)
    }

    @Test func `a bust of what was taken back is closed, whatever the time`() throws {
        var desk = try basketDesk {
            $0.hours.lastEntry = 1_000_000_000
            $0.hours.flattenAt = 1_000_000_000
        }
        desk.show(30.5)
        let order = try #require(desk.orders.first)
        for order in desk.orders { desk.reduce(order, Int(order.quantity.raw / Quantity.scale)) }
        desk.ticks(20)
        desk.reduce(order, 50, isBroken: true)
        desk.ticks(3)
        #expect(desk.held[0] == 0 && desk.strategy.phase == .flat)
    }

    @Test func `a warm-up of nothing still wants one sample, and weights that are far off are no basket`() throws {
        var cold = try basketDesk {
            $0.basisMemory = 60_000_000_000
            $0.warmUp = 0
        }
        cold.show(31)
        #expect(cold.orders.isEmpty)
        var wrong = try basketDesk {
            $0.stopBasis = Price(raw: 100_000_000_000)
            $0.offset = Price(raw: -2_600_000_000)
        }
        // Members worth 30 against an index of 4 and a bit.
        wrong.show(4.6)
        #expect(wrong.orders.isEmpty && wrong.strategy.counters.unsized > 0)
    }

    @Test func `edges at which it would go round and round are refused`() {
        func refusal(_ given: [(String, ParameterValue)]) -> String {
            let weights = ParameterValue.weights([SymbolWeight("A: 2")].compactMap { $0 })
            guard let ix = Symbol("IX") else { return "no symbol" }
            let base: [(String, ParameterValue)] = [("weights", weights), ("index", .symbol(ix))] + given
            do { _ = try StrategyCatalog.configure("basket", base) } catch { return "\(error)" }
            return ""
        }
        #expect(
            refusal([("exitBasis", .price(Price(raw: 2_000_000)))])
                == "exitBasis: expected a price below enterEdge (0.02)"
        )
        #expect(
            refusal([("stopBasis", .price(Price(raw: 2_000_000)))])
                == "stopBasis: expected a price above enterEdge (0.02)"
        )
    }
}
