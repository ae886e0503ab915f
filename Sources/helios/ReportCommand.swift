// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch

/// `helios report`: the report of a session, from its journal.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write the report of a recorded session: the same as a backtest's, from the journal.",
        usage: """
            helios report demo/paper/journal
            helios report demo/paper/journal --output monday --json
            """,
        discussion: """
            Replays the journal, proves it on the way, and writes report.html, summary.json and the tables as 'helios \
            backtest' does. Exit code 1 when the replay differs from the journal.
            """
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Option(name: .shortAndLong, help: "Directory for the results.", completion: .directory)
    var output: String?

    @Flag(help: "Print the results as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let interruption = Interruption()
        let folder = try JournalFolder(reading: directory)
        let (session, plan) = try folder.session()
        let replay = JournalReplay(session, settings: plan.settings, strategies: plan.strategies)
        let midnight = session.midnight
        let progress = ProgressLine(counting: "records", isQuiet: quiet)
        let (result, outcome) = try JournalReport(replay, isLive: !plan.live.feed.isEmpty)
            .run(folder.disk, labels: plan.labels) { state in
                progress.show(state.records, share: state.fraction, at: Figures.clock(state.time - midnight))
                return !interruption.isRequested
            }
        progress.finish()
        if outcome.isInterrupted { throw Failure(.interrupted, "interrupted; nothing was written") }
        if let divergence = outcome.divergence {
            throw Failure(
                .no,
                "\(directory): the replay differs at record \(divergence.sequence): no report is made of it"
            )
        }
        let target = output ?? plan.outputDirectory
        let run = FinishedRun(plan: plan, result: result, statistics: RunStatistics(result), stoppedAfterEvents: nil)
        let manifest = try run.write(to: target)
        if json { return try Console.show(json: BacktestAnswer(run, manifest, output: target, missing: [])) }
        Console.show(run.text(shortPath(target)))
    }
}
