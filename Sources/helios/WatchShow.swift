// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk
import HeliosSurveillance

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
        if !status.holds.isEmpty { text += "\n  new orders are held: \(status.holds.joined(separator: ", "))" }
        if status.feedIsInterrupted { text += "\n  the feed is interrupted" }
        text += "\n  exposure gross \(cents(status.total.gross)), net \(cents(status.total.net))"
        if let matched = status.matched, let unmatched = status.unmatched {
            text += "\n  drop copy \(Figures.count(matched)) matched, \(Figures.count(unmatched)) open"
        }
        text += "\n\n" + table("account", status.byAccount) + table("strategy", status.byStrategy)
        text += table("pair", WatchShow.largest(status.byGroup))
        text += table("instrument", WatchShow.largest(status.byInstrument))
        text += limits(status) + portfolios(status)
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

    /// What holds most or has made most; what did neither is left out.
    private static func largest(_ lines: [WatchStatus.Line]) -> [WatchStatus.Line] {
        let sorted = lines.filter { $0.gross > 0 || $0.profit != 0 }.sorted {
            (max($1.gross, abs($1.profit)), $0.name) < (max($0.gross, abs($0.profit)), $1.name)
        }
        return Array(sorted.prefix(12))
    }

    private func limits(_ status: WatchStatus) -> String {
        let busy = status.limits.filter { $0.use.peak > 0 }.sorted {
            ($1.use.basisPoints, $1.peakBasisPoints) < ($0.use.basisPoints, $0.peakBasisPoints)
        }
        guard !busy.isEmpty else { return "" }
        var table = TextTable(
            [.left, .right, .right, .right, .right],
            header: ["limit", "use", "used", "limit", "peak"]
        )
        for limit in busy.prefix(10) {
            let measure = limit.kind.measure
            let instrument = limit.use.instrument.map { watcher.names.instrument($0) } ?? ""
            table.add(
                limit.name + (instrument.isEmpty || limit.use.value == 0 ? "" : ", " + instrument),
                WatchShow.percent(limit.use.basisPoints),
                measure.text(limit.use.value),
                measure.text(limit.use.limit),
                WatchShow.percent(limit.peakBasisPoints)
            )
        }
        return table.text() + "\n"
    }

    private static func percent(_ basisPoints: Int128) -> String {
        basisPoints > 99_900 ? "> 999 %" : Figures.fixed(Double(basisPoints) / 100, 1) + " %"
    }

    private func portfolios(_ status: WatchStatus) -> String {
        guard !status.portfolios.isEmpty else { return "" }
        var table = TextTable(
            [.left, .right, .right, .right, .left],
            header: ["value at risk", "VaR", "ES", "in flight", "largest parts (one unit more)"]
        )
        for portfolio in status.portfolios {
            let parts = portfolio.components.prefix(5).map { part in
                let name = watcher.names.instrument(part.instrument)
                return "\(name) \(Figures.fixed(part.component, 0)) (\(Figures.fixed(part.marginal, 4)))"
            }
            table.add(
                watcher.names.scope(portfolio.place),
                Figures.fixed(portfolio.valueAtRisk, 0),
                Figures.fixed(portfolio.expectedShortfall, 0),
                Figures.fixed(portfolio.inFlight, 0),
                parts.joined(separator: ", ")
            )
        }
        return table.text() + "\n"
    }
}
