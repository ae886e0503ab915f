// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosMath
import HeliosSignal
import HeliosStrategy
import Testing

private let instrumentY = Instrument(id: 0)
private let instrumentX = Instrument(id: 1)

/// One pair that samples at every tick, trades from the first moment on and has a short memory.
private func quickParameters() throws -> PairsParameters {
    var parameters = PairsParameters(pairs: [try #require(PairName("YYY~XXX"))])
    parameters.sampleInterval = 100_000_000
    parameters.hedgeWindow = 60
    parameters.zWindow = 40
    parameters.warmUp = 60
    parameters.refitEvery = 10
    parameters.minHalfLife = 0
    parameters.maxHalfLife = 60_000_000_000
    parameters.firstEntry = 0
    parameters.lastEntry = 1_000 * Desk<PairsStrategy>.second
    parameters.flattenAt = 2_000 * Desk<PairsStrategy>.second
    parameters.timeStopHalfLives = 1_000
    parameters.legTimeout = 1_000_000_000
    parameters.feePerShare = Price(raw: 10_000)
    return parameters
}

/// A desk whose pair has been warmed up by a reverting spread that never goes far enough to trade.
private func warmDesk(_ parameters: PairsParameters) throws -> Desk<PairsStrategy> {
    var directory = InstrumentDirectory()
    let strategy = PairsStrategy(parameters, instruments: &directory, midnight: .zero)
    var desk = try Desk(strategy, instruments: 2)
    // Without entry during the warm-up: what it would trade is not what these tests ask.
    var random = SeededRandom(seed: 12)
    var x = 50.0
    var spread = 0.0
    for _ in 0..<60 {
        x += 0.02 * random.gaussian()
        spread = 0.6 * spread + 0.03 * (random.uniform() - 0.5)
        desk.quote(instrumentX, mid: x)
        desk.quote(instrumentY, mid: 10 + 1.8 * x + spread)
        desk.tick()
    }
    return desk
}

extension Desk where S == PairsStrategy {
    /// Moves y so that the pair's z-score is `z` against its model of now.
    fileprivate mutating func setZ(_ z: Double, spread: Double = 0.0002) throws {
        let known = strategy.model(of: 0)
        let model = try #require(known)
        let x = market.quote(instrumentX).mid.value
        quote(instrumentY, mid: model.mean + z * model.deviation + model.beta * x, spread: spread)
    }

    fileprivate var phase: PairPhase { strategy.phase(of: 0) }
    fileprivate var positionY: Int { Int(strategy.position(of: 0, leg: 0).raw / Quantity.scale) }
    fileprivate var positionX: Int { Int(strategy.position(of: 0, leg: 1).raw / Quantity.scale) }
}

@Suite struct PairsEntryTests {
    @Test func `no model and no trade before the warm-up`() throws {
        var directory = InstrumentDirectory()
        let strategy = PairsStrategy(try quickParameters(), instruments: &directory, midnight: .zero)
        var desk = try Desk(strategy, instruments: 2)
        var random = SeededRandom(seed: 2)
        for step in 0..<59 {
            desk.quote(instrumentX, mid: 50 + random.gaussian())
            desk.quote(instrumentY, mid: step == 58 ? 200 : 100 + random.gaussian())
            desk.tick()
        }
        let (orders, samples) = (desk.orders.count, desk.strategy.counters.samples)
        #expect(orders == 0 && samples == 59)
    }

    @Test func `a pair enters at the quote that takes z to the threshold, not before`() throws {
        var desk = try warmDesk(try quickParameters())
        #expect(desk.orders.isEmpty)
        try desk.setZ(1.999)
        #expect(desk.orders.isEmpty)
        let known = desk.strategy.model(of: 0)
        let model = try #require(known)
        try desk.setZ(2.001)
        let y = desk.market.quote(instrumentY).mid.value
        let sharesY = Int(10_000 / y)
        let sharesX = Int((model.beta * Double(sharesY)).rounded())
        let now = desk.market.now.nanoseconds
        // Spread too high: sell y, buy x.
        #expect(
            desk.seen == [
                SeenOrder(group: 0, leg: 0, side: .sell, shares: sharesY, time: now),
                SeenOrder(group: 0, leg: 1, side: .buy, shares: sharesX, time: now),
            ]
        )
        #expect(desk.phase == .open && desk.positionY == -sharesY && desk.positionX == sharesX)
        #expect(desk.orders.allSatisfy { $0.timeInForce == .immediateOrCancel })
        #expect(desk.orders[0].price == desk.market.quote(instrumentY).bidPrice - Price(raw: 1_000_000))
        #expect(desk.orders[1].price == desk.market.quote(instrumentX).askPrice + Price(raw: 1_000_000))
    }

    @Test func `a spread too low is bought`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(-2.5)
        #expect(desk.seen.map(\.side) == [.buy, .sell])
        #expect(desk.positionY > 0 && desk.positionX < 0)
    }

    @Test func `a quote of the second leg is enough`() throws {
        var desk = try warmDesk(try quickParameters())
        let known = desk.strategy.model(of: 0)
        let model = try #require(known)
        let x = desk.market.quote(instrumentX).mid.value
        desk.quote(instrumentX, mid: x + 3 * model.deviation / model.beta)
        #expect(desk.seen.map(\.side) == [.buy, .sell])
    }

    @Test func `no entry when the round trip costs too much for the expected gain`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(2.5, spread: 5)
        #expect(desk.orders.isEmpty)
        let refused = desk.strategy.counters.refusedByCost
        #expect(refused == 1)
        try desk.setZ(2.51)
        #expect(desk.orders.count == 2)
    }

    @Test(arguments: [true, false]) func `no entry with a half-life outside the limits`(isTooLong: Bool) throws {
        var parameters = try quickParameters()
        if isTooLong { parameters.maxHalfLife = 1_000_000 } else { parameters.minHalfLife = 50_000_000_000 }
        var desk = try warmDesk(parameters)
        try desk.setZ(2.5)
        let refused = desk.strategy.counters.refusedByHalfLife
        #expect(desk.orders.isEmpty && refused == 1)
    }

    @Test func `no entry outside the hours for entries`() throws {
        var parameters = try quickParameters()
        parameters.firstEntry = 100 * 1_000_000_000
        var early = try warmDesk(parameters)
        try early.setZ(2.5)
        #expect(early.orders.isEmpty)
        parameters.firstEntry = 0
        parameters.lastEntry = 6_000_000_000  // The warm-up ends at this moment.
        var late = try warmDesk(parameters)
        try late.setZ(2.5)
        #expect(late.orders.isEmpty)
    }

    @Test func `nothing is traded on one-sided or crossed quotes or in a halt`() throws {
        var desk = try warmDesk(try quickParameters())
        desk.quote(instrumentY, bid: 120, ask: nil)
        desk.quote(instrumentY, bid: nil, ask: 90)
        desk.quote(instrumentY, bid: 120, ask: 119)
        desk.quote(instrumentY, bid: 120, ask: 120)
        let x = desk.market.quote(instrumentX).mid.value
        desk.quote(instrumentX, mid: x + 0.3)  // y has no quote: the spread is unknown.
        #expect(desk.orders.isEmpty)
        desk.quote(instrumentX, mid: x)
        desk.setState(instrumentX, "H")
        try desk.setZ(3)
        #expect(desk.orders.isEmpty)
        desk.setState(instrumentX, "T")
        desk.setPhase("M")
        try desk.setZ(3.1)
        #expect(desk.orders.isEmpty)
        desk.setPhase("Q")
        try desk.setZ(3.2)
        #expect(desk.orders.count == 2)
    }

    @Test func `a spread beyond the stop is not entered until it has come back`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(6)
        try desk.setZ(3)
        #expect(desk.orders.isEmpty)
        try desk.setZ(0.4)
        try desk.setZ(3)
        #expect(desk.orders.count == 2)
    }

    @Test func `samples without a usable quote are missed, and a stale model does not trade`() throws {
        var desk = try warmDesk(try quickParameters())
        let known = desk.strategy.model(of: 0)
        let model = try #require(known)
        let x = desk.market.quote(instrumentX).mid.value
        desk.quote(instrumentY, bid: 100, ask: nil)
        for _ in 0..<10 { desk.tick() }
        let counters = desk.strategy.counters
        #expect(counters.missedSamples == 10 && counters.samples == 60)
        desk.quote(instrumentY, mid: model.mean + 3 * model.deviation + model.beta * x)
        #expect(desk.orders.isEmpty)
    }

    @Test func `legs that do not move have no model`() throws {
        var directory = InstrumentDirectory()
        let strategy = PairsStrategy(try quickParameters(), instruments: &directory, midnight: .zero)
        var desk = try Desk(strategy, instruments: 2)
        desk.quote(instrumentX, mid: 50)
        desk.quote(instrumentY, mid: 90)
        for _ in 0..<100 { desk.tick() }
        let model = desk.strategy.model(of: 0)
        #expect(model == nil)
        desk.quote(instrumentY, mid: 95)
        #expect(desk.orders.isEmpty)
    }
}

@Suite struct PairsExitTests {
    @Test func `an open pair leaves at the target, and may enter again at the next crossing`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(2.1)
        try desk.setZ(0.51)
        #expect(desk.phase == .open && desk.orders.count == 2)
        try desk.setZ(0.49)
        #expect(desk.phase == .flat && desk.positionY == 0 && desk.positionX == 0)
        #expect(desk.seen.map(\.side) == [.sell, .buy, .buy, .sell])
        try desk.setZ(1.9)
        #expect(desk.orders.count == 4)
        try desk.setZ(2.1)
        #expect(desk.phase == .open && desk.orders.count == 6)
    }

    @Test func `a gap through the mean to the other side leaves first`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(2.1)
        try desk.setZ(-3)
        #expect(desk.phase == .flat)
        let counters = desk.strategy.counters
        #expect(counters.targets == 1 && counters.entries == 1)
        try desk.setZ(-3.1)
        #expect(desk.phase == .open && desk.positionY > 0)
    }

    @Test func `a stop closes, and blocks its side until the spread has come back`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(-2.1)
        try desk.setZ(-3.99)
        #expect(desk.phase == .open)
        try desk.setZ(-4.01)
        #expect(desk.phase == .flat && desk.positionY == 0)
        let stops = desk.strategy.counters.stops
        #expect(stops == 1)
        try desk.setZ(-2.5)
        try desk.setZ(-0.6)
        try desk.setZ(-2.5)
        #expect(desk.orders.count == 4)
        try desk.setZ(-0.4)
        try desk.setZ(-2.5)
        #expect(desk.orders.count == 6 && desk.phase == .open)
    }

    @Test func `after a stop below, the other side may be entered`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(-2.1)
        try desk.setZ(-4.1)
        try desk.setZ(2.5)
        #expect(desk.phase == .open && desk.positionY < 0)
    }

    @Test func `a position is closed at the first sample after its lifetime`() throws {
        var parameters = try quickParameters()
        parameters.timeStopHalfLives = 3
        parameters.exitZ = -20  // Never at the target.
        parameters.stopZ = 100
        var desk = try warmDesk(parameters)
        try desk.setZ(2.1)
        let known = desk.strategy.model(of: 0)
        let lifetime = 3 * (try #require(known)).halfLife
        let ticks = Int((lifetime / 1e8).rounded(.up))
        #expect(ticks > 1)
        for _ in 1..<ticks { desk.tick() }
        #expect(desk.phase == .open)
        desk.tick()
        let stops = desk.strategy.counters.timeStops
        #expect(desk.phase == .flat && stops == 1 && desk.positionY == 0 && desk.positionX == 0)
    }

    @Test func `the end of the day flattens and ends trading`() throws {
        var parameters = try quickParameters()
        parameters.lastEntry = 7_000_000_000
        parameters.flattenAt = 7_000_000_000
        var desk = try warmDesk(parameters)
        try desk.setZ(2.1)
        let entered = desk.orders.count
        #expect(entered == 2)
        while desk.market.now.nanoseconds < 6_900_000_000 { desk.tick() }
        #expect(desk.phase == .open)
        desk.tick()
        let closes = desk.strategy.counters.closes
        #expect(desk.phase == .flat && closes == 1)
        try desk.setZ(3)
        for _ in 0..<20 { desk.tick() }
        #expect(desk.orders.count == 4)
    }

    @Test func `while a position is open its hedge ratio stays that of the entry`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(2.1)
        let before = desk.strategy.model(of: 0)
        var random = SeededRandom(seed: 8)
        let x = desk.market.quote(instrumentX).mid.value
        let y = desk.market.quote(instrumentY).mid.value
        for _ in 0..<5 {
            desk.quote(instrumentX, mid: x + 0.001 * random.gaussian())
            desk.quote(instrumentY, mid: y + 0.001 * random.gaussian())
            desk.tick()
        }
        let after = desk.strategy.model(of: 0)
        #expect(desk.phase == .open && before?.beta == after?.beta && before?.mean != after?.mean)
    }
}

@Suite struct PairsExecutionTests {
    @Test func `a partial fill is completed after the cool-down`() throws {
        var desk = try warmDesk(try quickParameters())
        desk.answer = { $0.tag.leg == 0 ? .partial(10) : .fill }
        try desk.setZ(2.1)
        let wanted = desk.seen[0].shares
        #expect(desk.phase == .entering && desk.positionY == -10)
        desk.answer = { _ in .fill }
        desk.tick()
        desk.tick()
        #expect(desk.orders.count == 2)
        desk.tick()  // 300 ms later: the first timer after 250 ms.
        #expect(desk.orders.count == 3 && desk.seen[2].shares == wanted - 10 && desk.seen[2].leg == 0)
        #expect(desk.phase == .open && desk.positionY == -wanted)
    }

    @Test func `a leg that can not be filled in time has the other one undone`() throws {
        var desk = try warmDesk(try quickParameters())
        desk.answer = { $0.tag.leg == 1 && $0.side == .buy ? .cancel : .fill }
        try desk.setZ(2.1)
        let wanted = desk.seen[0].shares
        #expect(desk.phase == .entering && desk.positionY == -wanted && desk.positionX == 0)
        for _ in 0..<9 { desk.tick() }
        #expect(desk.phase == .entering)
        desk.tick()
        let leggings = desk.strategy.counters.leggings
        #expect(desk.phase == .flat && leggings == 1 && desk.positionY == 0 && desk.positionX == 0)
        #expect(desk.seen.last.map { $0.leg == 0 && $0.side == .buy && $0.shares == wanted } == true)
        let tried = desk.orders.count
        try desk.setZ(2.5)  // Blocked until it has come back.
        #expect(desk.orders.count == tried)
    }

    @Test func `refusals by risk are retried less and less often`() throws {
        var parameters = try quickParameters()
        parameters.legTimeout = 60_000_000_000
        var desk = try warmDesk(parameters)
        desk.answer = { _ in .refuseByRisk }
        let start = desk.market.now.nanoseconds
        try desk.setZ(2.1)
        for _ in 0..<100 { desk.tick() }
        let times = desk.seen.filter { $0.leg == 0 }.map { ($0.time - start) / 1_000_000 }
        // 250 ms doubled at each refusal, at the next timer: 500, 1,000, 2,000, 4,000 ms.
        #expect(times == [0, 500, 1_500, 3_500, 7_500])
        let refusals = desk.strategy.counters.refusals
        #expect(refusals == 10 && desk.phase == .entering)
    }

    @Test func `an entry of which nothing was filled ends flat`() throws {
        var desk = try warmDesk(try quickParameters())
        desk.answer = { _ in .reject }
        try desk.setZ(2.1)
        for _ in 0..<10 { desk.tick() }
        let leggings = desk.strategy.counters.leggings
        #expect(desk.phase == .flat && leggings == 1)
    }

    @Test func `an exit keeps trying until both legs are flat`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(2.1)
        desk.answer = { _ in .cancel }
        try desk.setZ(0)
        #expect(desk.phase == .exiting)
        for _ in 0..<50 { desk.tick() }
        #expect(desk.phase == .exiting && desk.positionY != 0)
        desk.answer = { _ in .fill }
        for _ in 0..<3 { desk.tick() }
        #expect(desk.phase == .flat && desk.positionY == 0 && desk.positionX == 0)
    }

    @Test func `an exit waits while its instrument is halted`() throws {
        var desk = try warmDesk(try quickParameters())
        try desk.setZ(2.1)
        desk.answer = { $0.tag.leg == 0 ? .cancel : .fill }
        try desk.setZ(0)
        desk.setState(instrumentY, "H")
        let tried = desk.orders.count
        for _ in 0..<20 { desk.tick() }
        #expect(desk.orders.count == tried && desk.phase == .exiting)
        desk.setState(instrumentY, "T")
        desk.answer = { _ in .fill }
        desk.tick()
        #expect(desk.phase == .flat)
    }

    @Test func `orders in flight are waited for, never doubled`() throws {
        var desk = try warmDesk(try quickParameters())
        desk.answer = { _ in .rest }
        try desk.setZ(2.1)
        for _ in 0..<5 { desk.tick() }
        #expect(desk.orders.count == 2 && desk.phase == .entering)
        let shares = desk.seen.map(\.shares)
        desk.fillResting(shares[0])
        #expect(desk.phase == .entering)
        desk.fillResting(shares[1])
        #expect(desk.phase == .open && desk.orders.count == 2)
    }

    @Test func `a fill that comes during the undoing is undone too`() throws {
        var desk = try warmDesk(try quickParameters())
        desk.answer = { $0.tag.leg == 1 ? .rest : .fill }
        try desk.setZ(2.1)
        for _ in 0..<10 { desk.tick() }
        #expect(desk.phase == .exiting && desk.positionY == 0)
        desk.answer = { _ in .fill }
        desk.fillResting(desk.seen[1].shares)
        for _ in 0..<3 { desk.tick() }
        #expect(desk.phase == .flat && desk.positionX == 0)
    }

    @Test func `a fill reported after its order's end is undone`() throws {
        var desk = try warmDesk(try quickParameters())
        desk.answer = { _ in .cancel }
        try desk.setZ(2.1)
        for _ in 0..<10 { desk.tick() }
        let ended = desk.orders[0]
        #expect(desk.phase == .flat)
        desk.answer = { _ in .fill }
        desk.fillLate(ended, 7)
        for _ in 0..<3 { desk.tick() }
        #expect(desk.seen.last.map { $0.side == .buy && $0.shares == 7 && $0.leg == 0 } == true)
        #expect(desk.phase == .flat && desk.positionY == 0)
    }
}
