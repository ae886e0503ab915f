// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosStrategy

/// What the desk made of the dealers' answers to one request, as it took a quote or as the request ran out.
///
/// Made only where an observer follows routes (`EngineObserver.followsRoutes`); it allocates.
public struct QuoteComparison: Sendable {
    /// Why a dealer's quote was taken, or was not.
    public enum Verdict: String, Sendable, CaseIterable {
        /// The best, all-in.
        case taken
        /// Another was better, or as good for more, or stood first.
        case dearer
        /// Its price was worse than the parent's limit.
        case beyondLimit
        /// It had run out by then.
        case lapsed
        /// It was good for less than a lot.
        case tooSmall
        /// It could have been taken, and was not: the market or the parent was stopped, or orders were held back.
        case kept
        case declined
        /// No answer came.
        case silent
    }

    /// A dealer's answer.
    public struct Answer: Sendable {
        public var dealer: Dealer
        public var verdict: Verdict
        /// Number 0 for none.
        public var quote: DealerQuote
        /// What of the request it was good for.
        public var part: Quantity
        /// What that would have cost, or brought, fees included.
        public var value: Money
    }

    public var time: Timestamp
    /// The parent as it stood before the order.
    public var parent: ParentUpdate
    public var request: QuoteRequest
    /// In the order of the dealers.
    public var answers: [Answer]
    /// The number of the order that takes the best quote; 0 for none.
    public var order: OrderID
    /// What it is for.
    public var quantity: Quantity
    /// What the books displayed of the request then, and what taking that would have cost, or brought, fees included.
    public var displayed: Quantity
    public var displayedValue: Money
}

extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    /// The answers to a request beside each other, and beside what is displayed.
    mutating func comparison(_ update: QuoteUpdate, _ order: OrderID) -> QuoteComparison {
        let (request, now) = (update.request, market.now)
        let taken = order == 0 ? 0 : update.best.number
        var answers: [QuoteComparison.Answer] = []
        for (index, dealer) in dealers.dealers.enumerated() {
            guard let quote = dealers.answer(request.number, of: index) else { continue }
            let part = request.part(of: quote)
            let verdict: QuoteComparison.Verdict
            if quote.number == 0 {
                verdict = quote.venue.id == 0 ? .silent : .declined
            } else if quote.number == taken, quote.venue == update.best.venue {
                verdict = .taken
            } else if !request.isWithinLimit(quote.price) {
                verdict = .beyondLimit
            } else if quote.quantity < request.least {
                verdict = .tooSmall
            } else if now >= quote.validUntil {
                verdict = .lapsed
            } else {
                verdict = order == 0 ? .kept : .dearer
            }
            let value = dealer.allIn(request.side, part, at: quote.price)
            answers.append(
                QuoteComparison.Answer(dealer: dealer, verdict: verdict, quote: quote, part: part, value: value)
            )
        }
        let quantity = order == 0 ? .zero : execution.openQuantity(of: order, request.tag.group)
        var parent = execution.standing(request.tag.group)
        parent?.open -= quantity
        let unknown = ParentRequest(.rfq, request.instrument, request.side, request.quantity)
        let book = execution.displayed(request, takerFee: fees.taker, market)
        return QuoteComparison(
            time: now,
            parent: parent ?? ParentUpdate(request.tag.group, unknown, .none, .none, at: now),
            request: request,
            answers: answers,
            order: order,
            quantity: quantity,
            displayed: book.quantity,
            displayedValue: book.value
        )
    }
}

extension ExecutionDesk {
    /// What a child has open; zero for one that is not there.
    func openQuantity(of order: OrderID, _ parent: UInt32) -> Quantity {
        guard let place = place(of: parent) else { return .zero }
        let child = childRange(place).first { children[$0].id == order }
        return Quantity(raw: child.map { children[$0].open } ?? 0)
    }

    /// What the books display of a request's quantity within its limit, and what taking it costs or brings: the cheapest all-in first.
    mutating func displayed(
        _ request: QuoteRequest,
        takerFee: Price,
        _ market: borrowing MarketState
    ) -> (quantity: Quantity, value: Money) {
        let side = request.side
        var offers: [(price: Price, allIn: Int64, quantity: Quantity)] = []
        func add(_ level: Level, _ fee: Price) {
            guard request.isWithinLimit(level.price) else { return }
            offers.append((level.price, level.price.raw + side.sign * fee.raw, level.quantity))
        }
        if router.isEnabled {
            router.look(request.instrument, request.side, request.tag.strategy, market)
            let view = router.view
            for place in 0..<view.count where view.venues[place].sort == .lit && view.venues[place].isOpen {
                for depth in 0..<view.venues[place].count(side.opposite) {
                    add(view.level(place, side.opposite, depth), view.venues[place].takerFee)
                }
            }
        } else {
            for depth in 0..<market.books.levelCount(request.instrument, side.opposite) {
                if let level = market.books.level(request.instrument, side.opposite, depth) { add(level, takerFee) }
            }
        }
        var (left, value) = (request.quantity, Money.zero)
        for offer in offers.sorted(by: { side.sign * ($0.allIn - $1.allIn) < 0 }) where left.raw > 0 {
            let part = min(offer.quantity, left)
            value += Money(Price(raw: offer.allIn), times: part)
            left -= part
        }
        return (request.quantity - left, value)
    }
}
