// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a person tells the gate, as a record: a state to go to, for a scope, an instrument or a venue.
///
/// In an `Event` of kind `command`: `detail` holds the state (bits 0 to 7), the action (8 to 15), the scope's place (16 to 31)
/// and the target (32 to 39); `instrument` and `venue` name the target, `orderID` the people (first in the low half).
@frozen
public struct RiskCommand: Sendable, BitwiseCopyable, Equatable {
    /// What to do.
    @frozen
    public enum Action: UInt8, Sendable, BitwiseCopyable {
        /// Go down to `state`; one person may, and so may the system (person 0).
        case lower = 0
        /// Go up to `state`; two different people must say so.
        case raise = 1
        /// Let a strategy trade again that P08 stopped; a named person.
        case enable = 2
        /// Close every position that the command covers, in good order; never a part of a kill.
        case flatten = 3
    }

    /// What of the scope is meant.
    @frozen
    public enum Target: UInt8, Sendable, BitwiseCopyable {
        /// All of it.
        case all = 0
        /// `instrument`.
        case instrument = 1
        /// `venue`.
        case venue = 2
    }

    public var action: Action
    public var state: RiskState
    /// The place in `RiskPolicy.scopes`; 0 is the firm.
    public var scope: UInt16
    public var target: Target
    public var instrument: Instrument
    public var venue: Venue
    /// Numbers of the people who say so, from 1 (the place in the policy's list of identities, plus one); 0 for none.
    public var officer: UInt32
    public var second: UInt32

    @inlinable
    public init(
        _ action: Action,
        _ state: RiskState,
        scope: UInt16 = 0,
        target: Target = .all,
        instrument: Instrument = .none,
        venue: Venue = Venue(id: 0),
        officer: UInt32 = 0,
        second: UInt32 = 0
    ) {
        self.action = action
        self.state = state
        self.scope = scope
        self.target = target
        self.instrument = instrument
        self.venue = venue
        self.officer = officer
        self.second = second
    }

    /// The command of a record; nil for a record that is none, or that names no action, state or target there is.
    @inlinable
    public init?(_ event: Event) {
        guard event.kind == .command, event.detail >> 40 == 0,
            let state = RiskState(rawValue: UInt8(truncatingIfNeeded: event.detail)),
            let action = Action(rawValue: UInt8(truncatingIfNeeded: event.detail >> 8)),
            let target = Target(rawValue: UInt8(truncatingIfNeeded: event.detail >> 32))
        else { return nil }
        self.init(
            action,
            state,
            scope: UInt16(truncatingIfNeeded: event.detail >> 16),
            target: target,
            instrument: event.instrument,
            venue: event.venue,
            officer: UInt32(truncatingIfNeeded: event.orderID),
            second: UInt32(truncatingIfNeeded: event.orderID >> 32)
        )
    }

    /// The command as a record.
    @inlinable
    public func record(at time: Timestamp) -> Event {
        Event(
            eventTime: time,
            receiveTime: time,
            orderID: UInt64(officer) | UInt64(second) << 32,
            instrument: instrument,
            venue: venue,
            kind: .command,
            detail: UInt64(state.rawValue) | UInt64(action.rawValue) << 8 | UInt64(scope) << 16
                | UInt64(target.rawValue) << 32
        )
    }
}

/// A limit that takes another value, as a record.
///
/// In an `Event` of kind `limitChange`: `detail` holds the limit's place in `RiskPolicy.limits` (bits 0 to 31), whether the
/// soft value is meant (32) and for how many minutes it holds (33 to 63; 0 for good), `price` the value's low and `quantity` its high half, `orderID` the proposer (low) and the
/// approver, `sequence` of the record that it takes effect at in `eventTime` (0: at once), `receiveTime` the time.
@frozen
public struct RiskLimitChange: Sendable, BitwiseCopyable, Equatable {
    /// The place in `RiskPolicy.limits`.
    public var limit: UInt32
    public var isSoft: Bool
    /// In the units of the limit's kind.
    public var value: Int128
    public var proposer: UInt32
    public var approver: UInt32
    /// The number of the record from which on it holds; 0 or a number in the past: from its own record on.
    public var effective: UInt64
    /// How long it holds once it does; then the value that it replaced comes back; 0 for good, at most 2^31 − 1.
    public var minutes: UInt32

    @inlinable
    public init(
        limit: UInt32,
        isSoft: Bool = false,
        value: Int128,
        proposer: UInt32,
        approver: UInt32,
        effective: UInt64 = 0,
        minutes: UInt32 = 0
    ) {
        self.limit = limit
        self.isSoft = isSoft
        self.value = value
        self.proposer = proposer
        self.approver = approver
        self.effective = effective
        self.minutes = min(minutes, UInt32(Int32.max))
    }

    /// The change of a record; nil for a record of another kind.
    @inlinable
    public init?(_ event: Event) {
        guard event.kind == .limitChange else { return nil }
        let low = UInt64(bitPattern: event.price.raw)
        self.init(
            limit: UInt32(truncatingIfNeeded: event.detail),
            isSoft: event.detail >> 32 & 1 != 0,
            value: Int128(event.quantity.raw) << 64 | Int128(low),
            proposer: UInt32(truncatingIfNeeded: event.orderID),
            approver: UInt32(truncatingIfNeeded: event.orderID >> 32),
            effective: UInt64(bitPattern: event.eventTime.nanoseconds),
            minutes: UInt32(truncatingIfNeeded: event.detail >> 33)
        )
    }

    /// The change as a record.
    @inlinable
    public func record(at time: Timestamp) -> Event {
        Event(
            eventTime: Timestamp(nanoseconds: Int64(bitPattern: effective)),
            receiveTime: time,
            orderID: UInt64(proposer) | UInt64(approver) << 32,
            price: Price(raw: Int64(truncatingIfNeeded: value)),
            quantity: Quantity(raw: Int64(truncatingIfNeeded: value >> 64)),
            kind: .limitChange,
            detail: UInt64(limit) | (isSoft ? 1 << 32 : 0) | UInt64(minutes) << 33
        )
    }
}
