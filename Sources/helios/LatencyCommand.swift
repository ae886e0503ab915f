// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosLive

/// `helios latency`: how long a packet takes to become an order on this machine, and where the time goes.
struct LatencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract:
            "Measure this machine: from a packet on the wire to an order on the wire, and the share of each stage.",
        usage: """
            helios latency
            helios latency --cpus 2,3 --messages 200000
            helios latency --threads three --wait yield --json
            """,
        discussion: """
            A sender on one processor changes a quote over UDP on loopback; a live session (feed, books, strategy, risk gate, \
            order entry: the one that `helios paper` runs) answers over TCP. The same is done by a loop that only receives \
            and sends, in turns: what lies between the two is what the system costs. Needs no configuration and no rights. \
            Times are in nanoseconds in JSON. See docs/latency.md, and `helios doctor` for what can be improved.
            """
    )

    @Option(help: "Session on one thread that does all, or on three joined by rings: single, three.")
    var threads = "single"

    @Option(help: "How the session waits: spin (needs a processor for itself), yield, block.")
    var wait = "spin"

    @Option(
        help:
            "Processors to pin to: the sender's, then the session's one or three. Default: the last two; 'none' pins nothing."
    )
    var cpus: String?

    @Option(
        help: ArgumentHelp("Microseconds for which the kernel polls the card itself (SO_BUSY_POLL).", valueName: "µs")
    )
    var busyPoll = 0

    @Option(help: "Real-time priority of the session's threads, 1 to 99; 0 is none.")
    var priority = 0

    @Option(
        help:
            "Journal: none, memory (orders do not wait for it), cache (orders wait until their records are in the file)."
    )
    var journal = "none"

    @Option(help: "Round trips to measure, of each.")
    var messages = 30_000

    @Flag(help: "No progress on standard error.")
    var quiet = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let measurement = try plan()
        let progress = ProgressLine(counting: "round trips", isQuiet: quiet)
        let report: LatencyReport
        do {
            report = try measurement.run { progress.show(share: $0) }
        } catch let error as SocketError {
            throw Failure(.unreachable, "\(error)")
        } catch let error as LatencyFailure {
            throw Failure(
                .no,
                "\(error)",
                hint: "is the machine busy? Try --wait yield, or fewer processors with --cpus"
            )
        }
        progress.finish()
        if json {
            try Console.show(json: report)
        } else {
            Console.show(LatencyText(report: report).text)
        }
    }

    private func plan() throws -> LatencyMeasurement {
        var measurement = LatencyMeasurement()
        measurement.session.threads = try choice(threads, "--threads")
        measurement.session.waits = try choice(wait, "--wait")
        measurement.session.journal = try choice(journal, "--journal")
        guard (1...100_000).contains(messages) else { throw ValidationError("--messages is 1 to 100,000") }
        guard (0...1_000_000).contains(busyPoll) else { throw ValidationError("--busy-poll is 0 to 1,000,000") }
        guard (0...99).contains(priority) else { throw ValidationError("--priority is 0 to 99") }
        measurement.session.busyPoll = busyPoll
        measurement.session.realtimePriority = priority == 0 ? nil : priority
        measurement.settings.messages = messages
        measurement.settings.rounds = min(max(messages / 2_500, 2), 20)
        measurement.settings.warmUp = min(messages, 500)
        let processors = try processors(threads: measurement.session.threads)
        measurement.settings.pingerProcessor = processors.first
        measurement.settings.subjectProcessor = processors.dropFirst().first
        measurement.session.processors = Array(processors.dropFirst())
        return measurement
    }

    private func choice<Value: CaseIterable & RawRepresentable>(_ text: String, _ option: String) throws -> Value
    where Value.RawValue == String {
        if let value = Value(rawValue: text) { return value }
        let names = Value.allCases.map(\.rawValue)
        let hint = NearestName.of(text, among: names).map { "; did you mean '\($0)'?" } ?? ""
        throw ValidationError("\(option) is one of \(names.joined(separator: ", ")), not '\(text)'\(hint)")
    }

    /// The sender's processor, then the session's; empty pins nothing.
    private func processors(threads: SessionThreads) throws -> [Int] {
        let wanted = threads == .single ? 2 : 4
        guard let cpus else {
            let count = ProcessInfo.processInfo.activeProcessorCount
            // Threads that share a processor are better moved about by the scheduler.
            return count >= wanted ? Array(count - wanted..<count) : []
        }
        if cpus == "none" { return [] }
        let numbers = cpus.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard numbers.count == wanted, numbers.allSatisfy({ (0..<1_024).contains($0) }) else {
            throw ValidationError("--cpus is \(wanted) processor numbers with commas: the sender's, then the session's")
        }
        return numbers
    }
}

/// A report for people.
private struct LatencyText {
    var report: LatencyReport

    var text: String {
        [title, trade.text(), stages.text(), pace.text(), ending].joined(separator: "\n\n")
    }

    private var title: String {
        let places = report.processors.map(String.init).joined(separator: ", ")
        let pinned =
            report.senderProcessor.map { "sender on processor \($0), session on \(places)" } ?? "threads not pinned"
        return
            "\(Figures.count(report.messages)) packets, session on \(report.threads == "single" ? "one thread" : "three threads"), "
            + "\(report.wait), journal: \(report.journal); \(pinned)"
    }

    private var trade: TextTable {
        var table = TextTable(
            [.left, .right, .right, .right, .right],
            header: ["wire to wire", "p50", "p99", "p99.9", "max"]
        )
        table.add(row("helios", report.tickToTrade))
        table.add(row("a loop that only receives and sends", report.echo))
        let ratio = report.ratio
        table.add("ratio", Figures.fixed(ratio.p50, 2), Figures.fixed(ratio.p99, 2), Figures.fixed(ratio.p999, 2))
        table.add(row("of it in the program", report.inProgram))
        return table
    }

    private func row(_ name: String, _ times: LatencyPercentiles) -> [String] {
        [name] + [times.p50, times.p99, times.p999, times.max].map(Figures.duration)
    }

    private var stages: TextTable {
        var table = TextTable(
            [.left, .right, .right, .right, .right],
            header: ["stage", "p50", "p99", "p99.9", "share"]
        )
        for stage in report.stages {
            table.add(
                [stage.name] + [stage.p50, stage.p99, stage.p999].map(Figures.duration)
                    + [Figures.perCent(stage.share)]
            )
        }
        return table
    }

    private var pace: TextTable {
        var table = TextTable([.left, .left])
        if let hop = report.ringHop { table.add("ring, thread to thread", Figures.duration(hop)) }
        table.add(
            "clock",
            "steps of \(Figures.duration(report.clockResolution)), a look costs \(Figures.duration(report.clockCost))"
        )
        let late = report.timerLateness
        table.add(
            "timer",
            "late by \(Figures.duration(late.p50)) (p50), \(Figures.duration(late.p99)) (p99) after 100 µs"
        )
        return table
    }

    private var ending: String {
        let lines =
            report.limits + report.refusals.map { "refused by the system: \($0)" }
            + ["what this machine could do better: helios doctor"]
        return lines.joined(separator: "\n")
    }
}
