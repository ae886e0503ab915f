// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosExecution
import HeliosMarket
import HeliosResearch

/// `helios tca`: what trading cost, of a run's results or of a journal.
struct TcaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tca",
        abstract: "Explain what trading cost: shortfall, slippage, spreads, markouts, fills, by what you like.",
        usage: """
            helios tca runs/monday
            helios tca runs/monday --by venue
            helios tca demo/paper/journal --by algorithm --csv
            """,
        discussion: """
            Of results it shows their tca.json. A journal is replayed and proved on the way, as 'helios report' does; exit \
            code 1 when the replay differs. Costs are positive, in basis points where nothing else is said; a markout is \
            positive when it is good. Every figure is defined in docs/tca.md.
            """
    )

    @Argument(help: "The directory of a run's results, or of a journal.", completion: .directory)
    var directory: String

    @Option(help: "Show one breakdown: venue, algorithm, strategy, time or size.")
    var by: String?

    @Flag(help: "Print one JSON object, as in tca.json.")
    var json = false

    @Flag(help: "Print a CSV table.")
    var csv = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv: only one of them can be printed") }
        guard let by, CostDimension(word: by) == nil else { return }
        let words = CostDimension.allCases.map(\.word)
        let hint = NearestName.of(by, among: words).map { "; did you mean '\($0)'?" } ?? ""
        throw ValidationError("--by: found '\(by)', expected \(words.joined(separator: ", "))\(hint)")
    }

    func run() throws {
        var report = try read()
        let dimension = by.flatMap(CostDimension.init(word:))
        if let dimension {
            for other in CostDimension.allCases where other != dimension { report[other] = nil }
        }
        if json { return Console.write(report.json()) }
        if csv { return Console.write(report.csv()) }
        Console.show(TcaView(report).text(dimension))
    }

    private func read() throws -> CostReport {
        let place = try CostFolder(directory)
        switch place {
        case .results(let path):
            guard let data = FileManager.default.contents(atPath: path) else { throw Failure.system(path) }
            do {
                return try CostReport(json: data)
            } catch {
                let hint = "'helios verify \(directory)' tells whether it was changed"
                throw Failure(.data, "\(path): \(error)", hint: hint)
            }
        case .journal: return try replay()
        }
    }

    private func replay() throws -> CostReport {
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
        if outcome.isInterrupted { throw Failure(.interrupted, "interrupted; nothing is said of half a journal") }
        if let divergence = outcome.divergence {
            throw Failure(
                .no,
                "\(directory): the replay differs at record \(divergence.sequence): its costs are not known"
            )
        }
        guard let report = CostReport(result) else { throw Failure(.fault, "\(directory): costs were not analysed") }
        return report
    }
}

/// What a directory holds that costs can be told of.
private enum CostFolder {
    /// The path of its `tca.json`.
    case results(String)
    case journal

    /// - Throws: `Failure` for a directory that is neither, with what may have been meant.
    init(_ directory: String) throws {
        let manager = FileManager.default
        var isDirectory = ObjCBool(false)
        guard manager.fileExists(atPath: directory, isDirectory: &isDirectory) else {
            throw Failure(.data, "\(directory): there is no such directory", hint: CostFolder.hint)
        }
        guard isDirectory.boolValue else {
            throw Failure(
                .data,
                "\(directory): a file, not the directory of a run's results or of a journal",
                hint: CostFolder.hint
            )
        }
        let names = Set(try manager.contentsOfDirectory(atPath: directory))
        if names.contains(CostReport.fileName) {
            self = .results(directory + "/" + CostReport.fileName)
        } else if names.contains(where: { $0.hasSuffix(".journal") }) {
            self = .journal
        } else if names.contains(Manifest.fileName) {
            throw Failure(
                .data,
                "\(directory): results without \(CostReport.fileName), of an older version",
                hint: "'helios backtest \(directory)/\(Manifest.configurationName)' does the run again"
            )
        } else {
            throw Failure(
                .data,
                "\(directory): neither the results of a run nor a journal",
                hint: CostFolder.inside(directory, names).map { "did you mean '\($0)'?" } ?? CostFolder.hint
            )
        }
    }

    private static let hint = "'helios backtest' writes results, 'helios run --journal' a journal"

    /// A directory in it that is one.
    private static func inside(_ directory: String, _ names: Set<String>) -> String? {
        names.sorted().map { directory + "/" + $0 }.first { path in
            let found = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            return found.contains { $0 == CostReport.fileName || $0.hasSuffix(".journal") }
        }
    }
}
