// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// What must have happened to a record before an order that depends on it may leave.
public enum Durability: String, Sendable, CaseIterable {
    /// It is on its way to the journal's writer: the death of the process may take the last records, and the orders that left
    /// under them are found again by asking the venue.
    case memory
    /// It is in the journal file: it survives the death of the process, not a power cut.
    case cache
    /// The standby has it.
    case mirror
    /// It is on stable storage.
    case sync
}

/// What a node may do.
public enum NodeRole: UInt8, Sendable {
    /// It follows another node's journal, or replays its own, and sends nothing.
    case following = 0
    /// It writes; the venue's orders and its own are being compared: only cancels leave.
    case reconciling = 1
    /// It trades, at one of its venues at least.
    case active = 2
    /// A later epoch writes: this node never sends again.
    case fenced = 3
    /// Its journal takes nothing any more, so it acts on nothing.
    case halted = 4
    /// What it derived differs from what the journal says: it must not be trusted.
    case diverged = 5
}

/// An engine with its journal, its place in a pair of nodes, and its dealings with the venue: the part of a live system that
/// must never be wrong, as a state machine without sockets, files, threads or clocks.
///
/// ```
///             ┌ journal ◄──────┐ 1 record            3 outputs ┌──► journal
///  input ─────┤                ├─► 2 engine.apply ─────────────┤
///             └────────────────┘                               └──► waiting ── 4 released when durable ──► venue
/// ```
/// Everything that reaches the engine is a record in the journal first; what the engine answers is recorded too, and leaves
/// only when the durability asked for is reached.
public struct TradingNode<Trader: Strategy & ~Copyable, Sink: JournalSink & ~Copyable>: ~Copyable {
    public var engine: Engine<Trader, Outbox, AlertLog>
    public var journal: Sink
    public var role = NodeRole.following
    /// Where in the journal it stands.
    public var place = NodePosition()
    /// Tells this process from any other that may come to the same epoch; drawn by its owner.
    public var identity: UInt64 = 0
    /// What a following node derived and the journal has not yet confirmed.
    @usableFromInline var expected: [Event] = []
    /// What may leave once it is durable, oldest first; the record's journal number is its `sequence`.
    @usableFromInline var waiting: [Event] = []
    @usableFromInline var waitingHead = 0
    /// Orders that a halt or a kill overtook while they waited.
    @usableFromInline var withheld: [OrderID] = []
    /// Messages to the venue that depend on no record: a login, a request for status, a cancel of an order we forgot.
    @usableFromInline var control: [Event] = []
    /// How it stands with each venue, by place; one without a floor.
    @usableFromInline var doors: [NodeDoor]
    /// Sent and not yet answered, oldest first.
    @usableFromInline var unanswered: [(id: OrderID, time: Timestamp, isCancel: Bool)] = []
    @usableFromInline var unansweredHead = 0
    /// An order that is not answered for so long is asked after.
    public var answerTimeout: Nanoseconds = 5_000_000_000
    /// A venue that has not said for so long what became of our orders is halted.
    public var haltTimeout: Nanoseconds = 30_000_000_000
    /// What the first divergence was.
    public var divergence: NodeDivergence?
    public var counters = NodeCounters()
    /// The epoch that fenced it; 0 before.
    public var fencedBy: UInt64 = 0
    /// False when the journal has no room left for market data: the owner drops it and marks the feed as interrupted.
    public var takesMarketData = true

    /// Inputs between two checkpoints, at least 1; the writer's choice, a follower takes what comes.
    public var checkpointInterval = 1_024

    /// - Parameters:
    ///   - engine: as new, or restored from a snapshot.
    ///   - journal: where records go.
    @inlinable
    public init(engine: consuming Engine<Trader, Outbox, AlertLog>, journal: consuming Sink) {
        doors = Array(repeating: NodeDoor(), count: engine.market.venueCount)
        self.engine = engine
        self.journal = journal
        waiting.reserveCapacity(TradingNode.roomForOrders)
        unanswered.reserveCapacity(TradingNode.roomForOrders)
        control.reserveCapacity(64)
    }

    /// Orders under way for which memory is found at the start; more cost an allocation now and then.
    @inlinable
    static var roomForOrders: Int { 8_192 }

    /// The epoch that is in force.
    @inlinable
    public var epoch: UInt64 { place.numbers.epoch }

    /// The journal number of the last record that the engine has acted on or derived.
    @inlinable
    public var sequence: UInt64 {
        get { place.sequence }
        set { place.sequence = newValue }
    }

    /// Inputs that the engine has acted on.
    @inlinable
    public var inputs: Int { place.inputs }

    /// Market records that the engine has acted on: where in its source a restarted node goes on.
    @inlinable
    public var marketInputs: UInt64 { place.marketInputs }

    /// Whether it writes the journal.
    @inlinable
    public var isPrimary: Bool { role == .active || role == .reconciling }

    // MARK: Acting

    /// Takes an input: into the journal, then to the engine.
    ///
    /// Only a primary acts; for another node nothing happens and the result is false.
    @inlinable
    @discardableResult
    public mutating func take(_ event: Event) -> Bool {
        guard isPrimary else { return false }
        var record = event
        record.sequence = journal.append(event)
        guard record.sequence != 0 else {
            role = .halted
            return false
        }
        act(record)
        for index in 0..<engine.gateway.count {
            var output = engine.gateway[index]
            output.sequence = journal.append(output)
            guard output.sequence != 0 else {
                role = .halted
                break
            }
            sequence = output.sequence
            waiting.append(output)
        }
        engine.gateway.removeAll()
        if inputs % checkpointInterval == 0 { checkpoint() }
        return true
    }

    /// Records the output hash, so that a follower can tell at once when it differs.
    @inlinable
    public mutating func checkpoint() {
        guard isPrimary else { return }
        let now = engine.market.now
        let number = journal.append(
            Event(eventTime: now, receiveTime: now, kind: .checkpoint, detail: engine.hash.value)
        )
        guard number != 0 else { return }
        sequence = number
        keepSnapshot()
    }

    /// Gives the journal's keeper the state behind the checkpoint that was just recorded, when it wants it.
    @inlinable
    mutating func keepSnapshot() {
        guard Trader.isRestorable, journal.wantsSnapshot, expected.isEmpty, engine.gateway.count == 0 else { return }
        let place = place
        let (hash, now) = (engine.hash.value, engine.market.now)
        journal.keep(place, outputHash: hash, time: now) { writer in
            place.save(to: &writer)
            engine.save(to: &writer)
        }
    }

    /// Takes the state of a snapshot of its journal, checked; the node must be new.
    ///
    /// - Throws: `StateError`; then the node must not be used.
    public mutating func restore(_ snapshot: Snapshot) throws(StateError) { place = try snapshot.restore(&engine) }

    /// What a record of the journal is to a node that was restored from a snapshot.
    public enum Resumption: Sendable {
        /// It came before: passed over.
        case before
        /// It is the checkpoint behind which the snapshot was taken.
        case join
        /// It stands in that place and is another one: the snapshot does not fit the journal.
        case misfit
        /// It came after, and was followed.
        case followed
        /// It came after, and what was derived differs.
        case diverged
    }

    /// Takes a record of its journal during recovery from `snapshot`.
    public mutating func resume(_ record: Event, from snapshot: Snapshot) -> Resumption {
        if record.sequence < snapshot.header.sequence { return .before }
        if record.sequence == snapshot.header.sequence { return snapshot.follows(record) ? .join : .misfit }
        #if HELIOS_BUG_BANK
        if isOn(.snapshotWithoutTail) {
            place.sequence = record.sequence
            return .followed
        }
        #endif
        return follow(record) ? .followed : .diverged
    }

    @inlinable
    mutating func act(_ record: Event) {
        place.sequence = record.sequence
        place.inputs += 1
        if record.kind.rawValue < EventKind.newOrder.rawValue || record.kind == .newDay { place.marketInputs += 1 }
        if record.kind == .timer { place.lastTimer = record.receiveTime }
        if record.kind == .epoch {
            place.numbers.begin(record.detail, first: engine.nextOrderID)
            place.epochSequence = record.sequence
        }
        engine.apply(record)
    }

    // MARK: Following

    /// Takes a record of the primary into its own journal, and follows it.
    ///
    /// - Returns: false when it does not continue what is there, the journal takes nothing, or the node has diverged.
    @inlinable
    public mutating func mirror(_ record: Event) -> Bool {
        guard role == .following, record.sequence == sequence + 1 else { return false }
        guard journal.append(record) == record.sequence else {
            role = .halted
            return false
        }
        return follow(record)
    }

    /// Takes a record of the primary's journal, or of its own after a restart, and checks what it says about outputs.
    ///
    /// - Returns: false when what was derived differs: then the node has diverged and takes nothing any more.
    @inlinable
    @discardableResult
    public mutating func follow(_ record: Event) -> Bool {
        guard role == .following else { return false }
        guard record.sequence == sequence + 1 else { return diverge(.hole, record, nil) }
        switch record.kind {
        case .side: sequence = record.sequence
        case .newOrder, .cancelRequest, .replaceRequest, .quoteRequest, .quoteAccepted:
            guard let derived = expected.first, derived.says(record) else {
                return diverge(.output, record, expected.first)
            }
            expected.removeFirst()
            sequence = record.sequence
        case .checkpoint:
            guard expected.isEmpty, record.detail == engine.hash.value else {
                return diverge(.hash, record, expected.first)
            }
            sequence = record.sequence
            keepSnapshot()
        default:
            // A writer that died between an input and its outputs leaves the outputs out: only a new epoch may follow.
            guard expected.isEmpty || record.kind == .epoch else { return diverge(.output, record, expected.first) }
            expected.removeAll(keepingCapacity: true)
            #if HELIOS_BUG_BANK
            if isOn(.standbySkipsTimers), record.kind == .timer {
                sequence = record.sequence
                break
            }
            #endif
            act(record)
            for index in 0..<engine.gateway.count { expected.append(engine.gateway[index]) }
            engine.gateway.removeAll()
        }
        return true
    }

    @inlinable
    mutating func diverge(_ reason: NodeDivergence.Reason, _ record: Event, _ derived: Event?) -> Bool {
        role = .diverged
        divergence = NodeDivergence(reason: reason, sequence: sequence + 1, recorded: record, derived: derived)
        return false
    }

    // MARK: Leaving

    /// Gives `send` everything that may leave, in order, with the numbers that the venue knows.
    ///
    /// Nothing leaves before the epoch's own record is on stable storage, whatever the durability.
    ///
    /// - Parameters:
    ///   - durable: the last record that has the durability asked for.
    ///   - stable: the last record on stable storage.
    ///   - send: gets each message.
    @inlinable
    public mutating func release(durable: UInt64, stable: UInt64, _ send: (Event) -> Void) {
        guard isPrimary else { return }
        #if HELIOS_BUG_BANK
        let durable = isOn(.sentBeforeJournal) ? UInt64.max : durable
        #endif
        // An epoch that a power cut takes back would be used a second time, and its order numbers with it.
        guard stable >= place.epochSequence else { return }
        if !control.isEmpty {
            for message in control { send(message) }
            control.removeAll(keepingCapacity: true)
        }
        while waitingHead < waiting.count, waiting[waitingHead].sequence <= durable {
            var message = waiting[waitingHead]
            waitingHead += 1
            // Of a request nothing is reserved, and nobody has to answer it.
            if message.kind == .quoteRequest {
                send(message)
                continue
            }
            if message.kind == .quoteAccepted {
                // The order that takes the quote is the next record: both leave, or neither does.
                guard let order = acceptingOrder(durable) else {
                    waitingHead -= 1
                    break
                }
                if engine.market.risk.mayLeave(order) { send(message) }
                continue
            }
            let number = message.kind == .replaceRequest ? message.detail : message.orderID
            if message.kind != .cancelRequest, !engine.market.risk.mayLeave(number) {
                withheld.append(number)
                continue
            }
            // In place: what is behind the head would otherwise grow with every order of a busy day.
            if unansweredHead >= TradingNode.roomForOrders / 2 {
                unanswered.removeFirst(unansweredHead)
                unansweredHead = 0
            }
            unanswered.append((number, engine.market.now, message.kind == .cancelRequest))
            // The journal's record of a cancel names only the order; who takes it to the venue must know which.
            if doors.count > 1 { message.venue = Venue(place: place(ofOutput: message)) }
            if message.kind == .replaceRequest { message.detail = place.numbers.wire(message.detail) }
            message.orderID = place.numbers.wire(message.orderID)
            counters.sent += 1
            send(message)
        }
        if waitingHead == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            waitingHead = 0
        }
        if !withheld.isEmpty { forgetWithheld() }
    }

    /// The number of the order behind an acceptance, once it may leave; nil before.
    @inlinable
    func acceptingOrder(_ durable: UInt64) -> OrderID? {
        guard waitingHead < waiting.count, waiting[waitingHead].sequence <= durable else { return nil }
        return waiting[waitingHead].orderID
    }

    /// An order that was stopped on the doorstep never reached the venue: what it had reserved is free again.
    @inlinable
    mutating func forgetWithheld() {
        let stopped = withheld
        withheld.removeAll(keepingCapacity: true)
        for id in stopped {
            guard let order = engine.market.orders.order(id), !order.isFinal else { continue }
            counters.withheld += 1
            settle(.orderRejected, id, order, reason: UInt64(RejectReason.neverArrived.rawValue))
        }
    }

    /// Whether messages to the venue wait that depend on no record.
    @inlinable
    public var hasControl: Bool { !control.isEmpty }

    /// Orders and cancels that wait for durability.
    @inlinable
    public var waitingCount: Int { waiting.count - waitingHead }
}

/// Where and how a replay differs from its journal.
public struct NodeDivergence: Sendable {
    /// The sort of difference.
    public enum Reason: String, Sendable {
        case hole = "a record is missing"
        case output = "the engine did not derive this output"
        case hash = "the output hash differs"
    }

    public var reason: Reason
    public var sequence: UInt64
    public var recorded: Event
    public var derived: Event?

    @usableFromInline
    init(reason: Reason, sequence: UInt64, recorded: Event, derived: Event?) {
        self.reason = reason
        self.sequence = sequence
        self.recorded = recorded
        self.derived = derived
    }
}

/// What a node has counted.
public struct NodeCounters: Equatable, Sendable {
    /// Orders and cancels that left.
    public var sent = 0
    /// Reconciliations completed.
    public var reconciled = 0
    /// Orders that a reconciliation found never to have arrived, ended, or to be unknown to us.
    public var neverArrived = 0
    public var foundEnded = 0
    public var foundUnknown = 0
    /// Orders that a halt or a kill overtook before they left.
    public var withheld = 0
    /// Reports that the venue told again on reconciliation, and that were known.
    public var retold = 0
    /// Orders asked after because nobody answered.
    public var timeouts = 0
    /// Orders of which the venue counts more executions than it has told.
    public var missing = 0
    /// Times that a venue was halted because nobody answered at all.
    public var halts = 0
    /// Orders and cancels dropped with their connection before they left.
    public var dropped = 0

    public init() {}
}
