// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskGate {
    /// Appends the gate's states, its ledger, live orders, the numbers used, every counter, and the limits as they are now.
    ///
    /// Not what `identify` was told (P26): what runs after a restart may be another program.
    public func save(to writer: inout StateWriter) {
        writer.mark("gate")
        writer.write(instruments)
        writer.write(orders)
        saveMarketRules(to: &writer)
        writer.write(policy.table.count)
        for place in 0..<policy.table.count { unsafe writer.write(policy.table.bases[place]) }
        writer.write(policyPrint)
        writer.write(sequence)
        writer.write(cancels)
        writer.write(changesDone)
        writer.write(alertsLost)
        writer.write(feedIsInterrupted)
        // Safe: as many words, bytes and limits as `init` reserved.
        unsafe writer.write(refusedCounts, count: 256 * MemoryLayout<UInt64>.stride)
        unsafe writer.write(used, count: (orders / 64 + 1) * MemoryLayout<UInt64>.stride)
        unsafe writer.write(watches, count: instruments * MemoryLayout<QuoteWatch>.stride)
        unsafe writer.write(venueStates, count: policy.scopes * policy.venues)
        let table = policy.table
        for place in 0..<table.count {
            let cell = unsafe table.cells[place]
            writer.write(cell.hard)
            writer.write(cell.soft)
            writer.write(cell.peak)
            unsafe writer.write(table.standing[place].hard)
            unsafe writer.write(table.standing[place].soft)
        }
        writer.write(changeCount)
        unsafe writer.write(changes, count: changeCount * MemoryLayout<PendingChange>.stride)
        saveNames(to: &writer)
        ledger.save(to: &writer)
        controls.save(to: &writer)
    }

    /// Takes the gate's state; it must have been saved by a gate of the same size and policy.
    ///
    /// What runs is identified (P26) before or after this, never by it. After an error the gate must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("gate")
        try reader.match(instruments, "instruments of the gate")
        try reader.match(orders, "order numbers of the gate")
        try matchMarketRules(&reader)
        try reader.match(policy.table.count, "limits of the policy")
        for place in 0..<policy.table.count {
            // Safe: below the number of limits.
            let (base, kind) = unsafe (policy.table.bases[place], policy.table.cells[place].kind)
            try reader.match(base, "risk limit \(kind)")
        }
        try reader.match(policyPrint, "the risk policy")
        sequence = try reader.read(UInt64.self)
        cancels = try reader.read(UInt64.self)
        changesDone = try reader.read(UInt64.self)
        alertsLost = try reader.read(UInt64.self)
        feedIsInterrupted = try reader.readFlag()
        // Safe: as many words, bytes and limits as `init` reserved.
        unsafe try reader.read(into: refusedCounts, count: 256 * MemoryLayout<UInt64>.stride)
        unsafe try reader.read(into: used, count: (orders / 64 + 1) * MemoryLayout<UInt64>.stride)
        unsafe try reader.read(into: watches, count: instruments * MemoryLayout<QuoteWatch>.stride)
        for index in 0..<instruments where unsafe watches[index].doubleMid < 0 {
            throw reader.error(.damaged, "instrument \(index) has a price below zero")
        }
        unsafe try reader.read(into: venueStates, count: policy.scopes * policy.venues)
        for place in 0..<policy.scopes * policy.venues where unsafe venueStates[place] > RiskState.killed.rawValue {
            throw reader.error(.damaged, "a venue has a state that there is not")
        }
        try restoreLimits(&reader)
        try restoreNames(&reader)
        try ledger.restore(from: &reader, rows: policy.table.rowCount)
        try controls.restore(from: &reader)
        if controls.hasModel { controls.recountFlights(ledger) }
        alertCount = 0
    }

    private mutating func restoreLimits(_ reader: inout StateReader) throws(StateError) {
        let table = policy.table
        for place in 0..<table.count {
            // Safe: as many limits as there are.
            var cell = unsafe table.cells[place]
            cell.hard = try reader.read(Int128.self)
            cell.soft = try reader.read(Int128.self)
            cell.peak = try reader.read(Int128.self)
            guard (0...LimitTable.most).contains(cell.hard), cell.soft >= 0 else {
                throw reader.error(.damaged, "limit \(place) is out of range")
            }
            unsafe table.cells[place] = cell
            let standing = StandingLimit(hard: try reader.read(Int128.self), soft: try reader.read(Int128.self))
            guard (0...LimitTable.most).contains(standing.hard), standing.soft >= 0 else {
                throw reader.error(.damaged, "limit \(place) is out of range")
            }
            unsafe table.standing[place] = standing
        }
        changeCount = try reader.readCount(upTo: PendingChange.room, "limit changes that wait")
        unsafe try reader.read(into: changes, count: changeCount * MemoryLayout<PendingChange>.stride)
        for index in 0..<changeCount {
            let change = unsafe changes[index]
            guard Int(change.place) < table.count, change.isSoft <= 1, change.lasts >= 0,
                (0...LimitTable.most).contains(change.value)
            else { throw reader.error(.damaged, "a limit change of no limit") }
        }
        findNext()
    }

    /// The names that instruments have got.
    private func saveNames(to writer: inout StateWriter) {
        for index in 0..<instruments { unsafe writer.write(table.facts[index].symbol) }
    }

    /// The name that an instrument has got; nil before.
    public func name(of instrument: Instrument) -> Symbol? {
        guard instrument.index < instruments else { return nil }
        // Safe: below the number of instruments.
        let symbol = unsafe table.facts[instrument.index].symbol
        return symbol == 0 ? nil : Symbol(packed: symbol)
    }

    private mutating func restoreNames(_ reader: inout StateReader) throws(StateError) {
        for index in 0..<instruments {
            let symbol = try reader.read(UInt64.self)
            // Safe: below the number of instruments.
            guard unsafe symbol != table.facts[index].symbol else { continue }
            unsafe table.facts[index] = table.profile(of: symbol)
            controls.name(index, symbol)
        }
    }

    private func saveMarketRules(to writer: inout StateWriter) {
        for rule in marketRules { writer.write(rule) }
    }

    private func matchMarketRules(_ reader: inout StateReader) throws(StateError) {
        let names = [
            "collarFrom50", "collarFrom25", "collarFrom1", "collarBelow1", "collarPassive", "quoteAge", "quoteSpread",
            "tradeAge", "staleAge", "crossedTime", "jumpTime", "jump",
        ]
        for (rule, name) in zip(marketRules, names) { try reader.match(rule, "risk limit \(name)") }
    }

    private var marketRules: [Int64] {
        [
            limits.collarFrom50, limits.collarFrom25, limits.collarFrom1, limits.collarBelow1, limits.collarPassive,
            limits.quoteAge, limits.quoteSpread, limits.tradeAge, limits.staleAge, limits.crossedTime, limits.jumpTime,
            jump,
        ]
    }
}

extension RiskLedger {
    /// Appends every tally, slot, path and live order.
    func save(to writer: inout StateWriter) {
        writer.mark("ledger")
        writer.write(count)
        writer.write(tallyCount)
        writer.write(isExact)
        writer.write(underflows)
        writer.write(unplaced)
        // Safe: as many as there are, and none of these types has a gap.
        unsafe writer.write(tallies, count: tallyCount * MemoryLayout<Tally>.stride)
        writer.write(slotCount)
        unsafe writer.write(slots, count: slotCount * MemoryLayout<Slot>.stride)
        for index in 0..<count where unsafe marks[index].bid != 0 || marks[index].ask != 0 {
            writer.write(Int32(truncatingIfNeeded: index))
            unsafe writer.write(marks[index].bid)
            unsafe writer.write(marks[index].ask)
            unsafe writer.write(marks[index].holder)
        }
        writer.write(Int32(-1))
        writer.write(pathCount)
        for number in 0..<pathCount { save(path: number, to: &writer) }
        for id in 0..<initialised where unsafe entries[id].state != 0 {
            writer.write(UInt64(id))
            unsafe writer.write(entries[id])
        }
        writer.write(UInt64(0))
        writer.write(firstLive)
        writer.write(lastLive)
    }

    private func save(path number: Int, to writer: inout StateWriter) {
        let path = unsafe paths[number]
        writer.write(path.key)
        writer.write(path.missing)
        writer.write(path.restriction)
        writer.write(path.count)
        writer.write(path.account)
        writer.write(path.types)
        writer.write(path.allowsReductions)
        writer.write(path.isDeclared)
        writer.write(path.isTest)
        for place in 0..<Int(path.count) { unsafe writer.write(pathSlots[number * CompiledPolicy.width + place]) }
    }

    /// Takes the ledger; it must have been saved by one of the same size.
    ///
    /// After an error it must not be used.
    mutating func restore(from reader: inout StateReader, rows: Int) throws(StateError) {
        try reader.expect("ledger")
        try reader.match(count, "instruments of the ledger")
        try reader.match(tallyCount, "tallies of the ledger")
        isExact = try reader.readFlag()
        underflows = try reader.read(UInt64.self)
        unplaced = try reader.read(UInt64.self)
        removeAll()
        // Safe: as many as there is room for, and every pattern of bits is one of these; what can't be is refused below.
        unsafe try reader.read(into: tallies, count: tallyCount * MemoryLayout<Tally>.stride)
        for number in 0..<tallyCount {
            let tally = unsafe tallies[number]
            guard tally.state <= RiskState.killed.rawValue, RiskControl(rawValue: tally.cause) != nil, tally.isPlausible
            else {
                throw reader.error(.damaged, "a scope has a state that there is not")
            }
        }
        let saved = try reader.readCount(upTo: slotCapacity, "slots")
        unsafe try reader.read(into: slots, count: saved * MemoryLayout<Slot>.stride)
        for number in 0..<saved {
            let slot = unsafe slots[number]
            guard slot.instrument < UInt32(count), slot.tally < UInt32(tallyCount), slot.row < UInt32(rows),
                min(slot.openBuy, slot.openSell, slot.bought, slot.sold) >= 0,
                slot.next == Slot.none || Int(slot.next) < saved,
                slot.previous == Slot.none || Int(slot.previous) < saved,
                slot.state <= RiskState.killed.rawValue, slot.isPlausible,
                self.slot(Int(slot.tally), Int(slot.instrument)) == nil
            else { throw reader.error(.damaged, "slot \(number) can't be") }
            slotCount += 1
            index(slot: number)
        }
        try restoreMarks(&reader)
        try checkHolders(reader)
        try restorePaths(&reader)
        try restoreOrders(&reader)
    }

    private func restoreMarks(_ reader: inout StateReader) throws(StateError) {
        while true {
            let index = Int(try reader.read(Int32.self))
            if index == -1 { return }
            guard index >= 0, index < count else { throw reader.error(.damaged, "\(index) is no instrument") }
            var mark = Mark()
            mark.bid = try reader.read(Int64.self)
            mark.ask = try reader.read(Int64.self)
            mark.holder = try reader.read(UInt32.self)
            guard mark.holder == Slot.none || Int(mark.holder) < slotCount else {
                throw reader.error(.damaged, "instrument \(index) is held by no slot")
            }
            // Safe: the index was checked.
            unsafe marks[index] = mark
        }
    }

    /// The lists of holders are whole: each slot with a position stands once in its instrument's.
    private func checkHolders(_ reader: StateReader) throws(StateError) {
        var seen = 0
        for index in 0..<count {
            // Safe: below the number of instruments; numbers of slots were checked.
            var (number, previous) = unsafe (marks[index].holder, Slot.none)
            while number != Slot.none {
                let slot = unsafe slots[Int(number)]
                seen += 1
                guard Int(slot.instrument) == index, slot.previous == previous, slot.position != 0, seen <= slotCount
                else { throw reader.error(.damaged, "the holders of instrument \(index) can't be") }
                (previous, number) = (number, slot.next)
            }
        }
        for number in 0..<slotCount where unsafe slots[number].position != 0 { seen -= 1 }
        guard seen == 0 else { throw reader.error(.damaged, "a position that no list holds") }
    }

    private mutating func restorePaths(_ reader: inout StateReader) throws(StateError) {
        let saved = try reader.readCount(upTo: pathCapacity, "paths")
        for number in 0..<saved {
            var path = RiskPath()
            path.key = try reader.read(UInt64.self)
            path.missing = try reader.read(UInt32.self)
            path.restriction = try reader.read(UInt32.self)
            path.count = try reader.read(UInt8.self)
            path.account = try reader.read(UInt8.self)
            path.types = try reader.read(UInt8.self)
            path.allowsReductions = try reader.readFlag()
            path.isDeclared = try reader.readFlag()
            path.isTest = try reader.readFlag()
            guard path.count >= 1, Int(path.count) <= CompiledPolicy.width, path.account < path.count,
                Int(path.key >> 32) < count, self.path(path.key) == nil
            else { throw reader.error(.damaged, "path \(number) can't be") }
            for place in 0..<Int(path.count) {
                let slot = try reader.read(UInt32.self)
                guard Int(slot) < slotCount else { throw reader.error(.damaged, "path \(number) leads nowhere") }
                // Safe: within the room of this path.
                unsafe pathSlots[number * CompiledPolicy.width + place] = slot
            }
            unsafe (paths + number).initialize(to: path)
            pathCount += 1
            index(path: number)
        }
    }

    private mutating func restoreOrders(_ reader: inout StateReader) throws(StateError) {
        while true {
            let id = try reader.read(UInt64.self)
            if id == 0 { break }
            let entry = try reader.read(OpenOrder.self)
            guard id <= UInt64(orders), entry.state <= 3, entry.side <= 1, Int(entry.path) < pathCount,
                Int(entry.instrument) < count, entry.reserved >= 0, entry.reservedValue >= 0, entry.wanted >= 0,
                entry.located >= 0,
                entry.reservedValue <= Slot.plausible, entry.valuePrice >= 0,
                entry.partner <= UInt64(orders), Int(entry.previous) <= orders, Int(entry.next) <= orders
            else { throw reader.error(.damaged, "order \(id) can't be") }
            set(id, entry)
        }
        (firstLive, lastLive) = (try reader.read(UInt32.self), try reader.read(UInt32.self))
        var (id, previous, count) = (firstLive, UInt32(0), 0)
        while id != 0 {
            let order = entry(OrderID(id))
            guard order.isLive, order.previous == previous, count <= orders else {
                throw reader.error(.damaged, "the list of live orders is broken")
            }
            (previous, id, count) = (id, order.next, count + 1)
        }
        guard previous == lastLive else { throw reader.error(.damaged, "the list of live orders is broken") }
    }
}
