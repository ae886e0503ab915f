// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import Testing

@Suite("Which venue answers a backtest")
struct BacktestVenueTests {
    /// An order that takes at the first two-sided quote, behind an opening auction in which nothing met.
    private func script(_ venue: SimulatedVenueKind) throws -> [String] {
        let notebook = Notebook()
        var strategy = NotingStrategy(notebook: notebook)
        var isDone = false
        strategy.atQuote = { market, intents in
            guard !isDone, market.quote(stock).isTwoSided else { return }
            isDone = intents.submit(stock, .buy, Quantity(100), at: cents(1_002), timeInForce: .immediateOrCancel) != 0
        }
        let cross = Event(
            eventTime: Timestamp(nanoseconds: 1_500),
            instrument: stock,
            kind: .crossTrade,
            detail: UInt64(UInt8(ascii: "O")) << 56
        )
        let events =
            opening(at: 1_000) + [cross, add(1, .buy, 100, 1_000, at: 2_000), add(2, .sell, 60, 1_002, at: 3_000)]
        var settings = settings(feed: 50, order: 700, report: 9_000)
        settings.venue = venue
        let result = try Backtest(settings: settings).run(try ScriptedSource(events), strategy: strategy)
        return notebook.lines + result.fills.map { "\($0.quantity)@\($0.price) \($0.time.nanoseconds)" }
    }

    @Test func `where one order takes what is shown, both venues answer the same at the same time`() throws {
        let historical = try script(.historical)
        #expect(historical.suffix(2) == ["cancelled 12750", "60@10.02 3750"])
        #expect(try script(.matching) == historical)
    }

    @Test func `a generated day in the matching engine: orders fill, and a second run is the same to the bit`() throws {
        let day = try #require(TradingDay("2026-01-05"))
        var configuration = MarketDayConfiguration(symbols: 20, messages: 60_000, seed: 5, day: day)
        configuration.halfLifeSeconds = 60...120
        var bytes: [UInt8] = []
        let truth = try MarketDayGenerator(configuration).generate { bytes.append(contentsOf: $0) }
        var parameters = PairsParameters(
            pairs: truth.candidates.prefix(12).compactMap {
                PairName("\(truth.symbols[$0.y].name)~\(truth.symbols[$0.x].name)")
            }
        )
        parameters.sampleInterval = 2_000_000_000
        parameters.hedgeWindow = 600
        parameters.zWindow = 300
        parameters.warmUp = 150
        parameters.costMultiple = 0.5
        var settings = BacktestSettings()
        settings.bookCapacity = BookCapacity(instruments: 128, orders: 1 << 16, levels: 1 << 16)
        settings.venue = .matching
        let runs = try (0..<2).map { _ in
            try bytes.withUnsafeBytes { raw in
                let source = ItchMemorySource(raw, midnight: day.midnight)
                var directory = source.directory
                let strategies = StrategySet([.pairs(parameters)], instruments: &directory, midnight: day.midnight)
                let named = ItchMemorySource(raw, midnight: day.midnight, directory: directory)
                return try Backtest(settings: settings).run(named, strategy: strategies)
            }
        }
        #expect(runs[0].fills.count > 20, "\(runs[0].fills.count)")
        #expect(runs[0].outputHash == runs[1].outputHash && runs[0].fills.count == runs[1].fills.count)
        // What was bought less what was sold is what is left.
        let traded = runs[0].fills.reduce(0) { $0 + ($1.side == .buy ? $1.quantity.raw : -$1.quantity.raw) }
        #expect(traded == runs[0].finalPositions.reduce(0) { $0 + $1.quantity.raw })
    }
}
