// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

extension TransactionCosts {
    /// A parent's costs are added up, and it is forgotten.
    mutating func finish(_ slot: Int, _ quote: Quote) {
        let parent = parents[slot]
        parentKeys.remove(parent.key)
        let end = TransactionCosts.mid(quote)
        let shortfall = Shortfall(
            side: parent.side == 0 ? .buy : .sell,
            ordered: Quantity(raw: parent.quantity),
            done: Quantity(raw: parent.done),
            decision: Price(raw: parent.decision),
            arrival: Price(raw: parent.arrival),
            end: Price(raw: end),
            value: Money(raw: parent.value),
            fees: Money(raw: parent.fees)
        )
        let instrument = Int(parent.instrument)
        let lifetime = slippage(
            shortfall,
            tapeValue[instrument] - parent.tapeValue,
            tapeVolume[instrument] &- parent.tapeVolume
        )
        let interval = slippage(
            shortfall,
            parent.lastValue - parent.arrivalValue,
            parent.lastVolume &- parent.arrivalVolume
        )
        table.change(parent.cell, place: -1) { $0.add(shortfall, lifetime: lifetime, interval: interval) }
        guard parent.lastMark >= 0 else { return }
        if parent.hasReversion == 1 {
            table.change(parent.cell, place: -1) {
                $0.reversion.add(parent.reversion, weight: shortfall.value.value)
            }
        } else if parent.lastMark >= waiting[CostSums.fiveMinutes] {
            marks[Int(parent.lastMark) & (marks.count - 1)].isLast = 1
            marks[Int(parent.lastMark) & (marks.count - 1)].cell = parent.cell
        }
    }

    /// Against the market's volume-weighted average price; nil where it traded nothing, or we did not.
    private func slippage(_ shortfall: Shortfall, _ value: Int128, _ volume: Int64) -> Double? {
        guard let average = shortfall.average, volume > 0 else { return nil }
        let market = Money(raw: value).value / Quantity(raw: volume).value
        return TradeCost.slippage(shortfall.side, average, against: market)
    }

    /// Ends everything that is open, parents in the order of their numbers; for the end of a session, not between an event and an order.
    ///
    /// - Parameter quote: of an instrument, as it is at the end.
    public mutating func finish(_ quote: (Instrument) -> Quote) {
        for key in openKeys {
            guard let slot = parentKeys.find(key) else { continue }
            finish(slot, quote(Instrument(id: UInt32(truncatingIfNeeded: parents[slot].instrument))))
        }
        orderKeys.removeAll()
    }

    /// The keys of the parents that are open, ascending.
    var openKeys: [UInt64] { parents.map(\.key).filter { $0 != 0 && parentKeys.find($0) != nil }.uniqued() }
}

extension [UInt64] {
    /// Ascending, each once: a slot that was given back still bears its last key.
    fileprivate func uniqued() -> [UInt64] {
        var result: [UInt64] = []
        for key in sorted() where result.last != key { result.append(key) }
        return result
    }
}

// MARK: - State
extension TransactionCosts {
    /// Appends everything it knows.
    public func save(to writer: inout StateWriter) {
        writer.mark("costs")
        writer.write(tapeVolume.count)
        writer.write(parentKeys.capacity)
        writer.write(orderKeys.capacity)
        writer.write(marks.count)
        writer.write(overflows)
        writer.write(midnight)
        for sums in table.sums { writer.write(sums) }
        for place in tapeVolume.indices {
            writer.write(tapeValue[place])
            writer.write(tapeVolume[place])
        }
        let open = openKeys
        writer.write(open.count)
        for key in open { if let slot = parentKeys.find(key) { writer.write(parents[slot]) } }
        let working = Array(Set(orders.map(\.id)).filter { $0 != 0 && orderKeys.find($0) != nil }).sorted()
        writer.write(working.count)
        for id in working { if let place = orderKeys.find(id) { writer.write(orders[place]) } }
        saveMarks(to: &writer)
    }

    private func saveMarks(to writer: inout StateWriter) {
        writer.mark("marks")
        for horizon in 0..<CostSums.horizonCount { writer.write(waiting[horizon]) }
        let first = waiting[CostSums.fiveMinutes]
        writer.write(first)
        writer.write(nextMark)
        for number in first..<nextMark {
            let place = Int(number) & (marks.count - 1)
            writer.write(marks[place])
            for horizon in 0..<CostSums.horizonCount {
                writer.write(laters[place * CostSums.horizonCount + horizon])
            }
        }
        writer.write(scoredCount)
        for index in 0..<scoredCount {
            writer.write(scored[index].place)
            writer.write(scored[index].markout)
            writer.write(scored[index].quantity)
            writer.write(scored[index].isMaker)
        }
    }

    /// Takes over what was saved.
    ///
    /// - Throws: `StateError` when it has other capacities, or can't be.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("costs")
        try reader.match(tapeVolume.count, "instruments of the costs")
        try reader.match(parentKeys.capacity, "parents of the costs")
        try reader.match(orderKeys.capacity, "orders of the costs")
        try reader.match(marks.count, "fills of the costs")
        overflows = try reader.read(Int.self)
        midnight = try reader.read(Timestamp.self)
        for place in table.sums.indices { table.sums[place] = try reader.read(CostSums.self) }
        for place in tapeVolume.indices {
            tapeValue[place] = try reader.read(Int128.self)
            tapeVolume[place] = try reader.read(Int64.self)
        }
        parentKeys.removeAll()
        for _ in 0..<(try reader.readCount(upTo: parentKeys.capacity, "open parents")) {
            let parent = try reader.read(CostParent.self)
            guard parent.instrument >= 0, parent.instrument < tapeVolume.count, parent.side == 0 || parent.side == 1,
                let slot = parentKeys.insert(parent.key)
            else { throw reader.error(.damaged, "a parent order that can't be, or stands twice") }
            parents[slot] = parent
        }
        orderKeys.removeAll()
        for _ in 0..<(try reader.readCount(upTo: orderKeys.capacity, "working orders")) {
            let order = try reader.read(CostOrder.self)
            guard let place = orderKeys.insert(order.id) else {
                throw reader.error(.damaged, "an order that can't be, or stands twice")
            }
            orders[place] = order
        }
        try restoreMarks(from: &reader)
    }

    private mutating func restoreMarks(from reader: inout StateReader) throws(StateError) {
        try reader.expect("marks")
        for horizon in 0..<CostSums.horizonCount { waiting[horizon] = try reader.read(Int64.self) }
        let first = try reader.read(Int64.self)
        nextMark = try reader.read(Int64.self)
        guard first >= 0, nextMark >= first, nextMark - first <= marks.count, nextMark < .max / 2 else {
            throw reader.error(.damaged, "more fills wait for a mid than there is room for")
        }
        for horizon in 0..<CostSums.horizonCount where waiting[horizon] < first || waiting[horizon] > nextMark {
            throw reader.error(.damaged, "a fill waits that is not there")
        }
        for number in first..<nextMark {
            let place = Int(number) & (marks.count - 1)
            marks[place] = try reader.read(CostMark.self)
            for horizon in 0..<CostSums.horizonCount {
                laters[place * CostSums.horizonCount + horizon] = try reader.read(Int64.self)
            }
        }
        scoredCount = try reader.readCount(upTo: scored.count, "markouts that nobody has taken")
        for index in 0..<scoredCount {
            scored[index].place = try reader.read(Int.self)
            scored[index].markout = try reader.read(Double.self)
            scored[index].quantity = try reader.read(Quantity.self)
            scored[index].isMaker = try reader.readFlag()
        }
        refreshDue()
    }
}
