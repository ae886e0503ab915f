// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosSignal

/// Quotes both sides of some instruments around a price that leans against what is held (Avellaneda and Stoikov 2008).
///
/// With q lots held, variance v a second, horizon T: the reservation price is fair − q gamma v T, and the quotes stand
/// gamma v T / 2 + ln(1 + gamma / kappa) / gamma to both sides of it. The fair price lies between middle and microprice, moved by
/// the order flow of the last seconds. A quote is changed by a replacement, and only where that is worth its place in the queue.
@safe
public struct MarketMaker: Strategy, ~Copyable {
    static var sampleInterval: Nanoseconds { 1_000_000_000 }

    let parameters: MarketMakerParameters
    let touch: TouchOrders
    var clock: TradingClock
    var places: SymbolPlaces
    var desks: FixedBuffer<MakerDesk>
    var flows: FixedBuffer<OrderFlowImbalance>
    var nextSample = Timestamp.zero
    /// Weights of a new sample in the averages.
    private let varianceWeight: Double
    private let flowWeight: Double
    /// ln(1 + gamma / kappa) / gamma.
    private let depth: Double
    /// What has been done so far.
    public internal(set) var counters = MarketMakerCounters()

    public init(_ parameters: MarketMakerParameters, instruments: inout InstrumentDirectory, midnight: Timestamp) {
        self.parameters = parameters
        touch = parameters.touch.orders
        clock = TradingClock(parameters.hours, midnight: midnight)
        places = SymbolPlaces(parameters.symbols, &instruments)
        desks = FixedBuffer(repeating: MakerDesk(), count: parameters.symbols.count)
        flows = FixedBuffer(repeating: OrderFlowImbalance(), count: parameters.symbols.count)
        func weight(_ memory: Nanoseconds) -> Double {
            1 - DeterministicMath.exp(-Double(MarketMaker.sampleInterval) / Double(memory))
        }
        varianceWeight = weight(parameters.volatilityMemory)
        flowWeight = weight(parameters.flowMemory)
        let gamma = parameters.riskAversion
        depth = DeterministicMath.log(1 + gamma / parameters.arrivalDecay) / gamma
    }

    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        clock = TradingClock(parameters.hours, midnight: midnight)
        for place in 0..<desks.count { desks[place].forgetPrices() }
    }

    public mutating func onQuote(
        _ instrument: Instrument,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let place = places.place(of: instrument) else { return }
        let quote = market.quote(instrument)
        flows[place].update(
            bidPrice: quote.bidPrice,
            bidQuantity: quote.bidQuantity,
            askPrice: quote.askPrice,
            askQuantity: quote.askQuantity
        )
        tend(place, market, &intents)
    }

    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        if market.now >= nextSample {
            nextSample = market.now + MarketMaker.sampleInterval
            for place in 0..<desks.count { sample(place, market) }
        }
        for place in 0..<desks.count { tend(place, market, &intents) }
    }

    /// Takes the squared move of the middle and the order flow since the sample before.
    private mutating func sample(_ place: Int, _ market: borrowing MarketState) {
        let quote = market.quote(places[place])
        guard TargetLeg.isOpen(places[place], quote, market) else { return desks[place].forgetPrices() }
        let mid = quote.mid.value
        var desk = desks[place]
        let flow = flows[place].total.value
        flows[place].startPeriod()
        let shown = 0.5 * (quote.bidQuantity.value + quote.askQuantity.value)
        if desk.mid > 0 {
            let elapsed = Double(market.now - desk.sampled) * 1e-9
            let move = mid - desk.mid
            // The first samples count alike, so that the begin is not taken for the truth.
            desk.samples += 1
            let even = 1 / Double(desk.samples)
            desk.variance += max(varianceWeight, even) * (move * move / elapsed - desk.variance)
            desk.flow += max(flowWeight, even) * (flow / shown / elapsed - desk.flow)
        }
        desk.mid = mid
        desk.sampled = market.now
        desks[place] = desk
    }

    // MARK: Quotes

    /// Fair and reservation price and half the spread, in currency; nil where nothing should be quoted.
    func view(_ place: Int, _ market: borrowing MarketState) -> MakerView? {
        let desk = desks[place]
        let quote = market.quote(places[place])
        guard TargetLeg.isOpen(places[place], quote, market), quote.spread <= parameters.maxSpread,
            desk.samples >= parameters.warmUp / MarketMaker.sampleInterval,
            let micro = BookFeatures.weightedMid(
                bidPrice: quote.bidPrice,
                bidQuantity: quote.bidQuantity,
                askPrice: quote.askPrice,
                askQuantity: quote.askQuantity
            )
        else { return nil }
        let mid = quote.mid.value
        let pressure = min(max(desk.flow, -1), 1)
        let fair = mid + parameters.imbalanceSkew * (micro - mid) + parameters.flowSkew * pressure
        let risk = parameters.riskAversion * desk.variance * (Double(parameters.horizon) * 1e-9)
        let lots = desk.leg.position.value / parameters.quantity.value
        let half = max(0.5 * risk + depth, 0.5 * parameters.minSpread.value)
        guard risk.isFinite, fair.isFinite else { return nil }
        return MakerView(fair: fair, reservation: fair - lots * risk, half: half)
    }

    /// What should rest on both sides.
    private func wishes(_ place: Int, _ market: borrowing MarketState) -> (
        bid: RestingOrder.Wish?, ask: RestingOrder.Wish?
    ) {
        let now = market.now
        // What is not seen can't be quoted around.
        guard now >= clock.firstEntry, !clock.isClosing(now), !market.risk.feedIsInterrupted,
            let view = view(place, market)
        else { return (nil, nil) }
        let quote = market.quote(places[place])
        let tick = parameters.tick
        let low = ((view.reservation - view.half) / tick.value).rounded(.down)
        let high = ((view.reservation + view.half) / tick.value).rounded(.up)
        guard low >= 1, high * Double(tick.raw) < 1e18 else { return (nil, nil) }
        // Never through the other side: a maker does not take.
        let bid = min(Int64(low) * tick.raw, quote.askPrice.raw - tick.raw)
        let ask = max(Int64(high) * tick.raw, quote.bidPrice.raw + tick.raw)
        let desk = desks[place]
        var (buy, sell) = (
            min(parameters.quantity, parameters.maxInventory - desk.leg.position),
            min(parameters.quantity, parameters.maxInventory + desk.leg.position)
        )
        if now >= clock.lastEntry || desk.isReducing != 0 {
            // Only what makes the position smaller.
            buy = min(buy, -desk.leg.position)
            sell = min(sell, desk.leg.position)
        }
        // What is held may be no whole number of lots; what is shown is one.
        (buy, sell) = (parameters.touch.whole(buy), parameters.touch.whole(sell))
        return (
            bid > 0 && buy.raw > 0 ? .init(side: .buy, price: Price(raw: bid), quantity: buy) : nil,
            sell.raw > 0 ? .init(side: .sell, price: Price(raw: ask), quantity: sell) : nil
        )
    }

    /// Brings both quotes nearer to where they should be, and at the end of the day the position to zero.
    private mutating func tend(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        if desks[place].leg.position.raw == 0 { desks[place].isReducing = 0 }
        let (bid, ask) = wishes(place, market)
        keep(place, isBid: true, apart(place, bid), market, &intents)
        keep(place, isBid: false, apart(place, ask), market, &intents)
        guard clock.isClosing(market.now) else {
            desks[place].leg.target = desks[place].leg.position
            return
        }
        desks[place].leg.target = .zero
        guard desks[place].bid.isIdle, desks[place].ask.isIdle else { return }
        let isSent = desks[place].leg
            .send(places[place], touch, group: UInt32(place), leg: 2, market, &intents)
        if isSent { counters.takes += 1 }
    }

    /// A wish that does not meet the own quote of the other side: after a jump one side waits where it is until the other has gone.
    private func apart(_ place: Int, _ wish: RestingOrder.Wish?) -> RestingOrder.Wish? {
        guard var wish else { return nil }
        let isBid = wish.side == .buy
        let (own, other) = isBid ? (desks[place].bid, desks[place].ask) : (desks[place].ask, desks[place].bid)
        guard let edge = other.foremost else { return wish }
        let limit = edge - Price(raw: wish.side.sign * parameters.tick.raw)
        guard isBid ? wish.price > limit : wish.price < limit else { return wish }
        wish.price = own.isIdle ? limit : own.latestPrice
        return wish.price.raw > 0 ? wish : nil
    }

    private mutating func keep(
        _ place: Int,
        isBid: Bool,
        _ wish: RestingOrder.Wish?,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        var desk = desks[place]
        var order = isBid ? desk.bid : desk.ask
        if let wanted = wish, !order.isIdle, order.open <= wanted.quantity {
            let isNear = (order.latestPrice - wanted.price).raw.magnitude <= UInt64(parameters.slack.raw)
            // What was partly filled keeps its place; it is topped up when its price changes.
            if isNear { return }
            // A quote that gives too much is moved at once, one that gives too little when its time has come.
            let foremost = order.foremost ?? order.price
            let isGenerous = isBid ? foremost > wanted.price : foremost < wanted.price
            let changed = isBid ? desk.bidChanged : desk.askChanged
            if !isGenerous, market.now - changed < parameters.requote { return }
        }
        let isChanged = order.keep(
            wish,
            places[place],
            touch,
            slack: parameters.slack,
            group: UInt32(place),
            leg: isBid ? 0 : 1,
            market,
            &intents
        )
        if isChanged {
            counters.changes += 1
            if isBid { desk.bidChanged = market.now } else { desk.askChanged = market.now }
        }
        if isBid { desk.bid = order } else { desk.ask = order }
        desks[place] = desk
    }

    // MARK: Reports

    public mutating func onOrder(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = Int(update.tag.group)
        guard place < desks.count else { return }
        if update.kind == .filled { counters.fills += 1 }
        desks[place].leg.take(update, touch, market.now)
        switch update.tag.leg {
        case 0: desks[place].bid.take(update, touch, market.now, &intents)
        case 1: desks[place].ask.take(update, touch, market.now, &intents)
        default: break
        }
        tend(place, market, &intents)
    }

    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let place = Int(update.tag.group)
        guard place < desks.count else { return }
        desks[place].leg.reduce(update)
        // Not built up again: both sides are quoted only when it is flat.
        if update.kind == .filled { desks[place].isReducing = 1 }
    }
}

extension MarketMaker {
    /// Shares held of the instrument number `place`, from fills.
    public func position(of place: Int) -> Quantity { desks[place].leg.position }
}

/// Where an instrument is thought to be worth what.
struct MakerView {
    var fair: Double
    var reservation: Double
    var half: Double
}

/// What is known and at work of one instrument; whole numbers and doubles only, so that it is saved as it is.
struct MakerDesk: BitwiseCopyable {
    var leg = TargetLeg()
    var bid = RestingOrder()
    var ask = RestingOrder()
    var bidChanged = Timestamp.zero
    var askChanged = Timestamp.zero
    /// At the sample before; 0 for none.
    var mid = 0.0
    var sampled = Timestamp.zero
    var samples: Int64 = 0
    /// Of the middle, a second.
    var variance = 0.0
    /// Depths of the book a second, positive for buyers.
    var flow = 0.0
    /// 1 after the system has taken back a part of the position, until that is flat.
    var isReducing: Int64 = 0

    /// A move across a halt or a night is none.
    mutating func forgetPrices() { mid = 0 }

    var isPossible: Bool {
        mid.isFinite && variance.isFinite && flow.isFinite && samples >= 0 && samples <= 1 << 33
            && (0...1).contains(isReducing) && bid.isPossible
            && ask.isPossible && leg.isPossible && sampled >= .zero && bidChanged >= .zero && askChanged >= .zero
    }
}

/// What the market maker has done, for logs and tests.
public struct MarketMakerCounters: Sendable, BitwiseCopyable, Equatable {
    /// Orders, replacements and cancels of quotes.
    public var changes = 0
    public var fills = 0
    /// Orders that took, at the end of the day.
    public var takes = 0

    public init() {}
}
