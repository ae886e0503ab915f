// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosWire

/// How a live session's work is spread over threads.
public enum SessionThreads: String, Sendable, CaseIterable {
    /// One thread receives, decides and sends: the shortest way on one processor.
    case single
    /// A feed thread, an engine thread and an order thread, joined by rings: a burst of the feed does not hold up what the venue
    /// says. Needs three processors to be worth it.
    case three
}

/// What a live session needs to know beside its strategies.
public struct PaperSettings: Sendable {
    /// Where it trades, in the order of the venues' places; at least one.
    public var venues: [PaperVenue]
    /// Midnight of the trading day in New York.
    public var midnight: Timestamp
    public var clock = MarketClockKind.market
    /// Seconds of the market a second, between messages.
    public var speed = 1.0
    public var threads = SessionThreads.single
    public var waits = WaitStrategy.block
    /// Processors to pin to: one, or feed, engine and orders; empty leaves it to the scheduler.
    public var processors: [Int] = []
    /// 1 to 99 for all threads of the session; nil is ordinary.
    public var realtimePriority: Int?
    public var durability = Durability.cache
    public var journalDirectory: String
    /// Records are kept; without, a measurement of what is beside the journal.
    var keepsJournal = true
    public var journal = JournalOptions()
    public var stateSnapshots = SnapshotOptions()
    /// How long orders may take to be cancelled at the end.
    public var farewell: Nanoseconds = 5_000_000_000
    /// Where the venue's drop copy is to be had; nil where nobody records it.
    public var dropCopy: DropCopySettings?
    /// How it is stopped from outside.
    public var control = ControlSettings()

    /// A session of one venue.
    public init(
        feed: FeedSettings,
        orders: Endpoint,
        soup: SoupClientConfiguration,
        midnight: Timestamp,
        journalDirectory: String
    ) {
        self.init(
            venues: [PaperVenue(feed: feed, orders: orders, soup: soup)],
            midnight: midnight,
            journalDirectory: journalDirectory
        )
    }

    /// A session of one venue or several.
    public init(venues: [PaperVenue], midnight: Timestamp, journalDirectory: String) {
        precondition(!venues.isEmpty, "a session has a venue")
        self.venues = venues
        self.midnight = midnight
        self.journalDirectory = journalDirectory
    }
}

/// What a session needs to know of its only venue.
extension PaperSettings {
    /// The first venue's feed.
    public var feed: FeedSettings {
        get { venues[0].feed ?? FeedSettings(lines: []) }
        set { venues[0].feed = newValue }
    }
    /// Where the state of all the first venue's books is to be had.
    public var snapshots: SnapshotSettings? {
        get { venues[0].snapshots }
        set { venues[0].snapshots = newValue }
    }
    /// The first venue's order entry.
    public var orders: Endpoint { venues[0].orders }
    /// The login there.
    public var soup: SoupClientConfiguration {
        get { venues[0].soup }
        set { venues[0].soup = newValue }
    }
    /// Orders and cancels a second that the first venue takes, and how many at once.
    public var rate: Int {
        get { venues[0].rate }
        set { venues[0].rate = newValue }
    }
    public var burst: Int {
        get { venues[0].burst }
        set { venues[0].burst = newValue }
    }
}

/// What a live session trades: strategies, limits, and what the journal begins with.
public struct PaperSetup: Sendable {
    public var settings: BacktestSettings
    public var strategies: [StrategyConfiguration]
    /// What the journal begins with.
    public var session: RecordedSession

    public init(settings: BacktestSettings, strategies: [StrategyConfiguration], session: RecordedSession) {
        self.settings = settings
        self.strategies = strategies
        self.session = session
    }

    /// The strategies' instruments, which have the first numbers.
    public func directory() -> InstrumentDirectory {
        var directory = InstrumentDirectory()
        _ = StrategySet(strategies, instruments: &directory, midnight: session.midnight)
        return directory
    }

    /// An engine as new.
    ///
    /// - Parameter midnight: midnight of the first day of its journal; nil for this session's.
    /// - Returns: the engine, without state.
    /// - Throws: `BookCapacityError`.
    func makeEngine(midnight: Timestamp? = nil) throws -> Engine<StrategySet, Outbox, AlertLog> {
        var directory = InstrumentDirectory()
        let set = StrategySet(strategies, instruments: &directory, midnight: midnight ?? session.midnight)
        return Engine(
            market: try settings.makeMarket(),
            strategy: set,
            gateway: Outbox(),
            observer: AlertLog(),
            fees: settings.venueFees,
            reduction: settings.makeReduction(),
            execution: settings.makeExecution(),
            dealers: settings.makeQuotes()
        )
    }
}
