// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch

extension SessionThreads: ExpressibleByArgument {}
extension WaitStrategy: ExpressibleByArgument {}

/// The options of `helios paper`.
struct PaperArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "Directory of the session's journal; a session that is there goes on.",
        completion: .directory
    )
    var journal: String?

    @Option(help: "What must have happened to a record before an order that depends on it leaves.")
    var durability: Durability?

    @Option(help: "One thread for all ('single'), or one each for feed, engine and orders ('three').")
    var threads: SessionThreads?

    @Option(help: "How threads wait: 'spin' and 'yield' take a whole processor, 'block' gives it back.")
    var wait: WaitStrategy?

    @Option(
        name: .customLong("snapshot-every"),
        help: ArgumentHelp("Records between two snapshots of the whole state; 0 for none.", valueName: "records")
    )
    var snapshotInterval: UInt64 = 1_000_000

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Stop in good order after so many seconds; without it at the venue's end.", valueName: "s")
    )
    var duration: Double?

    @Flag(help: "Print JSON: what happens and how it ended, one object a line.")
    var json = false

    @Flag(help: "A line of text every ten seconds, also on a terminal.")
    var plain = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard snapshotInterval == 0 || snapshotInterval >= 1_024 else {
            throw ValidationError("--snapshot-every must be 0 or at least 1024: they are taken at checkpoints")
        }
        if let duration, !(duration > 0 && duration < 1e7) { throw ValidationError("--for must be above 0") }
    }
}

/// `helios paper`: trades live.
struct PaperCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paper",
        abstract: "Trade live: a market data feed in, the backtest's engine and strategies, orders out.",
        usage: """
            helios venue Examples/venue.yaml
            helios paper Examples/paper.yaml
            """,
        discussion: """
            Receives ITCH 5.0 over MoldUDP64 from one line or two, asks for what is lost, and sends orders by OUCH 5.0 over \
            SoupBinTCP: to 'helios venue', or to any venue that speaks them. While the feed has a hole, or the venue's \
            orders and ours have not been compared after a lost connection, no new order leaves; cancels do.

            Everything is in the journal first. The same command with the same journal goes on where the session was, \
            however it ended; 'helios replay' proves it to the bit. Ctrl-C cancels every order, waits for the venue to say so, \
            and ends. 'helios kill', or SIGUSR1, stops all orders at once; the session goes on without them.
            """
    )

    @Argument(help: "The configuration, with a section 'live'.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @OptionGroup var options: PaperArguments

    func run() throws {
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        try SignedOff.check(plan)
        let journal = options.journal ?? plan.outputDirectory + "/journal"
        let paper = PaperPlan(plan: try plan.shown(), journal: journal)
        var settings = try paper.settings(options)
        let interruption = Interruption()
        let monitor = PaperMonitor(title: plan.title, options, policy: plan.settings.ruling)
        let signals = SessionSignals(monitor.tell)
        settings.control.alarm = monitor.tell
        // With everything above it, as the examples name it in a folder that nothing has made yet; what fails is told below.
        try? FileManager.default.createDirectory(atPath: journal, withIntermediateDirectories: true)
        let session: PaperSession
        do {
            session = try PaperSession(paper.setup(), settings, notify: monitor.tell)
        } catch let error as JournalError {
            throw Failure(.data, "\(journal): \(error)")
        } catch let error as VenueListError {
            throw Failure(.usage, "\(journal): \(error)")
        } catch let error as LiveDivergence {
            throw Failure(.no, "\(journal): \(error)")
        } catch let error as SocketError {
            throw Failure(.unreachable, "\(error)")
        }
        signals.attach(session.control)
        monitor.begin(session.status)
        let began = DispatchTime.now().uptimeNanoseconds
        let limit = options.duration.map { UInt64($0 * 1e9) } ?? .max
        let (outcome, status) = try session.run {
            interruption.isRequested || DispatchTime.now().uptimeNanoseconds - began > limit
        }
        monitor.end()
        try show(PaperAnswer(plan.title, shortPath(journal), outcome, status, plan.settings.ruling))
        try conclude(outcome, journal, wasRequested: !interruption.isRequested)
    }

    private func show(_ answer: PaperAnswer) throws {
        if options.json { return NoticeLines.show(line: answer) }
        Console.show(answer.text)
    }

    private func conclude(_ outcome: LiveOutcome, _ journal: String, wasRequested: Bool) throws {
        switch outcome {
        case .finished, .primaryEnded: return
        case .interrupted: if !wasRequested { throw ExitCode(Outcome.interrupted.rawValue) }
        case .fenced:
            throw Failure(.refused, "another writer has taken over: this one sends nothing any more")
        case .diverged(let reason): throw Failure(.no, "\(journal): \(reason)")
        case .halted(let reason): throw Failure(.data, "\(journal): \(reason)")
        case .unreachable(let reason): throw Failure(.unreachable, reason)
        case .refused(let reason): throw Failure(.refused, reason)
        }
    }
}
