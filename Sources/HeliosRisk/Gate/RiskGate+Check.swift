// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

// MARK: - The door
extension RiskGate {
    /// Checks an order against every control, at every scope that it belongs to; the first that fails refuses it.
    ///
    /// An order that passes is reserved in the ledger in the same call.
    public mutating func check(_ order: NewOrder, market: MarketSnapshot) -> Verdict {
        var checked = CheckedOrder(order, market)
        var nobody = Silence()
        if let refusal = enter(&checked) ?? chain(&checked, &nobody) {
            if refusal.control == .p10 { controls.repeatedAgain(checked, policy, ledger) }
            if refusal.control == .p16 { meet(checked.order) }
            return .refused(counted(refusal))
        }
        if checked.meets { meet(order) }
        commit(&checked)
        sequence += 1
        return .cleared(Cleared(checked.order, sequence: sequence, at: market.now))
    }

    /// Whether a cancel may be sent: always, for an order that passed here, whatever the gate's state.
    public mutating func clearCancel(_ id: OrderID) -> Bool { clearCancel(id, at: .zero) }

    /// The same, counted as a message at `time`.
    public mutating func clearCancel(_ id: OrderID, at time: Timestamp) -> Bool {
        guard id >= 1, id <= UInt64(orders), isUsed(id) else { return false }
        cancels += 1
        let entry = ledger.entry(id)
        if entry.isLive { controls.cancelled(entry, at: time, policy, ledger) }
        return true
    }

    /// The oldest order that was cleared and has not ended; 0 for none.
    public var firstLiveOrder: OrderID { OrderID(ledger.firstLive) }

    /// The next one after a live order, in the order of clearance; 0 for none.
    public func liveOrder(after id: OrderID) -> OrderID { OrderID(ledger.entry(id).next) }

    func isUsed(_ id: OrderID) -> Bool {
        // Safe: the callers hold `id` against `orders`.
        unsafe used[Int(id) / 64] & 1 << (id % 64) != 0
    }

    mutating func counted(_ refusal: RiskRefusal) -> RiskRefusal {
        // Safe: 256 places, one for each value of a byte.
        unsafe refusedCounts[Int(refusal.control.rawValue)] += 1
        var refusal = refusal
        refusal.version = version
        return refusal
    }

    /// Finds the path of an order, making it at the first use; refuses what has none.
    mutating func enter(_ checked: inout CheckedOrder) -> RiskRefusal? {
        var nobody = Silence()
        if let refusal = threshold(checked, &nobody) { return refusal }
        let order = checked.order
        guard let path = makePath(order.tag.strategy, order.venue, order.instrument) else {
            let room = Int128(ledger.pathCapacity)
            return hold(&nobody, .room, order, false, value: room, limit: room)
        }
        follow(path, &checked)
        return nil
    }

    /// Looks at the order from each slot of its path.
    func follow(_ path: Int, _ checked: inout CheckedOrder) {
        checked.path = path
        // Safe: the path exists, with as many slots as it says, and the instrument was checked.
        checked.count = unsafe Int(ledger.paths[path].count)
        fetch(path, checked)
        checked.facts = unsafe table.facts[checked.order.instrument.index]
        // All of it, also of one that replaces another: the other may fill first.
        let (side, quantity) = (checked.order.side, checked.order.quantity.raw)
        for place in 0..<checked.count {
            let slot = unsafe ledger.slots + ledger.slot(of: path, place)
            if unsafe slot.pointee.isReduced(by: side, quantity) {
                checked.reductions |= 1 << UInt32(place)
            }
        }
        checked.reduces = unsafe checked.reduces(at: Int(ledger.paths[path].account))
    }

    /// Asks the caches for everything that the controls will look at, all at once: they find it one after the other.
    @inline(__always)
    private func fetch(_ path: Int, _ checked: CheckedOrder) {
        for place in 0..<checked.count {
            let number = ledger.slot(of: path, place)
            // Safe: a hint; a path names slots.
            let slot = unsafe UnsafeRawPointer(ledger.slots + number)
            unsafe helios_prefetch(slot)
            unsafe helios_prefetch(slot + CacheLines.size)
            let tally = unsafe Int(ledger.slots[number].tally)
            let sums = unsafe UnsafeRawPointer(ledger.tallies + tally)
            unsafe helios_prefetch(sums)
            unsafe helios_prefetch(sums + CacheLines.size)
            if unsafe policy.table.mask(policy.tallyRows[tally]) & LimitKind.duplicates.bit != 0 {
                controls.equal.prefetch(checked.order, account: tally)
            }
        }
        unsafe helios_prefetch(watches + checked.order.instrument.index)
        controls.own.prefetch(checked.order.instrument)
    }

    /// The chain, cheap checks first; changes nothing but peaks and the list of soft limits that were passed.
    @inline(__always)
    func chain<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        if let refusal = states(checked, &witness) ?? grants(checked, &witness) { return refusal }
        if let refusal = session(checked, &witness) ?? staleness(checked, &witness) { return refusal }
        if let refusal = sanity(&checked, &witness) ?? size(&checked, &witness) { return refusal }
        if let refusal = envelope(checked, &witness) ?? collar(checked, &witness) { return refusal }
        if let refusal = course(&checked, &witness) ?? repetition(&checked, &witness) { return refusal }
        if let refusal = selfTrade(&checked, &witness) ?? shortSale(&checked, &witness) { return refusal }
        if let refusal = family(checked, &witness) { return refusal }
        if let refusal = position(&checked, &witness) ?? value(&checked, &witness) { return refusal }
        return portfolio(&checked, &witness)
    }

    /// Reserves an order that has passed, at every scope.
    mutating func commit(_ checked: inout CheckedOrder) {
        let order = checked.order
        unsafe used[Int(order.id) / 64] |= 1 << (order.id % 64)
        reserve(checked)
        var entry = OpenOrder()
        entry.reserved = checked.added
        entry.reservedValue = checked.value
        entry.wanted = order.quantity.raw
        entry.price = order.price.raw
        entry.valuePrice = checked.valuePrice
        entry.located = checked.located
        entry.partner = checked.replaced
        entry.tag = order.tag.packed
        entry.path = UInt32(checked.path)
        entry.instrument = order.instrument.id
        entry.venue = order.venue.id
        entry.side = order.side.rawValue
        entry.state = checked.replaced == 0 ? 1 : 2
        ledger.set(order.id, entry)
        ledger.link(order.id)
        controls.sent(checked, policy, ledger)
        if controls.isOverrun { descend(0, to: .halted, cause: .p06, value: Int128(order.id), limit: 0) }
        for index in 0..<checked.crossings { alert(index, checked) }
    }

    /// Counts an order as open at every scope of its path; the checks have made sure that the sums fit.
    @inline(__always)
    private mutating func reserve(_ checked: CheckedOrder) {
        let (added, value) = (checked.added, checked.value)
        let live: Int64 = checked.replaced == 0 ? 1 : 0
        for place in 0..<checked.count {
            // Safe: a path names slots, and a slot a tally; `&+` because `fits` has held each sum far below its end.
            let slot = unsafe ledger.slots + ledger.slot(of: checked.path, place)
            let tally = unsafe ledger.tallies + Int(slot.pointee.tally)
            let (gross, quantity) = unsafe (slot.pointee.worstValue, slot.pointee.worstQuantity)
            if checked.order.side == .buy {
                unsafe slot.pointee.openBuy &+= added
                unsafe slot.pointee.openBuyValue &+= value
                unsafe tally.pointee.long &+= value
                unsafe tally.pointee.bought &+= Int128(added)
            } else {
                unsafe slot.pointee.openSell &+= added
                unsafe slot.pointee.openSellValue &+= value
                unsafe tally.pointee.short &-= value
                unsafe tally.pointee.sold &+= Int128(added)
            }
            unsafe tally.pointee.gross &+= slot.pointee.worstValue &- gross
            unsafe tally.pointee.quantity &+= slot.pointee.worstQuantity &- quantity
            unsafe tally.pointee.credit &+= value
            unsafe tally.pointee.orders &+= 1
            unsafe tally.pointee.openOrders &+= live
            unsafe slot.pointee.openOrders &+= live
            if controls.hasModel {
                let open = unsafe slot.pointee.openValue
                let number = unsafe Int(slot.pointee.tally)
                controls.openChanged(number, checked.order.instrument.index, from: open - value, to: open)
            }
        }
    }

    private mutating func alert(_ index: Int, _ checked: CheckedOrder) {
        // Safe: below the number of crossings; a crossing names a limit.
        let crossing = unsafe crossed[index]
        let place = Int(crossing.place)
        raise(
            RiskAlert(
                value: crossing.value,
                soft: unsafe policy.table.cells[place].soft,
                orderID: checked.order.id,
                time: checked.market.now,
                limitIndex: crossing.place,
                instrument: checked.order.instrument,
                scope: unsafe policy.table.cells[place].scope,
                control: unsafe policy.table.cells[place].kind.control
            )
        )
    }
}
