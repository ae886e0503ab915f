// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy
import HeliosWire

/// A live session as it trades, with the queue imbalance strategy: what is measured is what runs.
public struct LatencySession: LatencySubject {
    /// How much of a journal it keeps.
    public enum JournalChoice: String, Sendable, CaseIterable {
        /// None: records are only counted.
        case none
        /// A thread writes it; orders do not wait for the writer.
        case memory
        /// Orders leave when their records are in the file.
        case cache
    }

    public var name: String
    public var threads = SessionThreads.single
    public var waits = WaitStrategy.spin
    /// Processors of its threads; empty leaves them to the scheduler.
    public var processors: [Int] = []
    public var realtimePriority: Int?
    /// Microseconds for which the kernel looks at the card itself.
    public var busyPoll = 0
    public var journal = JournalChoice.none
    /// Told how far each packet is, when it is to be.
    public var board: LatencyBoard?

    public init(name: String = "helios") { self.name = name }

    /// Trades until it is stopped.
    public func run(_ place: LatencyPlace) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "helios-latency-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        var settings = try settings(place, folder.path)
        settings.keepsJournal = journal != .none
        settings.durability = journal == .cache ? .cache : .memory
        let session = try PaperSession(try setup(), settings) { _ in }
        if let board {
            _ = try session.run(watch: board) { place.stop.isSet }
        } else {
            _ = try session.run { place.stop.isSet }
        }
    }

    private func settings(_ place: LatencyPlace, _ folder: String) throws -> PaperSettings {
        var source = UDPSource(place.feed)
        source.busyPoll = busyPoll
        var settings = PaperSettings(
            feed: FeedSettings(lines: [source]),
            orders: place.orders,
            soup: SoupClientConfiguration(user: .blank, password: .blank),
            midnight: LatencyMarket.midnight,
            journalDirectory: folder
        )
        settings.threads = threads
        settings.waits = waits
        settings.processors = processors
        settings.realtimePriority = realtimePriority
        settings.rate = 1_000_000
        settings.stateSnapshots.interval = 0
        settings.farewell = 20_000_000
        return settings
    }

    private func setup() throws -> PaperSetup {
        var parameters = QueueImbalanceParameters(symbol: LatencyMarket.symbol)
        parameters.firstEntry = 0
        parameters.flattenAt = 86_399_999_999_999
        var settings = BacktestSettings()
        settings.bookCapacity = BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 12)
        settings.orderCapacity = 1 << 17
        settings.limits.instrument.maxDayQuantity = Quantity(1_000_000_000)
        // A test machine that stands still for a second must not end the measurement.
        settings.limits.staleAge = 60_000_000_000
        settings.limits.quoteAge = 60_000_000_000
        // Thousands of orders a second are what is measured.
        var policy = RiskPolicy(simple: settings.limits)
        policy.loosenCounts()
        settings.policy = policy
        return PaperSetup(
            settings: settings,
            strategies: [.queueImbalance(parameters)],
            session: RecordedSession(configuration: "helios latency", midnight: LatencyMarket.midnight)
        )
    }
}
