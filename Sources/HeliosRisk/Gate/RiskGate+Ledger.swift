// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Fills
extension RiskGate {
    /// Takes a fill (`OrderUpdate` of kind `filled`): open becomes position at every scope, and the day's loss is judged.
    ///
    /// A fill that finds no place (unknown instrument, sums that do not fit) halts the firm and is counted.
    ///
    /// - Parameters:
    ///   - instrument: what was traded.
    ///   - side: our side.
    ///   - quantity: what was traded.
    ///   - releasing: how much of it was reserved (`OrderUpdate.released`; less than `quantity` for an overfill or an unknown
    ///     order).
    ///   - price: of the fill.
    ///   - fee: paid; negative is a rebate.
    ///   - order: our number; 0 for an order that we do not know.
    ///   - tag: whose it is; for an order that was cleared here the gate knows.
    ///   - time: when it was told.
    public mutating func filled(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        releasing: Quantity,
        at price: Price,
        fee: Money,
        order: OrderID = 0,
        tag: OrderTag = OrderTag(strategy: 0),
        time: Timestamp = .zero
    ) {
        // A fill of the new order of a replace says that the venue has replaced.
        if ledger.entry(order).state == 2 {
            replaced(order, leaves: Quantity(raw: ledger.entry(order).wanted), time: time)
        }
        let known = ledger.entry(order)
        let isOurs = known.state != 0 && known.instrument == instrument.id && known.isSell == (side == .sell)
        guard instrument.index < instruments, quantity.raw > 0 else { return misplace(quantity) }
        let freed = isOurs ? free(order, releasing.raw) : nil
        if isOurs, known.partner != 0, known.state == 1 { filledBeforeReplaced(known.partner, quantity.raw) }
        let marks = unsafe ledger.marks + instrument.index
        if unsafe marks.pointee.bid == 0 { unsafe marks.pointee.bid = price.raw }
        if unsafe marks.pointee.ask == 0 { unsafe marks.pointee.ask = price.raw }
        let fill = Fill(
            side: side,
            quantity: quantity,
            price: price,
            fee: fee.raw,
            released: freed?.quantity ?? releasing.raw,
            value: freed?.value
        )
        guard let path = isOurs ? Int(known.path) : makePath(tag.strategy, Venue(id: 0), instrument) else {
            return takeForTheFirm(fill, instrument, time)
        }
        for place in unsafe 0..<Int(ledger.paths[path].count) {
            guard take(fill, ledger.slot(of: path, place)) else { return overflow(quantity) }
        }
        let settledFill = SettledFill(
            path: path,
            instrument: instrument.index,
            order: isOurs ? order : 0,
            side: side,
            quantity: quantity,
            freed: freed?.quantity ?? 0,
            located: isOurs ? known.located : 0,
            tag: isOurs ? OrderTag(packed: known.tag) : tag,
            time: time
        )
        controls.filled(settledFill, policy, ledger)
        if isOurs { settled(order, was: known) }
        if let freed, releasing.raw > freed.quantity { underflow(releasing.raw - freed.quantity) }
        for place in unsafe 0..<Int(ledger.paths[path].count) { judge(slot: ledger.slot(of: path, place), time) }
    }

    /// What a fill brings.
    private struct Fill {
        let side: Side
        let quantity: Quantity
        let price: Price
        let fee: Int128
        /// Of the quantity, and its value; nil when the order is not known.
        let released: Int64
        let value: Int128?
    }

    /// Takes a fill into one slot and its tally; false, and nothing changed there, when a sum does not fit.
    private mutating func take(_ fill: Fill, _ number: Int) -> Bool {
        var sums = CheckedSums()
        // Safe: a path names slots, a slot a tally, and an instrument with a slot has a mark.
        let before = unsafe ledger.slots[number]
        let mark = unsafe ledger.marks[Int(before.instrument)]
        var slot = before
        ledger.release(&slot, fill.side, fill.released, value: fill.value)
        slot.take(fill.side, fill.quantity, at: fill.price, fee: fill.fee, &sums)
        slot.mark(bid: mark.bid, ask: mark.ask, &sums)
        if !sums.overflowed { slot.dayHigh = max(slot.dayHigh, slot.total) }
        var tally = unsafe ledger.tallies[Int(slot.tally)]
        tally.replace(before, by: slot, &sums)
        tally.replaceProfit(before, by: slot, &sums)
        guard !sums.overflowed else { return false }
        unsafe ledger.slots[number] = slot
        unsafe ledger.tallies[Int(slot.tally)] = tally
        ledger.relink(number, wasHeld: before.position != 0)
        controls.openChanged(Int(slot.tally), Int(slot.instrument), from: before.openValue, to: slot.openValue)
        return true
    }

    /// Takes a fill that belongs to no strategy there is: it counts for the firm alone.
    private mutating func takeForTheFirm(_ fill: Fill, _ instrument: Instrument, _ time: Timestamp) {
        let row = unsafe policy.slotRow(0, table.facts[instrument.index].symbol)
        guard let slot = ledger.makeSlot(0, instrument.index, row: row) else { return misplace(fill.quantity) }
        guard take(fill, slot) else { return overflow(fill.quantity) }
        if controls.hasModel { controls.weigh(slot, ledger) }
        judge(slot: slot, time)
    }

    mutating func overflow(_ quantity: Quantity) {
        ledger.isExact = false
        misplace(quantity)
    }

    mutating func misplace(_ quantity: Quantity) {
        ledger.unplaced += 1
        descend(0, to: .halted, cause: .p06, value: Int128(quantity.raw), limit: 0)
    }
}

// MARK: - Reservations
extension RiskGate {
    /// Takes the end of an order: what it had reserved is free again (`OrderUpdate.released`).
    ///
    /// - Parameters:
    ///   - instrument: the order's.
    ///   - side: the order's.
    ///   - quantity: what will not trade any more.
    ///   - order: our number; 0 for an order that we do not know.
    ///   - tag: whose it is; for an order that was cleared here the gate knows.
    ///   - time: when it was told.
    public mutating func released(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        order: OrderID = 0,
        tag: OrderTag = OrderTag(strategy: 0),
        time: Timestamp = .zero
    ) {
        guard quantity.raw > 0 else { return }
        let known = ledger.entry(order)
        let isOurs = known.state != 0 && known.instrument == instrument.id && known.isSell == (side == .sell)
        let key = RiskGate.pathKey(tag.strategy, Venue(id: 0), instrument)
        guard let path = isOurs ? Int(known.path) : ledger.path(key) else {
            ledger.underflows += 1
            return
        }
        guard isOurs else { return release(path, side, quantity.raw, value: nil) }
        let freed = free(order, quantity.raw)
        release(path, side, freed.quantity, value: freed.value)
        controls.released(order, known, freed.quantity)
        settled(order, was: known)
        // The new order of a replace has reserved only what it adds.
        if known.state != 2, quantity.raw > freed.quantity { underflow(quantity.raw - freed.quantity) }
    }

    /// More is to be released than the order had reserved: what its caller believes is wrong, and with it perhaps more.
    private mutating func underflow(_ quantity: Int64) {
        ledger.underflows += 1
        descend(0, to: .halted, cause: .p06, value: Int128(quantity), limit: 0)
    }

    /// Gives back a reservation at every scope of a path.
    mutating func release(_ path: Int, _ side: Side, _ quantity: Int64, value: Int128?) {
        for place in unsafe 0..<Int(ledger.paths[path].count) {
            let number = ledger.slot(of: path, place)
            // Safe: a path names slots, and a slot a tally.
            let before = unsafe ledger.slots[number]
            var slot = before
            if place == 0, quantity > (side == .buy ? slot.openBuy : slot.openSell) { ledger.underflows += 1 }
            ledger.release(&slot, side, quantity, value: value)
            unsafe ledger.slots[number] = slot
            var sums = CheckedSums()
            unsafe ledger.tallies[Int(slot.tally)].replace(before, by: slot, &sums)
            controls.openChanged(Int(slot.tally), Int(slot.instrument), from: before.openValue, to: slot.openValue)
            if sums.overflowed { ledger.isExact = false }
        }
        if !ledger.isExact { descend(0, to: .halted, cause: .p06, value: Int128(quantity), limit: 0) }
    }

    /// Takes from an order's own reservation, never more than that, and gives what was taken, and its value.
    private mutating func free(_ order: OrderID, _ quantity: Int64) -> (quantity: Int64, value: Int128) {
        var entry = ledger.entry(order)
        let freed = min(max(quantity, 0), entry.reserved)
        let value = freed == entry.reserved ? entry.reservedValue : Int128(freed) &* Int128(entry.valuePrice)
        entry.reserved -= freed
        entry.reservedValue = max(entry.reservedValue - value, 0)
        ledger.set(order, entry)
        return (freed, value)
    }

    /// What follows from less being reserved for an order: the end of it, and of a replace that waits for it.
    mutating func settled(_ id: OrderID, was known: OpenOrder) {
        var entry = ledger.entry(id)
        if known.state == 1, entry.partner != 0 { rebalance(entry.partner, after: entry) }
        guard known.isLive, entry.reserved == 0, entry.state == 1 else { return }
        entry.state = 3
        ledger.set(id, entry)
        ledger.unlink(id)
        count(Int(entry.path), open: -1)
        controls.ended(id)
    }

    /// Counts live orders at every scope of a path.
    mutating func count(_ path: Int, open change: Int64) {
        for place in unsafe 0..<Int(ledger.paths[path].count) {
            let number = ledger.slot(of: path, place)
            // Safe: a path names slots, and a slot a tally. Counts of orders are far from the end of the range.
            unsafe ledger.slots[number].openOrders += change
            unsafe ledger.tallies[Int(ledger.slots[number].tally)].openOrders += change
        }
    }
}

extension RiskLedger {
    /// Takes a reservation from a slot: `value` of it, or its share of the value where that is not known.
    func release(_ slot: inout Slot, _ side: Side, _ quantity: Int64, value: Int128?) {
        guard quantity > 0 else { return }
        let open = side == .buy ? slot.openBuy : slot.openSell
        let openValue = side == .buy ? slot.openBuyValue : slot.openSellValue
        let freed = min(quantity, open)
        var part = openValue
        if freed < open {
            // Never above 2^124 (`RiskGate.mostOpenValue`): divided first, the product fits.
            let whole = Int128(open)
            let share = openValue / whole * Int128(freed) + openValue % whole * Int128(freed) / whole
            part = min(value ?? share, openValue)
        }
        if side == .buy {
            slot.openBuy = open - freed
            slot.openBuyValue = openValue - part
        } else {
            slot.openSell = open - freed
            slot.openSellValue = openValue - part
        }
    }
}

// MARK: - Quotes
extension RiskGate {
    /// Takes the best prices of `instrument`, zero for an empty side: positions are marked at every scope that holds it, the
    /// day's loss judged, and crossed books and jumps remembered for P17.
    @inlinable
    public mutating func mark(_ instrument: Instrument, bid: Price, ask: Price, at time: Timestamp) {
        guard instrument.index < ledger.count else { return }
        // Safe: the index is below the number of instruments.
        unsafe watches[instrument.index].take(bid: bid, ask: ask, at: time, jump: jump)
        let mark = unsafe ledger.marks + instrument.index
        if bid.raw > 0 { unsafe mark.pointee.bid = bid.raw }
        if ask.raw > 0 { unsafe mark.pointee.ask = ask.raw }
        if unsafe mark.pointee.holder != Slot.none { remark(instrument.index, time) }
    }

    /// Marks every slot that holds an instrument.
    @usableFromInline
    mutating func remark(_ instrument: Int, _ time: Timestamp) {
        // Safe: the instrument has a mark, and links name slots of the pool.
        let mark = unsafe ledger.marks[instrument]
        var number = mark.holder
        while number != Slot.none {
            let before = unsafe ledger.slots[Int(number)]
            var (slot, sums) = (before, CheckedSums())
            slot.mark(bid: mark.bid, ask: mark.ask, &sums)
            if slot.value != before.value {
                var tally = unsafe ledger.tallies[Int(slot.tally)]
                tally.replace(before, by: slot, &sums)
                tally.replaceProfit(before, by: slot, &sums)
                if sums.overflowed {
                    ledger.isExact = false
                    return descend(0, to: .halted, cause: .p06, value: 0, limit: 0)
                }
                slot.dayHigh = max(slot.dayHigh, slot.total)
                unsafe ledger.slots[Int(number)] = slot
                unsafe ledger.tallies[Int(slot.tally)] = tally
                controls.marked(Int(number), ledger)
                judge(slot: Int(number), time)
            }
            number = before.next
        }
    }
}

// MARK: - Days
extension RiskGate {
    /// Begins a trading day: what counts by the day counts from zero, and the day's loss from here.
    ///
    /// States stay: what was stopped yesterday needs two people today.
    public mutating func newDay(at time: Timestamp) {
        for number in 0..<ledger.slotCount {
            // Safe: below the number of slots.
            let before = unsafe ledger.slots[number]
            var (slot, sums) = (before, CheckedSums())
            slot.bought = 0
            slot.sold = 0
            slot.dayStart = slot.total
            slot.dayHigh = slot.total
            slot.alerted = 0
            unsafe ledger.slots[number] = slot
            unsafe ledger.tallies[Int(slot.tally)].replace(before, by: slot, &sums)
        }
        for number in 0..<ledger.tallyCount {
            // Safe: below the number of tallies.
            unsafe ledger.tallies[number].dayStart = ledger.tallies[number].total
            unsafe ledger.tallies[number].dayHigh = ledger.tallies[number].total
            unsafe ledger.tallies[number].orders = 0
            unsafe ledger.tallies[number].alerted = 0
        }
        for place in 0..<policy.table.count { unsafe policy.table.cells[place].peak = 0 }
        controls.newDay(at: time)
        locateAll()
    }
}
