// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosSurveillance

/// `helios risk report`: a recorded session held against the controls behind the trade, with the evidence.
struct RiskReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Review a recorded session: positions, drop copy, busts, errors, conduct, limits; and write its evidence.",
        usage: """
            helios risk report monday
            helios risk report monday --drop-copy monday/dropcopy.hdc --clearing clearing.csv --history risk.csv --out reports/monday
            """,
        discussion: """
            Replays the journal and proves it on the way. Writes the directory evidence, whose files 'helios risk verify' \
            checks, when all of it is made; and copies of its risk.html and risk.json beside it. Exit code 1 when a control finds an incident: books that do not agree, an error trade, \
            orders of ours that traded with each other.
            """
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Option(
        name: .customLong("drop-copy"),
        help: "A drop copy of the venue: recorded, or CSV; may be given again for another venue.",
        completion: .file()
    )
    var dropCopies: [String] = []

    @Option(help: "What the clearing firm has at the end of the day (CSV).", completion: .file(extensions: ["csv"]))
    var clearing: String?

    @Option(help: "What borrowed shares have cost by our own count, to compare the clearing firm's figure with.")
    var borrow: String?

    @Option(help: "The file of earlier days; this day is added to it.", completion: .file(extensions: ["csv"]))
    var history: String?

    @Option(help: "The confidence of the value at risk in the history.")
    var confidence = 0.99

    @Option(name: [.customLong("out"), .customShort("o")], help: "Directory for the report.", completion: .directory)
    var output: String?

    @Flag(help: "Replace evidence that lies there already.")
    var force = false

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard confidence > 0.5, confidence < 1 else {
            throw ValidationError("--confidence: found \(confidence), expected a number such as 0.99")
        }
        if let borrow, (try? Money(decimal: borrow)) == nil {
            throw ValidationError("--borrow: found '\(borrow)', expected an amount such as 12.50")
        }
    }

    func run() throws {
        let interruption = Interruption()
        let folder = try JournalFolder(reading: directory)
        let (session, plan) = try folder.session()
        for file in dropCopies + [clearing].compactMap({ $0 }) { try requireFile(file, .data) }
        var past = try history.map { try RiskHistory($0) } ?? RiskHistory()
        let names = try RiskReportCommand.names(plan, session, folder)
        let target = output ?? plan.outputDirectory + "/risk"
        let place = target + "/evidence"
        guard force || !FileManager.default.fileExists(atPath: place) else {
            throw Failure(
                .usage,
                "\(place): there is evidence already",
                hint: "--force replaces it, --out names another place"
            )
        }
        let evidence = try EvidenceFolder(place, replaces: force)
        defer { evidence.discard() }
        let writer = try EvidenceWriter(evidence.staging, names: names)
        let replay = JournalReplay(session, settings: plan.settings, strategies: plan.strategies)
        let progress = ProgressLine(counting: "records", isQuiet: quiet)
        var reviewer = SessionReviewer(replay, names: names)
        reviewer.settings.dropCopy = RiskReportCommand.patience(plan)
        reviewer.settings.borrow = borrow.flatMap { try? Money(decimal: $0) }
        let review = try reviewer.run(
            folder.disk,
            evidence: writer,
            dropCopy: try copies(names, folder),
            clearing: try clearing.map { try ClearingFile($0) },
            progress: { state in
                progress.show(state.records, share: state.fraction, at: Figures.clock(state.time - session.midnight))
                return !interruption.isRequested
            }
        )
        progress.finish()
        if review.outcome.isInterrupted { throw Failure(.interrupted, "interrupted; the evidence is not whole") }
        if let divergence = review.outcome.divergence {
            throw Failure(
                .no,
                "\(directory): the replay differs at record \(divergence.sequence): no report is made of it",
                hint: "'helios replay \(directory)' shows the difference"
            )
        }
        let day = String(UTCText.text(session.midnight).prefix(10))
        var report = RiskReport(title: plan.title, day: day, review: review, history: &past, confidence: confidence)
        report.journal = directory
        try write(&report, session, evidence, target)
        if let history { try past.write(to: history) }
        if json {
            try Console.show(json: RiskReportAnswer(report))
        } else {
            Console.show(RiskReportText(report, target: shortPath(target)).text)
        }
        if report.count(.incident) > 0 { throw ExitCode(Outcome.no.rawValue) }
    }

    private func write(
        _ report: inout RiskReport,
        _ session: RecordedSession,
        _ evidence: EvidenceFolder,
        _ target: String
    ) throws {
        var manifest = EvidenceManifest()
        manifest.title = report.title
        manifest.outputHash = Figures.hash(report.review.outcome.hash)
        manifest.records = report.review.outcome.records
        manifest.start = UTCText.text(report.review.start)
        manifest.end = UTCText.text(report.review.end)
        manifest.configurationSHA256 = Digest.of(session.configuration.utf8)
        manifest.limitsVersion = report.review.names.policy.map { String($0.version, radix: 16) } ?? ""
        manifest.files = report.review.evidence + (try report.writeTables(in: evidence.staging))
        // What people read belongs to the evidence, and so can't name its digest.
        let pages = [
            ("risk.html", RiskReportPage(report).html), ("risk.json", try JSONText.of(RiskReportAnswer(report)) + "\n"),
        ]
        for (name, text) in pages {
            manifest.files.append(try EvidenceFile.write(text, to: name, in: evidence.staging))
        }
        try manifest.write(to: evidence.staging)
        report.evidenceRoot = manifest.root
        try evidence.publish()
        for (name, text) in pages {
            try Data(text.utf8).write(to: URL(fileURLWithPath: target + "/" + name), options: .atomic)
        }
    }

    private func copies(_ names: EvidenceNames, _ folder: JournalFolder) throws -> DropCopyReading? {
        var files = dropCopies
        if files.isEmpty {
            // What the session itself has recorded.
            let recorded = folder.path + "/" + DropCopyFile.fileName
            if FileManager.default.fileExists(atPath: recorded) { files = [recorded] }
        }
        guard !files.isEmpty else { return nil }
        var reading = DropCopyReading(midnight: names.midnight, directory: names.instruments)
        for file in files { try reading.read(file) }
        return reading
    }

    /// How long the drop copy may take: seconds of the world, of which a simulated market may have many in one.
    static func patience(_ plan: RunPlan) -> DropCopyMatch.Settings {
        var settings = DropCopyMatch.Settings()
        guard !plan.live.feed.isEmpty, plan.live.clock == "market", plan.live.speed > 1 else { return settings }
        settings.alertAfter = Nanoseconds(Double(settings.alertAfter) * plan.live.speed)
        settings.haltAfter = Nanoseconds(Double(settings.haltAfter) * plan.live.speed)
        return settings
    }

    /// What numbers of a session are called.
    static func names(_ plan: RunPlan, _ session: RecordedSession, _ folder: JournalFolder) throws -> EvidenceNames {
        var recorded = RecordedNames(plan)
        try recorded.read(folder.disk)
        var names = EvidenceNames()
        names.instruments = recorded.directory
        names.strategies = plan.labels.map(\.name)
        names.groups = plan.labels.map(\.groups)
        names.parameters = plan.labels.map { label in
            label.parameters.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        }
        names.policy = plan.settings.policy ?? RiskPolicy(simple: plan.settings.limits)
        names.midnight = session.midnight
        names.session = String(UTCText.text(session.midnight).prefix(10))
        return names
    }
}

/// The report in a few lines, for people.
struct RiskReportText {
    let report: RiskReport
    let target: String

    init(_ report: RiskReport, target: String) {
        self.report = report
        self.target = target
    }

    var text: String {
        let review = report.review
        let total = review.total
        func cents(_ raw: Int128) -> String { Figures.fixed(Money(raw: raw).value, 2) }
        var text = Console.toned(report.title, .strong) + ", \(report.day)\n"
        text += "  \(Figures.counted(review.orders.count, "order")), \(Figures.count(review.refusals.count)) refused; "
        text += Figures.counted(review.positions.count, "execution")
        if !review.broken.isEmpty { text += ", \(review.broken.count) taken back" }
        text +=
            "\n  realised \(cents(total.realised)), unrealised \(cents(total.unrealised)), fees \(cents(total.fees))\n"
        if let match = review.dropCopy {
            text += "  drop copy: \(Figures.count(match.matched)) of \(Figures.count(match.own)) executions matched\n"
        }
        if let lines = review.reconciliation {
            let different = lines.count { !$0.isEqual }
            text +=
                "  clearing: " + (different == 0 ? "everything agrees" : "\(different) of \(lines.count) items differ")
                + "\n"
        }
        let test = report.backtest
        if !test.days.isEmpty {
            text += "  value at risk: \(test.exceptions) exceptions in \(Figures.counted(test.days.count, "day"))"
            text += test.zone.map { ", zone \($0)\n" } ?? "\n"
        }
        text += alerts
        text += "\n  \(target): risk.html, risk.json, evidence ('helios risk verify \(target)/evidence')"
        return text
    }

    private var alerts: String {
        let loud = report.alerts.filter { $0.severity > .notice }
        guard !loud.isEmpty else { return "  " + Console.toned("nothing found", .good) + "\n" }
        var text = "\n"
        for alert in loud.prefix(20) {
            let tone: Console.Tone = alert.severity == .incident ? .bad : .warning
            let time = Figures.clock(alert.time - report.review.names.midnight)
            let instrument = report.review.names.instrument(alert.instrument)
            text += "  " + Console.toned("\(alert.control.name) \(alert.severity.name)", tone) + " \(time) "
            text += (instrument.isEmpty ? "" : instrument + ": ") + alert.text + "\n"
        }
        if loud.count > 20 { text += "  and \(Figures.count(loud.count - 20)) more in evidence/alerts.csv\n" }
        return text
    }
}

/// `helios risk verify`: whether evidence is what was written.
struct RiskVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check evidence: every row's chain, every file's digest, the manifest.",
        usage: "helios risk verify out/risk/evidence",
        discussion: """
            Exit code 1 names the first row that does not follow the one before it. Who changes everything can write everything \
            anew: compare the root with what you have noted elsewhere (--root).
            """
    )

    @Argument(help: "The directory of the evidence.", completion: .directory)
    var directory: String

    @Option(help: "The root that was noted when the evidence was written.")
    var root: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Answer: Encodable {
        var directory: String
        var whole: Bool
        var files: Int
        var rows: Int
        var root: String
        var faults: [String]
    }

    func run() throws {
        var verdict = try EvidenceVerdict(directory)
        if let root, root.lowercased() != verdict.root {
            verdict.faults.insert("the root is \(verdict.root), not \(root)", at: 0)
        }
        if json {
            let answer = Answer(
                directory: shortPath(directory),
                whole: verdict.isWhole,
                files: verdict.files,
                rows: verdict.rows,
                root: verdict.root,
                faults: verdict.faults
            )
            try Console.show(json: answer)
        } else if verdict.isWhole {
            Console.show(
                Console.toned("whole", .good)
                    + ": \(Figures.counted(verdict.files, "file")), \(Figures.counted(verdict.rows, "row")), root \(verdict.root)"
            )
        } else {
            for fault in verdict.faults { Console.show("  " + Console.toned("broken", .bad) + "  \(fault)") }
        }
        if !verdict.isWhole { throw ExitCode(Outcome.no.rawValue) }
    }
}
