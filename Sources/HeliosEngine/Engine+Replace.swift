// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// Other terms for a working order: the new order goes through the gate and takes the old one's place when the venue says so.
extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    /// The order that an intent asks for; a replacement has from the order that it replaces what can't change.
    @usableFromInline
    func completed(_ intent: Intents.Intent) -> NewOrder {
        if intent.kind == .quoteAccept {
            return accepting(intent) ?? intent.order
        }
        guard intent.kind == .replace, let old = market.orders.order(intent.original) else { return intent.order }
        var order = old.order
        order.id = intent.order.id
        order.quantity = intent.order.quantity
        order.price = intent.order.price
        // Whoever asks answers for it: the gate compares it with the old order's.
        order.tag.strategy = intent.order.tag.strategy
        return order
    }

    @usableFromInline
    mutating func replace(_ intent: Intents.Intent) {
        let order = completed(intent)
        hash.mix(order)
        hash.mix(intent.original)
        let quote = order.instrument == .none ? Quote.empty : market.quote(order.instrument)
        if Observer.keepsAccounts { observer.considered(order, quote, market) }
        if ExecutionDesk.isOwn(order.tag) {
            // A child of a parent is its desk's affair, which would not know the order that takes its place; who asked hears of it.
            var asked = order
            asked.tag = intent.order.tag
            return refuse(asked, .notReplaceable(asked, intent.original), quote)
        }
        let held = reasons(toHold: order)
        guard held.isEmpty else { return refuse(order, .held(order, held), quote) }
        guard let old = market.orders.order(intent.original), market.orders.canReplace(intent.original, by: order)
        else {
            return refuse(order, .notReplaceable(order, intent.original), quote)
        }
        switch market.check(order, replacing: intent.original, filled: old.filled, quote) {
        case .cleared(let cleared):
            let travelling = cleared.order
            guard market.orders.addReplacement(travelling, of: intent.original, at: market.now) else {
                market.risk.replaceRejected(travelling.id, time: market.now)
                return refuse(order, .noRecord(of: order, capacity: market.orders.capacity), quote)
            }
            if market.risk.hasSelfTrades { cancelSelfTrades() }
            if reduction.isEnabled { reduction.cleared(travelling) }
            gateway.replace(cleared)
            observer.replacing(intent.original, by: travelling, quote, at: market.now)
        case .refused(let refusal): refuse(order, refusal, quote)
        }
        if market.risk.hasSelfTrades { cancelSelfTrades() }
    }

    /// Cancels an order that goes by several numbers: whichever of them works when the cancel arrives.
    ///
    /// While the venue has not answered a replacement nobody knows which of the two that is, so both are cancelled, the old one
    /// first; the venue refuses one of them.
    @usableFromInline
    mutating func cancelChain(of order: WorkingOrder) {
        let current = market.orders.workingNumber(of: order.awaitsReplace ? order.original : order.order.id)
        guard let working = market.orders.order(current) else { return }
        guard working.replaceIsPending, let next = market.orders.order(working.successor) else {
            return cancel(working)
        }
        if !working.isFinal { cancel(working) }
        cancel(next)
    }
}
