// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosSignal

/// Statistical arbitrage: stocks against the factors that move them all (formula 2.7, Avellaneda and Lee 2010).
///
/// With each sample of all prices the fit goes through its pieces, some each step of the timer (`PcaSchedule`): deviations, `steps`
/// of the eigenvector iteration, the factors' returns, regressions. Then the rules say which residuals to hold, and every stock's
/// target is its own position less the hedges of all, netted. Between samples only what is missing of the targets is sent. Nothing
/// is allocated after `init`.
@safe
public struct PcaArbitrage: Strategy, ~Copyable {
    let parameters: PcaParameters
    let touch: TouchOrders
    let rules: ResidualRules
    var clock: TradingClock
    var places: SymbolPlaces
    var engine: PcaEngine
    var stocks: FixedBuffer<PcaStock>
    /// Sums of the betas of what is held, by factor.
    private var exposures: FixedBuffer<Double>
    var nextSample = Timestamp.zero
    let schedule: PcaSchedule
    /// Which piece of the fit is next, from 1 on; 0 when none.
    var part = 0
    /// Stocks with a position of their own.
    var positions = 0
    /// What has been done so far.
    public internal(set) var counters = PcaCounters()

    public init(_ parameters: PcaParameters, instruments: inout InstrumentDirectory, midnight: Timestamp) {
        self.parameters = parameters
        touch = parameters.touch.orders
        var rules = ResidualRules()
        rules.openLong = parameters.openLong
        rules.openShort = parameters.openShort
        rules.closeLong = parameters.closeLong
        rules.closeShort = parameters.closeShort
        // Per sample instead of per year.
        rules.leastKappa = parameters.minReversions / Double(parameters.window)
        self.rules = rules
        clock = TradingClock(parameters.hours, midnight: midnight)
        places = SymbolPlaces(parameters.symbols, &instruments)
        schedule = PcaSchedule(parameters)
        engine = PcaEngine(stocks: places.count, window: parameters.window, factors: parameters.factors)
        stocks = FixedBuffer(repeating: PcaStock(), count: places.count)
        exposures = FixedBuffer(repeating: 0, count: parameters.factors)
    }

    /// A move over the night is no return of a sample; the factors stay.
    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        clock = TradingClock(parameters.hours, midnight: midnight)
        for stock in 0..<stocks.count { stocks[stock].mid = 0 }
    }

    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        if clock.isClosing(market.now) {
            for stock in 0..<stocks.count { stocks[stock].giveUp() }
            positions = 0
        }
        for stock in 0..<stocks.count where !stocks[stock].leg.isDone { work(stock, market, &intents) }
        if market.now >= nextSample {
            nextSample = market.now + parameters.sampleInterval
            // A timer that is slower than usual: the fit must not run into the next.
            while part != 0 { fit(market, &intents) }
            if market.phase == .regular { sample(market) }
        } else if part != 0 {
            fit(market, &intents)
        }
    }

    // MARK: The fit

    private mutating func sample(_ market: borrowing MarketState) {
        var quoted = 0
        for stock in 0..<stocks.count {
            let quote = market.quote(places[stock])
            let isOpen = TargetLeg.isOpen(places[stock], quote, market)
            let mid = isOpen ? quote.mid.value : stocks[stock].mid
            engine.put(stocks[stock].mid > 0 ? mid / stocks[stock].mid - 1 : 0, of: stock)
            stocks[stock].mid = mid
            // Of a stock without a quote nothing is known; what is held of it is kept.
            stocks[stock].isQuoted = isOpen ? 1 : 0
            quoted += isOpen ? 1 : 0
        }
        // Before the first prices are there is nothing to sample.
        guard quoted > 0 else { return }
        engine.advance()
        counters.samples += 1
        // The vectors begin anywhere: they are on their way long before they are needed.
        if 2 * engine.count >= parameters.window { part = 1 }
    }

    /// As many pieces of the fit as a step of the timer is for.
    private mutating func fit(_ market: borrowing MarketState, _ intents: inout Intents) {
        var left = schedule.allowance
        while part != 0, left > 0 {
            let piece = schedule.piece(part - 1)
            left -= schedule.cost(piece)
            part += 1
            work(piece, market, &intents)
        }
    }

    private mutating func work(
        _ piece: PcaSchedule.Piece,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        switch piece {
        case .standardise(let stock): engine.standardise(stock)
        case .project(let stock): engine.project(stock)
        case .weigh(let stock): engine.weigh(stock)
        case .orthonormalise(let factor): engine.orthonormalise(factor)
        case .check: if !engine.isFull { part = 0 }
        case .triangulate(let factor): engine.triangulate(factor)
        case .score(let stock): engine.score(stock)
        case .decide:
            part = 0
            counters.fits += 1
            decide(market, &intents)
        }
    }

    // MARK: Rules

    private mutating func decide(_ market: borrowing MarketState, _ intents: inout Intents) {
        guard !clock.isClosing(market.now) else { return }
        let mayEnter = clock.allowsEntry(market.now)
        for stock in 0..<stocks.count { choose(stock, mayEnter) }
        exposures.fill(0..<exposures.count, with: 0)
        for stock in 0..<stocks.count where stocks[stock].side != 0 {
            for factor in 0..<exposures.count {
                exposures[factor] +=
                    Double(stocks[stock].side) * engine.betas[stock * exposures.count + factor]
            }
        }
        for stock in 0..<stocks.count {
            setTarget(stock)
            if !stocks[stock].leg.isDone { work(stock, market, &intents) }
        }
    }

    /// Which residual to hold of a stock.
    private mutating func choose(_ stock: Int, _ mayEnter: Bool) {
        stocks[stock].wasSide = stocks[stock].side
        guard stocks[stock].isQuoted != 0 else { return }
        let now: ResidualRules.Position =
            stocks[stock].side > 0 ? .long : stocks[stock].side < 0 ? .short : .flat
        let kappa = engine.kappas[stock]
        // Without a score there is no reason to hold it.
        let next = kappa > 0 ? rules.position(score: engine.scores[stock], kappa: kappa, now: now) : .flat
        var side: Int64 = next == .long ? 1 : next == .short ? -1 : 0
        if stocks[stock].blocked != 0 {
            // Would what was taken back still be held by the rules?
            let before: ResidualRules.Position = stocks[stock].blocked > 0 ? .long : .short
            let isOver = kappa > 0 && rules.position(score: engine.scores[stock], kappa: kappa, now: before) != before
            if isOver { stocks[stock].blocked = 0 } else { side = 0 }
        }
        if side != 0, side != stocks[stock].side {
            let isFree = positions - (stocks[stock].side == 0 ? 0 : 1) < parameters.maxPositions
            if !mayEnter || !isFree { side = 0 }
            if side != 0 { counters.entries += 1 }
        }
        if side == 0, stocks[stock].side != 0 { counters.exits += 1 }
        positions += (side == 0 ? 0 : 1) - (stocks[stock].side == 0 ? 0 : 1)
        stocks[stock].side = side
    }

    /// A stock's own position less its part in the hedges of all, in whole lots; a small change of the hedges is let go.
    private mutating func setTarget(_ stock: Int) {
        let state = stocks[stock]
        guard state.isQuoted != 0, state.mid > 0 else { return }
        let notional = parameters.notional.value
        var value = Double(state.side)
        for factor in 0..<exposures.count {
            let weight = engine.scales[stock] * engine.vectors[factor * stocks.count + stock]
            value -= exposures[factor] * weight
        }
        let shares = positions > 0 ? value * notional / state.mid : 0
        guard let whole = parameters.touch.lots(shares) else { return }
        let limit = parameters.touch.whole(parameters.positionMax)
        var target = Quantity(raw: min(max(whole.raw, -limit.raw), limit.raw))
        if state.isCapped != 0 {
            // Only smaller, until less is wanted than is held.
            let held = state.leg.target.raw
            let inside = Quantity(raw: min(max(target.raw, min(held, 0)), max(held, 0)))
            if inside == target || held != 0 && inside.raw == 0 { stocks[stock].isCapped = 0 }
            target = inside
        }
        let change = (target - state.leg.target).magnitude.value * state.mid
        guard state.side != state.wasSide || positions == 0 || change >= parameters.band * notional else { return }
        stocks[stock].leg.target = target
    }

    private mutating func work(_ stock: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let isSent = stocks[stock].leg
            .send(places[stock], touch, group: UInt32(stock), leg: 0, market, &intents)
        if isSent { counters.orders += 1 }
    }

    // MARK: Reports

    public mutating func onOrder(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let stock = Int(update.tag.group)
        guard stock < stocks.count else { return }
        if stocks[stock].leg.take(update, touch, market.now) { work(stock, market, &intents) }
    }

    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let stock = Int(update.tag.group)
        guard stock < stocks.count else { return }
        stocks[stock].leg.reduce(update)
        guard update.kind == .filled else { return }
        // Not built up again: neither the stock's own position nor its part in the hedges.
        stocks[stock].isCapped = 1
        guard stocks[stock].side != 0 else { return }
        stocks[stock].blocked = stocks[stock].side
        stocks[stock].side = 0
        positions -= 1
    }
}

extension PcaArbitrage {
    /// Shares held of stock number `stock`, from fills.
    public func position(of stock: Int) -> Quantity { stocks[stock].leg.position }

    /// Which residual is held of it: +1 long, −1 short, 0 none.
    public func side(of stock: Int) -> Int { Int(stocks[stock].side) }

    /// A stock's score by the last fit; nil where it has none.
    public func score(of stock: Int) -> Double? { engine.kappas[stock] > 0 ? engine.scores[stock] : nil }
}

/// What is held of a stock; whole numbers and doubles only, so that it is saved as it is.
struct PcaStock: BitwiseCopyable {
    var leg = TargetLeg()
    /// At the last sample; 0 for none.
    var mid = 0.0
    var isQuoted: Int64 = 0
    /// Which residual is held: +1 long, −1 short, 0 none; and before the last decision.
    var side: Int64 = 0
    var wasSide: Int64 = 0
    /// After the system has taken back a part: the side that is not entered until the rules would have left it, and 1 while the
    /// target only shrinks.
    var blocked: Int64 = 0
    var isCapped: Int64 = 0

    /// Nothing is to be held.
    mutating func giveUp() {
        leg.target = .zero
        side = 0
    }

    var isPossible: Bool {
        leg.isPossible && mid.isFinite && mid >= 0 && (0...1).contains(isQuoted) && (-1...1).contains(side)
            && (-1...1).contains(wasSide) && (-1...1).contains(blocked) && (0...1).contains(isCapped)
    }
}

/// What the arbitrage has done, for logs and tests.
public struct PcaCounters: Sendable, BitwiseCopyable, Equatable {
    public var samples = 0
    public var fits = 0
    public var entries = 0
    public var exits = 0
    public var orders = 0

    public init() {}
}
