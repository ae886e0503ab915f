// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosStrategy

/// Makes of a journal what a backtest makes of its run: orders, fills with their markouts, equity, positions.
///
/// The session is replayed and proved on the way, so the report of a live session is computed by the code that computes the
/// report of a backtest, from what was recorded and nothing else.
public struct JournalReport: Sendable {
    private let replay: JournalReplay
    /// Whether the orders met a venue of the world and not a simulated one.
    private let isLive: Bool

    /// - Parameters:
    ///   - replay: the session with its settings and strategies.
    ///   - isLive: whether it traded at a venue outside.
    public init(_ replay: JournalReplay, isLive: Bool) {
        self.replay = replay
        self.isLive = isLive
    }

    /// Replays the journal and gathers what happened.
    ///
    /// - Parameters:
    ///   - disk: where it lies.
    ///   - labels: what the report calls the strategies.
    ///   - progress: called now and then; false stops.
    /// - Returns: the result, and what the replay proved.
    /// - Throws: `JournalError`, `BookCapacityError`.
    public func run(
        _ disk: any JournalDisk,
        labels: [StrategyLabel] = [],
        progress: (ReplayProgress) -> Bool = { _ in true }
    ) throws -> (result: RunResult, outcome: ReplayOutcome) {
        let settings = replay.settings
        var result = RunResult()
        var gatherer = Gatherer(settings, midnight: replay.session.midnight)
        var outcome = try replay.run(
            disk,
            observer: RunRecorder(analysing: settings.bookCapacity.instruments, at: settings.floor),
            before: { event, engine in
                if engine.observer.nextMarkout < event.receiveTime {
                    engine.observer.takeMarkouts(before: event.receiveTime, engine.market)
                }
            },
            after: { event, engine in gatherer.take(event, engine.market) },
            finally: { engine in
                gatherer.sample(engine.market)
                result.counts = engine.observer.counts
                result.counts.quotes = engine.quotes
                result.counts.inconsistent = engine.market.bookFaults
                result.orders = engine.observer.orders
                result.fills = engine.observer.fills
                result.brokenFills = engine.observer.brokenFills
                result.riskRejects = engine.observer.refusalsByControl
                result.parents = engine.observer.finishedParents(engine.market)
                result.costs = engine.observer.finishedCosts(engine.market)
            },
            progress: progress
        )
        outcome.isInterrupted = outcome.isInterrupted || outcome.records == 0
        result.title = settings.title
        result.strategies = labels
        result.venues = settings.ruling.venues
        result.start = gatherer.start
        result.end = gatherer.end
        result.midnight = replay.session.midnight
        result.instruments = outcome.state.names
        result.assumptions = assumptions
        result.counts.messages = gatherer.messages
        result.counts.malformed = gatherer.malformed
        result.counts.instruments = outcome.state.names.count
        result.equity = gatherer.equity
        result.equityInterval = settings.equityInterval
        result.initialCash = settings.initialCash
        result.finalPositions = outcome.state.positions
        result.outputHash = outcome.hash
        result.wallSeconds = outcome.seconds
        return (result, outcome)
    }

    private var assumptions: RunAssumptions {
        guard isLive else { return RunAssumptions(replay.settings) }
        var assumptions = RunAssumptions()
        assumptions.models = [
            RunAssumptions.Model("venue", "Orders traded", "at a venue, as its reports say"),
            RunAssumptions.Model("fees", "Fees", RunAssumptions.text(replay.settings.fees)),
        ]
        return assumptions
    }

    /// What is taken on the way.
    private struct Gatherer {
        private let settings: BacktestSettings
        private let last: Timestamp
        private var nextSample: Timestamp
        var equity: [EquitySample] = []
        var start = Timestamp.zero
        var end = Timestamp.zero
        var messages = 0
        var malformed = 0
        private var instruments = 0

        init(_ settings: BacktestSettings, midnight: Timestamp) {
            self.settings = settings
            nextSample = midnight + settings.sessionStart
            last = midnight + settings.sessionEnd
        }

        mutating func take(_ event: Event, _ market: borrowing MarketState) {
            if event.kind.rawValue < EventKind.newOrder.rawValue {
                messages += 1
                if event.kind == .none { malformed += 1 }
                if start == .zero { start = event.eventTime }
                end = event.receiveTime
            }
            if event.instrument != .none { instruments = max(instruments, event.instrument.index + 1) }
            guard event.kind == .timer, event.receiveTime >= nextSample, nextSample <= last else { return }
            sample(market)
            nextSample = event.receiveTime + settings.equityInterval
        }

        mutating func sample(_ market: borrowing MarketState) {
            if let last = equity.last, last.time >= market.now { return }
            equity.append(market.sample(at: market.now, instruments: instruments, initialCash: settings.initialCash))
        }
    }
}
