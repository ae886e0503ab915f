// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosResearch
import HeliosSweep

extension SweepSearch: ExpressibleByArgument {}

/// `helios sweep FILE`: runs a sweep, or goes on with one.
struct SweepRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a sweep, or go on with one (the verb may be left out).",
        usage: """
            helios sweep Examples/sweep.yaml
            helios sweep Examples/sweep.yaml --resume
            helios sweep pairs.yaml --vary enterZ=2,2.5,3 --vary zWindow=720..2880/720 --output pairs.sqlite
            helios sweep pairs.yaml --vary enterZ=1.50..4.00 --vary zWindow=log:720..2880 --search random --trials 50
            """,
        discussion: """
            FILE describes the sweep (docs/sweep.md), or, with --vary, is the run configuration that is varied. Every trial is \
            a row of a SQLite database as soon as it ends; Ctrl-C, a crash or a power cut lose the trials in hand, and \
            --resume goes on. Beside the database stands a report (HTML).

            Exit code 0 when the best trial survives the judgement; 1 when it does not, or when it cannot be told.
            """
    )

    @Argument(help: "The sweep, or with --vary a run configuration.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(
        name: .customLong("vary"),
        help: ArgumentHelp("Values to try: A,B,C or FROM..TO/STEP or log:FROM..TO.", valueName: "key=values")
    )
    var varied: [String] = []

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A value that is the same in every trial.", valueName: "key=value")
    )
    var changes: [String] = []

    @Option(help: "grid, random or halving. (default: as described, else grid)")
    var search: SweepSearch?

    @Option(help: "How many combinations random search and halving try.")
    var trials: Int?

    @Option(help: "Of everything drawn.")
    var seed: UInt64?

    @Option(help: "Worker processes. (default: the processor's cores)")
    var workers: Int?

    @Option(name: .shortAndLong, help: "The database. (default: as described, else FILE.sqlite here)")
    var output: String?

    @Flag(help: "Go on with the sweep in the database.")
    var resume = false

    @Flag(name: .customLong("retry-failed"), help: "With --resume: do failed trials again.")
    var retryFailed = false

    @Option(
        help: ArgumentHelp("End a trial that takes longer; it counts as failed. (default: never)", valueName: "seconds")
    )
    var trialTimeout: Double?

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        if let trials, !(1...SweepConfiguration.mostTrials).contains(trials) {
            throw ValidationError("--trials: expected from 1 to \(SweepConfiguration.mostTrials)")
        }
        if let workers, !(1...1_024).contains(workers) { throw ValidationError("--workers: expected from 1 to 1024") }
        if let trialTimeout, !(trialTimeout > 0) {
            throw ValidationError("--trial-timeout: expected seconds above 0, such as 600")
        }
        if retryFailed, !resume { throw ValidationError("--retry-failed goes with --resume") }
    }

    #if Database
    func run() throws {
        let interruption = Interruption()
        try requireFile(file)
        let (sweep, run) = try load()
        let plan = RunPlan(run)
        guard plan.live.feed.isEmpty, !(plan.data.isEmpty && plan.settings.floor == nil) else {
            throw Failure(
                .usage,
                "\(shortPath(sweep.base)): a sweep needs recorded data, or several venues' generated market"
            )
        }
        try plan.checkData()
        // Days out of order are found here, and not by every worker.
        if !plan.data.isEmpty { _ = try MarketDataSource(plan.data) }
        let inputs = try sweep.inputFiles(of: run)
        let watch = SweepDataWatch(try plan.data.flatMap(RunPlan.paths) + inputs)
        let grid = try PeriodGrid.choose(
            midnights: plan.days().map(\.midnight),
            settings: plan.settings,
            period: sweep.period
        ).get()
        let record = SweepRecord(
            title: plan.title,
            sweep: sweep,
            configuration: plan.text,
            data: try SweepData.of(plan, inputs),
            grid: grid,
            trials: sweep.makeTrials()
        )
        let database =
            output ?? sweep.database ?? URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent + ".sqlite"
        let folder = URL(fileURLWithPath: database).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lock = try SweepLock(database)
        defer { withExtendedLifetime(lock) {} }
        let store = try open(database, record)
        var runner = try SweepRunner(
            store,
            record,
            watch,
            workers: workers ?? ProcessInfo.processInfo.activeProcessorCount,
            timeout: trialTimeout
        )
        guard try runner.run(isQuiet: quiet, interruption) else {
            let done = runner.rows.count { $0.status != .pending }
            throw Failure(
                .interrupted,
                "interrupted: \(done) of \(Figures.counted(record.trials.count, "trial")) are in \(shortPath(database))",
                hint: "the same command with --resume goes on"
            )
        }
        let judgement = record.judgement(of: runner.rows, isQuiet: quiet)
        try store.save(judgement)
        store.settle()
        let view = SweepView(record, runner.rows, judgement, database: database)
        try view.writePage()
        try view.show(asJSON: json, top: SweepView.usualRows)
        if judgement.verdict != .survives { throw ExitCode(Outcome.no.rawValue) }
    }

    /// The sweep and the run that it varies, with what the command line says otherwise.
    private func load() throws -> (SweepConfiguration, RunConfiguration) {
        let fixed = try changes.map(SweepRunCommand.change)
        do throws(ConfigurationErrors) {
            let described = try describe(ProcessInfo.processInfo.environment, fixed)
            let sweep = try described.sweep.changing(search: search, trials: trials, seed: seed)
            return (sweep, described.run)
        } catch {
            throw ConfigurationErrors(error.errors.map(SweepRunCommand.shortened))
        }
    }

    private func describe(
        _ environment: [String: String],
        _ fixed: [SweepConfiguration.Change]
    ) throws(ConfigurationErrors) -> (sweep: SweepConfiguration, run: RunConfiguration) {
        // Absolute, so that a trial can be done again from any folder.
        let path = URL(fileURLWithPath: file).standardized.path
        if varied.isEmpty {
            return try SweepConfiguration.load(path: path, environment: environment, changes: fixed)
        }
        return try SweepConfiguration.varying(path: path, varied, environment: environment, changes: fixed)
    }

    /// With the file's name as the user gave it.
    private static func shortened(_ error: ConfigurationError) -> ConfigurationError {
        var error = error
        if error.file.hasPrefix("/") { error.file = shortPath(error.file) }
        return error
    }

    private static func change(_ text: String) throws -> SweepConfiguration.Change {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw Failure(.usage, "--set: found '\(text)', expected key=value such as pairs.enterZ=3")
        }
        return SweepConfiguration.Change(key: parts[0], value: parts[1])
    }

    /// A new database, or the one that the sweep goes on with.
    private func open(_ path: String, _ record: SweepRecord) throws -> SweepStore {
        guard FileManager.default.fileExists(atPath: path) else {
            return try SweepStore.create(path, record)
        }
        guard resume else {
            throw Failure(
                .usage,
                "\(shortPath(path)): is there already",
                hint:
                    "--resume goes on with it, --output names another; 'helios sweep show \(shortPath(path))' shows it"
            )
        }
        let store = try SweepStore.open(path, forWriting: true)
        let differences = record.differences(from: try store.record())
        guard differences.isEmpty else {
            throw Failure(
                .usage,
                "\(shortPath(path)): is of another sweep: different are \(differences.joined(separator: ", "))",
                hint: "go on with the same description, or name another database with --output"
            )
        }
        if retryFailed { _ = try store.retryFailed() }
        return store
    }
    #else
    func run() throws { throw SweepAbsence.failure }
    #endif
}
