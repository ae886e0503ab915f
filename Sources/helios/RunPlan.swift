// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosStrategy
import HeliosVenue

/// A configured run: what a backtest does, ready to be done, and done again.
struct RunPlan {
    var title: String
    var data: [DataFile]
    var settings: BacktestSettings
    var strategies: [StrategyConfiguration]
    var labels: [StrategyLabel]
    var outputDirectory: String
    var writesReport: Bool
    var live: LiveConfiguration
    /// P26: what was signed off to trade; nil when nobody asks.
    let signedOff: RiskManifest?
    /// The configuration's text, from which the run can be repeated without its environment.
    var text: String
    /// What of the configuration file is allowed and probably not meant; it has been said.
    private(set) var warnings: [String] = []
    private var orderbooks: [String?]
    /// Of several venues: the first generated day of each lit one; empty with one venue, whose data are files.
    private let floorDays: [MarketDayConfiguration]
    private let floorDayCount: Int

    /// Reads a configuration file.
    init(configuration path: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let loaded = try RunConfiguration.load(path: path, environment: environment)
        for warning in loaded.warnings { Console.warn("\(warning)") }
        self.init(loaded)
        warnings = loaded.warnings.map(\.description)
    }

    /// Reads a resolved configuration, as a manifest or a journal holds it, with some values changed.
    init(text: String, changing changes: [(key: String, value: String)] = []) throws {
        self.init(try RunConfiguration.parse(text: text, file: "").changing(changes))
    }

    /// The run of a configuration that was read.
    init(_ loaded: RunConfiguration) {
        title = loaded.title
        data = loaded.data.map { DataFile(path: $0.file, symbol: $0.symbol, day: $0.day) }
        settings = loaded.settings
        strategies = loaded.strategies
        labels = loaded.strategyLabels
        outputDirectory = loaded.outputDirectory
        writesReport = loaded.writesReport
        live = loaded.live
        text = loaded.resolvedText
        orderbooks = loaded.data.map(\.orderbook)
        floorDays = loaded.floorDays
        floorDayCount = loaded.floorDayCount
        // What was signed off is looked at before anything trades; what runs then is the same in every replay.
        signedOff = settings.policy?.manifest
        settings.policy?.manifest = nil
    }

    /// This plan for a market that shows our own orders and trades: its configuration says so, and with it every replay.
    func shown() throws -> RunPlan {
        var plan = self
        plan.settings.execution.showsOwn = true
        plan.text = try RunConfiguration.parse(text: text, file: "")
            .changing([(key: "execution.showsOwn", value: "true")]).resolvedText
        return plan
    }

    /// Finds missing files before the run begins, and a LOBSTER pair whose partner is not the one named.
    func checkData() throws {
        for (file, orderbook) in zip(data, orderbooks) {
            try requireFile(file.path, .data)
            guard let orderbook else { continue }
            try requireFile(orderbook, .data)
            let found = try LobsterFiles(path: file.path).orderbookPath
            if URL(fileURLWithPath: found).standardized != URL(fileURLWithPath: orderbook).standardized {
                throw Failure(.usage, "\(file.path): its order book file must be \(found), not \(orderbook)")
            }
        }
    }

    /// Data without the strategies' symbols are an error, data without some of them a warning.
    func checkSymbols(missing: [Symbol], written: String) throws {
        guard !missing.isEmpty else { return }
        let some = missing.prefix(5).map(\.description).joined(separator: ", ")
        let names = missing.count > 5 ? "\(some) and \(missing.count - 5) more" : some
        let text = "no data for \(names) in \(dataText)"
        if missing.count == symbols.count {
            let hint =
                data.isEmpty
                ? "'helios generate' with the same seed writes a day with the names of its symbols"
                : "'helios inspect FILE' tells what a file holds"
            throw Failure(.data, text, hint: "\(written); \(hint)")
        }
        Console.warn(text)
    }

    /// What the data are: the first files by name, the others counted, or the generated market of several venues.
    var dataText: String {
        if let first = floorDays.first {
            let days =
                floorDayCount > 1 ? ", \(Figures.counted(floorDayCount, "day")) from \(first.day)" : " of \(first.day)"
            let venues = settings.floor?.venues.map(\.name).joined(separator: ", ") ?? ""
            return "the generated market\(days), seed \(first.seed), at \(venues)"
        }
        let shown = data.prefix(3).map { shortPath($0.path) }.joined(separator: ", ")
        return data.count > 3 ? "\(shown) and \(Figures.count(data.count - 3)) more" : shown
    }

    /// The market data, with the strategies' instruments in front.
    private func source(_ directory: InstrumentDirectory) throws -> any EventSource {
        guard let floor = settings.floor else { return try MarketDataSource(data, directory: directory) }
        guard !floorDays.isEmpty else {
            throw Failure(
                .usage,
                "live.venues are for 'helios paper': a backtest has simulation.venues, or data of one"
            )
        }
        let sources = try floorDays.map { try AgentDays($0, days: floorDayCount, directory: directory) }
        return try FloorSource(sources, floor, directory: directory, capacity: settings.bookCapacity)
    }

    /// The symbols that the strategies trade, each once.
    var symbols: [Symbol] {
        var directory = InstrumentDirectory()
        for strategy in strategies {
            for symbol in strategy.symbols { _ = directory.register(symbol) }
        }
        return directory.symbols
    }

    /// The files behind one that is named: of a LOBSTER pair both.
    static func paths(of file: DataFile) throws -> [String] {
        guard try MarketFile(path: file.path).content == .lobster else { return [file.path] }
        let pair = try LobsterFiles(path: file.path)
        return [pair.messagePath, pair.orderbookPath]
    }

    /// Does the run.
    ///
    /// - Returns: the result and the symbols of the strategies that no event named.
    func run(_ progress: (BacktestProgress) -> Bool) throws -> (result: RunResult, missing: [Symbol]) {
        var journal = NoJournal()
        return try run(journal: &journal, progress)
    }

    /// Does the run and records it.
    func run<Sink: JournalSink & ~Copyable>(
        journal: inout Sink,
        _ progress: (BacktestProgress) -> Bool
    ) throws -> (result: RunResult, missing: [Symbol]) {
        var directory = InstrumentDirectory()
        let set = StrategySet(strategies, instruments: &directory, midnight: try midnight())
        let wanted = directory.symbols
        let source = WatchedSource(try source(directory), count: wanted.count)
        let result = try Backtest(settings: settings)
            .run(source, strategy: set, journal: &journal, labels: labels, progress: progress)
        let missing = wanted.indices.filter { !source.seen[$0] }.map { wanted[$0] }
        return (result, missing)
    }

    /// Does the run over the market that a journal recorded.
    ///
    /// - Returns: the result, and whether it repeats the recorded session's outputs.
    func run(
        recorded disk: any JournalDisk,
        _ session: RecordedSession,
        _ progress: (BacktestProgress) -> Bool
    ) throws -> (result: RunResult, isRepetition: Bool) {
        var directory = InstrumentDirectory()
        let set = StrategySet(strategies, instruments: &directory, midnight: session.midnight)
        let source = JournalSource(disk, session, settings.floor)
        let result = try Backtest(settings: settings).run(source, strategy: set, labels: labels, progress: progress)
        return (result, source.recordedHash == result.outputHash)
    }

    /// The trading days, in their order.
    func days() throws -> [TradingDay] {
        if let first = floorDays.first {
            return (1..<max(floorDayCount, 1)).reduce(into: [first.day]) { days, _ in
                days.append((days.last ?? first.day).nextWeekday)
            }
        }
        return try data.map { try MarketDataSource.day(of: $0) }
    }

    /// Midnight of the first trading day.
    func midnight() throws -> Timestamp {
        if let first = floorDays.first { return first.day.midnight }
        guard let first = data.first else { throw Failure(.usage, "the configuration names no data") }
        return try MarketDataSource.day(of: first).midnight
    }

    /// What a journal of this run begins with.
    func session() throws -> RecordedSession {
        let note = "helios \(Helios.version), \(Manifest.Build.current.system): \(title)"
        return RecordedSession(configuration: text, midnight: try midnight(), notes: [note])
    }
}

/// Passes events on and notes which of the first instruments they name: data without a strategy's symbol must not pass
/// for a market in which it did nothing.
private final class WatchedSource: EventSource {
    private let source: any EventSource
    private(set) var seen: [Bool]

    init(_ source: any EventSource, count: Int) {
        self.source = source
        seen = [Bool](repeating: false, count: count)
    }

    func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        let count = try source.fill(events)
        for index in 0..<count {
            let instrument = events[index].instrument.index
            if instrument < seen.count, events[index].kind != .clearBook { seen[instrument] = true }
        }
        return count
    }

    var directory: InstrumentDirectory { source.directory }
    var progress: Double { source.progress }
    var messages: Int { source.messages }
    var malformed: Int { source.malformed }
    var midnight: Timestamp { source.midnight }
}
