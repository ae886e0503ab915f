// SPDX-License-Identifier: MIT
#if Database
import Foundation
import HeliosSweep

/// Brings a sweep to its end: every rung's trials through the workers, and each result into the database.
struct SweepRunner {
    private(set) var rows: [SweepRow]
    private let store: SweepStore
    private let record: SweepRecord
    private let watch: SweepDataWatch
    private let pool: SweepPool
    private let build: SweepBuild

    /// - Parameters:
    ///   - store: of the sweep.
    ///   - record: what it is.
    ///   - watch: the data files as they were before they were hashed.
    ///   - workers: processes at most.
    ///   - timeout: seconds that a trial may take; nil for any time.
    /// - Throws: when the database, or the program's own file, can't be read.
    init(
        _ store: SweepStore,
        _ record: SweepRecord,
        _ watch: SweepDataWatch,
        workers: Int,
        timeout: Double?
    ) throws {
        self.store = store
        self.record = record
        self.watch = watch
        rows = try store.rows(record)
        pool = try SweepPool(record, workers: workers, timeout: timeout)
        build = try SweepBuild.current()
        let builds = Set(rows.compactMap(\.build).map(\.hash))
        if !builds.subtracting([build.hash]).isEmpty {
            Console.warn("some trials were done by another build of the program; each row names its own")
        }
    }

    /// Runs what is left.
    ///
    /// - Returns: whether everything is done; false after Ctrl-C.
    mutating func run(isQuiet: Bool, _ interruption: Interruption) throws -> Bool {
        let progress = ProgressLine(counting: "", isQuiet: isQuiet)
        defer { progress.finish() }
        // What is done already takes no time now.
        let total = (record.rungs.indices.map { Double(expected(onRung: $0) * record.rungs[$0].periods) }).reduce(0, +)
        var done = 0.0
        var ended = 0
        for (number, rung) in record.rungs.enumerated() {
            let trials = record.pending(onRung: number, rows)
            let weight = Double(rung.periods)
            let place = record.rungs.count > 1 ? "rung \(number + 1) of \(record.rungs.count), " : ""
            let before = ended
            let isWhole = try pool.run(trials, periods: rung.periods) { trial, outcome in
                done += weight
                ended += 1
                try keep(trial, outcome, rung: number, progress)
            } tick: { share in
                let current = "\(place)trial \(min(ended - before + 1, trials.count)) of \(trials.count)"
                progress.show(share: (done + share * weight) / max(total, 1), at: current)
                return !interruption.isRequested
            }
            guard isWhole else { return false }
        }
        return true
    }

    /// How many trials will run on a rung, as far as that is known before the one below it is done.
    private func expected(onRung number: Int) -> Int {
        let known = record.rungs[..<number].allSatisfy { rung in rung.trials <= rows.count { $0.status != .pending } }
        return number == 0 || known ? record.pending(onRung: number, rows).count : record.rungs[number].trials
    }

    private mutating func keep(
        _ trial: SweepTrial,
        _ outcome: SweepPool.Outcome,
        rung: Int,
        _ progress: ProgressLine
    ) throws {
        // Before anything that may have seen other data is kept.
        try watch.check()
        var row = rows[trial.number - 1]
        switch outcome {
        case .done(let run):
            let before = row.run?.returns ?? []
            if run.returns.starts(with: before) {
                row.status = .done
                row.reason = nil
                row.rung = rung
                row.run = run
                row.build = build
            } else {
                row.status = .failed
                row.reason =
                    "its longer run does not begin as the shorter one did: was the program or the data changed?"
            }
        case .failed(let reason):
            row.status = .failed
            row.reason = reason
        case .refused(let reason):
            row.status = .refused
            row.reason = reason
        }
        if let reason = row.reason {
            progress.finish()
            Console.warn(
                "trial \(trial.number) (\(trial.text)) \(row.status == .failed ? "failed" : "is refused"): \(reason)"
            )
        }
        rows[trial.number - 1] = row
        try store.save(row, finished: Date().formatted(.iso8601))
    }
}
#endif
