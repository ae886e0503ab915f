// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosSignal

/// Goes with a price that leaves its range on much volume, and follows it with a stop.
///
/// The range is that of the last bars or of the day's opening; distances are measured in true ranges, the average move of a bar. Bars
/// are of the middle price and of the volume of all trades while the instrument trades, and end with the timer. Nothing is allocated
/// after `init`.
@safe
public struct Momentum: Strategy, ~Copyable {
    let parameters: MomentumParameters
    let touch: TouchOrders
    var clock: TradingClock
    /// Of the opening range.
    var opening: (from: Timestamp, to: Timestamp)
    var places: SymbolPlaces
    var states: FixedBuffer<MomentumState>
    /// The closed bars of each instrument, as rings.
    var bars: FixedBuffer<MomentumBar>
    var barEnd = Timestamp.zero
    /// What has been done so far.
    public internal(set) var counters = MomentumCounters()

    public init(_ parameters: MomentumParameters, instruments: inout InstrumentDirectory, midnight: Timestamp) {
        self.parameters = parameters
        touch = parameters.touch.orders
        clock = TradingClock(parameters.hours, midnight: midnight)
        let from = midnight + parameters.openingFrom
        opening = (from, from + parameters.openingLength)
        places = SymbolPlaces(parameters.symbols, &instruments)
        states = FixedBuffer(repeating: MomentumState(), count: places.count)
        bars = FixedBuffer(repeating: MomentumBar(), count: places.count * parameters.channelBars)
    }

    /// A range is of one day.
    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        clock = TradingClock(parameters.hours, midnight: midnight)
        let from = midnight + parameters.openingFrom
        opening = (from, from + parameters.openingLength)
        for place in 0..<states.count { states[place].forgetBars() }
    }

    // MARK: Bars

    public mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard event.quantity.raw > 0, let place = places.place(of: event.instrument), isTrading(place, market) else {
            return
        }
        states[place].bar.volume += event.quantity.value
    }

    /// Prices and volumes of auctions, of the hours before and after, and of halts are of no bar.
    private func isTrading(_ place: Int, _ market: borrowing MarketState) -> Bool {
        market.phase == .regular && market.tradingState(places[place]) == .trading
    }

    public mutating func onQuote(
        _ instrument: Instrument,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let place = places.place(of: instrument) else { return }
        let quote = market.quote(instrument)
        guard TargetLeg.isOpen(instrument, quote, market) else { return }
        let mid = quote.mid.value
        guard mid != states[place].mid else { return }
        states[place].see(mid)
        decide(place, quote, market, &intents)
    }

    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        if market.now >= barEnd {
            for place in 0..<states.count {
                if isTrading(place, market) {
                    closeBar(place, market.now)
                } else {
                    states[place].bar = MomentumBar()
                }
            }
            // Counted from midnight, so that the opening range is of whole bars.
            let midnight = opening.from + -parameters.openingFrom
            barEnd = midnight + ((market.now - midnight) / parameters.bar + 1) * parameters.bar
        }
        for place in 0..<states.count {
            attend(place, market, &intents)
            work(place, market, &intents)
        }
    }

    /// Puts the bar that ends into the ring, and finds range, volume and true range anew.
    private mutating func closeBar(_ place: Int, _ now: Timestamp) {
        var state = states[place]
        guard state.mid > 0, state.bar.high > 0 else {
            states[place].bar = MomentumBar()
            return
        }
        let count = parameters.channelBars
        var bar = state.bar
        if state.lastClose > 0 {
            bar.high = max(bar.high, state.lastClose)
            bar.low = min(bar.low, state.lastClose)
        }
        bars[place * count + Int(state.closed % Int64(count))] = bar
        state.closed += 1
        let isOpening = barEnd > opening.from && barEnd <= opening.to
        if isOpening {
            state.openingHigh = max(state.openingHigh, bar.high)
            state.openingLow = state.openingLow == 0 ? bar.low : min(state.openingLow, bar.low)
        }
        state.lastClose = state.mid
        state.lastVolume = bar.volume
        state.bar = MomentumBar(mid: state.mid)
        var (high, low, volume, range) = (0.0, Double.infinity, 0.0, 0.0)
        let held = Int(min(state.closed, Int64(count)))
        for slot in 0..<held {
            let bar = bars[place * count + slot]
            high = max(high, bar.high)
            low = min(low, bar.low)
            volume += bar.volume
            range += bar.high - bar.low
        }
        state.averageVolume = volume / Double(held)
        state.trueRange = range / Double(held)
        let isComplete = parameters.range == .opening ? now >= opening.to && state.openingLow > 0 : true
        guard held == count || parameters.range == .opening, isComplete else {
            (state.high, state.low) = (0, 0)
            return states[place] = state
        }
        (state.high, state.low) =
            parameters.range == .opening ? (state.openingHigh, state.openingLow) : (high, low)
        states[place] = state
    }

    // MARK: Rules

    private mutating func decide(
        _ place: Int,
        _ quote: Quote,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        var state = states[place]
        if state.direction != 0 {
            let gain = Double(state.direction) * (state.mid - state.extreme)
            if gain > 0 { state.extreme = state.mid }
            let isStopped = -gain >= state.stopDistance
            states[place] = state
            if isStopped, state.exitCode == MomentumExit.none { exit(place, .stop, market, &intents) }
            return
        }
        guard state.high > 0, state.trueRange > 0 else { return }
        let edge = parameters.breakout * state.trueRange
        let side: Int64 = state.mid > state.high + edge ? 1 : state.mid < state.low - edge ? -1 : 0
        if side == 0 {
            // Back inside: the next time that it leaves is another one.
            if state.mid <= state.high, state.mid >= state.low { states[place].blocked = 0 }
            return
        }
        let volume = max(state.bar.volume, state.lastVolume)
        guard side != state.blocked, leg(place).isFlat, clock.allowsEntry(market.now),
            volume >= parameters.volumeMultiple * state.averageVolume
        else { return }
        enter(place, side, market, &intents)
    }

    private func leg(_ place: Int) -> TargetLeg { states[place].leg }

    private mutating func enter(
        _ place: Int,
        _ side: Int64,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let mid = states[place].mid
        let most = parameters.touch.whole(parameters.positionMax)
        let wanted = min(parameters.touch.lots(parameters.notional.value / mid) ?? .zero, most)
        guard wanted.raw > 0 else { return }
        states[place].leg.target = Quantity(raw: side * wanted.raw)
        states[place].direction = side
        states[place].exitCode = MomentumExit.none
        states[place].extreme = mid
        states[place].stopDistance = parameters.trail * states[place].trueRange
        states[place].entryDeadline = market.now + parameters.entryTimeout
        states[place].timeStop = market.now + parameters.maxHold
        counters.entries += 1
        work(place, market, &intents)
    }

    /// What time asks of a position.
    private mutating func attend(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let state = states[place]
        guard state.direction != 0, state.exitCode == MomentumExit.none else { return }
        if clock.isClosing(market.now) { return exit(place, .close, market, &intents) }
        if market.now >= state.timeStop { return exit(place, .timeStop, market, &intents) }
        // What could not be had in time is not run after.
        guard market.now >= state.entryDeadline, state.leg.order == 0 else { return }
        states[place].leg.target = state.leg.position
        if state.leg.position.raw == 0 { states[place].blocked = state.direction }
    }

    private mutating func exit(
        _ place: Int,
        _ reason: MomentumExit,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        states[place].leg.target = .zero
        states[place].blocked = states[place].direction
        states[place].exitCode = reason.code
        counters.count(reason)
        work(place, market, &intents)
    }

    private mutating func work(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let state = states[place]
        if state.direction != 0, state.leg.isFlat { states[place].direction = 0 }
        guard !state.leg.isDone else { return }
        let isSent = states[place].leg
            .send(places[place], touch, group: UInt32(place), leg: 0, market, &intents)
        if isSent { counters.orders += 1 }
    }

    // MARK: Reports

    public mutating func onOrder(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = Int(update.tag.group)
        guard place < states.count, states[place].leg.take(update, touch, market.now) else { return }
        // A late fill is not wanted any more.
        if states[place].direction == 0, states[place].leg.position.raw != 0 {
            states[place].direction = states[place].leg.position.raw > 0 ? 1 : -1
            states[place].exitCode = MomentumExit.late.code
        }
        work(place, market, &intents)
    }

    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = Int(update.tag.group)
        guard place < states.count else { return }
        states[place].leg.reduce(update)
        // Not built up again: that side waits until the price has been back inside.
        if update.kind == .filled, states[place].direction != 0 { states[place].blocked = states[place].direction }
        if states[place].leg.isFlat { states[place].direction = 0 }
    }
}

extension Momentum {
    /// Shares held of the instrument number `place`, from fills.
    public func position(of place: Int) -> Quantity { states[place].leg.position }
}

/// Why a position of momentum was taken to flat.
public enum MomentumExit: Int64, Sendable, BitwiseCopyable, CaseIterable {
    /// The price has come back from its best by the stop's distance.
    case stop = 1
    case timeStop
    /// The end of the day.
    case close
    /// It was filled after it had been given up.
    case late

    static var none: Int64 { 0 }
    var code: Int64 { rawValue }
}

/// Doubles only, so that it is saved as it is.
struct MomentumBar: BitwiseCopyable {
    var high = 0.0
    var low = 0.0
    var volume = 0.0

    init() {}

    init(mid: Double) { (high, low) = (mid, mid) }
}

/// What is known and held of one instrument; whole numbers and doubles only, so that it is saved as it is.
struct MomentumState: BitwiseCopyable {
    var leg = TargetLeg()
    var mid = 0.0
    /// The bar that goes on, and of the one before the close and the volume.
    var bar = MomentumBar()
    var lastClose = 0.0
    var lastVolume = 0.0
    /// Bars closed today.
    var closed: Int64 = 0
    /// What must be broken; 0 while it is not known.
    var high = 0.0
    var low = 0.0
    var openingHigh = 0.0
    var openingLow = 0.0
    var averageVolume = 0.0
    var trueRange = 0.0
    /// +1 long, −1 short, 0 flat.
    var direction: Int64 = 0
    /// The side on which nothing is entered until the price was back inside.
    var blocked: Int64 = 0
    /// The best price since the entry, and how far from it the stop is.
    var extreme = 0.0
    var stopDistance = 0.0
    var entryDeadline = Timestamp.never
    var timeStop = Timestamp.never
    /// Raw `MomentumExit`; 0 while the position is wanted.
    var exitCode: Int64 = 0

    mutating func see(_ mid: Double) {
        if self.mid == 0 { bar = MomentumBar(mid: mid) }
        if bar.high == 0 { (bar.high, bar.low) = (mid, mid) }
        self.mid = mid
        bar.high = max(bar.high, mid)
        bar.low = min(bar.low, mid)
    }

    mutating func forgetBars() {
        (mid, lastClose, lastVolume, closed) = (0, 0, 0, 0)
        bar = MomentumBar()
        (high, low, openingHigh, openingLow) = (0, 0, 0, 0)
        (averageVolume, trueRange, blocked) = (0, 0, 0)
    }

    var isPossible: Bool {
        let numbers = [
            mid, bar.high, bar.low, bar.volume, lastClose, lastVolume, high, low, openingHigh, openingLow,
            averageVolume, trueRange, extreme, stopDistance,
        ]
        return numbers.allSatisfy(\.isFinite) && leg.isPossible && closed >= 0 && closed <= 1 << 33
            && (-1...1).contains(direction) && (-1...1).contains(blocked) && (0...4).contains(exitCode)
            && entryDeadline >= .zero && timeStop >= .zero
    }
}

/// What the momentum strategy has done, for logs and tests.
public struct MomentumCounters: Sendable, BitwiseCopyable, Equatable {
    public var entries = 0
    public var orders = 0
    public var stops = 0
    public var timeStops = 0
    public var closes = 0

    public init() {}

    mutating func count(_ exit: MomentumExit) {
        switch exit {
        case .stop: stops += 1
        case .timeStop: timeStops += 1
        case .close: closes += 1
        case .late: break
        }
    }
}
