// SPDX-License-Identifier: MIT
import HeliosMarket

/// Continuous matching: the best price first, at a price the displayed before the hidden, then the oldest.
extension MatchingCore {
    /// Trades the order with everything at `reach` or better until it is filled or stopped.
    @inlinable
    @inline(__always)
    mutating func match<Output: MatchingOutput & ~Copyable>(
        _ order: inout Incoming,
        _ contra: Int,
        _ reach: Int64,
        to output: inout Output
    ) {
        var place = Int(ladders[contra].count) - 1
        while place >= 0, order.open > 0, !order.isStopped {
            let key = keys(contra)[place]
            guard key >= reach else { return }
            let number = numbers(contra)[place]
            let price = price(key, in: contra)
            takeDisplayed(&order, number, price, to: &output)
            if order.open > 0, !order.isStopped, levels[Int(number)].hiddenHead != 0 {
                takeHidden(&order, number, price, to: &output)
            }
            if levels[Int(number)].count == 0 { closeLevel(at: place, in: contra) }
            place -= 1
        }
    }

    @inlinable
    @inline(__always)
    mutating func takeDisplayed<Output: MatchingOutput & ~Copyable>(
        _ order: inout Incoming,
        _ number: UInt32,
        _ price: Int64,
        to output: inout Output
    ) {
        while order.open > 0 {
            let maker = levels[Int(number)].head
            if maker == 0 { return }
            let quantity = min(order.open, orders[Int(maker)].shown)
            if isOwn(maker, order) {
                meetOwn(maker, &order, quantity, price, to: &output)
                if order.isStopped { return }
                if orders[Int(maker)].level == 0 { continue }
            } else {
                shrink(maker, by: quantity, shown: quantity)
                tellExecuted(maker, &order, quantity, price, to: &output)
            }
            if orders[Int(maker)].shown == 0 { finishSlice(maker, to: &output) }
        }
    }

    /// A displayed quantity is used up: the order shows its next slice or is gone.
    @inlinable
    @inline(__always)
    mutating func finishSlice<Output: MatchingOutput & ~Copyable>(_ maker: UInt32, to output: inout Output) {
        if orders[Int(maker)].open == 0 {
            detach(maker)
            discard(maker)
        } else {
            refresh(maker, to: &output)
        }
    }

    /// The next slice of a reserve order goes to the tail of its level, under a new reference.
    @inlinable
    @inline(never)
    mutating func refresh<Output: MatchingOutput & ~Copyable>(_ index: UInt32, to output: inout Output) {
        let level = orders[Int(index)].level
        detach(index)
        let before = orders[Int(index)].reference
        orders[Int(index)].reference = nextReference()
        orders[Int(index)].shown = slice(index)
        append(index, to: level)
        let order = orders[Int(index)]
        output.receive(
            MatchingEvent(
                .restated,
                instrument: Instrument(id: order.book),
                time: now,
                owner: order.owner,
                id: order.id,
                reference: order.reference,
                side: order.traits.side,
                price: key(levels[Int(level)].key, order.traits.side),
                open: order.open,
                displayed: order.shown,
                contraReference: before
            )
        )
        tellShown(index, to: &output)
    }

    /// What a reserve order shows next: its display size, moved by up to its range in whole lots, at most what is open.
    @usableFromInline
    mutating func slice(_ index: UInt32) -> Int64 {
        let terms = terms[Int(index)]
        var size = terms.display
        if terms.displayRange > 0 {
            let lot = books[Int(orders[Int(index)].book)].lot
            let lots = UInt64(terms.displayRange / lot)
            size += (Int64(random.next() % (2 * lots + 1)) - Int64(lots)) * lot
        }
        return min(size, orders[Int(index)].open)
    }

    @inlinable
    @inline(__always)
    mutating func takeHidden<Output: MatchingOutput & ~Copyable>(
        _ order: inout Incoming,
        _ number: UInt32,
        _ price: Int64,
        to output: inout Output
    ) {
        var maker = levels[Int(number)].hiddenHead
        while maker != 0, order.open > 0, !order.isStopped {
            let next = orders[Int(maker)].next
            takeHidden(&order, from: maker, price, to: &output)
            maker = next
        }
    }

    /// Trades with one hidden order, unless that wants more than is offered.
    @inlinable
    @inline(__always)
    mutating func takeHidden<Output: MatchingOutput & ~Copyable>(
        _ order: inout Incoming,
        from maker: UInt32,
        _ price: Int64,
        to output: inout Output
    ) {
        let open = orders[Int(maker)].open
        let quantity = min(order.open, open)
        if orders[Int(maker)].traits.contains(.minimum), quantity < min(terms[Int(maker)].minimum, open) { return }
        if isOwn(maker, order) {
            meetOwn(maker, &order, quantity, price, to: &output)
            if order.isStopped || orders[Int(maker)].level == 0 { return }
        } else {
            shrink(maker, by: quantity, shown: 0)
            tellExecuted(maker, &order, quantity, price, to: &output)
        }
        if orders[Int(maker)].open == 0 {
            detach(maker)
            discard(maker)
        }
    }

    @inlinable
    @inline(__always)
    func isOwn(_ maker: UInt32, _ order: Incoming) -> Bool {
        orders[Int(maker)].owner == order.owner && order.selfTrade != .none
    }

    /// Self-trade prevention; a maker that it removes has level 0 afterwards.
    @inlinable
    @inline(never)
    mutating func meetOwn<Output: MatchingOutput & ~Copyable>(
        _ maker: UInt32,
        _ order: inout Incoming,
        _ quantity: Int64,
        _ price: Int64,
        to output: inout Output
    ) {
        switch order.selfTrade {
        case .none, .cancelNewest:
            order.isStopped = true
        case .cancelOldest:
            cancelResting(maker, .selfTrade, price: price, to: &output)
        case .decrement:
            let shown = orders[Int(maker)].traits.contains(.hidden) ? 0 : quantity
            shrink(maker, by: quantity, shown: shown)
            if orders[Int(maker)].open > 0 { terms[Int(maker)].total -= quantity }
            tellCancelled(maker, quantity, .selfTrade, price: price, to: &output)
            if shown > 0 {
                if orders[Int(maker)].shown > 0 {
                    tellReduced(maker, shown, to: &output)
                } else {
                    tellUnshown(orders[Int(maker)].reference, order.side.opposite, order.book, to: &output)
                }
            }
            order.open -= quantity
            order.total -= quantity
            var part = order
            part.open = quantity
            tellPartCancelled(part, left: order.open, price, to: &output)
        }
    }

    @inlinable
    func tellPartCancelled<Output: MatchingOutput & ~Copyable>(
        _ part: Incoming,
        left: Int64,
        _ price: Int64,
        to output: inout Output
    ) {
        output.receive(
            MatchingEvent(
                .cancelled,
                instrument: Instrument(id: part.book),
                time: now,
                owner: part.owner,
                id: part.id,
                reference: part.reference,
                side: part.side,
                price: price,
                quantity: part.open,
                open: left,
                detail: MatchingCancelReason.selfTrade.rawValue
            )
        )
    }

    /// Books and tells an execution; the maker has shrunk already, the order does so here.
    @inlinable
    @inline(__always)
    mutating func tellExecuted<Output: MatchingOutput & ~Copyable>(
        _ maker: UInt32,
        _ order: inout Incoming,
        _ quantity: Int64,
        _ price: Int64,
        to output: inout Output
    ) {
        order.open &-= quantity
        let resting = orders + Int(maker)
        let isMidpoint = resting.pointee.traits.contains(.midpoint) || order.traits.contains(.midpoint)
        var flags: MatchingFlags = resting.pointee.traits.contains(.hidden) ? [] : .displayed
        if isMidpoint { flags.insert(.midpoint) }
        if resting.pointee.traits.contains(.postOnly) { flags.insert(.postOnly) }
        let event = MatchingEvent(
            .executed,
            instrument: Instrument(id: order.book),
            time: now,
            owner: resting.pointee.owner,
            id: resting.pointee.id,
            reference: resting.pointee.reference,
            side: resting.pointee.traits.side,
            price: price,
            quantity: quantity,
            open: resting.pointee.open,
            displayed: resting.pointee.shown,
            contraOwner: order.owner,
            contraID: order.id,
            contraReference: order.reference,
            contraOpen: order.open,
            match: nextMatch(),
            flags: flags
        )
        books[Int(order.book)].lastPrice = price
        trades[Int(truncatingIfNeeded: lastMatch & tradeMask)] = TradeRecord(event)
        output.receive(event)
    }

    /// How much the order could execute at `reach` or better; may say less when it would meet an order of its owner.
    ///
    /// An own order counts nothing; unless the rule is to cancel the oldest, counting ends before its level.
    @usableFromInline
    @inline(never)
    func available(_ order: Incoming, _ contra: Int, _ reach: Int64) -> Int64 {
        var rest = order.open
        var place = Int(ladders[contra].count) - 1
        while place >= 0, rest > 0, keys(contra)[place] >= reach {
            let level = levels[Int(numbers(contra)[place])]
            if order.selfTrade == .cancelNewest || order.selfTrade == .decrement {
                if hasOwn(order, level.head) || hasOwn(order, level.hiddenHead) { break }
            }
            var maker = level.head
            while maker != 0, rest > 0 {
                if !isOwn(maker, order) { rest -= min(rest, orders[Int(maker)].open) }
                maker = orders[Int(maker)].next
            }
            maker = level.hiddenHead
            while maker != 0, rest > 0 {
                rest -= hiddenAvailable(maker, order, rest)
                maker = orders[Int(maker)].next
            }
            place -= 1
        }
        return order.open - rest
    }

    @usableFromInline
    func hasOwn(_ order: Incoming, _ first: UInt32) -> Bool {
        var maker = first
        while maker != 0 {
            if isOwn(maker, order) { return true }
            maker = orders[Int(maker)].next
        }
        return false
    }

    @usableFromInline
    func hiddenAvailable(_ maker: UInt32, _ order: Incoming, _ rest: Int64) -> Int64 {
        if isOwn(maker, order) { return 0 }
        let open = orders[Int(maker)].open
        let quantity = min(rest, open)
        if orders[Int(maker)].traits.contains(.minimum), quantity < min(terms[Int(maker)].minimum, open) { return 0 }
        return quantity
    }
}
