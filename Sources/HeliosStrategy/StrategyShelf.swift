// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// The strategies of one kind in a set, in memory of their own.
@safe
struct StrategyShelf<S: Strategy & ~Copyable>: ~Copyable {
    private let base: UnsafeMutablePointer<S>
    private let capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        unsafe base = .allocate(capacity: max(capacity, 1))
    }

    deinit {
        unsafe base.deinitialize(count: count)
        unsafe base.deallocate()
    }

    /// Takes a strategy; its place.
    mutating func add(_ strategy: consuming S) -> Int {
        precondition(count < capacity, "a shelf holds what it has room for")
        unsafe (base + count).initialize(to: strategy)
        count += 1
        return count - 1
    }

    /// The strategy at a place that `add` gave.
    subscript(place: Int) -> S {
        @inline(__always) _read {
            precondition(UInt(bitPattern: place) < UInt(bitPattern: count))
            yield unsafe base[place]
        }
        @inline(__always) _modify {
            precondition(UInt(bitPattern: place) < UInt(bitPattern: count))
            yield unsafe &base[place]
        }
    }
}

/// Something that happens to a strategy of whatever kind: each of the calls of `Strategy` is one, so that a set has to tell the
/// kinds apart in one place only.
protocol StrategyCall {
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    )
}

/// A question to a strategy of whatever kind.
protocol StrategyQuestion {
    associatedtype Answer
    func answer<S: Strategy & ~Copyable>(of strategy: borrowing S, _ market: borrowing MarketState) -> Answer
}

struct QuoteCall: StrategyCall {
    let instrument: Instrument
    @inline(__always)
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) { strategy.onQuote(instrument, market, &intents) }
}

struct TradeCall: StrategyCall {
    let event: Event
    @inline(__always)
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) { strategy.onTrade(event, market, &intents) }
}

struct TimerCall: StrategyCall {
    @inline(__always)
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) { strategy.onTimer(market, &intents) }
}

struct OrderCall: StrategyCall {
    let update: OrderUpdate
    @inline(__always)
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) { strategy.onOrder(update, market, &intents) }
}

struct ReductionCall: StrategyCall {
    let update: OrderUpdate
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) { strategy.onReduction(update, market, &intents) }
}

struct ParentCall: StrategyCall {
    let update: ParentUpdate
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) { strategy.onParent(update, market, &intents) }
}

struct QuoteRequestCall: StrategyCall {
    let update: QuoteUpdate
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) { strategy.onQuoteRequest(update, market, &intents) }
}

struct DayCall: StrategyCall {
    let midnight: Timestamp
    func happen<S: Strategy & ~Copyable>(
        to strategy: inout S,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) { strategy.onDay(midnight, market, &intents) }
}

struct SignalsQuestion: StrategyQuestion {
    let order: NewOrder
    func answer<S: Strategy & ~Copyable>(of strategy: borrowing S, _ market: borrowing MarketState) -> [SignalValue] {
        strategy.signals(for: order, market)
    }
}

struct ReasonQuestion: StrategyQuestion {
    let order: NewOrder
    func answer<S: Strategy & ~Copyable>(of strategy: borrowing S, _ market: borrowing MarketState) -> String {
        strategy.reason(for: order, market)
    }
}

struct StandingQuestion: StrategyQuestion {
    func answer<S: Strategy & ~Copyable>(of strategy: borrowing S, _ market: borrowing MarketState) -> [SignalGroup] {
        strategy.standing(market)
    }
}
