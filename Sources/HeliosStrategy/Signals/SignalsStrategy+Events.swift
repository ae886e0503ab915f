// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosSignal

// What happens becomes ticks of the plan.
extension SignalsStrategy {
    public mutating func onQuote(
        _ instrument: Instrument,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let place = place(of: instrument) else { return }
        let quote = market.quote(instrument)
        feeds[place].quote(bid: quote.bidPrice, ask: quote.askPrice, at: market.now)
        machine.begin(
            .quote(
                place,
                bid: quote.bidQuantity.raw > 0 ? quote.bidPrice.value : 0,
                ask: quote.askQuantity.raw > 0 ? quote.askPrice.value : 0,
                bidSize: quote.bidQuantity.value,
                askSize: quote.askQuantity.value,
                at: market.now
            )
        )
        hear(market, &intents)
        follow(place, market, &intents)
    }

    public mutating func onTrade(_ event: Event, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard event.quantity.raw > 0, let place = place(of: event.instrument) else { return }
        let price = market.lastTrade(event.instrument, at: event.venue).price
        machine.begin(
            .trade(
                place,
                price: price.value,
                size: event.quantity.value,
                sign: feeds[place].sign(price, at: market.now),
                at: market.now
            )
        )
        hear(market, &intents)
        follow(place, market, &intents)
    }

    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        for place in 0..<feeds.count { follow(place, market, &intents) }
        machine.begin(.clock(at: market.now))
        hear(market, &intents)
        let isClosing = clock.isClosing(market.now)
        for basket in 0..<baskets.count where baskets[basket].phase != .flat {
            attend(basket, isClosing, market, &intents)
        }
    }

    private func place(of instrument: Instrument) -> Int? {
        guard instrument.index < places.count, places[instrument.index] >= 0 else { return nil }
        return Int(places[instrument.index])
    }

    /// Tells the plan of a halt or its end when the state of an instrument has changed.
    private mutating func follow(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let isHalted = market.tradingState(instruments[place]) != .trading
        guard isHalted != (feeds[place].halted != 0) else { return }
        feeds[place].halted = isHalted ? 1 : 0
        machine.begin(.status(place, halted: isHalted, at: market.now))
        hear(market, &intents)
    }

    /// Does what the rules say on the tick that was begun.
    private mutating func hear(_ market: borrowing MarketState, _ intents: inout Intents) {
        while let output = machine.next() {
            counters.outputs += 1
            switch acts[output.rule].action {
            case .tell: break
            case .close: closeAll(output, market, &intents)
            case .buy: take(output, sign: 1, market, &intents)
            case .sell: take(output, sign: -1, market, &intents)
            }
        }
    }

    private mutating func closeAll(
        _ output: SignalOutput,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        for basket in 0..<baskets.count {
            if let only = acts[output.rule].basket, only != basket { continue }
            let phase = baskets[basket].phase
            guard phase == .entering || phase == .open else { continue }
            note(basket, output)
            exit(basket, .signal, market, &intents)
        }
    }

    /// Keeps which rule decided, and the value that it said.
    mutating func note(_ basket: Int, _ output: SignalOutput) {
        baskets[basket].rule = Int64(output.rule)
        baskets[basket].value =
            acts[output.rule].ownColumns > 0 ? machine.column(0, of: output) ?? .nan : .nan
    }
}
