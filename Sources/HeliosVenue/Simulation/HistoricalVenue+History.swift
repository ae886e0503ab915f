// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// History meets our resting orders.
extension HistoricalVenue {
    /// - Returns: shares of a new historical order that filled ours.
    mutating func meetResting(_ event: Event) -> Int64 {
        switch event.kind {
        case .executeOrder, .executeOrderAtPrice, .cancelOrder, .deleteOrder, .replaceOrder:
            guard let victim = books.order(event.orderID) else { return 0 }
            meetChange(event, victim)
            return event.kind == .replaceOrder ? meetNewOrder(event, victim.side) : 0
        case .addOrder: return meetNewOrder(event, event.side)
        case .trade: meetHiddenTrade(event)
        case .setLevel: meetLevel(event)
        default: break
        }
        return 0
    }

    /// Shares of a historical order go: executed ones may be ours instead, those ahead of us let us move up.
    private mutating func meetChange(
        _ event: Event,
        _ victim: (instrument: Instrument, side: Side, price: Price, quantity: Quantity)
    ) {
        let isExecution = event.kind == .executeOrder || event.kind == .executeOrderAtPrice
        let isTrade = isExecution && event.flags.contains(.printable)
        let isWhole = event.kind == .deleteOrder || event.kind == .replaceOrder
        let gone = isWhole ? victim.quantity.raw : min(event.quantity.raw, victim.quantity.raw)
        let record = books.recordIndex(of: event.orderID)
        let mark = record < marks.count ? marks[record] : RecordMark()
        let before = max(victim.quantity.raw - mark.taken, 0)
        let after = max(victim.quantity.raw - gone - mark.taken, 0)
        var available = isTrade ? gone : 0
        var ours: Int64 = 0
        var number = heads[victim.instrument.index]
        while number != 0 {
            let slot = Int(number)
            let order = resting[slot].order
            number = resting[slot].next
            guard order.side == victim.side else { continue }
            let isBetter = order.side == .buy ? order.price > victim.price : order.price < victim.price
            if isBetter {
                available -= fillResting(slot, available, event.eventTime)
            } else if order.price == victim.price {
                if queue != .exact {
                    let filled = estimateChange(slot, event, gone, isTrade, available, ours)
                    available -= filled
                    ours += filled
                } else if mark.arrival < resting[slot].arrival {
                    resting[slot].ahead = max(resting[slot].ahead - (before - after), 0)
                } else if resting[slot].ahead == 0 {
                    available -= fillResting(slot, available, event.eventTime)
                }
            }
        }
    }

    /// A new historical order that would have met ours on arrival; how much of it did.
    private mutating func meetNewOrder(_ event: Event, _ side: Side) -> Int64 {
        guard books.phase == .regular, books.tradingState(event.instrument) == .trading else { return 0 }
        var available = event.quantity.raw
        var number = heads[event.instrument.index]
        while number != 0, available > 0 {
            let slot = Int(number)
            let order = resting[slot].order
            number = resting[slot].next
            guard order.side != side, resting[slot].ahead == 0 else { continue }
            let crosses = order.side == .buy ? event.price <= order.price : event.price >= order.price
            if crosses { available -= fillResting(slot, available, event.eventTime) }
        }
        return event.quantity.raw - available
    }

    /// A print against hidden shares at a worse price than ours: the market traded through us.
    ///
    /// On a feed of levels every trade comes as such a print, and one at our price moves the queue.
    private mutating func meetHiddenTrade(_ event: Event) {
        var available = event.quantity.raw
        var ours: Int64 = 0
        var number = heads[event.instrument.index]
        while number != 0, available > 0 {
            let slot = Int(number)
            let order = resting[slot].order
            number = resting[slot].next
            let isThrough = order.side == .buy ? event.price < order.price : event.price > order.price
            if isThrough {
                available -= fillResting(slot, available, event.eventTime)
            } else if event.price == order.price, hasLevels[event.instrument.index] {
                let filled = estimateTrade(slot, event.quantity, available, ours, event.eventTime)
                available -= filled
                ours += filled
            }
        }
    }

    /// A feed of levels only: shares ahead can't be told from shares behind, so the model shares a change between them.
    private mutating func meetLevel(_ event: Event) {
        var number = heads[event.instrument.index]
        var previous: Quantity?
        while number != 0 {
            let slot = Int(number)
            number = resting[slot].next
            let order = resting[slot].order
            guard order.side == event.side, order.price == event.price else { continue }
            let before = previous ?? shown(order)
            previous = before
            resting[slot].estimate.change(from: before.value, to: event.quantity.value, queue)
            synchronise(slot)
        }
    }
}
