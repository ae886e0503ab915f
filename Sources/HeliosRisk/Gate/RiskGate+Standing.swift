// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Who, what, where
extension RiskGate {
    /// The states of the order's scopes, P26, and whether strategy, instrument and venue are known at all.
    @inline(__always)
    func threshold<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let order = checked.order
        // Safe: tally 0 is the firm.
        let firm = unsafe ledger.tallies
        let (state, cause) = unsafe (firm.pointee.state, firm.pointee.cause)
        if !W.counts || state > RiskState.reduceOnly.rawValue,
            let refusal = unsafe self.state(checked, &witness, state, cause, 0, firm.pointee, upTo: .reduceOnly)
        {
            return refusal
        }
        let strategy = Int(order.tag.strategy)
        let depth = policy.depth(of: strategy)
        // What is halted is told before anything else; whether an order reduces is known further on.
        for level in 0..<max(depth - 1, 0) {
            let scope = policy.scope(of: strategy, level: level)
            // Safe: tallies begin with one for each scope.
            let tally = unsafe ledger.tallies + scope
            guard unsafe tally.pointee.state > RiskState.reduceOnly.rawValue else { continue }
            let (state, cause) = unsafe (tally.pointee.state, tally.pointee.cause)
            let number = UInt16(truncatingIfNeeded: scope)
            if let refusal = unsafe self.state(
                checked,
                &witness,
                state,
                cause,
                number,
                tally.pointee,
                upTo: .reduceOnly
            ) {
                return refusal
            }
        }
        if let refusal = hold(&witness, .identity, order, isIdentified) { return refusal }
        if let refusal = hold(
            &witness,
            .strategy,
            order,
            depth > 0,
            value: Int128(strategy),
            limit: Int128(policy.strategies)
        ) {
            return refusal
        }
        let isKnown = order.instrument.index < instruments
        // Safe: looked at only where the index is below the number of instruments.
        let isListed = unsafe isKnown && table.facts[order.instrument.index].isKnown
        if let refusal = hold(
            &witness,
            .instrument,
            order,
            isListed,
            value: Int128(order.instrument.id),
            limit: Int128(instruments)
        ) {
            return refusal
        }
        return hold(
            &witness,
            .venue,
            order,
            Int(order.venue.id) < policy.venues,
            value: Int128(order.venue.id),
            limit: Int128(policy.venues)
        )
    }

    /// The states of every scope of the order, of its instrument there, and of its venue there.
    @inline(__always)
    func states<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        for place in 0..<checked.count {
            // Safe: a path names slots, a slot a tally, and a tally a scope.
            let slot = unsafe ledger.slots + ledger.slot(of: checked.path, place)
            let number = unsafe Int(slot.pointee.tally)
            let tally = unsafe ledger.tallies + number
            let scope = unsafe policy.tallyScopes[number]
            let most: RiskState = checked.reduces(at: place) ? .reduceOnly : .active
            if unsafe W.counts && tally.pointee.state == 0 && slot.pointee.state == 0 {
                // The rule, and nothing to tell.
            } else {
                let (state, cause) = unsafe (tally.pointee.state, tally.pointee.cause)
                if let refusal = unsafe self.state(checked, &witness, state, cause, scope, tally.pointee, upTo: most) {
                    return refusal
                }
                if let refusal = unsafe self.state(checked, &witness, slot.pointee, scope, upTo: most) {
                    return refusal
                }
            }
            if !W.counts { unsafe tell(checked, &witness, tally.pointee, policy.tallyRows[number], scope) }
            guard unsafe policy.tallyKinds[number] == 0 else { continue }
            let venue = unsafe venueStates[Int(scope) * policy.venues + Int(checked.order.venue.id)]
            if venue == 0 { continue }
            if let refusal = hold(
                &witness,
                .state,
                checked.order,
                venue <= most.rawValue,
                value: Int128(venue),
                limit: Int128(most.rawValue),
                scope: scope
            ) {
                return refusal
            }
        }
        return nil
    }

    /// A tally's state.
    @inline(__always)
    private func state<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ state: UInt8,
        _ cause: UInt8,
        _ scope: UInt16,
        _ tally: Tally,
        upTo most: RiskState
    ) -> RiskRefusal? {
        let isMet = state <= most.rawValue
        if isMet || cause == RiskControl.state.rawValue {
            if isMet, W.counts { return nil }
            return hold(
                &witness,
                .state,
                checked.order,
                isMet,
                value: Int128(state),
                limit: Int128(most.rawValue),
                scope: scope
            )
        }
        if cause == RiskControl.p06.rawValue {
            return hold(&witness, .sums, checked.order, false, value: Int128(state), scope: scope)
        }
        return hold(
            &witness,
            .loss,
            checked.order,
            false,
            value: tally.stateValue,
            limit: tally.stateLimit,
            scope: scope,
            index: tally.stateIndex
        )
    }

    /// The state of an instrument at a scope.
    @inline(__always)
    private func state<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ slot: Slot,
        _ scope: UInt16,
        upTo most: RiskState
    ) -> RiskRefusal? {
        if slot.state <= most.rawValue { return nil }
        if slot.cause == RiskControl.p14.rawValue {
            return hold(
                &witness,
                .loss,
                checked.order,
                false,
                value: slot.stateValue,
                limit: slot.stateLimit,
                scope: scope,
                index: slot.stateIndex
            )
        }
        return hold(
            &witness,
            .state,
            checked.order,
            false,
            value: Int128(slot.state),
            limit: Int128(most.rawValue),
            scope: scope
        )
    }

    /// P14 while the day's loss is within its limits: told, and never on the way of an order.
    private func tell<W: RiskWitness>(
        _ checked: CheckedOrder,
        _ witness: inout W,
        _ tally: Tally,
        _ row: UInt32,
        _ scope: UInt16
    ) {
        for (kind, from) in [(LimitKind.dayLoss, tally.dayStart), (.drawdown, tally.dayHigh)] {
            guard tally.state == 0, let place = policy.table.place(row, kind) else { continue }
            let fall = tally.total.subtractingReportingOverflow(from).partialValue
            _ = hold(
                &witness,
                .loss,
                checked.order,
                true,
                value: fall,
                limit: unsafe -policy.table.cells[place].hard,
                scope: scope,
                index: UInt32(place)
            )
        }
    }

    /// P27, P22 and P18.
    @inline(__always)
    func grants<W: RiskWitness>(_ checked: CheckedOrder, _ witness: inout W) -> RiskRefusal? {
        let order = checked.order
        // Safe: the path was found.
        let path = unsafe ledger.paths[checked.path]
        // In a test session account and instrument must be for tests, elsewhere neither may be.
        let isFitting = path.isTest == isTestSession && checked.facts.isTest == isTestSession
        if let refusal = hold(&witness, .testFlag, order, isFitting) { return refusal }
        let isGranted = path.types >> order.type.rawValue & 1 != 0
        if let refusal = hold(&witness, .permission, order, isGranted, value: Int128(order.type.rawValue)) {
            return refusal
        }
        let isFree = path.restriction == 0 || path.allowsReductions && checked.reduces
        let place = Int128(path.restriction) - 1
        return hold(&witness, .restriction, order, isFree, value: max(place, 0), waived: false)
    }
}
