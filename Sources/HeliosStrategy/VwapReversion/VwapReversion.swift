// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosSignal

/// Fades a price that is far from the day's volume-weighted average, while it does not run.
///
/// z = (middle − VWAP) / (deviation of the middle over `horizon`). An entry waits in the queue of its own side of the book and is
/// withdrawn when z has come back or time is up; an exit takes. Nothing is allocated after `init`.
@safe
public struct VwapReversion: Strategy, ~Copyable {
    let parameters: VwapReversionParameters
    let touch: TouchOrders
    var clock: TradingClock
    var sessionStart: Timestamp
    var places: SymbolPlaces
    var states: FixedBuffer<VwapState>
    /// The sampled middles of each instrument, as rings.
    var samples: FixedBuffer<Double>
    var nextSample = Timestamp.zero
    private let weight: Double
    /// Square roots of horizon and trend window, in seconds.
    private let horizonRoot: Double
    private let trendRoot: Double
    /// What has been done so far.
    public internal(set) var counters = VwapCounters()

    public init(_ parameters: VwapReversionParameters, instruments: inout InstrumentDirectory, midnight: Timestamp) {
        self.parameters = parameters
        touch = parameters.touch.orders
        clock = TradingClock(parameters.hours, midnight: midnight)
        sessionStart = midnight + parameters.sessionStart
        places = SymbolPlaces(parameters.symbols, &instruments)
        states = FixedBuffer(repeating: VwapState(), count: places.count)
        samples = FixedBuffer(repeating: 0, count: places.count * max(parameters.trendSamples, 1))
        weight = 1 - DeterministicMath.exp(-Double(parameters.sampleInterval) / Double(parameters.volatilityMemory))
        horizonRoot = (Double(parameters.horizon) * 1e-9).squareRoot()
        trendRoot = (Double(parameters.trendWindow) * 1e-9).squareRoot()
    }

    /// An average is of one day.
    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        clock = TradingClock(parameters.hours, midnight: midnight)
        sessionStart = midnight + parameters.sessionStart
        for place in 0..<states.count { states[place].forgetDay() }
    }

    // MARK: What is known

    public mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard event.quantity.raw > 0, let place = places.place(of: event.instrument), market.now >= sessionStart,
            market.phase == .regular
        else { return }
        let price = market.lastTrade(event.instrument, at: event.venue).price.value
        states[place].volume.add(event.quantity.value)
        states[place].turnover.add(event.quantity.value * price)
    }

    public mutating func onQuote(
        _ instrument: Instrument,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let place = places.place(of: instrument) else { return }
        tend(place, market, &intents)
    }

    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        if market.now >= nextSample {
            nextSample = market.now + parameters.sampleInterval
            for place in 0..<states.count { sample(place, market) }
        }
        for place in 0..<states.count { tend(place, market, &intents) }
    }

    private mutating func sample(_ place: Int, _ market: borrowing MarketState) {
        let quote = market.quote(places[place])
        guard market.now >= sessionStart, TargetLeg.isOpen(places[place], quote, market) else {
            states[place].mid = 0
            return
        }
        var state = states[place]
        let mid = quote.mid.value
        if state.mid > 0 {
            let elapsed = Double(market.now - state.sampled) * 1e-9
            let move = mid - state.mid
            state.moves += 1
            state.variance += max(weight, 1 / Double(state.moves)) * (move * move / elapsed - state.variance)
        }
        let count = parameters.trendSamples
        let slot = place * count + Int(state.samples % Int64(count))
        // The sample that is overwritten is as old as the trend looks back.
        state.trendBase = state.samples >= Int64(count) ? samples[slot] : 0
        samples[slot] = mid
        state.samples += 1
        (state.mid, state.sampled) = (mid, market.now)
        states[place] = state
    }

    /// Distance from the average and trend, in deviations of the price over the horizon and over the trend window.
    func view(_ place: Int, _ quote: Quote) -> VwapView? {
        let state = states[place]
        guard quote.isTwoSided, !quote.isCrossed, state.variance > 0, state.volume.value > 0, state.trendBase > 0,
            state.moves >= parameters.warmUp / parameters.sampleInterval
        else { return nil }
        let deviation = state.variance.squareRoot()
        let mid = quote.mid.value
        let average = state.turnover.value / state.volume.value
        return VwapView(
            average: average,
            z: (mid - average) / (deviation * horizonRoot),
            trend: (mid - state.trendBase) / (deviation * trendRoot)
        )
    }

    // MARK: Rules

    private mutating func tend(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let quote = market.quote(places[place])
        let view = view(place, quote)
        let isOpen = TargetLeg.isOpen(places[place], quote, market)
        if isOpen, let view { unblock(place, view.z) }
        if let reason = exitReason(place, isOpen ? view : nil, market.now) { leave(place, reason) }
        if states[place].isLeaving || states[place].leg.position.raw != 0 && states[place].direction == 0 {
            finish(place, market, &intents)
            return
        }
        if states[place].direction == 0, isOpen, let view { consider(place, view, market) }
        keepEntry(place, quote, isOpen, market, &intents)
    }

    /// A side that was stopped is open again when z has been back.
    private mutating func unblock(_ place: Int, _ z: Double) {
        let blocked = Double(states[place].blocked)
        if blocked != 0, z * blocked <= parameters.exitDistance { states[place].blocked = 0 }
    }

    // Without a view no price can be traded at.
    private func exitReason(_ place: Int, _ view: VwapView?, _ now: Timestamp) -> VwapExit? {
        let state = states[place]
        guard state.direction != 0, !state.isLeaving else { return nil }
        if clock.isClosing(now) { return .close }
        if now >= state.timeStop { return .timeStop }
        if state.leg.position.raw == 0, now >= state.entryDeadline { return .unfilled }
        guard let view else { return nil }
        // Seen from the position: a long one was entered below the average and hopes for a rise.
        let distance = -view.z * Double(state.direction)
        if distance >= parameters.stopDistance { return .stop }
        return distance <= parameters.exitDistance ? .target : nil
    }

    private mutating func consider(_ place: Int, _ view: VwapView, _ market: borrowing MarketState) {
        let size = view.z.magnitude
        let above: Int64 = view.z > 0 ? 1 : -1
        guard clock.allowsEntry(market.now), size >= parameters.enterDistance, size < parameters.stopDistance,
            above != states[place].blocked, states[place].leg.isFlat, states[place].entry.isIdle,
            // A price that runs away from the average is let run.
            view.trend * Double(above) <= parameters.trendMax
        else { return }
        let shares = parameters.touch.lots(parameters.notional.value / market.quote(places[place]).mid.value) ?? .zero
        guard shares.raw > 0, parameters.positionMax >= parameters.touch.lot else { return }
        states[place].direction = -above
        states[place].wanted = min(shares, parameters.touch.whole(parameters.positionMax))
        states[place].exitCode = 0
        states[place].entryDeadline = market.now + parameters.entryTimeout
        states[place].timeStop = market.now + parameters.maxHold
        counters.entries += 1
    }

    /// Keeps what is still wanted at the touch of its own side; after its time only what has been filled is kept.
    private mutating func keepEntry(
        _ place: Int,
        _ quote: Quote,
        _ isOpen: Bool,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let state = states[place]
        let side: Side = state.direction > 0 ? .buy : .sell
        let missing = state.wanted - state.leg.position.magnitude
        // What waits while nothing is seen is filled at prices of before.
        let isSeen = isOpen && !market.risk.feedIsInterrupted
        let isWanted = state.direction != 0 && isSeen && missing.raw > 0 && market.now < state.entryDeadline
        let wish = RestingOrder.Wish(side: side, price: quote.price(side), quantity: missing)
        var entry = state.entry
        let isChanged = entry.keep(
            isWanted ? wish : nil,
            places[place],
            touch,
            slack: parameters.slack,
            group: UInt32(place),
            leg: 0,
            market,
            &intents
        )
        states[place].entry = entry
        states[place].leg.target = state.leg.position
        if isChanged { counters.orders += 1 }
    }

    private mutating func leave(_ place: Int, _ reason: VwapExit) {
        if reason == .stop || reason == .timeStop { states[place].blocked = -states[place].direction }
        states[place].exitCode = reason.rawValue
        counters.count(reason)
    }

    /// Withdraws what waits, then takes what is held to zero.
    private mutating func finish(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        var entry = states[place].entry
        entry.keep(nil, places[place], touch, group: UInt32(place), leg: 0, market, &intents)
        states[place].entry = entry
        states[place].leg.target = .zero
        guard entry.isIdle else { return }
        if states[place].leg.isFlat {
            states[place].direction = 0
            states[place].exitCode = 0
            return
        }
        let isSent = states[place].leg
            .send(places[place], touch, group: UInt32(place), leg: 1, market, &intents)
        if isSent { counters.orders += 1 }
    }

    // MARK: Reports

    public mutating func onOrder(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = Int(update.tag.group)
        guard place < states.count else { return }
        states[place].leg.take(update, touch, market.now)
        if update.tag.leg == 0 { states[place].entry.take(update, touch, market.now, &intents) }
        tend(place, market, &intents)
    }

    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = Int(update.tag.group)
        guard place < states.count else { return }
        states[place].leg.reduce(update)
        // Not built up again, and that side is not entered until z was back.
        states[place].wanted = states[place].leg.position.magnitude
        if update.kind == .filled, states[place].direction != 0 { states[place].blocked = -states[place].direction }
        if states[place].leg.position.raw == 0, states[place].direction != 0, !states[place].isLeaving {
            states[place].exitCode = VwapExit.unfilled.rawValue
        }
    }
}

extension VwapReversion {
    /// Shares held of the instrument number `place`, from fills.
    public func position(of place: Int) -> Quantity { states[place].leg.position }
}

/// Where a price stands.
struct VwapView {
    var average: Double
    var z: Double
    var trend: Double
}

/// Why a position, or an entry, was given up.
public enum VwapExit: Int64, Sendable, BitwiseCopyable, CaseIterable {
    /// The price came back.
    case target = 1
    /// It went further away.
    case stop
    case timeStop
    /// Nobody filled the entry in time.
    case unfilled
    /// The end of the day.
    case close
}

/// What is known and held of one instrument; whole numbers and doubles only, so that it is saved as it is.
struct VwapState: BitwiseCopyable {
    var leg = TargetLeg()
    var entry = RestingOrder()
    var volume = CompensatedSum()
    var turnover = CompensatedSum()
    /// At the sample before; 0 for none.
    var mid = 0.0
    var sampled = Timestamp.zero
    var samples: Int64 = 0
    var moves: Int64 = 0
    /// Of the middle, a second.
    var variance = 0.0
    /// The middle a trend window ago; 0 while there is none.
    var trendBase = 0.0
    /// +1 long, −1 short, 0 for nothing wanted.
    var direction: Int64 = 0
    /// The side of the average on which nothing is entered until z was back.
    var blocked: Int64 = 0
    var wanted = Quantity.zero
    var entryDeadline = Timestamp.never
    var timeStop = Timestamp.never
    /// Raw `VwapExit`; 0 while the position is wanted.
    var exitCode: Int64 = 0

    var isLeaving: Bool { exitCode != 0 }

    mutating func forgetDay() {
        volume = CompensatedSum()
        turnover = CompensatedSum()
        (mid, samples, moves, variance, trendBase, blocked) = (0, 0, 0, 0, 0, 0)
    }

    var isPossible: Bool {
        let numbers = [mid, variance, trendBase, volume.value, turnover.value]
        return numbers.allSatisfy(\.isFinite) && leg.isPossible && entry.isPossible && (-1...1).contains(direction)
            && (-1...1).contains(blocked) && (0...5).contains(exitCode) && samples >= 0 && samples <= 1 << 33
            && moves >= 0 && moves <= 1 << 33 && wanted.raw >= 0 && wanted.raw <= 1 << 60 && sampled >= .zero
            && entryDeadline >= .zero && timeStop >= .zero
    }
}

/// What the VWAP reversion has done, for logs and tests.
public struct VwapCounters: Sendable, BitwiseCopyable, Equatable {
    public var entries = 0
    public var orders = 0
    public var targets = 0
    public var stops = 0
    public var timeStops = 0
    public var unfilled = 0
    public var closes = 0

    public init() {}

    mutating func count(_ exit: VwapExit) {
        switch exit {
        case .target: targets += 1
        case .stop: stops += 1
        case .timeStop: timeStops += 1
        case .unfilled: unfilled += 1
        case .close: closes += 1
        }
    }
}
