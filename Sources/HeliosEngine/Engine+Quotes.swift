// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// Quotes on request: a strategy asks, dealers answer, and what it takes is an order that goes through the gate as any other.
extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    /// Asks the dealers.
    @usableFromInline
    mutating func ask(_ wish: NewOrder) {
        hash.mix(wish)
        let isHeld = !holds.isEmpty
        guard !isHeld,
            let update = dealers.open(wish.instrument, wish.side, wish.quantity, tag: wish.tag, at: market.now)
        else { return strategy.onQuoteRequest(.refused(wish, at: market.now), market, &intents) }
        gateway.ask(QuoteDesk.record(of: update.request, at: market.now))
        strategy.onQuoteRequest(update, market, &intents)
    }

    /// Takes the best quote of a request.
    @usableFromInline
    mutating func acceptQuote(_ intent: Intents.Intent) {
        guard let order = dealers.order(intent.order.id, accepting: intent.original, at: market.now),
            order.tag.strategy == intent.order.tag.strategy
        else {
            hash.mix(intent.order)
            return refuse(intent.order, .noQuote(intent.order, intent.original), .empty)
        }
        hash.mix(order)
        let quote = market.quote(order.instrument)
        if Observer.keepsAccounts { observer.considered(order, quote, market) }
        guard holds.isEmpty else { return refuse(order, .held(order, holds), quote) }
        switch market.check(order, quote) {
        case .cleared(let cleared):
            let travelling = cleared.order
            guard market.orders.add(travelling, at: market.now) else {
                market.risk.released(
                    travelling.instrument,
                    travelling.side,
                    travelling.quantity,
                    order: travelling.id,
                    tag: travelling.tag,
                    time: market.now
                )
                return refuse(order, .noRecord(of: order, capacity: market.orders.capacity), quote)
            }
            if let record = dealers.accept(intent.original, at: market.now) { gateway.ask(record) }
            gateway.send(cleared)
            observer.sent(travelling, quote, at: market.now)
        case .refused(let refusal): refuse(order, refusal, quote)
        }
        if market.risk.hasSelfTrades { cancelSelfTrades() }
    }

    /// A dealer answers.
    @usableFromInline
    mutating func answered(_ event: Event) {
        hash.mix(event)
        guard let update = dealers.take(event, at: market.now) else { return }
        strategy.onQuoteRequest(update, market, &intents)
    }

    /// Requests whose time is over are closed.
    @usableFromInline
    mutating func expireQuotes() {
        while let update = dealers.expire(at: market.now) { strategy.onQuoteRequest(update, market, &intents) }
    }
}

extension QuoteUpdate {
    /// A request that was not sent.
    fileprivate static func refused(_ wish: NewOrder, at now: Timestamp) -> QuoteUpdate {
        let none = DealerQuote(number: 0, price: .zero, quantity: .zero, validUntil: .zero, venue: Venue(id: 0))
        let request = QuoteRequest(
            number: 0,
            instrument: wish.instrument,
            side: wish.side,
            quantity: wish.quantity,
            tag: wish.tag,
            deadline: now,
            state: .expired,
            answers: 0
        )
        return QuoteUpdate(kind: .refused, request: request, quote: none, best: none, isComplete: false)
    }
}
