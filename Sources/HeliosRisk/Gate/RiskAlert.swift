// SPDX-License-Identifier: MIT
import HeliosMarket

/// Somebody should look: a soft limit was passed, the day's loss comes near its limit, or the gate did not do what it was told.
@frozen
public struct RiskAlert: Sendable, BitwiseCopyable, Equatable {
    /// What happened.
    @frozen
    public enum Cause: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// A soft limit was passed.
        case softLimit = 0
        /// A change of a limit was dropped when its record came: it was more than twice the limit by then.
        case changeDropped
        /// An instrument was halted: it got a name that does not fit what was traded in it before.
        case instrumentHalted
    }

    /// The value that passed the soft limit, and that limit, in the units of the limit's kind; of a dropped change its value,
    /// and the largest that it might have had.
    public var value: Int128
    public var soft: Int128
    /// The order that did; 0 where it was no order.
    public var orderID: OrderID
    /// When.
    public var time: Timestamp
    /// The limit's place in `RiskPolicy.limits`.
    public var limitIndex: UInt32
    public var instrument: Instrument
    /// The place in `RiskPolicy.scopes`.
    public var scope: UInt16
    public var control: RiskControl
    public var cause = Cause.softLimit

    /// How many wait at most; those that come when as many wait are counted and lost.
    static var room: Int { 256 }
}

/// A soft limit that an order has passed on its way.
struct CrossedLimit: BitwiseCopyable {
    static let room = 64
    var value: Int128
    var place: UInt32
}

/// Where a limit stands: how much of it is used.
public struct RiskUse: Sendable, Equatable {
    /// What is used now, in the units of the limit's kind.
    public var value: Int128
    /// The hard limit, as it is now.
    public var limit: Int128
    /// The soft limit; nil for none.
    public var soft: Int128?
    /// The largest value of the day that the limit let pass.
    public var peak: Int128
    /// Which instrument uses most of it, for a limit of each instrument.
    public var instrument: Instrument?

    public init(value: Int128, limit: Int128, soft: Int128?, peak: Int128, instrument: Instrument? = nil) {
        self.value = value
        self.limit = limit
        self.soft = soft
        self.peak = peak
        self.instrument = instrument
    }

    /// Hundredths of a per cent of the limit that are used; above 10,000 it is exceeded.
    public var basisPoints: Int128 {
        guard limit > 0 else { return value > 0 ? .max : 0 }
        return value > .max / 10_000 ? value / (limit / 10_000 + 1) : value * 10_000 / limit
    }
}

extension RiskGate {
    /// Whether an alert waits.
    @inlinable
    public var hasAlerts: Bool { alertCount > 0 }

    /// Takes the oldest alert that waits; nil for none.
    public mutating func takeAlert() -> RiskAlert? {
        guard alertCount > 0 else { return nil }
        // Safe: the ring has `room` places, and those from the start are initialised.
        let alert = unsafe alerts[alertStart]
        alertStart = (alertStart + 1) % RiskAlert.room
        alertCount -= 1
        return alert
    }

    /// Alerts that found no room.
    public var lostAlerts: UInt64 { alertsLost }

    mutating func raise(_ alert: RiskAlert) {
        guard alertCount < RiskAlert.room else {
            alertsLost += 1
            return
        }
        // Safe: the place is within the ring.
        unsafe (alerts + (alertStart + alertCount) % RiskAlert.room).initialize(to: alert)
        alertCount += 1
    }
}
