// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosStrategy
import HeliosVenue

/// What a way of routing costs, measured: the same parent orders on the same days, over and over, each time routed another way.
///
/// Every way meets the same market: a venue's flow depends on its seed, a dark venue's liquidity on the time alone. So a
/// difference of two ways is one of the ways, and what the days have in common drops out of it.
public struct RoutingStudy: Sendable {
    /// One way of routing.
    public struct Way: Sendable {
        public var name: String
        public var routing: RoutingSettings

        public init(_ name: String, _ routing: RoutingSettings) {
            self.name = name
            self.routing = routing
        }
    }

    /// The venues.
    public var floor: FloorSettings
    public var symbols = 8
    /// Messages of each lit venue's day.
    public var messages = 120_000
    /// Days: the first has this seed, each further one the next.
    public var seeds: ClosedRange<UInt64> = 1...20
    /// Parent orders of a day.
    public var parents = 48
    /// Their sizes, in turn.
    public var sizes = [500, 1_500, 4_000]
    /// A parent is worked for so long, in so many slices that take.
    public var duration: Nanoseconds = 300_000_000_000
    public var slices: Int64 = 5
    public var day: TradingDay

    /// - Parameters:
    ///   - floor: the venues; at least two of them lit.
    ///   - day: the date, which nothing depends on.
    public init(_ floor: FloorSettings, day: TradingDay) {
        self.floor = floor
        self.day = day
    }

    /// The router, the router without each of its parts, and what people do who have none.
    public var ways: [Way] {
        var smart = RoutingSettings()
        smart.venues = floor.routingFacts
        func way(_ name: String, _ change: (inout RoutingSettings) -> Void) -> Way {
            var routing = smart
            change(&routing)
            return Way(name, routing)
        }
        var ways = [
            way("smart") { _ in },
            way("smart, without fees") { $0.router.usesFees = false },
            way("smart, dark venues by shares") { $0.dark = .gradient },
            way("smart, without dark venues") { $0.router.usesDark = false },
            way("smart, without hidden shares") { $0.router.usesHidden = false },
            way("smart, without venue scores") { $0.router.usesScores = false },
            way("smart, without equal arrival") { $0.router.equalisesLatency = false },
            way("price only") { $0.policy = .price },
            way("equal parts") { $0.policy = .split },
        ]
        for place in floor.litPlaces {
            ways.append(
                way("only \(floor.venues[place].name)") {
                    $0.policy = .single
                    $0.home = place
                }
            )
        }
        return ways
    }

    /// Measures every way.
    ///
    /// - Parameter progress: called after each day with how many of how many are done; false ends the study.
    /// - Returns: a row for each way that was measured on every day, the first as the reference.
    /// - Throws: an error of the market's generator, or of memory.
    public func run(progress: (Int, Int) -> Bool = { _, _ in true }) throws -> RoutingStudyResult? {
        let ways = ways
        var costs: [[Double]] = Array(repeating: [], count: ways.count)
        var done: [Double] = Array(repeating: 0, count: ways.count)
        var asked = 0.0
        let total = ways.count * seeds.count
        var count = 0
        for seed in seeds {
            for (place, way) in ways.enumerated() {
                let parents = try measure(way, seed: seed)
                costs[place].append(parents.reduce(0) { $0 + $1.basisPoints } / Double(max(parents.count, 1)))
                done[place] += parents.reduce(0) { $0 + $1.filled }
                if place == 0 { asked += Double(parents.count) }
                count += 1
                guard progress(count, total) else { return nil }
            }
        }
        let rows = ways.indices.map { place in
            RoutingStudyResult.Row(
                name: ways[place].name,
                cost: Estimate(costs[place]),
                excess: Estimate(zip(costs[place], costs[0]).map { $0 - $1 }),
                filled: asked > 0 ? done[place] / asked : 0
            )
        }
        return RoutingStudyResult(days: seeds.count, parents: parents, rows: rows)
    }

    // MARK: A day

    private func measure(_ way: Way, seed: UInt64) throws -> [StudiedParent] {
        let capacity = BookCapacity(instruments: symbols + 8, orders: 1 << 17, levels: 1 << 15)
        var settings = BacktestSettings()
        settings.floor = floor
        settings.bookCapacity = capacity
        settings.orderCapacity = 1 << 16
        settings.models.seed = seed
        settings.execution.routing = way.routing
        settings.execution.seed = seed
        // What is measured is the routing: no limit is to stand in its way.
        settings.limits.staleAge = 60_000_000_000
        settings.limits.quoteAge = 60_000_000_000
        var floor = floor
        for place in floor.venues.indices { floor.venues[place].dark.seed &+= seed &* 0x9E37_79B9 }
        settings.floor = floor
        let sources = try floor.litPlaces.map { place in
            var configuration = MarketDayConfiguration(symbols: symbols, messages: messages, seed: seed, day: day)
            configuration.flowSeed = floor.venues[place].flowSeed &+ seed &* 1_000
            configuration.halts = 0
            return try AgentDays(configuration)
        }
        let source = try FloorSource(sources, floor, capacity: capacity)
        let log = StudyLog(plan(seed))
        let result = try Backtest(settings: settings).run(source, strategy: StudyStrategy(log: log))
        for fill in result.fills where !fill.isBroken { log.take(fill) }
        return log.parents
    }

    /// The day's orders: spread over five hours, in every instrument and size in turn, on a side that the seed chooses.
    private func plan(_ seed: UInt64) -> [StudiedParent] {
        let first = day.midnight + 36_000_000_000_000
        return (0..<max(parents, 0)).map { number in
            let start = first + Nanoseconds(number) * (18_000_000_000_000 / Nanoseconds(max(parents, 1)))
            let mixed = (seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number)) &* 0xC2B2_AE3D_27D4_EB4F
            return StudiedParent(
                start: start,
                end: start + duration,
                slices: slices,
                instrument: Instrument(id: UInt32(number % max(symbols, 1))),
                side: mixed >> 63 == 0 ? .buy : .sell,
                quantity: Quantity(sizes[number / max(symbols, 1) % max(sizes.count, 1)])
            )
        }
    }
}

extension FloorSettings {
    /// What a router knows of the venues.
    public var routingFacts: [RoutingFacts] {
        venues.map { venue in
            RoutingFacts(
                venue.name,
                venue.kind == .dark ? .dark : .lit,
                takerFee: venue.taker,
                makerFee: venue.maker,
                latency: venue.order.median
            )
        }
    }
}

/// One parent order and what it came to.
struct StudiedParent {
    var start: Timestamp
    var end: Timestamp
    var slices: Int64
    var instrument: Instrument
    var side: Side
    var quantity: Quantity
    /// 0 before it was given.
    var number: UInt32 = 0
    /// Mids when it was given, and when its time was over.
    var arrival = Price.zero
    var last = Price.zero
    var done = Quantity.zero
    var value = Money.zero
    var fees = Money.zero

    /// Its implementation shortfall, fees included, in basis points of what it asked for; what it did not trade is charged at the
    /// price of its end.
    var basisPoints: Double {
        guard arrival.raw > 0 else { return 0 }
        let shortfall = Shortfall(
            side: side,
            ordered: quantity,
            done: done,
            decision: arrival,
            arrival: arrival,
            end: last.raw > 0 ? last : arrival,
            value: value,
            fees: fees
        )
        return shortfall.basisPoints ?? 0
    }

    /// Share of it that has traded.
    var filled: Double { done.value / quantity.value }
}

/// What the strategy of a study gives and hears; read after the run.
final class StudyLog {
    var parents: [StudiedParent]
    private(set) var places: [UInt32: Int] = [:]

    init(_ parents: [StudiedParent]) { self.parents = parents }

    func given(_ place: Int, _ number: UInt32) {
        parents[place].number = number
        places[number] = place
    }

    func take(_ fill: FillRecord) {
        guard let number = fill.tag.parent, let place = places[number] else { return }
        parents[place].done += fill.quantity
        parents[place].value += Money(fill.price, times: fill.quantity)
        parents[place].fees += fill.fee
    }
}

/// Gives each parent at its time and notes the market's price at its begin and end.
struct StudyStrategy: Strategy {
    let log: StudyLog
    private var next = 0

    init(log: StudyLog) { self.log = log }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        while next < log.parents.count, log.parents[next].start <= market.now {
            let parent = log.parents[next]
            let quote = market.quote(parent.instrument)
            if quote.isTwoSided {
                let request = ParentRequest(
                    .twap,
                    parent.instrument,
                    parent.side,
                    parent.quantity,
                    until: parent.end,
                    takes: true,
                    parameter: parent.slices
                )
                log.parents[next].arrival = quote.mid
                log.given(next, intents.work(request))
            }
            next += 1
        }
        for place in 0..<next where log.parents[place].last.raw == 0 && log.parents[place].end <= market.now {
            let quote = market.quote(log.parents[place].instrument)
            if quote.isTwoSided { log.parents[place].last = quote.mid }
        }
    }
}
