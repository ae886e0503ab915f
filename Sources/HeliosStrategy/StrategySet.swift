// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// Several shipped strategies behind the one place that an engine has for a strategy.
///
/// Each gets every quote, trade and timer in the order of the configuration; an order's updates go to the strategy that
/// sent it. The calls are direct: the kinds are known when the engine is compiled.
@safe
public struct StrategySet: Strategy, ~Copyable {
    private enum Kind: UInt8 {
        case pairs, queueImbalance, desk, signals, marketMaking, momentum, vwapReversion, pca, basket
    }

    private let kinds: UnsafeMutablePointer<Kind>
    /// For each strategy its place among those of its kind.
    private let places: UnsafeMutablePointer<Int>
    private var pairs: StrategyShelf<PairsStrategy>
    private var imbalances: StrategyShelf<QueueImbalance>
    private var signals: StrategyShelf<SignalsStrategy>
    private var makers: StrategyShelf<MarketMaker>
    private var momenta: StrategyShelf<Momentum>
    private var reversions: StrategyShelf<VwapReversion>
    private var factors: StrategyShelf<PcaArbitrage>
    private var basketTrades: StrategyShelf<BasketArbitrage>
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
        pairs = StrategyShelf(capacity: count)
        imbalances = StrategyShelf(capacity: count)
        signals = StrategyShelf(capacity: count)
        makers = StrategyShelf(capacity: count)
        momenta = StrategyShelf(capacity: count)
        reversions = StrategyShelf(capacity: count)
        factors = StrategyShelf(capacity: count)
        basketTrades = StrategyShelf(capacity: count)
        for index in 0..<count {
            let (kind, place) = add(configurations[index], &instruments, midnight)
            unsafe kinds[index] = kind
            unsafe places[index] = place
        }
    }

    private mutating func add(
        _ configuration: StrategyConfiguration,
        _ instruments: inout InstrumentDirectory,
        _ midnight: Timestamp
    ) -> (Kind, Int) {
        switch configuration {
        case .pairs(let parameters):
            let strategy = PairsStrategy(parameters, instruments: &instruments, midnight: midnight)
            return (.pairs, pairs.add(strategy))
        case .queueImbalance(let parameters):
            let strategy = QueueImbalance(parameters, instruments: &instruments, midnight: midnight)
            return (.queueImbalance, imbalances.add(strategy))
        case .signals(let parameters):
            let strategy = SignalsStrategy(parameters, instruments: &instruments, midnight: midnight)
            return (.signals, signals.add(strategy))
        case .marketMaking(let parameters):
            return (.marketMaking, makers.add(MarketMaker(parameters, instruments: &instruments, midnight: midnight)))
        case .momentum(let parameters):
            return (.momentum, momenta.add(Momentum(parameters, instruments: &instruments, midnight: midnight)))
        case .vwapReversion(let parameters):
            return (
                .vwapReversion, reversions.add(VwapReversion(parameters, instruments: &instruments, midnight: midnight))
            )
        case .pca(let parameters):
            return (.pca, factors.add(PcaArbitrage(parameters, instruments: &instruments, midnight: midnight)))
        case .basket(let parameters):
            return (
                .basket, basketTrades.add(BasketArbitrage(parameters, instruments: &instruments, midnight: midnight))
            )
        case .desk(let symbols):
            for symbol in symbols { _ = instruments.register(symbol) }
            return (.desk, 0)
        }
    }

    deinit {
        unsafe kinds.deallocate()
        unsafe places.deallocate()
    }

    // MARK: The kinds
    // Safe: the callers' index is below `count`, and each place is one that its shelf gave.

    @inline(__always)
    private mutating func pass<Call: StrategyCall>(
        _ call: Call,
        to index: Int,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = unsafe places[index]
        switch unsafe kinds[index] {
        case .pairs: call.happen(to: &pairs[place], market, &intents)
        case .queueImbalance: call.happen(to: &imbalances[place], market, &intents)
        case .signals: call.happen(to: &signals[place], market, &intents)
        case .marketMaking: call.happen(to: &makers[place], market, &intents)
        case .momentum: call.happen(to: &momenta[place], market, &intents)
        case .vwapReversion: call.happen(to: &reversions[place], market, &intents)
        case .pca: call.happen(to: &factors[place], market, &intents)
        case .basket: call.happen(to: &basketTrades[place], market, &intents)
        case .desk: break
        }
    }

    /// Nil from the desk, which has nothing to say.
    private func ask<Question: StrategyQuestion>(
        _ question: Question,
        _ index: Int,
        _ market: borrowing MarketState
    ) -> Question.Answer? {
        let place = unsafe places[index]
        switch unsafe kinds[index] {
        case .pairs: return question.answer(of: pairs[place], market)
        case .queueImbalance: return question.answer(of: imbalances[place], market)
        case .signals: return question.answer(of: signals[place], market)
        case .marketMaking: return question.answer(of: makers[place], market)
        case .momentum: return question.answer(of: momenta[place], market)
        case .vwapReversion: return question.answer(of: reversions[place], market)
        case .pca: return question.answer(of: factors[place], market)
        case .basket: return question.answer(of: basketTrades[place], market)
        case .desk: return nil
        }
    }

    private func save(_ index: Int, to writer: inout StateWriter) {
        let place = unsafe places[index]
        switch unsafe kinds[index] {
        case .pairs: pairs[place].save(to: &writer)
        case .queueImbalance: imbalances[place].save(to: &writer)
        case .signals: signals[place].save(to: &writer)
        case .marketMaking: makers[place].save(to: &writer)
        case .momentum: momenta[place].save(to: &writer)
        case .vwapReversion: reversions[place].save(to: &writer)
        case .pca: factors[place].save(to: &writer)
        case .basket: basketTrades[place].save(to: &writer)
        case .desk: break
        }
    }

    private mutating func restore(_ index: Int, from reader: inout StateReader) throws(StateError) {
        let (kind, place) = unsafe (kinds[index], places[index])
        let saved = try reader.readCase(Kind.self)
        guard saved == kind else { throw reader.error(.mismatch, "it is \(kind) here and \(saved) in the saved state") }
        switch kind {
        case .pairs: try pairs[place].restore(from: &reader)
        case .queueImbalance: try imbalances[place].restore(from: &reader)
        case .signals: try signals[place].restore(from: &reader)
        case .marketMaking: try makers[place].restore(from: &reader)
        case .momentum: try momenta[place].restore(from: &reader)
        case .vwapReversion: try reversions[place].restore(from: &reader)
        case .pca: try factors[place].restore(from: &reader)
        case .basket: try basketTrades[place].restore(from: &reader)
        case .desk: break
        }
    }

    /// A call for every strategy, in the order of the configuration.
    @inline(__always)
    private mutating func tellAll<Call: StrategyCall>(
        _ call: Call,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        for index in 0..<count {
            intents.strategy = UInt16(truncatingIfNeeded: index)
            pass(call, to: index, market, &intents)
        }
    }

    /// A call for the strategy with this number.
    @inline(__always)
    private mutating func tell<Call: StrategyCall>(
        _ strategy: UInt16,
        _ call: Call,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard Int(strategy) < count else { return }
        intents.strategy = strategy
        pass(call, to: Int(strategy), market, &intents)
    }
}

// MARK: - What happens
extension StrategySet {
    public mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        tellAll(QuoteCall(instrument: instrument), market, &intents)
    }

    public mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents) {
        tellAll(TradeCall(event: event), market, &intents)
    }

    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        tellAll(TimerCall(), market, &intents)
    }

    public mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        tell(update.tag.strategy, OrderCall(update: update), market, &intents)
    }

    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        tell(update.tag.strategy, ReductionCall(update: update), market, &intents)
    }

    public mutating func onParent(_ update: ParentUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        tell(update.strategy, ParentCall(update: update), market, &intents)
    }

    public mutating func onQuoteRequest(
        _ update: QuoteUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        tell(update.request.tag.strategy, QuoteRequestCall(update: update), market, &intents)
    }

    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        tellAll(DayCall(midnight: midnight), market, &intents)
    }
}

// MARK: - Accounts of a decision: the strategy that the order's tag names gives them
extension StrategySet {
    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        guard Int(order.tag.strategy) < count else { return [] }
        return ask(SignalsQuestion(order: order), Int(order.tag.strategy), market) ?? []
    }

    /// Those of all strategies, in the order of the configuration.
    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        var all: [SignalGroup] = []
        for index in 0..<count {
            for var group in ask(StandingQuestion(), index, market) ?? [] {
                group.strategy = index
                all.append(group)
            }
        }
        return all
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        guard Int(order.tag.strategy) < count else { return "" }
        return ask(ReasonQuestion(order: order), Int(order.tag.strategy), market) ?? ""
    }

    public func instruments(of order: NewOrder) -> [Instrument] {
        let index = Int(order.tag.strategy)
        guard index < count else { return [order.instrument] }
        let place = unsafe places[index]
        switch unsafe kinds[index] {
        case .pairs: return pairs[place].instruments(of: order)
        case .queueImbalance: return imbalances[place].instruments(of: order)
        case .signals: return signals[place].instruments(of: order)
        case .marketMaking: return makers[place].instruments(of: order)
        case .momentum: return momenta[place].instruments(of: order)
        case .vwapReversion: return reversions[place].instruments(of: order)
        case .pca: return factors[place].instruments(of: order)
        case .basket: return basketTrades[place].instruments(of: order)
        case .desk: return [order.instrument]
        }
    }
}

// MARK: - State
extension StrategySet {
    // All that ship are; a set can hold no other.
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("set")
        writer.write(count)
        for index in 0..<count {
            // Safe: below `count`.
            unsafe writer.write(kinds[index].rawValue)
            save(index, to: &writer)
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
}
