// SPDX-License-Identifier: MIT
import CHelios
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue

/// What a backtest assumes and how it is run, apart from the strategy and the data.
public struct BacktestSettings: Sendable {
    public var title = "Backtest"
    public var initialCash = Money(10_000_000)
    public var limits = BacktestSettings.defaultLimits
    public var fees = FeeSchedule()
    /// From the venue's publication of an event to the engine, in nanoseconds.
    public var feedLatency: Nanoseconds = 50_000
    /// From the engine's decision to the venue.
    public var orderLatency: Nanoseconds = 100_000
    /// From the venue's decision to the engine.
    public var reportLatency: Nanoseconds = 100_000
    /// Between two timer events of the engine.
    public var timerInterval: Nanoseconds = 100_000_000
    /// Between two samples of the equity.
    public var equityInterval: Nanoseconds = 10_000_000_000
    /// Equity is sampled between these times of the trading day (nanoseconds since midnight).
    public var sessionStart: Nanoseconds = 34_200_000_000_000
    public var sessionEnd: Nanoseconds = 57_600_000_000_000
    public var bookCapacity = BookCapacity()
    /// The most orders that a run may send.
    public var orderCapacity = 1 << 20

    public init() {}

    /// The risk sheet's defaults with limits that suit an account of ten million.
    public static var defaultLimits: RiskLimits {
        RiskLimits.standard(
            dayLoss: Money(100_000),
            instrument: .usShares(
                maxOrderQuantity: Quantity(10_000),
                maxPosition: Quantity(20_000),
                maxDayQuantity: Quantity(1_000_000),
                averageDailyVolume: InstrumentLimits.volumeUnknown
            )
        )
    }
}

/// How far a backtest has come.
public struct BacktestProgress: Sendable {
    public var events: Int
    /// Share of the input that was read, 0 to 1.
    public var fraction: Double
    /// Simulated time of day, nanoseconds since midnight.
    public var timeOfDay: Nanoseconds

    public init(events: Int, fraction: Double, timeOfDay: Nanoseconds) {
        self.events = events
        self.fraction = fraction
        self.timeOfDay = timeOfDay
    }
}

/// History drives the engine, a simulated venue answers.
///
/// Five streams are merged by time: what the venue publishes (first it meets our orders at the venue, then, a feed latency
/// later, the engine), orders on their way to the venue, reports on their way back, and the engine's timer. At equal times
/// they go in this order: venue, order, report, market data, timer.
public struct Backtest {
    public var settings: BacktestSettings

    public init(settings: BacktestSettings = BacktestSettings()) { self.settings = settings }

    /// Runs `strategy` over `source`.
    ///
    /// - Parameters:
    ///   - source: market events in the order of publication.
    ///   - strategy: used up by the run.
    ///   - labels: what the report calls the strategies and their groups.
    ///   - progress: called now and then; returning false stops the run cleanly at that point.
    /// - Returns: what happened, complete also when the run was stopped.
    /// - Throws: an error of the source, or `BookCapacityError`.
    @inlinable
    public func run<Trader: Strategy & ~Copyable>(
        _ source: any EventSource,
        strategy: consuming Trader,
        labels: [StrategyLabel] = [],
        progress: (BacktestProgress) -> Bool = { _ in true }
    ) throws -> RunResult {
        let instruments = settings.bookCapacity.instruments
        let market = MarketState(
            books: try BookSet(capacity: settings.bookCapacity),
            orders: settings.orderCapacity,
            instruments: instruments,
            limits: settings.limits
        )
        let engine = Engine(
            market: market,
            strategy: strategy,
            gateway: SimulatedGateway(latency: settings.orderLatency),
            observer: RunRecorder(),
            fees: settings.fees
        )
        let venue = try HistoricalVenue(capacity: settings.bookCapacity, reportLatency: settings.reportLatency)
        var session = BacktestSession<Trader>(engine: engine, venue: venue, settings: settings)
        let clock = CycleClock()
        let processor = processorSeconds()
        try session.run(source, progress)
        var result = session.result(source, nanosecondsPerCycle: clock.nanosecondsPerCycle)
        result.title = settings.title
        result.strategies = labels
        result.wallSeconds = Double(clock.elapsed) * 1e-9
        result.processorSeconds = processorSeconds() - processor
        return result
    }
}

/// One run in flight.
@usableFromInline
struct BacktestSession<Trader: Strategy & ~Copyable>: ~Copyable {
    @usableFromInline var engine: Engine<Trader, SimulatedGateway, RunRecorder>
    @usableFromInline var venue: HistoricalVenue
    @usableFromInline let settings: BacktestSettings
    @usableFromInline var window = EventWindow()
    @usableFromInline var nextTimer = Timestamp.never
    @usableFromInline var nextSample = Timestamp.never
    /// After this time of the current day no sample is taken.
    @usableFromInline var lastSample = Timestamp.never
    /// Midnight of the day that the source is in; nil before the first event.
    @usableFromInline var day: Timestamp?
    /// Midnight of the first day.
    @usableFromInline var midnight = Timestamp.zero
    @usableFromInline var equity: [EquitySample] = []
    @usableFromInline var events = 0
    /// Instruments that the source has named so far.
    @usableFromInline var instruments = 0
    @usableFromInline var start = Timestamp.zero
    @usableFromInline var end = Timestamp.zero
    @usableFromInline var orderLatency = LatencyMeter()
    @usableFromInline var eventLatency = LatencyMeter()

    @inlinable
    init(
        engine: consuming Engine<Trader, SimulatedGateway, RunRecorder>,
        venue: consuming HistoricalVenue,
        settings: BacktestSettings
    ) {
        self.engine = engine
        self.venue = venue
        self.settings = settings
    }

    @inlinable
    mutating func run(_ source: any EventSource, _ progress: (BacktestProgress) -> Bool) throws {
        while try window.refill(from: source) {
            begin(source)
            mergeUntilDry()
            let time = engine.market.now.nanoseconds - source.midnight.nanoseconds
            if !progress(BacktestProgress(events: events, fraction: source.progress, timeOfDay: time)) { break }
        }
        finish()
    }

    /// The first event of the run, or of a new day, starts the timer and the samples.
    @inlinable
    mutating func begin(_ source: any EventSource) {
        instruments = source.directory.count
        guard let first = window.peekVenue?.eventTime else { return }
        if start == .zero { start = first }
        if nextTimer == .never {
            let interval = settings.timerInterval
            nextTimer = Timestamp(nanoseconds: (first.nanoseconds / interval + 1) * interval)
        }
        guard source.midnight != day else { return }
        if day == nil { midnight = source.midnight }
        day = source.midnight
        lastSample = source.midnight + settings.sessionEnd
        nextSample = max(source.midnight + settings.sessionStart, nextTimer)
        if nextSample > lastSample { nextSample = .never }
    }

    /// Takes the streams' heads in the order of time until the venue has met everything that was read.
    @inlinable
    mutating func mergeUntilDry() {
        while let published = window.peekVenue?.eventTime {
            step(published)
        }
    }

    /// What is still on its way when the input has ended.
    @inlinable
    mutating func finish() {
        end = max(end, engine.market.now)
        nextTimer = .never
        while step(.never) {}
        let last = engine.market.sample(
            at: engine.market.now,
            instruments: instruments,
            initialCash: settings.initialCash
        )
        // Hours after the session in which nothing happened would only stretch the curve.
        if last.openPositions > 0 || last.equity != equity.last?.equity || last.fees != equity.last?.fees {
            takeSample(at: engine.market.now)
        }
    }

    /// Acts on whatever comes first; false when nothing is left.
    @inlinable
    @inline(__always)
    @discardableResult
    mutating func step(_ published: Timestamp) -> Bool {
        let order = engine.gateway.nextArrival
        let report = venue.nextReportTime
        let arriving = window.nextEngineTime(settings.feedLatency)
        let inner = min(report, min(arriving, nextTimer))
        if published <= order, published <= inner {
            guard published != .never else { return false }
            venue.prefetch(window.ahead(ofVenue: 16), window.ahead(ofVenue: 8), window.ahead(ofVenue: 4))
            venue.advance(window.takeVenue())
        } else if order <= inner {
            let message = engine.gateway.take()
            if message.isCancel {
                venue.cancel(message.order.id, at: message.arrival)
            } else {
                venue.submit(message.order, at: message.arrival)
            }
        } else if report <= arriving, report <= nextTimer {
            feed(venue.takeReport())
        } else if arriving <= nextTimer {
            engine.market.books.prefetch(window.ahead(ofEngine: 16))
            engine.market.books.prefetchOrder(window.ahead(ofEngine: 8))
            engine.market.books.prefetchLevel(window.ahead(ofEngine: 4))
            var event = window.takeEngine()
            event.receiveTime = arriving
            end = arriving
            events &+= 1
            feed(event)
        } else {
            timer()
        }
        return true
    }

    /// Gives the engine one event and measures it.
    @inlinable
    @inline(__always)
    mutating func feed(_ event: Event) {
        if engine.observer.nextMarkout < event.receiveTime {
            engine.observer.takeMarkouts(before: event.receiveTime, engine.market)
        }
        let sent = engine.gateway.sent
        let before = helios_cycles()
        engine.apply(event)
        if engine.gateway.sent != sent {
            orderLatency.record(engine.gateway.takeFirstSend() &- before)
        } else if events & 63 == 0 {
            eventLatency.record(helios_cycles() &- before)
        }
    }

    @inlinable
    mutating func timer() {
        let time = nextTimer
        if time >= nextSample { takeSample(at: time) }
        nextTimer = time + settings.timerInterval
        feed(Event(eventTime: time, receiveTime: time, kind: .timer))
    }

    @inlinable
    mutating func takeSample(at time: Timestamp) {
        if let last = equity.last, last.time >= time { return }
        equity.append(engine.market.sample(at: time, instruments: instruments, initialCash: settings.initialCash))
        nextSample = time + settings.equityInterval
        if nextSample > lastSample { nextSample = .never }
    }

    @inlinable
    func result(_ source: any EventSource, nanosecondsPerCycle: Double) -> RunResult {
        var result = RunResult()
        result.start = start
        result.end = end
        result.midnight = day == nil ? source.midnight : midnight
        result.instruments = source.directory
        result.assumptions.feedLatency = settings.feedLatency
        result.assumptions.orderLatency = settings.orderLatency
        result.assumptions.reportLatency = settings.reportLatency
        result.assumptions.makerFee = settings.fees.maker
        result.assumptions.takerFee = settings.fees.taker
        result.counts = engine.observer.counts
        result.counts.messages = source.messages
        result.counts.malformed = source.malformed
        result.counts.inconsistent = engine.market.books.faults.total
        result.counts.instruments = source.directory.count
        result.counts.quotes = engine.quotes
        result.orders = engine.observer.orders
        result.fills = engine.observer.fills
        result.equity = equity
        result.equityInterval = settings.equityInterval
        result.initialCash = settings.initialCash
        result.finalPositions = engine.market.positions(instruments: source.directory.count)
        result.riskRejects = engine.observer.refusalsByControl
        result.orderLatency = orderLatency.summary(nanosecondsPerCycle: nanosecondsPerCycle)
        result.eventLatency = eventLatency.summary(nanosecondsPerCycle: nanosecondsPerCycle)
        result.outputHash = engine.hash.value
        return result
    }
}
