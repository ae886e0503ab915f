// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy
import HeliosVenue
import HeliosWire

/// The engine's side of a live session, without sockets: what comes from the feed and from the venue goes in, what may leave
/// comes out.
///
/// ```
/// feed ──── records and words ──► takeFeed ──┐                         ┌─► journal
///                                            ├─► TradingNode.take ─────┤
/// venue ─── reports and words ──► takeVenue ─┘                         └─► release ──► venue
/// ```
/// It belongs to one thread.
package final class PaperCore {
    // Not checked for overlapping accesses at run time, which costs an order a tenth of its time: one thread owns it, and what
    // is called while it is accessed does not come back here.
    @exclusivity(unchecked)
    var node: TradingNode<StrategySet, LiveJournal>
    let journal: LiveJournal
    let settings: PaperSettings
    private let setup: PaperSetup
    let notify: (LiveNotice) -> Void
    @exclusivity(unchecked)
    var clock: MarketClock
    /// Names of the instruments, in the order of their numbers.
    private(set) var directory: InstrumentDirectory
    /// Several venues, each with a feed and a connection of its own.
    let isFloor: Bool
    /// What is known of each venue's feed, by place.
    @exclusivity(unchecked)
    var feeds: [FeedStand]
    /// How it stands with each venue's order entry, by place.
    @exclusivity(unchecked)
    var gates: [GateStand]
    /// The journal has no room for market data.
    private var isBlind = false
    @exclusivity(unchecked)
    private var nextTimer = Timestamp.never
    @exclusivity(unchecked)
    private(set) var leavingSince: Nanoseconds?
    private var lastMessage: Nanoseconds = 0
    /// Midnight of the trading day.
    @exclusivity(unchecked)
    var midnight: Timestamp
    /// Midnight of the first day of the journal, which orders at FIX venues are named after.
    let firstMidnight: Timestamp
    /// Doubts about reports that people have been told of.
    @exclusivity(unchecked)
    var doubtsTold: UInt64 = 0
    /// What is known of the use of limits, for pictures of the session.
    var limitUses: LimitUses
    /// What of the configuration's parent orders is still to be given.
    @exclusivity(unchecked)
    var byHand: OrdersByHand
    /// What may leave, on its way from the node.
    @exclusivity(unchecked)
    private var outgoing: [Event] = []

    /// Opens the journal and replays what is in it.
    ///
    /// - Throws: `JournalError`, `VenueListError`, `LiveDivergence`, `BookCapacityError`.
    package init(_ setup: PaperSetup, _ settings: PaperSettings, notify: @escaping (LiveNotice) -> Void) throws {
        self.settings = settings
        self.setup = setup
        isFloor = settings.venues.count > 1
        precondition(
            settings.venues.count == setup.settings.floor?.venues.count ?? 1,
            "what trades knows the venues that there are"
        )
        limitUses = LimitUses(count: setup.settings.ruling.limits.count)
        self.notify = notify
        let began = Sockets.now
        let number = UInt64.random(in: 1...(.max))
        journal =
            try settings.keepsJournal
            ? LiveJournal(
                directory: settings.journalDirectory,
                options: settings.journal,
                durability: settings.durability,
                session: number
            ) : LiveJournal(countingFor: number)
        // Records know a venue by its place alone: what one of them said must not be taken for another's word.
        let names = settings.venues.count > 1 ? settings.venues.map(\.name) : []
        if journal.feed.firstMidnight != nil, journal.feed.venues != names {
            throw VenueListError(journal: journal.feed.venues, session: names)
        }
        // A journal that began on another day is replayed from that day on.
        let first = journal.feed.firstMidnight
        midnight = journal.feed.midnight ?? settings.midnight
        firstMidnight = first ?? settings.midnight
        let recovery = LiveRecovery(journal: journal) { try setup.makeEngine(midnight: first) }
        node = try recovery.run()
        doubtsTold = node.engine.observer.doubtCount
        feeds = FeedStand.all(of: settings, journal.feed)
        gates = settings.venues.map { GateStand(title: $0.title) }
        node.engine.market.orders.prefault()
        node.identity = UInt64.random(in: 1...(.max))
        node.answerTimeout = Nanoseconds(5e9 * max(settings.speed, 1))
        directory = setup.directory()
        for symbol in journal.feed.names { _ = directory.register(symbol) }
        clock = MarketClock(settings.clock, speed: settings.speed, start: node.engine.market.now)
        if node.place.lastTimer != .zero { nextTimer = node.place.lastTimer + setup.settings.timerInterval }
        byHand = OrdersByHand(
            setup.settings.execution.orders,
            midnight: first ?? settings.midnight,
            given: journal.given
        )
        outgoing.reserveCapacity(1_024)
        takeUpFeeds()
        for warning in recovery.warnings { notify(LiveNotice(.warning, warning)) }
        if node.sequence > 0 {
            let milliseconds = (Sockets.now - began) / 1_000_000
            notify(LiveNotice(.recovered, "\(recovery.account) in \(milliseconds) ms"))
        }
    }

    /// From here on this node writes, under an epoch of its own.
    package func begin() {
        if node.sequence == 0 {
            var sink = journal
            _ = setup.session.write(to: &sink)
            _ = RecordedSession.write(directory, from: 0, at: node.engine.market.now, to: &sink)
            if settings.venues.count > 1 {
                let names = FeedTrail.text(venues: settings.venues.map(\.name))
                _ = journal.append(.feed, names, at: node.engine.market.now, price: .zero)
            }
            node.sequence = journal.appended
        }
        if settings.stateSnapshots.interval > 0 {
            journal.keeper = SnapshotKeeper(
                directory: settings.journalDirectory,
                options: settings.stateSnapshots,
                session: journal.session,
                after: journal.appended
            )
        }
        node.promote(epoch: max(node.epoch + 1, journal.epoch))
        // An end that somebody asked for is over with the process that was asked; whatever else stops trading stays.
        node.hold(.command, false)
        // Nothing has been heard yet.
        for place in feeds.indices where settings.venues[place].feed != nil { mark(place, quality: 1) }
        if settings.midnight > midnight { begin(day: settings.midnight) }
        journal.drain(syncs: true)
    }

    // MARK: Feed

    /// Takes a record or a word of the feed.
    @inline(__always)
    package func takeFeed(_ event: Event, at now: Nanoseconds) {
        guard event.kind != .side else { return takeWord(event) }
        lastMessage = now
        guard node.takesMarketData else { return dropMarketData(of: event.venue) }
        if event.kind == .instrumentDefinition { name(event) }
        var record = event
        if event.kind != .none { clock.observe(event.eventTime, at: now) }
        record.receiveTime = clock.time(at: now)
        if event.kind == .none { record.eventTime = record.receiveTime }
        node.take(record)
        if isFloor { feeds[event.venue.place].inputs += 1 }
    }

    /// The name of an instrument stands in the journal before a record that uses its number.
    private func name(_ definition: Event) {
        let before = directory.count
        _ = directory.register(Symbol(packed: definition.orderID))
        guard directory.count > before else { return }
        var sink = journal
        _ = RecordedSession.write(directory, from: before, at: node.engine.market.now, to: &sink)
        node.sequence = journal.appended
    }

    func write(_ kind: SideKind, _ text: [UInt8]) {
        guard node.isPrimary else { return }
        _ = journal.append(kind, text, at: node.engine.market.now, price: .zero)
        node.sequence = journal.appended
    }

    // MARK: Time

    /// Tells the engine of the timers that are due.
    package func tick(at now: Nanoseconds) {
        let time = clock.time(at: now)
        let interval = setup.settings.timerInterval
        if nextTimer == .never {
            guard time != .zero else { return }
            nextTimer = Timestamp(nanoseconds: (time.nanoseconds / interval + 1) * interval)
        }
        guard time >= nextTimer, node.isPrimary else { return }
        keepDay(at: time)
        // A machine that stood still, or a market that jumped, gets one timer and not a thousand.
        let due = Timestamp(nanoseconds: time.nanoseconds / interval * interval)
        nextTimer = due + interval
        if !byHand.isEmpty { giveOrders(due: due, at: time) }
        node.take(Event(eventTime: due, receiveTime: time, kind: .timer))
        node.checkAnswers(at: Timestamp(nanoseconds: now))
    }

    // MARK: Out

    /// Whether something waits to leave.
    var hasOutput: Bool { node.waitingCount > 0 || node.hasControl }

    /// Writes, then gives `send` what may leave.
    package func release(_ send: (Event) -> Void) {
        node.watch(journal.state)
        journal.commit(hurries: node.waitingCount > 0 && settings.durability != .memory)
        guard hasOutput else { return }
        let durable: UInt64 =
            switch settings.durability {
            case .memory: journal.appended
            case .cache, .mirror: journal.written
            case .sync: journal.synced
            }
        node.release(durable: durable, stable: journal.synced) { outgoing.append($0) }
        for record in outgoing { send(record) }
        outgoing.removeAll(keepingCapacity: true)
    }

    // MARK: The end

    /// Holds new orders back and cancels what works.
    package func leave(at now: Nanoseconds) {
        guard leavingSince == nil else { return }
        leavingSince = now
        node.hold(.command, true)
    }

    /// There is no room for market data any more: what is left of the journal is for the cancels and their reports.
    ///
    /// The market's clock stands where nothing is heard, so that nothing else would ever end it.
    private func leaveBlind(at now: Nanoseconds) {
        guard !isBlind else { return }
        isBlind = true
        notify(
            LiveNotice(.warning, "the journal has no room for market data: what works is cancelled, the session ends")
        )
        leave(at: now)
    }

    /// Why the session is over; nil while it goes on.
    package func judge(at now: Nanoseconds) -> LiveOutcome? {
        if node.engine.observer.doubtCount != doubtsTold { tellDoubts() }
        switch node.role {
        case .fenced: return .fenced
        case .halted: return .halted(journal.failure?.description ?? "the journal is full")
        case .diverged: return .diverged(LiveDivergence(node.divergence).description)
        default: break
        }
        if journal.state == .poisoned { return .halted(journal.failure?.description ?? "the disk failed") }
        if node.role == .active { tellTrading() }
        if !node.takesMarketData { leaveBlind(at: now) }
        if let since = leavingSince {
            let isSettled = node.engine.market.orders.workingCount == 0 && node.waitingCount == 0
            guard isSettled || now - since > settings.farewell else { return nil }
            return isBlind ? .halted(journal.failure?.description ?? "the journal is full") : .interrupted
        } else if gates.allSatisfy(\.hasEnded) {
            // What the feeds say to the end is heard too; what is missing of them may still be had. So is what the venues still
            // have to say of orders, on a machine that has been slow to listen.
            let isSettled = node.engine.market.orders.workingCount == 0
            let patience = isSettled ? 300_000_000 : max(settings.farewell, 300_000_000)
            if now - lastMessage > (feedsAreWhole ? patience : max(patience, 2_000_000_000)) { return .finished }
        }
        return nil
    }

    /// The last record says what everything came to.
    package func end(_ outcome: LiveOutcome) {
        let working = node.engine.market.orders.workingCount
        if working > 0 {
            notify(LiveNotice(.warning, "\(working) orders may still work at the venue: their end was not heard"))
        }
        node.checkpoint()
        journal.drain(syncs: true)
        journal.keeper?.drain()
        notify(LiveNotice(.ended, "\(outcome)"))
    }
}
