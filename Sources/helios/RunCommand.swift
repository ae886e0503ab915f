// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch

/// `helios run`: runs a configuration and never forgets what it did.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a configuration and never forget: journal, restart, standby.",
        usage: """
            helios run pairs.yaml --journal monday
            helios run pairs.yaml --journal session --venue 7001 --standby-listen 7002 --durability mirror
            """,
        discussion: """
            Every record is in the journal before the engine acts on it, so that 'helios replay' can prove the session to \
            the bit and 'helios what-if' can run it again with other parameters.

            Without --venue the configuration's recorded data are traded against the simulated venue in the same process. \
            With it, orders go to 'helios venue' over TCP in real time, and none is sent before its record has the \
            durability asked for; started again with the same journal the session goes on where it was, however it \
            ended. Live market data feeds are not built yet.

            Durability: 'cache' hands every block to the system (survives the death of the process), 'mirror' waits for a \
            standby, 'sync' for stable storage (survives a power cut).
            """
    )

    @Argument(help: "The configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(name: .shortAndLong, help: "Directory for the journal; a new one without --venue.", completion: .directory)
    var journal: String

    @Option(help: ArgumentHelp("The venue to trade at.", valueName: "[host:]port"))
    var venue: Endpoint?

    @OptionGroup var live: LiveArguments

    @Option(name: .shortAndLong, help: "Directory for the results too, as 'helios backtest' writes them.")
    var output: String?

    @Flag(help: "Show no progress.")
    var quiet = false

    private var durability: Durability { live.durability }

    func run() throws {
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        try plan.checkData()
        if let venue {
            return try LiveRun(plan: plan, journal: journal, venue: venue, primary: nil, arguments: live).run()
        }
        guard durability != .mirror else {
            throw Failure(.usage, "durability 'mirror' needs a standby, and a standby needs --venue")
        }
        let interruption = Interruption()
        let folder = try JournalFolder(creating: journal)
        var snapshots = SnapshotOptions()
        snapshots.interval = live.snapshotInterval
        var sink = MeteredJournal(try folder.begin(durability, snapshots: snapshots))
        guard try plan.session().write(to: &sink) else { throw failure(sink.sink.sink.failure) }

        let progress = ProgressLine(counting: "events", isQuiet: quiet)
        var stoppedAfter: Int?
        let result: RunResult
        let missing: [Symbol]
        do {
            (result, missing) = try plan.run(journal: &sink) { state in
                progress.show(state.events, share: state.fraction, at: Figures.clock(state.timeOfDay))
                if interruption.isRequested { stoppedAfter = state.events }
                return stoppedAfter == nil
            }
        } catch is JournalStopped {
            progress.finish()
            sink.sink.sink.drain(syncs: true)
            throw failure(sink.sink.sink.failure)
        }
        progress.finish()
        sink.sink.sink.drain(syncs: true)
        sink.sink.keeper.drain()
        if let failure = sink.sink.sink.failure, sink.sink.sink.state == .poisoned { throw self.failure(failure) }
        if stoppedAfter == nil {
            try plan.checkSymbols(missing: missing, written: "the journal in \(shortPath(journal)) has no orders")
        }
        if let output {
            let statistics = RunStatistics(result)
            let run = FinishedRun(plan: plan, result: result, statistics: statistics, stoppedAfterEvents: stoppedAfter)
            _ = try run.write(to: output)
        }
        try show(RunAnswer(plan, result, sink, shortPath(journal), durability, output.map(shortPath), stoppedAfter))
        if stoppedAfter != nil {
            Console.note("interrupted: the session until then is in \(shortPath(journal))")
            throw ExitCode(Outcome.interrupted.rawValue)
        }
    }

    private func failure(_ error: DiskError?) -> Failure {
        Failure(
            .data,
            "the journal in \(journal) takes no more records: \(error?.description ?? "it is full")",
            hint: "what was written until then can be replayed"
        )
    }

    private func show(_ answer: RunAnswer) throws {
        if live.json { return try Console.show(json: answer) }
        Console.show(answer.text)
    }
}

/// What `helios run --json` prints.
private struct RunAnswer: Encodable {
    struct Cost: Encodable {
        var nanosecondsPerRecord: Double
        var longestNanoseconds: Double
        var writes: Int
        var writeSeconds: Double
        var snapshots: Int
        var longestPauseNanoseconds: UInt64
        var lastPauseNanoseconds: UInt64
        var snapshotBytes: Int
    }

    var title: String
    var journal: String
    var output: String?
    var interrupted: Bool
    var records: UInt64
    var recordsOnStableStorage: UInt64
    var orders: Int
    var fills: Int
    var refused: Int
    var outputHash: String
    var durability: String
    var seconds: Double
    var events: Int
    var cost: Cost

    init(
        _ plan: RunPlan,
        _ result: RunResult,
        _ sink: borrowing MeteredJournal<KeepingJournal<ThreadedJournal>>,
        _ journal: String,
        _ durability: Durability,
        _ output: String?,
        _ stoppedAfter: Int?
    ) {
        title = plan.title
        self.journal = journal
        self.output = output
        interrupted = stoppedAfter != nil
        records = sink.sink.sink.written
        recordsOnStableStorage = sink.sink.sink.synced
        orders = result.counts.orders
        fills = result.counts.fills
        refused = result.counts.rejectedByRisk
        outputHash = Figures.hash(result.outputHash)
        self.durability = durability.rawValue
        seconds = result.wallSeconds
        events = result.counts.messages
        cost = Cost(
            nanosecondsPerRecord: sink.nanosecondsPerRecord,
            longestNanoseconds: sink.longestNanoseconds,
            writes: sink.sink.sink.writes,
            writeSeconds: Double(sink.sink.sink.writeNanoseconds) * 1e-9,
            snapshots: sink.sink.keeper.taken,
            longestPauseNanoseconds: sink.sink.keeper.longestPause,
            lastPauseNanoseconds: sink.sink.keeper.lastPause,
            snapshotBytes: sink.sink.keeper.size
        )
    }

    var text: String {
        var table = TextTable([.left, .left])
        let rate = Figures.rate(Double(events) / max(seconds, 1e-6))
        table.add("events", "\(Figures.count(events)) in \(Figures.duration(seconds * 1e9)), \(rate)")
        table.add("orders", "\(Figures.count(orders)), \(Figures.count(refused)) of them refused by risk")
        table.add("fills", Figures.count(fills))
        table.add("records", "\(Figures.count(records)), \(Figures.count(recordsOnStableStorage)) on stable storage")
        let record = Figures.fixed(cost.nanosecondsPerRecord, 0)
        let longest = Figures.duration(cost.longestNanoseconds)
        table.add("durability", "\(durability): \(record) ns a record for the engine, at most \(longest)")
        let writing = Figures.duration(cost.writeSeconds * 1e9)
        table.add("disk", "\(Figures.counted(cost.writes, "write")) in \(writing)")
        if cost.snapshots > 0 {
            let pause = Figures.duration(Double(cost.longestPauseNanoseconds))
            let last = Figures.duration(Double(cost.lastPauseNanoseconds))
            let size = Figures.fixed(Double(cost.snapshotBytes) / 1e6, 1)
            table.add(
                "snapshots",
                "\(cost.snapshots), the engine stood still for \(pause) at most; the last: \(size) MB in \(last)"
            )
        }
        let results = output.map { "\n  results in \($0)" } ?? ""
        return Console.toned(title, .strong) + "\n" + table.text() + "\n\n"
            + "  output hash \(outputHash), 'helios replay \(journal)' proves it" + results
    }
}
