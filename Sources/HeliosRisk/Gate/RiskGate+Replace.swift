// SPDX-License-Identifier: MIT
import HeliosMarket

// Until the venue answers, either of the two orders may be the one that works: the larger of what they leave open is reserved.
//
//     old    what is left of it                           as its reports say
//     new    max(new, old) − old, and so for the value    grows as the old one fills, by what it then leaves open
//
// Whoever sends a replace tells the gate `replaced` or `replaceRejected` when the venue answers.
extension RiskGate {
    /// Checks an order that is to take the place of the live order `old`, of the same strategy, instrument, side and venue.
    ///
    /// All controls see the new order as what it leaves open; sums count what it adds.
    ///
    /// With `filled`, what the chain has executed so far, the new order's quantity is over the whole life of the chain, as FIX and
    /// OUCH have it: what fills of the old one before the venue answers comes off it. Without `filled` it is what is to be open
    /// after the replace, and what fills before comes on top.
    public mutating func checkReplace(
        _ old: OrderID,
        by order: NewOrder,
        filled: Quantity? = nil,
        market: MarketSnapshot
    ) -> Verdict {
        var order = order
        // Below what was executed nothing is left to be open: refused as any order of no quantity is.
        let done = min(filled ?? .zero, order.quantity)
        order.quantity -= done
        var checked = CheckedOrder(order, market)
        var nobody = Silence()
        let entry = ledger.entry(old)
        checked.replaced = old
        checked.held = entry.reserved
        checked.heldValue = entry.reservedValue
        checked.added = max(order.quantity.raw - min(entry.reserved, order.quantity.raw), 0)
        if order.quantity.raw <= 0 { checked.added = order.quantity.raw }
        let isPossible =
            entry.state == 1 && entry.partner == 0 && entry.instrument == order.instrument.id
            && entry.isSell == (order.side == .sell) && entry.venue == order.venue.id
            && OrderTag(packed: entry.tag).strategy == order.tag.strategy
        let refusal = enter(&checked) ?? hold(&nobody, .replaceable, order, isPossible, value: Int128(old))
        if let refusal = refusal ?? chain(&checked, &nobody) {
            if refusal.control == .p16 { meet(checked.order) }
            return .refused(counted(refusal))
        }
        if checked.meets { meet(order) }
        commit(&checked)
        var kept = ledger.entry(old)
        kept.partner = order.id
        ledger.set(old, kept)
        if filled != nil {
            var new = ledger.entry(order.id)
            new.isWholeLife = 1
            ledger.set(order.id, new)
        }
        sequence += 1
        checked.order.quantity += done
        return .cleared(Cleared(checked.order, replacing: old, sequence: sequence, at: market.now))
    }

    /// The venue has put order `new` in the place of the one that it was to replace; `leaves` of it may trade.
    public mutating func replaced(_ new: OrderID, leaves: Quantity, time: Timestamp = .zero) {
        var entry = ledger.entry(new)
        guard entry.state == 2 else { return }
        let old = entry.partner
        entry.state = 1
        entry.partner = 0
        ledger.set(new, entry)
        count(Int(entry.path), open: 1)
        end(old)
        let open = max(leaves.raw, 0)
        adjust(new, to: open, Int128(open) &* Int128(entry.valuePrice))
        settled(new, was: ledger.entry(new))
    }

    /// The venue has refused to replace: the old order works on, the new one never will.
    public mutating func replaceRejected(_ new: OrderID, time: Timestamp = .zero) {
        var entry = ledger.entry(new)
        guard entry.state == 2 else { return }
        adjust(new, to: 0, 0)
        var old = ledger.entry(entry.partner)
        old.partner = 0
        ledger.set(entry.partner, old)
        entry = ledger.entry(new)
        entry.state = 3
        ledger.set(new, entry)
        ledger.unlink(new)
        controls.ended(new)
    }

    /// What fills of the old order of a replace counts for the whole life of the chain.
    mutating func filledBeforeReplaced(_ id: OrderID, _ quantity: Int64) {
        var entry = ledger.entry(id)
        guard entry.state == 2, entry.isWholeLife == 1 else { return }
        entry.wanted = max(entry.wanted - quantity, 0)
        ledger.set(id, entry)
    }

    /// The old order of a replace has less open: the new one reserves what it may leave open beyond that.
    mutating func rebalance(_ id: OrderID, after old: OpenOrder) {
        let entry = ledger.entry(id)
        guard entry.state == 2 else { return }
        let whole = Int128(entry.wanted) &* Int128(entry.valuePrice)
        adjust(id, to: max(entry.wanted - old.reserved, 0), max(whole - old.reservedValue, 0))
    }

    /// Ends an order that another has replaced.
    private mutating func end(_ id: OrderID) {
        var entry = ledger.entry(id)
        entry.partner = 0
        ledger.set(id, entry)
        guard entry.state == 1 else { return }
        adjust(id, to: 0, 0)
        settled(id, was: entry)
    }

    /// Gives an order another reservation.
    private mutating func adjust(_ id: OrderID, to quantity: Int64, _ value: Int128) {
        var entry = ledger.entry(id)
        let (path, side) = (Int(entry.path), entry.isSell ? Side.sell : .buy)
        let (more, moreValue) = (quantity - entry.reserved, value - entry.reservedValue)
        for place in unsafe 0..<Int(ledger.paths[path].count) {
            let number = ledger.slot(of: path, place)
            // Safe: a path names slots, and a slot a tally.
            let before = unsafe ledger.slots[number]
            var (slot, sums) = (before, CheckedSums())
            if side == .buy {
                slot.openBuy = Int64(clamping: max(Int128(slot.openBuy) + Int128(more), 0))
                slot.openBuyValue = max(slot.openBuyValue + moreValue, 0)
            } else {
                slot.openSell = Int64(clamping: max(Int128(slot.openSell) + Int128(more), 0))
                slot.openSellValue = max(slot.openSellValue + moreValue, 0)
            }
            unsafe ledger.slots[number] = slot
            unsafe ledger.tallies[Int(slot.tally)].replace(before, by: slot, &sums)
            controls.openChanged(Int(slot.tally), Int(slot.instrument), from: before.openValue, to: slot.openValue)
            if sums.overflowed { ledger.isExact = false }
        }
        if more > 0 { controls.reserved(entry, more) } else { controls.released(id, entry, -more) }
        entry.reserved = quantity
        entry.reservedValue = value
        if more > 0, entry.located > 0 { entry.located += more }
        ledger.set(id, entry)
        if !ledger.isExact { descend(0, to: .halted, cause: .p06, value: 0, limit: 0) }
    }
}
