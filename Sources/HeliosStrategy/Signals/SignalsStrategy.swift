// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosSignal

/// Trades what queries say.
///
/// The queries are one plan, the same that `helios signal plan` shows, and the machine that works it gets every quote, trade and
/// halt of the instruments that they name. What a rule buys or sells is a sum of prices: it becomes a position of so many shares of
/// each, with the numbers that hold when the rule speaks. Nothing is allocated after `init`.
@safe
public struct SignalsStrategy: Strategy, ~Copyable {
    let parameters: SignalsParameters
    let touch: TouchOrders
    var clock: TradingClock
    var machine: SignalMachine

    /// By instrument of the market: its place in the plan, −1 for none.
    let places: [Int32]
    /// By place in the plan: the instrument.
    let instruments: [Instrument]
    var feeds: FixedBuffer<SignalSource>

    let acts: [SignalProgram.Act]
    /// Where the legs of each basket begin; one more than baskets.
    let starts: [Int]
    /// By leg: its instrument.
    let legInstruments: [Instrument]
    var legs: FixedBuffer<TargetLeg>
    /// By leg: shares for one unit, as the rule that speaks has them.
    var shares: FixedBuffer<Double>
    var baskets: FixedBuffer<SignalPosition>
    /// What has been done so far.
    public internal(set) var counters = SignalsCounters()

    /// - Parameters:
    ///   - parameters: the queries and how they are traded.
    ///   - instruments: the symbols of the queries are looked up and, where unknown, registered here.
    ///   - midnight: of the trading day, from which times of day count.
    public init(_ parameters: SignalsParameters, instruments: inout InstrumentDirectory, midnight: Timestamp) {
        let program = parameters.program
        self.parameters = parameters
        touch = parameters.touch.orders
        clock = TradingClock(parameters.hours, midnight: midnight)
        machine = SignalMachine(program.plan)
        let planned = program.plan.symbols.compactMap { Symbol($0) }.map { instruments.register($0) }
        var places = [Int32](repeating: -1, count: 1 + (planned.map(\.index).max() ?? -1))
        for (place, instrument) in planned.enumerated() { places[instrument.index] = Int32(place) }
        self.places = places
        self.instruments = planned
        feeds = FixedBuffer(repeating: SignalSource(), count: planned.count)
        acts = program.acts
        var starts = [0]
        for basket in program.baskets { starts.append((starts.last ?? 0) + basket.symbols.count) }
        self.starts = starts
        legInstruments = program.baskets.flatMap(\.symbols).map { instruments.register($0) }
        legs = FixedBuffer(repeating: TargetLeg(), count: legInstruments.count)
        shares = FixedBuffer(repeating: 0, count: legInstruments.count)
        baskets = FixedBuffer(repeating: SignalPosition(), count: program.baskets.count)
    }

    /// Times of day count from the midnight of the day that begins; what the signals remember stays.
    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        clock = TradingClock(parameters.hours, midnight: midnight)
    }
}

extension SignalsStrategy {
    /// Where the position number `basket` is in its life.
    public func phase(of basket: Int) -> PairPhase { baskets[basket].phase }

    /// Shares held of one of its instruments, from fills.
    public func position(of basket: Int, leg: Int) -> Quantity { legs[starts[basket] + leg].position }
}

/// What the strategy saw last of an instrument; whole numbers only, so that it is saved as it is.
struct SignalSource: BitwiseCopyable {
    var bid = Price.zero
    var ask = Price.zero
    /// Before the event that came last: what a trade is compared with.
    var previousBid = Price.zero
    var previousAsk = Price.zero
    var time = Timestamp.zero
    var halted: Int64 = 0

    /// Takes new best prices; what came at the same time counts as one event.
    mutating func quote(bid: Price, ask: Price, at now: Timestamp) {
        if now != time { (previousBid, previousAsk) = (self.bid, self.ask) }
        (self.bid, self.ask, time) = (bid, ask, now)
    }

    /// Who took, by where the price stood in the quote before (the quote rule); 0 between both sides.
    func sign(_ price: Price, at now: Timestamp) -> Double {
        let (bid, ask) = now == time ? (previousBid, previousAsk) : (self.bid, self.ask)
        if ask.raw > 0, price >= ask { return 1 }
        return bid.raw > 0 && price <= bid ? -1 : 0
    }
}

/// A position's life; whole numbers and doubles only, so that it is saved as it is.
struct SignalPosition: BitwiseCopyable {
    private var phaseCode: Int64 = 0
    /// +1 long the first leg, −1 short, 0 flat.
    var direction: Int64 = 0
    /// Entries that make it up.
    var entries: Int64 = 0
    /// When an incomplete entry is undone, an open position is too old.
    var legDeadline = Timestamp.never
    var timeStop = Timestamp.never
    /// The rule that decided last, −1 for the strategy itself, and the value that it said.
    var rule: Int64 = -1
    var value = 0.0
    private var exitCode: Int64 = 0

    var phase: PairPhase {
        get { PairPhase(rawValue: UInt8(truncatingIfNeeded: phaseCode)) ?? .flat }
        set { phaseCode = Int64(newValue.rawValue) }
    }

    var exit: SignalExit {
        get { SignalExit(rawValue: UInt8(truncatingIfNeeded: exitCode)) ?? .signal }
        set { exitCode = Int64(newValue.rawValue) }
    }

    /// Whether the life of a position can lead here.
    func isPossible(rules: Int) -> Bool {
        (0...3).contains(phaseCode) && (-1...1).contains(direction) && (0...100).contains(entries)
            && (0...4).contains(exitCode) && (-1..<Int64(rules)).contains(rule) && (phase == .flat) == (direction == 0)
            && legDeadline >= .zero && timeStop >= .zero
    }
}

/// Why a position of signals was taken to flat.
public enum SignalExit: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// A rule said `close`.
    case signal
    /// A rule spoke for the other side.
    case opposite
    case timeStop
    /// A leg could not be filled, or left where it should be.
    case legging
    /// The end of the day.
    case close
}

/// What the signals strategy has done, for logs and tests.
public struct SignalsCounters: Sendable, BitwiseCopyable, Equatable {
    /// Things that rules said.
    public var outputs = 0
    public var entries = 0
    public var exits = 0
    /// Entries not made: out of hours, a leg that does not trade or has no quote.
    public var untimely = 0
    /// Entries not made because a number of theirs was invalid or zero, a leg less than a lot, or the position at its limit.
    public var unsized = 0
    public var orders = 0

    public init() {}
}
