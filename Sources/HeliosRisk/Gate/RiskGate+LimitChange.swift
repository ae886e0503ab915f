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
    /// A limit can't be below zero, nor beyond what the gate can add up.
    case outOfRange
    /// The soft limit must stay within the hard one.
    case softBeyondHard
    /// Too many changes wait.
    case noRoom
}

/// A limit's next value, and when it takes it: at a record, or (for what expires) at a time; without gaps.
struct PendingChange: BitwiseCopyable {
    /// How many changes may wait.
    static let room = 64

    var value: Int128
    /// The number of the record from which on it holds; the largest for one that waits for a time.
    var effective: UInt64
    var time: Int64
    /// How long it holds; 0 for good.
    var lasts: Int64
    var place: UInt32
    var isSoft: UInt32
}

extension RiskGate {
    /// Takes a change of a limit that two people agreed on; `sequence` is the number of its record, `time` its time.
    ///
    /// A temporary change takes itself back when its time is over: the value that it replaced comes back.
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
        guard change.value >= 0, change.value <= LimitTable.most else { return .outOfRange }
        if change.isSoft {
            guard change.value <= hard else { return .softBeyondHard }
        } else {
            guard change.value <= hard * 2 else { return .tooLoose }
            guard soft == .max || soft <= change.value else { return .softBeyondHard }
        }
        let pending = PendingChange(
            value: change.value,
            effective: change.effective,
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
            if sequence >= change.effective || time.nanoseconds >= change.time {
                changeCount -= 1
                for later in index..<changeCount { unsafe changes[later] = changes[later + 1] }
                take(change, at: time)
                index = 0
            } else {
                index += 1
            }
        }
        findNext()
    }

    /// Gives a limit its value; what lasts for a time then waits for its end.
    private mutating func take(_ change: PendingChange, at time: Timestamp) {
        let place = Int(change.place)
        // Safe: the place was checked when the change came.
        let before = unsafe change.isSoft != 0 ? policy.table.cells[place].soft : policy.table.cells[place].hard
        if change.isSoft != 0 {
            unsafe policy.table.cells[place].soft = change.value
        } else {
            unsafe policy.table.cells[place].hard = change.value
            // What is tightened below its soft limit has none any more that could be reached.
            if unsafe policy.table.cells[place].soft != .max, unsafe policy.table.cells[place].soft > change.value {
                unsafe policy.table.cells[place].soft = change.value
            }
        }
        changesDone += 1
        if change.lasts > 0 {
            let (end, overflow) = time.nanoseconds.addingReportingOverflow(change.lasts)
            var back = change
            back.value = before
            back.effective = .max
            back.time = overflow ? .max - 1 : end
            back.lasts = 0
            wait(back)
        }
        controls.limitChanged(place, policy, at: time)
        judgeAll()
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
