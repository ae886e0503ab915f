// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosResearch
import HeliosSweep

/// Does trials of a sweep: in a worker, and again when one is reproduced.
struct SweepTrialRun {
    /// The configuration that is varied, every key spelt out.
    var configuration: String
    var data: [SweepData]
    var grid: PeriodGrid

    init(configuration: String, data: [SweepData], grid: PeriodGrid) {
        self.configuration = configuration
        self.data = data
        self.grid = grid
    }

    init(_ record: SweepRecord) {
        self.init(configuration: record.configuration, data: record.data, grid: record.grid)
    }

    /// Statistics that are kept of every trial.
    static let metrics = [
        "netProfit", "returnOnCapital", "sharpe", "sortino", "maximumDrawdown", "trades", "hitRate", "profitFactor",
        "fees", "totalCost", "turnover", "makerShare", "timeInMarket", "medianHolding",
    ]

    /// The run that a trial's parameters make.
    ///
    /// - Throws: `ConfigurationErrors` when they make none.
    func plan(_ parameters: [SweepConfiguration.Change]) throws -> RunPlan {
        var plan = try RunPlan(text: configuration, changing: parameters.map { ($0.key, $0.value) })
        plan.data = data.filter(\.isMarket).map { source in
            DataFile(path: source.path, symbol: source.symbol.flatMap(Symbol.init), day: TradingDay(source.day))
        }
        return plan
    }

    /// What a trial came to.
    struct Finished {
        var run: SweepRun
        var result: RunResult
        /// How many events had been taken in when it had seen all that it should; nil when that was everything.
        var stoppedAfter: Int?
    }

    /// Runs `plan` over the first `periods`.
    ///
    /// - Parameters:
    ///   - plan: of a trial.
    ///   - periods: how many of the grid's the trial sees; the run stops behind them.
    ///   - progress: takes the share done, 0 to 1; false ends the run.
    /// - Returns: what came of it; nil when `progress` ended it.
    /// - Throws: when the data can't be read, or have none of the symbols.
    func run(_ plan: RunPlan, periods: Int, _ progress: (Double) -> Bool) throws -> Finished? {
        // Behind the timer that took the last sample; what happens before does not depend on what comes later.
        let isPart = periods < grid.count
        let stop = grid.end(of: periods - 1) + max(plan.settings.timerInterval, 1)
        let whole = Double(periods) / Double(grid.count)
        var stoppedAfter: Int?
        var isEnded = false
        let (result, missing) = try plan.run { state in
            if isPart, state.time > stop {
                stoppedAfter = state.events
                return false
            }
            isEnded = !progress(min(state.fraction / whole, 1))
            return !isEnded
        }
        guard !isEnded else { return nil }
        guard missing.isEmpty || missing.count < plan.symbols.count else {
            throw Failure(.data, "the data have none of the symbols, such as \(missing[0])")
        }
        let returns = grid.returns(result.equity, initialCash: result.initialCash, periods: periods)
        return Finished(run: kept(plan, result, returns), result: result, stoppedAfter: stoppedAfter)
    }

    private func kept(_ plan: RunPlan, _ result: RunResult, _ returns: [Double]) -> SweepRun {
        let statistics = RunStatistics(result)
        var metrics: [String: Double] = [:]
        for key in SweepTrialRun.metrics { metrics[key] = statistics[key]?.value.number }
        return SweepRun(
            configurationHash: SweepRecord.hash(plan.text),
            outputHash: Figures.hash(result.outputHash),
            orders: result.counts.orders,
            fills: result.counts.fills,
            netProfit: (result.equity.last.map { $0.equity - result.initialCash } ?? .zero).description,
            metrics: metrics,
            returns: returns,
            seconds: result.wallSeconds
        )
    }
}

extension SweepData {
    /// The data of a plan and the other files that it is made from, with their fingerprints.
    static func of(_ plan: RunPlan, _ inputs: [String]) throws -> [SweepData] {
        let market = try zip(Manifest.sources(of: plan), plan.days()).map { source, day in
            SweepData(
                path: source.path,
                symbol: source.symbol,
                day: day.description,
                files: source.files.map { File(path: $0.path, bytes: $0.bytes, hash: $0.hash) }
            )
        }
        return try market
            + inputs.map { path in
                let print = try Fingerprint(of: path)
                return SweepData(input: File(path: Manifest.absolute(path), bytes: print.bytes, hash: print.hash))
            }
    }
}

extension SweepBuild {
    /// The program's own file: also when another has taken its name since it was started.
    static let ownPath: String = {
        #if os(Linux)
        "/proc/self/exe"
        #else
        Bundle.main.executablePath ?? CommandLine.arguments[0]
        #endif
    }()

    /// The program that runs.
    static func current() throws -> SweepBuild {
        let build = Manifest.Build.current
        return SweepBuild(
            version: build.version + (build.isOptimised ? "" : " (debug)"),
            system: build.system,
            hash: try Fingerprint(of: ownPath).hash
        )
    }
}
