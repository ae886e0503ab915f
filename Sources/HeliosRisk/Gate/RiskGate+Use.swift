// SPDX-License-Identifier: MIT
import HeliosMarket

// For live views and reports, never on the way of an order: it looks through every slot.
extension RiskGate {
    /// How much of the limit at a place of `RiskPolicy.limits` is used now; nothing of one that there is not.
    ///
    /// For what an order is held against by itself (its quantity, value, walk, predicted cost) it is the largest of the day that
    /// passed; for what counts instruments one by one, that of the instrument which uses most.
    public func use(of index: Int) -> RiskUse {
        guard index >= 0, index < policy.table.count else { return RiskUse(value: 0, limit: 0, soft: nil, peak: 0) }
        // Safe: the index was checked.
        let kind = unsafe policy.table.cells[index].kind
        var use = RiskUse(
            value: 0,
            limit: unsafe policy.table.cells[index].hard,
            soft: softLimitValue(index),
            peak: unsafe policy.table.cells[index].peak
        )
        if kind.isOfOneOrder {
            use.value = use.peak
            return use
        }
        for tally in 0..<ledger.tallyCount where unsafe policy.table.place(policy.tallyRows[tally], kind) == index {
            use.value = max(use.value, value(kind, tally: tally))
        }
        for number in 0..<ledger.slotCount {
            let slot = unsafe ledger.slots[number]
            guard policy.table.place(slot.row, kind) == index else { continue }
            let value = RiskGate.value(kind, slot)
            if use.instrument == nil || value > use.value {
                use.value = value
                use.instrument = Instrument(id: slot.instrument)
            }
        }
        return use
    }

    /// What a kind counts of a tally.
    private func value(_ kind: LimitKind, tally number: Int) -> Int128 {
        let tally = unsafe ledger.tallies[number]
        return switch kind {
        case .position: tally.quantity
        case .dayQuantity: max(tally.bought, tally.sold)
        case .grossNotional: tally.gross
        case .netNotional: Slot.larger(tally.long, tally.short)
        case .credit: tally.credit
        case .dayLoss: max(tally.dayStart - tally.total, 0)
        case .drawdown: max(tally.dayHigh - tally.total, 0)
        case .openOrders: Int128(tally.openOrders)
        default: controls.value(kind, tally: number)
        }
    }

    /// What a kind counts of an instrument at a scope.
    private static func value(_ kind: LimitKind, _ slot: Slot) -> Int128 {
        switch kind {
        case .position: slot.worstQuantity
        case .dayQuantity: max(Int128(slot.bought) + Int128(slot.openBuy), Int128(slot.sold) + Int128(slot.openSell))
        case .grossNotional, .netNotional: slot.worstValue
        case .credit: slot.credit
        case .dayLoss: max(slot.dayStart - slot.total, 0)
        case .drawdown: max(slot.dayHigh - slot.total, 0)
        case .openOrders: Int128(slot.openOrders)
        default: 0
        }
    }
}

extension LimitKind {
    /// Whether it holds against each order by itself, so that nothing adds up.
    fileprivate var isOfOneOrder: Bool {
        switch self {
        case .orderQuantity, .orderVolumeShare, .orderNotional, .walk, .participation, .predictedCost, .executions,
            .duplicates:
            true
        default: false
        }
    }
}
