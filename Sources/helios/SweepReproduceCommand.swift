// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosResearch
import HeliosSweep

/// `helios sweep reproduce`: does one trial again and compares to the bit.
struct SweepReproduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce",
        abstract: "Do a trial again and compare it to the bit.",
        usage: """
            helios sweep reproduce demo/sweep.sqlite 17
            helios sweep reproduce demo/sweep.sqlite 17 --output runs/best
            """,
        discussion: """
            Compares configuration, data, build, output hash, every return and every figure with the row. With other data \
            nothing is run. With --output the run's results are written as 'helios backtest' writes them. Exit code 0 when \
            all is the same, 1 when something differs, 3 when a data file is missing.
            """
    )

    @Argument(help: "The database.", completion: .file(extensions: ["sqlite"]))
    var database: String

    @Argument(help: "The trial's number.")
    var trial: Int

    @Option(name: .shortAndLong, help: "Directory for the run's results.", completion: .directory)
    var output: String?

    @Flag(help: "Print the comparison as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    #if Database
    func run() throws {
        try requireFile(database, .data)
        let store = try SweepStore.open(database)
        let record = try store.record()
        let rows = try store.rows(record)
        guard let row = rows.first(where: { $0.trial.number == trial }) else {
            throw Failure(.usage, "\(database): there is no trial \(trial), they go from 1 to \(rows.count)")
        }
        guard let stored = row.run, let build = row.build, let rung = row.rung else {
            let reason = row.reason.map { ": \($0)" } ?? ""
            throw Failure(
                .usage,
                "\(database): trial \(trial) has no result to compare with, it is \(row.status.rawValue)\(reason)"
            )
        }
        var comparison = SweepComparison(database: database, trial: row.trial, periods: record.rungs[rung].periods)
        try comparison.compareData(record.data)
        let current = try SweepBuild.current()
        comparison.compare("build", build.hash, current.hash)
        if comparison.dataAreSame {
            if current.hash != build.hash {
                Console.warn(
                    "the row was made by another build (\(build.version), \(build.system)): what differs may be its doing"
                )
            }
            let plan = try SweepTrialRun(record).plan(row.trial.parameters)
            guard let finished = try runAgain(plan, record, comparison.periods) else {
                throw Failure(.interrupted, "interrupted; nothing was compared")
            }
            comparison.compare(stored, finished.run)
            if let output { try write(finished, plan, to: output) }
        } else {
            comparison.note = "the trial was not run again, because its data are not the same"
        }
        try comparison.show(asJSON: json)
        if !comparison.isSame { throw ExitCode(Outcome.no.rawValue) }
    }

    private func runAgain(_ plan: RunPlan, _ record: SweepRecord, _ periods: Int) throws -> SweepTrialRun.Finished? {
        let interruption = Interruption()
        let progress = ProgressLine(counting: "periods", isQuiet: quiet)
        defer { progress.finish() }
        return try SweepTrialRun(record).run(plan, periods: periods) { share in
            progress.show(share: share)
            return !interruption.isRequested
        }
    }

    private func write(_ finished: SweepTrialRun.Finished, _ plan: RunPlan, to directory: String) throws {
        let run = FinishedRun(
            plan: plan,
            result: finished.result,
            statistics: RunStatistics(finished.result),
            stoppedAfterEvents: finished.stoppedAfter
        )
        _ = try run.write(to: directory)
        if !json { Console.show(run.text(shortPath(directory)) + "\n") }
    }
    #else
    func run() throws { throw SweepAbsence.failure }
    #endif
}

/// A row against what doing it again gave.
struct SweepComparison: Encodable {
    struct Check: Encodable {
        var name: String
        var recorded: String
        var found: String
        var same: Bool
    }

    let database: String
    let trial: SweepTrial
    let periods: Int
    private(set) var checks: [Check] = []
    var note: String?
    private(set) var dataAreSame = true

    init(database: String, trial: SweepTrial, periods: Int) {
        self.database = database
        self.trial = trial
        self.periods = periods
    }

    /// The build alone is no difference: what it computes is.
    var isSame: Bool { checks.allSatisfy { $0.same || $0.name == "build" } }

    mutating func compare(_ name: String, _ recorded: String, _ found: String) {
        checks.append(Check(name: name, recorded: recorded, found: found, same: recorded == found))
    }

    mutating func compareData(_ data: [SweepData]) throws {
        var seen: Set<String> = []
        for file in data.flatMap(\.files) where seen.insert(file.path).inserted {
            try requireFile(file.path, .data)
            let found = try Fingerprint(of: file.path)
            // Sizes tell more than hashes when they differ.
            let isSameSize = found.bytes == file.bytes
            compare(
                "data \(shortPath(file.path))",
                isSameSize ? file.hash : "\(Figures.count(file.bytes)) bytes",
                isSameSize ? found.hash : "\(Figures.count(found.bytes)) bytes"
            )
        }
        dataAreSame = checks.allSatisfy(\.same)
    }

    mutating func compare(_ recorded: SweepRun, _ found: SweepRun) {
        compare("configuration", recorded.configurationHash, found.configurationHash)
        compare("output hash", recorded.outputHash, found.outputHash)
        compare("orders", "\(recorded.orders)", "\(found.orders)")
        compare("fills", "\(recorded.fills)", "\(found.fills)")
        compare("net profit", recorded.netProfit, found.netProfit)
        compare("returns", SweepComparison.text(recorded.returns), SweepComparison.text(found.returns))
        let keys = Set(recorded.metrics.keys).union(found.metrics.keys).sorted()
        let differing = keys.filter { recorded.metrics[$0]?.bitPattern != found.metrics[$0]?.bitPattern }
        for key in differing {
            compare(key, recorded.metrics[key].map { "\($0)" } ?? "–", found.metrics[key].map { "\($0)" } ?? "–")
        }
        if differing.isEmpty { compare("statistics", "\(keys.count)", "\(keys.count)") }
    }

    /// As many as there are, and a hash over their bits.
    private static func text(_ returns: [Double]) -> String {
        let bits = returns.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
        return "\(returns.count), \(SweepRecord.hash(bits))"
    }

    enum CodingKeys: String, CodingKey { case database, trial, parameters, periods, checks, note, same }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(database, forKey: .database)
        try container.encode(trial.number, forKey: .trial)
        try container.encode(trial.parameters, forKey: .parameters)
        try container.encode(periods, forKey: .periods)
        try container.encode(checks, forKey: .checks)
        try container.encodeIfPresent(note, forKey: .note)
        try container.encode(isSame, forKey: .same)
    }

    func show(asJSON json: Bool) throws {
        if json { return try Console.show(json: self) }
        var table = TextTable([.left, .left, .left])
        for check in checks {
            let verdict = check.same ? Console.toned("same", .good) : Console.toned("differs", .bad)
            table.add(
                check.name,
                verdict,
                check.same ? check.recorded : "recorded \(check.recorded), found \(check.found)"
            )
        }
        let differing = checks.filter { !$0.same && $0.name != "build" }.map(\.name)
        let headline =
            isSame
            ? "trial \(trial.number): the same to the bit"
            : "trial \(trial.number): differs in \(differing.joined(separator: ", "))"
        Console.show("\(headline)\n  \(trial.text)\n" + table.text() + (note.map { "\n  \($0)" } ?? ""))
    }
}
