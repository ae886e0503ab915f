// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket

extension Endpoint: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Durability: ExpressibleByArgument {}

/// What `helios run` and `helios standby` have in common when they trade at a venue.
struct LiveArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What must have happened to a record before an order that depends on it may leave.",
            discussion: """
                memory: it is on its way to the writer; cache: it is in the journal file (survives the process); mirror: the standby has it; sync: it is on stable \
                storage (survives a power cut).
                """
        )
    )
    var durability = Durability.cache

    @Option(help: "Seconds of the market a second, or 'max' for as fast as the venue keeps up.")
    var speed = Speed(factor: 1)

    @Option(
        name: .customLong("standby-listen"),
        help: ArgumentHelp("Where a standby may connect.", valueName: "[host:]port")
    )
    var standbyListen: Endpoint?

    @Option(
        name: .customLong("heartbeat-timeout"),
        help: ArgumentHelp("Milliseconds of silence after which the other side is taken for dead.", valueName: "ms")
    )
    var heartbeatTimeout = 100

    @Option(
        name: .customLong("segment-size"),
        help: ArgumentHelp("Size of a journal file in MiB, set aside before it is needed.", valueName: "MiB")
    )
    var segmentSize = 64

    @Option(
        name: .customLong("snapshot-every"),
        help: ArgumentHelp(
            "Records between two snapshots of the whole state, which shorten a restart; 0 for none.",
            valueName: "records"
        )
    )
    var snapshotInterval: UInt64 = 1_000_000

    @Flag(help: "Print JSON: the result, and at a venue what happens, one object a line.")
    var json = false

    func validate() throws {
        guard (1...4_096).contains(segmentSize) else {
            throw ValidationError("--segment-size must be from 1 to 4096")
        }
        guard (10...60_000).contains(heartbeatTimeout) else {
            throw ValidationError("--heartbeat-timeout must be from 10 to 60000")
        }
        guard snapshotInterval == 0 || snapshotInterval >= 1_024 else {
            throw ValidationError("--snapshot-every must be 0 or at least 1024: they are taken at checkpoints")
        }
    }
}

/// A pace: a factor, or as fast as possible.
struct Speed: ExpressibleByArgument {
    /// 0 for as fast as possible.
    var factor: Double

    init(factor: Double) { self.factor = factor }

    init?(argument: String) {
        if argument == "max" {
            factor = 0
        } else if let value = Double(argument), value.isFinite, value > 0 {
            factor = value
        } else {
            return nil
        }
    }

    var defaultValueDescription: String { factor == 0 ? "max" : Figures.fixed(factor, 0) }
}

extension RunPlan {
    /// What the processes of a live system are made from.
    func liveSetup() throws -> LiveSetup {
        guard settings.floor?.venues.count ?? 1 == 1 else {
            throw Failure(
                .usage,
                "the configuration has several venues, and nodes in a pair and recorded venues have one",
                hint: "'helios paper' trades at the venues of live.venues"
            )
        }
        return LiveSetup(settings: settings, strategies: strategies, data: data, session: try session())
    }
}

/// A node that trades at a venue, as a command runs it.
struct LiveRun {
    var plan: RunPlan
    var journal: String
    var venue: Endpoint
    var primary: Endpoint?
    var arguments: LiveArguments

    /// Runs it to its end and shows what came of it.
    func run() throws {
        let interruption = Interruption()
        var options = LiveOptions(journalDirectory: journal, venue: venue)
        options.primary = primary
        options.standbyListen = arguments.standbyListen
        options.durability = arguments.durability
        options.speed = arguments.speed.factor
        options.heartbeatTimeout = Nanoseconds(arguments.heartbeatTimeout) * 1_000_000
        options.journal.segmentSize = arguments.segmentSize << 20
        options.snapshots.interval = arguments.snapshotInterval
        let notices = NoticeLines(asJSON: arguments.json)
        let session: LiveSession
        do {
            session = try LiveSession(plan.liveSetup(), options, notify: notices.show)
        } catch let error as JournalError {
            throw Failure(.data, "\(journal): \(error)")
        } catch let error as LiveDivergence {
            throw Failure(.no, "\(journal): \(error)")
        } catch let error as SocketError {
            throw Failure(.unreachable, "\(error)")
        }
        let outcome = try session.run { interruption.isRequested }
        try show(session.summary, outcome)
        try conclude(outcome)
    }

    private func conclude(_ outcome: LiveOutcome) throws {
        switch outcome {
        case .finished, .primaryEnded: return
        case .interrupted: throw ExitCode(Outcome.interrupted.rawValue)
        case .fenced:
            throw Failure(
                .refused,
                "fenced: another writer has taken over, and the venue takes nothing from this one any more",
                hint: "to come back as a standby, begin a new journal: helios standby --journal NEW --primary …"
            )
        case .diverged(let reason): throw Failure(.no, "\(journal): \(reason)")
        case .halted(let reason): throw Failure(.data, "\(journal): \(reason)")
        case .unreachable(let reason): throw Failure(.unreachable, reason)
        case .refused(let reason): throw Failure(.refused, reason)
        }
    }

    private struct Answer: Encodable {
        var outcome: String
        var sequence: UInt64
        var inputs: Int
        var marketInputs: UInt64
        var epoch: UInt64
        var orders: UInt64
        var sent: Int
        var neverArrived: Int
        var reconciliations: Int
        var outputHash: String
    }

    private func show(_ summary: LiveSummary, _ outcome: LiveOutcome) throws {
        let hash = String(summary.outputHash, radix: 16)
        let answer = Answer(
            outcome: "\(outcome)",
            sequence: summary.sequence,
            inputs: summary.inputs,
            marketInputs: summary.marketInputs,
            epoch: summary.epoch,
            orders: summary.orders,
            sent: summary.counters.sent,
            neverArrived: summary.counters.neverArrived,
            reconciliations: summary.counters.reconciled,
            outputHash: String(repeating: "0", count: 16 - hash.count) + hash
        )
        guard !arguments.json else { return NoticeLines.show(line: answer) }
        Console.show(
            """
            \(journal)
              records     \(Figures.count(Int(answer.sequence))), of them \(Figures.count(Int(answer.marketInputs))) market events
              orders      \(Figures.count(Int(answer.orders))) this session; \(Figures.count(answer.sent)) messages sent by this process
              epoch       \(answer.epoch), \(Figures.counted(answer.reconciliations, "reconciliation")), \
            \(Figures.counted(answer.neverArrived, "order")) found never to have arrived
              output hash \(answer.outputHash)
            """
        )
    }
}

/// Shows what happens in a session, a line each: for people on standard error, as JSON on standard output.
struct NoticeLines {
    var asJSON: Bool

    private struct Line: Encodable {
        var event: String
        var text: String
        var monotonicNanoseconds: Int64
    }

    func show(_ notice: LiveNotice) {
        if asJSON {
            NoticeLines.show(
                line: Line(event: notice.kind.rawValue, text: notice.text, monotonicNanoseconds: notice.monotonic)
            )
        } else {
            Console.note("\(notice.kind.rawValue): \(notice.text)")
        }
    }

    /// One object on one line.
    static func show(line: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { return }
        Console.show(String(decoding: data, as: UTF8.self))
    }
}
