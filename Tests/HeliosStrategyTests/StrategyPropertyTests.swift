// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosStrategy
import Testing

/// A day that is unkind: prices that jump, volume in bursts, one-sided books, halts, orders that fill in part, late or not at all.
struct RoughDay {
    let instruments: Int
    private var random: SeededRandom
    private var mids: [Double]
    private var halted: Set<Int> = []

    init(instruments: Int, seed: UInt64) {
        self.instruments = instruments
        random = SeededRandom(seed: seed)
        mids = (0..<instruments).map { 20 + 5 * Double($0) }
    }

    /// A tenth of a second of it; each number that is drawn is drawn whatever the strategy does.
    mutating func step<S: Strategy & ~Copyable>(_ desk: inout Desk<S>) {
        let market = 0.0004 * random.gaussian()
        let place = Int(random.uniform() * Double(instruments))
        let instrument = Instrument(id: UInt32(place))
        mids[place] *= 1 + market + 0.002 * random.gaussian()
        let (cents, sizes) = (Double(1 + Int(random.uniform() * 4)) / 200, (random.uniform(), random.uniform()))
        let bid = (100 * (mids[place] - cents)).rounded() / 100
        let isOneSided = random.uniform() < 0.02
        desk.quote(
            instrument,
            bid: bid,
            ask: isOneSided ? nil : bid + 2 * cents,
            bidSize: 100 + Int(1_000 * sizes.0),
            askSize: 100 + Int(1_000 * sizes.1)
        )
        if random.uniform() < 0.3 { desk.trade(instrument, 1 + Int(500 * random.uniform()), at: bid) }
        halt(&desk)
        fill(&desk)
        desk.tick()
    }

    private mutating func halt<S: Strategy & ~Copyable>(_ desk: inout Desk<S>) {
        let (chance, place) = (random.uniform(), Int(random.uniform() * Double(instruments)))
        guard chance < 0.01 else { return }
        if halted.remove(place) == nil { halted.insert(place) }
        desk.setState(Instrument(id: UInt32(place)), halted.contains(place) ? "H" : "T")
    }

    /// Resting orders trade, in part or whole.
    private mutating func fill<S: Strategy & ~Copyable>(_ desk: inout Desk<S>) {
        let (chance, share, which) = (random.uniform(), random.uniform(), random.uniform())
        guard chance < 0.3, !desk.resting.isEmpty else { return }
        let index = Int(which * Double(desk.resting.count))
        let open = Int(desk.resting[index].quantity.raw / Quantity.scale)
        desk.fillResting(max(1, Int(share * Double(open))), at: index)
    }
}

/// How orders are answered: by a count, so that a run can be repeated from any of its orders.
private func roughAnswer(_ order: NewOrder) -> Answer {
    let shares = Int(order.quantity.raw / Quantity.scale)
    if order.timeInForce == .day { return order.id % 11 == 0 ? .reject : .rest }
    switch order.id % 7 {
    case 0: return .cancel
    case 1: return .reject
    case 2: return shares > 1 ? .partial(shares / 2) : .fill
    case 3: return .refuseByRisk
    default: return .fill
    }
}

/// Every strategy that ships beside the first two, with short times, for `count` instruments.
private func shipped(_ count: Int) throws -> [StrategyConfiguration] {
    let symbols = (0..<count).compactMap { Symbol("S\($0)") }
    var hours = TradingHours()
    hours.firstEntry = 0
    hours.lastEntry = 500_000_000_000
    hours.flattenAt = 540_000_000_000
    let queries = """
        WHEN mid > highest(lag(mid, 1), 20 samples) EMIT buy(mid);
        WHEN mid < lowest(lag(mid, 1), 20 samples) EMIT sell(mid);
        WHEN mid(S0) - 0.7 * mid(S1) > 4 EMIT sell(mid(S0) - 0.7 * mid(S1));
        WHEN mid(S0) - 0.7 * mid(S1) < 2 EMIT buy(mid(S0) - 0.7 * mid(S1))
        """
    var signals = try SignalsParameters(queries: queries, symbols: symbols)
    signals.maxEntries = 3
    signals.positionMax = Quantity(600)
    signals.maxHold = 20_000_000_000
    signals.opposite = .reverse
    signals.hours = hours
    var maker = MarketMakerParameters(symbols: symbols)
    maker.warmUp = 5_000_000_000
    maker.maxInventory = Quantity(250)
    maker.maxSpread = Price(raw: 300_000_000)
    maker.imbalanceSkew = 1
    maker.hours = hours
    var momentum = MomentumParameters(symbols: symbols)
    momentum.bar = 2_000_000_000
    momentum.channelBars = 5
    momentum.volumeMultiple = 0.5
    momentum.positionMax = Quantity(300)
    momentum.maxHold = 30_000_000_000
    momentum.hours = hours
    var reversion = VwapReversionParameters(symbols: symbols)
    reversion.sessionStart = 0
    reversion.sampleInterval = 1_000_000_000
    reversion.warmUp = 10_000_000_000
    reversion.horizon = 20_000_000_000
    reversion.trendWindow = 5_000_000_000
    reversion.enterDistance = 0.5
    reversion.positionMax = Quantity(300)
    reversion.maxHold = 30_000_000_000
    reversion.entryTimeout = 10_000_000_000
    reversion.hours = hours
    var pca = PcaParameters(symbols: symbols)
    pca.sampleInterval = 1_000_000_000
    pca.window = 20
    pca.factors = 1
    pca.batch = 10
    pca.positionMax = Quantity(400)
    pca.minReversions = 0
    pca.hours = hours
    let weights = [SymbolWeight("S1: 0.4"), SymbolWeight("S2: 0.3")].compactMap { $0 }
    var basket = BasketParameters(index: symbols[0], weights: weights)
    basket.basisMemory = 30_000_000_000
    basket.sampleInterval = 1_000_000_000
    basket.warmUp = 10_000_000_000
    basket.notional = Money(5_000)
    basket.maxHold = 20_000_000_000
    basket.onTimeout = .complete
    basket.hours = hours
    return [
        .signals(signals), .marketMaking(maker), .momentum(momentum), .vwapReversion(reversion), .pca(pca),
        .basket(basket),
    ]
}

private func makeSet(_ configurations: [StrategyConfiguration]) throws -> StrategySet {
    var directory = InstrumentDirectory()
    for place in 0..<4 { _ = directory.register(try #require(Symbol("S\(place)"))) }
    return StrategySet(configurations, instruments: &directory, midnight: .zero)
}

private func bytes(_ set: borrowing StrategySet) -> [UInt8] {
    var writer = StateWriter()
    set.save(to: &writer)
    return writer.bytes
}

@Suite("Every strategy on rough days")
struct StrategyPropertyTests {
    /// A day of 540 seconds and a while after it.
    private func run(
        _ configurations: [StrategyConfiguration],
        seed: UInt64,
        exchanging: Int = -1,
        each: (borrowing Desk<StrategySet>) -> Void = { _ in }
    ) throws -> (orders: [SeenOrder], held: [UInt32: Int64], bytes: [UInt8]) {
        var desk = try Desk(try makeSet(configurations), instruments: 4)
        desk.answer = roughAnswer
        var day = RoughDay(instruments: 4, seed: seed)
        for step in 0..<5_800 {
            if step == exchanging {
                // Killed here: another one goes on from what was saved.
                let saved = bytes(desk.strategy)
                var set = try makeSet(configurations)
                try saved.withUnsafeBytes { memory in
                    var reader = StateReader(memory)
                    try set.restore(from: &reader)
                    #expect(reader.remaining == 0)
                }
                desk.strategy = set
                #expect(bytes(desk.strategy) == saved)
            }
            day.step(&desk)
            each(desk)
        }
        for place in 0..<4 { desk.setState(Instrument(id: UInt32(place)), "T") }
        for place in 0..<4 { desk.quote(Instrument(id: UInt32(place)), mid: 30, spread: 0.02) }
        desk.ticks(600)
        return (desk.seen, desk.held, bytes(desk.strategy))
    }

    @Test(arguments: 0..<6)
    func `a killed one goes on as if nothing had been, and in the end everything is flat`(kind: Int) throws {
        let configuration = try [shipped(4)[kind]]
        for seed in [1, 2, 3] as [UInt64] {
            let whole = try run(configuration, seed: seed)
            #expect(whole.orders.count > 20, "too little happened: \(whole.orders.count)")
            #expect(whole.held.values.allSatisfy { $0 == 0 }, "\(whole.held)")
            for step in [700, 2_345, 4_444] {
                let other = try run(configuration, seed: seed, exchanging: step)
                #expect(other.orders == whole.orders && other.bytes == whole.bytes)
            }
        }
    }

    @Test(arguments: zip([1, 2, 3, 4], [250, 300, 300, 400]))
    func `what is held is the sum of the fills and never passes its limit`(kind: Int, limit: Int) throws {
        let configuration = try [shipped(4)[kind]]
        let most = Int64(limit) * Quantity.scale
        var largest: Int64 = 0
        _ = try run(configuration, seed: 5) { desk in
            for (_, held) in desk.held { largest = max(largest, abs(held)) }
        }
        #expect(largest > 0 && largest <= most, "\(largest / Quantity.scale) shares")
    }

    @Test func `all of them together, each with its own orders`() throws {
        let all = try shipped(4)
        let whole = try run(all, seed: 8)
        #expect(whole.held.values.allSatisfy { $0 == 0 })
        #expect(try run(all, seed: 8, exchanging: 3_000).orders == whole.orders)
    }

    /// What the first word of a reason may be, in the order of `shipped`.
    private static let accounts: [Set<String>] = [
        ["Entry", "Exit", "Time stop", "Undo", "End of the day"], ["Bid", "Offer", "End of the day"],
        ["Entry", "Stop", "Time stop", "End of the day"],
        ["Entry", "Exit", "Stop", "Time stop", "Give up", "End of the day"],
        ["Entry", "Exit", "Hedge", "End of the day"], ["Entry", "Exit", "Time stop", "Undo", "End of the day"],
    ]

    @Test(arguments: 0..<6)
    func `every order has a reason and the values behind it`(kind: Int) throws {
        var words: Set<String> = []
        for seed in UInt64(1)...4 {
            var desk = try Desk(try makeSet([try shipped(4)[kind]]), instruments: 4)
            desk.answer = roughAnswer
            desk.explains = true
            var day = RoughDay(instruments: 4, seed: seed)
            for _ in 0..<5_800 { day.step(&desk) }
            #expect(desk.accounts.count > 20)
            for (order, account) in zip(desk.orders, desk.accounts) {
                let word = account.reason.split(separator: ":").first.map(String.init) ?? ""
                words.insert(word)
                #expect(StrategyPropertyTests.accounts[kind].contains(word), "\(order.id): \(account.reason)")
                #expect(account.reason.hasSuffix("."), "\(account.reason)")
                #expect(!account.reason.contains("nan"), "\(account.reason)")
                #expect(account.signals.count >= 3 && Set(account.signals.map(\.name)).count == account.signals.count)
            }
        }
        // Not every end comes on these days.
        #expect(words.count >= 3, "\(words)")
    }

    @Test func `a state that was damaged, or is of another strategy or parameter, is refused`() throws {
        for (kind, configuration) in try shipped(4).enumerated() {
            let saved = try run([configuration], seed: 1).bytes
            func restored(_ bytes: [UInt8], _ configurations: [StrategyConfiguration]) throws -> Bool {
                var set = try makeSet(configurations)
                return bytes.withUnsafeBytes { memory in
                    var reader = StateReader(memory)
                    do { try set.restore(from: &reader) } catch { return false }
                    return true
                }
            }
            #expect(try restored(saved, [configuration]))
            #expect(try !restored(Array(saved.dropLast(9)), [configuration]))
            #expect(try !restored(saved, [shipped(4)[(kind + 1) % 6]]))
            // Whatever bits are changed: refused, or taken without a trap when the strategy goes on.
            for place in stride(from: 40, to: saved.count, by: max(saved.count / 200, 1)) {
                var damaged = saved
                damaged[place] ^= 0x80
                _ = try restored(damaged, [configuration])
            }
        }
    }
}
