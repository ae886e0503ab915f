// SPDX-License-Identifier: MIT
import HeliosMarket

// Instruments may get their names while the gate works; until then nothing is known of them that hangs on a name.
extension RiskGate {
    /// Gives an instrument its name, and with it its profile, its limits, its locates and its place in the model (P15).
    ///
    /// For an instrument that the feed names while the gate works; the name that it has already changes nothing. False for an
    /// instrument without a place, and for one that has been traded already and whose new name would count what was traded
    /// elsewhere: under another name, or in an asset class with limits of its own. Then nothing changes but that the instrument
    /// is halted, with an alert.
    @discardableResult
    public mutating func bind(_ instrument: Instrument, _ symbol: Symbol) -> Bool {
        guard instrument.index < instruments else { return false }
        // Safe: the index is below the number of instruments.
        let old = unsafe table.facts[instrument.index]
        if old.symbol == symbol.packed { return true }
        let new = table.profile(of: symbol.packed)
        guard mayName(instrument.index, old, new) else {
            halt(instrument)
            return false
        }
        unsafe table.facts[instrument.index] = new
        prepare(instrument.index)
        controls.locates.renew(instrument, Quantity(raw: table.locates[new.symbol]))
        controls.name(instrument.index, new.symbol)
        renewPlaces(instrument.index)
        return true
    }

    /// Whether what was counted in an instrument so far stays counted in the same places under its new name.
    private func mayName(_ index: Int, _ old: InstrumentFacts, _ new: InstrumentFacts) -> Bool {
        var isTraded = false
        for number in 0..<ledger.slotCount {
            // Safe: below the number of slots.
            let slot = unsafe ledger.slots[number]
            if Int(slot.instrument) == index, slot.isTraded { isTraded = true }
        }
        guard isTraded else { return true }
        guard old.symbol == 0 else { return false }
        return (0..<policy.scopes).allSatisfy {
            policy.classTally($0, Int(old.assetClass)) == policy.classTally($0, Int(new.assetClass))
        }
    }

    /// Gives the slots and paths of an instrument, where there are any, the limits and grants of its name.
    private mutating func renewPlaces(_ index: Int) {
        // Safe: below the numbers of slots and paths.
        for number in 0..<ledger.slotCount where unsafe Int(ledger.slots[number].instrument) == index {
            let tally = unsafe Int(ledger.slots[number].tally)
            unsafe ledger.slots[number].row = policy.slotRow(tally, table.facts[index].symbol)
            if controls.hasModel { controls.weigh(number, ledger) }
        }
        for number in 0..<ledger.pathCount where unsafe Int(ledger.paths[number].key >> 32) == index {
            if !renew(path: number) { halt(Instrument(id: UInt32(index))) }
        }
        if controls.hasModel { controls.recountFlights(ledger) }
    }

    /// Halts an instrument for the whole firm, or the firm where there is no place to remember it.
    private mutating func halt(_ instrument: Instrument) {
        let row = unsafe policy.slotRow(0, table.facts[instrument.index].symbol)
        let halted = RiskState.halted
        if let number = ledger.makeSlot(0, instrument.index, row: row) {
            // Safe: a slot of the pool.
            guard unsafe ledger.slots[number].state < halted.rawValue else { return }
            unsafe ledger.slots[number].state = halted.rawValue
            unsafe ledger.slots[number].cause = RiskControl.state.rawValue
            unsafe ledger.slots[number].stateIndex = .max
        } else {
            descend(0, to: halted, cause: .p06, value: 0, limit: 0)
        }
        raise(
            RiskAlert(
                value: 0,
                soft: 0,
                orderID: 0,
                time: .zero,
                limitIndex: .max,
                instrument: instrument,
                scope: 0,
                control: .p06,
                cause: .instrumentHalted
            )
        )
    }

    /// P19: makes what the policy's lenders promise available, at the start and each day anew.
    mutating func locateAll() {
        for index in 0..<instruments {
            // Safe: below the number of instruments.
            let quantity = unsafe table.locates[table.facts[index].symbol]
            if quantity > 0 { controls.locates.renew(Instrument(id: UInt32(index)), Quantity(raw: quantity)) }
        }
    }
}

extension Slot {
    /// Whether anything was ever traded or is open: more than a state.
    var isTraded: Bool {
        position != 0 || openBuy != 0 || openSell != 0 || bought != 0 || sold != 0 || openOrders != 0 || cashFlow != 0
            || fees != 0 || realised != 0
    }
}
