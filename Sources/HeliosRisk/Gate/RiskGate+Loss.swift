// SPDX-License-Identifier: MIT
import HeliosMarket

// P14. A state goes down by itself and up by two people only.
extension RiskGate {
    /// Holds the day's loss of every tally against its limits.
    mutating func judgeAll() {
        for tally in 0..<ledger.tallyCount { judge(tally: tally, .zero) }
    }

    /// Holds the day's loss of a slot's tally, and of the slot itself, against their limits.
    mutating func judge(slot number: Int, _ time: Timestamp) {
        let slot = unsafe ledger.slots[number]
        judge(tally: Int(slot.tally), time)
        guard policy.table.mask(slot.row) & RiskGate.lossKinds != 0 else { return }
        judge(slot: number, slot, .dayLoss, from: slot.dayStart, time)
        judge(slot: number, slot, .drawdown, from: slot.dayHigh, time)
    }

    private mutating func judge(slot number: Int, _ slot: Slot, _ kind: LimitKind, from: Int128, _ time: Timestamp) {
        guard let place = policy.table.place(slot.row, kind) else { return }
        let found = judgement(place, slot.total, from)
        if let state = found.state, unsafe state.rawValue > ledger.slots[number].state {
            unsafe ledger.slots[number].state = state.rawValue
            unsafe ledger.slots[number].cause = RiskControl.p14.rawValue
            unsafe ledger.slots[number].stateValue = found.fall
            unsafe ledger.slots[number].stateLimit = found.threshold
            unsafe ledger.slots[number].stateIndex = UInt32(place)
        }
        if found.isAlert, unsafe ledger.slots[number].alerted & kind.alertBit == 0 {
            unsafe ledger.slots[number].alerted |= kind.alertBit
            alert(place, found, Instrument(id: slot.instrument), time)
        }
    }

    /// Holds the day's loss of a tally against its limits.
    mutating func judge(tally number: Int, _ time: Timestamp) {
        // Safe: below the number of tallies.
        let row = unsafe policy.tallyRows[number]
        guard policy.table.mask(row) & RiskGate.lossKinds != 0 else { return }
        let tally = unsafe ledger.tallies[number]
        judge(tally: number, tally.total, row, .dayLoss, from: tally.dayStart, time)
        judge(tally: number, tally.total, row, .drawdown, from: tally.dayHigh, time)
    }

    private mutating func judge(
        tally number: Int,
        _ total: Int128,
        _ row: UInt32,
        _ kind: LimitKind,
        from: Int128,
        _ time: Timestamp
    ) {
        guard let place = policy.table.place(row, kind) else { return }
        let found = judgement(place, total, from)
        if let state = found.state {
            descend(number, to: state, cause: .p14, value: found.fall, limit: found.threshold, index: UInt32(place))
        }
        if found.isAlert, unsafe ledger.tallies[number].alerted & kind.alertBit == 0 {
            unsafe ledger.tallies[number].alerted |= kind.alertBit
            alert(place, found, .none, time)
        }
    }

    static var lossKinds: UInt32 { LimitKind.dayLoss.bit | LimitKind.drawdown.bit }

    /// What a loss limit says to a profit that was `from` at the start or at the high.
    private func judgement(_ place: Int, _ total: Int128, _ from: Int128) -> Judgement {
        // Safe: `place` is a limit's. Limits are at most a sixteenth of the range (`LimitTable.most`).
        let (limit, soft) = unsafe (policy.table.cells[place].hard, policy.table.cells[place].soft)
        let (fall, overflow) = total.subtractingReportingOverflow(from)
        let alertAt = soft == .max ? -(limit * 7 / 10) : -min(soft, limit)
        let killAt = -(limit * 12 / 10)
        var result = Judgement(fall: fall, threshold: -limit, isAlert: overflow || fall <= alertAt)
        if overflow || fall <= killAt {
            result.state = .killed
            result.threshold = killAt
        } else if fall <= -limit {
            result.state = .reduceOnly
        }
        result.alertAt = alertAt
        return result
    }

    private struct Judgement {
        var fall: Int128
        var threshold: Int128
        var isAlert: Bool
        var alertAt: Int128 = 0
        var state: RiskState?
    }

    private mutating func alert(_ place: Int, _ found: Judgement, _ instrument: Instrument, _ time: Timestamp) {
        raise(
            RiskAlert(
                value: -found.fall,
                soft: -found.alertAt,
                orderID: 0,
                time: time,
                limitIndex: UInt32(place),
                instrument: instrument,
                scope: unsafe policy.table.cells[place].scope,
                control: .p14
            )
        )
    }

    /// Lowers a tally's state; nothing happens when it is that low already.
    mutating func descend(
        _ number: Int,
        to state: RiskState,
        cause: RiskControl,
        value: Int128,
        limit: Int128,
        index: UInt32 = .max
    ) {
        // Safe: below the number of tallies.
        guard unsafe state.rawValue > ledger.tallies[number].state else { return }
        unsafe ledger.tallies[number].state = state.rawValue
        unsafe ledger.tallies[number].cause = cause.rawValue
        unsafe ledger.tallies[number].stateValue = value
        unsafe ledger.tallies[number].stateLimit = limit
        unsafe ledger.tallies[number].stateIndex = index
    }
}

extension LimitKind {
    /// The bit that remembers that a loss limit's alert was raised today.
    var alertBit: UInt8 { self == .dayLoss ? 1 : 2 }
}
