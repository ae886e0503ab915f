// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    /// Lets the reduction desk look and act, and does what it asks for.
    @usableFromInline
    mutating func reduce() {
        reduction.round(market, &intents)
        while let command = reduction.requests.popLast() {
            hash.mix(UInt64(command.scope))
            let outcome = market.risk.apply(command)
            observer.commanded(command, outcome, at: market.now)
            cancelRisk(command)
        }
        // The gate has to know a parent before its first child (P09).
        while let opening = reduction.openings.popLast() {
            _ = market.risk.openParent(
                opening.strategy,
                opening.leg.parent,
                opening.leg.instrument,
                opening.leg.side,
                Quantity(raw: opening.leg.total),
                until: .never
            )
        }
        closeParents()
    }

    /// Tells the gate of the parents that take no more children: at once, because the desk does not save them.
    @usableFromInline
    mutating func closeParents() {
        while let closing = reduction.closings.popLast() { market.risk.closeParent(closing.strategy, closing.group) }
    }

    /// Why positions can't be closed as a command wants; nil when they can, and for every other command.
    @usableFromInline
    func cannotFlatten(_ command: RiskCommand) -> RiskCommandOutcome? {
        guard command.action == .flatten else { return nil }
        guard reduction.isEnabled, command.target != .venue else { return .noReduction }
        return market.risk.isStopped(command) ? .stopped : nil
    }

    /// Cancels every working order of a scope that could make a position larger; those that only reduce it stay, oldest first, as
    /// far as there is something to reduce.
    private mutating func cancelRisk(_ command: RiskCommand) {
        var held: [Int64] = Array(repeating: 0, count: market.instruments)
        for position in reduction.held(Int(command.scope)) { held[position.index] = position.quantity }
        var id = market.risk.firstLiveOrder
        while id != 0 {
            let next = market.risk.liveOrder(after: id)
            if let order = market.orders.order(id), !order.isFinal, !ReductionDesk.isOwn(order.order.tag),
                market.risk.covers(command, order.order.tag, order.order.instrument, order.order.venue)
            {
                let (index, side) = (order.order.instrument.index, order.order.side)
                let isReducing = side == .sell ? held[index] > 0 : held[index] < 0
                if isReducing, order.leaves.raw <= abs(held[index]) {
                    held[index] += side.sign * order.leaves.raw
                } else if !order.cancelIsPending {
                    cancel(id)
                }
            }
            id = next
        }
    }

    /// Tells whoever an order belongs to what became of it.
    @inlinable
    @inline(__always)
    mutating func tell(_ update: OrderUpdate) {
        if reduction.isEnabled, isReduction(update) { return }
        if ExecutionDesk.isOwn(update.tag) { return executed(update) }
        strategy.onOrder(update, market, &intents)
    }

    /// Whether the desk sent the order; then the strategy hears only of what it has lost.
    @usableFromInline
    mutating func isReduction(_ update: OrderUpdate) -> Bool {
        let owner = reduction.take(update)
        guard ReductionDesk.isOwn(update.tag) else { return false }
        if let owner, update.kind == .filled || update.kind == .broken {
            var loss = update
            loss.tag = owner
            strategy.onReduction(loss, market, &intents)
        }
        return true
    }
}
