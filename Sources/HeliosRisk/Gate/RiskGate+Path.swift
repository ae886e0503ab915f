// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskGate {
    static func pathKey(_ strategy: UInt16, _ venue: Venue, _ instrument: Instrument) -> UInt64 {
        UInt64(strategy) | UInt64(venue.id) << 16 | UInt64(instrument.id) << 32
    }

    /// The path of a strategy's orders in an instrument at a venue, made at the first use; nil when there is no room, or for
    /// a strategy, an instrument or a venue that the gate does not know.
    mutating func makePath(_ strategy: UInt16, _ venue: Venue, _ instrument: Instrument) -> Int? {
        guard instrument.index < instruments, Int(venue.id) < policy.venues, policy.depth(of: Int(strategy)) > 0 else {
            return nil
        }
        let key = RiskGate.pathKey(strategy, venue, instrument)
        if let known = ledger.path(key) { return known }
        guard ledger.pathCount < ledger.pathCapacity else { return nil }
        let number = ledger.pathCount
        // Safe: the number of the instrument was checked.
        let symbol = unsafe table.facts[instrument.index].symbol
        // A copy of pointers and counts: the ledger itself is being looked at.
        var (pool, isWhole) = (ledger, true)
        fill(number, key) { place, tally in
            let row = policy.slotRow(tally, symbol)
            guard let slot = pool.makeSlot(tally, instrument.index, row: row) else {
                isWhole = false
                return 0
            }
            return slot
        }
        ledger.slotCount = pool.slotCount
        guard isWhole else { return nil }
        ledger.pathCount += 1
        ledger.index(path: number)
        return number
    }

    /// Makes a path anew after its instrument has got a name; false when there is no room for its slots.
    mutating func renew(path number: Int) -> Bool {
        // Safe: the callers name paths.
        let key = unsafe ledger.paths[number].key
        let symbol = unsafe table.facts[Int(key >> 32)].symbol
        var (pool, isWhole) = (ledger, true)
        fill(number, key) { place, tally in
            guard let slot = pool.makeSlot(tally, Int(key >> 32), row: policy.slotRow(tally, symbol)) else {
                isWhole = false
                return 0
            }
            return slot
        }
        ledger.slotCount = pool.slotCount
        // What has no place may send nothing.
        if !isWhole { unsafe ledger.paths[number].types = 0 }
        return isWhole
    }

    /// A path without making anything: what is not there yet stands, blank, in the places behind the pools.
    func plannedPath(_ strategy: UInt16, _ venue: Venue, _ instrument: Instrument) -> Int {
        let key = RiskGate.pathKey(strategy, venue, instrument)
        if let known = ledger.path(key) { return known }
        let symbol = unsafe table.facts[instrument.index].symbol
        fill(ledger.pathCapacity, key) { place, tally in
            if let known = ledger.slot(tally, instrument.index) { return known }
            ledger.blankSlot(ledger.slotCapacity + place, tally, instrument.index, policy.slotRow(tally, symbol))
            return ledger.slotCapacity + place
        }
        return ledger.pathCapacity
    }

    /// Fills in path `number`; `slot` gives the slot of a tally, which is to stand at a place of the path.
    private func fill(_ number: Int, _ key: UInt64, slot: (_ place: Int, _ tally: Int) -> Int) {
        let (strategy, venue) = (Int(key & 0xFFFF), Int(key >> 16 & 0xFFFF))
        // Safe: the callers have checked strategy, venue and instrument.
        let facts = unsafe table.facts[Int(key >> 32)]
        var path = RiskPath()
        var (count, mask, forbidden) = (0, UInt32(0), UInt32(0))
        var account: Int?
        func add(_ tally: Int) {
            let place = slot(count, tally)
            // Safe: at most three tallies at each of at most `depth` levels.
            unsafe ledger.pathSlots[number * CompiledPolicy.width + count] = UInt32(place)
            let row = unsafe ledger.slots[place].row
            mask |= unsafe policy.table.mask(policy.tallyRows[tally]) | policy.table.mask(row)
            forbidden |= policy.table.mask(row) & LimitKind.wholeOnlyMask
            count += 1
        }
        for level in 0..<policy.depth(of: strategy) {
            let scope = policy.scope(of: strategy, level: level)
            if account == nil, unsafe policy.scopeKinds[scope] >= RiskScope.Kind.account.rawValue { account = count }
            if unsafe policy.testScopes[scope] { path.isTest = true }
            add(scope)
            let venueTally = policy.venueTally(scope, venue)
            if venueTally != CompiledPolicy.none { add(Int(venueTally)) }
            let classTally = policy.classTally(scope, Int(facts.assetClass))
            if classTally != CompiledPolicy.none { add(Int(classTally)) }
        }
        let verdict = grants.verdict(policy, strategy, facts, venue: venue)
        path.key = key
        path.count = UInt8(count)
        path.account = UInt8(account ?? count - 1)
        path.missing = LimitKind.required & ~mask | forbidden
        path.types = verdict.types
        path.restriction = verdict.restriction
        path.allowsReductions = verdict.allowsReductions
        path.isDeclared = verdict.isDeclared
        unsafe (ledger.paths + number).initialize(to: path)
    }
}

extension CompiledPolicy {
    /// The row of limits of an instrument within a tally; only whole scopes have such limits.
    func slotRow(_ tally: Int, _ symbol: UInt64) -> UInt32 {
        // Safe: `tally` is one of the policy's.
        unsafe tallyKinds[tally] == 0 ? row(Int(tallyScopes[tally]), symbol) : 0
    }
}
