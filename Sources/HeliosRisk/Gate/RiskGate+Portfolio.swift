// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Impact and portfolio
extension RiskGate {
    /// P24 of a child order, and P15.
    @inline(__always)
    func portfolio<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        if checked.order.tag.parent != nil, let refusal = impact(checked, &witness) { return refusal }
        if controls.kinds & RiskGate.portfolioKinds == 0 { return nil }
        return valueAtRisk(&checked, &witness)
    }

    static var portfolioKinds: UInt32 { LimitKind.valueAtRisk.bit | LimitKind.expectedShortfall.bit }

    /// P24: what is left of the parent, beside the volume until its horizon, and what it is predicted to cost.
    private func impact<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let (order, facts) = (checked.order, checked.facts)
        guard let parent = controls.parents.parent(order.tag) else { return nil }
        if let refusal = need(&witness, .participation, .participation, checked) { return refusal }
        if let refusal = need(&witness, .cost, .predictedCost, checked) { return refusal }
        let volume = Quantity(raw: facts.volume)
        let (horizon, _) = parent.horizonEnd.nanoseconds.subtractingReportingOverflow(checked.market.now.nanoseconds)
        let share = Participation(remaining: parent.remaining, averageDailyVolume: volume, horizon: horizon)
        let cost = PredictedCost(
            parent.remaining,
            volume,
            dailyVolatility: facts.dailyVolatility,
            halfSpread: facts.halfSpread
        )
        for place in 0..<checked.count {
            let number = ledger.slot(of: checked.path, place)
            // Safe: a path names slots, and a slot a tally.
            let rows = unsafe (policy.tallyRows[Int(ledger.slots[number].tally)], ledger.slots[number].row)
            for row in 0..<2 {
                let row = row == 0 ? rows.0 : rows.1
                if let limit = policy.table.place(row, .participation) {
                    let isMet = unsafe !share.exceeds(Int64(clamping: policy.table.cells[limit].hard))
                    let value = isMet && W.counts ? 0 : share.basisPoints
                    if let refusal = impact(checked, &witness, .participation, limit, isMet, value) { return refusal }
                }
                if let limit = policy.table.place(row, .predictedCost) {
                    let isMet = unsafe !cost.exceeds(Int64(clamping: policy.table.cells[limit].hard))
                    let value = isMet && W.counts ? 0 : cost.basisPoints
                    if let refusal = impact(checked, &witness, .cost, limit, isMet, value) { return refusal }
                }
            }
        }
        return nil
    }

    private func impact<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ step: RiskStep,
        _ limit: Int,
        _ isMet: Bool,
        _ value: Int128
    ) -> RiskRefusal? {
        hold(
            &witness,
            step,
            checked.order,
            isMet,
            value: value,
            limit: unsafe policy.table.cells[limit].hard,
            scope: unsafe policy.table.cells[limit].scope,
            index: UInt32(limit),
            waived: checked.reduces
        )
    }
}

// MARK: - What the market says, and who works what
extension RiskGate {
    /// Takes a printed trade: the short price test (P20) and the bands (P21) follow it.
    public mutating func traded(_ instrument: Instrument, _ price: Price, at time: Timestamp, phase: MarketPhase) {
        controls.shortTest.traded(instrument, at: price)
        if phase == .regular { controls.bands.traded(instrument, price, at: time) }
    }

    /// Whether trades mean something to the gate at all.
    public var followsTrades: Bool { controls.bands.instruments > 0 || controls.shortTest.instruments > 0 }

    /// Takes the venue's word on the short price test (P20): ASCII `0`, `1` or `2`.
    public mutating func announced(_ instrument: Instrument, shortSaleAction action: UInt8) {
        controls.shortTest.announced(instrument, action)
    }

    /// P20: stores why short sales of `instrument` may be marked exempt, by the number of the provision (1 to 7); 0 takes it
    /// back.
    public mutating func exempt(_ instrument: Instrument, provision: UInt8) {
        controls.shortTest.exempt(instrument, ShortPriceTest.Exemption(rawValue: provision))
    }

    /// P19: adds shares that a lender has promised for today.
    public mutating func locate(_ instrument: Instrument, _ quantity: Quantity) {
        controls.locates.add(instrument, quantity)
    }

    /// P19: shares that may still be sold short today.
    public func located(_ instrument: Instrument) -> Quantity { controls.locates.available(instrument) }

    /// P09: begins a parent order; its children name it by `OrderTag.childLeg` and `group`.
    ///
    /// False for a number that is in use, a quantity that is not positive, and where there is no room.
    public mutating func openParent(
        _ strategy: UInt16,
        _ number: UInt32,
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        until end: Timestamp
    ) -> Bool {
        let parent = ParentOrder(
            strategy: strategy,
            number: number,
            instrument,
            side,
            quantity,
            until: end
        )
        return controls.parents.open(parent)
    }

    /// P09: ends a parent order; it takes no more children.
    public mutating func closeParent(_ strategy: UInt16, _ number: UInt32) {
        controls.parents.close(OrderTag(strategy: strategy, group: number))
    }

    /// P08: whether a strategy may trade.
    public func isEnabled(_ strategy: UInt16) -> Bool { controls.repeated.isEnabled(strategy) }
}
