// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosResearch
import HeliosSignal
import HeliosStrategy

/// `helios research pairs`: which instruments' prices belong together, over all pairs of a universe.
struct ResearchPairsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pairs",
        abstract: "Scan all pairs of a universe for prices that belong together.",
        usage: """
            helios research pairs 01052026.itch50 --output runs/pairs
            helios research pairs monday.itch50 tuesday.itch50 --every 1min --groups sectors.csv
            helios research pairs closes.csv --half-life 1d..30d --crossings 12 --confirm
            """,
        discussion: """
            Reads ITCH days and captures, or a table of daily prices (.csv: date,SYMBOL,…). Pairs are found by what their \
            returns share beside all common factors and by whether their spread comes back, with the false ones among those \
            found controlled; --evidence levels asks the spread alone, as in the textbooks. --output gets pairs.csv, which the \
            strategy 'pairs' takes as pairsFile, tested.csv and report.html. Every figure is defined in docs/pairs.md. Exit code \
            1 when no pair is found.
            """
    )

    @Argument(help: "The files, in the order of their days, or one table of daily prices.", completion: .file())
    var files: [String]

    @Option(help: "Length of a row: the mean price over it is looked at. (default: 20s)")
    var every: String?

    @Option(help: "The part of each day. (default: 09:30..16:00)")
    var session: String?

    @Option(help: "Only pairs of this symbol with others so named; may be repeated.")
    var symbol: [String] = []

    @Option(help: "The day of a file whose name does not tell it, YYYY-MM-DD.")
    var date: String?

    @Option(help: "What speaks for a pair: both (shared risk and reverting spread) or levels (the spread alone).")
    var evidence = "both"

    @Option(help: "Test inside groups: found (from the prices), all, or a CSV file symbol,group.")
    var groups = "found"

    @Option(help: "Common factors to take out; as many as stand out of chance when not given.")
    var factors: Int?

    @Option(help: "Accepted share of false pairs among those found.")
    var level = 0.05

    @Option(help: "Control of the many tests: bh (Benjamini-Hochberg), by (Benjamini-Yekutieli) or holm.")
    var control = "bh"

    @Option(help: "Lags of the spread's test: a number, aic or bic.")
    var lags = "1"

    @Option(name: .customLong("correlation"), help: "Test only pairs whose returns go together at least this much.")
    var correlation: Double?

    @Option(name: .customLong("half-life"), help: "Keep half-lives in this range, such as 2min..30min or 1d..30d.")
    var halfLife: String?

    @Option(help: "Keep pairs with this many crossings of the mean: per session, or a year for daily prices.")
    var crossings = 0.0

    @Flag(help: "Find pairs in the first half and keep those that hold in the second.")
    var confirm = false

    @Option(help: "Write pairs.csv, tested.csv and report.html into this directory.", completion: .directory)
    var output: String?

    @Option(help: "Show so many pairs.")
    var top = 20

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let settings = try settings()
        for file in files { try requireFile(file, .data) }
        let progress = ProgressLine(counting: "messages", isQuiet: quiet)
        var omitted: [PanelOmission] = []
        do {
            let (whole, missing) = try read(progress)
            let (panel, still) = universe(whole, settings.grouping).withoutStill()
            omitted = missing + still
            try checkSymbols(panel)
            let scan = try PairScan(panel, settings) { progress.show(share: 0.5 + 0.3 * $0) }
            let pairs = scan.pairs { progress.show(share: 0.8 + 0.2 * $0) }
            progress.finish()
            try save(scan, pairs, omitted)
            let view = PairScanView(scan: scan, pairs: pairs, omitted: omitted, output: output)
            if json { try Console.show(json: view.answer()) } else { Console.show(view.text(top: top)) }
            if pairs.allSatisfy({ $0.objection != nil }) {
                throw Failure(.no, "no pair was found among \(Figures.count(scan.tested.count)) tested")
            }
        } catch let error as PairScanError {
            let left =
                omitted.first.map { "; \(omitted.count) symbols were left out, \($0.symbol): \($0.reason)" } ?? ""
            throw Failure(.data, files.joined(separator: ", ") + ": " + error.reason + left)
        }
    }

    private func read(_ progress: ProgressLine) throws -> (panel: PricePanel, omitted: [PanelOmission]) {
        if let table = files.first(where: { $0.lowercased().hasSuffix(".csv") }) {
            for (option, value) in [("--every", every), ("--session", session), ("--date", date)] where value != nil {
                throw Failure(.usage, "\(option) is for recorded days; \(table) has a row a day")
            }
            guard files.count == 1 else { throw Failure(.usage, "a table of daily prices (\(table)) is read alone") }
            guard let text = try? String(contentsOfFile: table, encoding: .utf8) else {
                throw Failure(.data, "\(table): isn't text in UTF-8")
            }
            let (panel, omitted) = try PricePanel.daily(csv: text)
            return (panel, omitted)
        }
        let step = try duration(every ?? "20s", "--every")
        guard step > 0 else { throw Failure(.usage, "--every must be above zero") }
        return try PricePanel.read(
            dataFiles(),
            step: step,
            session: try sessionRange(),
            progress: { progress.show(share: $0 * 0.5) }
        )
    }

    /// The symbols that have a group, where groups are given: a whole market's day holds more than one scan takes.
    private func universe(_ panel: PricePanel, _ grouping: PairScanSettings.Grouping) -> PricePanel {
        guard case .given(let names) = grouping else { return panel }
        return panel.keeping(panel.symbols.indices.filter { names[panel.symbols[$0]] != nil })
    }

    private func checkSymbols(_ panel: PricePanel) throws {
        for name in symbol where !panel.symbols.contains(name) {
            let hint = NearestName.of(name, among: panel.symbols).map { "; did you mean \($0)?" } ?? ""
            throw Failure(.data, "--symbol: there are no complete prices of \(name)\(hint)")
        }
    }

    private func dataFiles() throws -> [DataFile] {
        guard let date else { return files.map { DataFile(path: $0) } }
        guard files.count == 1 else {
            throw Failure(.usage, "--date is of one file; the names of several tell their days")
        }
        guard let day = TradingDay(date) else {
            throw Failure(.usage, "--date: \"\(date)\" is not a date such as 2026-01-05")
        }
        return files.map { DataFile(path: $0, day: day) }
    }

    private func save(_ scan: PairScan, _ pairs: [ScannedPair], _ omitted: [PanelOmission]) throws {
        guard let output else { return }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw Failure(.data, "\(output): the directory can't be made: \(error.localizedDescription)")
        }
        let names = files.map { URL(fileURLWithPath: $0).lastPathComponent }
        try PairFiles.write(scan, pairs, omitted: omitted, title: names.joined(separator: ", "), to: output)
    }
}

extension ResearchPairsCommand {
    /// The options as the library takes them.
    private func settings() throws -> PairScanSettings {
        guard level > 0, level < 1 else { throw Failure(.usage, "--level must be above 0 and below 1, found \(level)") }
        guard let evidence = PairScanSettings.Evidence(rawValue: evidence) else {
            throw Failure(.usage, "--evidence: found \"\(evidence)\", expected both or levels")
        }
        if let correlation, !(-1...1).contains(correlation) {
            throw Failure(.usage, "--correlation must be from -1 to 1, found \(correlation)")
        }
        if factors != nil, evidence == .levels, groups != "found" {
            throw Failure(.usage, "--factors: with --evidence levels and --groups \(groups) no factors are taken out")
        }
        if let factors, factors < 0 { throw Failure(.usage, "--factors must not be below 0") }
        guard crossings >= 0, crossings.isFinite else { throw Failure(.usage, "--crossings must not be below 0") }
        return PairScanSettings(
            evidence: evidence,
            grouping: try grouping(),
            factors: factors,
            symbols: Set(symbol),
            level: level,
            control: try controlled(),
            lags: try lagRule(),
            minimumCorrelation: correlation,
            halfLife: try halfLife.map { try durations($0, "--half-life") },
            minimumCrossings: crossings,
            isConfirmed: confirm
        )
    }

    private func controlled() throws -> MultipleTesting {
        switch control {
        case "bh": return .benjaminiHochberg
        case "by": return .benjaminiYekutieli
        case "holm": return .holm
        default: throw Failure(.usage, "--control: found \"\(control)\", expected bh, by or holm")
        }
    }

    private func lagRule() throws -> LagRule {
        switch lags {
        case "aic": return .akaike()
        case "bic": return .bayes()
        default:
            guard let number = Int(lags), (0...40).contains(number) else {
                throw Failure(.usage, "--lags: found \"\(lags)\", expected a number from 0 to 40, aic or bic")
            }
            return .fixed(number)
        }
    }

    private func grouping() throws -> PairScanSettings.Grouping {
        switch groups {
        case "found": return .found
        case "all": return .all
        default:
            try requireFile(groups)
            guard let text = try? String(contentsOfFile: groups, encoding: .utf8) else {
                throw Failure(.usage, "\(groups): isn't text in UTF-8")
            }
            return .given(try groupNames(text))
        }
    }

    private func groupNames(_ text: String) throws -> [String: String] {
        var names: [String: String] = [:]
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if index == 0, cells == ["symbol", "group"] { continue }
            guard cells.count == 2, !cells[0].isEmpty, !cells[1].isEmpty else {
                throw Failure(.usage, "\(groups), line \(index + 1): found \"\(line)\", expected symbol,group")
            }
            guard names.updateValue(cells[1], forKey: cells[0]) == nil else {
                throw Failure(.usage, "\(groups), line \(index + 1): \(cells[0]) stands twice")
            }
        }
        return names
    }

    private func duration(_ text: String, _ option: String) throws -> Nanoseconds {
        guard case .duration(let length)? = try? ParameterKind.duration.parse(text) else {
            throw Failure(.usage, "\(option): found \"\(text)\", expected a length such as 20s, 1min or 1d")
        }
        return length
    }

    private func durations(_ text: String, _ option: String) throws -> ClosedRange<Nanoseconds> {
        let parts = text.components(separatedBy: "..")
        guard parts.count == 2 else {
            throw Failure(.usage, "\(option): found \"\(text)\", expected a range such as 2min..30min")
        }
        let (low, high) = (try duration(parts[0], option), try duration(parts[1], option))
        guard low <= high, low >= 0 else { throw Failure(.usage, "\(option): the range \(text) is empty") }
        return low...high
    }

    private func sessionRange() throws -> Range<Nanoseconds> {
        let session = session ?? "09:30..16:00"
        let parts = session.components(separatedBy: "..")
        let times = parts.compactMap { text -> Nanoseconds? in
            if case .timeOfDay(let time)? = try? ParameterKind.timeOfDay.parse(text) { time } else { nil }
        }
        guard parts.count == 2, times.count == 2, times[0] < times[1] else {
            throw Failure(.usage, "--session: found \"\(session)\", expected a range of times such as 09:30..16:00")
        }
        return times[0]..<times[1]
    }
}
