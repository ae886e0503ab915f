// SPDX-License-Identifier: MIT

/// How long an order may work (FIX TimeInForce, tag 59).
@frozen
public enum TimeInForce: UInt8, Sendable, BitwiseCopyable {
    /// Until the session ends.
    case day = 0
    /// Take what is there now, cancel the rest.
    case immediateOrCancel = 1
    /// All of it now, or nothing.
    case fillOrKill = 2
    /// Until it is cancelled: what is left at the end of a day works again on the next.
    case goodTillCancel = 3
    /// The same, up to the end of `NewOrder.expireDay`.
    case goodTillDate = 4

    /// Nothing of the order is left to work once it has been to the market.
    @inlinable
    public var isImmediate: Bool { self == .immediateOrCancel || self == .fillOrKill }

    /// Whether what is left of an order at the end of `day` (days since 1970-01-01) works again on the next; `expireDay` is the
    /// order's last day.
    @inlinable
    public func carries(beyond day: UInt32, expireDay: UInt32) -> Bool {
        self == .goodTillCancel || self == .goodTillDate && expireDay > day
    }
}

extension Timestamp {
    /// The number of its day in UTC, from 1970-01-01; 0 before.
    ///
    /// The midnight with which a trading day begins in New York falls on the day that the trading day is named after.
    @inlinable
    public var dayNumber: UInt32 { UInt32(clamping: max(nanoseconds, 0) / 86_400_000_000_000) }
}

/// Whether an order's price is a limit.
@frozen
public enum OrderType: UInt8, Sendable, BitwiseCopyable {
    case limit = 0
    /// At any price; the risk gate still bounds it, and the order travels with that bound as its price.
    case market = 1
}

/// What a sale says about the shares that it sells (US short-sale rules).
@frozen
public enum ShortMark: UInt8, Sendable, BitwiseCopyable {
    /// No short sale: a buy, or a sale of what is held.
    case none = 0
    /// A short sale.
    case short = 1
    /// A short sale that the price test does not bind, for a reason that is kept with it.
    case exempt = 2
}

/// Who in the house an order belongs to: a strategy's number and a part of it (a pair, a basket) that it chooses.
@frozen
public struct OrderTag: Hashable, Sendable, BitwiseCopyable {
    /// The strategy, from 0 in the order of the configuration.
    public var strategy: UInt16
    /// Free for the strategy: which of two legs, which signal.
    public var leg: UInt16
    /// Free for the strategy: the pair or slot within it.
    public var group: UInt32

    @inlinable
    public init(strategy: UInt16, group: UInt32 = 0, leg: UInt16 = 0) {
        self.strategy = strategy
        self.leg = leg
        self.group = group
    }

    @inlinable
    public init(packed: UInt64) {
        strategy = UInt16(truncatingIfNeeded: packed)
        leg = UInt16(truncatingIfNeeded: packed >> 16)
        group = UInt32(truncatingIfNeeded: packed >> 32)
    }

    /// The leg that marks a child of a parent order, whose number is then `group`.
    @inlinable
    public static var childLeg: UInt16 { 0xFFFF }

    /// The number of the parent order that this one is a child of; nil for an order of its own.
    @inlinable
    public var parent: UInt32? { leg == OrderTag.childLeg ? group : nil }

    @inlinable
    public var packed: UInt64 { UInt64(strategy) | UInt64(leg) << 16 | UInt64(group) << 32 }
}

/// An order as a strategy wants it, before risk has seen it.
@frozen
public struct NewOrder: Sendable, BitwiseCopyable {
    /// Our number, unique for the session, from 1 upward.
    public var id: OrderID
    public var instrument: Instrument
    public var side: Side
    public var type: OrderType
    public var timeInForce: TimeInForce
    /// Set by the risk gate on the order that travels; a strategy may ask for `exempt`.
    public var mark: ShortMark
    /// Above zero.
    public var quantity: Quantity
    /// The limit; ignored for a market order.
    public var price: Price
    public var tag: OrderTag
    /// Where it goes; 0 where there is only one venue.
    public var venue: Venue
    /// Units of `delayUnit` that an immediate order waits before it leaves, so that it arrives together with others.
    public var delayUnits: UInt16
    /// What the time in force gives a meaning: the last day of a dated order, bit 0 of an immediate one whether it is a sweep.
    @usableFromInline var life: UInt32

    @inlinable
    public init(
        id: OrderID,
        instrument: Instrument,
        side: Side,
        type: OrderType = .limit,
        timeInForce: TimeInForce = .day,
        quantity: Quantity,
        price: Price,
        tag: OrderTag,
        venue: Venue = Venue(id: 0),
        mark: ShortMark = .none,
        expireDay: UInt32 = 0,
        delay: Nanoseconds = 0,
        isSweep: Bool = false
    ) {
        self.id = id
        self.instrument = instrument
        self.side = side
        self.type = type
        self.timeInForce = timeInForce
        self.quantity = quantity
        self.price = price
        self.tag = tag
        self.venue = venue
        self.mark = mark
        life = timeInForce.isImmediate ? (isSweep ? 1 : 0) : expireDay
        delayUnits = timeInForce.isImmediate ? UInt16(clamping: delay / NewOrder.delayUnit) : 0
    }

    /// FIX ExpireDate (tag 432) as days since 1970-01-01: the last day of a `goodTillDate` order; 0 for an immediate one.
    @inlinable
    public var expireDay: UInt32 {
        get { timeInForce.isImmediate ? 0 : life }
        set { if !timeInForce.isImmediate { life = newValue } }
    }

    /// Whether it is an intermarket sweep order (Reg NMS rule 600 (b)(38); FIX ExecInst f).
    ///
    /// It may trade through better protected quotes elsewhere, because other orders that left with it take them. Only an immediate order
    /// can be one here.
    @inlinable
    public var isSweep: Bool {
        get { timeInForce.isImmediate && life & 1 != 0 }
        set { if timeInForce.isImmediate { life = newValue ? 1 : 0 } }
    }

    /// Nanoseconds: delays are whole multiples of it, up to 6.5535 ms.
    @inlinable
    public static var delayUnit: Nanoseconds { 100 }

    /// Nanoseconds that an immediate order waits before it leaves.
    @inlinable
    public var delay: Nanoseconds { Nanoseconds(delayUnits) * NewOrder.delayUnit }
}

/// Why a working order ended without being filled.
@frozen
public enum CancelReason: UInt8, Sendable, BitwiseCopyable {
    /// We asked.
    case user = 0
    /// Nothing (more) to take for an immediate-or-cancel order.
    case immediateOrCancel = 1
    /// The session ended.
    case endOfSession = 2
    /// The venue halted the instrument.
    case halted = 3
}

/// Why a venue refused an order.
@frozen
public enum RejectReason: UInt8, Sendable, BitwiseCopyable {
    case unknownInstrument = 0
    case halted = 1
    case closed = 2
    case invalidPrice = 3
    case invalidQuantity = 4
    /// The number was used before.
    case duplicateOrder = 5
    /// The venue's table of working orders is full.
    case capacity = 6
    /// Found on reconciliation: the order never reached the venue.
    case neverArrived = 7
}

/// An instrument's trading state as its venue announced it.
@frozen
public enum TradingState: UInt8, Sendable, BitwiseCopyable {
    /// Nothing was announced yet: counts as halted.
    case unknown = 0
    case halted = 1
    case paused = 2
    case quotationOnly = 3
    case trading = 4
}

/// The phase of the venue's day.
@frozen
public enum MarketPhase: UInt8, Sendable, BitwiseCopyable {
    case closed = 0
    /// System hours before the regular session: orders are taken, the opening auction has not run.
    case preOpen = 1
    case regular = 2
    /// After the closing auction.
    case postClose = 3
}
