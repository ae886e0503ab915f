// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Keeps the last alerts, the gate's and those about reports that do not add up, for those who watch a session, and the gate's
/// answers for those who gave a command; all else it lets
/// pass.
public struct AlertLog: EngineObserver {
    /// How many alerts are kept.
    public static let room = 64

    @usableFromInline var ring: [RiskAlert] = []
    /// Alerts since the node began.
    public private(set) var count: UInt64 = 0
    /// What the gate answered to the first command, and to the first change of a limit, since `forgetAnswers`.
    ///
    /// The first: what a command sets off may give commands of its own.
    public private(set) var commandOutcome: RiskCommandOutcome?
    public private(set) var limitOutcome: RiskLimitOutcome?

    @usableFromInline var doubtRing: [OrderDoubt] = []
    /// Reports that did not add up since the node began; each is among the alerts too.
    public private(set) var doubtCount: UInt64 = 0

    public init() {
        ring.reserveCapacity(AlertLog.room)
        doubtRing.reserveCapacity(AlertLog.room)
    }

    /// The alerts that are kept, the oldest first.
    public var recent: [RiskAlert] {
        guard ring.count == AlertLog.room else { return ring }
        let start = Int(count % UInt64(AlertLog.room))
        return Array(ring[start...] + ring[..<start])
    }

    /// What did not add up, as far as it is kept, the oldest first.
    public var doubts: [OrderDoubt] {
        guard doubtRing.count == AlertLog.room else { return doubtRing }
        let start = Int(doubtCount % UInt64(AlertLog.room))
        return Array(doubtRing[start...] + doubtRing[..<start])
    }

    public mutating func doubted(_ doubt: OrderDoubt) {
        if doubtRing.count < AlertLog.room {
            doubtRing.append(doubt)
        } else {
            doubtRing[Int(doubtCount % UInt64(AlertLog.room))] = doubt
        }
        doubtCount += 1
        alerted(.doubt(doubt.reason.rawValue, doubt.quantity, order: doubt.orderID, doubt.instrument, at: doubt.time))
    }

    // Within the room that was reserved: nothing is allocated.
    public mutating func alerted(_ alert: RiskAlert) {
        if ring.count < AlertLog.room {
            ring.append(alert)
        } else {
            ring[Int(count % UInt64(AlertLog.room))] = alert
        }
        count += 1
    }

    /// Begins to listen for the answers to what comes next.
    public mutating func forgetAnswers() { (commandOutcome, limitOutcome) = (nil, nil) }

    public mutating func commanded(_ command: RiskCommand, _ outcome: RiskCommandOutcome, at time: Timestamp) {
        if commandOutcome == nil { commandOutcome = outcome }
    }

    public mutating func changed(_ change: RiskLimitChange, _ outcome: RiskLimitOutcome, at time: Timestamp) {
        if limitOutcome == nil { limitOutcome = outcome }
    }

    @inlinable
    public mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {}
    @inlinable
    public mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {}
    @inlinable
    public mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {}
}
