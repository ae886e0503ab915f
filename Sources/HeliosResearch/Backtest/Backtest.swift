// SPDX-License-Identifier: MIT
import CHelios
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue

/// What a backtest assumes and how it is run, apart from the strategy and the data.
public struct BacktestSettings: Sendable {
    public var title = "Backtest"
    public var initialCash = Money(10_000_000)
    public var limits = BacktestSettings.defaultLimits
    /// A firm's limits, in place of `limits`; bound to the strategies of the run.
    public var policy: RiskPolicy?
    /// P15: the model that the policy's value at risk is computed by; nil without one.
    public var riskModel: RiskModel?
    /// The instruments with the first numbers, those of the strategies: a policy knows instruments by their names.
    public var directory = InstrumentDirectory()
    public var fees = FeeSchedule()
    /// How parent orders are worked, and those given by hand.
    public var execution = ExecutionSettings()
    /// What the simulated venue assumes: latencies, queue, impact, borrow.
    public var models = SimulationModels()
    /// Between two timer events of the engine.
    public var timerInterval: Nanoseconds = 100_000_000
    /// Between two samples of the equity.
    public var equityInterval: Nanoseconds = 10_000_000_000
    /// Equity is sampled between these times of the trading day (nanoseconds since midnight).
    public var sessionStart: Nanoseconds = 34_200_000_000_000
    public var sessionEnd: Nanoseconds = 57_600_000_000_000
    public var bookCapacity = BookCapacity()
    /// Which venue answers.
    public var venue = SimulatedVenueKind.historical
    /// Several venues in place of one; nil for the one that `venue` names.
    public var floor: FloorSettings?
    /// Dealers who quote on request, beside the venues; nil for nobody.
    public var dealers: DealerSettings?
    /// The most orders that a run may send.
    public var orderCapacity = 1 << 20

    public init() {}

    /// The median from the venue's publication of an event to the engine, in nanoseconds; set, the constant latency.
    public var feedLatency: Nanoseconds {
        get { models.feed.median }
        set { models.feed = .constant(newValue) }
    }
    /// The same from the engine's decision to the venue.
    public var orderLatency: Nanoseconds {
        get { models.order.median }
        set { models.order = .constant(newValue) }
    }
    /// The same from the venue's decision to the engine.
    public var reportLatency: Nanoseconds {
        get { models.report.median }
        set { models.report = .constant(newValue) }
    }

    /// Empty books, no orders and no positions, with the limits, or the firm's policy, and the capacities set here.
    ///
    /// P26 is held by whoever starts a live session, not here: the gate is told what its policy's manifest says.
    ///
    /// - Throws: `BookCapacityError`.
    public func makeMarket() throws(BookCapacityError) -> MarketState {
        var market = MarketState(
            books: try BookSet(capacity: bookCapacity),
            orders: orderCapacity,
            instruments: bookCapacity.instruments,
            policy: ruling,
            directory: directory
        )
        if let floor {
            try market.open(
                venues: floor.venues.count,
                lit: floor.lit,
                capacity: bookCapacity,
                staleAge: floor.staleAfter
            )
        }
        if let riskModel { market.risk.load(riskModel, directory) }
        // P26: the manifest's own numbers, so that this says yes to itself. Live commands measure the program and the
        // configuration and hold them against the manifest before they come here; history and replays are of no particular build.
        if let signed = policy?.manifest {
            market.risk.identify(build: signed.build, configuration: signed.configuration)
        }
        return market
    }

    /// The policy that holds: the firm's, or one of the plain limits; it knows every venue of the floor by its place.
    ///
    /// Plain limits say nothing of an instrument's volatility, which P24 wants of a parent order: it is that of `execution`.
    public var ruling: RiskPolicy {
        var ruling = policy ?? plainRuling
        var names = floor?.venues.map(\.name) ?? []
        if let dealers {
            // Dealers have the places behind the venues'; the only one has no name of its own.
            if names.isEmpty { names = [ruling.venues.first ?? "market"] }
            names += dealers.dealers.map(\.name)
        }
        if names.count > ruling.venues.count { ruling.venues += names[ruling.venues.count...] }
        return ruling
    }

    private var plainRuling: RiskPolicy {
        var plain = RiskPolicy(simple: limits)
        plain.otherInstruments?.dailyVolatility = execution.dailyVolatility
        return plain
    }

    /// What executions cost: `fees`, and of a floor each venue's own rates.
    public var venueFees: FeeSchedule {
        var fees = fees
        for (place, venue) in (floor?.venues ?? []).enumerated() {
            _ = fees.add(FeeSchedule.Rule(venue: Venue(place: place), maker: venue.maker, taker: venue.taker))
        }
        for dealer in placedDealers?.dealers ?? [] {
            _ = fees.add(FeeSchedule.Rule(venue: dealer.venue, maker: dealer.fee, taker: dealer.fee))
        }
        return fees
    }

    /// The dealers at their places, which are those behind the venues'.
    public var placedDealers: DealerSettings? { dealers?.behind(floor?.venues.count ?? 1) }

    /// The desk that keeps requests for quotes; without dealers one that asks nobody.
    public func makeQuotes() -> QuoteDesk { QuoteDesk(dealers: askedDealers, patience: execution.quoteTime) }

    private var askedDealers: [Dealer] {
        (placedDealers?.dealers ?? []).map { Dealer(venue: $0.venue, feePerShare: $0.fee) }
    }

    /// The desk that works parent orders.
    public func makeExecution() -> ExecutionDesk {
        var settings = execution
        settings.dealers = askedDealers
        settings.showsOwn = settings.showsOwn || venue == .matching || floor != nil
        if settings.routing.venues.isEmpty, let floor { settings.routing.venues = floor.routingFacts }
        return ExecutionDesk(settings, ruling, instruments: bookCapacity.instruments, directory: directory)
    }

    /// The desk that reduces positions after a breach, as the firm's policy asks for it; without a policy one that does nothing.
    public func makeReduction() -> ReductionDesk {
        guard let policy else { return ReductionDesk() }
        return ReductionDesk(
            policy,
            instruments: bookCapacity.instruments,
            directory: directory,
            model: riskModel
        )
    }

    /// The risk sheet's defaults with limits that suit an account of ten million.
    public static var defaultLimits: RiskLimits {
        RiskLimits.standard(
            dayLoss: Money(100_000),
            notional: Money(50_000_000),
            instrument: .usShares(
                maxOrderQuantity: Quantity(10_000),
                maxPosition: Quantity(20_000),
                maxDayQuantity: Quantity(1_000_000),
                averageDailyVolume: InstrumentLimits.volumeUnknown
            )
        )
    }
}

/// The journal takes no more records, so the run acts on nothing any more.
public struct JournalStopped: Error, Sendable, CustomStringConvertible {
    /// Inputs that were recorded.
    public let inputs: Int

    @usableFromInline
    init(inputs: Int) { self.inputs = inputs }

    public var description: String { "the journal took no more records after \(inputs) inputs" }
}

/// How far a backtest has come.
public struct BacktestProgress: Sendable {
    public var events: Int
    /// Share of the input that was read, 0 to 1.
    public var fraction: Double
    /// Simulated time of day, nanoseconds since midnight.
    public var timeOfDay: Nanoseconds
    /// Simulated time.
    public var time: Timestamp

    public init(events: Int, fraction: Double, timeOfDay: Nanoseconds, time: Timestamp) {
        self.events = events
        self.fraction = fraction
        self.timeOfDay = timeOfDay
        self.time = time
    }
}

/// History drives the engine, a simulated venue answers.
///
/// Five streams are merged by time: what the venue publishes (first it meets our orders at the venue, then, a feed latency
/// later, the engine), orders on their way to the venue, reports on their way back, and the engine's timer. At equal times
/// they go in this order: venue, order, report, market data, timer.
public struct Backtest {
    public var settings: BacktestSettings

    /// Inputs between two checkpoints of the output hash in a journal.
    @inlinable
    public static var checkpointInterval: Int { 1_024 }

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
        var journal = NoJournal()
        return try run(source, strategy: strategy, journal: &journal, labels: labels, progress: progress)
    }

    /// Runs `strategy` over `source` and puts every record into `journal` before the engine acts on it.
    ///
    /// - Parameters:
    ///   - source: market events in the order of publication.
    ///   - strategy: used up by the run.
    ///   - journal: its opening texts are written already, by `RecordedSession.write`; those of instruments that the
    ///     source names later are written as they appear.
    ///   - labels: what the report calls the strategies and their groups.
    ///   - progress: called now and then; returning false stops the run cleanly at that point.
    /// - Returns: what happened, complete also when the run was stopped.
    /// - Throws: an error of the source, `BookCapacityError`, or `JournalStopped`.
    @inlinable
    public func run<Trader: Strategy & ~Copyable, Sink: JournalSink & ~Copyable>(
        _ source: any EventSource,
        strategy: consuming Trader,
        journal: inout Sink,
        labels: [StrategyLabel] = [],
        progress: (BacktestProgress) -> Bool = { _ in true }
    ) throws -> RunResult {
        let engine = Engine(
            market: try settings.makeMarket(),
            strategy: strategy,
            gateway: SimulatedGateway(settings.models, settings.floor, settings.placedDealers),
            observer: RunRecorder(analysing: settings.bookCapacity.instruments, at: settings.floor),
            fees: settings.venueFees,
            reduction: settings.makeReduction(),
            execution: settings.makeExecution(),
            dealers: settings.makeQuotes()
        )
        if let floor = settings.floor {
            let venue = try Floor(floor, capacity: settings.bookCapacity, models: settings.models)
            return try furnish(source, engine, venue, &journal, labels, progress)
        }
        switch settings.venue {
        case .historical:
            let venue = try HistoricalVenue(capacity: settings.bookCapacity, models: settings.models)
            return try furnish(source, engine, venue, &journal, labels, progress)
        case .matching:
            let venue = try MatchingVenue(capacity: settings.bookCapacity, models: settings.models)
            return try furnish(source, engine, venue, &journal, labels, progress)
        }
    }

    /// Puts the dealers beside the venue, where there are any, and runs.
    @inlinable
    func furnish<Trader: Strategy & ~Copyable, Sink: JournalSink & ~Copyable, Market: BacktestVenue & ~Copyable>(
        _ source: any EventSource,
        _ engine: consuming Engine<Trader, SimulatedGateway, RunRecorder>,
        _ venue: consuming Market,
        _ journal: inout Sink,
        _ labels: [StrategyLabel],
        _ progress: (BacktestProgress) -> Bool
    ) throws -> RunResult {
        guard let dealers = settings.placedDealers else {
            return try run(source, engine, venue, &journal, labels, progress)
        }
        let room = DealerRoom(venue, dealers)
        return try run(source, engine, room, &journal, labels, progress)
    }

    @inlinable
    func run<Trader: Strategy & ~Copyable, Sink: JournalSink & ~Copyable, Market: BacktestVenue & ~Copyable>(
        _ source: any EventSource,
        _ engine: consuming Engine<Trader, SimulatedGateway, RunRecorder>,
        _ venue: consuming Market,
        _ journal: inout Sink,
        _ labels: [StrategyLabel],
        _ progress: (BacktestProgress) -> Bool
    ) throws -> RunResult {
        var session = BacktestSession(engine: engine, venue: venue, settings: settings)
        let clock = CycleClock()
        let processor = processorSeconds()
        try session.run(source, &journal, progress)
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
struct BacktestSession<Trader: Strategy & ~Copyable, Market: BacktestVenue & ~Copyable>: ~Copyable {
    @usableFromInline var engine: Engine<Trader, SimulatedGateway, RunRecorder>
    @usableFromInline var venue: Market
    @usableFromInline let settings: BacktestSettings
    /// Market data on its way to the engine.
    @usableFromInline var feedLine: LatencyLine
    /// The latency of all market data where it is constant.
    @usableFromInline let feedLatency: Nanoseconds
    @usableFromInline let feedIsConstant: Bool
    /// Whether no latency depends on when or after what something is sent.
    @usableFromInline let isTimingPlain: Bool
    /// Market data of several venues on their way to the engine.
    @usableFromInline let lanes: FloorFeed
    @usableFromInline var window = EventWindow()
    @usableFromInline var nextTimer = Timestamp.never
    @usableFromInline var lastTimer = Timestamp.zero
    @usableFromInline var nextSample = Timestamp.never
    /// After this time of the current day no sample is taken.
    @usableFromInline var lastSample = Timestamp.never
    /// Midnight of the day that the source is in; nil before the first event.
    @usableFromInline var day: Timestamp?
    /// Midnight of the first day.
    @usableFromInline var midnight = Timestamp.zero
    @usableFromInline var equity: [EquitySample] = []
    /// Paid for borrowed shares so far.
    @usableFromInline var borrowed = Money.zero
    @usableFromInline var events = 0
    /// Instruments that the source has named so far.
    @usableFromInline var instruments = 0
    @usableFromInline var start = Timestamp.zero
    @usableFromInline var end = Timestamp.zero
    /// Parent orders that a person gives: the next one, and each with its instrument as soon as that has a name.
    @usableFromInline var nextOrder = 0
    @usableFromInline var requests: [ParentRequest?]
    /// Inputs that were recorded and acted on.
    @usableFromInline var inputs = 0
    /// The journal has refused a record: nothing is acted on any more.
    @usableFromInline var isHalted = false
    @usableFromInline var orderLatency = LatencyMeter()
    @usableFromInline var eventLatency = LatencyMeter()

    @inlinable
    init(
        engine: consuming Engine<Trader, SimulatedGateway, RunRecorder>,
        venue: consuming Market,
        settings: BacktestSettings
    ) {
        self.engine = engine
        self.venue = venue
        self.settings = settings
        feedLine = settings.models.line(.feed)
        lanes = FloorFeed(settings.floor, settings.models)
        feedIsConstant = feedLine.isConstant
        feedLatency = settings.feedLatency
        isTimingPlain = feedIsConstant && settings.models.messageTime == 0
        requests = Array(repeating: nil, count: settings.execution.orders.count)
    }

    @inlinable
    mutating func run<Sink: JournalSink & ~Copyable>(
        _ source: any EventSource,
        _ journal: inout Sink,
        _ progress: (BacktestProgress) -> Bool
    ) throws {
        while try window.refill(from: source) {
            if Sink.isKept { name(source.directory, &journal) }
            begin(source)
            mergeUntilDry(&journal)
            if isHalted { throw JournalStopped(inputs: inputs) }
            let now = engine.market.now
            let state = BacktestProgress(
                events: events,
                fraction: source.progress,
                timeOfDay: now - source.midnight,
                time: now
            )
            if !progress(state) { break }
        }
        finish(&journal)
        if Sink.isKept, !isHalted { checkpoint(&journal) }
        if isHalted { throw JournalStopped(inputs: inputs) }
    }

    /// Writes the names of instruments that the source has met since the last batch.
    @usableFromInline
    mutating func name<Sink: JournalSink & ~Copyable>(_ directory: InstrumentDirectory, _ journal: inout Sink) {
        guard directory.count > instruments else { return }
        let isWritten = RecordedSession.write(directory, from: instruments, at: engine.market.now, to: &journal)
        if !isWritten { isHalted = true }
    }

    /// The first event of the run, or of a new day, starts the timer and the samples.
    @inlinable
    mutating func begin(_ source: any EventSource) {
        instruments = source.directory.count
        if nextOrder < requests.count { name(requestsOf: source) }
        guard let first = window.peekVenue?.eventTime else { return }
        if start == .zero { start = first }
        if nextTimer == .never {
            let interval = settings.timerInterval
            nextTimer = Timestamp(nanoseconds: (first.nanoseconds / interval + 1) * interval)
        }
        guard source.midnight != day else { return }
        if day == nil { midnight = source.midnight }
        chargeBorrow(until: source.midnight)
        day = source.midnight
        feedLine.midnight = source.midnight
        lanes.begin(day: source.midnight)
        engine.gateway.begin(day: source.midnight)
        venue.begin(day: source.midnight)
        lastSample = source.midnight + settings.sessionEnd
        nextSample = max(source.midnight + settings.sessionStart, nextTimer)
        if nextSample > lastSample { nextSample = .never }
    }

    /// Takes the streams' heads in the order of time until the venue has met everything that was read.
    @inlinable
    mutating func mergeUntilDry<Sink: JournalSink & ~Copyable>(_ journal: inout Sink) {
        while let published = window.peekVenue?.eventTime {
            step(published, &journal)
        }
    }

    /// What is still on its way when the input has ended.
    @inlinable
    mutating func finish<Sink: JournalSink & ~Copyable>(_ journal: inout Sink) {
        end = max(end, engine.market.now)
        nextTimer = .never
        while step(.never, &journal) {}
        if let day { chargeBorrow(until: day + 86_400_000_000_000) }
        let last = sample(at: engine.market.now)
        // Hours after the session in which nothing happened would only stretch the curve.
        if last.openPositions > 0 || last.equity != equity.last?.equity || last.fees != equity.last?.fees {
            takeSample(at: engine.market.now)
        }
    }

    /// Acts on whatever comes first; false when nothing is left.
    @inlinable
    @inline(__always)
    @discardableResult
    mutating func step<Sink: JournalSink & ~Copyable>(_ published: Timestamp, _ journal: inout Sink) -> Bool {
        let order = engine.gateway.nextArrival
        let report = venue.nextReportTime
        let arriving =
            Market.isFloor
            ? lanes.nextArrival : feedIsConstant ? window.nextEngineTime(feedLatency) : window.nextArrival
        let inner = min(report, min(arriving, nextTimer))
        if published <= order, published <= inner {
            guard published != .never else { return false }
            venue.prefetch(window.ahead(ofVenue: 16), window.ahead(ofVenue: 8), window.ahead(ofVenue: 4))
            if Market.isFloor {
                publish(window.takeVenue())
            } else {
                venue.advance(window.takeVenue())
                if !isTimingPlain { time(published) }
            }
        } else if order <= inner {
            let message = engine.gateway.take()
            if message.isCancel {
                venue.cancel(message.order.id, at: message.arrival)
            } else if message.question.kind != .none {
                venue.ask(message.question, at: message.arrival)
            } else if message.original != 0 {
                venue.replace(message.original, by: message.order, at: message.arrival)
            } else {
                venue.submit(message.order, at: message.arrival)
            }
        } else if report <= arriving, report <= nextTimer {
            feed(venue.takeReport(), &journal)
        } else if arriving <= nextTimer, Market.isFloor {
            end = arriving
            events &+= 1
            feed(lanes.take(), &journal)
        } else if arriving <= nextTimer {
            engine.market.books.prefetch(window.ahead(ofEngine: 16))
            engine.market.books.prefetchOrder(window.ahead(ofEngine: 8))
            engine.market.books.prefetchLevel(window.ahead(ofEngine: 4))
            var event = window.takeEngine()
            event.receiveTime = arriving
            end = arriving
            events &+= 1
            feed(event, &journal)
        } else {
            timer(&journal)
        }
        return true
    }

    /// One of several venues publishes an event: it travels on that venue's line.
    @inlinable
    @inline(never)
    mutating func publish(_ event: Event) {
        venue.advance(event)
        lanes.publish(event)
        // The window keeps only what no venue has met.
        _ = window.takeEngine()
        if engine.gateway.isCoupled { engine.gateway.venueMessage(of: event.venue, at: event.eventTime) }
    }

    /// The venue has published an event: when it reaches the engine, and how busy it keeps the venue.
    @usableFromInline
    @inline(never)
    mutating func time(_ published: Timestamp) {
        if !feedIsConstant { window.stampLast(feedLine.arrival(of: published)) }
        if engine.gateway.isCoupled { engine.gateway.venueMessage(at: published) }
    }

    /// Records one event, gives it to the engine, measures that, and records what the engine sent.
    @inlinable
    @inline(__always)
    mutating func feed<Sink: JournalSink & ~Copyable>(_ event: Event, _ journal: inout Sink) {
        if Sink.isKept {
            guard !isHalted, journal.append(event) != 0 else {
                isHalted = true
                return
            }
        }
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
        if Sink.isKept { recordOutputs(engine.gateway.sent - sent, &journal) }
    }

    /// Records the newest `count` messages of the gateway, and now and then the output hash.
    @inlinable
    @inline(__always)
    mutating func recordOutputs<Sink: JournalSink & ~Copyable>(_ count: Int, _ journal: inout Sink) {
        var back = count
        while back > 0 {
            back &-= 1
            if journal.append(engine.gateway.record(back: back)) == 0 { isHalted = true }
        }
        inputs &+= 1
        if inputs % Backtest.checkpointInterval == 0 { checkpoint(&journal) }
    }

    @inlinable
    mutating func checkpoint<Sink: JournalSink & ~Copyable>(_ journal: inout Sink) {
        let now = engine.market.now
        let record = Event(eventTime: now, receiveTime: now, kind: .checkpoint, detail: engine.hash.value)
        let number = journal.append(record)
        if number == 0 {
            isHalted = true
        } else if Trader.isRestorable, journal.wantsSnapshot {
            var place = NodePosition(sequence: number, inputs: inputs)
            place.marketInputs = UInt64(events)
            place.lastTimer = lastTimer
            keepSnapshot(place, &journal)
        }
    }

    @usableFromInline
    @inline(never)
    mutating func keepSnapshot<Sink: JournalSink & ~Copyable>(_ place: NodePosition, _ journal: inout Sink) {
        journal.keep(place, outputHash: engine.hash.value, time: engine.market.now) { writer in
            place.save(to: &writer)
            engine.save(to: &writer)
        }
    }

    @inlinable
    mutating func timer<Sink: JournalSink & ~Copyable>(_ journal: inout Sink) {
        let time = nextTimer
        if time >= nextSample { takeSample(at: time) }
        nextTimer = time + settings.timerInterval
        lastTimer = time
        if nextOrder < requests.count { giveOrders(at: time, &journal) }
        feed(Event(eventTime: time, receiveTime: time, kind: .timer), &journal)
    }

    /// Finds the instruments of parent orders by hand.
    @usableFromInline
    mutating func name(requestsOf source: any EventSource) {
        for (place, order) in settings.execution.orders.enumerated() where requests[place] == nil {
            guard let instrument = source.directory[order.symbol] else { continue }
            requests[place] = order.request(instrument, midnight: day == nil ? source.midnight : midnight)
        }
    }

    /// Gives the engine the parent orders whose time has come, as records; one whose instrument nobody has named yet waits.
    @usableFromInline
    mutating func giveOrders<Sink: JournalSink & ~Copyable>(at time: Timestamp, _ journal: inout Sink) {
        while nextOrder < requests.count, midnight + settings.execution.orders[nextOrder].time <= time,
            let request = requests[nextOrder]
        {
            nextOrder += 1
            feed(request.record(at: time), &journal)
        }
    }

    @inlinable
    mutating func takeSample(at time: Timestamp) {
        if let last = equity.last, last.time >= time { return }
        equity.append(sample(at: time))
        nextSample = time + settings.equityInterval
        if nextSample > lastSample { nextSample = .never }
    }

    /// The fills with the part of their price that is the impact model's charge.
    @usableFromInline
    func charged(_ fills: [FillRecord]) -> [FillRecord] {
        let charges = venue.impactCharges
        if charges.isEmpty { return fills }
        return fills.map { fill in
            var fill = fill
            let index = Int(clamping: fill.executionID) - 1
            if charges.indices.contains(index) { fill.impact = charges[index] }
            return fill
        }
    }

    /// The account at `time`, borrowed shares paid.
    @usableFromInline
    func sample(at time: Timestamp) -> EquitySample {
        var sample = engine.market.sample(at: time, instruments: instruments, initialCash: settings.initialCash)
        sample.equity -= borrowed
        sample.fees += borrowed
        return sample
    }

    /// Charges the nights between the current day and `midnight` for the positions that are short.
    @usableFromInline
    mutating func chargeBorrow(until midnight: Timestamp) {
        guard let borrow = settings.models.borrow, let day else { return }
        let nights = Int((midnight - day) / 86_400_000_000_000)
        for position in engine.market.positions(instruments: instruments) where position.quantity.raw < 0 {
            borrowed += borrow.cost(position.quantity, mark: position.mark, days: nights)
        }
    }

    @inlinable
    func result(_ source: any EventSource, nanosecondsPerCycle: Double) -> RunResult {
        var result = RunResult()
        result.start = start
        result.end = end
        result.midnight = day == nil ? source.midnight : midnight
        result.instruments = source.directory
        result.assumptions = RunAssumptions(settings)
        result.counts = engine.observer.counts
        result.counts.tradeThroughs = venue.tradeThroughs
        result.counts.sweeps = venue.sweeps
        result.counts.messages = source.messages
        result.counts.malformed = source.malformed
        result.counts.inconsistent = engine.market.bookFaults
        result.counts.instruments = source.directory.count
        result.counts.quotes = engine.quotes
        result.orders = engine.observer.orders
        result.fills = charged(engine.observer.fills)
        result.parents = engine.observer.finishedParents(engine.market)
        result.venues = settings.ruling.venues
        result.costs = engine.observer.finishedCosts(engine.market)
        result.borrowCost = borrowed
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
