// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosSignal
import HeliosStrategy
import Testing

private let instrumentY = Instrument(id: 0)
private let instrumentX = Instrument(id: 1)

/// Asks a strategy for its account of every order right after it asked for it, as the engine does.
struct Witness<S: Strategy & ~Copyable>: Strategy, ~Copyable {
    struct Account {
        var order: NewOrder
        var reason: String
        var signals: [SignalValue]
        var instruments: [Instrument]
    }

    var inner: S
    var accounts: [Account] = []

    init(_ inner: consuming S) { self.inner = inner }

    mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        let before = intents.count
        inner.onQuote(instrument, market, &intents)
        note(from: before, market, intents)
    }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        let before = intents.count
        inner.onTimer(market, &intents)
        note(from: before, market, intents)
    }

    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        let before = intents.count
        inner.onOrder(update, market, &intents)
        note(from: before, market, intents)
    }

    private mutating func note(from first: Int, _ market: borrowing MarketState, _ intents: borrowing Intents) {
        for index in first..<intents.count where !intents[index].isCancel {
            let order = intents[index].order
            accounts.append(
                Account(
                    order: order,
                    reason: inner.reason(for: order, market),
                    signals: inner.signals(for: order, market),
                    instruments: inner.instruments(of: order)
                )
            )
        }
    }
}

extension Witness.Account where S: ~Copyable {
    func number(_ name: String) -> Double? {
        guard case .number(let value)? = signals.first(where: { $0.name == name })?.value else { return nil }
        return value
    }

    func threshold(_ name: String) -> Double? {
        guard case .number(let value)? = signals.first(where: { $0.name == name })?.threshold else { return nil }
        return value
    }

    func text(_ name: String) -> String? {
        guard case .exact(let text)? = signals.first(where: { $0.name == name })?.value else { return nil }
        return text
    }
}

/// A desk whose pair has been warmed up by a reverting spread that never goes far enough to trade.
private func warmDesk(_ change: (inout PairsParameters) -> Void = { _ in }) throws -> Desk<Witness<PairsStrategy>> {
    var parameters = PairsParameters(pairs: [try #require(PairName("YYY~XXX"))])
    parameters.sampleInterval = 100_000_000
    parameters.hedgeWindow = 60
    parameters.zWindow = 40
    parameters.warmUp = 60
    parameters.refitEvery = 10
    parameters.minHalfLife = 0
    parameters.maxHalfLife = 60_000_000_000
    parameters.firstEntry = 0
    parameters.lastEntry = 1_000_000_000_000
    parameters.flattenAt = 2_000_000_000_000
    parameters.timeStopHalfLives = 1_000
    parameters.legTimeout = 1_000_000_000
    parameters.feePerShare = Price(raw: 10_000)
    change(&parameters)
    var directory = InstrumentDirectory()
    let strategy = PairsStrategy(parameters, instruments: &directory, midnight: .zero)
    var desk = try Desk(Witness(strategy), instruments: 2)
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

extension Desk where S == Witness<PairsStrategy> {
    fileprivate var model: PairModel? { strategy.inner.model(of: 0) }

    /// Moves y so that the pair's z-score is `z` against its model of now.
    fileprivate mutating func setZ(_ z: Double) throws {
        let known = model
        let model = try #require(known)
        let x = market.quote(instrumentX).mid.value
        quote(instrumentY, mid: model.mean + z * model.deviation + model.beta * x)
    }

    fileprivate var reasons: [String] { strategy.accounts.map(\.reason) }
}

@Suite("What the pairs strategy says about its orders")
struct PairsAccountTests {
    @Test func `an entry names z, the threshold that it reached and both trades`() throws {
        var desk = try warmDesk()
        let known = desk.model
        let model = try #require(known)
        try desk.setZ(-2.5)
        let reasons = desk.reasons
        #expect(
            reasons == [
                "Entry: z = -2.50 has reached -2.00, the spread is low: buy YYY, sell XXX; this is leg y (YYY).",
                "Entry: z = -2.50 has reached -2.00, the spread is low: buy YYY, sell XXX; this is leg x (XXX).",
            ]
        )
        let accounts = desk.strategy.accounts
        let first = try #require(accounts.first)
        let second = try #require(accounts.last)
        #expect(first.instruments == [instrumentY, instrumentX] && second.instruments == [instrumentX, instrumentY])
        // The values are those of the model that decided, to the bit.
        #expect(first.number("beta") == model.beta && first.number("mean") == model.mean)
        #expect(first.number("deviation") == model.deviation && first.number("halfLife") == model.halfLife * 1e-9)
        let y = desk.market.quote(instrumentY).mid.value
        let x = desk.market.quote(instrumentX).mid.value
        #expect(first.number("spread") == y - model.beta * x)
        #expect(first.number("z") == model.zScore(y - model.beta * x) && first.threshold("z") == -2)
        #expect(first.text("phase") == "entering" && first.text("direction") == "long the spread")
        #expect(first.text("leg") == "y" && second.text("leg") == "x" && first.text("pair") == "YYY~XXX")
        #expect(first.text("legPosition") == "0" && first.text("legTarget") == first.order.quantity.description)
        let gain = try #require(first.number("expectedGain"))
        let hurdle = try #require(first.threshold("expectedGain"))
        #expect(gain >= hurdle && hurdle > 0)
    }

    @Test func `an exit at the target and a stop say so`() throws {
        var desk = try warmDesk()
        try desk.setZ(2.5)
        try desk.setZ(0.4)
        let target = desk.reasons
        #expect(target.count == 4)
        #expect(target[0].hasPrefix("Entry: z = 2.50 has reached 2.00, the spread is high: sell YYY, buy XXX"))
        #expect(target[2] == "Exit: z = 0.40 has come back to 0.50: take both legs to zero; this is leg y (YYY).")
        try desk.setZ(-2.2)
        try desk.setZ(-4.5)
        let stop = desk.reasons
        #expect(stop.count == 8)
        #expect(stop[7] == "Stop: z = -4.50 has gone as far as -4.00: take both legs to zero; this is leg x (XXX).")
        let exitThreshold = desk.strategy.accounts[2].threshold("z")
        let stopThreshold = desk.strategy.accounts[7].threshold("z")
        #expect(exitThreshold == 0.5 && stopThreshold == -4)
    }

    @Test func `an order that is sent again, an undone entry and the end of the day are told apart`() throws {
        var desk = try warmDesk()
        desk.answer = { $0.tag.leg == 1 ? .partial(10) : .fill }
        try desk.setZ(-2.5)
        let sold = desk.orders[1].quantity
        for _ in 0..<3 { desk.tick() }  // the cool-down is 250 ms
        let again = desk.reasons
        #expect(again.count == 3)
        let lacks = (sold - Quantity(10)).description
        #expect(
            again[2].hasPrefix("Re-hedge: leg x (XXX) still lacks \(lacks) shares of the entry decided at z = -2.50")
        )
        for _ in 0..<12 { desk.tick() }
        let undone = desk.reasons
        let names = "Undo: the legs are not what they should be (an entry not complete in time, a late fill)"
        #expect(undone.contains { $0.hasPrefix(names) })
        var late = try warmDesk { $0.flattenAt = 6_200_000_000 }
        try late.setZ(-2.5)
        for _ in 0..<3 { late.tick() }
        let closing = late.reasons
        #expect(
            closing.last == "End of the day: every pair is taken to flat: take both legs to zero; this is leg x (XXX)."
        )
    }
}

@Suite("What the queue imbalance example says about its orders")
struct QueueImbalanceAccountTests {
    private func desk(_ change: (inout QueueImbalanceParameters) -> Void = { _ in }) throws -> Desk<
        Witness<QueueImbalance>
    > {
        var parameters = QueueImbalanceParameters(symbol: try #require(Symbol("AMZN")))
        parameters.firstEntry = 0
        parameters.flattenAt = 3_600_000_000_000
        change(&parameters)
        var directory = InstrumentDirectory()
        let strategy = QueueImbalance(parameters, instruments: &directory, midnight: .zero)
        var desk = try Desk(Witness(strategy), instruments: 2)
        desk.answer = { $0.timeInForce == .day ? .rest : .fill }
        return desk
    }

    @Test func `each order of a whole trade has its sentence`() throws {
        var desk = try desk()
        desk.quote(instrumentY, bid: 10, ask: 10.01, bidSize: 800, askSize: 200)
        desk.fillResting(100)
        desk.quote(instrumentY, bid: 10, ask: 10.01, bidSize: 300, askSize: 500)
        #expect(
            desk.strategy.accounts.map(\.reason) == [
                "Entry: the imbalance 0.60 has reached 0.60 in size: join the bid.",
                "Offer the 100 shares held at the ask while the imbalance 0.60 is still on our side.",
                "Exit: the imbalance -0.25 has come back to 0.00: close the 100 shares held.",
            ]
        )
        let accounts = desk.strategy.accounts
        #expect(accounts.map { $0.number("imbalance") } == [0.6, 0.6, -0.25])
        #expect(accounts.map { $0.threshold("imbalance") } == [0.6, 0, 0])
        #expect(accounts.map { $0.text("position") } == ["0", "100", "100"])
    }

    @Test func `an old position and the end of the day are told apart`() throws {
        var old = try desk { $0.maxHold = 200_000_000 }
        old.quote(instrumentY, bid: 10, ask: 10.01, bidSize: 100, askSize: 900)
        old.fillResting(100)
        for _ in 0..<3 { old.tick() }
        let sentences = old.strategy.accounts.map(\.reason)
        #expect(sentences.contains("Exit: the position is older than 0.20 s: close the 100 shares short."))
        var late = try desk { $0.flattenAt = 200_000_000 }
        late.quote(instrumentY, bid: 10, ask: 10.01, bidSize: 900, askSize: 100)
        late.fillResting(100)
        for _ in 0..<3 { late.tick() }
        #expect(late.strategy.accounts.last?.reason == "End of the day: close the 100 shares held.")
    }
}

@Suite("What a set of strategies says about its orders")
struct StrategySetAccountTests {
    @Test func `the strategy that the tag names answers, and nobody for a tag of nobody`() throws {
        var directory = InstrumentDirectory()
        let set = StrategySet(
            [
                .queueImbalance(QueueImbalanceParameters(symbol: try #require(Symbol("AMZN")))),
                .pairs(PairsParameters(pairs: [try #require(PairName("KO~PEP"))])),
            ],
            instruments: &directory,
            midnight: .zero
        )
        let market = try makeMarket(instruments: 3)
        func order(_ strategy: UInt16) -> NewOrder {
            NewOrder(
                id: 1,
                instrument: Instrument(id: 2),
                side: .buy,
                quantity: Quantity(1),
                price: .zero,
                tag: OrderTag(strategy: strategy, leg: 1)
            )
        }
        #expect(set.signals(for: order(0), market).first?.name == "imbalance")
        #expect(set.signals(for: order(1), market).first?.name == "z")
        #expect(set.signals(for: order(2), market).isEmpty && set.reason(for: order(2), market).isEmpty)
        #expect(set.instruments(of: order(1)) == [Instrument(id: 2), Instrument(id: 1)])
        #expect(set.instruments(of: order(2)) == [Instrument(id: 2)])
        #expect(set.reason(for: order(0), market).hasPrefix("Entry") && !set.reason(for: order(1), market).isEmpty)
    }
}
