// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosWire

/// A live session: feeds on UDP, an engine with its journal, and venues on TCP.
///
/// ```
///            FeedSide                PaperCore                    OrderSide
///  UDP ──► packets, gaps ──► books, strategy, risk, journal ──► OUCH, FIX, throttle ──► TCP
/// ```
/// Of several venues each has a feed and a connection of its own, served in turn. In one thread the three are called in turn and run to completion; in three they are joined by rings. The parts are the
/// same, and so is what they decide.
public final class PaperSession {
    let setup: PaperSetup
    let settings: PaperSettings
    let core: PaperCore
    private let board = SessionBoard()
    let notify: (LiveNotice) -> Void
    private let feed: FeedSide
    /// The files of FIX sessions' numbers, by the venues' places.
    private let stores: [Int: FixStoreFile]
    /// Stops it, from any thread.
    public let control: SessionControl

    /// Opens the journal, replays what is in it, and opens the feed's sockets.
    ///
    /// - Parameters:
    ///   - setup: what trades.
    ///   - settings: where and how.
    ///   - notify: called with everything worth telling, on the engine's thread.
    /// - Throws: `JournalError`, `SocketError`, `LiveDivergence`, `BookCapacityError`.
    public init(_ setup: PaperSetup, _ settings: PaperSettings, notify: @escaping (LiveNotice) -> Void) throws {
        self.setup = setup
        self.settings = settings
        self.notify = notify
        core = try PaperCore(setup, settings, notify: notify)
        stores = try PaperSession.openStores(settings, notify)
        control = PaperSession.makeControl(setup, settings, core)
        feed = try FeedSide(settings, directory: core.directory, places: core.feeds.map(\.place))
        board.set(settings.venues.map { VenueStatus(name: $0.name, isDark: $0.isDark) })
    }

    /// Looks at the feed between two at everything else, of a thread that spins.
    private static var interval: UInt { 8 }

    /// Where the session stands, as its threads last told; they are asked to tell again.
    ///
    /// May be called on any thread while `run` is under way.
    public var status: @Sendable () -> PaperStatus {
        let board = board
        return {
            board.ask()
            return board.current
        }
    }

    /// Trades until the venue's day ends, or until `isStopped` says so; then everything that works is cancelled.
    public func run(until isStopped: @escaping () -> Bool) throws -> (outcome: LiveOutcome, status: PaperStatus) {
        try run(watch: NoLatencyWatch(), until: isStopped)
    }

    /// The same with somebody who is told how far each packet is.
    func run<Watch: LatencyWatch>(
        watch: Watch,
        until isStopped: @escaping () -> Bool
    ) throws -> (outcome: LiveOutcome, status: PaperStatus) {
        core.begin()
        takeUpKills()
        let server = openControl()
        let recorder = settings.dropCopy.map { copy in
            DropCopyRecorder(
                copy,
                concerning: settings.soup.user,
                venue: settings.venue(at: 0),
                midnight: settings.midnight,
                clock: settings.clock,
                directory: settings.journalDirectory
            )
        }
        let logins = try settings.venues.indices.map(login)
        let orders = OrderSide(settings.venues, logins, board, control)
        let outcome =
            switch settings.threads {
            case .single: runSingle(orders, watch, isStopped)
            case .three: runThree(orders, watch, isStopped)
            }
        core.end(outcome)
        control.end()
        control.drain()
        if let fault = recorder?.end() { notify(LiveNotice(.warning, "drop copy: \(fault)")) }
        server?.end()
        var status = core.makeStatus(initialCash: setup.settings.initialCash)
        core.addTrades(&status)
        board.show(status)
        return (outcome, board.current)
    }

    private func login(_ place: Int) throws -> OrderLogin {
        guard let entry = settings.venues[place].fix, let file = stores[place] else {
            return .ouch(PaperSession.configuration(setup, settings, at: place, epoch: core.node.epoch))
        }
        return .fix(try FixLogin(PaperSession.login(setup, settings, at: place, entry, core), file, entry))
    }

    static func configuration(
        _ setup: PaperSetup,
        _ settings: PaperSettings,
        at place: Int,
        epoch: UInt64
    ) -> OuchClientConfiguration {
        let venue = settings.venues[place]
        var configuration = OuchClientConfiguration(
            soup: venue.soup,
            symbols: setup.directory().symbols,
            midnight: settings.midnight,
            venue: settings.venue(at: place)
        )
        configuration.epoch = epoch
        configuration.rate = venue.rate
        configuration.burst = venue.burst
        configuration.isDark = venue.isDark
        // P16 once more at the venue: what meets there all the same, over an order on its way.
        configuration.selfMatch = OuchSelfMatch(setup.settings.ruling.selfTrade)
        configuration.orders = min(setup.settings.orderCapacity, 1 << 22)
        return configuration
    }

    private func plan(_ name: String, _ place: Int) -> ThreadPlan {
        ThreadPlan(
            name: name,
            processor: settings.processors.indices.contains(place) ? settings.processors[place] : nil,
            realtimePriority: settings.realtimePriority
        )
    }

    private func raise(_ plan: ThreadPlan) {
        for refusal in LiveThread.apply(plan) { notify(LiveNotice(.warning, "\(plan.name) thread: \(refusal)")) }
    }

    // MARK: One thread

    private func runSingle<Watch: LatencyWatch>(
        _ orders: OrderSide,
        _ watch: Watch,
        _ isStopped: () -> Bool
    ) -> LiveOutcome {
        raise(plan("helios", 0))
        let core = core
        let feed = feed
        var seen = 0
        var looks: UInt = 0
        while true {
            let now = Sockets.now
            control.pulse.coreBeats(at: now)
            if control.desk.hasMail { core.readMail(control, at: now) }
            orders.attend(at: now) { core.takeVenue($0, at: now) }
            let taken = feed.poll(at: now, watch: watch) { event in
                let start = helios_cycles()
                core.takeFeed(event, at: now)
                guard core.node.waitingCount > 0 else { return }
                watch.reached(.decided)
                PaperSession.send(core, orders, at: now, since: start, watch)
            }
            // All else is looked at once in some looks at the feed: a look at a socket is a system call, and a packet may come
            // meanwhile.
            looks &+= 1
            let isDue = looks % PaperSession.interval == 0 || settings.waits != .spin
            if !isDue, core.node.waitingCount == 0 { continue }
            if isDue { orders.poll(at: now) { core.takeVenue($0, at: now) } }
            core.tick(at: now)
            PaperSession.send(core, orders, at: now, since: helios_cycles(), NoLatencyWatch())
            if isStopped() { core.leave(at: now) }
            if let outcome = core.judge(at: now) {
                if case .halted = outcome { orders.withdraw(patience: settings.farewell) }
                orders.attend(at: Sockets.now) { _ in }
                orders.leave(at: now)
                feed.show(on: board)
                orders.show()
                return outcome
            }
            if board.wish != seen {
                seen = board.wish
                feed.show(on: board)
                orders.show()
                board.show(core.makeStatus(initialCash: setup.settings.initialCash))
            }
            if taken == 0 { rest(orders) }
        }
    }

    /// Sends what may leave and takes the answers that need no venue.
    @inline(__always)
    private static func send<Watch: LatencyWatch>(
        _ core: PaperCore,
        _ orders: OrderSide,
        at now: Nanoseconds,
        since start: UInt64,
        _ watch: Watch
    ) {
        core.release { record in
            orders.send(record, at: now) { core.takeVenue($0, at: now) }
        }
        guard orders.hasOutput else { return }
        watch.reached(.encoded)
        orders.flush(at: now) { core.takeVenue($0, at: now) }
        watch.reached(.sent)
        orders.meter.record(helios_cycles() &- start)
    }

    private func rest(_ orders: OrderSide) {
        switch settings.waits {
        case .spin: break
        case .yield: sched_yield()
        case .block:
            // What waits for the disk may leave any moment.
            guard core.node.waitingCount == 0 else { return }
            Sockets.wait(feed.descriptors.map { Sockets.Interest($0) } + orders.interests, timeout: 2_000_000)
        }
    }

    // MARK: Three threads

    private func runThree<Watch: LatencyWatch>(
        _ orders: OrderSide,
        _ watch: Watch,
        _ isStopped: () -> Bool
    ) -> LiveOutcome {
        let feedRing = Ring<Event>(capacity: 1 << 16, waits: settings.waits)
        let outRing = Ring<Event>(capacity: 1 << 14, waits: settings.waits)
        let inRing = Ring<Event>(capacity: 1 << 14, waits: settings.waits)
        let feedThread = FeedThread(feed, feedRing, board, settings.waits, watch)
        let orderThread = OrderThread(
            orders,
            from: outRing,
            to: inRing,
            board,
            settings,
            watch
        )
        guard let feedThread, let orderThread, var market = feedRing.consumer(), var out = outRing.producer(),
            var reports = inRing.consumer()
        else { return .interrupted }
        let threads = [
            LiveThread(plan("helios feed", 0)) { feedThread.run() },
            LiveThread(plan("helios orders", 2)) { orderThread.run() },
        ]
        for refusal in threads.flatMap(\.refusals) { notify(LiveNotice(.warning, "\(refusal)")) }
        raise(plan("helios engine", 1))
        let outcome = runEngine(&market, &reports, &out, watch, isStopped)
        if case .halted = outcome { board.endsInTrouble() }
        board.end()
        for thread in threads { thread.join() }
        return outcome
    }

    private func runEngine<Watch: LatencyWatch>(
        _ market: inout RingConsumer<Event>,
        _ reports: inout RingConsumer<Event>,
        _ out: inout RingProducer<Event>,
        _ watch: Watch,
        _ isStopped: () -> Bool
    ) -> LiveOutcome {
        let core = core
        var seen = 0
        while true {
            let now = Sockets.now
            control.pulse.coreBeats(at: now)
            if control.desk.hasMail { core.readMail(control, at: now) }
            var left = 256
            var taken = 0
            while left > 0, let event = market.next() {
                left -= 1
                taken += 1
                let start =
                    event.kind == .side ? helios_cycles() : UInt64(bitPattern: event.receiveTime.nanoseconds)
                core.takeFeed(event, at: now)
                guard core.node.waitingCount > 0 else { continue }
                watch.reached(.decided)
                PaperSession.push(core, &out, since: start)
            }
            while let report = reports.next() {
                taken += 1
                core.takeVenue(report, at: now)
            }
            core.tick(at: now)
            PaperSession.push(core, &out, since: helios_cycles())
            if isStopped() { core.leave(at: now) }
            if let outcome = core.judge(at: now) { return outcome }
            if board.wish != seen {
                seen = board.wish
                board.show(core.makeStatus(initialCash: setup.settings.initialCash))
            }
            guard taken == 0 else { continue }
            switch settings.waits {
            case .spin: break
            case .yield: sched_yield()
            case .block: if core.node.waitingCount == 0 { _ = market.wait(timeout: 1_000_000) }
            }
        }
    }

    /// Gives the order thread what may leave.
    @inline(__always)
    private static func push(_ core: PaperCore, _ out: inout RingProducer<Event>, since start: UInt64) {
        core.release { push($0, &out, since: start) }
    }

    /// Gives the order thread a record, and says when the packet behind it came.
    @inline(__always)
    package static func push(_ record: Event, _ out: inout RingProducer<Event>, since start: UInt64) {
        var record = record
        record.start = start
        while !out.push(record) { helios_pause() }
    }
}

extension OuchSelfMatch {
    /// What the venue does in a mode of P16: it has none that cancels both, of which the newer is the safer to lose.
    init(_ mode: SelfTradeMode) {
        switch mode {
        case .cancelNewest, .cancelBoth: self = .cancelNewest
        case .cancelOldest: self = .cancelOldest
        case .decrement: self = .decrementBoth
        }
    }
}
