// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosSurveillance

/// `helios risk watch`: a session watched from outside, by a process of its own.
struct RiskWatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow the journal of a running session: positions, profit, limits, and alerts within seconds.",
        usage: """
            helios risk watch demo/paper/journal
            helios risk watch demo/paper/journal --alerts alerts.jsonl --json
            helios risk watch monday --once
            """,
        discussion: """
            Reads files only: it can't disturb the session, and sees when the session falls silent. --json writes a line for \
            each alert and one for the state every interval. Ends with the session when it was told to (--until-end), or with \
            Ctrl-C; exit code 1 when there was an incident, 3 when the journal is damaged.
            """
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Option(
        name: .customLong("drop-copy"),
        help: "The recorded drop copy that grows with the session; that of the journal's folder when it is there.",
        completion: .file()
    )
    var dropCopy: String?

    @Option(help: "Append each alert as a line of JSON to this file.", completion: .file())
    var alerts: String?

    @Option(help: "Seconds without a record that are an alert.")
    var silence = 5.0

    @Option(help: "Seconds between two pictures of the state.")
    var every = 1.0

    @Flag(help: "Halt the strategy that an alert names, by the session's control socket.")
    var halt = false

    @Option(help: "The control socket; without it control.sock in the journal's folder.", completion: .file())
    var control: String?

    @Flag(help: "Read what is there, show it and end.")
    var once = false

    @Flag(help: "End when no process writes the journal any more.")
    var untilEnd = false

    @Flag(help: "Write lines of JSON.")
    var json = false

    @Flag(help: "Write lines instead of a picture.")
    var plain = false

    func validate() throws {
        guard silence >= 0.5, silence <= 3_600, every >= 0.1, every <= 3_600 else {
            throw ValidationError(
                "--silence and --every: found \(silence) and \(every), expected seconds up to an hour"
            )
        }
    }

    func run() throws {
        let interruption = Interruption()
        let folder = try JournalFolder(reading: directory)
        let (session, plan) = try begin(folder)
        let names = try RiskReportCommand.names(plan, session, folder)
        let replay = JournalReplay(session, settings: plan.settings, strategies: plan.strategies)
        let recorded = folder.path + "/" + DropCopyFile.fileName
        let copy = dropCopy ?? (FileManager.default.fileExists(atPath: recorded) ? recorded : nil)
        var settings = SessionReviewer(replay, names: names).settings
        settings.dropCopy = RiskReportCommand.patience(plan)
        let watcher = try RiskWatcher(folder.path, replay, names: names, dropCopy: copy, settings: settings)
        watcher.silence = Nanoseconds(silence * 1e9)
        let show = try WatchShow(self, watcher, title: plan.title)
        try follow(watcher, show, interruption)
        if watcher.alerts.contains(where: { $0.severity == .incident }) { throw ExitCode(Outcome.no.rawValue) }
    }

    /// A session that has just begun may not have written its configuration yet.
    private func begin(_ folder: JournalFolder) throws -> (session: RecordedSession, plan: RunPlan) {
        for _ in 0..<40 {
            if let found = try? folder.session() { return found }
            usleep(50_000)
        }
        return try folder.session()
    }

    /// Asks the session to halt a strategy; what it answers is told, and nothing waits for more.
    private func stop(_ target: HaltTarget, _ alert: RiskAlertRecord, _ names: EvidenceNames) {
        var request = ControlRequest("kill")
        request.scope = names.scope(target)
        request.action = "halted"
        request.reason = "\(alert.control.name) \(alert.finding): \(alert.text)"
        request.person = "helios risk watch"
        let path = control ?? directory + "/control.sock"
        do throws(ControlSocketError) {
            let client = try ControlClient(path)
            try client.ask(request) { answer in
                if answer.isLast || answer.step == "refused" { Console.note("\(request.scope ?? ""): \(answer.text)") }
            }
        } catch {
            Console.warn("\(request.scope ?? "") could not be halted: \(error)")
        }
    }

    private func follow(_ watcher: RiskWatcher, _ show: WatchShow, _ interruption: Interruption) throws {
        let started = DispatchTime.now().uptimeNanoseconds
        var nextPicture: Nanoseconds = 0
        while !interruption.isRequested {
            let clock = Nanoseconds(DispatchTime.now().uptimeNanoseconds - started) + 1
            let found: [RiskWatcher.Found]
            do {
                found = try watcher.poll(at: clock)
            } catch {
                throw Failure(.data, "\(directory): \(error)")
            }
            for each in found {
                try show.tell(each)
                // What was there before this process began was for others to act on.
                if halt, each.atMost != nil, let target = each.alert.halts {
                    stop(target, each.alert, watcher.names)
                }
            }
            if watcher.divergence != nil { break }
            if once, watcher.isAtEnd { break }
            if watcher.isAtEnd, clock >= nextPicture, !once {
                try show.picture()
                nextPicture = clock + Nanoseconds(every * 1e9)
            }
            if untilEnd, watcher.isAtEnd, !watcher.hasWriter { break }
            if watcher.isAtEnd { usleep(50_000) }
        }
        try show.end()
    }
}

/// What `helios risk watch` writes.
final class WatchShow {
    private let watcher: RiskWatcher
    private let title: String
    private let asJSON: Bool
    private let isPicture: Bool
    private let file: FileHandle?
    private var recent: [String] = []
    private var nextLine = 0

    init(_ command: RiskWatchCommand, _ watcher: RiskWatcher, title: String) throws {
        self.watcher = watcher
        self.title = title
        asJSON = command.json
        isPicture = !command.json && !command.plain && !command.once && isatty(STDOUT_FILENO) != 0
        file = try command.alerts.map { path in
            if !FileManager.default.fileExists(atPath: path) {
                guard FileManager.default.createFile(atPath: path, contents: nil) else {
                    throw Failure(.data, "can't create \(path)")
                }
            }
            guard let handle = FileHandle(forWritingAtPath: path) else { throw Failure(.data, "can't write \(path)") }
            try handle.seekToEnd()
            return handle
        }
        if isPicture { Console.write("\u{1B}[?25l\u{1B}[2J") }
    }

    private struct AlertLine: Encodable {
        var type = "alert"
        /// At most so long after its record was written; missing for what was there before.
        var raisedWithinMilliseconds: Double?
        var alert: AlertAnswer
    }

    func tell(_ found: RiskWatcher.Found) throws {
        let line = AlertLine(
            raisedWithinMilliseconds: found.atMost.map { Double($0) / 1e6 },
            alert: AlertAnswer(found.alert, watcher.names)
        )
        let text = try WatchShow.oneLine(line)
        if let file { try file.write(contentsOf: Data((text + "\n").utf8)) }
        if asJSON { return Console.show(text) }
        let clock = Figures.clock(found.alert.time - watcher.names.midnight)
        let instrument = watcher.names.instrument(found.alert.instrument)
        var words = "\(found.alert.control.name) \(found.alert.severity.name) \(clock) "
        words += (instrument.isEmpty ? "" : instrument + ": ") + found.alert.text
        if let delay = found.atMost { words += " (told within \(Figures.duration(Double(delay))))" }
        recent.append(words)
        if recent.count > 8 { recent.removeFirst() }
        if !isPicture { Console.show(words) }
    }

    static func oneLine(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The state now: a picture on a terminal, a line of JSON, or a line every tenth time.
    func picture() throws {
        let status = watcher.status()
        if asJSON { return Console.show(try WatchShow.oneLine(WatchAnswer(status, watcher))) }
        if isPicture { return Console.write("\u{1B}[H\u{1B}[J" + text(status) + "\n") }
        nextLine += 1
        guard nextLine % 10 == 1 else { return }
        let profit = Figures.fixed(Money(raw: status.total.profit).value, 2)
        Console.show(
            "\(Figures.clock(status.time - watcher.names.midnight)) profit \(profit), \(status.executions) executions, "
                + "\(status.workingOrders) working, \(status.state), \(status.alerts) alerts"
        )
    }

    /// The last word.
    func end() throws {
        if isPicture { Console.write("\u{1B}[?25h\u{1B}[2J\u{1B}[H") }
        let status = watcher.status()
        if asJSON { return Console.show(try WatchShow.oneLine(WatchAnswer(status, watcher))) }
        Console.show(text(status))
    }

    private func text(_ status: WatchStatus) -> String {
        func cents(_ raw: Int128) -> String { Figures.fixed(Money(raw: raw).value, 2) }
        var text = Console.toned(title, .strong) + "  \(Figures.clock(status.time - watcher.names.midnight))"
        text += status.hasWriter ? "" : ", no process writes"
        text += "\n  state \(status.state), \(Figures.counted(status.workingOrders, "working order")), "
        text += "\(Figures.counted(status.executions, "execution")), \(Figures.count(status.refusals)) refused"
        text += "\n  exposure gross \(cents(status.total.gross)), net \(cents(status.total.net))"
        if let matched = status.matched, let unmatched = status.unmatched {
            text += "\n  drop copy \(Figures.count(matched)) matched, \(Figures.count(unmatched)) open"
        }
        text += "\n\n" + table("account", status.byAccount) + table("strategy", status.byStrategy)
        text += table("pair", Array(status.byGroup.filter { $0.gross > 0 }.prefix(12)))
        text += table("instrument", Array(status.byInstrument.filter { $0.gross > 0 }.prefix(12)))
        text += limits(status)
        if !recent.isEmpty {
            text += "\nAlerts (\(status.alerts))\n" + recent.map { "  " + $0 }.joined(separator: "\n")
        }
        return text
    }

    private func table(_ heading: String, _ lines: [WatchStatus.Line]) -> String {
        guard !lines.isEmpty else { return "" }
        func cents(_ raw: Int128) -> String { Figures.fixed(Money(raw: raw).value, 2) }
        var table = TextTable(
            [.left, .right, .right, .right, .right, .right, .right],
            header: [heading, "profit", "realised", "unrealised", "fees", "gross", "net"]
        )
        for line in lines {
            table.add(
                line.name,
                cents(line.profit),
                cents(line.realised),
                cents(line.unrealised),
                cents(line.fees),
                cents(line.gross),
                cents(line.net)
            )
        }
        return table.text() + "\n"
    }

    private func limits(_ status: WatchStatus) -> String {
        let busy = status.uses.sorted { $1.basisPoints < $0.basisPoints }.prefix(10).filter { $0.peak > 0 }
        guard !busy.isEmpty else { return "" }
        var table = TextTable([.left, .right, .right, .right], header: ["limit", "peak", "of", "use"])
        for use in busy {
            let percent = Figures.fixed(Double(use.basisPoints) / 100, 1) + " %"
            table.add(use.name, use.kind.measure.text(use.peak), use.kind.measure.text(use.limit), percent)
        }
        return table.text() + "\n"
    }
}

/// The state of a watched session as programs read it.
struct WatchAnswer: Encodable {
    struct Line: Encodable {
        var name: String
        var profit: String
        var realised: String
        var unrealised: String
        var fees: String
        var gross: String
        var net: String

        init(_ line: WatchStatus.Line) {
            func money(_ raw: Int128) -> String { RiskMeasure.money.text(raw) }
            name = line.name
            profit = money(line.profit)
            realised = money(line.realised)
            unrealised = money(line.unrealised)
            fees = money(line.fees)
            gross = money(line.gross)
            net = money(line.net)
        }
    }

    struct Position: Encodable {
        var instrument: String
        var quantity: String
    }

    struct Limit: Encodable {
        var name: String
        var limit: String
        var peak: String
        var usePercent: Double
    }

    var type = "state"
    var time: String
    var timeNanoseconds: Int64
    var records: Int
    var writer: Bool
    var state: String
    var feedInterrupted: Bool
    var workingOrders: Int
    var orders: Int
    var executions: Int
    var refusals: Int
    var cash: String
    var total: Line
    var accounts: [Line]
    var strategies: [Line]
    var groups: [Line]
    var instruments: [Line]
    var positions: [Position]
    var limits: [Limit]
    var dropCopyMatched: Int?
    var dropCopyOpen: Int?
    var alerts: Int
    var incidents: Int
    /// The longest that an alert was told after its record was written, at most.
    var slowestAlertMilliseconds: Double

    init(_ status: WatchStatus, _ watcher: RiskWatcher) {
        time = UTCText.text(status.time)
        timeNanoseconds = status.time.nanoseconds
        records = status.records
        writer = status.hasWriter
        state = "\(status.state)"
        feedInterrupted = status.feedIsInterrupted
        workingOrders = status.workingOrders
        orders = status.orders
        executions = status.executions
        refusals = status.refusals
        cash = RiskMeasure.money.text(status.cash)
        total = Line(status.total)
        accounts = status.byAccount.map(Line.init)
        strategies = status.byStrategy.map(Line.init)
        groups = status.byGroup.map(Line.init)
        instruments = status.byInstrument.map(Line.init)
        positions = status.byInstrument.filter { $0.position != 0 }.map {
            Position(instrument: $0.name, quantity: RiskMeasure.quantity.text($0.position))
        }
        limits = status.uses.map {
            Limit(
                name: $0.name,
                limit: $0.kind.measure.text($0.limit),
                peak: $0.kind.measure.text($0.peak),
                usePercent: Double($0.basisPoints) / 100
            )
        }
        dropCopyMatched = status.matched
        dropCopyOpen = status.unmatched
        alerts = status.alerts
        incidents = status.incidents
        slowestAlertMilliseconds = Double(watcher.slowest) / 1e6
    }
}
