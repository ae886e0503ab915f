// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import Testing

/// What a pair's legs have done, and how far apart they were at worst, in shares of the first.
private final class PairLog {
    var held: [Int: Int64] = [:]
    var states: [UInt32: ParentState] = [:]
    var worst = 0.0
    var fills = 0
    /// Fills while a venue could not be reached.
    var duringOutage = 0
}

/// Gives one pair at 10:00 and listens.
private struct PairGiver: Strategy {
    let log: PairLog
    let midnight: Timestamp
    let outage: FloorOutage?
    private var number: UInt32 = 0

    init(_ log: PairLog, midnight: Timestamp, outage: FloorOutage?) {
        self.log = log
        self.midnight = midnight
        self.outage = outage
    }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        guard number == 0, market.now - midnight >= 36_000_000_000_000 else { return }
        let end = midnight + 39_600_000_000_000
        let (hard, easy) = (Instrument(id: 0), Instrument(id: 1))
        number = intents.workPair(
            ParentRequest(.twap, hard, .buy, Quantity(6_000), until: end, takes: true),
            ParentRequest(.twap, easy, .sell, Quantity(3_000)),
            bound: Quantity(400)
        )
    }

    mutating func onParent(_ update: ParentUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        log.states[update.number] = update.state
        guard update.filled.raw != 0 else { return }
        log.fills += 1
        if let outage, (outage.start..<outage.end).contains(market.now - midnight) { log.duringOutage += 1 }
        // By instrument: what is given back may be of either leg, whichever was the harder.
        log.held[update.instrument.index, default: 0] += update.side.sign * update.filled.raw
        let net = Double(log.held[0] ?? 0) + Double(log.held[1] ?? 0) * 2
        log.worst = max(log.worst, abs(net) / 1e8)
    }
}

@Suite("Pairs on a floor whose venues fail")
struct PairOutageTests {
    private func run(seed: UInt64, outages: [Int: FloorOutage]) throws -> PairLog {
        let day = try #require(TradingDay("2026-01-05"))
        var venues = [FloorVenue("A"), FloorVenue("B"), FloorVenue("C"), FloorVenue("D", .dark)]
        for place in 0..<4 {
            venues[place].flowSeed = UInt64(place + 1) &+ seed &* 10
            venues[place].order = .constant(Nanoseconds(60_000 + place * 70_000))
            venues[place].taker = Price(raw: Int64(place) * 100_000)
            if let outage = outages[place] { venues[place].outages = [outage] }
        }
        let floor = FloorSettings(venues)
        let capacity = BookCapacity(instruments: 16, orders: 1 << 14, levels: 1 << 13)
        let sources = try floor.litPlaces.map { place in
            var configuration = MarketDayConfiguration(symbols: 4, messages: 12_000, seed: seed, day: day)
            configuration.flowSeed = floor.venues[place].flowSeed
            configuration.halts = 0
            return try AgentDays(configuration)
        }
        var settings = BacktestSettings()
        settings.floor = floor
        settings.bookCapacity = capacity
        settings.orderCapacity = 1 << 14
        settings.limits.staleAge = 60_000_000_000
        settings.limits.quoteAge = 60_000_000_000
        settings.limits.crossedTime = 60_000_000_000
        let log = PairLog()
        _ = try Backtest(settings: settings).run(
            try FloorSource(sources, floor, capacity: capacity),
            strategy: PairGiver(log, midnight: day.midnight, outage: outages.values.first)
        )
        return log
    }

    @Test func `with one venue down in the middle of the pair the net stays within its bound, and the others go on`()
        throws
    {
        // 10:01 to 10:40, at each lit venue in turn.
        let outage = FloorOutage(from: 36_060_000_000_000, to: 38_400_000_000_000)
        var duringOutage = 0
        for seed in 1...9 as ClosedRange<UInt64> {
            let log = try run(seed: seed, outages: [Int(seed) % 3: outage])
            #expect(log.fills > 4, "seed \(seed)")
            #expect(log.worst <= 401, "seed \(seed): \(log.worst)")
            duringOutage += log.duringOutage
        }
        #expect(duringOutage > 20)
    }

    @Test func `with every lit venue down the pair stands still within its bound`() throws {
        let outage = FloorOutage(from: 36_060_000_000_000, to: 42_000_000_000_000)
        for seed in 1...3 as ClosedRange<UInt64> {
            let log = try run(seed: seed, outages: [0: outage, 1: outage, 2: outage])
            #expect(log.worst <= 401 && log.duringOutage <= 3, "seed \(seed): \(log.worst), \(log.duringOutage)")
        }
    }
}
