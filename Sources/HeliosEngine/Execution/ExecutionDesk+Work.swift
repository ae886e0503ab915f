// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// MARK: - What the engine tells it
extension ExecutionDesk {
    /// Time has moved on: what waits may begin, what works is looked at.
    mutating func round(_ market: borrowing MarketState, _ intents: inout Intents) {
        // From the last on: what ends leaves the list.
        for index in live.indices.reversed() where index < live.count {
            let place = live[index]
            sample(place, market)
            look(place, market, &intents)
        }
        for pair in pairs.indices where pairs[pair].isLive { work(pair: pair, market, &intents) }
    }

    /// Time has moved on while new orders are held back: whose time is over, or who is ending, takes back what still rests.
    mutating func windDown(_ market: borrowing MarketState, _ intents: inout Intents) {
        for index in live.indices.reversed() where index < live.count {
            let place = live[index]
            let isOver = parents[place].state == .working && market.now >= parents[place].end
            guard parents[place].state == .ending || isOver && parents[place].pair < 0 else { continue }
            look(place, market, &intents)
        }
    }

    /// The best price of an instrument has changed.
    mutating func quoted(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        for index in live.indices.reversed() where index < live.count {
            let place = live[index]
            guard parents[place].request.instrument == instrument, looksAtQuotes(parents[place].request.algorithm)
            else { continue }
            if parents[place].pair >= 0 {
                work(pair: parents[place].pair, market, &intents)
            } else {
                look(place, market, &intents)
            }
        }
    }

    /// A trade was printed.
    mutating func traded(_ instrument: Instrument, _ quantity: Quantity) {
        guard quantity.raw > 0 else { return }
        for place in live where parents[place].request.instrument == instrument && parents[place].state == .working {
            let sum = parents[place].volume.addingReportingOverflow(quantity.raw)
            parents[place].volume = sum.overflow ? .max : sum.partialValue
        }
    }

    /// Of several venues: a trade at one of them, its own or others'.
    @usableFromInline
    mutating func taped(_ event: Event) { if router.isEnabled { router.taped(event) } }

    /// An order has left the gate, which may have made it smaller (P16).
    @usableFromInline
    mutating func cleared(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {
        guard ExecutionDesk.isOwn(order.tag), let place = place(of: order.tag.group) else { return }
        if router.isEnabled, router.knows(order.venue) { router.sent(order, quote, at: time) }
        for child in childRange(place) where children[child].id == order.id {
            let cut = max(children[child].open - order.quantity.raw, 0)
            children[child].open -= cut
            children[child].sent -= cut
            children[child].displayed = min(children[child].displayed, children[child].sent)
            parents[place].open -= cut
        }
    }

    /// Something became of an order at one of several venues: the router learns from its own.
    @usableFromInline
    mutating func observed(_ update: OrderUpdate, fee: Money, _ quote: Quote) {
        guard router.isEnabled, ExecutionDesk.isOwn(update.tag) else { return }
        router.observed(update, fee: fee, quote, at: update.time)
    }

    /// Takes what became of a child; says which parent it is of.
    mutating func take(_ update: OrderUpdate) -> Int? {
        guard let place = place(of: update.tag.group) else { return nil }
        let child = childRange(place).first { children[$0].id == update.orderID }
        let known = child.map { children[$0].open } ?? 0
        var gone: Int64 = 0
        switch update.kind {
        case .filled:
            gone = min(update.released.raw, known)
            parents[place].done += update.quantity.raw
            parents[place].value += Int128(update.price.raw) * Int128(update.quantity.raw)
            parents[place].refusals = 0
            // What a dark venue trades no tape tells of.
            if settings.showsOwn, !(child.map { router.isDark(children[$0].venue) } ?? false) {
                parents[place].volume -= update.quantity.raw
            }
        case .broken:
            let broken = min(update.quantity.raw, parents[place].done)
            parents[place].done -= broken
            parents[place].value -= min(Int128(update.price.raw) * Int128(broken), parents[place].value)
        case .cancelled: gone = min(update.released.raw, known)
        case .rejected, .refusedByRisk:
            gone = min(update.kind == .rejected ? update.released.raw : update.quantity.raw, known)
            parents[place].refusals += 1
            // A leg tries again at once, or it would wait for its hedge.
            let pause = parents[place].pair < 0 ? settings.pause : min(settings.pause, 100_000_000)
            parents[place].nextTry = update.time + pause
        default: break
        }
        // Whatever it was thought to have at the venue: it has nothing there any more.
        if update.isFinal { gone = known }
        if let child {
            children[child].open -= gone
            if update.kind == .filled { children[child].filled += update.quantity.raw }
            if update.isFinal {
                if router.isEnabled, router.knows(children[child].venue) { learn(place, children[child], update) }
                if cameTooLate(children[child], update) { wait(place, after: update.time) }
                children[child] = WorkedChild()
            }
        }
        parents[place].open -= gone
        // A cancel that was refused is asked for again at the next timer, not as fast as the venue refuses.
        if update.kind == .cancelRejected { return nil }
        let isFill = update.kind == .filled || update.kind == .broken
        guard isFill else { return place }
        let signed = update.kind == .broken ? -update.quantity : update.quantity
        tell(place, at: update.time, filled: signed, price: update.price)
        return place
    }

    /// Whether a child that was to take at once found nothing.
    private func cameTooLate(_ child: WorkedChild, _ update: OrderUpdate) -> Bool {
        update.kind == .cancelled && !child.rests && child.filled == 0
    }

    /// Sends nothing for a while after a child that found nothing, unless a router knows other places to go to.
    ///
    /// What was shown is gone before we get there, and the book that we see may show it until the news of its end arrives:
    /// another child at once would meet the same fate, as fast as the venue answers.
    private mutating func wait(_ place: Int, after time: Timestamp) {
        guard !router.avoidsMisses else { return }
        parents[place].nextTry = max(parents[place].nextTry, time + min(settings.pause, 100_000_000))
    }

    /// Tells the router what a child that has ended came to.
    private mutating func learn(_ place: Int, _ child: WorkedChild, _ update: OrderUpdate) {
        // What our own gate refused says nothing of a venue.
        guard update.kind != .refusedByRisk else { return }
        if update.kind == .rejected { return router.refused(parent: place, child.venue.place, at: update.time) }
        let fate = RoutedFate(
            place: child.venue.place,
            side: parents[place].request.side,
            sent: Quantity(raw: child.sent),
            filled: Quantity(raw: min(child.filled, child.sent)),
            displayed: Quantity(raw: child.displayed),
            price: child.price,
            rested: child.rests
        )
        // By the venue's clock: a quote that came after the child's end, and before we heard of that, is a new one.
        router.ended(fate, of: update.instrument, parent: place, at: update.venueTime)
    }

    /// After a report of a child: what follows from it.
    mutating func follow(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        if parents[place].pair >= 0 {
            work(pair: parents[place].pair, market, &intents)
        } else {
            look(place, market, &intents)
        }
    }
}

// MARK: - One parent
extension ExecutionDesk {
    /// Does for a parent what there is to do now.
    mutating func look(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        switch parents[place].state {
        case .waiting: wake(place, market)
        case .ending:
            withdraw(place, market, &intents)
            if parents[place].open == 0, parents[place].pair < 0 { end(place, parents[place].outcome, at: market.now) }
        case .working where parents[place].pair < 0:
            if parents[place].done >= parents[place].quantity {
                finish(place, .done, .none, market, &intents)
            } else if market.now >= parents[place].end {
                finish(place, .expired, .time, market, &intents)
            } else if parents[place].refusals >= settings.patience {
                finish(place, .failed, .refused, market, &intents)
            } else {
                work(place, market, &intents)
            }
        default: break
        }
    }

    /// Begins the end of a parent: it takes no more children, and ends with the last of them.
    mutating func finish(
        _ place: Int,
        _ outcome: ParentState,
        _ reason: ParentReason,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard parents[place].state.isLive else { return }
        if parents[place].state == .waiting {
            parents[place].reason = reason
            return end(place, outcome, at: market.now)
        }
        guard parents[place].state == .working else { return }
        parents[place].outcome = outcome
        parents[place].reason = reason
        if parents[place].open == 0 { return end(place, outcome, at: market.now) }
        parents[place].state = .ending
        withdraw(place, market, &intents)
        tell(place, at: market.now)
    }

    /// Asks for the cancel of every child, or of those that rest.
    func withdraw(
        _ place: Int,
        _ market: borrowing MarketState,
        _ intents: inout Intents,
        onlyResting: Bool = false
    ) {
        for child in childRange(place) where children[child].id != 0 && (children[child].rests || !onlyResting) {
            cancel(children[child].id, market, &intents)
        }
    }

    private func cancel(_ id: OrderID, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard let order = market.orders.order(id), !order.isFinal, !order.cancelIsPending else { return }
        intents.cancel(id)
    }

    /// Sends what is due, and moves or withdraws what no longer stands where it should.
    mutating func work(_ place: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let request = parents[place].request
        guard market.now >= parents[place].nextTry, isTradable(request.instrument, market),
            !market.risk.isStopped(strategy: request.strategy, request.instrument)
        else { return }
        if request.algorithm == .rfq { return ask(place, market, &intents) }
        let quote = market.quote(request.instrument)
        let wish = wish(place, quote, market)
        let parent = parents[place]
        tend(place, wish, market, &intents)
        let taking = childRange(place).reduce(into: Int64(0)) { if !children[$1].rests { $0 += children[$1].open } }
        let behind = wish.must - parent.done - taking
        let free = min(wish.may - parent.done - parent.open, parent.left)
        if behind > max(free, 0), parent.open > taking {
            // What rests has to come back before it can take.
            withdraw(place, market, &intents, onlyResting: true)
        }
        let cross = send(place, min(behind, free), resting: nil, quote, market, &intents)
        guard let price = wish.price else { return }
        _ = send(place, free - cross - max(behind - cross, 0), resting: price, quote, market, &intents)
    }

    func isTradable(_ instrument: Instrument, _ market: borrowing MarketState) -> Bool {
        let quote = market.quote(instrument)
        return market.tradingState(instrument) == .trading && market.phase == .regular && quote.isTwoSided
            && !quote.isCrossed
    }

    /// Withdraws what rests at another price than it should, or is too much.
    private func tend(
        _ place: Int,
        _ wish: ChildWish,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let parent = parents[place]
        let isTooMuch = wish.may < parent.done + parent.open
        for child in childRange(place) where children[child].id != 0 && children[child].rests {
            let order = children[child]
            let moves = wish.price.map { price in
                market.now - order.sentAt >= wish.minimumLife && abs(price.raw - order.price.raw) >= parent.tick
            }
            if isTooMuch || moves ?? true { cancel(order.id, market, &intents) }
        }
    }

    /// Sends a slice, in whole lots unless it is the last; says how much went.
    private mutating func send(
        _ place: Int,
        _ wanted: Int64,
        resting: Price?,
        _ quote: Quote,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) -> Int64 {
        let parent = parents[place]
        var quantity = min(wanted, parent.left, cap(resting ?? worstPrice(parent.request, quote)))
        if quantity < parent.left { quantity = Lots.whole(quantity, lot: parent.lot) }
        guard quantity > 0, hasRoom(place, resting: resting != nil) else { return 0 }
        let slice = ChildSlice(
            instrument: parent.request.instrument,
            side: parent.request.side,
            quantity: quantity,
            limit: parent.request.limit,
            resting: resting
        )
        route(slice, parent: place, market)
        if notesDecisions { note(place, at: market.now) }
        var sent: Int64 = 0
        for index in routed.indices { sent += send(place, index, at: market.now, &intents) }
        if sent > 0 { parents[place].volumeBefore = parents[place].volume }
        if sent > 0, resting == nil { parents[place].lastShot = market.now }
        return sent
    }

    /// The price that a child which takes is counted with: the router may go a little beyond the best one.
    private func worstPrice(_ request: ParentRequest, _ quote: Quote) -> Price {
        let far = quote.price(request.side.opposite)
        guard router.isEnabled, request.side == .buy else { return far }
        let reach = far + router.settings.reach
        return request.limit.raw > 0 ? max(far, min(reach, request.limit)) : reach
    }

    /// The most that the gate lets through as one order at a price.
    func cap(_ price: Price) -> Int64 {
        guard childValue < .max, price.raw > 0 else { return childQuantity }
        return min(childQuantity, Int64(clamping: childValue / Int128(price.raw)))
    }

    private func hasRoom(_ place: Int, resting: Bool) -> Bool {
        var (taken, rests) = (0, 0)
        for child in childRange(place) where children[child].id != 0 {
            taken += 1
            if children[child].rests { rests += 1 }
        }
        return taken < ExecutionDesk.childPlaces && (!resting || rests < ExecutionDesk.restingPlaces)
    }

    private mutating func send(
        _ place: Int,
        _ index: Int,
        at now: Timestamp,
        _ intents: inout Intents
    ) -> Int64 {
        let routed = routed[index]
        guard let free = childRange(place).first(where: { children[$0].id == 0 }) else { return 0 }
        let parent = parents[place]
        let id = intents.submitChild(
            NewOrder(
                id: 0,
                instrument: parent.request.instrument,
                side: parent.request.side,
                timeInForce: routed.timeInForce,
                quantity: Quantity(raw: routed.quantity),
                price: routed.price,
                tag: parent.tag,
                venue: routed.venue,
                delay: routed.delay,
                isSweep: routed.isSweep
            )
        )
        guard id != 0 else { return 0 }
        if notesDecisions { noteChild(index, id) }
        let rests = routed.timeInForce != .immediateOrCancel
        children[free] = WorkedChild(id: id, open: routed.quantity, price: routed.price, sentAt: now, rests: rests)
        children[free].sent = routed.quantity
        children[free].displayed = routed.displayed
        children[free].venue = routed.venue
        parents[place].open += routed.quantity
        parents[place].parts += 1
        return routed.quantity
    }
}
