// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy

/// What a process of the live system is made from: the same for a primary, its standby and the loopback venue, so that
/// instruments have the same numbers everywhere.
public struct LiveSetup: Sendable {
    public var settings: BacktestSettings
    public var strategies: [StrategyConfiguration]
    /// At least one recorded day.
    public var data: [DataFile]
    /// What the journal begins with.
    public var session: RecordedSession

    public init(
        settings: BacktestSettings,
        strategies: [StrategyConfiguration],
        data: [DataFile],
        session: RecordedSession
    ) {
        self.settings = settings
        self.strategies = strategies
        self.data = data
        self.session = session
    }

    /// An engine as new.
    public func makeEngine() throws -> Engine<StrategySet, Outbox, AlertLog> {
        var directory = InstrumentDirectory()
        let set = StrategySet(strategies, instruments: &directory, midnight: try midnight())
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

    /// The recorded market from its beginning.
    public func makeFeed() throws -> MarketFeed {
        MarketFeed(try MarketDataSource(data, directory: try directory()))
    }

    /// The strategies' instruments, which have the first numbers.
    public func directory() throws -> InstrumentDirectory {
        var directory = InstrumentDirectory()
        _ = StrategySet(strategies, instruments: &directory, midnight: try midnight())
        return directory
    }

    /// Midnight of the recorded day.
    func midnight() throws -> Timestamp {
        // Without a file the source says what is wrong.
        guard let first = data.first else { return try MarketDataSource(data).midnight }
        return try MarketDataSource.day(of: first).midnight
    }
}

/// The events of a recorded market one by one, with a count of those taken.
public final class MarketFeed {
    private let source: MarketDataSource
    private let batch = UnsafeMutableBufferPointer<Event>.allocate(capacity: 4_096)
    private var position = 0
    private var count = 0
    /// Events taken.
    public private(set) var taken: UInt64 = 0

    /// Names of the instruments met so far.
    public var directory: InstrumentDirectory { source.directory }

    init(_ source: MarketDataSource) {
        self.source = source
        batch.initialize(repeating: Event(kind: .none))
    }

    deinit { batch.deallocate() }

    /// The next event; nil at the end.
    public func peek() throws -> Event? {
        if position == count {
            count = try source.fill(batch)
            position = 0
        }
        return position < count ? batch[position] : nil
    }

    /// Goes past the event that `peek` showed.
    public func advance() {
        position += 1
        taken += 1
    }

    /// Goes past events until `number` are taken.
    public func skip(to number: UInt64) throws {
        while taken < number, try peek() != nil {
            let step = min(UInt64(count - position), number - taken)
            position += Int(step)
            taken += step
        }
    }
}
