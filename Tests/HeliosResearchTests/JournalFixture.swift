// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import Testing

/// A journal's disk in memory.
final class MemoryDisk: JournalDisk {
    private(set) var bytes: [[UInt8]] = []
    /// No segment beyond so many can be had.
    var segmentLimit = Int.max

    init() {}

    /// A disk with these segments.
    init(segments: [[UInt8]]) { bytes = segments }

    func create(_ index: UInt32, size: Int) throws(DiskError) {
        guard Int(index) < segmentLimit else { throw DiskError(.full, "no room") }
        if Int(index) == bytes.count { bytes.append([UInt8](repeating: 0, count: size)) }
    }

    func write(_ source: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError) {
        bytes[Int(index)].replaceSubrange(offset..<offset + source.count, with: source)
    }

    func sync(_ index: UInt32) throws(DiskError) {}

    func erase(_ index: UInt32, from offset: Int) throws(DiskError) {
        for place in offset..<bytes[Int(index)].count { bytes[Int(index)][place] = 0 }
    }

    func remove(_ index: UInt32) throws(DiskError) { bytes.removeLast() }

    func segments() throws(DiskError) -> [UInt32] { bytes.indices.map { UInt32($0) } }

    func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result {
        bytes[Int(index)].withUnsafeBytes(body)
    }

    /// Every record with its text.
    func records() throws -> [JournalRecord] {
        let reader = JournalReader(self)
        var all: [JournalRecord] = []
        while let record = try reader.next() { all.append(record) }
        return all
    }

    /// A journal with the same records after `change`, chained and checksummed anew: what an editor with tools could do.
    func rewritten(_ change: (inout JournalRecord) -> Bool) throws -> MemoryDisk {
        let disk = MemoryDisk()
        var sink = try DirectSink(disk)
        for var record in try records() where change(&record) {
            if record.event.kind == .side {
                let kind = try #require(SideKind(rawValue: record.event.orderID))
                _ = sink.append(kind, record.text, at: record.event.eventTime, price: record.event.price)
            } else {
                _ = sink.append(record.event)
            }
        }
        sink.close()
        return disk
    }
}

/// Appends in the caller's own thread.
struct DirectSink: JournalSink, ~Copyable {
    private var journal: Journal

    init(_ disk: any JournalDisk, segmentSize: Int = 1 << 25) throws {
        var options = JournalOptions()
        options.segmentSize = segmentSize
        var recovery = JournalRecovery()
        journal = try Journal(disk, options: options, session: 7, epoch: 1, recovery: &recovery)
    }

    mutating func append(_ event: Event) -> UInt64 { journal.append(event) }

    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        journal.append(kind, text, at: time, price: price)
    }

    mutating func close() { journal.flush() }
}

/// A generated day traded by both strategies.
struct RecordedDay: Sendable {
    private static let made = Result { try RecordedDay() }
    private static let recorded = Result {
        let day = try made.get()
        let (result, disk) = try day.record()
        return (result: result, segments: disk.bytes)
    }

    /// The day of all tests, made once.
    static func shared() throws -> RecordedDay { try made.get() }

    /// Its run with a journal, done once; the disk is a copy of one's own.
    static func sharedRecord() throws -> (result: RunResult, disk: MemoryDisk) {
        let (result, segments) = try recorded.get()
        return (result, MemoryDisk(segments: segments))
    }

    let bytes: [UInt8]
    let strategies: [StrategyConfiguration]
    let settings: BacktestSettings
    let midnight: Timestamp

    init(symbols: Int = 12, messages: Int = 30_000) throws {
        let day = try #require(TradingDay("2026-11-20"))
        var configuration = MarketDayConfiguration(symbols: symbols, messages: messages, seed: 3, day: day)
        configuration.halfLifeSeconds = 60...120
        var bytes: [UInt8] = []
        let truth = try MarketDayGenerator(configuration).generate { bytes.append(contentsOf: $0) }
        var pairs = PairsParameters(
            pairs: truth.candidates.compactMap {
                PairName("\(truth.symbols[$0.y].name)~\(truth.symbols[$0.x].name)")
            }
        )
        pairs.sampleInterval = 2_000_000_000
        pairs.hedgeWindow = 600
        pairs.zWindow = 300
        pairs.warmUp = 150
        pairs.costMultiple = 0.5
        var imbalance = QueueImbalanceParameters(symbol: try #require(Symbol(truth.symbols[0].name)))
        imbalance.enter = 0.5
        strategies = [.pairs(pairs), .queueImbalance(imbalance)]
        var settings = BacktestSettings()
        settings.bookCapacity = BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 15)
        settings.orderCapacity = 1 << 15
        settings.fees = FeeSchedule(maker: Price(raw: -200_000), taker: Price(raw: 300_000))
        settings.limits.staleAge = 30_000_000_000
        settings.limits.quoteAge = 30_000_000_000
        settings.timerInterval = 500_000_000
        self.settings = settings
        self.bytes = bytes
        midnight = day.midnight
    }

    var session: RecordedSession {
        RecordedSession(
            configuration: String(repeating: "# a configuration longer than one side record\n", count: 400),
            midnight: midnight,
            notes: ["a test"]
        )
    }

    func replay(_ disk: any JournalDisk) throws -> JournalReplay {
        JournalReplay(try RecordedSession(disk), settings: settings, strategies: strategies)
    }

    /// The run without a journal.
    func run(stoppingAfter events: Int = .max) throws -> RunResult {
        var journal = NoJournal()
        return try run(&journal, stoppingAfter: events)
    }

    func run<Sink: JournalSink & ~Copyable>(_ journal: inout Sink, stoppingAfter events: Int = .max) throws -> RunResult
    {
        try bytes.withUnsafeBytes { bytes in
            var directory = InstrumentDirectory()
            let set = StrategySet(strategies, instruments: &directory, midnight: midnight)
            let source = ItchMemorySource(bytes, midnight: midnight, directory: directory)
            return try Backtest(settings: settings)
                .run(source, strategy: set, journal: &journal) { $0.events < events }
        }
    }

    /// The run with a journal on a new disk.
    func record(segmentSize: Int = 1 << 25) throws -> (result: RunResult, disk: MemoryDisk) {
        let disk = MemoryDisk()
        var sink = try DirectSink(disk, segmentSize: segmentSize)
        let isWritten = session.write(to: &sink)
        try #require(isWritten)
        let result = try run(&sink)
        sink.close()
        return (result, disk)
    }

    /// The recorded market again through a simulated venue.
    func again(_ disk: any JournalDisk, _ change: (inout BacktestSettings) -> Void = { _ in }) throws -> RunResult {
        var settings = settings
        change(&settings)
        var directory = InstrumentDirectory()
        let set = StrategySet(strategies, instruments: &directory, midnight: midnight)
        return try Backtest(settings: settings).run(JournalSource(disk, try RecordedSession(disk)), strategy: set)
    }
}
