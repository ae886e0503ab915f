// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosStrategy

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
    /// The configuration's text, from which the run can be repeated without its environment.
    var text: String
    /// What was signed off to trade live; nil where nothing was.
    let manifest: RiskManifest?
    private var orderbooks: [String?]

    /// Reads a configuration file.
    init(configuration path: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        self.init(try RunConfiguration.load(path: path, environment: environment))
    }

    /// Reads a resolved configuration, as a manifest or a journal holds it, with some values changed.
    init(text: String, changing changes: [(key: String, value: String)] = []) throws {
        self.init(try RunConfiguration.parse(text: text, file: "").changing(changes))
    }

    private init(_ loaded: RunConfiguration) {
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
        manifest = settings.policy?.manifest
        // What was signed off is looked at before anything trades; what runs then is the same in every replay.
        settings.policy?.manifest = nil
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
        let files = data.prefix(3).map { shortPath($0.path) }.joined(separator: ", ")
        let text = "no data for \(names) in \(files)"
        if missing.count == symbols.count {
            throw Failure(.data, text, hint: "\(written); 'helios inspect FILE' tells what a file holds")
        }
        Console.warn(text)
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
        let source = WatchedSource(try MarketDataSource(data, directory: directory), count: wanted.count)
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
        let source = JournalSource(disk, session)
        let result = try Backtest(settings: settings).run(source, strategy: set, labels: labels, progress: progress)
        return (result, source.recordedHash == result.outputHash)
    }

    /// Midnight of the first trading day.
    func midnight() throws -> Timestamp {
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
    private let source: MarketDataSource
    private(set) var seen: [Bool]

    init(_ source: MarketDataSource, count: Int) {
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
