// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket

/// A file that a sweep's results come from, and the bytes behind it: of the market, or one that the configuration names.
public struct SweepData: Sendable, Equatable, Codable {
    public struct File: Sendable, Equatable, Codable {
        /// Absolute.
        public var path: String
        public var bytes: Int
        /// Sixteen hexadecimal digits.
        public var hash: String

        public init(path: String, bytes: Int, hash: String) {
            self.path = path
            self.bytes = bytes
            self.hash = hash
        }
    }

    /// Absolute.
    public var path: String
    public var symbol: String?
    /// Empty for a file that is no market's.
    public var day: String
    /// Of a LOBSTER pair two.
    public var files: [File]

    public init(path: String, symbol: String?, day: String, files: [File]) {
        self.path = path
        self.symbol = symbol
        self.day = day
        self.files = files
    }

    /// A file that the configuration names, such as a table of measured latencies.
    public init(input file: File) { self.init(path: file.path, symbol: nil, day: "", files: [file]) }

    /// Whether events of a market are in it.
    public var isMarket: Bool { !day.isEmpty }
}

/// What a sweep is: enough to go on with it, and to do any of its trials again.
public struct SweepRecord: Sendable, Equatable {
    public static let schema = 1

    public var title: String
    public var search: SweepSearch
    public var seed: UInt64
    public var earlierTrials: Int
    /// The run configuration that is varied, every key spelt out.
    public var configuration: String
    public var data: [SweepData]
    public var grid: PeriodGrid
    public var rungs: [HalvingSchedule.Rung]
    public var splits: WalkForward.Settings
    public var trials: [SweepTrial]

    public init(
        title: String,
        sweep: SweepConfiguration,
        configuration: String,
        data: [SweepData],
        grid: PeriodGrid,
        trials: [SweepTrial]
    ) {
        self.title = title
        search = sweep.search
        seed = sweep.seed
        earlierTrials = sweep.earlierTrials
        self.configuration = configuration
        self.data = data
        self.grid = grid
        rungs = HalvingSchedule(trials: trials.count, periods: grid.count, sweep: sweep).rungs
        splits = WalkForward.Settings(
            folds: sweep.folds,
            isRolling: sweep.isRolling,
            purge: sweep.purge,
            embargo: sweep.embargo ?? (grid.count + 99) / 100
        )
        self.trials = trials
    }

    init(
        title: String,
        search: SweepSearch,
        seed: UInt64,
        earlierTrials: Int,
        configuration: String,
        data: [SweepData],
        grid: PeriodGrid,
        rungs: [HalvingSchedule.Rung],
        splits: WalkForward.Settings,
        trials: [SweepTrial]
    ) {
        self.title = title
        self.search = search
        self.seed = seed
        self.earlierTrials = earlierTrials
        self.configuration = configuration
        self.data = data
        self.grid = grid
        self.rungs = rungs
        self.splits = splits
        self.trials = trials
    }

    /// Over the bytes of all data files in their order.
    public var dataHash: String {
        let parts = data.flatMap { source in
            [source.symbol ?? "", source.day] + source.files.map { "\($0.bytes) \($0.hash)" }
        }
        return SweepRecord.hash(parts.joined(separator: "\n"))
    }

    /// Of a configuration's text, or any other.
    public static func hash(_ text: String) -> String {
        let digits = String(FNV1a(text).value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Periods that the finalists were chosen by.
    public var weededPeriods: Int {
        var weeded = 0
        for (rung, next) in zip(rungs, rungs.dropFirst()) where next.trials < rung.trials { weeded = rung.periods }
        return weeded
    }

    /// What is not the same in another sweep, in words; empty when one can go on where the other stopped.
    public func differences(from other: SweepRecord) -> [String] {
        var found: [String] = []
        if search != other.search { found.append("the search (\(search.rawValue), not \(other.search.rawValue))") }
        if seed != other.seed { found.append("the seed (\(seed), not \(other.seed))") }
        if trials.count != other.trials.count {
            found.append("the number of trials (\(trials.count), not \(other.trials.count))")
        } else if trials != other.trials {
            found.append("the parameters")
        }
        if configuration != other.configuration { found.append("the run configuration") }
        if data.map(\.files).map({ $0.map(\.hash) }) != other.data.map(\.files).map({ $0.map(\.hash) }) {
            found.append("the data")
        }
        if grid != other.grid { found.append("the periods") }
        if rungs != other.rungs { found.append("the halving") }
        if splits != other.splits { found.append("the splits") }
        if earlierTrials != other.earlierTrials { found.append("the earlier trials") }
        return found
    }
}

/// The program that did a run.
public struct SweepBuild: Sendable, Equatable, Codable {
    public var version: String
    public var system: String
    /// Of the program's file.
    public var hash: String

    public init(version: String, system: String, hash: String) {
        self.version = version
        self.system = system
        self.hash = hash
    }
}

/// What a trial's run gave.
public struct SweepRun: Sendable, Equatable, Codable {
    public var configurationHash: String
    public var outputHash: String
    public var orders: Int
    public var fills: Int
    /// Exact.
    public var netProfit: String
    /// Statistics by their keys, those that are defined.
    public var metrics: [String: Double]
    /// Of the first periods.
    public var returns: [Double]
    /// Wall-clock time; equal runs differ in it.
    public var seconds: Double

    public init(
        configurationHash: String,
        outputHash: String,
        orders: Int,
        fills: Int,
        netProfit: String,
        metrics: [String: Double],
        returns: [Double],
        seconds: Double
    ) {
        self.configurationHash = configurationHash
        self.outputHash = outputHash
        self.orders = orders
        self.fills = fills
        self.netProfit = netProfit
        self.metrics = metrics
        self.returns = returns
        self.seconds = seconds
    }
}

/// What became of a trial.
public struct SweepRow: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        case pending
        /// As far as its rung goes.
        case done
        /// Its process died, or the run could not be done.
        case failed
        /// Its parameters make no valid configuration: nothing ran, and it doesn't count.
        case refused
    }

    public var trial: SweepTrial
    public var status = Status.pending
    /// Why it failed or was refused.
    public var reason: String?
    /// The last rung that it has run, from 0.
    public var rung: Int?
    public var build: SweepBuild?
    public var run: SweepRun?

    public init(trial: SweepTrial) { self.trial = trial }
}

extension SweepRecord {
    /// The judgement of the trials that have run; only their figures while others have still to run.
    ///
    /// `progress` takes the share done, 0 to 1.
    public func judgement(of rows: [SweepRow], progress: (Double) -> Void = { _ in }) -> SweepJudgement {
        let tried = rows.count { $0.status == .done || $0.status == .failed }
        var judge = SweepJudge(
            periods: grid.count,
            periodsPerYear: grid.periodsPerYear,
            tried: tried + earlierTrials
        )
        judge.failed = rows.count { $0.status == .failed }
        judge.seen = weededPeriods
        judge.splits = splits
        judge.seed = seed
        let outcomes = outcomes(rows)
        return isComplete(rows) ? judge.judge(outcomes, progress: progress) : judge.scores(outcomes)
    }

    /// What each trial earned, as far as the schedule lets it go.
    ///
    /// A trial that stepped in for one that failed, and was done again later, has run further than that: it counts, but is
    /// no finalist.
    private func outcomes(_ rows: [SweepRow]) -> [SweepOutcome] {
        let choices = rungs.indices.dropFirst().map { chosen(forRung: $0, rows) }
        return rows.compactMap { row in
            guard let run = row.run else { return nil }
            // Who is chosen for a rung was chosen for all before it.
            let furthest = rungs[choices.count { $0.contains(row.trial.number) }]
            return SweepOutcome(number: row.trial.number, returns: Array(run.returns.prefix(furthest.periods)))
        }
    }

    /// Whether nothing is left to run.
    public func isComplete(_ rows: [SweepRow]) -> Bool {
        rungs.indices.allSatisfy { pending(onRung: $0, rows).isEmpty }
    }

    /// The trials that have still to run on a rung; all rungs before it are done.
    public func pending(onRung rung: Int, _ rows: [SweepRow]) -> [SweepTrial] {
        guard rung > 0 else { return rows.filter { $0.status == .pending }.map(\.trial) }
        let chosen = chosen(forRung: rung, rows)
        return rows.filter { row in
            let isOpen = row.status == .pending || (row.status == .done && (row.rung ?? -1) < rung)
            return isOpen && chosen.contains(row.trial.number)
        }.map(\.trial)
    }

    /// Numbers of the trials that a rung is for, by what is known now: the best of those that the rung below was for.
    private func chosen(forRung rung: Int, _ rows: [SweepRow]) -> Set<Int> {
        guard rung > 0 else { return Set(rows.map(\.trial.number)) }
        let below = chosen(forRung: rung - 1, rows)
        let before = rungs[rung - 1].periods
        // Whoever fails on this rung was chosen all the same: nobody takes the place.
        let able = rows.filter { ($0.rung ?? -1) >= rung - 1 && below.contains($0.trial.number) }
        let scores = able.map { row in
            (row.trial.number, SweepScore.sharpe(Array((row.run?.returns ?? []).prefix(before))))
        }
        return Set(HalvingSchedule.best(rungs[rung].trials, of: scores))
    }
}
