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
    mutating func ask(_ intent: Intents.Intent) {
        let wish = intent.order
        hash.mix(wish)
        let isHeld = !holds.isEmpty
        guard !isHeld,
            let update = dealers.open(
                wish.instrument,
                wish.side,
                wish.quantity,
                least: intent.original == 0 ? nil : Quantity(raw: Int64(clamping: intent.original)),
                limit: wish.price,
                tag: wish.tag,
                at: market.now
            )
        else { return tell(.refused(wish, at: market.now)) }
        gateway.ask(QuoteDesk.record(of: update.request, at: market.now))
        tell(update)
    }

    /// Tells whoever has asked: a strategy, or the desk for one of its parents.
    private mutating func tell(_ update: QuoteUpdate) {
        guard ExecutionDesk.isOwn(update.request.tag) else { return strategy.onQuoteRequest(update, market, &intents) }
        executeQuotes(update)
    }

    /// The order that takes the best quote of a request; nil when there is none to take.
    @usableFromInline
    func accepting(_ intent: Intents.Intent) -> NewOrder? {
        dealers.order(intent.order.id, accepting: intent.original, most: intent.order.quantity, at: market.now)
    }

    /// Takes the best quote of a request.
    @usableFromInline
    mutating func acceptQuote(_ intent: Intents.Intent) {
        // What the desk has asked for is the desk's to take.
        guard let order = accepting(intent), order.tag.strategy == intent.order.tag.strategy,
            ExecutionDesk.isOwn(order.tag) == ExecutionDesk.isOwn(intent.order.tag)
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
            // Before the order: where what is left of it still goes out, it must not meet the one that is to go.
            if market.risk.hasSelfTrades { cancelSelfTrades() }
            if execution.isWorking { execution.cleared(travelling, quote, at: market.now) }
            if let record = dealers.accept(intent.original, travelling.quantity, at: market.now) { gateway.ask(record) }
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
        tell(update)
    }

    /// Time has moved on: requests whose time is over are closed, and the desk looks again at those that are its own.
    @usableFromInline
    mutating func expireQuotes() {
        while let update = dealers.expire(at: market.now) { tell(update) }
        guard execution.isWorking, holds.isEmpty else { return }
        // From the last on: what ends leaves the list.
        for index in execution.live.indices.reversed() where index < execution.live.count {
            let asked = execution.parents[execution.live[index]].asked
            if asked != 0, let update = dealers.standing(asked, at: market.now) { executeQuotes(update) }
        }
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
