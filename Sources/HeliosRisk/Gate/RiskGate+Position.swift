// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Position
extension RiskGate {
    /// The most that everything open on one side of a slot may be worth, and the most that an order may: so far from the end
    /// of the range that every sum of a check fits.
    static var mostOpenValue: Int128 { 1 << 124 }
    static var mostOrderValue: Int128 { 1 << 120 }
    static var mostCredit: Int128 { 1 << 125 }

    /// P06, that the sums fit, and P11: the worst case with this order open, and the day's turnover on its side.
    @inline(__always)
    func position<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        if let refusal = fits(checked, &witness) { return refusal }
        let quantity = Int128(checked.order.quantity.raw)
        if let refusal = need(&witness, .position, .position, checked, value: quantity) { return refusal }
        if let refusal = need(&witness, .dayQuantity, .dayQuantity, checked, value: quantity) { return refusal }
        let isBuy = checked.order.side == .buy
        let added = Int128(checked.added)
        for place in 0..<checked.count {
            // Safe: a path names slots, and a slot a tally.
            let slot = unsafe ledger.slots + ledger.slot(of: checked.path, place)
            let tally = unsafe ledger.tallies + Int(slot.pointee.tally)
            let rows = unsafe (policy.tallyRows[Int(slot.pointee.tally)], slot.pointee.row)
            let masks = (policy.table.mask(rows.0), policy.table.mask(rows.1))
            guard (masks.0 | masks.1) & RiskGate.positionKinds != 0 else { continue }
            let waived = checked.passesSums(at: place)
            let worst = unsafe (isBuy ? slot.pointee.worstLong : -slot.pointee.worstShort) + added
            let turnover =
                unsafe isBuy
                ? Int128(slot.pointee.bought) + Int128(slot.pointee.openBuy)
                : Int128(slot.pointee.sold) + Int128(slot.pointee.openSell)
            if let limit = policy.table.place(rows.1, .position) {
                #if HELIOS_BUG_BANK
                if isOn(.positionLimitOffByOne), unsafe worst <= policy.table.cells[limit].hard + quantity {
                    return nil
                }
                #endif
                if let refusal = hold(&witness, .position, &checked, worst, at: limit, waived: waived) {
                    return refusal
                }
            }
            if let limit = policy.table.place(rows.1, .dayQuantity),
                let refusal = hold(&witness, .dayQuantity, &checked, turnover + added, at: limit, waived: waived)
            {
                return refusal
            }
            if let limit = policy.table.place(rows.0, .position) {
                let other = unsafe isBuy ? slot.pointee.worstShort : slot.pointee.worstLong
                let sum = unsafe tally.pointee.quantity - slot.pointee.worstQuantity + max(abs(worst), abs(other))
                if let refusal = hold(&witness, .position, &checked, sum, at: limit, waived: waived) { return refusal }
            }
            if let limit = policy.table.place(rows.0, .dayQuantity) {
                let sum = unsafe (isBuy ? tally.pointee.bought : tally.pointee.sold) + added
                if let refusal = hold(&witness, .dayQuantity, &checked, sum, at: limit, waived: waived) {
                    return refusal
                }
            }
        }
        return nil
    }

    private static var positionKinds: UInt32 { LimitKind.position.bit | LimitKind.dayQuantity.bit }

    /// P06: no sum of the ledger leaves its range with this order.
    @inline(__always)
    private func fits<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let isBuy = checked.order.side == .buy
        let (added, value) = (Int128(checked.added), checked.value)
        let most = Int128(Int64.max)
        for place in 0..<checked.count {
            // Safe: a path names slots, and a slot a tally.
            let slot = unsafe ledger.slots + ledger.slot(of: checked.path, place)
            let credit = unsafe ledger.tallies[Int(slot.pointee.tally)].credit
            let open = unsafe Int128(isBuy ? slot.pointee.openBuy : slot.pointee.openSell) + added
            let openValue = unsafe isBuy ? slot.pointee.openBuyValue : slot.pointee.openSellValue
            let traded = unsafe Int128(isBuy ? slot.pointee.bought : slot.pointee.sold) + open
            let worst = unsafe (isBuy ? Int128(slot.pointee.position) : -Int128(slot.pointee.position)) + open
            let fits =
                max(worst, traded) <= most && value <= RiskGate.mostOrderValue
                && openValue <= RiskGate.mostOpenValue - value && credit <= RiskGate.mostCredit
            let largest = max(worst, traded)
            if fits, W.counts { continue }
            if let refusal = hold(&witness, .fits, checked.order, fits, value: largest, limit: most) { return refusal }
            if !W.counts { break }
        }
        return nil
    }
}

// MARK: - Value
extension RiskGate {
    /// P12, P13 and that P14 has a limit at all.
    @inline(__always)
    func value<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let value = checked.value
        if let refusal = need(&witness, .gross, .grossNotional, checked, value: value) { return refusal }
        if let refusal = need(&witness, .net, .netNotional, checked, value: value) { return refusal }
        if let refusal = need(&witness, .credit, .credit, checked, value: value) { return refusal }
        for place in 0..<checked.count {
            let waived = checked.passesSums(at: place)
            if waived, W.counts { continue }
            // Safe: a path names slots, and a slot a tally.
            let slot = unsafe ledger.slots + ledger.slot(of: checked.path, place)
            let rows = unsafe (policy.tallyRows[Int(slot.pointee.tally)], slot.pointee.row)
            let masks = (policy.table.mask(rows.0), policy.table.mask(rows.1))
            if (masks.0 | masks.1) & RiskGate.valueKinds == 0 { continue }
            let isBuy = checked.order.side == .buy
            let (long, short) = unsafe (slot.pointee.longValue, slot.pointee.shortValue)
            // With this order open as well.
            let after = Slot.larger(isBuy ? long + value : long, isBuy ? short : short - value)
            if masks.0 & RiskGate.valueKinds != 0 {
                // Safe: as above.
                let tally = unsafe ledger.tallies + Int(slot.pointee.tally)
                let gross = unsafe tally.pointee.gross - slot.pointee.worstValue + after
                let (longs, shorts) = unsafe (tally.pointee.long, tally.pointee.short)
                let net = Slot.larger(isBuy ? longs + value : longs, isBuy ? shorts : shorts - value)
                let before = Slot.larger(longs, shorts)
                let credit = unsafe tally.pointee.credit + value
                if let refusal = sums(&checked, &witness, rows.0, gross, net, before, credit, waived) { return refusal }
            }
            if masks.1 & RiskGate.valueKinds != 0 {
                let credit = unsafe slot.pointee.credit + value
                let before = unsafe slot.pointee.worstValue
                if let refusal = sums(&checked, &witness, rows.1, after, after, before, credit, waived) {
                    return refusal
                }
            }
        }
        return need(&witness, .lossLimit, .dayLoss, checked)
    }

    private static var valueKinds: UInt32 {
        LimitKind.grossNotional.bit | LimitKind.netNotional.bit | LimitKind.credit.bit
    }

    /// Holds the sums of one row against its limits.
    @inline(__always)
    private func sums<W: RiskWitness>(
        _ checked: inout CheckedOrder,
        _ witness: inout W,
        _ row: UInt32,
        _ gross: Int128,
        _ net: Int128,
        _ netBefore: Int128,
        _ credit: Int128,
        _ waived: Bool
    ) -> RiskRefusal? {
        if let limit = policy.table.place(row, .grossNotional),
            let refusal = hold(&witness, .gross, &checked, gross, at: limit, waived: waived)
        {
            return refusal
        }
        // What does not raise the net, such as the other leg of a pair, takes no risk here.
        if let limit = policy.table.place(row, .netNotional),
            let refusal = hold(&witness, .net, &checked, net, at: limit, waived: waived || net <= netBefore)
        {
            return refusal
        }
        if let limit = policy.table.place(row, .credit),
            let refusal = hold(&witness, .credit, &checked, credit, at: limit, waived: waived)
        {
            return refusal
        }
        return nil
    }
}
