// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Price over time, and bands
extension RiskGate {
    /// P04: own aggressive orders do not walk the price; and the bands of P21.
    @inline(__always)
    func course<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let (order, market) = (checked.order, checked.market)
        let isAggressive = PriceWalk.isAggressive(order, bid: market.visibleBid, ask: market.visibleAsk)
        if let refusal = need(&witness, .walk, .walk, checked, value: Int128(order.price.raw)) { return refusal }
        if isAggressive || !W.counts, checked.reference.isKnown {
            for place in 0..<checked.count {
                let number = ledger.slot(of: checked.path, place)
                // Safe: a path names slots, and a slot a tally.
                let rows = unsafe (policy.tallyRows[Int(ledger.slots[number].tally)], ledger.slots[number].row)
                // What reduces, there or at the account, is bounded by the collar alone.
                let isFree = !isAggressive || checked.reduces || checked.reduces(at: place)
                if let refusal = walk(checked, &witness, rows.0, isFree) { return refusal }
                if let refusal = walk(checked, &witness, rows.1, isFree) { return refusal }
            }
        }
        guard controls.bands.instruments > 0 else { return nil }
        switch controls.bands.bands(order.instrument, at: market.now) {
        case .none: return nil
        case .unknown: return hold(&witness, .band, order, false, value: Int128(order.price.raw))
        case .between(let lower, let upper):
            let isInside = order.side == .buy ? order.price <= upper : order.price >= lower
            let edge = order.side == .buy ? upper : lower
            return hold(&witness, .band, order, isInside, value: Int128(order.price.raw), limit: Int128(edge.raw))
        }
    }

    /// The bound of a market order no further than the walk of its window, on the price grid; one that reduces is not held by it.
    func withinWalk(_ checked: CheckedOrder, _ bound: Int64) -> Int64 {
        if checked.reduces { return bound }
        var bound = bound
        for place in 0..<checked.count where !checked.reduces(at: place) {
            let number = ledger.slot(of: checked.path, place)
            // Safe: a path names slots, and a slot a tally.
            let rows = unsafe (policy.tallyRows[Int(ledger.slots[number].tally)], ledger.slots[number].row)
            bound = withinWalk(checked, rows.0, bound)
            bound = withinWalk(checked, rows.1, bound)
        }
        return bound
    }

    private func withinWalk(_ checked: CheckedOrder, _ row: UInt32, _ bound: Int64) -> Int64 {
        guard let limit = policy.table.place(row, .walk), let edge = edge(checked, limit) else { return bound }
        let grid = checked.facts.grid(at: edge.raw)
        guard grid.step > 0 else { return bound }
        let over = grid.remainder(edge.raw)
        if checked.order.side == .buy { return min(bound, edge.raw - over) }
        let (inward, overflow) = edge.raw.addingReportingOverflow(over == 0 ? 0 : Int64(grid.step) - over)
        return overflow ? bound : max(bound, inward)
    }

    /// P04: the last price of a window.
    private func edge(_ checked: CheckedOrder, _ limit: Int) -> Price? {
        // Safe: `limit` is a limit's place.
        let (hard, window) = unsafe (policy.table.cells[limit].hard, policy.table.cells[limit].window)
        return controls.walk.edge(
            controls.walkPlace(limit, checked.order.instrument),
            checked.order.side,
            reference: Int64(clamping: checked.reference.double),
            at: checked.market.now,
            within: window,
            by: Int64(clamping: hard)
        )
    }

    @inline(__always)
    private func walk<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ row: UInt32,
        _ isFree: Bool
    ) -> RiskRefusal? {
        guard let limit = policy.table.place(row, .walk) else { return nil }
        let order = checked.order
        let edge = edge(checked, limit)
        let isWithin = edge.map { order.side == .buy ? order.price <= $0 : order.price >= $0 } ?? false
        return hold(
            &witness,
            .walk,
            order,
            isWithin,
            value: Int128(order.price.raw),
            limit: Int128(edge?.raw ?? 0),
            scope: unsafe policy.table.cells[limit].scope,
            index: UInt32(limit),
            waived: isFree
        )
    }
}

// MARK: - Too often
extension RiskGate {
    /// P10, P07, P08 and P25.
    @inline(__always)
    func repetition<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let (order, now) = (checked.order, checked.market.now)
        let isNew = !isUsed(order.id)
        if let refusal = hold(&witness, .duplicate, order, isNew, value: Int128(order.id)) { return refusal }
        if let refusal = missing(checked, &witness) { return refusal }
        for place in 0..<checked.count {
            let number = ledger.slot(of: checked.path, place)
            // Safe: a path names slots, and a slot a tally.
            let (tally, row) = unsafe (Int(ledger.slots[number].tally), ledger.slots[number].row)
            let whole = unsafe policy.tallyRows[tally]
            // A strategy that holds nothing itself gets no way round its own limits by what others of its account hold.
            let waived = checked.reduces(at: place)
            if let refusal = equal(checked, &witness, tally, whole, waived)
                ?? equal(checked, &witness, tally, row, waived)
            {
                return refusal
            }
            if let refusal = rate(checked, &witness, tally, whole, now, waived) { return refusal }
            // One that replaces another makes no more of them.
            let more: Int64 = checked.replaced == 0 ? 1 : 0
            let live = unsafe (ledger.tallies[tally].openOrders + more, ledger.slots[number].openOrders + more)
            if let limit = policy.table.place(whole, .openOrders),
                let refusal = hold(&witness, .openOrders, &checked, Int128(live.0), at: limit, waived: waived)
            {
                return refusal
            }
            if let limit = policy.table.place(row, .openOrders),
                let refusal = hold(&witness, .openOrders, &checked, Int128(live.1), at: limit, waived: waived)
            {
                return refusal
            }
            if let refusal = ratio(checked, &witness, tally, whole, waived) { return refusal }
        }
        let isEnabled = controls.repeated.isEnabled(order.tag.strategy)
        let strategy = Int128(order.tag.strategy)
        // The first slot is the strategy's own. Who reduces for the firm has no position itself.
        let isReducer = Int(order.tag.strategy) == reducer && checked.reduces
        let waived = isReducer || checked.reduces(at: 0)
        return hold(&witness, .executions, order, isEnabled, value: strategy, waived: waived)
    }

    @inline(__always)
    private func missing<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        // Safe: the path was found.
        let missing = unsafe ledger.paths[checked.path].missing
        if missing & RiskGate.repetitionKinds == 0 { return nil }
        return need(&witness, .equal, .duplicates, checked) ?? need(&witness, .rate, .messageRate, checked)
            ?? need(&witness, .burst, .messageBurst, checked) ?? need(&witness, .executions, .executions, checked)
            ?? need(&witness, .openOrders, .openOrders, checked)
            ?? need(&witness, .orderTradeRatio, .orderTradeRatio, checked)
    }

    private static var repetitionKinds: UInt32 {
        LimitKind.duplicates.bit | LimitKind.messageRate.bit | LimitKind.messageBurst.bit | LimitKind.executions.bit
            | LimitKind.openOrders.bit | LimitKind.orderTradeRatio.bit
    }

    /// P10: not the same order again and again.
    @inline(__always)
    private func equal<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ tally: Int,
        _ row: UInt32,
        _ waived: Bool
    ) -> RiskRefusal? {
        guard let limit = policy.table.place(row, .duplicates) else { return nil }
        // Safe: `limit` is a limit's place.
        let (hard, window) = unsafe (policy.table.cells[limit].hard, policy.table.cells[limit].window)
        let most = Int(clamping: hard)
        let (order, now) = (checked.order, checked.market.now)
        let isMet = !controls.equal.isTooMany(order, account: tally, at: now, most: most, within: window)
        let count =
            isMet && W.counts ? 0 : controls.equal.count(order, account: tally, at: now, within: window) + 1
        return hold(
            &witness,
            .equal,
            order,
            isMet,
            value: Int128(count),
            limit: max(hard - 1, 0),
            scope: unsafe policy.table.cells[limit].scope,
            index: UInt32(limit),
            waived: waived
        )
    }

    /// P07: new orders and replaces a second.
    @inline(__always)
    private func rate<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ tally: Int,
        _ row: UInt32,
        _ now: Timestamp,
        _ waived: Bool
    ) -> RiskRefusal? {
        guard let limit = policy.table.place(row, .messageRate) else { return nil }
        // Safe: `tally` is a tally's number and `limit` a limit's place.
        let isSession = unsafe policy.tallyKinds[tally] == 1
        let isMet =
            isSession
            ? waived ? controls.sessions.canReduce(tally, at: now) : controls.sessions.canSend(tally, at: now)
            : controls.buckets.canTake(tally, at: now)
        return hold(
            &witness,
            .rate,
            checked.order,
            isMet,
            value: unsafe isMet ? 0 : policy.table.cells[limit].hard + 1,
            limit: unsafe policy.table.cells[limit].hard,
            scope: unsafe policy.table.cells[limit].scope,
            index: UInt32(limit),
            // The venue's cap is the venue's: nothing passes it.
            waived: waived && !isSession
        )
    }

    /// P25: messages for each trade.
    @inline(__always)
    private func ratio<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ tally: Int,
        _ row: UInt32,
        _ waived: Bool
    ) -> RiskRefusal? {
        guard let limit = policy.table.place(row, .orderTradeRatio) else { return nil }
        // Safe: `limit` is a limit's place.
        let hard = unsafe policy.table.cells[limit].hard
        let isMet = controls.ratios.maySend(tally, ratio: Int(clamping: hard))
        return hold(
            &witness,
            .orderTradeRatio,
            checked.order,
            isMet,
            value: Int128(controls.ratios.messages(tally)) + 1 - Int128(controls.ratios.trades(tally)),
            // Both below 2^63: the product fits, also in a state that was restored.
            limit: min(hard, Int128(Int64.max)) * max(Int128(controls.ratios.trades(tally)), 1),
            scope: unsafe policy.table.cells[limit].scope,
            index: UInt32(limit),
            waived: waived
        )
    }
}

// MARK: - Ourselves, and what we do not hold
extension RiskGate {
    static var mostMeetings: Int { 256 }

    /// P16: the order would not meet one of our own.
    @inline(__always)
    func selfTrade<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let order = checked.order
        let room = Int128(controls.own.capacity)
        let hasRoom = controls.own.hasRoom
        if !hasRoom, let refusal = hold(&witness, .room, order, false, value: room, limit: room) { return refusal }
        guard let first = controls.own.crossing(order), first != checked.replaced else {
            return hold(&witness, .selfTrade, order, true)
        }
        guard controls.selfTrade == .decrement else {
            return hold(&witness, .selfTrade, order, false, value: Int128(first))
        }
        let meeting = controls.own.meeting(order, mode: .decrement)
        // What is left must still be whole lots.
        let isPossible = !meeting.isRefused && checked.facts.lot.contains(meeting.remaining.raw)
        if let refusal = hold(&witness, .selfTrade, order, isPossible, value: Int128(first)) { return refusal }
        checked.order.quantity = meeting.remaining
        // What the order that it is to replace has reserved serves for this one too.
        checked.added = meeting.remaining.raw - min(checked.held, meeting.remaining.raw)
        checked.value = max(Int128(meeting.remaining.raw) &* Int128(checked.valuePrice) - checked.heldValue, 0)
        checked.meets = true
        return nil
    }

    /// Remembers the own orders that P16 wants cancelled, for `takeSelfTrade`.
    mutating func meet(_ order: NewOrder) {
        guard controls.selfTrade != .cancelNewest else { return }
        let (list, start) = unsafe (meetings, meetingCount)
        var count = start
        controls.own.forEachCrossing(order) { id, _ in
            guard count < RiskGate.mostMeetings else { return }
            // Safe: below the room. What finds none is cancelled when the order is tried again.
            unsafe (list + count).initialize(to: id)
            count += 1
        }
        meetingCount = count
    }

    /// An own order that must be cancelled because another would have met it (P16); nil for none.
    public mutating func takeSelfTrade() -> OrderID? {
        guard meetingCount > 0 else { return nil }
        meetingCount -= 1
        return unsafe meetings[meetingCount]
    }

    /// Whether `takeSelfTrade` has something.
    @inlinable
    public var hasSelfTrades: Bool { meetingCount > 0 }

    /// P19 and P20: a sale of what the account does not hold is marked short, located, and priced above the bid.
    @inline(__always)
    func shortSale<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let order = checked.order
        guard order.side == .sell else {
            checked.order.mark = .none
            return nil
        }
        // Safe: the path was found, and its account is one of its slots.
        let account = unsafe ledger.slots + ledger.slot(of: checked.path, Int(ledger.paths[checked.path].account))
        let (position, openSell) = unsafe (account.pointee.position, account.pointee.openSell)
        let isLong = Locates.isLong(Quantity(raw: position), Quantity(raw: openSell), Quantity(raw: checked.added))
        guard !isLong else {
            checked.order.mark = .none
            return nil
        }
        guard controls.shortSales == .us else {
            checked.order.mark = .short
            return nil
        }
        let available = controls.locates.available(order.instrument)
        if let refusal = hold(
            &witness,
            .locate,
            order,
            available.raw >= checked.added,
            value: Int128(available.raw),
            limit: Int128(checked.added)
        ) {
            return refusal
        }
        checked.located = checked.added
        let isExempt = order.mark == .exempt && controls.shortTest.exemption(order.instrument) != nil
        checked.order.mark = isExempt ? .exempt : .short
        let bid = checked.market.visibleBid
        let fault = controls.shortTest.fault(order.instrument, order.price, bid: bid, isExempt: isExempt)
        return hold(
            &witness,
            .shortPrice,
            order,
            fault == nil,
            value: Int128(order.price.raw),
            limit: Int128(bid.raw)
        )
    }

    /// P09: children stay within their parent.
    @inline(__always)
    func family<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        guard checked.order.tag.parent != nil else { return nil }
        var child = checked.order
        child.quantity = Quantity(raw: checked.added)
        guard let fault = controls.parents.fault(child) else { return hold(&witness, .parent, child, true) }
        let reason: RiskReason = fault.reason == .aboveQuantity ? .aboveLimit : .unknownParent
        return hold(&witness, .parent, child, false, value: fault.value, limit: fault.limit, reason: reason)
    }
}
