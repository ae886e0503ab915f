// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosMarket
import HeliosResearch

/// `helios backtest`: runs a configuration over recorded data.
struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Run strategies over recorded market data.",
        usage: """
            helios backtest pairs.yaml
            helios backtest pairs.yaml --output runs/monday
            helios backtest pairs.yaml --estimate
            """,
        discussion: """
            Writes orders, parents, fills, equity and positions (CSV), a summary and what trading cost (JSON), a report \
            (HTML) and a manifest into the output directory. 'helios verify DIRECTORY' does the run again and compares to \
            the bit, 'helios tca DIRECTORY' shows what trading cost. Ctrl-C stops after the events in hand and keeps what \
            was done until then.
            """
    )

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(name: .shortAndLong, help: "Directory for the results. (default: as configured)")
    var output: String?

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    @Flag(help: "Estimate time and memory from the first seconds of the run, and write nothing.")
    var estimate = false

    func run() throws {
        let interruption = Interruption()
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        try plan.checkData()
        if estimate { return try RunEstimate(of: plan, isQuiet: quiet).show(asJSON: json) }

        let progress = ProgressLine(counting: "events", isQuiet: quiet)
        var stoppedAfter: Int?
        let (result, missing) = try plan.run { state in
            progress.show(state.events, share: state.fraction, at: Figures.clock(state.timeOfDay))
            if interruption.isRequested { stoppedAfter = state.events }
            return stoppedAfter == nil
        }
        progress.finish()
        if stoppedAfter == nil { try plan.checkSymbols(missing: missing, written: "nothing was written") }
        if stoppedAfter == nil { try warnOfIdleDays(plan, result) }

        let directory = output ?? plan.outputDirectory
        let statistics = RunStatistics(result)
        let run = FinishedRun(plan: plan, result: result, statistics: statistics, stoppedAfterEvents: stoppedAfter)
        let manifest = try run.write(to: directory)
        try show(run, manifest, shortPath(directory), missing.map(\.description))
        if stoppedAfter != nil {
            Console.note(
                "interrupted: the results until then are in \(shortPath(directory)); run the same command to start anew"
            )
            throw ExitCode(Outcome.interrupted.rawValue)
        }
    }

    /// Of several days each should have orders: one without is easily overlooked in the sums.
    private func warnOfIdleDays(_ plan: RunPlan, _ result: RunResult) throws {
        guard plan.data.count > 1 else { return }
        let days = try plan.data.map { try MarketDataSource.day(of: $0) }
        let idle = days.filter { day in
            let end = day.midnight + 86_400_000_000_000
            return !result.orders.contains { $0.time >= day.midnight && $0.time < end }
        }
        guard let first = idle.first else { return }
        let others = idle.count > 1 ? " and \(Figures.counted(idle.count - 1, "other day"))" : ""
        Console.warn("no order was sent on \(first)\(others) of \(Figures.count(days.count)) days")
    }

    private func show(_ run: FinishedRun, _ manifest: Manifest, _ directory: String, _ missing: [String]) throws {
        guard json else { return Console.show(run.text(directory)) }
        try Console.show(json: BacktestAnswer(run, manifest, output: directory, missing: missing))
    }
}

/// What `--json` prints of a run's results.
struct BacktestAnswer: Encodable {
    /// What to know before believing the figures.
    struct Warning: Encodable {
        var headline: String
        var explanation: String
    }

    var output: String
    var interrupted: Bool
    var symbolsWithoutData: [String]
    var warnings: [Warning]
    var outputHash: String
    var manifest: Manifest
    var summary: JSONValue

    init(_ run: FinishedRun, _ manifest: Manifest, output: String, missing: [String]) throws {
        self.output = output
        interrupted = manifest.stoppedAfterEvents != nil
        symbolsWithoutData = missing
        warnings = run.statistics.warnings.map { Warning(headline: $0.headline, explanation: $0.explanation) }
        outputHash = manifest.outputHash
        self.manifest = manifest
        summary = try JSONDecoder().decode(
            JSONValue.self,
            from: Data(ResultsWriter(run.result, statistics: run.statistics).summary().utf8)
        )
    }
}
