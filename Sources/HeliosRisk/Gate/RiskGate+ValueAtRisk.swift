// SPDX-License-Identifier: MIT
import HeliosMarket

// P15. What is open is not in the portfolio yet and may come in any part: each open order is held with what it risks by itself.
extension RiskGate {
    /// Marks that a check takes over at most; more of them wait for the next check, or for `maintain`.
    private static var mostSettled: Int { 8 }

    /// What a live engine says before and after a trade.
    private struct Portfolio {
        var before: Int128 = 0
        var after: Int128 = 0
        /// Everything that quotes said is in it.
        var isSettled: Bool
    }

    /// P15: after the trade, with all that is open beside it, within its limit, or lower than before.
    ///
    /// While more marks wait than a check takes over, the larger of before and after counts, and nothing passes for lowering it.
    func valueAtRisk<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let order = checked.order
        // Safe: `threshold` held the index against the number of instruments.
        let model = unsafe Int(controls.modelPlaces[order.instrument.index]) - 1
        let delta = (order.side == .buy ? 1 : -1) * checked.value.nearestDouble * 1e-16
        for place in 0..<checked.count {
            let number = ledger.slot(of: checked.path, place)
            // Safe: a path names slots, and a slot a tally.
            let tally = unsafe Int(ledger.slots[number].tally)
            let row = unsafe policy.tallyRows[tally]
            guard policy.table.mask(row) & RiskGate.portfolioKinds != 0 else { continue }
            let waived = checked.passesSums(at: place)
            guard tally < controls.scopes, let engine = unsafe controls.engines[tally], model >= 0 else {
                if let refusal = hold(&witness, .valueAtRisk, order, false, waived: waived, reason: .noModel) {
                    return refusal
                }
                continue
            }
            let flight = unsafe controls.flights[tally]
            let found = unsafe RiskGate.ask(W.self, engine, delta, model, policy.table.mask(row))
            if let limit = policy.table.place(row, .valueAtRisk),
                let refusal = hold(&checked, &witness, .valueAtRisk, limit, found.value, flight.value, waived)
            {
                return refusal
            }
            if let limit = policy.table.place(row, .expectedShortfall),
                let refusal = hold(&checked, &witness, .shortfall, limit, found.shortfall, flight.shortfall, waived)
            {
                return refusal
            }
        }
        return nil
    }

    /// Asks an engine for the numbers of the kinds in `mask`; who only wants to know asks a copy, since settling is a change.
    private static func ask<W: RiskWitness>(
        _ witness: W.Type,
        _ engine: UnsafeMutablePointer<LiveRisk>,
        _ delta: Double,
        _ model: Int,
        _ mask: UInt32
    ) -> (value: Portfolio, shortfall: Portfolio) {
        // Safe: an engine that `load` has made.
        guard !W.counts else {
            unsafe engine.pointee.settle(atMost: mostSettled)
            return unsafe answers(engine.pointee, delta, model, mask)
        }
        var copy = unsafe engine.pointee.copied()
        copy.settle(atMost: mostSettled)
        return answers(copy, delta, model, mask)
    }

    private static func answers(
        _ engine: borrowing LiveRisk,
        _ delta: Double,
        _ model: Int,
        _ mask: UInt32
    ) -> (value: Portfolio, shortfall: Portfolio) {
        var value = Portfolio(isSettled: engine.pendingCount == 0)
        var shortfall = value
        if mask & LimitKind.valueAtRisk.bit != 0 {
            value.before = ControlSet.money(engine.valueAtRisk(adding: 0, at: 0))
            value.after = ControlSet.money(engine.valueAtRisk(adding: delta, at: model))
        }
        if mask & LimitKind.expectedShortfall.bit != 0 {
            shortfall.before = ControlSet.money(engine.expectedShortfall(adding: 0, at: 0))
            shortfall.after = ControlSet.money(engine.expectedShortfall(adding: delta, at: model))
        }
        return (value, shortfall)
    }

    private func hold<W: RiskWitness>(
        _ checked: inout CheckedOrder,
        _ witness: inout W,
        _ step: RiskStep,
        _ limit: Int,
        _ found: Portfolio,
        _ flight: Int128,
        _ waived: Bool
    ) -> RiskRefusal? {
        let portfolio = found.isSettled ? found.after : max(found.before, found.after)
        let (sum, overflow) = portfolio.addingReportingOverflow(flight)
        let value = overflow ? .max : sum
        // Lower than now whatever else fills.
        let lowers = found.isSettled && value < found.before
        return hold(&witness, step, &checked, value, at: limit, waived: waived || lowers)
    }

    /// P15: gives every scope with such a limit a live engine of `model`; positions and open orders so far are taken over.
    ///
    /// The weight of a position is its value at its mark (`Exposure.mark`), in units of currency. What is open counts with its
    /// value times what one unit of the instrument risks by itself. `directory` names the instruments, and so does `bind` later;
    /// one that the model does not know refuses what would raise risk in it.
    public mutating func load(_ model: RiskModel, _ directory: InstrumentDirectory) {
        let frozen = FrozenRisk(model)
        controls.take(model, frozen)
        let named = directory.symbols.prefix(instruments)
        for index in 0..<instruments {
            // Safe: below the number of instruments.
            let symbol = unsafe index < named.count ? named[index].packed : table.facts[index].symbol
            controls.name(index, symbol)
        }
        for scope in 0..<policy.scopes {
            guard unsafe policy.table.mask(policy.tallyRows[scope]) & RiskGate.portfolioKinds != 0 else { continue }
            if let old = unsafe controls.engines[scope] {
                unsafe old.deinitialize(count: 1)
                unsafe old.deallocate()
            }
            let engine = UnsafeMutablePointer<LiveRisk>.allocate(capacity: 1)
            unsafe engine.initialize(to: LiveRisk(frozen))
            unsafe controls.engines[scope] = engine
        }
        controls.hasModel = true
        for number in 0..<ledger.slotCount { unsafe ledger.slots[number].stranger = 0 }
        for number in 0..<ledger.slotCount where unsafe ledger.slots[number].position != 0 {
            controls.weigh(number, ledger)
        }
        controls.recountFlights(ledger)
    }

    /// P15: lets the live engines do in a quiet moment what they would do before a fill; for a timer.
    public mutating func maintain() {
        ledger.prepare()
        guard controls.hasModel else { return }
        for scope in 0..<policy.scopes {
            // Safe: an engine for each scope, or none.
            if let engine = unsafe controls.engines[scope] { unsafe engine.pointee.maintain() }
        }
    }

    /// P15: the most that what is open may add to the value at risk, or to the expected shortfall, of a scope, raw money.
    ///
    /// 0 without a model, and for every other kind.
    public func inFlight(scope: Int, _ kind: LimitKind) -> Int128 {
        guard scope >= 0, scope < policy.scopes else { return 0 }
        // Safe: held against the number of scopes.
        let flight = unsafe controls.flights[scope]
        return kind == .valueAtRisk ? flight.value : kind == .expectedShortfall ? flight.shortfall : 0
    }
}
