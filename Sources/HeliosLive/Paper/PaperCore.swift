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
    private let settings: PaperSettings
    private let setup: PaperSetup
    let notify: (LiveNotice) -> Void
    @exclusivity(unchecked)
    var clock: MarketClock
    /// Names of the instruments, in the order of their numbers.
    private(set) var directory: InstrumentDirectory
    /// Where the feed was when the session began, and what is known of it since.
    private(set) var place: FeedPlace
    private var clearsBooks: Bool
    /// Messages that nobody has were given up: the books are wrong until they are built anew.
    private(set) var booksAreWrong = false
    /// The journal has no room for market data.
    private var isBlind = false
    @exclusivity(unchecked)
    private(set) var venueState = OuchLineState.down
    @exclusivity(unchecked)
    private var nextTimer = Timestamp.never
    @exclusivity(unchecked)
    private var wasTrading = false
    @exclusivity(unchecked)
    private(set) var leavingSince: Nanoseconds?
    @exclusivity(unchecked)
    private(set) var venueHasEnded = false
    private var lastMessage: Nanoseconds = 0
    /// Midnight of the trading day.
    @exclusivity(unchecked)
    var midnight: Timestamp
    /// Doubts about reports that people have been told of.
    @exclusivity(unchecked)
    var doubtsTold: UInt64 = 0
    /// Message `next` of the feed comes behind so many market records; more than there are: the place is not known.
    private(set) var anchored: (next: UInt64, inputs: UInt64)
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
    /// - Throws: `JournalError`, `LiveDivergence`, `BookCapacityError`.
    package init(_ setup: PaperSetup, _ settings: PaperSettings, notify: @escaping (LiveNotice) -> Void) throws {
        self.settings = settings
        self.setup = setup
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
        // A journal that began on another day is replayed from that day on.
        let first = journal.feed.firstMidnight
        midnight = journal.feed.midnight ?? settings.midnight
        let recovery = LiveRecovery(journal: journal) { try setup.makeEngine(midnight: first) }
        node = try recovery.run()
        doubtsTold = node.engine.observer.doubtCount
        anchored = (1, .max)
        node.engine.market.orders.prefault()
        node.identity = UInt64.random(in: 1...(.max))
        node.answerTimeout = Nanoseconds(5e9 * max(settings.speed, 1))
        directory = setup.directory()
        for symbol in journal.feed.names { _ = directory.register(symbol) }
        (place, clearsBooks) = journal.feed.place
        if place.session != nil { anchored = (place.next, node.marketInputs) }
        clock = MarketClock(settings.clock, speed: settings.speed, start: node.engine.market.now)
        if node.place.lastTimer != .zero { nextTimer = node.place.lastTimer + setup.settings.timerInterval }
        byHand = OrdersByHand(
            setup.settings.execution.orders,
            midnight: first ?? settings.midnight,
            given: journal.given
        )
        outgoing.reserveCapacity(1_024)
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
        mark(quality: 1)
        if settings.midnight > midnight { begin(day: settings.midnight) }
        journal.drain(syncs: true)
    }

    // MARK: Feed

    /// Takes a record or a word of the feed.
    @inline(__always)
    package func takeFeed(_ event: Event, at now: Nanoseconds) {
        guard event.kind != .side else { return takeWord(event) }
        lastMessage = now
        guard node.takesMarketData else { return dropMarketData() }
        if event.kind == .instrumentDefinition { name(event) }
        var record = event
        if event.kind != .none { clock.observe(event.eventTime, at: now) }
        record.receiveTime = clock.time(at: now)
        if event.kind == .none { record.eventTime = record.receiveTime }
        node.take(record)
    }

    /// The journal has no room for it: the books are wrong from here on; a restart asks for what is missing.
    private func dropMarketData() {
        guard !booksAreWrong else { return }
        booksAreWrong = true
        mark(quality: 1)
    }

    private func takeWord(_ word: Event) {
        switch SessionWord(rawValue: word.orderID) {
        case .feedBegins: begin(SessionWord.session(word), next: word.sequence)
        case .locate: bind(word.instrument, UInt16(truncatingIfNeeded: word.detail))
        case .feedQuality:
            node.feedChanged(isWhole: word.detail == 0 && !booksAreWrong, isDisputed: word.detail == 2)
        case .booksVoid: voidBooks()
        case .feedLost:
            booksAreWrong = true
            forgetPlace()
            notify(
                LiveNotice(.warning, "messages of the feed are lost for good: nothing is traded until it begins anew")
            )
        default: break
        }
    }

    /// Notes where the feed is, so that a restart goes on from there; another session than before voids the books.
    private func begin(_ session: MoldSession, next: UInt64) {
        defer { booksAreWrong = false }
        guard place.session != session else { return anchor(session, next: next, after: node.marketInputs) }
        let isVoid = place.session != nil || clearsBooks
        if place.session != nil {
            notify(LiveNotice(.warning, "the feed has begun the session \(session): books are cleared"))
        }
        place = FeedPlace(session: session, next: next)
        clearsBooks = false
        // What this process built from a snapshot is not void.
        guard isVoid, !booksAreWrong else { return anchor(session, next: next, after: node.marketInputs) }
        anchor(session, next: next, after: node.marketInputs + UInt64(directory.count))
        // A contradiction in the old session says nothing about the new one.
        mark(quality: 1)
        clearBooks()
    }

    /// A snapshot of the books follows, whose messages are none of the feed's: until it is whole no place in the feed is known.
    private func voidBooks() {
        notify(LiveNotice(.warning, "the books are built anew from a snapshot"))
        mark(quality: 1)
        forgetPlace()
        clearBooks()
        booksAreWrong = true
    }

    /// A restart now must not trust the books: it builds them anew.
    private func forgetPlace() {
        anchor(place.session ?? MoldSession(high: 0, low: 0), next: 1, after: .max)
    }

    private func clearBooks() {
        let now = node.engine.market.now
        for index in 0..<directory.count {
            node.take(
                Event(eventTime: now, receiveTime: now, instrument: Instrument(id: UInt32(index)), kind: .clearBook)
            )
        }
    }

    func anchor(_ session: MoldSession, next: UInt64, after inputs: UInt64) {
        anchored = (next, inputs)
        write(.feed, FeedTrail.text(session, next: next, inputs: inputs))
    }

    private func bind(_ instrument: Instrument, _ locate: UInt16) {
        guard place.locates[instrument] != locate else { return }
        place.locates[instrument] = locate
        write(.feed, FeedTrail.text(locate: locate, of: instrument))
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

    private func mark(quality: UInt64) {
        guard node.engine.feedQuality != quality else { return }
        let now = node.engine.market.now
        node.take(Event(eventTime: now, receiveTime: now, kind: .feedGap, detail: quality))
    }

    // MARK: Venue

    /// Takes a record or a word of the order connection.
    package func takeVenue(_ event: Event, at now: Nanoseconds) {
        guard event.kind == .side else {
            var report = event
            report.receiveTime = clock.time(at: now)
            // Without a number the venue has not said it: it was made on this side, now.
            if report.sequence == 0 { report.eventTime = report.receiveTime }
            return node.receive(report)
        }
        switch SessionWord(rawValue: event.orderID) {
        case .venueConnected:
            venueState = .catchingUp
            node.venueConnected()
        case .venueReady: venueState = .ready
        case .venueLost: venueLost()
        case .venueRefused: refused(UInt8(truncatingIfNeeded: event.detail))
        case .venueForgot where node.engine.nextOrderID > 1:
            notify(LiveNotice(.warning, "the venue has begun a new session: our orders there are gone, positions stay"))
        case .venueGap:
            // Fills may be among what is lost, and OUCH has no way to ask for them: positions are in doubt until two people
            // say that they are right, restart or not.
            node.take(RiskCommand(.lower, .halted).record(at: node.engine.market.now))
            let range = "\(event.sequence) and \(event.detail)"
            notify(LiveNotice(.warning, "the venue's messages between \(range) are lost: the firm is halted"))
        case .venueMalformed:
            notify(LiveNotice(.warning, "message \(event.sequence) of the venue can't be read and is passed over"))
        case .venueEnded:
            venueHasEnded = true
            notify(LiveNotice(.ended, "the venue's day is over"))
        default: break
        }
    }

    private func venueLost() {
        // Who was never let in has nothing to lose.
        if venueState == .ready || wasTrading {
            notify(LiveNotice(.venueLost, "the venue is lost: orders under way are of unknown fate until it is back"))
        }
        venueState = .down
        wasTrading = false
        node.venueLost()
    }

    private func refused(_ letter: UInt8) {
        let why =
            switch SoupRefusal(rawValue: letter) {
            case .notAuthorised: "user or password are wrong"
            case .sessionNotAvailable: "there is no such session, or somebody is logged in already"
            case nil: "it does not say why"
            }
        notify(LiveNotice(.warning, "\(settings.orders) refuses the login: \(why)"))
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
        if node.role == .active, !wasTrading {
            wasTrading = true
            let working = node.engine.market.orders.workingCount
            notify(LiveNotice(.trading, "trading under epoch \(node.epoch), \(working) orders work"))
        }
        if !node.takesMarketData { leaveBlind(at: now) }
        if let since = leavingSince {
            let isSettled = node.engine.market.orders.workingCount == 0 && node.waitingCount == 0
            guard isSettled || now - since > settings.farewell else { return nil }
            return isBlind ? .halted(journal.failure?.description ?? "the journal is full") : .interrupted
        } else if venueHasEnded {
            // What the feed says to the end is heard too; what is missing of it may still be had.
            if now - lastMessage > (node.engine.feedQuality == 0 ? 300_000_000 : 2_000_000_000) { return .finished }
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
