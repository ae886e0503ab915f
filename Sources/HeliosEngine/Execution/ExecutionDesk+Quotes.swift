// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// Parents that ask dealers (`rfq`):
//
//     ask ──► open ──► quotes ──► the best is taken ──► fill or kill to that dealer ──► filled: ask for what is left
//      ▲        │                                             └──► rejected ──► pause ──┐
//      └────────┴── expired: nobody had a quote to take ◄─────────────────────────────┘
//
// One request and one order at a time, so that what is done, open and asked for is never more than the parent.
extension ExecutionDesk {
    /// How long before a quote or a request runs out the desk waits no longer for other dealers: it looks every 100 ms.
    static let quoteMargin: Nanoseconds = 250_000_000

    /// Asks the dealers for what is left, at most what the gate lets through as one order.
    mutating func ask(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let parent = parents[place]
        guard parent.asked == 0, parent.open == 0 else { return }
        let request = parent.request
        let far = market.quote(request.instrument).price(request.side.opposite)
        var quantity = min(parent.left, cap(max(far, request.limit)))
        if quantity < parent.left { quantity = Lots.whole(quantity, lot: parent.lot) }
        guard quantity > 0 else { return }
        let part = NewOrder(
            id: 0,
            instrument: request.instrument,
            side: request.side,
            timeInForce: .fillOrKill,
            quantity: Quantity(raw: quantity),
            price: request.limit,
            tag: parent.tag
        )
        let least = Quantity(raw: min(parent.lot, quantity))
        if intents.requestChildQuotes(part, least: least) { parents[place].asked = WorkedParent.unnumbered }
    }

    /// Takes what has become of a request.
    ///
    /// - Parameters:
    ///   - update: the request as it stands.
    ///   - mayGoOn: no orders are held back.
    ///   - market: books, orders and time.
    ///   - intents: where the order goes.
    /// - Returns: the number of the order that takes a quote; 0 when the request has run out without one, nil when nothing was
    ///   decided.
    mutating func take(
        _ update: QuoteUpdate,
        mayGoOn: Bool,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) -> OrderID? {
        guard let place = place(of: update.request.tag.group) else { return nil }
        switch update.kind {
        case .asked:
            if parents[place].asked == WorkedParent.unnumbered { parents[place].asked = update.request.number }
        case .refused:
            guard parents[place].asked == WorkedParent.unnumbered else { return nil }
            parents[place].asked = 0
            parents[place].nextTry = market.now + settings.pause
        case .expired:
            guard parents[place].asked == update.request.number else { return nil }
            parents[place].asked = 0
            return 0
        case .quoted, .declined:
            guard parents[place].asked == update.request.number, mayGoOn else { return nil }
            return takeBest(update, place, market, &intents)
        }
        return nil
    }

    /// Takes the best quote of a request when all dealers have answered, or when to wait would be to lose it.
    private mutating func takeBest(
        _ update: QuoteUpdate,
        _ place: Int,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) -> OrderID? {
        let (parent, best) = (parents[place], update.best)
        let ends = min(best.validUntil, update.request.deadline, parent.end)
        guard best.number != 0, update.isComplete || ends <= market.now + ExecutionDesk.quoteMargin else { return nil }
        guard parent.state == .working, parent.open == 0, market.now >= parent.nextTry, market.now < parent.end,
            isTradable(parent.request.instrument, market),
            !market.risk.isStopped(strategy: parent.request.strategy, parent.request.instrument)
        else { return nil }
        var quantity = min(update.request.part(of: best).raw, parent.left, cap(best.price))
        if quantity < parent.left { quantity = Lots.whole(quantity, lot: parent.lot) }
        guard quantity > 0, let free = childRange(place).first(where: { children[$0].id == 0 }) else { return nil }
        let part = NewOrder(
            id: 0,
            instrument: parent.request.instrument,
            side: parent.request.side,
            timeInForce: .fillOrKill,
            quantity: Quantity(raw: quantity),
            price: best.price,
            tag: parent.tag,
            venue: best.venue
        )
        let id = intents.acceptChildQuote(update.request.number, part)
        guard id != 0 else { return nil }
        children[free] = WorkedChild(id: id, open: quantity, price: best.price, sentAt: market.now)
        children[free].sent = quantity
        children[free].venue = best.venue
        parents[place].asked = 0
        parents[place].open += quantity
        parents[place].parts += 1
        return id
    }
}
