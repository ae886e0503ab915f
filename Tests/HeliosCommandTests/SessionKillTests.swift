// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy
import HeliosWire
import Synchronization
import Testing

/// A session in this process, whose engine a test can hold still.
final class HeldSession: Sendable {
    struct Failed: Error {}
    private let session: Mutex<PaperSession?>
    let control: SessionControl
    let status: @Sendable () -> PaperStatus
    private let isHeld = Atomic<Bool>(false)
    private let isIn = Atomic<Bool>(false)
    private let isStopped = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)
    let outcome = Mutex<LiveOutcome?>(nil)
    let notices: Notices

    final class Notices: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ notice: LiveNotice) { texts.withLock { $0.append("\(notice.kind): \(notice.text)") } }
        var all: [String] { texts.withLock { $0 } }
    }

    convenience init(
        _ floor: KillFloor,
        _ threads: SessionThreads,
        folder: String? = nil,
        _ change: (inout PaperSettings) -> Void = { _ in }
    ) throws {
        let midnight = try #require(TradingDay("2026-01-05")).midnight
        var settings = PaperSettings(
            feed: FeedSettings(lines: [UDPSource(Endpoint(port: UInt16(floor.base)))]),
            orders: Endpoint(port: UInt16(floor.base + 3)),
            soup: SoupClientConfiguration(user: try #require(SoupText("HELIOS")), password: .blank),
            midnight: midnight,
            journalDirectory: folder ?? floor.folder.path("session")
        )
        settings.feed.servers = [Endpoint(port: UInt16(floor.base + 2))]
        settings.snapshots = SnapshotSettings(Endpoint(port: UInt16(floor.base + 4)), user: "HELIOS")
        settings.rate = 100_000
        settings.burst = 10_000
        settings.speed = Double(floor.speed)
        settings.threads = threads
        settings.stateSnapshots.interval = 0
        settings.journal.segmentSize = 1 << 20
        // A venue that gets no processor for a while answers late: nobody gives up before.
        settings.control.limit = 240_000_000_000
        change(&settings)
        var run = BacktestSettings()
        run.orderCapacity = 1 << 16
        run.limits.staleAge = 60_000_000_000
        run.limits.quoteAge = 60_000_000_000
        let strategies = try floor.symbols.map { name in
            var parameters = QueueImbalanceParameters(symbol: try #require(Symbol(name)))
            parameters.enter = 0.2
            return StrategyConfiguration.queueImbalance(parameters)
        }
        let setup = PaperSetup(
            settings: run,
            strategies: strategies,
            session: RecordedSession(configuration: "a test", midnight: midnight)
        )
        try self.init(setup, settings)
    }

    /// Any session.
    init(_ setup: PaperSetup, _ settings: PaperSettings) throws {
        let notices = Notices()
        var settings = settings
        settings.control.alarm = notices.add
        let made = try PaperSession(setup, settings, notify: notices.add)
        self.notices = notices
        control = made.control
        status = made.status
        session = Mutex(nil)
        let box = Box(made)
        Thread { [self] in
            let result = try? box.session.run { [self] in look() }
            outcome.withLock { $0 = result?.outcome }
            ended.signal()
        }.start()
    }

    /// Handed to the one thread that runs it.
    private final class Box: @unchecked Sendable {
        let session: PaperSession
        init(_ session: PaperSession) { self.session = session }
    }

    /// Called by the engine's thread in every turn: here it hangs.
    private func look() -> Bool {
        while isHeld.load(ordering: .acquiring) {
            isIn.store(true, ordering: .releasing)
            usleep(1_000)
        }
        return isStopped.load(ordering: .acquiring)
    }

    /// Returns when the engine's thread does nothing any more.
    func hold() {
        isHeld.store(true, ordering: .releasing)
        while !isIn.load(ordering: .acquiring) { usleep(1_000) }
    }

    func release() { isHeld.store(false, ordering: .releasing) }

    func end() {
        isStopped.store(true, ordering: .releasing)
        release()
        ended.wait()
    }

    /// Kills and waits for the last word.
    func kill(_ order: KillOrder = KillOrder(reason: "a test", person: "tester")) throws -> [ControlAnswer] {
        let answers = Mutex<[ControlAnswer]>([])
        let done = DispatchSemaphore(value: 0)
        let box = AnswerBox(answers: answers, done: done)
        try control.kill(order, tell: box.take)
        done.wait()
        return box.all
    }

    private final class AnswerBox: Sendable {
        private let answers: Mutex<[ControlAnswer]>
        private let done: DispatchSemaphore

        init(answers: consuming Mutex<[ControlAnswer]>, done: DispatchSemaphore) {
            self.answers = answers
            self.done = done
        }

        func take(_ answer: ControlAnswer) {
            answers.withLock { $0.append(answer) }
            if answer.isLast { done.signal() }
        }

        var all: [ControlAnswer] { answers.withLock { $0 } }
    }
}

@Suite("A kill when parts of the session fail", .serialized)
struct SessionKillTests {
    @Test(
        "with the engine hung: the gateway cancels by itself, or its connection is cut and a second login cancels",
        .timeLimit(.minutes(20)),
        arguments: [SessionThreads.three, .single]
    )
    func engineHangs(threads: SessionThreads) throws {
        let floor = try KillFloor()
        let (venue, copy) = try floor.venue()
        // In three threads the watchdog would be faster than the kill that is tested here.
        let session = try HeldSession(floor, threads) { if threads == .three { $0.control.watchdog = 2_000_000_000 } }
        #expect(copy.waits { $0.accepted > 10 && $0.open > 0 }, "nothing was traded: the test shows nothing")
        session.hold()
        let answers = try session.kill()
        let names = answers.map(\.step)
        #expect(names.first == "flag" && names.last == "terminal", "\(names)")
        #expect(names.contains("watchdog") && names.contains("rescue") == (threads == .single), "\(names)")
        #expect(!names.contains("journalled"))
        #expect(copy.waits { $0.open == 0 })
        // When it comes back it hears of the kill, and the journal with it.
        session.release()
        floor.isDead(copy)
        #expect(copy.waits { _ in session.status().risk == .killed })
        session.end()
        venue.process.interrupt()
        _ = try venue.answer()
        copy.end()
    }

    @Test("an engine that is not heard of for 250 ms has its orders cancelled, and trades on when it is back")
    func watchdog() throws {
        let floor = try KillFloor()
        let (venue, copy) = try floor.venue()
        let session = try HeldSession(floor, .three)
        for _ in 0..<3 {
            #expect(copy.waits { $0.accepted > 10 && $0.open > 0 })
            session.hold()
            #expect(copy.waits { $0.open == 0 }, "nobody has cancelled")
            let before = copy.accepted
            session.release()
            #expect(copy.waits { $0.accepted > before }, "the session does not trade on")
            Thread.sleep(forTimeInterval: 0.2)
        }
        #expect(session.notices.all.contains { $0.contains("the engine was not heard of") })
        session.end()
        venue.process.interrupt()
        _ = try venue.answer()
        copy.end()
    }

    @Test("a kill of one strategy that takes long leaves everybody else's orders alone while the engine is there")
    func scopedKill() throws {
        let floor = try KillFloor()
        let (venue, copy) = try floor.venue()
        let session = try HeldSession(floor, .three) { settings in
            // Everything is escalated at once, and the engine is never taken for dead.
            settings.control.patience = 0
            settings.control.watchdog = 60_000_000_000
            settings.control.policy = RiskPolicy(simple: BacktestSettings.defaultLimits)
        }
        #expect(copy.waits { $0.accepted > 10 && $0.open > 0 }, "nothing was traded: the test shows nothing")
        session.hold()
        // What was on its way arrives. From here on the engine does nothing: whatever is cancelled, the kill has cancelled.
        var before = -1
        for _ in 0..<30 where before != copy.cancelled {
            before = copy.cancelled
            #expect(floor.market.waits(60))
        }
        // The last strategy that has a number; nobody trades under it.
        let name = "strategy:strategy \(RiskPolicy.simpleStrategies - 1)"
        let steps = Steps()
        try session.control.kill(KillOrder(scope: name, reason: "a test"), tell: steps.take)
        #expect(copy.waits { _ in steps.all.contains("escalation") })
        #expect(floor.market.waits(60))
        #expect(copy.cancelled == before, "orders were cancelled that the kill does not cover")
        session.release()
        #expect(copy.waits { _ in steps.all.last == "terminal" }, "\(steps.all)")
        session.end()
        venue.process.interrupt()
        _ = try venue.answer()
        copy.end()
    }

    private final class Steps: Sendable {
        private let steps = Mutex<[String]>([])
        func take(_ answer: ControlAnswer) { steps.withLock { $0.append(answer.step) } }
        var all: [String] { steps.withLock { $0 } }
    }

    @Test(
        "with the journal's disk full: a kill goes through, and a session that can record nothing cancels all and ends",
        .timeLimit(.minutes(20)),
        arguments: [(SessionThreads.single, true), (.three, false), (.single, false)]
    )
    func journalIsFull(threads: SessionThreads, isKilled: Bool) throws {
        let floor = try KillFloor()
        let (venue, copy) = try floor.venue()
        let session = try HeldSession(floor, threads) { settings in
            // Some thousand records of the market fill two files.
            settings.journal.segmentSize = 1 << 19
            // The kill comes between the last new order and the last word of the market, after which the session would end by
            // itself: that is more than half a file of the market away.
            if isKilled { (settings.journal.orderReserve, settings.journal.reportReserve) = (0.8, 0.1) }
        }
        #expect(copy.waits { $0.accepted > 5 && $0.open > 0 }, "nothing was traded: the test shows nothing")
        // No further file of the journal can be made.
        for number in 2..<40 {
            let name = String(repeating: "0", count: number < 10 ? 7 : 6) + "\(number).journal"
            let path = floor.folder.path("session/\(name)")
            try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        #expect(copy.waits { _ in session.status().holds.contains(.journal) || session.outcome.withLock { $0 } != nil })
        if isKilled {
            let answers = try session.kill()
            #expect(answers.last?.step == "terminal", "\(answers.map(\.step))")
            session.end()
        } else {
            #expect(copy.waits { _ in session.outcome.withLock { $0 } != nil }, "it has not ended")
            guard case .halted? = session.outcome.withLock({ $0 }) else {
                Issue.record("it ended as \(String(describing: session.outcome.withLock { $0 }))")
                return
            }
        }
        #expect(copy.waits { $0.open == 0 }, "\(copy.open) orders work still")
        venue.process.interrupt()
        _ = try venue.answer()
        copy.end()
    }
}
