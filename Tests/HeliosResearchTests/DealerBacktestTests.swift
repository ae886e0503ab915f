// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import Testing

private let hour: Nanoseconds = 3_600_000_000_000
private let day = TradingDay("2026-01-05") ?? TradingDay(year: 2026, month: 1, day: 5)
private let midnight = Timestamp(nanoseconds: 1_735_880_400_000_000_000)

/// Two lit venues with their own flow, and three dealers of whom each has a fault.
private func settings(dealers: Bool = true) -> BacktestSettings {
    var settings = BacktestSettings()
    var venues = [FloorVenue("A", taker: Price(raw: 300_000)), FloorVenue("B", taker: Price(raw: 100_000))]
    venues[1].flowSeed = 2
    settings.floor = FloorSettings(venues)
    settings.bookCapacity = BookCapacity(instruments: 16, orders: 1 << 14, levels: 1 << 13)
    settings.orderCapacity = 1 << 14
    settings.limits.staleAge = 600_000_000_000
    settings.limits.quoteAge = 600_000_000_000
    settings.limits.crossedTime = 600_000_000_000
    settings.limits.instrument.maxOrderQuantity = Quantity(4_000)
    settings.limits.instrument.maxOrderNotional = Money(10_000_000).raw
    if dealers {
        var (north, south, east) = (
            DealerModel("NORTH", venue: Venue(id: 0), markup: Price(raw: 1_000_000)),
            DealerModel("SOUTH", venue: Venue(id: 0), markup: Price(raw: 1_000_000), refuses: 0.3),
            DealerModel("EAST", venue: Venue(id: 0), markup: .zero, noise: Price(raw: 5_000_000), declines: 0.3)
        )
        north.capacity = Quantity(1_500)
        north.fee = Price(raw: 500_000)
        south.delay = 120_000_000
        east.validity = 400_000_000
        settings.dealers = DealerSettings([north, south, east])
    }
    return settings
}

private func source() throws -> FloorSource {
    let floor = try #require(settings().floor)
    let sources = try floor.litPlaces.map { place in
        var configuration = MarketDayConfiguration(symbols: 4, messages: 15_000, seed: 3, day: try #require(day))
        configuration.flowSeed = floor.venues[place].flowSeed
        configuration.halts = 0
        return try AgentDays(configuration, days: 1)
    }
    return try FloorSource(
        sources,
        floor,
        capacity: BookCapacity(instruments: 16, orders: 1 << 14, levels: 1 << 13)
    )
}

/// Orders by hand are in the name of a strategy that does nothing.
private func desk() -> [StrategyConfiguration] { [.desk([])] }

/// The settings with a block bought and one sold, in the first two instruments.
private func given(_ symbols: [Symbol]) -> BacktestSettings {
    var settings = settings()
    settings.execution.orders = [
        ParentByHand(symbols[0], at: 10 * hour, until: 15 * hour, ParentRequest(.rfq, .none, .buy, Quantity(10_000))),
        ParentByHand(symbols[1], at: 11 * hour, until: 15 * hour, ParentRequest(.rfq, .none, .sell, Quantity(6_000))),
    ]
    return settings
}

@Suite("A backtest with dealers")
struct DealerBacktestTests {
    @Test func `blocks are done with the dealers, each at its fee, the same twice, and a replay does it again`() throws
    {
        let disk = MemoryDisk()
        var sink = try DirectSink(disk, segmentSize: 1 << 22)
        let midnight = try #require(day).midnight
        let session = RecordedSession(configuration: "dealers", midnight: midnight, notes: [])
        let isWritten = session.write(to: &sink)
        try #require(isWritten)
        var directory = InstrumentDirectory()
        let set = StrategySet(desk(), instruments: &directory, midnight: midnight)
        // The names of a generated market are those of its seed.
        let probe = try Backtest(settings: settings()).run(try source(), strategy: set)
        let settings = given(probe.instruments.symbols)
        func run() throws -> RunResult {
            var directory = InstrumentDirectory()
            let set = StrategySet(desk(), instruments: &directory, midnight: midnight)
            return try Backtest(settings: settings).run(try source(), strategy: set, journal: &sink)
        }
        let result = try run()
        sink.close()
        var other = InstrumentDirectory()
        let again = try Backtest(settings: settings).run(
            try source(),
            strategy: StrategySet(desk(), instruments: &other, midnight: midnight)
        )
        #expect(again.outputHash == result.outputHash && again.fills.count == result.fills.count)
        let quantities = Dictionary(grouping: result.parents, by: \.side).mapValues { $0.map(\.filled) }
        #expect(quantities == [.buy: [Quantity(10_000)], .sell: [Quantity(6_000)]])
        // Places 2, 3 and 4 are the dealers'; only the first has a fee.
        #expect(Set(result.fills.map(\.venue.id)).isSubset(of: [3, 4, 5]) && result.fills.count >= 4)
        for fill in result.fills {
            #expect(fill.fee == Money(fill.venue == Venue(id: 3) ? Price(raw: 500_000) : .zero, times: fill.quantity))
        }
        for position in result.finalPositions where position.quantity.raw != 0 {
            let own = result.fills.filter { $0.instrument == position.instrument }
            #expect(own.reduce(0) { $0 + $1.side.sign * $1.quantity.raw } == position.quantity.raw)
        }
        #expect(
            result.finalPositions.filter { $0.quantity.raw != 0 }.map(\.quantity.raw).sorted() == [
                -Quantity(6_000).raw, Quantity(10_000).raw,
            ]
        )
        let report = try #require(CostReport(result))
        let dealers = Set((report.by.venue ?? []).filter { $0.fills > 0 }.map(\.name))
        #expect(dealers.isSubset(of: ["NORTH", "SOUTH", "EAST"]) && !dealers.isEmpty)
        #expect((report.by.algorithm ?? []).contains { $0.name == "rfq" })

        let replay = JournalReplay(try RecordedSession(disk), settings: settings, strategies: desk())
        let order = try #require(result.fills.first?.orderID)
        var stories: [QuoteExplanation] = []
        let outcome = try replay.run(
            disk,
            observer: RouteRecorder(order: order),
            finally: {
                stories = $0.observer.requests(
                    names: result.instruments,
                    venues: settings.ruling.venues,
                    midnight: midnight
                )
            }
        )
        #expect(outcome.isEqual && outcome.outputs > 0 && outcome.hash == result.outputHash)
        let story = try #require(stories.first)
        #expect(stories.count == 1 && story.order == order && story.filled == story.taken)
        #expect(story.answers.map(\.dealer) == ["NORTH", "SOUTH", "EAST"])
        #expect(story.answers.filter { $0.verdict == "taken" }.count == 1)
        #expect(
            story.text().contains("taken: the best all-in price a share")
                && story.text().contains("The books displayed")
        )
        let records = try disk.records().map(\.event.kind)
        #expect(records.contains(.quoteRequest) && records.contains(.quoteAccepted) && records.contains(.quoteDeclined))
        // What the journal has of the market alone is enough to do it once more.
        let market = JournalSource(disk, try RecordedSession(disk), settings.floor)
        var third = InstrumentDirectory()
        let whatIf = try Backtest(settings: settings).run(
            market,
            strategy: StrategySet(desk(), instruments: &third, midnight: midnight)
        )
        #expect(whatIf.outputHash == result.outputHash)
    }

    @Test func `beside one venue, historical or matching, dealers answer too`() throws {
        let bell = midnight + 34_200_000_000_000
        var events = opening(at: bell.nanoseconds + 1_000)
        events.append(add(1, .buy, 500, 10_000, at: bell.nanoseconds + 2_000))
        events.append(add(2, .sell, 500, 10_002, at: bell.nanoseconds + 2_000))
        for second in 1..<20 {
            let time = bell.nanoseconds + Int64(second) * 1_000_000_000
            events.append(add(OrderID(100 + second), .buy, 100, 9_000, at: time))
        }
        for kind in SimulatedVenueKind.allCases {
            var settings = settings()
            settings.floor = nil
            settings.venue = kind
            settings.dealers?.dealers.removeLast(2)
            let run = try Backtest(settings: settings).run(
                try ScriptedSource(events, midnight: midnight),
                strategy: Blocks()
            )
            #expect(run.parents.map(\.filled) == [Quantity(2_000)], "\(kind)")
            // 100.02 and a cent, in parts of at most 1,500.
            #expect(run.fills.map(\.quantity) == [Quantity(1_500), Quantity(500)])
            #expect(run.fills.allSatisfy { $0.price == cents(10_003) && $0.venue == Venue(id: 2) })
            #expect(run.venues == ["market", "NORTH"])
        }
    }
}

/// Asks for a block at the first timer with a market.
private struct Blocks: Strategy {
    var isDone = false

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        guard !isDone, market.quote(stock).isTwoSided else { return }
        isDone = intents.work(ParentRequest(.rfq, stock, .buy, Quantity(2_000))) != 0
    }
}
