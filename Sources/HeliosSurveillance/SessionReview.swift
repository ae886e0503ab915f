// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy

/// What a session came to, with everything that the controls behind the trade have to say about it.
public struct SessionReview: Sendable {
    public var alerts: [RiskAlertRecord] = []
    public var outcome = ReplayOutcome()
    public var positions = PositionFold(initialCash: .zero)
    public var profit = ProfitBook()
    /// The marks at the end: what positions are valued at.
    public var marks: [UInt32: Price] = [:]
    public var executions: [Execution] = []
    public var broken: [Execution] = []
    public var refusals: [RefusalRecord] = []
    public var commands: [CommandRecord] = []
    public var orders: [OrderTrail] = []
    public var pace = PaceMeter()
    public var uses: [LimitUse] = []
    public var quality: [ExecutionQuality] = []
    /// Matched, and told by each side; nil without a drop copy.
    public var dropCopy: DropCopyMatch?
    public var reconciliation: [ReconciliationLine]?
    public var conduct: [String: Int] = [:]
    public var start = Timestamp.zero
    public var end = Timestamp.zero
    public var names = EvidenceNames()
    public var evidence: [EvidenceFile.Summary] = []

    public init() {}

    /// Realised, unrealised and fees of everything, raw money.
    public var total: (realised: Int128, unrealised: Int128, fees: Int128) {
        profit.lines.reduce((0, 0, 0)) { sum, entry in
            let mark = marks[entry.key.instrument] ?? .zero
            return (
                sum.0 + entry.value.realised, sum.1 + entry.value.unrealised(at: mark), sum.2 + entry.value.fees
            )
        }
    }
}

/// Replays a session's journal and reviews it.
///
/// ```swift
/// let review = try SessionReviewer(replay, names: names).run(disk, evidence: writer, dropCopy: copy)
/// ```
public struct SessionReviewer: Sendable {
    private let replay: JournalReplay
    private let names: EvidenceNames
    public var settings: MonitorSettings

    public init(_ replay: JournalReplay, names: EvidenceNames) {
        self.replay = replay
        self.names = names
        settings = MonitorSettings()
        settings.policy = replay.settings.policy ?? RiskPolicy(simple: replay.settings.limits)
        settings.initialCash = replay.settings.initialCash
        settings.close = replay.session.midnight + replay.settings.sessionEnd
    }

    /// Replays the journal from its first record.
    ///
    /// - Parameters:
    ///   - disk: where it lies.
    ///   - evidence: is told of every step of every order, and closed.
    ///   - dropCopy: the venue's copy of our executions; nil when there is none.
    ///   - clearing: what the clearing firm has; nil when it is not known.
    ///   - change: called before each input, for tests that plant a fault.
    ///   - progress: called now and then; false stops.
    /// - Returns: what the session came to, and every alert.
    /// - Throws: `JournalError`, `BookCapacityError`, `EvidenceError`.
    public func run(
        _ disk: any JournalDisk,
        evidence: EvidenceWriter? = nil,
        dropCopy: DropCopyReading? = nil,
        clearing: ClearingFile? = nil,
        change: (Event, inout Engine<StrategySet, Outbox, SessionMonitor>) -> Void = { _, _ in },
        progress: (ReplayProgress) -> Bool = { _ in true }
    ) throws -> SessionReview {
        var review = SessionReview()
        var monitor = SessionMonitor(settings)
        monitor.evidence = evidence
        if dropCopy != nil { monitor.dropCopy = DropCopyMatch(settings.dropCopy) }
        var copies = CopyFeed(dropCopy?.lines ?? [])
        review.outcome = try replay.run(
            disk,
            observer: monitor,
            before: { event, engine in
                if review.start == .zero, event.eventTime != .zero { review.start = event.eventTime }
                engine.observer.copy(&copies, until: event.receiveTime)
                change(event, &engine)
                engine.observer.willApply(event, engine.market)
            },
            after: { event, engine in engine.observer.didApply(event, engine.market) },
            beside: { record, engine in engine.observer.beside(record) },
            finally: { engine in
                engine.observer.copy(&copies, until: .never)
                engine.observer.finish(engine.market)
                review.take(engine.observer)
                review.end = engine.market.now
                for instrument in review.positions.holdings.keys {
                    review.marks[instrument] = engine.market.risk.exposure(Instrument(id: instrument)).mark
                }
            },
            progress: progress
        )
        review.names = names
        review.names.instruments = review.outcome.state.names
        if let damaged = dropCopy?.damaged, !damaged.isEmpty {
            review.alerts.append(
                RiskAlertRecord(
                    .t02,
                    .incident,
                    "damaged-copy",
                    at: review.end,
                    raised: review.end,
                    value: Int128(damaged.count),
                    text: "\(damaged.count) entries of the drop copy are damaged, the first is entry \(damaged[0])"
                )
            )
        }
        if let clearing {
            let ours = review.positions.clearing(review.names.instruments, borrow: settings.borrow)
            review.reconciliation = ours.reconciled(with: clearing, at: review.end, &review.alerts)
        }
        if let evidence { review.evidence = try evidence.close() }
        return review
    }
}

/// Lines of a drop copy in the order of their arrival.
public struct CopyFeed: Sendable {
    private var lines: [DropCopyLine]
    private var next = 0

    public init(_ lines: [DropCopyLine]) {
        self.lines = lines.enumerated().sorted {
            ($0.element.execution.received, $0.offset) < ($1.element.execution.received, $1.offset)
        }.map(\.element)
    }

    mutating func line(until time: Timestamp) -> DropCopyLine? {
        guard next < lines.count, lines[next].execution.received <= time else { return nil }
        next += 1
        return lines[next - 1]
    }
}

extension SessionMonitor {
    /// Takes what the drop copy had told by `time`.
    mutating func copy(_ feed: inout CopyFeed, until time: Timestamp) {
        while let line = feed.line(until: time) { copy(line) }
    }

    /// A drop copy has come that was not there before: what we have told so far is held against it too.
    mutating func beginCopy(_ settings: DropCopyMatch.Settings) {
        var match = DropCopyMatch(settings)
        var gone = broken
        for execution in executions {
            if let place = gone.firstIndex(of: execution) {
                gone.remove(at: place)
            } else {
                match.takeOwn(execution, &alerts)
            }
        }
        dropCopy = match
    }

    /// Takes a line of the drop copy.
    public mutating func copy(_ line: DropCopyLine) {
        if line.kind == .executed {
            dropCopy?.takeCopy(line.execution, &alerts)
        } else {
            dropCopy?.takeBack(line.execution, isOurs: false)
        }
    }
}

extension SessionReview {
    fileprivate mutating func take(_ monitor: borrowing SessionMonitor) {
        alerts = monitor.alerts
        positions = monitor.positions
        profit = monitor.profit
        executions = monitor.executions
        broken = monitor.broken
        refusals = monitor.refusals
        commands = monitor.commands
        orders = monitor.orders.compactMap { $0 }
        pace = monitor.pace
        uses = monitor.use.uses
        quality = ExecutionQuality.rows(monitor.recorder.orders, monitor.recorder.fills)
        dropCopy = monitor.dropCopy
        conduct = monitor.conduct.found
    }
}
