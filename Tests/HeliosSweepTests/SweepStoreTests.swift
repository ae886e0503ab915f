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

    @Test("the log of a database that was removed is not replayed into the next one of its name")
    func leftLog() throws {
        let path = folder.path("w.sqlite")
        var old: SweepStore? = try SweepStore.create(path, record)
        try old?.save(row(record.trials[0], rung: 0), finished: "now")
        // As after a kill: the log is there, and only the database is removed.
        let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        #expect(!log.isEmpty)
        old = nil
        try FileManager.default.removeItem(atPath: path)
        try folder.write("", to: "w.sqlite-shm")
        try log.write(to: URL(fileURLWithPath: path + "-wal"))
        let rows = try SweepStore.create(path, record).rows(record)
        #expect(rows.count == 12)
        #expect(rows.allSatisfy { $0.status == .pending && $0.run == nil })
    }

    @Test("a finalist that failed and is done again takes its place back from the one that stepped in")
    func retried() throws {
        let clean = record.trials.map { row($0, rung: 0) }
        let second = Set(record.pending(onRung: 1, clean).map(\.number))
        // One of them could not run at all at first: another stepped in, and ran to the end.
        let late = try #require(second.first)
        let without = clean.map { $0.trial.number == late ? SweepRow(trial: $0.trial) : $0 }
        let stepped = Set(record.pending(onRung: 1, without).map(\.number))
        let substitute = try #require(stepped.subtracting(second).first)
        #expect(stepped.count == 8 && second.contains(late) && !stepped.contains(late))
        var rows = record.trials.map { row($0, rung: second.union(stepped).contains($0.number) ? 2 : 0) }
        let judgement = record.judgement(of: rows)
        #expect(record.isComplete(rows))
        #expect(judgement.compared == 8)
        #expect(judgement.tried == 12 + 3)
        let periods = judgement.scores.first { $0.number == substitute }?.periods
        #expect(periods == record.rungs[0].periods)
        // The same as if nothing had failed.
        rows[substitute - 1] = row(record.trials[substitute - 1], rung: 0)
        #expect(record.judgement(of: rows) == judgement)
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

        // Another name of the same file is the same database.
        try folder.write("", to: "l.sqlite")
        try FileManager.default.createSymbolicLink(atPath: folder.path("m.sqlite"), withDestinationPath: "l.sqlite")
        let held = try SweepLock(folder.path("m.sqlite"))
        #expect(throws: SweepStoreError.self) { try SweepLock(path) }
        withExtendedLifetime(held) {}
    }
}
#endif
