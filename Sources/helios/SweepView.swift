// SPDX-License-Identifier: MIT
import Foundation
import HeliosResearch
import HeliosSweep

/// A sweep for people, for programs and as a page: the judgement first.
struct SweepView {
    /// Trials in the table where nobody asks for another number.
    static let usualRows = 20

    private let record: SweepRecord
    private let rows: [SweepRow]
    private let judgement: SweepJudgement
    private let database: String
    private let isComplete: Bool

    init(_ record: SweepRecord, _ rows: [SweepRow], _ judgement: SweepJudgement, database: String) {
        self.record = record
        self.rows = rows
        self.judgement = judgement
        self.database = database
        isComplete = record.isComplete(rows)
    }

    func show(asJSON json: Bool, top: Int) throws {
        if json { return try Console.show(json: SweepDocument(record, rows, judgement, headline, isComplete)) }
        Console.show(text(top: top))
    }

    // MARK: The page

    /// Where the page of a database stands.
    private var pagePath: String {
        URL(fileURLWithPath: database).deletingPathExtension().appendingPathExtension("html").path
    }

    func writePage() throws { try writePage(to: pagePath) }

    func writePage(to path: String) throws {
        let page = SweepPage(record, rows, judgement, headline: headline)
        do { try Data(page.html().utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw Failure(.data, "\(path): \(error.localizedDescription)")
        }
    }

    // MARK: The text

    /// What stands before everything else.
    private var headline: String {
        guard !isComplete else { return judgement.headline }
        let ended = rows.count { $0.status != .pending }
        return "NOT COMPLETE: \(ended) of \(Figures.counted(rows.count, "trial")) have run, so nothing is judged yet"
    }

    private func text(top: Int) -> String {
        let tone: Console.Tone = !isComplete ? .warning : judgement.verdict == .survives ? .good : .bad
        var parts = [Console.toned(headline, tone) + "\n" + facts().text()]
        if isComplete { parts.append(criteria().text()) }
        if !judgement.notes.isEmpty { parts.append(judgement.notes.map { "  " + $0 }.joined(separator: "\n")) }
        parts.append(trials(top))
        if let splits = splits() { parts.append(splits) }
        let troubled = rows.filter { $0.status == .failed || $0.status == .refused }
        if !troubled.isEmpty { parts.append(troubles(troubled)) }
        parts.append(farewell())
        return parts.joined(separator: "\n\n")
    }

    private func facts() -> TextTable {
        var table = TextTable([.left, .left])
        table.add("sweep", "\(record.title): \(record.search.rawValue), seed \(record.seed)")
        let counted = Figures.counted(judgement.tried, "trial")
        let earlier = record.earlierTrials > 0 ? ", \(Figures.count(record.earlierTrials)) of them made earlier" : ""
        table.add("counted", "\(counted)\(earlier); \(Figures.count(judgement.compared)) saw all data and are compared")
        table.add("periods", record.grid.text)
        let method = record.splits.isRolling ? "rolling" : "anchored"
        table.add(
            "splits",
            "\(method) walk forward in \(Figures.counted(record.splits.folds, "test")), "
                + "purge \(Figures.counted(record.splits.purge, "period")), "
                + "embargo \(Figures.counted(record.splits.embargo, "period"))"
        )
        if record.rungs.count > 1 {
            let rungs = record.rungs.map { "\(Figures.count($0.trials)) on \(Figures.count($0.periods))" }
            table.add("halving", rungs.joined(separator: ", then ") + " periods")
        }
        return table
    }

    private func criteria() -> TextTable {
        var table = TextTable([.left, .right, .left, .left])
        for criterion in judgement.criteria {
            let mark: String
            switch criterion.passes {
            case true?: mark = Console.toned("passes", .good)
            case false?: mark = Console.toned("does not pass", .bad)
            case nil: mark = "cannot be told: \(criterion.reason ?? "")"
            }
            table.add(criterion.name, criterion.shown, criterion.needInFull, mark)
        }
        return table
    }

    private func trials(_ top: Int) -> String {
        guard !judgement.scores.isEmpty else { return "  no trial has run yet" }
        let keys = record.trials.first?.parameters.map(\.key) ?? []
        var table = TextTable(
            [.right] + keys.map { _ in .right } + [.right, .right, .right, .right, .right],
            header: ["trial"] + keys + ["net profit", "fills", "Sharpe, a year", "deflated", "periods"]
        )
        for score in judgement.scores.prefix(max(top, 1)) {
            let row = rows[score.number - 1]
            table.add(
                ["\(score.number)"] + row.trial.parameters.map(\.value) + [
                    Figures.fixed(row.run?.metrics["netProfit"] ?? .nan, 2), Figures.count(row.run?.fills ?? 0),
                    score.annualSharpe.map { Figures.fixed($0, 2) } ?? "–",
                    score.deflatedSharpe.map { Figures.fixed($0, 3) } ?? "–", Figures.count(score.periods),
                ]
            )
        }
        let rest = judgement.scores.count - top
        return table.text() + (rest > 0 ? "\n  \(Figures.count(rest)) more with --top" : "")
    }

    private func splits() -> String? {
        guard !judgement.splits.isEmpty else { return nil }
        var table = TextTable(
            [.left, .left, .left, .right, .right, .right, .right],
            header: ["split", "chosen by periods", "tested on", "trial", "Sharpe there", "Sharpe in test", "return"]
        )
        for split in judgement.splits {
            let kind = split.kind == .walkForward ? "walk forward" : "cross-validation"
            table.add(
                "\(kind) \(split.number)",
                "\(split.trainStart + 1) to \(split.trainEnd + 1), \(split.trainPeriods) of them",
                "\(split.testStart + 1) to \(split.testEnd)",
                split.chosen.map { "\($0)" } ?? "none",
                annual(split.trainSharpe),
                annual(split.testSharpe),
                Figures.fixed(split.testReturn * 1e4, 2) + " bp"
            )
        }
        return table.text()
    }

    private func annual(_ sharpe: Double?) -> String {
        sharpe.map { Figures.fixed($0 * record.grid.periodsPerYear.squareRoot(), 2) } ?? "–"
    }

    private func troubles(_ rows: [SweepRow]) -> String {
        var lines = rows.prefix(10).map { row in
            "  trial \(row.trial.number) \(row.status == .failed ? "failed" : "was refused"): \(row.reason ?? "")"
        }
        if rows.count > 10 { lines.append("  and \(Figures.count(rows.count - 10)) more") }
        return lines.joined(separator: "\n")
    }

    private func farewell() -> String {
        let path = shortPath(database)
        let best = judgement.best.map { "; 'helios sweep reproduce \(path) \($0)' does the best again" } ?? ""
        return "  \(path)\(isComplete ? ", \(shortPath(pagePath))" : "")\(best)"
    }
}

/// What `--json` prints of a sweep.
struct SweepDocument: Encodable {
    struct Criterion: Encodable {
        var question: String
        var value: Double?
        var need: String
        var passes: Bool?
        var reason: String?
    }

    struct Trial: Encodable {
        var number: Int
        var parameters: [String: String]
        var seed: String
        var status: String
        var reason: String?
        var rung: Int?
        var configurationHash: String?
        var outputHash: String?
        var build: SweepBuild?
        var orders: Int?
        var fills: Int?
        var netProfit: String?
        var metrics: [String: Double]?
        var sharpe: Double?
        var deflatedSharpe: Double?
        var returns: [Double]?
    }

    var complete: Bool
    var verdict: String?
    var headline: String
    var criteria: [Criterion]
    var title: String
    var search: String
    var seed: String
    var trialsCounted: Int
    var earlierTrials: Int
    var trialsCompared: Int
    var best: Int?
    var periods: Int
    var periodSeconds: Double
    var periodsText: String
    var periodsPerYear: Double
    var sharpeVariance: Double?
    var expectedMaximumSharpe: Double?
    var notes: [String]
    var splits: [SweepSplit]
    var walkForwardReturns: [Double]
    var configurationHash: String
    var dataHash: String
    var data: [SweepData]
    var trials: [Trial]

    init(
        _ record: SweepRecord,
        _ rows: [SweepRow],
        _ judgement: SweepJudgement,
        _ headline: String,
        _ isComplete: Bool
    ) {
        complete = isComplete
        verdict = isComplete ? judgement.verdict.rawValue : nil
        self.headline = headline
        criteria = judgement.criteria.map {
            Criterion(
                question: $0.question.rawValue,
                value: $0.value,
                need: $0.need,
                passes: $0.passes,
                reason: $0.reason ?? $0.objection
            )
        }
        title = record.title
        search = record.search.rawValue
        seed = "\(record.seed)"
        trialsCounted = judgement.tried
        earlierTrials = record.earlierTrials
        trialsCompared = judgement.compared
        best = judgement.best
        periods = judgement.periods
        periodSeconds = Double(record.grid.length) * 1e-9
        periodsText = record.grid.text
        periodsPerYear = judgement.periodsPerYear
        sharpeVariance = judgement.sharpeVariance
        expectedMaximumSharpe = judgement.expectedMaximum
        notes = judgement.notes
        splits = judgement.splits
        walkForwardReturns = judgement.walkReturns
        configurationHash = SweepRecord.hash(record.configuration)
        dataHash = record.dataHash
        data = record.data
        var scores: [Int: SweepScore] = [:]
        for score in judgement.scores { scores[score.number] = score }
        trials = rows.map { row in Trial(row, scores[row.trial.number]) }
    }
}

extension SweepDocument.Trial {
    init(_ row: SweepRow, _ score: SweepScore?) {
        number = row.trial.number
        parameters = Dictionary(row.trial.parameters.map { ($0.key, $0.value) }) { first, _ in first }
        seed = "\(row.trial.seed)"
        status = row.status.rawValue
        reason = row.reason
        rung = row.rung
        configurationHash = row.run?.configurationHash
        outputHash = row.run?.outputHash
        build = row.build
        orders = row.run?.orders
        fills = row.run?.fills
        netProfit = row.run?.netProfit
        metrics = row.run?.metrics
        sharpe = score?.sharpe
        deflatedSharpe = score?.deflatedSharpe
        returns = row.run?.returns
    }
}
