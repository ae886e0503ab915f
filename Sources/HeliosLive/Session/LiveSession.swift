// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy

/// A node of the live system in a process of its own: a trading node with its journal, the recorded market, the way to the
/// venue and the standby, all in one thread.
///
/// ```
/// recorded market ──┐                       ┌─► journal file ──► (stable storage)
/// timer ────────────┼─► TradingNode.take ───┤
/// venue's reports ──┘         │             └─► standby ──► acknowledgement
///                             └─ outputs ── released when durable ──► venue
/// ```
/// One turn of the loop: take what came, take the market up to now, write, send. Whatever the turn derived is in the file
/// before any of it is on the wire. A standby is the same object that follows first and trades later.
public final class LiveSession {
    let setup: LiveSetup
    let options: LiveOptions
    let notify: (LiveNotice) -> Void
    var node: TradingNode<StrategySet, LiveJournal>
    let journal: LiveJournal
    let feed: MarketFeed
    /// Chosen at random, to be told from any other process.
    let identity = UInt64.random(in: 1...(.max))

    // The venue.
    var venue: RecordLink?
    var venueIsIn = false
    var venueLostAt: Nanoseconds
    var nextAttempt: Nanoseconds = 0
    /// Reports whose time has not come.
    var reports: [Event] = []
    var reportHead = 0
    /// The last beat that was sent to the venue and the last that it answered: it has reported everything until then.
    var beatDue: Timestamp?
    /// The beat without whose answer the market does not go on.
    var beatAwaited = Timestamp.zero
    /// When the last message that was sent has had its effect at the venue.
    var answersDue = Timestamp.zero
    var beatAnswered = Timestamp.zero

    // The standby.
    var listener: LinkListener?
    var candidates: [RecordLink] = []
    var standby: RecordLink?
    var standbyHas: UInt64 = 0

    // Time.
    var nextTimer = Timestamp.never
    var paceStart: (market: Timestamp, monotonic: Nanoseconds)?
    var marketIsOver = false
    var wasTrading = false
    var wasCancelOnly = false
    /// What of the configuration's parent orders is still to be given; nil before a node that writes has looked.
    var byHand: OrdersByHand?

    /// Opens the journal and replays what is in it.
    ///
    /// - Parameters:
    ///   - setup: the same that the venue and the other node have.
    ///   - options: where and how.
    ///   - notify: called with everything worth telling.
    /// - Throws: `JournalError`, `SocketError`, or an error of the data; `LiveDivergence` when the replay differs.
    public init(_ setup: LiveSetup, _ options: LiveOptions, notify: @escaping (LiveNotice) -> Void) throws {
        self.setup = setup
        self.options = options
        self.notify = notify
        let began = Sockets.now
        journal = try LiveJournal(
            directory: options.journalDirectory,
            options: options.journal,
            durability: options.durability,
            session: UInt64.random(in: 1...(.max))
        )
        let recovery = LiveRecovery(journal: journal, makeEngine: setup.makeEngine)
        node = try recovery.run()
        node.identity = identity
        // An answer takes its time on our clock, however fast the market's runs.
        node.answerTimeout = Nanoseconds(5e9 * max(options.speed, 1))
        feed = try setup.makeFeed()
        venueLostAt = began
        if node.place.lastTimer != .zero { nextTimer = node.place.lastTimer + setup.settings.timerInterval }
        try feed.skip(to: node.marketInputs)
        for warning in recovery.warnings { tell(.warning, warning) }
        if node.sequence > 0 {
            let torn = journal.recovery.tornAt == nil ? "" : ", a block cut off at its end was erased"
            let lost = journal.recovery.lost.map { "; LOST from \($0)" } ?? ""
            tell(.recovered, "\(recovery.account) in \(milliseconds(since: began))\(torn)\(lost)")
        }
        keepSnapshots()
        if let endpoint = options.standbyListen {
            let listener = try LinkListener(endpoint)
            self.listener = listener
            tell(.listening, "standbys at \(listener.endpoint)")
        }
    }

    /// Runs to the end of the recorded market, or until `isStopped` says so.
    public func run(until isStopped: () -> Bool) throws -> LiveOutcome {
        if let primary = options.primary {
            if let outcome = try follow(primary, until: isStopped) { return outcome }
        }
        begin()
        return try trade(until: isStopped)
    }

    /// What it has come to.
    public var summary: LiveSummary {
        LiveSummary(
            sequence: node.sequence,
            inputs: node.inputs,
            epoch: node.epoch,
            outputHash: node.engine.hash.value,
            marketInputs: node.marketInputs,
            orders: node.engine.nextOrderID - 1,
            counters: node.counters
        )
    }

    /// From here on this node writes, under an epoch of its own.
    private func begin() {
        if node.sequence == 0 {
            var sink = journal
            _ = setup.session.write(to: &sink)
            node.sequence = journal.appended
        }
        node.promote(epoch: max(node.epoch + 1, journal.epoch))
        // The epoch is stable before anything leaves under it.
        journal.drain(syncs: true)
        // A session before this one may have wanted a standby; this one says for itself.
        node.hold(.standby, options.durability == .mirror)
        wasTrading = false
        wasCancelOnly = false
    }

    private func keepSnapshots() {
        guard options.snapshots.interval > 0 else { return }
        journal.keeper = SnapshotKeeper(
            directory: options.journalDirectory,
            options: options.snapshots,
            session: journal.session,
            after: journal.appended
        )
    }

    /// Writes the names of instruments that the market has named since.
    func nameInstruments() {
        let directory = feed.directory
        guard directory.count > journal.named, node.isPrimary else { return }
        var sink = journal
        _ = RecordedSession.write(directory, from: journal.named, at: node.engine.market.now, to: &sink)
        node.sequence = journal.appended
    }

    // MARK: The loop

    private func trade(until isStopped: () -> Bool) throws -> LiveOutcome {
        while true {
            if isStopped() { return stop(.interrupted) }
            connectVenue()
            // While the market waits for its time, or for the venue, the sockets may take theirs.
            Sockets.wait(interests, timeout: try idleTime())
            readVenue()
            try serveStandby()
            try takeMarket()
            node.checkAnswers(at: Timestamp(nanoseconds: Sockets.now))
            commit()
            if let outcome = judge() { return stop(outcome) }
        }
    }

    private var interests: [Sockets.Interest] {
        var sockets: [Sockets.Interest] = []
        if let venue { sockets.append(venue.interest) }
        if let standby { sockets.append(standby.interest) }
        for candidate in candidates { sockets.append(candidate.interest) }
        if let listener { sockets.append(Sockets.Interest(listener.descriptor)) }
        return sockets
    }

    /// Writes, then sends.
    func commit() {
        node.watch(journal.state)
        journal.commit(hurries: node.waitingCount > 0)
        standby?.beat(every: options.heartbeatTimeout / 5)
        standby?.flush()
        guard let venue else { return }
        node.release(durable: durable, stable: journal.synced) { message in
            venue.send(message)
            if message.isOutput { answersDue = max(answersDue, message.eventTime + setup.settings.orderLatency) }
        }
        // A beat does not overtake an order that waits.
        if let time = beatDue, venueIsIn, node.waitingCount == 0 {
            venue.send(Event(eventTime: time, receiveTime: time, kind: .timer))
            beatDue = nil
        }
        venue.beat(every: 500_000_000)
        venue.flush()
    }

    /// The last record that has the durability asked for.
    private var durable: UInt64 {
        switch options.durability {
        case .memory: journal.appended
        case .cache: journal.written
        case .sync: journal.synced
        // Without a standby nothing new is sent (see `standbyLost`); what is left are cancels, and they must go.
        case .mirror: standby == nil ? journal.written : min(standbyHas, journal.written)
        }
    }

    private func judge() -> LiveOutcome? {
        switch node.role {
        case .fenced: return .fenced
        case .halted: return .halted(journal.failure?.description ?? "the journal is full")
        case .diverged: return .diverged(LiveDivergence(node.divergence).description)
        default: break
        }
        if journal.state == .poisoned { return .halted(journal.failure?.description ?? "the disk failed") }
        if node.role == .active, !wasTrading {
            wasTrading = true
            tell(.trading, "trading under epoch \(node.epoch), \(node.engine.market.orders.workingCount) orders work")
        }
        if venue == nil, Sockets.now - venueLostAt > options.patience {
            return .unreachable("the venue at \(options.venue) can't be reached")
        }
        let isSettled = node.role == .active && node.waitingCount == 0 && beatAnswered == .never
        return marketIsOver && isSettled && reportHead == reports.count ? .finished : nil
    }

    /// The last record says what everything came to; the standby learns that nobody died.
    private func stop(_ outcome: LiveOutcome) -> LiveOutcome {
        node.checkpoint()
        journal.drain(syncs: true)
        journal.keeper?.drain()
        switch outcome {
        case .finished, .interrupted:
            standby?.send(LinkWord.end.record(sequence: node.sequence))
            standby?.drain(patience: 1_000_000_000)
        default: break
        }
        if outcome == .fenced {
            tell(.fenced, "another writer has taken over: this one sends nothing any more")
        } else {
            tell(.ended, "\(outcome)")
        }
        return outcome
    }

    // MARK: Telling

    func tell(_ kind: LiveNotice.Kind, _ text: String) {
        notify(LiveNotice(kind, text))
    }

    func milliseconds(since start: Nanoseconds) -> String {
        let tenths = (Sockets.now - start) / 100_000
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}

/// The replay of a journal differs from what stands in it.
public struct LiveDivergence: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ divergence: NodeDivergence?) {
        guard let divergence else {
            description = "the replay differs from the journal"
            return
        }
        description = "record \(divergence.sequence): \(divergence.reason.rawValue)"
    }
}
