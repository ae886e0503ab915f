// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy

/// What a journal costs a run, and how fast it replays: the same day without a journal, with one, and replayed from it,
/// interleaved, in one process and on one thread, by processor time.
///
/// The journal lies in memory: measured are the records' way into blocks, checksums, the chain and the copy to where they
/// stay, not a disk.
@main
enum ReplayBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3,
            let data = try? Data(contentsOf: URL(fileURLWithPath: arguments[1]), options: .alwaysMapped),
            let text = try? String(contentsOfFile: arguments[2], encoding: .utf8),
            let day = TradingDay(arguments.count > 3 ? arguments[3] : "2026-01-05")
        else {
            print("usage: ReplayBenchmark DAY.itch50 PAIRS.csv [YYYY-MM-DD] [ROUNDS]")
            exit(2)
        }
        let rounds = arguments.count > 4 ? Int(arguments[4]) ?? 5 : 5
        let pairs = text.split(separator: "\n").dropFirst().compactMap { PairName(line: $0) }
        var bench = Bench(pairs: pairs, midnight: day.midnight)
        for _ in 0..<rounds { try data.withUnsafeBytes { try bench.round($0) } }
        bench.report()
    }
}

/// The rounds and their best times.
struct Bench {
    private let midnight: Timestamp
    private let strategies: [StrategyConfiguration]
    private let settings: BacktestSettings
    private var plain = [Double]()
    private var journaled = [Double]()
    private var replayed = [Double]()
    private var records = 0
    private var events = 0

    init(pairs: [PairName], midnight: Timestamp) {
        self.midnight = midnight
        var parameters = PairsParameters(pairs: pairs)
        parameters.enterZ = 2.5
        parameters.costMultiple = 3
        parameters.notional = Money(3_000)
        parameters.tolerance = Price(raw: 3_000_000)
        parameters.legTimeout = 30_000_000_000
        parameters.coolDown = 1_000_000_000
        strategies = [.pairs(parameters)]
        var settings = BacktestSettings()
        // A generated day shows a message per symbol every two seconds or so.
        settings.limits.staleAge = 30_000_000_000
        settings.limits.quoteAge = 30_000_000_000
        self.settings = settings
    }

    mutating func round(_ bytes: UnsafeRawBufferPointer) throws {
        var none = NoJournal()
        let without = try run(bytes, &none)
        plain.append(without.processorSeconds)
        events = without.counts.messages

        let disk = MemorySegments()
        var sink = try DirectSink(disk)
        _ = RecordedSession(configuration: "benchmark", midnight: midnight).write(to: &sink)
        let with = try run(bytes, &sink)
        sink.close()
        journaled.append(with.processorSeconds)

        let replay = JournalReplay(try RecordedSession(disk), settings: settings, strategies: strategies)
        let start = clock()
        let outcome = try replay.run(disk)
        replayed.append(Double(clock() - start) / Double(CLOCKS_PER_SEC))
        records = outcome.records
        guard outcome.isEqual, outcome.hash == without.outputHash, with.outputHash == without.outputHash else {
            print("the three differ")
            exit(1)
        }
    }

    private func run<Sink: JournalSink & ~Copyable>(
        _ bytes: UnsafeRawBufferPointer,
        _ journal: inout Sink
    ) throws -> RunResult {
        var directory = InstrumentDirectory()
        let set = StrategySet(strategies, instruments: &directory, midnight: midnight)
        let source = ItchMemorySource(bytes, midnight: midnight, directory: directory)
        return try Backtest(settings: settings).run(source, strategy: set, journal: &journal)
    }

    func report() {
        func line(_ name: String, _ seconds: [Double], _ count: Int) {
            let best = seconds.min() ?? 0
            let worst = seconds.max() ?? 0
            let rate = Double(count) / best * 1e-6
            print(
                String(format: "%-16@ %.3f s (worst %.3f) %.2f M/s", name as NSString, best, worst, rate)
                    + String(format: "  %.3f of the run without", best / (plain.min() ?? 1))
            )
        }
        print("\(events) messages, \(records) records")
        line("without journal", plain, events)
        line("with journal", journaled, events)
        line("replay", replayed, records)
        let cost = ((journaled.min() ?? 0) - (plain.min() ?? 0)) * 1e9 / Double(max(records, 1))
        print(String(format: "%.1f ns a record", cost))
    }
}

/// Appends in the caller's own thread.
private struct DirectSink: JournalSink, ~Copyable {
    private var journal: Journal

    init(_ disk: any JournalDisk) throws {
        var recovery = JournalRecovery()
        journal = try Journal(disk, session: 1, epoch: 1, recovery: &recovery)
    }

    mutating func append(_ event: Event) -> UInt64 { journal.append(event) }

    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        journal.append(kind, text, at: time, price: price)
    }

    mutating func close() { journal.flush() }
}

/// Segments in memory.
private final class MemorySegments: JournalDisk {
    private var memory: [UnsafeMutableRawBufferPointer] = []

    deinit { for segment in memory { segment.deallocate() } }

    func create(_ index: UInt32, size: Int) throws(DiskError) {
        let segment = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        segment.initializeMemory(as: UInt8.self, repeating: 0)
        memory.append(segment)
    }

    func write(_ bytes: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError) {
        UnsafeMutableRawBufferPointer(rebasing: memory[Int(index)][offset...]).copyMemory(from: bytes)
    }

    func sync(_ index: UInt32) throws(DiskError) {}
    func erase(_ index: UInt32, from offset: Int) throws(DiskError) {}
    func remove(_ index: UInt32) throws(DiskError) {}
    func segments() throws(DiskError) -> [UInt32] { memory.indices.map { UInt32($0) } }

    func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result {
        body(UnsafeRawBufferPointer(memory[Int(index)]))
    }
}

extension PairName {
    /// Reads `Y,X`.
    fileprivate init?(line: Substring) {
        let parts = line.split(separator: ",")
        guard parts.count == 2, let y = Symbol(String(parts[0])), let x = Symbol(String(parts[1])) else { return nil }
        self.init(y: y, x: x)
    }
}
