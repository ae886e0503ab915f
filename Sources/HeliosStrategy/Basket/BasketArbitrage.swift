// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosSignal

/// Index arbitrage: an index share against the basket that it stands for.
///
/// basis = index − offset − Σ weight · member, at the middle prices, and only while every leg has a two-sided quote. An entry wants
/// more basis than entering and leaving all legs costs; its legs go out together, and one that stays behind is completed or the
/// others undone. A quote costs one addition for each member. Nothing is allocated after `init`.
@safe
public struct BasketArbitrage: Strategy, ~Copyable {
    let parameters: BasketParameters
    let touch: TouchOrders
    let completing: TouchOrders
    var clock: TradingClock
    /// The index first, then its members.
    var places: SymbolPlaces
    /// By place: 1 for the index, −weight for a member, so that the basis is a sum of products.
    let factors: FixedBuffer<Double>
    /// By place: 0 while there is no two-sided, uncrossed quote.
    var mids: FixedBuffer<Double>
    var legs: FixedBuffer<TargetLeg>
    var missing: Int
    var state = BasketState()
    var nextSample = Timestamp.zero
    private let weight: Double
    /// What has been done so far.
    public internal(set) var counters = BasketCounters()

    public init(_ parameters: BasketParameters, instruments: inout InstrumentDirectory, midnight: Timestamp) {
        self.parameters = parameters
        touch = parameters.touch.orders
        completing = TouchOrders(tolerance: parameters.completeTolerance, coolDown: parameters.touch.coolDown)
        clock = TradingClock(parameters.hours, midnight: midnight)
        places = SymbolPlaces([parameters.index] + parameters.weights.map(\.symbol), &instruments)
        var factors = FixedBuffer(repeating: 1.0, count: places.count)
        for (member, weight) in parameters.weights.enumerated() { factors[member + 1] = -weight.weight }
        self.factors = factors
        mids = FixedBuffer(repeating: 0, count: places.count)
        legs = FixedBuffer(repeating: TargetLeg(), count: places.count)
        missing = places.count
        let memory = Double(max(parameters.basisMemory, 1))
        weight = 1 - DeterministicMath.exp(-Double(parameters.sampleInterval) / memory)
    }

    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        clock = TradingClock(parameters.hours, midnight: midnight)
    }

    // MARK: What is known

    public mutating func onQuote(
        _ instrument: Instrument,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let place = places.place(of: instrument) else { return }
        let quote = market.quote(instrument)
        let mid = quote.isTwoSided && !quote.isCrossed ? quote.mid.value : 0
        guard mid != mids[place] else { return }
        missing += (mid == 0 ? 1 : 0) - (mids[place] == 0 ? 1 : 0)
        mids[place] = mid
        if missing == 0 { decide(market, &intents) }
    }

    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        if market.now >= nextSample {
            nextSample = market.now + parameters.sampleInterval
            sample(market)
        }
        switch state.phase {
        case .flat: break
        case .open:
            if clock.isClosing(market.now) {
                exit(.close, market, &intents)
            } else if market.now >= state.timeStop {
                state.blocked = -state.direction
                exit(.timeStop, market, &intents)
            } else if missing == 0 {
                // A halt may have ended without a new quote.
                decide(market, &intents)
            }
        case .entering, .exiting: work(market, &intents)
        }
    }

    private mutating func sample(_ market: borrowing MarketState) {
        guard parameters.basisMemory > 0, missing == 0, isTrading(market) else { return }
        state.samples += 1
        state.usual += max(weight, 1 / Double(state.samples)) * (rawBasis - state.usual)
    }

    private func isTrading(_ market: borrowing MarketState) -> Bool {
        guard market.phase == .regular else { return false }
        for place in 0..<places.count where market.tradingState(places[place]) != .trading { return false }
        return true
    }

    /// The index less its members, at the middle prices.
    private var rawBasis: Double {
        var sum = -parameters.offset.value
        for place in 0..<mids.count { sum += factors[place] * mids[place] }
        return sum
    }

    /// How dear the index is against its members; not a number while a leg has no quote.
    var basis: Double { missing == 0 ? rawBasis - (parameters.basisMemory > 0 ? state.usual : 0) : .nan }

    /// Cost of entry and exit for one share of the index: all spreads, and fees on two executions a leg.
    func roundTripCost(_ market: borrowing MarketState) -> Double {
        var cost = 0.0
        for place in 0..<places.count {
            let spread = market.quote(places[place]).spread.value
            cost += factors[place].magnitude * (spread + 2 * parameters.feePerShare.value)
        }
        return cost
    }

    // MARK: Rules

    private mutating func decide(_ market: borrowing MarketState, _ intents: inout Intents) {
        let basis = basis
        let exitBasis = parameters.exitBasis.value
        switch state.phase {
        case .flat: consider(basis, market, &intents)
        case .open:
            // Seen from the position: a short index was entered above zero and hopes for a fall.
            let distance = -basis * Double(state.direction)
            guard distance >= parameters.stopBasis.value || distance <= exitBasis, isTrading(market) else { return }
            if distance >= parameters.stopBasis.value {
                state.blocked = -state.direction
                exit(.stop, market, &intents)
            } else {
                exit(.target, market, &intents)
            }
        case .entering, .exiting: break
        }
    }

    private mutating func consider(_ basis: Double, _ market: borrowing MarketState, _ intents: inout Intents) {
        let above: Int64 = basis > 0 ? 1 : -1
        if state.blocked != 0, basis * Double(state.blocked) <= parameters.exitBasis.value { state.blocked = 0 }
        let size = basis.magnitude
        // Most quotes end here.
        guard size >= parameters.enterEdge.value, size < parameters.stopBasis.value, above != state.blocked,
            clock.allowsEntry(market.now), isWarm, isTrading(market),
            size - parameters.costMultiple * roundTripCost(market) >= parameters.enterEdge.value
        else { return }
        guard setTargets(direction: -above) else {
            counters.unsized += 1
            return
        }
        state.phase = .entering
        state.direction = -above
        state.isCompleting = 0
        state.decidedBasis = basis
        state.legDeadline = market.now + parameters.legTimeout
        state.timeStop = market.now + parameters.maxHold
        counters.entries += 1
        work(market, &intents)
    }

    private var isWarm: Bool {
        parameters.basisMemory == 0
            || state.samples > 0 && state.samples >= parameters.warmUp / parameters.sampleInterval
    }

    /// The members of an index share may together be worth at most this many times the index: more is a wrong weight.
    private static var maximumGross: Double { 5 }

    /// Whole lots of each leg; false, and nothing changed, when one is less than a lot, they miss the weights by too much or are
    /// worth far more than the index.
    private mutating func setTargets(direction: Int64) -> Bool {
        guard let index = parameters.touch.lots(parameters.notional.value / mids[0]), index.raw > 0 else {
            return false
        }
        var error = 0.0
        var gross = 0.0
        for place in 1..<legs.count { gross += factors[place].magnitude * mids[place] }
        guard gross <= BasketArbitrage.maximumGross * mids[0] else { return false }
        for place in 0..<legs.count {
            let shares = factors[place] * index.value
            guard let whole = parameters.touch.lots(shares), whole.raw != 0 else { return false }
            error += (whole.value - shares).magnitude * mids[place]
        }
        guard error <= parameters.trackingMax * index.value * mids[0] else { return false }
        for place in 0..<legs.count {
            let whole = parameters.touch.lots(factors[place] * index.value) ?? .zero
            legs[place].target = Quantity(raw: direction * whole.raw)
        }
        return true
    }

    private mutating func exit(_ reason: BasketExit, _ market: borrowing MarketState, _ intents: inout Intents) {
        for place in 0..<legs.count { legs[place].target = .zero }
        state.phase = .exiting
        state.exitCode = reason.rawValue
        state.decidedBasis = basis
        counters.count(reason)
        work(market, &intents)
    }

    /// Sends what the legs still need, completes or undoes an entry that has run out of time, and ends the phase when all have
    /// arrived.
    private mutating func work(_ market: borrowing MarketState, _ intents: inout Intents) {
        var isDone = true
        for place in 0..<legs.count where !legs[place].isDone { isDone = false }
        if isDone { return arrived() }
        if state.phase == .entering {
            if clock.isClosing(market.now) { return exit(.close, market, &intents) }
            if market.now >= state.legDeadline {
                guard parameters.onTimeout == .complete, state.isCompleting == 0 else {
                    state.blocked = -state.direction
                    return exit(.legging, market, &intents)
                }
                state.isCompleting = 1
                state.legDeadline = market.now + parameters.legTimeout
                counters.completions += 1
            }
        }
        let touch = state.phase == .entering && state.isCompleting != 0 ? completing : touch
        for place in 0..<legs.count {
            let isSent = legs[place].send(places[place], touch, group: 0, leg: UInt16(place), market, &intents)
            if isSent { counters.orders += 1 }
        }
    }

    private mutating func arrived() {
        if state.phase == .entering { state.phase = .open }
        if state.phase == .exiting {
            state.phase = .flat
            state.direction = 0
        }
    }

    // MARK: Reports

    public mutating func onOrder(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = Int(update.tag.leg)
        guard place < legs.count, legs[place].take(update, touch, market.now) else { return }
        switch state.phase {
        case .entering, .exiting: work(market, &intents)
        // Late fills and busts: the position they leave must not be left alone.
        case .flat, .open: if !legs[place].isDone { exit(.legging, market, &intents) }
        }
    }

    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = Int(update.tag.leg)
        guard place < legs.count else { return }
        legs[place].reduce(update)
        // What a bust gives back after the end has no other end.
        if state.phase == .flat, !legs[place].isDone { return exit(.legging, market, &intents) }
        // Not built up again until the basis was back.
        if update.kind == .filled, state.direction != 0 { state.blocked = -state.direction }
        guard state.phase == .open else { return }
        for place in 0..<legs.count where !legs[place].isFlat { return }
        state.phase = .exiting
        arrived()
    }
}

extension BasketArbitrage {
    /// Where the position is in its life.
    public var phase: PairPhase { state.phase }

    /// Shares held of the index (0) or of member number `place` − 1, from fills.
    public func position(of place: Int) -> Quantity { legs[place].position }
}

/// Why a basket was taken to flat.
public enum BasketExit: Int64, Sendable, BitwiseCopyable, CaseIterable {
    /// The basis came back.
    case target = 1
    /// It went further away.
    case stop
    case timeStop
    /// Not all legs could be filled.
    case legging
    /// The end of the day.
    case close
}

/// A basket's life; whole numbers and doubles only, so that it is saved as it is.
struct BasketState: BitwiseCopyable {
    private var phaseCode: Int64 = 0
    /// +1 long the index, −1 short, 0 flat.
    var direction: Int64 = 0
    /// The sign of the basis at which nothing is entered until it was back.
    var blocked: Int64 = 0
    var isCompleting: Int64 = 0
    /// Raw `BasketExit`.
    var exitCode: Int64 = 0
    var legDeadline = Timestamp.never
    var timeStop = Timestamp.never
    /// The usual basis, and how many samples it is of.
    var usual = 0.0
    var samples: Int64 = 0
    /// When the entry or exit was decided.
    var decidedBasis = 0.0

    var phase: PairPhase {
        get { PairPhase(rawValue: UInt8(truncatingIfNeeded: phaseCode)) ?? .flat }
        set { phaseCode = Int64(newValue.rawValue) }
    }

    var isPossible: Bool {
        (0...3).contains(phaseCode) && (-1...1).contains(direction) && (-1...1).contains(blocked)
            && (0...1).contains(isCompleting) && (0...5).contains(exitCode) && usual.isFinite && samples >= 0
            && samples <= 1 << 33 && legDeadline >= .zero && timeStop >= .zero
    }
}

/// What the basket has done, for logs and tests.
public struct BasketCounters: Sendable, BitwiseCopyable, Equatable {
    public var entries = 0
    /// Entries refused because their lots miss the weights.
    public var unsized = 0
    public var orders = 0
    /// Entries that were completed at a worse price.
    public var completions = 0
    public var targets = 0
    public var stops = 0
    public var timeStops = 0
    public var leggings = 0
    public var closes = 0

    public init() {}

    mutating func count(_ exit: BasketExit) {
        switch exit {
        case .target: targets += 1
        case .stop: stops += 1
        case .timeStop: timeStops += 1
        case .legging: leggings += 1
        case .close: closes += 1
        }
    }
}
