// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import Testing

private func generated(symbols: Int, messages: Int, day: String, seed: UInt64 = 5) throws -> (
    bytes: [UInt8], truth: MarketDayTruth
) {
    let day = try #require(TradingDay(day))
    var configuration = MarketDayConfiguration(symbols: symbols, messages: messages, seed: seed, day: day)
    configuration.halfLifeSeconds = 60...120
    var bytes: [UInt8] = []
    let truth = try MarketDayGenerator(configuration).generate { bytes.append(contentsOf: $0) }
    return (bytes, truth)
}

private func parameters(_ truth: MarketDayTruth) -> PairsParameters {
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
    return parameters
}

private func small() -> BacktestSettings {
    var settings = BacktestSettings()
    settings.bookCapacity = BookCapacity(instruments: 128, orders: 1 << 18, levels: 1 << 17)
    settings.orderCapacity = 1 << 16
    settings.fees = FeeSchedule(maker: Price(raw: -200_000), taker: Price(raw: 300_000))
    return settings
}

/// The folder with real market data, which not every machine has.
private let amazon: String? = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let roots = [
        ProcessInfo.processInfo.environment["HELIOS_SHARED"], package.appendingPathComponent("../shared").path,
    ].compactMap { $0 }
    for root in roots {
        let files = FileManager.default.enumerator(atPath: root + "/data/lobster")?.compactMap { $0 as? String } ?? []
        if let name = files.sorted().first(where: { $0.contains("AMZN") && $0.contains("message") }) {
            return root + "/data/lobster/" + name
        }
    }
    return nil
}()

@Suite("Backtests over whole days")
struct BacktestDataTests {
    private func run(_ bytes: [UInt8], _ truth: MarketDayTruth) throws -> RunResult {
        let midnight = truth.configuration.day.midnight
        return try bytes.withUnsafeBytes { bytes in
            var directory = InstrumentDirectory()
            let strategies = StrategySet([.pairs(parameters(truth))], instruments: &directory, midnight: midnight)
            return try Backtest(settings: small())
                .run(ItchMemorySource(bytes, midnight: midnight, directory: directory), strategy: strategies)
        }
    }

    /// Every number of a run's records.
    private func records(_ result: RunResult) -> [Int64] {
        let orders = result.orders.flatMap { order in
            [
                Int64(order.id), order.time.nanoseconds, order.quantity.raw, order.price.raw, order.filled.raw,
                order.bid.raw,
            ]
        }
        let fills = result.fills.flatMap { fill in
            [Int64(fill.orderID), fill.time.nanoseconds, fill.quantity.raw, fill.price.raw, fill.mid.raw]
                + fill.laterMids.map(\.raw)
        }
        let samples = result.equity.flatMap { [$0.time.nanoseconds, Int64(truncatingIfNeeded: $0.equity.raw)] }
        return orders + fills + samples
    }

    @Test func `a generated day with pairs gives the same records twice, in every build`() throws {
        let (bytes, truth) = try generated(symbols: 40, messages: 100_000, day: "2026-11-20")
        let first = try run(bytes, truth)
        #if !DEBUG  // an unoptimised build is slow, and once is enough to see that it finds the same as an optimised one
        let second = try run(bytes, truth)
        #expect(first.outputHash == second.outputHash)
        #expect(records(first) == records(second))
        #endif
        #expect(first.counts.messages == truth.messages && first.counts.malformed == 0)
        #expect(first.counts.inconsistent == 0 && first.counts.instruments == 40)
        #expect(first.fills.count > 50, "\(first.fills.count) fills, \(first.counts)")
        #expect((2_300...2_342).contains(first.equity.count), "\(first.equity.count) samples")
        checkConservation(first)
        #expect(first.outputHash == 14_811_973_035_973_382_041)
    }

    @Test func `two days, one after the other: books begin empty, instruments keep their numbers, equity goes on`()
        throws
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var files: [DataFile] = []
        var messages = 0
        var truths: [MarketDayTruth] = []
        for (index, day) in ["2026-11-19", "2026-11-20"].enumerated() {
            let (bytes, truth) = try generated(symbols: 6, messages: 20_000, day: day, seed: UInt64(index + 1))
            let path = folder.appendingPathComponent("day\(index).itch50").path
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            files.append(DataFile(path: path, day: TradingDay(day)))
            messages += truth.messages
            truths.append(truth)
        }
        let names = Set(truths.flatMap { $0.symbols.map(\.name) })
        let source = try MarketDataSource(files)
        let watch = Notebook()
        let result = try Backtest(settings: small()).run(source, strategy: NotingStrategy(notebook: watch))
        #expect(result.counts.messages == messages && result.counts.malformed == 0)
        // Each name has one number over both days. References start again on the second day: an order left over from the
        // first would be a duplicate or a cross.
        #expect(Set(result.instruments.symbols.map(\.description)) == names)
        #expect(result.instruments.count == names.count)
        #expect(result.counts.inconsistent == 0)
        let first = try #require(TradingDay("2026-11-19")).midnight
        let second = try #require(TradingDay("2026-11-20")).midnight
        #expect(result.midnight == first)
        let open: Nanoseconds = 34_200_000_000_000
        let onFirst = result.equity.filter { $0.time < second }
        let onSecond = result.equity.filter { $0.time >= second }
        #expect(onFirst.first?.time == first + open && onSecond.first?.time == second + open)
        #expect(
            onFirst.count == 2_341 && (2_341...2_342).contains(onSecond.count),
            "\(onFirst.count) \(onSecond.count)"
        )
    }

    @Test(.enabled(if: amazon != nil, "no LOBSTER sample on this machine"))
    func `a real day of Amazon runs from start to end with the queue imbalance strategy and trades`() throws {
        let path = try #require(amazon)
        let source = try MarketDataSource([DataFile(path: path)])
        var directory = source.directory
        var parameters = QueueImbalanceParameters(symbol: try #require(Symbol("AMZN")))
        parameters.enter = 0.5
        let strategies = StrategySet([.queueImbalance(parameters)], instruments: &directory, midnight: source.midnight)
        var settings = small()
        // At this imbalance it quotes so much and trades so little that P25 would end its day.
        settings.limits.orderTradeRatio = 100_000
        let result = try Backtest(settings: settings).run(source, strategy: strategies)
        #expect(result.counts.messages == 57_515)
        #expect(result.counts.malformed == 0)
        #expect(result.fills.count > 20, "\(result.counts) \(result.riskRejects)")
        #expect(result.fills.contains { $0.isMaker })
        #expect(result.fills.allSatisfy { $0.quantity.raw > 0 && $0.quantity <= Quantity(100) })
        #expect(result.orders.allSatisfy { $0.state != .rejected })
        checkConservation(result)
    }
}
