// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy
import HeliosVenue
import Testing

private let minute: Nanoseconds = 60_000_000_000

/// Three lit venues that trade the same stocks, and a dark pool.
private func floor(hidden: [Int64] = [0, 0, 0]) -> FloorSettings {
    var venues = [
        FloorVenue("A", maker: Price(raw: -200_000), taker: Price(raw: 300_000)),
        FloorVenue("B", maker: Price(raw: 100_000), taker: Price(raw: -100_000)),
        FloorVenue("C", maker: Price(raw: -250_000), taker: Price(raw: 290_000)), FloorVenue("D", .dark),
    ]
    for place in 0..<4 {
        venues[place].flowSeed = UInt64(place + 1)
        if place < 3 { venues[place].hiddenShare = hidden[place] }
        venues[place].feed = .constant(Nanoseconds(30_000 + place * 45_000))
        venues[place].order = .constant(Nanoseconds(50_000 + place * 70_000))
    }
    return FloorSettings(venues)
}

/// Gives a parent that takes every three minutes, in every instrument, on both sides, in sizes that need several venues.
private struct Givers: Strategy {
    var given = 0
    var algorithm = Algorithm.twap

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        guard market.phase == .regular, market.now.nanoseconds / (3 * minute) > Int64(given) else { return }
        let turn = Int(market.now.nanoseconds / (3 * minute))
        given = turn
        let request = ParentRequest(
            algorithm,
            Instrument(id: UInt32(turn % 4)),
            turn / 4 % 2 == 0 ? .buy : .sell,
            Quantity([400, 1_500, 4_000][turn / 8 % 3]),
            until: market.now + 2 * minute,
            takes: true,
            parameter: algorithm == .twap ? 3 : 2_000
        )
        _ = intents.work(request)
    }
}

private let midnight = TradingDay("2026-01-05")?.midnight ?? .zero

private func settings(_ floor: FloorSettings, seed: UInt64 = 1) -> BacktestSettings {
    var settings = BacktestSettings()
    settings.floor = floor
    settings.bookCapacity = BookCapacity(instruments: 16, orders: 1 << 14, levels: 1 << 13)
    settings.orderCapacity = 1 << 15
    settings.limits.staleAge = 60_000_000_000
    settings.limits.quoteAge = 60_000_000_000
    settings.limits.crossedTime = 60_000_000_000
    settings.models.seed = seed
    settings.execution.routing.venues = floor.routingFacts
    return settings
}

/// The run of a day, and its journal's records.
private func run(
    _ settings: BacktestSettings,
    seed: UInt64 = 1,
    _ algorithm: Algorithm = .twap
) throws -> (RunResult, [Event]) {
    let floor = try #require(settings.floor)
    let sources = try floor.litPlaces.map { place in
        var configuration = MarketDayConfiguration(
            symbols: 4,
            messages: 15_000,
            seed: seed,
            day: try #require(TradingDay("2026-01-05"))
        )
        configuration.flowSeed = floor.venues[place].flowSeed &+ seed * 100
        configuration.halts = 0
        return try AgentDays(configuration)
    }
    let source = try FloorSource(sources, floor, capacity: settings.bookCapacity)
    let disk = MemoryDisk()
    var sink = try DirectSink(disk, segmentSize: 1 << 24)
    let session = RecordedSession(configuration: "floor", midnight: midnight, notes: [])
    let isWritten = session.write(to: &sink)
    try #require(isWritten)
    let result = try Backtest(settings: settings).run(source, strategy: Givers(algorithm: algorithm), journal: &sink)
    sink.close()
    return (result, try disk.records().map(\.event))
}

/// Keeps every decision of a router.
private final class Decisions {
    var all: [RouteDecision] = []
}

private struct DecisionObserver: EngineObserver {
    let decisions: Decisions
    static var followsRoutes: Bool { true }

    mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {}
    mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {}
    mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {}
    mutating func routed(_ decision: RouteDecision) { decisions.all.append(decision) }
}

@Suite("Routing over several venues")
struct FloorRoutingTests {
    @Test func `no order that is no sweep trades through a protected quote, and every sweep says that it is one`()
        throws
    {
        var sweeps = 0
        for seed in UInt64(1)...5 {
            let (result, records) = try run(settings(floor(), seed: seed), seed: seed)
            let orders = records.filter { $0.kind == .newOrder }
            #expect(result.counts.tradeThroughs == 0, "seed \(seed)")
            #expect(result.fills.count > 100, "seed \(seed): \(result.fills.count)")
            // The journal says it as the venues were told.
            #expect(orders.count(where: \.isSweep) == result.counts.sweeps)
            sweeps += result.counts.sweeps
        }
        #expect(sweeps > 20, "\(sweeps)")
    }

    @Test func `who looks at one venue alone trades through the others`() throws {
        var settings = settings(floor())
        settings.execution.routing.policy = .single
        let (result, records) = try run(settings)
        #expect(result.counts.tradeThroughs > 0 && result.counts.sweeps == 0)
        #expect(!records.contains { $0.kind == .newOrder && $0.isSweep })
    }

    @Test func `a share of the market's trading follows the trades of every venue`() throws {
        let (result, _) = try run(settings(floor()), .participation)
        let children = result.fills.filter { $0.tag.parent != nil }
        #expect(children.count > 10, "\(children.count)")
    }

    @Test func `what stands hidden at each venue is found out, and taken`() throws {
        let settings = settings(floor(hidden: [5_000, 2_000, 0]))
        let (result, records) = try run(settings)
        let decisions = Decisions()
        var engine = Engine(
            market: try settings.makeMarket(),
            strategy: Givers(),
            gateway: Outbox(),
            observer: DecisionObserver(decisions: decisions),
            fees: settings.venueFees,
            execution: settings.makeExecution()
        )
        for event in records where !event.isOutput && event.kind != .side && event.kind != .checkpoint {
            engine.apply(event)
        }
        #expect(engine.hash.value == result.outputHash)
        let late = decisions.all.filter { $0.time - midnight > 15 * 3_600_000_000_000 && $0.request.restPrice == nil }
        try #require(late.count > 50)
        for (place, truth) in [0.5, 0.2].enumerated() {
            let mean = late.reduce(0) { $0 + $1.hidden[place] } / Double(late.count)
            #expect(abs(mean - truth) < 0.2 * truth, "venue \(place): \(mean)")
        }
        // The third prints trades against orders that nobody meets: that was tried, and is believed less and less.
        let tape = hiddenShare(of: records, venue: 3)
        let last = late.reduce(0) { $0 + $1.hidden[2] } / Double(late.count)
        #expect(tape > 0.15 && last < 0.75 * tape, "\(tape) on the tape, \(last) at last")
        let asked = decisions.all.flatMap(\.children).filter { $0.slice.hidden.raw > 0 }
        #expect(Set(asked.map(\.slice.place)).isSuperset(of: [0, 1]))
        let came = records.filter { $0.kind == .orderFilled && $0.flags.contains(.hidden) && $0.venue.id < 4 }
        #expect(Set(came.map(\.venue.id)) == [1, 2] && came.count > 20, "\(came.count)")
        #expect(result.counts.tradeThroughs == 0)
    }

    @Test func `a venue's tape has its hidden trades beside those against displayed orders`() throws {
        let (_, records) = try run(settings(floor(hidden: [5_000, 0, 0])))
        #expect(abs(hiddenShare(of: records, venue: 1) - 0.5) < 0.01)
    }

    /// Shares traded against hidden orders for each against a displayed one, on a venue's tape.
    private func hiddenShare(of records: [Event], venue: UInt16) -> Double {
        var (displayed, hidden) = (0.0, 0.0)
        for event in records where event.venue.id == venue && event.flags.contains(.printable) {
            switch event.kind {
            case .executeOrder, .executeOrderAtPrice: displayed += event.quantity.value
            case .trade: hidden += event.quantity.value
            default: break
            }
        }
        return displayed > 10_000 ? hidden / displayed : -1
    }
}
