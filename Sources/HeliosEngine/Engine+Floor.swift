// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// A session of several venues: each event goes to its own venue's books, and the strategy hears when the best of all changes.
extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    @inlinable
    @inline(never)
    mutating func applyFloor(_ event: Event) {
        if market.advanceFloor() { requote() }
        if market.hear(event) { requote() }
        let change = market.applyFloor(event)
        if change.isEmpty { return }
        if !change.isDisjoint(with: .quote) { requote(event.instrument) }
        if change.contains(.trade) {
            if market.risk.followsTrades {
                let trade = market[event.venue].lastTrade(event.instrument)
                market.risk.traded(event.instrument, trade.price, at: trade.time, phase: market.phase)
            }
            if reduction.isWorking { reduction.traded(event.instrument, event.quantity) }
            if execution.isWorking { executeTrade(event) }
            execution.taped(event)
            if Observer.followsTape {
                let price = market[event.venue].lastTrade(event.instrument).price
                observer.traded(event.instrument, price, event.quantity)
            }
            strategy.onTrade(event, market, &intents)
        }
    }

    /// The best of all venues is another one.
    @inlinable
    mutating func requote(_ instrument: Instrument) {
        quotes &+= 1
        market.mark(instrument, market.quote(instrument))
        strategy.onQuote(instrument, market, &intents)
        if execution.isWatching(instrument) { executeQuote(instrument) }
    }

    /// Other venues count than before: every instrument whose best changed with that is told, in the order of their numbers.
    @inlinable
    @inline(never)
    mutating func requote() {
        var number = 0
        while number < market.consolidated.changedInstruments {
            requote(market.consolidated.changedInstrument(number))
            number += 1
        }
    }

    /// One venue's feed has a gap, or is whole again: its quotes are left out, and no order may take risk when no lit venue is left.
    @inlinable
    @inline(never)
    mutating func markVenue(_ event: Event) {
        if market.leaveOut(event.venue, event.detail != 0) { requote() }
        let isWhole = market.litVenues.bits & ~market.consolidated.toldOut.bits != 0
        market.risk.feedIsInterrupted = feedQuality != 0 || !isWhole
    }
}
