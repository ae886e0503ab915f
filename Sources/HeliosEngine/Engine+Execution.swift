// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// The execution desk: what begins, goes on and ends, and who is told. While new orders are held back, it only counts.
extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    /// Time has moved on.
    @usableFromInline
    mutating func executeRound() {
        guard holds.isEmpty else { return execute { desk, market, intents in desk.windDown(market, &intents) } }
        execute { desk, market, intents in desk.round(market, &intents) }
    }

    /// The best price of an instrument has changed that a parent looks at.
    @usableFromInline
    mutating func executeQuote(_ instrument: Instrument) {
        guard holds.isEmpty else { return }
        execute { desk, market, intents in desk.quoted(instrument, market, &intents) }
    }

    /// The mids that fills have waited for: what the router learns from.
    @usableFromInline
    mutating func markFills() { execution.router.mark(before: market.now + 1, market) }

    /// A trade was printed.
    @usableFromInline
    mutating func executeTrade(_ event: Event) { execution.traded(event.instrument, event.quantity) }

    /// A strategy asks for a parent order, or for its end.
    @usableFromInline
    mutating func execute(_ intent: Intents.Intent) {
        let number = intent.order.tag.group
        switch intent.kind {
        case .work:
            let request = intents.request(intent)
            begin(number) { desk, market, _ in desk.begin(request, number: number, market) }
        case .target:
            let request = intents.request(intent)
            begin(number) { desk, market, intents in
                desk.beginTarget(request, number: number, market)
                desk.supersede(number, market, &intents)
            }
        case .pair:
            let (first, second) = (intents.request(intent), intents.secondRequest(intent))
            begin(number) { desk, market, _ in desk.beginPair(first, second, number: number, market) }
        case .cancelParent: stop(number, strategy: intent.order.tag.strategy)
        case .order, .cancel, .replace, .quoteRequest, .quoteAccept: break
        }
    }

    /// A record asks for a parent order, or for its end: a person's word, so that it counts for the output.
    @usableFromInline
    mutating func executeRecord(_ event: Event) {
        hash.mix(event)
        guard event.kind == .parentOrder else { return stop(UInt32(truncatingIfNeeded: event.orderID), strategy: nil) }
        guard let request = ParentRequest(event) else { return }
        let number = intents.takeParentNumber()
        begin(number) { desk, market, _ in desk.begin(request, number: number, market) }
    }

    private mutating func begin(
        _ number: UInt32,
        _ body: (inout ExecutionDesk, borrowing MarketState, inout Intents) -> Void
    ) {
        hash.mix(UInt64(number))
        execute(body)
        // At once, and not at the next timer, where nothing keeps it.
        executeRound()
    }

    private mutating func stop(_ number: UInt32, strategy: UInt16?) {
        hash.mix(UInt64(number))
        execute { desk, market, intents in
            guard let place = desk.place(of: number),
                strategy == nil || desk.parents[place].request.strategy == strategy
            else { return }
            if desk.parents[place].pair >= 0 {
                desk.cancel(pair: desk.parents[place].pair, market, &intents)
            } else {
                desk.finish(place, .cancelled, .asked, market, &intents)
            }
        }
    }

    /// Lets the desk act in the name of each parent's strategy, and does what follows: the gate opens and closes, owners hear.
    private mutating func execute(_ body: (inout ExecutionDesk, borrowing MarketState, inout Intents) -> Void) {
        let stamp = intents.strategy
        body(&execution, market, &intents)
        if Observer.followsRoutes { tellRoutes() }
        var heard = 0
        var isSettled = false
        while !isSettled {
            isSettled = true
            while let place = execution.openings.popLast() {
                let parent = execution.parents[place]
                let isOpen = market.risk.openParent(
                    parent.request.strategy,
                    parent.number,
                    parent.request.instrument,
                    parent.request.side,
                    parent.request.quantity,
                    until: parent.end
                )
                execution.opened(place, isOpen, market)
                if isOpen, holds.isEmpty { execution.follow(place, market, &intents) }
                if Observer.followsRoutes { tellRoutes() }
            }
            while let tag = execution.closings.popLast() { market.risk.closeParent(tag.strategy, tag.group) }
            while heard < execution.updates.count {
                let update = execution.updates[heard]
                heard += 1
                let isKnown = update.instrument.index < market.instruments
                observer.worked(update, isKnown ? market.quote(update.instrument) : .empty)
                strategy.onParent(update, market, &intents)
                isSettled = false
            }
        }
        execution.updates.removeAll(keepingCapacity: true)
        intents.strategy = stamp
    }

    /// Tells the observer what the router has decided since the last time.
    private mutating func tellRoutes() {
        for decision in execution.decisions { observer.routed(decision) }
        execution.decisions.removeAll()
    }

    /// Takes what has become of a request for quotes that the desk has sent.
    mutating func executeQuotes(_ update: QuoteUpdate) {
        let mayGoOn = holds.isEmpty && !execution.isRestating
        var order: OrderID?
        execute { desk, market, intents in order = desk.take(update, mayGoOn: mayGoOn, market, &intents) }
        if Observer.followsRoutes, let order { observer.compared(comparison(update, order)) }
    }

    /// Takes what became of a child.
    @usableFromInline
    mutating func executed(_ update: OrderUpdate) {
        let mayGoOn = holds.isEmpty
        execute { desk, market, intents in
            guard let place = desk.take(update) else { return }
            if mayGoOn { desk.follow(place, market, &intents) }
        }
    }
}
