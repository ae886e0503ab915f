// SPDX-License-Identifier: MIT
import HeliosMarket

// What the reduction desk asks at each of its rounds: it looks at what is held, never through every slot for every limit.
extension RiskGate {
    /// Gives `body` every position of every scope, instrument by instrument.
    ///
    /// - Parameter body: gets the scope's place, the instrument's, and the position, raw and not zero.
    public func forEachHolding(_ body: (Int, Int, Int64) -> Void) {
        for index in 0..<instruments {
            // Safe: the instrument has a mark, links name slots of the pool, and a slot a tally.
            var number = unsafe ledger.marks[index].holder
            while number != Slot.none {
                let slot = unsafe ledger.slots[Int(number)]
                let tally = Int(slot.tally)
                if unsafe policy.tallyKinds[tally] == 0 {
                    unsafe body(Int(policy.tallyScopes[tally]), index, slot.position)
                }
                number = slot.next
            }
        }
    }

    /// What a strategy holds: the position of the scope that its orders are counted in first, negative when short.
    public func position(_ instrument: Instrument, strategy: UInt16) -> Quantity {
        guard policy.depth(of: Int(strategy)) > 0 else { return .zero }
        return position(instrument, scope: policy.scope(of: Int(strategy), level: 0))
    }

    /// Whether a scope's loss of the day, or its fall from the day's high, is at its limit now (P14), whatever its state says.
    public func isLossReached(scope: Int) -> Bool {
        guard scope >= 0, scope < policy.scopes else { return false }
        // Safe: tallies begin with one for each scope.
        let (tally, row) = unsafe (ledger.tallies[scope], policy.tallyRows[scope])
        return isReached(row, tally.total, dayStart: tally.dayStart, dayHigh: tally.dayHigh)
    }

    /// Gives `body` every instrument of a scope whose own loss of the day, or fall from its high, is at its limit now (P14).
    ///
    /// - Parameter body: gets the scope's place and the instrument.
    public func forEachLossReached(_ body: (Int, Instrument) -> Void) {
        for number in 0..<ledger.slotCount {
            // Safe: below the number of slots; a slot has a tally.
            let row = unsafe ledger.slots[number].row
            guard policy.table.mask(row) & RiskGate.lossKinds != 0 else { continue }
            let slot = unsafe ledger.slots[number]
            let wasReached = slot.cause == RiskControl.p14.rawValue && slot.state == RiskState.reduceOnly.rawValue
            guard unsafe policy.tallyKinds[Int(slot.tally)] == 0,
                wasReached || isReached(row, slot.total, dayStart: slot.dayStart, dayHigh: slot.dayHigh)
            else { continue }
            unsafe body(Int(policy.tallyScopes[Int(slot.tally)]), Instrument(id: slot.instrument))
        }
    }

    private func isReached(_ row: UInt32, _ total: Int128, dayStart: Int128, dayHigh: Int128) -> Bool {
        for (kind, from) in [(LimitKind.dayLoss, dayStart), (.drawdown, dayHigh)] {
            guard let limit = policy.table.hard(row, kind) else { continue }
            let (fall, overflow) = total.subtractingReportingOverflow(from)
            if overflow || fall <= -limit { return true }
        }
        return false
    }

    /// Learns from a time in which trading day it stands, for the bands (P21) of a session whose day nobody has begun.
    public mutating func learnDay(_ time: Timestamp) {
        guard controls.bands.instruments > 0, controls.bands.midnight == .zero, time > .zero,
            let day = TradingDay.containing(time)
        else { return }
        controls.bands.setMidnight(day.midnight)
    }
}
