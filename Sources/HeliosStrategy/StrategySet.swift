// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// Several shipped strategies behind the one place that an engine has for a strategy.
///
/// Each gets every quote, trade and timer in the order of the configuration; an order's updates go to the strategy that
/// sent it. The calls are direct: the kinds are known when the engine is compiled.
@safe
public struct StrategySet: Strategy, ~Copyable {
    private enum Kind: UInt8 { case pairs, queueImbalance, desk }

    private let kinds: UnsafeMutablePointer<Kind>
    /// For each strategy its place among those of its kind.
    private let places: UnsafeMutablePointer<Int>
    private let pairs: UnsafeMutablePointer<PairsStrategy>
    private let imbalances: UnsafeMutablePointer<QueueImbalance>
    private var pairsCount = 0
    private var imbalanceCount = 0
    /// How many strategies there are.
    public let count: Int

    /// - Parameters:
    ///   - configurations: at most 65,535.
    ///   - instruments: gets the symbols that the strategies trade.
    ///   - midnight: midnight of the trading day, which their times of day count from.
    public init(
        _ configurations: [StrategyConfiguration],
        instruments: inout InstrumentDirectory,
        midnight: Timestamp
    ) {
        count = min(configurations.count, Int(UInt16.max))
        unsafe kinds = .allocate(capacity: max(count, 1))
        unsafe places = .allocate(capacity: max(count, 1))
        unsafe pairs = .allocate(capacity: max(count, 1))
        unsafe imbalances = .allocate(capacity: max(count, 1))
        for index in 0..<count {
            switch configurations[index] {
            case .pairs(let parameters):
                unsafe kinds[index] = .pairs
                unsafe places[index] = pairsCount
                unsafe (pairs + pairsCount).initialize(
                    to: PairsStrategy(parameters, instruments: &instruments, midnight: midnight)
                )
                pairsCount += 1
            case .queueImbalance(let parameters):
                unsafe kinds[index] = .queueImbalance
                unsafe places[index] = imbalanceCount
                unsafe (imbalances + imbalanceCount).initialize(
                    to: QueueImbalance(parameters, instruments: &instruments, midnight: midnight)
                )
                imbalanceCount += 1
            case .desk(let symbols):
                for symbol in symbols { _ = instruments.register(symbol) }
                unsafe kinds[index] = .desk
                unsafe places[index] = 0
            }
        }
    }

    deinit {
        unsafe pairs.deinitialize(count: pairsCount)
        unsafe imbalances.deinitialize(count: imbalanceCount)
        unsafe kinds.deallocate()
        unsafe places.deallocate()
        unsafe pairs.deallocate()
        unsafe imbalances.deallocate()
    }

    public mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        for index in 0..<count {
            intents.strategy = UInt16(truncatingIfNeeded: index)
            switch unsafe kinds[index] {
            case .pairs: unsafe pairs[places[index]].onQuote(instrument, market, &intents)
            case .queueImbalance: unsafe imbalances[places[index]].onQuote(instrument, market, &intents)
            case .desk: break
            }
        }
    }

    public mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents) {
        for index in 0..<count {
            intents.strategy = UInt16(truncatingIfNeeded: index)
            switch unsafe kinds[index] {
            case .pairs: unsafe pairs[places[index]].onTrade(event, market, &intents)
            case .queueImbalance: unsafe imbalances[places[index]].onTrade(event, market, &intents)
            case .desk: break
            }
        }
    }

    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        for index in 0..<count {
            intents.strategy = UInt16(truncatingIfNeeded: index)
            switch unsafe kinds[index] {
            case .pairs: unsafe pairs[places[index]].onTimer(market, &intents)
            case .queueImbalance: unsafe imbalances[places[index]].onTimer(market, &intents)
            case .desk: break
            }
        }
    }

    public mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        let index = Int(update.tag.strategy)
        guard index < count else { return }
        intents.strategy = update.tag.strategy
        switch unsafe kinds[index] {
        case .pairs: unsafe pairs[places[index]].onOrder(update, market, &intents)
        case .queueImbalance: unsafe imbalances[places[index]].onOrder(update, market, &intents)
        case .desk: break
        }
    }

    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let index = Int(update.tag.strategy)
        guard index < count else { return }
        intents.strategy = update.tag.strategy
        switch unsafe kinds[index] {
        case .pairs: unsafe pairs[places[index]].onReduction(update, market, &intents)
        case .queueImbalance: unsafe imbalances[places[index]].onReduction(update, market, &intents)
        case .desk: break
        }
    }

    public mutating func onParent(_ update: ParentUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        let index = Int(update.strategy)
        guard index < count else { return }
        intents.strategy = update.strategy
        switch unsafe kinds[index] {
        case .pairs: unsafe pairs[places[index]].onParent(update, market, &intents)
        case .queueImbalance: unsafe imbalances[places[index]].onParent(update, market, &intents)
        case .desk: break
        }
    }

    public mutating func onQuoteRequest(
        _ update: QuoteUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let index = Int(update.request.tag.strategy)
        guard index < count else { return }
        intents.strategy = update.request.tag.strategy
        switch unsafe kinds[index] {
        case .pairs: unsafe pairs[places[index]].onQuoteRequest(update, market, &intents)
        case .queueImbalance: unsafe imbalances[places[index]].onQuoteRequest(update, market, &intents)
        case .desk: break
        }
    }

    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        for index in 0..<count {
            intents.strategy = UInt16(truncatingIfNeeded: index)
            switch unsafe kinds[index] {
            case .pairs: unsafe pairs[places[index]].onDay(midnight, market, &intents)
            case .queueImbalance: unsafe imbalances[places[index]].onDay(midnight, market, &intents)
            case .desk: break
            }
        }
    }

    // MARK: Accounts of a decision: the strategy that the order's tag names gives them.

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        let index = Int(order.tag.strategy)
        guard index < count else { return [] }
        return switch unsafe kinds[index] {
        case .pairs: unsafe pairs[places[index]].signals(for: order, market)
        case .queueImbalance: unsafe imbalances[places[index]].signals(for: order, market)
        case .desk: []
        }
    }

    /// Those of all strategies, in the order of the configuration.
    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        var all: [SignalGroup] = []
        for index in 0..<count {
            let groups =
                switch unsafe kinds[index] {
                case .pairs: unsafe pairs[places[index]].standing(market)
                case .queueImbalance: unsafe imbalances[places[index]].standing(market)
                case .desk: [SignalGroup]()
                }
            for var group in groups {
                group.strategy = index
                all.append(group)
            }
        }
        return all
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        let index = Int(order.tag.strategy)
        guard index < count else { return "" }
        return switch unsafe kinds[index] {
        case .pairs: unsafe pairs[places[index]].reason(for: order, market)
        case .queueImbalance: unsafe imbalances[places[index]].reason(for: order, market)
        case .desk: ""
        }
    }

    public func instruments(of order: NewOrder) -> [Instrument] {
        let index = Int(order.tag.strategy)
        guard index < count else { return [order.instrument] }
        return switch unsafe kinds[index] {
        case .pairs: unsafe pairs[places[index]].instruments(of: order)
        case .queueImbalance: unsafe imbalances[places[index]].instruments(of: order)
        case .desk: [order.instrument]
        }
    }
}

// MARK: - State
extension StrategySet {
    // All that ship are; a set can hold no other.
    public static var isRestorable: Bool { PairsStrategy.isRestorable && QueueImbalance.isRestorable }

    public func save(to writer: inout StateWriter) {
        writer.mark("set")
        writer.write(count)
        for index in 0..<count {
            // Safe: below `count`, and each place was initialised.
            unsafe writer.write(kinds[index].rawValue)
            switch unsafe kinds[index] {
            case .pairs: unsafe pairs[places[index]].save(to: &writer)
            case .queueImbalance: unsafe imbalances[places[index]].save(to: &writer)
            case .desk: break
            }
        }
    }

    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("set")
        try reader.match(count, "number of strategies")
        for index in 0..<count {
            do throws(StateError) {
                try restore(index, from: &reader)
            } catch {
                var error = error
                error.reason = "strategy \(index): " + error.reason
                throw error
            }
        }
    }

    private mutating func restore(_ index: Int, from reader: inout StateReader) throws(StateError) {
        // Safe: the index is below `count`, and each place was initialised.
        let kind = unsafe kinds[index]
        let saved = try reader.readCase(Kind.self)
        guard saved == kind else { throw reader.error(.mismatch, "it is \(kind) here and \(saved) in the saved state") }
        switch kind {
        case .pairs: try unsafe pairs[places[index]].restore(from: &reader)
        case .queueImbalance: try unsafe imbalances[places[index]].restore(from: &reader)
        case .desk: break
        }
    }
}
