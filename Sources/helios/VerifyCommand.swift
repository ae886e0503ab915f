// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosMarket
import HeliosResearch

/// `helios verify`: does a run again and compares to the bit.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Do a run again and compare it to the bit.",
        usage: "helios verify runs/monday",
        discussion: """
            Compares the configuration, the data, the result files, the counts and the output hash with the run's \
            manifest. Exit code 0 when all are the same, 1 when one differs, 3 when the manifest or a file is missing or \
            damaged.
            """
    )

    @Argument(help: "The directory of the run.", completion: .directory)
    var directory: String

    @Flag(help: "Print the comparison as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let manifest = try Manifest.read(from: directory)
        var comparison = Comparison(run: directory)
        try comparison.compareInputs(with: manifest, in: directory)
        if comparison.isSame {
            try repeatRun(manifest, directory, &comparison)
        } else {
            comparison.note = "the run was not repeated, because what it was made of is not the same"
        }
        try show(comparison)
        if !comparison.isSame { throw ExitCode(Outcome.no.rawValue) }
    }

    private func repeatRun(_ manifest: Manifest, _ directory: String, _ comparison: inout Comparison) throws {
        // The copy holds the whole configuration: the environment must not change it a second time.
        var plan = try RunPlan(configuration: directory + "/" + Manifest.configurationName, environment: [:])
        plan.data = manifest.data.map { source in
            DataFile(
                path: source.path,
                symbol: source.symbol.flatMap(Symbol.init),
                day: source.day.flatMap(TradingDay.init)
            )
        }
        let interruption = Interruption()
        let progress = ProgressLine(counting: "events", isQuiet: quiet)
        let (result, _) = try plan.run { state in
            progress.show(state.events, share: state.fraction, at: Figures.clock(state.timeOfDay))
            if let stop = manifest.stoppedAfterEvents, state.events >= stop { return false }
            return !interruption.isRequested
        }
        progress.finish()
        if interruption.isRequested { throw Failure(.interrupted, "interrupted; nothing was compared") }
        try comparison.compareOutputs(of: result, with: manifest)
    }

    private func show(_ comparison: Comparison) throws {
        if json { return try Console.show(json: comparison) }
        var table = TextTable([.left, .left, .left])
        for check in comparison.checks {
            let verdict = check.same ? Console.toned("same", .good) : Console.toned("differs", .bad)
            let values = check.same ? check.recorded : "recorded \(check.recorded), found \(check.found)"
            table.add(check.name, verdict, values)
        }
        let headline =
            comparison.isSame
            ? "\(comparison.run): the same to the bit"
            : "\(comparison.run): differs in " + comparison.differences.joined(separator: ", ")
        Console.show(headline + "\n" + table.text() + (comparison.note.map { "\n  \($0)" } ?? ""))
    }
}

/// What a manifest says against what was found.
private struct Comparison: Encodable {
    struct Check: Encodable {
        var name: String
        var recorded: String
        var found: String
        var same: Bool
    }

    var run: String
    var checks: [Check] = []
    var note: String?

    init(run: String) { self.run = run }

    var isSame: Bool { checks.allSatisfy(\.same) }
    var differences: [String] { checks.filter { !$0.same }.map(\.name) }

    enum CodingKeys: String, CodingKey { case run, checks, note, same }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(run, forKey: .run)
        try container.encode(isSame, forKey: .same)
        try container.encode(checks, forKey: .checks)
        try container.encodeIfPresent(note, forKey: .note)
    }

    private mutating func compare(_ name: String, _ recorded: String, _ found: String) {
        checks.append(Check(name: name, recorded: recorded, found: found, same: recorded == found))
    }

    private mutating func compare(_ recorded: Fingerprint, _ path: String, called name: String) throws {
        let found = try Fingerprint(of: path)
        // Sizes tell more than hashes when they differ.
        let isSameSize = recorded.bytes == found.bytes
        compare(
            name,
            isSameSize ? recorded.hash : "\(Figures.count(recorded.bytes)) bytes",
            isSameSize ? found.hash : "\(Figures.count(found.bytes)) bytes"
        )
    }

    /// Configuration, data and result files as they stand on the disk.
    mutating func compareInputs(with manifest: Manifest, in directory: String) throws {
        try compare(manifest.configuration, directory + "/" + Manifest.configurationName, called: "configuration")
        for file in manifest.dataFiles { try compare(file, file.path, called: "data \(shortPath(file.path))") }
        for file in manifest.results { try compare(file, directory + "/" + file.path, called: file.path) }
    }

    /// What the second run gave.
    mutating func compareOutputs(of result: RunResult, with manifest: Manifest) throws {
        compare("output hash", manifest.outputHash, Figures.hash(result.outputHash))
        compare("counts", "\(manifest.counts)", "\(Manifest.Counts(result.counts))")
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("helios-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        try ResultsWriter(result).write(to: scratch)
        for file in manifest.results {
            try compare(file, scratch + "/" + file.path, called: "\(file.path), made again")
        }
    }
}
