// SPDX-License-Identifier: MIT
import HeliosMarket

/// What became of a change of a limit.
public enum RiskLimitOutcome: String, Sendable, CaseIterable {
    /// It holds, or will from its record on.
    case accepted
    /// There is no such limit.
    case unknownLimit
    /// Proposer and approver must be two different people who are known.
    case needsTwoPeople
    /// One of the two must be a risk officer.
    case needsRiskOfficer
    /// A limit may not be loosened to more than twice its value in one step.
    case tooLoose
    /// A limit can't be below zero, nor beyond what the gate can add up or count.
    case outOfRange
    /// The soft limit must stay within the hard one.
    case softBeyondHard
    /// Too many changes wait.
    case noRoom
}

/// A change of a limit that waits for its record, or one that holds for a time and waits for its end; without gaps.
struct PendingChange: BitwiseCopyable {
    /// How many changes may wait.
    static let room = 64

    var value: Int128
    /// The number of the record from which on it holds; the largest for one that holds until its time.
    var effective: UInt64
    /// When it ends; the largest for one that does not hold yet.
    var time: Int64
    /// How long it holds; 0 for good.
    var lasts: Int64
    var place: UInt32
    var isSoft: UInt32

    var isHolding: Bool { effective == .max }
}

extension RiskGate {
    /// Takes a change of a limit that two people agreed on; `sequence` is the number of its record, `time` its time.
    ///
    /// A limit has one value for good, and above it those that hold for a time: the last one that took effect counts. When its
    /// time is over, what counts is the one before that still holds, in the end the value for good. A change for good ends all
    /// that hold for a time: no end of theirs can loosen what was tightened after them.
    public mutating func apply(_ change: RiskLimitChange, sequence: UInt64, at time: Timestamp) -> RiskLimitOutcome {
        guard Int(change.limit) < policy.table.count else { return .unknownLimit }
        switch mayApprove(change.proposer, change.approver) {
        case nil: break
        case .needsRiskOfficer?: return .needsRiskOfficer
        default: return .needsTwoPeople
        }
        let place = Int(change.limit)
        // Safe: the place was checked.
        let (hard, soft) = unsafe (policy.table.cells[place].hard, policy.table.cells[place].soft)
        guard change.value >= 0, change.value <= mostValue(place) else { return .outOfRange }
        if change.isSoft {
            guard change.value <= hard else { return .softBeyondHard }
        } else {
            guard change.value <= loosest(place, forGood: change.minutes == 0) else { return .tooLoose }
            guard soft == .max || soft <= change.value else { return .softBeyondHard }
        }
        let pending = PendingChange(
            value: change.value,
            effective: min(change.effective, .max - 1),
            time: .max,
            lasts: Int64(change.minutes) * 60_000_000_000,
            place: change.limit,
            isSoft: change.isSoft ? 1 : 0
        )
        // A change that ends needs a place to wait for its end.
        guard changeCount < PendingChange.room || change.effective <= sequence && change.minutes == 0 else {
            return .noRoom
        }
        if change.effective <= sequence { take(pending, at: time) } else { wait(pending) }
        return .accepted
    }

    /// The largest value that a limit may have: what is counted over time can't be counted further than there is room.
    private func mostValue(_ place: Int) -> Int128 {
        // Safe: the callers checked the place.
        switch unsafe policy.table.cells[place].kind {
        case .executions: Int128(controls.repeated.most)
        case .duplicates: Int128(controls.equal.most)
        default: LimitTable.most
        }
    }

    /// The loosest value that a hard limit may take in one step: twice what it is; for good, twice what it is for good too.
    private func loosest(_ place: Int, forGood: Bool) -> Int128 {
        // Safe: the callers checked the place. A limit is far below half of the range.
        let now = unsafe policy.table.cells[place].hard
        return forGood ? unsafe min(now, policy.table.standing[place].hard) * 2 : now * 2
    }

    /// Lets limits change whose record or time has come; one comparison each while none has.
    @inlinable
    @inline(__always)
    public mutating func advance(to sequence: UInt64, at time: Timestamp) {
        if sequence >= nextChange || time >= nextExpiry { takeDue(sequence, time) }
    }

    /// The hard limit at a place of the policy as it is now, nil for no such place.
    public func limitValue(_ index: Int) -> Int128? {
        index >= 0 && index < policy.table.count ? unsafe policy.table.cells[index].hard : nil
    }

    /// The soft limit at a place of the policy as it is now, nil where there is none.
    public func softLimitValue(_ index: Int) -> Int128? {
        guard index >= 0, index < policy.table.count, unsafe policy.table.cells[index].soft != .max else { return nil }
        return unsafe policy.table.cells[index].soft
    }

    /// Limit changes that have taken effect, those that ended included.
    public var limitChangeCount: UInt64 { changesDone }

    /// Limit changes that wait, for a record or for their end.
    public var pendingChanges: Int { changeCount }

    @usableFromInline
    mutating func takeDue(_ sequence: UInt64, _ time: Timestamp) {
        var index = 0
        while index < changeCount {
            // Safe: below the number of changes that wait.
            let change = unsafe changes[index]
            if change.isHolding, time.nanoseconds >= change.time {
                remove(index)
                changesDone += 1
                settle(Int(change.place), at: time)
            } else {
                index += 1
            }
        }
        while let index = firstDue(sequence) {
            let change = unsafe changes[index]
            remove(index)
            take(change, at: time)
        }
        findNext()
    }

    /// The change whose record has come, the earliest record first.
    private func firstDue(_ sequence: UInt64) -> Int? {
        var found: Int?
        for index in 0..<changeCount {
            // Safe: below the number of changes that wait.
            let change = unsafe changes[index]
            guard !change.isHolding, sequence >= change.effective else { continue }
            if let other = found, unsafe changes[other].effective <= change.effective { continue }
            found = index
        }
        return found
    }

    private mutating func remove(_ index: Int) {
        changeCount -= 1
        for later in index..<changeCount { unsafe changes[later] = changes[later + 1] }
    }

    /// Gives a limit its value: for good, or for a time that ends by itself.
    ///
    /// What would be too loose by now, because another change has tightened the limit since the two people agreed, is dropped
    /// with an alert.
    private mutating func take(_ change: PendingChange, at time: Timestamp) {
        let place = Int(change.place)
        // Safe: the place was checked when the change came.
        if change.isSoft == 0 {
            let most = loosest(place, forGood: change.lasts == 0)
            if change.value > most { return drop(change, most, at: time) }
        }
        changesDone += 1
        if change.lasts > 0 {
            let (end, overflow) = time.nanoseconds.addingReportingOverflow(change.lasts)
            var holding = change
            holding.effective = .max
            holding.time = overflow ? .max - 1 : end
            holding.lasts = 0
            wait(holding)
        } else {
            var index = 0
            while index < changeCount {
                let other = unsafe changes[index]
                let isSame = other.place == change.place && other.isSoft == change.isSoft
                if other.isHolding, isSame { remove(index) } else { index += 1 }
            }
            if change.isSoft != 0 {
                unsafe policy.table.standing[place].soft = change.value
            } else {
                unsafe policy.table.standing[place].hard = change.value
            }
            findNext()
        }
        settle(place, at: time)
    }

    /// Gives a limit the value that counts now: of those that hold for a time the last one, else the one for good.
    private mutating func settle(_ place: Int, at time: Timestamp) {
        // Safe: the callers name limits; the changes are below their number.
        var value = unsafe policy.table.standing[place]
        for index in 0..<changeCount {
            let change = unsafe changes[index]
            guard change.isHolding, Int(change.place) == place else { continue }
            if change.isSoft != 0 { value.soft = change.value } else { value.hard = change.value }
        }
        // A hard limit below its soft one: then nothing is between them.
        let soft = value.soft == .max ? .max : min(value.soft, value.hard)
        unsafe policy.table.cells[place].hard = value.hard
        unsafe policy.table.cells[place].soft = soft
        controls.limitChanged(place, policy, at: time)
        judgeAll()
    }

    private mutating func drop(_ change: PendingChange, _ most: Int128, at time: Timestamp) {
        // Safe: the place was checked when the change came.
        let cell = unsafe policy.table.cells[Int(change.place)]
        raise(
            RiskAlert(
                value: change.value,
                soft: most,
                orderID: 0,
                time: time,
                limitIndex: change.place,
                instrument: .none,
                scope: cell.scope,
                control: cell.kind.control,
                cause: .changeDropped
            )
        )
    }

    private mutating func wait(_ change: PendingChange) {
        guard changeCount < PendingChange.room else { return }
        // Safe: below the room.
        unsafe (changes + changeCount).initialize(to: change)
        changeCount += 1
        findNext()
    }

    mutating func findNext() {
        nextChange = .max
        nextExpiry = .never
        for index in 0..<changeCount {
            // Safe: below the number of changes that wait.
            unsafe nextChange = min(nextChange, changes[index].effective)
            unsafe nextExpiry = min(nextExpiry, Timestamp(nanoseconds: changes[index].time))
        }
    }
}
