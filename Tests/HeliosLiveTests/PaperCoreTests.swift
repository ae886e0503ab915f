// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosStrategy
import HeliosWire
import Testing

/// Sessions, one after the other, on one journal.
private final class Sessions {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("helios-core-\(UUID().uuidString)")
    let day: Timestamp
    private(set) var notices: [LiveNotice] = []
    /// The configuration's parent orders.
    var orders: [ParentByHand] = []

    init() throws { day = try #require(TradingDay("2026-01-05")).midnight }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// What a process on trading day `midnight` is.
    func open(_ midnight: Timestamp, clock: MarketClockKind = .market) throws -> PaperCore {
        var settings = PaperSettings(
            feed: FeedSettings(lines: []),
            orders: Endpoint(port: 1),
            soup: SoupClientConfiguration(user: .blank, password: .blank),
            midnight: midnight,
            journalDirectory: folder.path
        )
        settings.clock = clock
        settings.stateSnapshots.interval = 0
        settings.journal.segmentSize = 1 << 16
        var backtest = BacktestSettings()
        backtest.bookCapacity = BookCapacity(instruments: 4, orders: 1_024, levels: 1_024)
        backtest.orderCapacity = 1_024
        backtest.execution.orders = orders
        let strategy = QueueImbalanceParameters(symbol: LatencyMarket.symbol)
        let setup = PaperSetup(
            settings: backtest,
            strategies: [.queueImbalance(strategy)],
            session: RecordedSession(configuration: "a test", midnight: midnight)
        )
        // The writer's thread of the process before gives the directory back a moment after its end.
        for _ in 0..<60_000 {
            do {
                return try PaperCore(setup, settings) { [weak self] in self?.notices.append($0) }
            } catch JournalError.disk { usleep(1_000) }
        }
        return try PaperCore(setup, settings) { [weak self] in self?.notices.append($0) }
    }

    /// Lets a process live: it begins, does what it is told, and ends in good order.
    func run(_ midnight: Timestamp, clock: MarketClockKind = .market, _ body: (PaperCore) -> Void) throws {
        let core = try open(midnight, clock: clock)
        core.begin()
        body(core)
        core.end(.interrupted)
    }

    func records() throws -> [Event] {
        let reader = JournalReader(try DirectoryDisk(folder.path))
        var records: [Event] = []
        while let record = try reader.next() { records.append(record.event) }
        return records
    }
}

extension PaperCore {
    /// A message of the feed that says nothing, at a time of the market.
    fileprivate func hear(_ time: Timestamp, at now: Nanoseconds) {
        takeFeed(Event(eventTime: time, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))), at: now)
        tick(at: now)
    }
}

@Suite("A live session's engine side")
struct PaperCoreTests {
    @Test func `a session with no room for market data cancels all and ends, whatever the market does`() throws {
        let sessions = try Sessions()
        let core = try sessions.open(sessions.day)
        core.begin()
        // No second file of the journal can be made.
        for name in ["00000002.journal", "00000003.journal"] {
            let path = sessions.folder.appendingPathComponent(name)
            if !FileManager.default.fileExists(atPath: path.path) {
                try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            }
        }
        let isFull = { sessions.notices.contains { $0.text.contains("no room for market data") } }
        for second in 0..<20_000 where !isFull() {
            core.hear(sessions.day + Nanoseconds(second) * 1_000_000, at: Nanoseconds(second) * 1_000_000)
            core.release { _ in }
            _ = core.judge(at: Nanoseconds(second) * 1_000_000)
            // A writer that is behind would find the journal full before we hear that it is nearly so.
            while second % 16 == 0, core.journalIsBehind {
                core.release { _ in }
                usleep(100)
            }
        }
        try #require(isFull())
        // From here on the market is silent, and its clock stands.
        var outcome: LiveOutcome?
        for turn in 0..<10_000 where outcome == nil {
            let now = 20_000_000_000 + Nanoseconds(turn) * 1_000_000
            core.tick(at: now)
            core.release { _ in }
            outcome = core.judge(at: now)
        }
        guard case .halted = outcome else {
            Issue.record("it goes on blind: \(String(describing: outcome))")
            return
        }
        core.end(.interrupted)
    }

    @Test func `messages of the venue that are lost halt the firm, and a restart does not lift it`() throws {
        let sessions = try Sessions()
        try sessions.run(sessions.day) { core in
            #expect(core.riskState == .active)
            core.takeVenue(SessionWord.venueGap.record(sequence: 5, detail: 9), at: 1)
            #expect(core.riskState == .halted)
        }
        #expect(sessions.notices.contains { $0.text.contains("between 5 and 9") })
        for _ in 0..<2 {
            try sessions.run(sessions.day) { core in
                #expect(core.riskState == .halted && !core.holds.contains(.command))
            }
        }
        let commands = try sessions.records().compactMap { RiskCommand($0) }
        #expect(commands == [RiskCommand(.lower, .halted)])
    }

    @Test func `an end that somebody asked for is over with its process`() throws {
        let sessions = try Sessions()
        try sessions.run(sessions.day) { core in
            core.leave(at: 1)
            #expect(core.holds.contains(.command))
        }
        try sessions.run(sessions.day) { core in #expect(!core.holds.contains(.command)) }
    }

    @Test func `a process of another day begins it, once, in the journal`() throws {
        let sessions = try Sessions()
        let (first, second) = (sessions.day, sessions.day + 86_400_000_000_000)
        try sessions.run(first) { core in core.hear(first + 36_000_000_000_000, at: 1_000) }
        try sessions.run(first) { _ in }
        try sessions.run(second) { core in core.hear(second + 36_000_000_000_000, at: 1_000) }
        try sessions.run(second) { _ in }
        let days = try sessions.records().filter { $0.kind == .newDay }
        #expect(days.map(\.eventTime) == [second])
        // A third process finds the journal as it should be: what it derives is what stands there.
        try sessions.run(second) { core in #expect(core.riskState == .active) }
    }

    @Test func `orders of the configuration are given at their times on the first day, once, also over restarts`()
        throws
    {
        let sessions = try Sessions()
        let hour: Nanoseconds = 3_600_000_000_000
        let request = ParentRequest(.twap, .none, .buy, Quantity(100))
        func order(at time: Nanoseconds) -> ParentByHand { ParentByHand(LatencyMarket.symbol, at: time, request) }
        // Two that are the same are two.
        sessions.orders = [order(at: 10 * hour), order(at: 10 * hour), order(at: 11 * hour), order(at: 23 * hour)]
        func given() throws -> [Event] { try sessions.records().filter { $0.kind == .parentOrder } }
        let (first, second) = (sessions.day, sessions.day + 24 * hour)
        try sessions.run(first) { core in
            core.hear(first + (10 * hour - 1_000_000_000), at: 1_000)
            core.hear(first + (10 * hour - 500_000_000), at: 2_000)
        }
        #expect(try given().isEmpty)
        try sessions.run(first) { core in core.hear(first + 10 * hour + 1_000_000_000, at: 1_000) }
        #expect(try given().count == 2)
        let ten = first + 10 * hour
        #expect(try given().allSatisfy { $0.receiveTime >= ten })
        try sessions.run(first) { core in core.hear(first + (11 * hour - 1_000_000_000), at: 1_000) }
        #expect(try given().count == 2)
        try sessions.run(first) { core in
            core.hear(first + 12 * hour, at: 1_000)
            core.hear(first + 12 * hour + 1_000_000_000, at: 2_000)
        }
        #expect(try given().count == 3)
        // The next day is not theirs.
        try sessions.run(second) { core in core.hear(second + 12 * hour, at: 1_000) }
        try sessions.run(second) { core in core.hear(second + 23 * hour + hour / 2, at: 1_000) }
        #expect(try given().count == 3)
    }

    @Test func `a session that runs past midnight begins the day, and its place in the feed is not moved by that`()
        throws
    {
        let sessions = try Sessions()
        let (first, second) = (sessions.day, sessions.day + 86_400_000_000_000)
        let feed = MoldSession("TODAY") ?? MoldSession(high: 0, low: 0)
        try sessions.run(first) { core in
            core.takeFeed(SessionWord.feedBegins(feed, next: 1), at: 1_000)
            core.hear(first + 36_000_000_000_000, at: 1_000)
            core.hear(first + 36_001_000_000_000, at: 2_000)
            core.hear(second + 1_000_000_000, at: 3_000)
        }
        let days = try sessions.records().filter { $0.kind == .newDay }
        #expect(days.map(\.eventTime) == [second])
        // Three messages were heard: the fourth is wanted.
        let core = try sessions.open(second)
        #expect(core.feedPlace == FeedPlace(session: feed, next: 4))
    }

    @Test func `a day that has ended at the venue goes on here while messages of its feed are missing`() throws {
        let sessions = try Sessions()
        try sessions.run(sessions.day) { core in
            core.takeFeed(SessionWord.feedQuality.record(detail: 0), at: 1_000)
            core.hear(sessions.day + 57_600_000_000_000, at: 1_000)
            core.takeFeed(SessionWord.feedQuality.record(detail: 1), at: 2_000)
            core.takeVenue(SessionWord.venueEnded.record(), at: 3_000)
            #expect(core.judge(at: 1_000_000_000) == nil)
            core.hear(sessions.day + 57_600_000_001_000, at: 1_000_000_000)
            core.takeFeed(SessionWord.feedQuality.record(detail: 0), at: 1_000_000_000)
            #expect(core.judge(at: 1_100_000_000) == nil)
            #expect(core.judge(at: 1_400_000_000) == .finished)
            // What nobody sends again is not waited for.
            core.takeFeed(SessionWord.feedQuality.record(detail: 1), at: 1_400_000_000)
            #expect(core.judge(at: 4_000_000_000) == .finished)
        }
    }

    @Test func `a report that does not add up is told to people`() throws {
        let sessions = try Sessions()
        try sessions.run(sessions.day) { core in
            core.hear(sessions.day + 36_000_000_000_000, at: 1_000)
            let fill = Event(
                orderID: 77,
                price: Price(raw: 1_000_000_000),
                quantity: Quantity(5),
                instrument: Instrument(id: 0),
                kind: .orderFilled,
                detail: 3
            )
            core.takeVenue(fill, at: 2_000)
            _ = core.judge(at: 2_000)
            #expect(core.doubts.map(\.reason) == [.unknownOrder])
        }
        #expect(sessions.notices.contains { $0.kind == .warning && $0.text.contains("order 77") })
    }
}
