// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Sanity
extension RiskGate {
    /// P06 and the form of P01: number, quantity and price are possible at all.
    ///
    /// Finds the reference and the order's value, and gives a market order its limit.
    @inline(__always)
    func sanity<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let (order, facts) = (checked.order, checked.facts)
        let isNumber = order.id >= 1 && order.id <= UInt64(orders)
        let (number, most) = (Int128(order.id), Int128(orders))
        if let refusal = hold(&witness, .number, order, isNumber, value: number, limit: most) { return refusal }
        let quantity = Int128(order.quantity.raw)
        if let refusal = hold(&witness, .positive, order, quantity > 0, value: quantity) { return refusal }
        let (isWhole, lot) = (facts.lot.contains(order.quantity.raw), Int128(facts.lot.step))
        if let refusal = hold(&witness, .lots, order, isWhole, value: quantity, limit: lot) { return refusal }
        checked.reference = Reference(checked.market, limits, priorClose: facts.priorClose)
        if order.type == .market, let refusal = bind(&checked, &witness) { return refusal }
        let price = checked.order.price.raw
        if let refusal = hold(&witness, .priceAboveZero, order, price > 0, value: Int128(price)) { return refusal }
        let grid = facts.grid(at: price)
        let step = Int128(grid.step)
        if let refusal = hold(&witness, .tick, order, grid.contains(price), value: Int128(price), limit: step) {
            return refusal
        }
        // A sale far below the market will not trade there: it counts at what the market pays.
        if order.type == .limit, order.side == .sell {
            checked.valuePrice = max(price, Int64(clamping: (checked.reference.double + 1) >> 1))
        }
        // Safe: products of two 64-bit numbers.
        checked.value = quantity &* Int128(checked.valuePrice)
        if checked.replaced != 0 {
            checked.value = max(checked.value - checked.heldValue, 0)
            checked.addsNothing = order.type == .limit && checked.added == 0 && checked.value == 0
        }
        return nil
    }

    /// Gives a market order the limit that it travels with: the collar's edge.
    @inline(__always)
    private func bind<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let (order, reference) = (checked.order, checked.reference)
        if let refusal = hold(&witness, .bound, order, reference.isKnown, value: reference.value) { return refusal }
        let (bound, worst) = (reference.bound(order.side, checked.facts), reference.upper)
        let fits = bound != nil && worst != nil
        if let refusal = hold(&witness, .marketBound, order, fits, value: reference.value) { return refusal }
        checked.order.price = Price(raw: withinWalk(checked, bound ?? 0))
        checked.valuePrice = worst ?? 0
        return nil
    }
}

// MARK: - Size
extension RiskGate {
    /// P01 and P02: not too many, not too much, at each scope.
    @inline(__always)
    func size<W: RiskWitness>(_ checked: inout CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let quantity = Int128(checked.order.quantity.raw)
        if let refusal = need(&witness, .quantity, .orderQuantity, checked, value: quantity) { return refusal }
        if let refusal = single(&checked, &witness, .quantity, .orderQuantity, quantity) { return refusal }
        if let refusal = need(&witness, .share, .orderVolumeShare, checked, value: quantity) { return refusal }
        if let refusal = share(&checked, &witness, quantity) { return refusal }
        let value = checked.notional
        if let refusal = need(&witness, .notional, .orderNotional, checked, value: value) { return refusal }
        return single(&checked, &witness, .notional, .orderNotional, value)
    }

    /// Holds a number of the order by itself against every limit of a kind on its path.
    @inline(__always)
    func single<W: RiskWitness>(
        _ checked: inout CheckedOrder,
        _ witness: inout W,
        _ step: RiskStep,
        _ kind: LimitKind,
        _ value: Int128
    ) -> RiskRefusal? {
        for place in 0..<checked.count {
            let slot = unsafe ledger.slots + ledger.slot(of: checked.path, place)
            let waived = checked.reduces(at: place)
            // Safe: a path names slots, and a slot a tally.
            let rows = unsafe (policy.tallyRows[Int(slot.pointee.tally)], slot.pointee.row)
            if let limit = policy.table.place(rows.0, kind),
                let refusal = hold(&witness, step, &checked, value, at: limit, waived: waived)
            {
                return refusal
            }
            if let limit = policy.table.place(rows.1, kind),
                let refusal = hold(&witness, step, &checked, value, at: limit, waived: waived)
            {
                return refusal
            }
        }
        return nil
    }

    /// P01: the order's share of the average daily volume.
    @inline(__always)
    private func share<W: RiskWitness>(
        _ checked: inout CheckedOrder,
        _ witness: inout W,
        _ quantity: Int128
    ) -> RiskRefusal? {
        for place in 0..<checked.count {
            let slot = unsafe ledger.slots + ledger.slot(of: checked.path, place)
            // Safe: a path names slots, and a slot a tally.
            let rows = unsafe (policy.tallyRows[Int(slot.pointee.tally)], slot.pointee.row)
            let waived = checked.reduces(at: place)
            if let refusal = share(checked, &witness, quantity, rows.0, waived) { return refusal }
            if let refusal = share(checked, &witness, quantity, rows.1, waived) { return refusal }
        }
        return nil
    }

    @inline(__always)
    private func share<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ quantity: Int128,
        _ row: UInt32,
        _ waived: Bool
    ) -> RiskRefusal? {
        guard let place = policy.table.place(row, .orderVolumeShare) else { return nil }
        // Safe: `place` is a limit's; the product is below 2^64 × 2^20.
        let product = unsafe Int128(checked.facts.volume) &* min(policy.table.cells[place].hard, 1_000_000)
        let isMet = quantity &* 10_000 <= product
        return hold(
            &witness,
            .share,
            checked.order,
            isMet,
            value: quantity,
            limit: !W.counts || !isMet ? product / 10_000 : 0,
            scope: unsafe policy.table.cells[place].scope,
            index: UInt32(place),
            waived: waived
        )
    }

    /// P23: within what the strategy declared when it was deployed.
    @inline(__always)
    func envelope<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let (order, waived) = (checked.order, checked.reduces)
        let strategy = Int(order.tag.strategy)
        // Safe: the path was found, and its first slot is the strategy's own.
        let isDeclared = unsafe ledger.paths[checked.path].isDeclared
        let own = unsafe Int(ledger.slots[ledger.slot(of: checked.path, 0)].tally)
        let scope = UInt16(policy.scope(of: strategy, level: 0))
        if let refusal = hold(&witness, .declared, order, isDeclared, scope: scope, waived: waived) { return refusal }
        guard grants.hasEnvelope(strategy) else { return nil }
        let envelope = grants.envelope(strategy)
        let price = order.price.raw
        let isInside = price >= envelope.priceMin && price <= envelope.priceMax
        let edge = price < envelope.priceMin ? envelope.priceMin : envelope.priceMax
        if let refusal = hold(
            &witness,
            .declaredPrice,
            order,
            isInside,
            value: Int128(price),
            limit: Int128(edge),
            scope: scope,
            waived: waived
        ) {
            return refusal
        }
        let value = checked.notional
        if let refusal = hold(
            &witness,
            .declaredNotional,
            order,
            value <= envelope.notionalMax,
            value: value,
            limit: envelope.notionalMax,
            scope: scope,
            waived: waived
        ) {
            return refusal
        }
        let sent = unsafe ledger.tallies[own].orders + 1
        return hold(
            &witness,
            .declaredOrders,
            order,
            sent <= envelope.orders,
            value: Int128(sent),
            limit: Int128(envelope.orders),
            scope: scope,
            waived: waived
        )
    }
}

// MARK: - Price
extension RiskGate {
    /// P05 and P03: a reference exists, and the limit is not too far from it on either side.
    @inline(__always)
    func collar<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let (order, reference) = (checked.order, checked.reference)
        // A reduction needs no reference, as long as it has a limit of its own.
        let isFree = checked.reduces && !reference.isKnown
        // A market order was asked for its reference when it got its bound.
        if order.type == .limit,
            let refusal = hold(&witness, .reference, order, reference.isKnown, value: reference.value, waived: isFree)
        {
            return refusal
        }
        if isFree || order.type == .market && !reference.isKnown { return nil }
        let price = Int128(order.price.raw)
        let above = Int128(10_000 + (order.side == .buy ? reference.collar : limits.collarPassive))
        let below = Int128(10_000 - (order.side == .sell ? reference.collar : limits.collarPassive))
        // Both sides times 20,000: the reference is held twice, the collar in 1/10,000. `&*` is safe: prices are below
        // 2^64 and the bounded collars below 2^17; the checked product of 128 bits is a slow library call.
        let isBelowTop = price &* 20_000 <= reference.double &* above
        let top = !W.counts || !isBelowTop ? reference.double * above / 20_000 : 0
        if let refusal = hold(&witness, .above, order, isBelowTop, value: price, limit: top) { return refusal }
        let isAboveBottom = price &* 20_000 >= reference.double &* below
        let bottom = !W.counts || !isAboveBottom ? reference.double * below / 20_000 : 0
        return hold(&witness, .below, order, isAboveBottom, value: price, limit: bottom)
    }
}
