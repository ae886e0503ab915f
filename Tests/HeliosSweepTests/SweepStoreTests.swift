// SPDX-License-Identifier: MIT
#if Database
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosSweep
import Testing

@Suite("A sweep's database gives back what was put in")
struct SweepStoreTests {
    private let folder: SweepFolder
    private let record: SweepRecord
    private let build = SweepBuild(version: "1", system: "here", hash: "00ff")

    init() throws {
        folder = try SweepFolder()
        let sweep = try folder.sweep(
            "base: run.yaml\nsearch: halving\ntrials: 12\nseed: 7\nearlierTrials: 3\n"
                + "splits: {method: rolling, folds: 3, purge: 2, embargo: 5}\n"
                + "parameters: {enterZ: {from: 1.00, to: 4.00}}"
        )
        let hour: Int64 = 3_600_000_000_000
        let grid = PeriodGrid(
            midnights: [Timestamp(nanoseconds: 0), Timestamp(nanoseconds: 24 * hour)],
            sessionStart: 10 * hour,
            sessionEnd: 16 * hour,
            length: hour / 4
        )
        let file = SweepData.File(path: "/a/b.itch50", bytes: 17, hash: "0123456789abcdef")
        record = SweepRecord(
            title: "A title with 'quotes'; and more",
            sweep: sweep,
            configuration: "title: x\n",
            data: [
                SweepData(path: "/a/b.itch50", symbol: nil, day: "1970-01-01", files: [file]),
                SweepData(path: "/a/c.csv", symbol: "KO", day: "1970-01-02", files: [file, file]),
            ],
            grid: grid,
            trials: sweep.makeTrials()
        )
    }

    private func row(_ trial: SweepTrial, rung: Int) -> SweepRow {
        var row = SweepRow(trial: trial)
        row.status = .done
        row.rung = rung
        row.build = build
        // Numbers whose bits a text would lose.
        let returns = (0..<record.rungs[rung].periods).map { 0.1 / Double(3 + $0 + trial.number) }
        row.run = SweepRun(
            configurationHash: "c",
            outputHash: "o",
            orders: 5,
            fills: 4,
            netProfit: "12.345",
            metrics: ["sharpe": 1.0 / 3, "trades": 7],
            returns: returns,
            seconds: 0.5
        )
        return row
    }

    @Test("record and rows come back to the bit")
    func roundTrip() throws {
        let path = folder.path("s.sqlite")
        let store = try SweepStore.create(path, record)
        let failed = {
            var row = SweepRow(trial: record.trials[1])
            row.status = .failed
            row.reason = "it died"
            return row
        }()
        let done = row(record.trials[0], rung: 0)
        try store.save(done, finished: "now")
        try store.save(failed, finished: "now")
        let again = try SweepStore.open(path)
        #expect(try again.record() == record)
        #expect(try again.record().differences(from: record).isEmpty)
        let rows = try again.rows(record)
        #expect(rows.count == 12)
        #expect(rows[0] == done)
        #expect(rows[1] == failed)
        #expect(rows[2...].allSatisfy { $0.status == .pending && $0.run == nil })
        #expect(try store.retryFailed() == 1)
        #expect(try again.rows(record)[1].status == .pending)
    }

    @Test("a rung begins when the one below is done, with its best, and nobody takes the place of one that fails")
    func rungs() throws {
        #expect(record.rungs.map(\.trials) == [12, 8, 8])
        var rows = record.trials.map(SweepRow.init)
        #expect(record.pending(onRung: 0, rows).count == 12)
        rows = record.trials.map { row($0, rung: 0) }
        let chosen = record.pending(onRung: 1, rows)
        #expect(chosen.count == 8)
        rows[chosen[0].number - 1].status = .failed
        #expect(record.pending(onRung: 1, rows) == Array(chosen.dropFirst()))
        #expect(!record.isComplete(rows))
    }

    @Test("what differs from another sweep is named")
    func differences() {
        var other = record
        other.seed = 8
        other.configuration = "title: y\n"
        #expect(other.differences(from: record) == ["the seed (8, not 7)", "the run configuration"])
    }

    @Test("only one sweep at a time writes a database, and a dead one's lock holds nobody up")
    func lock() throws {
        let path = folder.path("l.sqlite")
        var first: SweepLock? = try SweepLock(path)
        let refusal = #expect(throws: SweepStoreError.self) { try SweepLock(path) }
        #expect(refusal?.description.contains("another sweep, process \(getpid()), is writing it") == true)
        withExtendedLifetime(first) {}
        first = nil
        #expect(!FileManager.default.fileExists(atPath: path + ".lock"))
        try folder.write("4711\n", to: "l.sqlite.lock")
        _ = try SweepLock(path)
    }
}
#endif
