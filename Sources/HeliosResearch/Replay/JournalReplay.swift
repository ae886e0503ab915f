// SPDX-License-Identifier: MIT
import CHelios
import HeliosEngine
import HeliosMarket
import HeliosStrategy

/// Where a replay stops.
public enum ReplayLimit: Sendable, Equatable {
    /// At the journal's end.
    case end
    /// Behind the record with this number.
    case sequence(UInt64)
    /// Before the first input that was received later.
    case time(Timestamp)

    func stops(before record: Event) -> Bool {
        switch self {
        case .end: false
        case .sequence(let number): record.sequence > number
        case .time(let time): !record.isOutput && record.kind != .side && record.receiveTime > time
        }
    }
}

/// How far a replay has come.
public struct ReplayProgress: Sendable {
    public var records: Int
    /// Share of the journal that was read, 0 to 1.
    public var fraction: Double
    /// The engine's time.
    public var time: Timestamp
}

/// What a replay found.
public struct ReplayOutcome: Sendable {
    /// Records read.
    public var records = 0
    /// Inputs that the engine acted on.
    public var inputs = 0
    /// Recorded outputs that were derived again, equal in every field.
    public var outputs = 0
    /// Checkpoints whose hash was equal.
    public var checkpoints = 0
    /// Outputs that were derived at the end and never recorded: the writer died there.
    public var unrecorded = 0
    /// The record behind which the snapshot was taken that the replay began with; nil when it began at the first record.
    public var startedAt: UInt64?
    /// Snapshots on the way whose state was the replay's, byte for byte.
    public var snapshots = 0
    /// Snapshots whose state was another one, by their records.
    public var differingSnapshots: [UInt64] = []
    /// The output hash where the replay stopped.
    public var hash: UInt64 = 0
    /// The first difference; nil when everything was equal.
    public var divergence: ReplayDivergence?
    /// The journal's last block was not written whole, and begins at this byte of this segment.
    public var tornAt: (segment: UInt32, offset: Int)?
    /// Whether the caller stopped it.
    public var isInterrupted = false
    /// Where the engine stood.
    public var state = ReplayState()
    /// Wall-clock seconds; a measurement.
    public var seconds = 0.0

    public init() {}

    /// Everything read was proved equal.
    public var isEqual: Bool { divergence == nil && differingSnapshots.isEmpty }
}

/// Feeds a journal through a new engine and proves that it does again what it did.
///
/// ```swift
/// let session = try RecordedSession(disk)
/// let replay = JournalReplay(session, settings: settings, strategies: strategies)
/// let outcome = try replay.run(disk)                       // outcome.divergence == nil
/// ```
public struct JournalReplay: Sendable {
    public var session: RecordedSession
    /// The limits, fees and capacities of the session's configuration.
    public var settings: BacktestSettings
    /// The session's strategies.
    public var strategies: [StrategyConfiguration]

    public init(_ session: RecordedSession, settings: BacktestSettings, strategies: [StrategyConfiguration]) {
        self.session = session
        self.settings = settings
        self.strategies = strategies
    }

    /// The engine as it was before the session's first input, with `observer` watching.
    ///
    /// - Throws: `BookCapacityError`.
    public func makeEngine<Observer: EngineObserver & ~Copyable>(
        observer: consuming Observer
    ) throws -> Engine<StrategySet, Outbox, Observer> {
        var directory = InstrumentDirectory()
        let set = StrategySet(strategies, instruments: &directory, midnight: session.midnight)
        return Engine(
            market: try settings.makeMarket(),
            strategy: set,
            gateway: Outbox(),
            observer: observer,
            fees: settings.venueFees,
            reduction: settings.makeReduction(),
            execution: settings.makeExecution(),
            dealers: settings.makeQuotes()
        )
    }

    /// Replays with nobody watching, at full speed.
    ///
    /// - Throws: `JournalError`, `BookCapacityError`.
    public func run(
        _ disk: any JournalDisk,
        from start: Snapshot? = nil,
        until limit: ReplayLimit = .end,
        snapshots: (UInt64) -> Snapshot? = { _ in nil },
        progress: (ReplayProgress) -> Bool = { _ in true }
    ) throws -> ReplayOutcome {
        try run(disk, observer: NoObserver(), from: start, until: limit, snapshots: snapshots, progress: progress)
    }

    /// Replays from the first record, or from a snapshot.
    ///
    /// - Parameters:
    ///   - disk: where the journal lies.
    ///   - observer: watches the engine.
    ///   - start: the snapshot to begin with.
    ///   - limit: where to stop.
    ///   - snapshots: gives the snapshot that was taken behind a checkpoint; its state is compared with the replay's.
    ///   - before: called with each input before the engine acts on it.
    ///   - after: called with each input when the engine has acted on it.
    ///   - beside: called with each side record: who said what, and why.
    ///   - finally: called with the engine where the replay stopped.
    ///   - progress: called now and then; false stops the replay.
    /// - Returns: what was proved, or the first difference.
    /// - Throws: `JournalError`, `BookCapacityError`, `StateError` when `start` does not fit the journal.
    public func run<Observer: EngineObserver & ~Copyable>(
        _ disk: any JournalDisk,
        observer: consuming Observer,
        from start: Snapshot? = nil,
        until limit: ReplayLimit = .end,
        snapshots: (UInt64) -> Snapshot? = { _ in nil },
        before: (Event, inout Engine<StrategySet, Outbox, Observer>) -> Void = { _, _ in },
        after: (Event, inout Engine<StrategySet, Outbox, Observer>) -> Void = { _, _ in },
        beside: (JournalRecord, inout Engine<StrategySet, Outbox, Observer>) -> Void = { _, _ in },
        finally: (inout Engine<StrategySet, Outbox, Observer>) -> Void = { _ in },
        progress: (ReplayProgress) -> Bool = { _ in true }
    ) throws -> ReplayOutcome {
        let clock = CycleClock()
        let reader = JournalReader(disk)
        var names = InstrumentDirectory()
        var outcome = ReplayOutcome()
        var follower = JournalFollower(engine: try makeEngine(observer: observer))
        if let start {
            try follower.restore(start)
            outcome.startedAt = start.header.sequence
        }
        while let record = try reader.next() {
            if record.event.kind == .side { names.add(record) }
            if let start, record.event.sequence <= start.header.sequence {
                try JournalReplay.check(start, at: record.event)
                continue
            }
            if limit.stops(before: record.event) { break }
            guard follower.follow(record.event, before: before, after: after) else { break }
            if record.event.kind == .side { beside(record, &follower.engine) }
            outcome.records += 1
            if record.event.kind == .checkpoint, let snapshot = snapshots(record.event.sequence) {
                if snapshot.follows(record.event), try snapshot.isState(of: follower.engine) {
                    outcome.snapshots += 1
                } else {
                    outcome.differingSnapshots.append(record.event.sequence)
                }
            }
            if outcome.records & 0xFFFF == 0 {
                let state = ReplayProgress(
                    records: outcome.records,
                    fraction: reader.progress,
                    time: follower.engine.market.now
                )
                outcome.isInterrupted = !progress(state)
                if outcome.isInterrupted { break }
            }
        }
        outcome.inputs = follower.inputs
        outcome.outputs = follower.outputs
        outcome.checkpoints = follower.checkpoints
        outcome.unrecorded = follower.unconfirmed
        outcome.divergence = follower.divergence
        outcome.hash = follower.engine.hash.value
        outcome.tornAt = reader.tornAt
        outcome.state = state(follower.engine, follower.sequence, names)
        outcome.seconds = Double(clock.elapsed) * 1e-9
        finally(&follower.engine)
        return outcome
    }

    /// A snapshot must be of this journal.
    private static func check(_ start: Snapshot, at record: Event) throws(StateError) {
        guard record.sequence == start.header.sequence, !start.follows(record) else { return }
        throw StateError(
            .mismatch,
            section: "header",
            offset: 0,
            reason: "record \(record.sequence) of the journal is not the checkpoint behind which it was taken"
        )
    }

    private func state<Observer: EngineObserver & ~Copyable>(
        _ engine: borrowing Engine<StrategySet, Outbox, Observer>,
        _ sequence: UInt64,
        _ names: InstrumentDirectory
    ) -> ReplayState {
        var directory = InstrumentDirectory()
        for strategy in strategies { for symbol in strategy.symbols { _ = directory.register(symbol) } }
        return ReplayState(
            engine.market,
            sequence: sequence,
            nextOrderID: engine.nextOrderID,
            holds: engine.holds,
            signals: engine.strategy.standing(engine.market),
            midnight: session.midnight,
            traded: directory.count,
            names: names.count >= directory.count ? names : directory,
            initialCash: settings.initialCash
        )
    }
}
