// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskGate {
    /// Takes an execution back that the venue has broken: at every scope position, cash, fees and turnover are what they were
    /// without it, and the day's loss is judged again.
    ///
    /// Position, cash, fees, turnover and the total of profit and loss are exact. What is realised is that of a trade back at the
    /// execution's own price: at average cost the parts of a total depend on the order of the trades. Counts of executions (P08,
    /// P25) keep it: it did happen. An execution that finds no place halts the firm, as a fill does.
    ///
    /// - Parameters:
    ///   - instrument: what was traded.
    ///   - side: our side of the execution.
    ///   - quantity: what was traded.
    ///   - price: of the execution.
    ///   - fee: what it had cost; negative is a rebate.
    ///   - order: our number; 0 for an order that we do not know.
    ///   - tag: whose it is; for an order that was cleared here the gate knows.
    ///   - time: when it was told.
    public mutating func broken(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        at price: Price,
        fee: Money,
        order: OrderID = 0,
        tag: OrderTag = OrderTag(strategy: 0),
        time: Timestamp = .zero
    ) {
        guard instrument.index < instruments, quantity.raw > 0 else { return misplace(quantity) }
        let known = ledger.entry(order)
        let isOurs = known.state != 0 && known.instrument == instrument.id && known.isSell == (side == .sell)
        let owner = isOurs ? OrderTag(packed: known.tag) : tag
        if owner.parent != nil { controls.broken(owner, quantity) }
        guard let path = isOurs ? Int(known.path) : makePath(tag.strategy, Venue(id: 0), instrument) else {
            // Its fill counted for the firm alone.
            let row = unsafe policy.slotRow(0, table.facts[instrument.index].symbol)
            guard let slot = ledger.makeSlot(0, instrument.index, row: row) else { return misplace(quantity) }
            guard takeBack(side, quantity, price, fee, slot) else { return overflow(quantity) }
            return judge(slot: slot, time)
        }
        for place in unsafe 0..<Int(ledger.paths[path].count) {
            guard takeBack(side, quantity, price, fee, ledger.slot(of: path, place)) else { return overflow(quantity) }
        }
        for place in unsafe 0..<Int(ledger.paths[path].count) { judge(slot: ledger.slot(of: path, place), time) }
    }

    /// Takes an execution out of one slot and its tally; false, and nothing changed there, when a sum does not fit.
    private mutating func takeBack(
        _ side: Side,
        _ quantity: Quantity,
        _ price: Price,
        _ fee: Money,
        _ number: Int
    ) -> Bool {
        var sums = CheckedSums()
        // Safe: a path names slots, a slot a tally, and an instrument with a slot has a mark.
        let before = unsafe ledger.slots[number]
        let mark = unsafe ledger.marks[Int(before.instrument)]
        var slot = before
        slot.take(side.opposite, quantity, at: price, fee: sums.subtract(0, fee.raw), &sums)
        slot.bought = before.bought
        slot.sold = before.sold
        if side == .buy {
            slot.bought = max(before.bought - quantity.raw, 0)
        } else {
            slot.sold = max(before.sold - quantity.raw, 0)
        }
        slot.mark(bid: mark.bid, ask: mark.ask, &sums)
        if !sums.overflowed { slot.dayHigh = max(slot.dayHigh, slot.total) }
        var tally = unsafe ledger.tallies[Int(slot.tally)]
        tally.replace(before, by: slot, &sums)
        tally.replaceProfit(before, by: slot, &sums)
        guard !sums.overflowed else { return false }
        unsafe ledger.slots[number] = slot
        unsafe ledger.tallies[Int(slot.tally)] = tally
        ledger.relink(number, wasHeld: before.position != 0)
        if controls.hasModel { controls.weigh(number, ledger) }
        return true
    }
}
