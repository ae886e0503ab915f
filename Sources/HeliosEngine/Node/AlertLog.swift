// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Keeps the gate's last alerts for those who watch a session, and its answers for those who gave a command; all else it lets
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

    public init() { ring.reserveCapacity(AlertLog.room) }

    /// The alerts that are kept, the oldest first.
    public var recent: [RiskAlert] {
        guard ring.count == AlertLog.room else { return ring }
        let start = Int(count % UInt64(AlertLog.room))
        return Array(ring[start...] + ring[..<start])
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
