// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosSignal

extension PairsStrategy {
    /// Sets targets for a new position and sends both legs.
    mutating func enter(
        _ pair: Int,
        direction: Int8,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let (y, x) = sizes(pair) else { return }
        let sign = Int64(direction)
        legs[2 * pair].target = Quantity(raw: sign * y.raw)
        legs[2 * pair + 1].target = Quantity(raw: -sign * x.raw)
        pairStates[pair].phase = .entering
        pairStates[pair].direction = direction
        pairStates[pair].legDeadline = market.now + parameters.legTimeout
        let lifetime = min(models[pair].halfLife * parameters.timeStopHalfLives, 1e18)
        pairStates[pair].timeStop = market.now + Nanoseconds(lifetime)
        counters.entries += 1
        note(pair, market.now)
        activate(pair)
        setBand(pair)
        work(pair, market, &intents)
    }

    /// Whole lots of both legs; nil when a leg is less than a lot or out of proportion.
    private func sizes(_ pair: Int) -> (y: Quantity, x: Quantity)? {
        let midY = mids[Int(bands[pair].y)]
        let midX = mids[Int(bands[pair].x)]
        let notional = parameters.notional.value
        let lot = parameters.lot.value
        let lotsY = (notional / (midY * lot)).rounded(.down)
        let lotsX = (models[pair].beta * lotsY).rounded(.toNearestOrAwayFromZero)
        guard lotsY >= 1, lotsX >= 1, lotsX * lot * midX <= PairsStrategy.maximumLegRatio * notional,
            let rawY = Int64(exactly: lotsY)?.multipliedReportingOverflow(by: parameters.lot.raw), !rawY.overflow,
            let rawX = Int64(exactly: lotsX)?.multipliedReportingOverflow(by: parameters.lot.raw), !rawX.overflow
        else { return nil }
        return (Quantity(raw: rawY.partialValue), Quantity(raw: rawX.partialValue))
    }

    /// Sets both targets to zero and begins to work towards them.
    mutating func exit(
        _ pair: Int,
        _ reason: PairExit,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        legs[2 * pair].target = .zero
        legs[2 * pair + 1].target = .zero
        pairStates[pair].phase = .exiting
        pairStates[pair].exitReason = reason
        counters.count(reason)
        note(pair, market.now)
        activate(pair)
        setBand(pair)
        work(pair, market, &intents)
    }

    /// Keeps when and at what z-score an entry or exit was decided.
    private mutating func note(_ pair: Int, _ now: Timestamp) {
        pairStates[pair].decidedAt = now
        pairStates[pair].decidedZ = zScore(pair)
    }

    /// Sends what the legs of `pair` still need, undoes an entry that has run out of time, and ends the phase when both
    /// legs have arrived.
    mutating func work(_ pair: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        if legs[2 * pair].isDone && legs[2 * pair + 1].isDone { return arrived(pair) }
        if pairStates[pair].phase == .entering && market.now >= pairStates[pair].legDeadline {
            pairStates[pair].blocked = -pairStates[pair].direction
            return exit(pair, .legging, market, &intents)
        }
        send(pair, leg: 0, market, &intents)
        send(pair, leg: 1, market, &intents)
    }

    private mutating func arrived(_ pair: Int) {
        switch pairStates[pair].phase {
        case .entering: pairStates[pair].phase = .open
        case .exiting:
            pairStates[pair].phase = .flat
            pairStates[pair].direction = 0
        case .flat, .open: break
        }
        deactivate(pair)
        setBand(pair)
    }

    /// Sends an order for what a leg lacks.
    private mutating func send(
        _ pair: Int,
        leg: Int,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let instrument = Instrument(id: leg == 0 ? bands[pair].y : bands[pair].x)
        let isSent = legs[2 * pair + leg]
            .send(instrument, touch, group: UInt32(pair), leg: UInt16(leg), market, &intents)
        if isSent { counters.orders += 1 }
    }

    public mutating func onOrder(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let pair = Int(update.tag.group)
        guard pair < pairCount, update.tag.leg < 2 else { return }
        let index = 2 * pair + Int(update.tag.leg)
        if update.kind == .rejected || update.kind == .refusedByRisk { counters.refusals += 1 }
        if legs[index].take(update, touch, market.now) { settle(pair, market, &intents) }
    }

    /// What the system has taken back: position and target both move, so that nothing is bought again and nothing is
    /// thought to have left its place; a pair of which nothing is left is flat.
    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let pair = Int(update.tag.group)
        guard pair < pairCount, update.tag.leg < 2 else { return }
        legs[2 * pair + Int(update.tag.leg)].reduce(update)
        guard legs[2 * pair].isFlat, legs[2 * pair + 1].isFlat, pairStates[pair].phase == .open else { return }
        pairStates[pair].phase = .exiting
        arrived(pair)
    }

    /// After a fill or the end of an order: the phase may be over, or the legs may have left where they should be.
    private mutating func settle(_ pair: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        switch pairStates[pair].phase {
        case .entering, .exiting: work(pair, market, &intents)
        case .flat, .open:
            if !legs[2 * pair].isDone || !legs[2 * pair + 1].isDone { exit(pair, .legging, market, &intents) }
        }
    }

    private mutating func activate(_ pair: Int) {
        guard pairStates[pair].activeSlot < 0 else { return }
        active[activeCount] = Int32(pair)
        pairStates[pair].activeSlot = Int32(activeCount)
        activeCount += 1
    }

    private mutating func deactivate(_ pair: Int) {
        let slot = Int(pairStates[pair].activeSlot)
        guard slot >= 0 else { return }
        activeCount -= 1
        let moved = active[activeCount]
        active[slot] = moved
        pairStates[Int(moved)].activeSlot = Int32(slot)
        pairStates[pair].activeSlot = -1
    }
}
