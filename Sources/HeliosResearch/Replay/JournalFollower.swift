// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosStrategy

/// Feeds the records of a journal to an engine and compares what the engine answers with what was recorded.
///
/// ```
///  input ──────► engine ──────► derived outputs ──┐
///  output ───────────────────────────────────────┴► equal, field by field, in order
///  checkpoint ─► the engine's output hash is the recorded one
/// ```
/// Outputs that were derived and not recorded are the mark of a writer that died between an input and its outputs: they
/// are allowed before a new epoch and at the journal's end, nowhere else.
public struct JournalFollower<Trader: Strategy & ~Copyable, Observer: EngineObserver & ~Copyable>: ~Copyable {
    /// The engine; a snapshot may be restored into it before the first record.
    public var engine: Engine<Trader, Outbox, Observer>
    /// The number of the last record that was followed.
    public var sequence: UInt64
    /// Inputs that the engine has acted on.
    public var inputs = 0
    /// Outputs that were recorded and found equal.
    public var outputs = 0
    /// Checkpoints whose hash was found equal.
    public var checkpoints = 0
    /// The first difference; after it nothing is followed any more.
    public private(set) var divergence: ReplayDivergence?
    /// Derived outputs that the journal has confirmed since the last input.
    @usableFromInline var confirmed = 0

    /// - Parameters:
    ///   - engine: as new, or restored from a snapshot.
    ///   - sequence: the last record that the engine has acted on already; 0 for a new one.
    @inlinable
    public init(engine: consuming Engine<Trader, Outbox, Observer>, sequence: UInt64 = 0) {
        self.engine = engine
        self.sequence = sequence
    }

    /// Goes on from a snapshot; nothing must have been followed before.
    ///
    /// - Throws: `StateError`; then the follower must not be used.
    public mutating func restore(_ snapshot: Snapshot) throws(StateError) {
        let place = try snapshot.restore(&engine)
        sequence = place.sequence
        inputs = place.inputs
    }

    /// Outputs that were derived and that no record has confirmed.
    @inlinable
    public var unconfirmed: Int { engine.gateway.count - confirmed }

    /// Takes the next record.
    ///
    /// - Parameters:
    ///   - record: number `sequence` + 1.
    ///   - before: called with an input before the engine acts on it.
    ///   - after: called with an input when the engine has acted on it.
    /// - Returns: false when it differs from what was derived.
    @inlinable
    public mutating func follow(
        _ record: Event,
        before: (Event, inout Engine<Trader, Outbox, Observer>) -> Void = { _, _ in },
        after: (Event, inout Engine<Trader, Outbox, Observer>) -> Void = { _, _ in }
    ) -> Bool {
        guard divergence == nil else { return false }
        guard record.sequence == sequence + 1 else { return diverge(.hole, record) }
        switch record.kind {
        case .side: break
        case .newOrder, .cancelRequest, .replaceRequest:
            guard unconfirmed > 0 else { return diverge(.notDerived, record) }
            guard engine.gateway[confirmed].says(record) else { return diverge(.output, record) }
            confirmed += 1
            outputs += 1
        case .checkpoint:
            guard unconfirmed == 0 else { return diverge(.notRecorded, record) }
            guard record.detail == engine.hash.value else { return diverge(.hash, record) }
            checkpoints += 1
        default:
            guard unconfirmed == 0 || record.kind == .epoch else { return diverge(.notRecorded, record) }
            engine.gateway.removeAll()
            confirmed = 0
            before(record, &engine)
            engine.apply(record)
            inputs += 1
            after(record, &engine)
        }
        sequence = record.sequence
        return true
    }

    @usableFromInline
    mutating func diverge(_ reason: ReplayDivergence.Reason, _ record: Event) -> Bool {
        divergence = ReplayDivergence(
            reason: reason,
            sequence: sequence + 1,
            recorded: record,
            derived: unconfirmed > 0 ? engine.gateway[confirmed] : nil,
            derivedHash: engine.hash.value
        )
        return false
    }
}

/// Where and how a replay first differs from its journal.
public struct ReplayDivergence: Sendable {
    /// The sort of difference.
    public enum Reason: String, Sendable {
        case hole = "a record is missing"
        case output = "the engine derives another output"
        case notDerived = "the engine derives no output here"
        case notRecorded = "the engine derives an output that is not recorded"
        case hash = "the output hash differs"
    }

    public var reason: Reason
    /// The number of the record at which it shows.
    public var sequence: UInt64
    /// What stands in the journal there.
    public var recorded: Event
    /// What the engine derived, if anything.
    public var derived: Event?
    /// The engine's output hash at that point.
    public var derivedHash: UInt64

    @usableFromInline
    init(reason: Reason, sequence: UInt64, recorded: Event, derived: Event?, derivedHash: UInt64) {
        self.reason = reason
        self.sequence = sequence
        self.recorded = recorded
        self.derived = derived
        self.derivedHash = derivedHash
    }

    /// The fields in which the two outputs differ, as written in the journal and as derived.
    public var differingFields: [(name: String, recorded: String, derived: String)] {
        guard reason == .output, let derived else { return [] }
        func fields(_ event: Event) -> [(String, String)] {
            [
                ("kind", "\(event.kind)"), ("time", "\(event.eventTime.nanoseconds)"),
                ("received", "\(event.receiveTime.nanoseconds)"), ("order", "\(event.orderID)"),
                ("instrument", "\(event.instrument.id)"), ("venue", "\(event.venue.id)"), ("price", "\(event.price)"),
                ("quantity", "\(event.quantity)"), ("flags", "\(event.flags.rawValue)"), ("tag", "\(event.detail)"),
            ]
        }
        return zip(fields(recorded), fields(derived)).compactMap { left, right in
            left.1 == right.1 ? nil : (left.0, left.1, right.1)
        }
    }
}
