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
        while let request = reduction.requests.popLast() {
            // The gate knows one scope only: the firm.
            market.risk.lower(to: .reduceOnly)
            hash.mix(UInt64(request.scope))
            cancelRisk(request)
        }
    }

    /// Cancels every working order that could make a position larger; those that only reduce it stay, oldest first, as far as
    /// there is something to reduce.
    private mutating func cancelRisk(_ request: ReductionRequest) {
        var held: [Int64] = Array(repeating: 0, count: market.instruments)
        for position in reduction.held(request.scope, market) { held[position.index] = position.quantity }
        var id: OrderID = 1
        while id < nextOrderID, market.orders.workingCount > 0 {
            defer { id += 1 }
            guard let order = market.orders.order(id), !order.isFinal, !ReductionDesk.isOwn(order.order.tag) else {
                continue
            }
            let (instrument, side) = (order.order.instrument, order.order.side)
            guard request.instrument == .none || request.instrument == instrument,
                request.scope == 0 || reduction.isMember(order.order.tag.packed, of: request.scope)
            else { continue }
            let isReducing = side == .sell ? held[instrument.index] > 0 : held[instrument.index] < 0
            if isReducing, order.leaves.raw <= abs(held[instrument.index]) {
                held[instrument.index] += side.sign * order.leaves.raw
            } else if !order.cancelIsPending {
                cancel(id)
            }
        }
    }

    /// Tells whoever an order belongs to what became of it.
    @inlinable
    @inline(__always)
    mutating func tell(_ update: OrderUpdate) {
        if reduction.isEnabled, isReduction(update) { return }
        strategy.onOrder(update, market, &intents)
    }

    /// Whether the desk sent the order; then the strategy hears only of what it has lost.
    @usableFromInline
    mutating func isReduction(_ update: OrderUpdate) -> Bool {
        let owner = reduction.take(update)
        guard ReductionDesk.isOwn(update.tag) else { return false }
        if let owner, update.kind == .filled {
            var loss = update
            loss.tag = owner
            strategy.onReduction(loss, market, &intents)
        }
        return true
    }
}
