// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

extension LiveSession {
    /// Timers that may pass before the venue has answered for the first of them, when nothing else sets the pace.
    private static var lead: Int64 { 10 }
    /// Records taken in one turn of the loop, at most.
    private static var turn: Int { 512 }

    /// The market's time now; `.never` when only the venue sets the pace.
    private var clock: Timestamp {
        guard options.speed > 0, let paceStart else { return .never }
        let passed = Double(Sockets.now - paceStart.monotonic) * options.speed
        return paceStart.market + Nanoseconds(passed)
    }

    /// When the next market event reaches us.
    private func nextMarket() throws -> Timestamp {
        guard node.takesMarketData, let event = try feed.peek() else { return .never }
        return event.eventTime + setup.settings.feedLatency
    }

    /// How long nothing is due.
    func idleTime() throws -> Nanoseconds {
        if isCatchingUp { return 0 }
        // What waits for the disk may leave any moment; what waits for the standby is told by a socket.
        if node.waitingCount > 0 { return options.durability == .mirror ? 1_000_000 : 0 }
        let patience: Nanoseconds = 5_000_000
        if !mayAdvance || beatAwaited > beatAnswered { return patience }
        guard options.speed > 0, let paceStart else { return 0 }
        let due = min(try nextMarket(), nextTimer)
        if due == .never { return patience }
        let wait = Double(due - paceStart.market) / options.speed - Double(Sockets.now - paceStart.monotonic)
        return min(max(Nanoseconds(wait), 0), patience)
    }

    /// A market that we pace ourselves waits for the venue; one with a clock waits for nobody.
    private var mayAdvance: Bool {
        if marketIsOver { return false }
        if options.speed > 0 { return true }
        guard node.role == .active else { return false }
        return nextTimer == .never || beatAnswered == .zero
            || nextTimer - beatAnswered <= LiveSession.lead * setup.settings.timerInterval
    }

    /// Whether the venue can have nothing to tell that would come before `time`.
    ///
    /// A market that we pace ourselves must not run ahead of what happens at the venue: then a session on recorded data
    /// makes the decisions of a backtest. With a clock it is as it is.
    private func isSure(until time: Timestamp) -> Bool {
        guard options.speed == 0, time != .never, beatAnswered != .zero else { return true }
        if node.engine.market.orders.workingCount == 0, beatAnswered >= answersDue { return true }
        let needed = Timestamp(nanoseconds: time.nanoseconds - setup.settings.reportLatency)
        if beatAnswered >= needed { return true }
        if beatAwaited < needed {
            beatAwaited = needed
            beatDue = needed
        }
        return false
    }

    /// Takes market events, timers and the venue's reports in the order of their times, as far as time has come.
    func takeMarket() throws {
        if paceStart == nil, options.speed > 0, let first = try feed.peek() {
            let start = max(node.engine.market.now, first.eventTime)
            paceStart = (start, Sockets.now)
        }
        nameInstruments()
        let clock = clock
        var rest = LiveSession.turn
        while rest > 0, mayAdvance, node.isPrimary {
            rest -= 1
            let market = try nextMarket()
            if nextTimer == .never, let first = try feed.peek()?.eventTime {
                let interval = setup.settings.timerInterval
                nextTimer = Timestamp(nanoseconds: (first.nanoseconds / interval + 1) * interval)
            }
            let report = reportHead < reports.count ? reports[reportHead].receiveTime : .never
            if report <= min(market, nextTimer, clock), report != .never {
                takeReport()
            } else if !isSure(until: min(market, nextTimer)) {
                return
            } else if market <= nextTimer, market <= clock, market != .never, var event = try feed.peek() {
                event.receiveTime = market
                node.take(event)
                feed.advance()
            } else if market == .never, node.takesMarketData {
                return endMarket()
            } else if nextTimer <= clock {
                timer()
            } else {
                return
            }
        }
    }

    private func timer() {
        let time = nextTimer
        nextTimer = time + setup.settings.timerInterval
        giveOrders(at: time)
        node.take(Event(eventTime: time, receiveTime: time, kind: .timer))
        beatDue = max(beatDue ?? .zero, time)
        // The first beat opens the window.
        if beatAnswered == .zero { beatAnswered = time }
    }

    /// Gives the engine the parent orders of the configuration whose time has come, on the recorded day.
    private func giveOrders(at time: Timestamp) {
        let all = setup.settings.execution.orders
        guard !all.isEmpty, byHand?.isEmpty != true else { return }
        if byHand == nil, let midnight = try? setup.midnight() {
            byHand = OrdersByHand(all, midnight: midnight, given: journal.given)
        }
        while node.isPrimary, let order = byHand?.next(at: time, feed.directory) {
            _ = journal.append(.command, order.text, at: node.engine.market.now, price: .zero)
            node.sequence = journal.appended
            guard node.take(order.request.record(at: time)) else { return }
            tell(.warning, "given as configured: \(order.words)")
        }
    }

    /// The recorded market is over: the venue goes to its end too, and tells what comes of it.
    private func endMarket() {
        marketIsOver = true
        takeAllReports()
        beatDue = .never
    }

    // MARK: Reports

    func takeReport() {
        var report = reports[reportHead]
        reportHead += 1
        // Our clock does not run backward because a message was under way.
        report.receiveTime = max(report.receiveTime, node.engine.market.now)
        node.receive(report)
        if reportHead == reports.count {
            reports.removeAll(keepingCapacity: true)
            reportHead = 0
        }
    }

    func takeAllReports() {
        while reportHead < reports.count {
            reports[reportHead].receiveTime = node.engine.market.now
            takeReport()
        }
    }
}
