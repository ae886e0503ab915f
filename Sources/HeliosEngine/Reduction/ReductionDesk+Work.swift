// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// MARK: - Rounds
extension ReductionDesk {
    /// Looks at the risk, and works the reduction that comes first; at each timer, once an interval.
    mutating func round(_ market: borrowing MarketState, _ intents: inout Intents) {
        guard let rules, market.now >= nextRound else { return }
        nextRound = market.now + rules.interval
        look(market)
        remark(market)
        watch(market)
        var isFree = true
        for task in tasks.indices {
            judge(task, rules, market, &intents)
            // One at a time: two that sold the same would sell too much.
            guard !tasks[task].isSettled, isFree else { continue }
            isFree = false
            advance(task, rules, market, &intents)
        }
        isWorking = tasks.contains { !$0.isSettled }
    }

    /// Settles a task that has reached its target, and begins it again when the limit is broken again.
    private mutating func judge(
        _ task: Int,
        _ rules: ReductionRules,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        if tasks[task].isSettled {
            // A hundred per cent for limits; what was to be closed and is held again.
            if !isReached(task, share: 10_000, market) {
                again(task, at: market.now)
            } else if !isReached(task, share: rules.release, market) {
                tasks[task].belowSince = .never
            } else if tasks[task].belowSince == .never {
                tasks[task].belowSince = market.now
            }
        } else if isReached(task, share: rules.target, market) {
            tasks[task].stage = .settled
            withdraw(task, market, &intents)
        } else {
            let age = market.now - tasks[task].began
            tasks[task].stage = age < rules.patience ? .passive : age < 2 * rules.patience ? .urgent : .crossing
        }
    }

    /// Cancels what a task has at the venue.
    private mutating func withdraw(_ task: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        for line in tasks[task].lines {
            for leg in line.legs where leg.child != 0 { cancel(leg.child, market, &intents) }
        }
    }

    private func cancel(_ id: OrderID, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard let order = market.orders.order(id), !order.isFinal, !order.cancelIsPending else { return }
        intents.cancel(id)
    }

    /// Sends the next slices, in the order of the plan; plans when there is nothing left to do and the target is not reached.
    private mutating func advance(
        _ task: Int,
        _ rules: ReductionRules,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let isPlanned = tasks[task].plannedAt != .never
        let isDue = !isPlanned || market.now - tasks[task].plannedAt >= 10 * rules.interval
        if !isPlanned || isDue && isExhausted(tasks[task]) { plan(task, market) }
        let stamp = intents.strategy
        for line in tasks[task].lines.indices where !tasks[task].lines[line].isDone {
            // A pair moves only when both of its legs can. What is halted waits until people raise it: asked again and again, its
            // refusals would use up order numbers.
            let scope = tasks[task].scope
            let canMove = tasks[task].lines[line].legs.allSatisfy { leg in
                isTradable(leg.instrument, market)
                    && !market.risk.isStopped(strategy: strategy(leg, scope: scope), leg.instrument)
            }
            guard canMove else { continue }
            for leg in tasks[task].lines[line].legs.indices { work(task, line, leg, rules, market, &intents) }
        }
        intents.strategy = stamp
    }

    /// Nothing of the plan can go on: all is done, or refused again and again, or can't trade.
    private func isExhausted(_ task: ReductionTask) -> Bool {
        task.lines.allSatisfy { line in
            line.legs.allSatisfy { $0.child == 0 }
                && (line.isDone || line.legs.contains { $0.refusals >= ReductionDesk.patience })
        }
    }

    /// Sends a slice of a leg, or withdraws one that no longer stands where it should.
    private mutating func work(
        _ task: Int,
        _ line: Int,
        _ number: Int,
        _ rules: ReductionRules,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let leg = tasks[task].lines[line].legs[number]
        let isCrossing = tasks[task].stage == .crossing
        let owner = strategy(leg, scope: tasks[task].scope)
        let place = best(leg, of: owner, isCrossing: isCrossing, market)
        let (venue, price) = place ?? (Venue(id: 0), .zero)
        if leg.child != 0 {
            guard let order = market.orders.order(leg.child), market.now - leg.sentAt >= rules.interval else { return }
            if order.order.price != price { cancel(leg.child, market, &intents) }
            return
        }
        guard place != nil, leg.refusals < ReductionDesk.patience, market.now >= leg.nextTry else { return }
        let quantity = slice(tasks[task].lines[line], leg, scope: tasks[task].scope, market)
        guard quantity > 0 else { return }
        intents.strategy = owner
        let id = intents.submit(
            leg.instrument,
            leg.side,
            Quantity(raw: quantity),
            at: price,
            timeInForce: isCrossing ? .immediateOrCancel : .day,
            venue: venue,
            group: leg.parent,
            leg: 0xFFFF
        )
        guard id != 0 else { return }
        credits[leg.instrument.index] -= Int128(quantity) * 10_000
        tasks[task].lines[line].legs[number].open += quantity
        tasks[task].lines[line].legs[number].child = id
        tasks[task].lines[line].legs[number].sentAt = market.now
    }

    /// Where a leg goes and at what price: of several lit venues that can be reached and are not stopped, the one with the best price to
    /// take, or to rest at; nil when there is none.
    private func best(
        _ leg: ReductionLeg,
        of strategy: UInt16,
        isCrossing: Bool,
        _ market: borrowing MarketState
    ) -> (venue: Venue, price: Price)? {
        let side = isCrossing ? leg.side.opposite : leg.side
        guard market.hasFloor else { return (Venue(id: 0), market.quote(leg.instrument).price(side)) }
        let (counted, held) = (market.countedVenues, market.heldVenues)
        var best: (venue: Venue, price: Price)?
        for place in 0..<market.venueCount where counted.contains(place) && !held.contains(place) {
            let venue = Venue(place: place)
            let price = market[venue].quote(leg.instrument).price(side)
            guard price.raw > 0, market[venue].tradingState(leg.instrument) == .trading,
                !market.risk.isStopped(strategy: strategy, at: venue)
            else { continue }
            // A bid is the better, the higher it is, whether it is taken or joined.
            if let known = best, side.sign * (price.raw - known.price.raw) <= 0 { continue }
            best = (venue, price)
        }
        return best
    }

    /// How much may go now: within the slice, within the share of what has traded, and never through zero.
    private func slice(
        _ line: ReductionLine,
        _ leg: ReductionLeg,
        scope: Int,
        _ market: borrowing MarketState
    ) -> Int64 {
        let index = leg.instrument.index
        let lot = max(lots[index], 1)
        // Of the scope: what others of the firm hold against it does not keep it from being closed.
        let exposure = market.risk.exposure(leg.instrument, scope: scope)
        // Everything on this side together, ours and the strategies', may not be more than is held.
        let room =
            leg.side == .sell
            ? Int128(exposure.position.raw) - Int128(exposure.openSell.raw)
            : -Int128(exposure.position.raw) - Int128(exposure.openBuy.raw)
        let wanted = Int128(line.allowed(leg, lot: lot)) - Int128(leg.done) - Int128(leg.open)
        let quantity = min(wanted, room, credits[index] / 10_000)
        return quantity > 0 ? Int64(quantity) / lot * lot : 0
    }
}
