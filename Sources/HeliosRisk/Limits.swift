// SPDX-License-Identifier: MIT
import HeliosMarket

/// What one instrument allows.
///
/// Every limit begins at zero, and zero means none is allowed, never "unlimited".
@frozen
public struct InstrumentLimits: Sendable, BitwiseCopyable, Equatable {
    /// P01: the largest order.
    public var maxOrderQuantity: Quantity = .zero
    /// P01: average daily volume over 20 days; an order may be at most `RiskLimits.participation` of it.
    ///
    /// `volumeUnknown` says openly that only `maxOrderQuantity` bounds the order.
    public var averageDailyVolume: Quantity = .zero
    /// P02: the largest value of an order, raw `Money` (1e-16 of the currency).
    public var maxOrderNotional: Int128 = 0
    /// P06: orders are whole multiples of it.
    public var lot: Quantity = .zero
    /// P06: limits at and above 1.00 are whole multiples of it.
    public var tick: Price = .zero
    /// P06: limits below 1.00 are whole multiples of it (0.0001 for US shares).
    public var tickBelowOne: Price = .zero
    /// P11: the largest position, long or short, with everything in flight filled.
    public var maxPosition: Quantity = .zero
    /// P11: the most that may be bought, and the most that may be sold, in a day, with everything in flight filled.
    public var maxDayQuantity: Quantity = .zero

    /// Stands for a volume that nobody knows: `averageDailyVolume` then bounds nothing.
    public static let volumeUnknown = Quantity(raw: .max)

    /// No limits known: every order is refused.
    @inlinable
    public init() {}

    /// US share rules (lot 1, tick 0.01, below one dollar 0.0001) with the order notional of the risk sheet (500,000).
    public static func usShares(
        maxOrderQuantity: Quantity,
        maxPosition: Quantity,
        maxDayQuantity: Quantity,
        averageDailyVolume: Quantity,
        maxOrderNotional: Money = Money(500_000)
    ) -> InstrumentLimits {
        var limits = InstrumentLimits()
        limits.maxOrderQuantity = maxOrderQuantity
        limits.averageDailyVolume = averageDailyVolume
        limits.maxOrderNotional = maxOrderNotional.raw
        limits.lot = Quantity(1)
        limits.tick = Price(raw: Price.scale / 100)
        limits.tickBelowOne = Price(raw: Price.scale / 10_000)
        limits.maxPosition = maxPosition
        limits.maxDayQuantity = maxDayQuantity
        return limits
    }
}

/// The gate's limits that hold for all instruments.
///
/// All integers; what is not set is zero and refuses.
@frozen
public struct RiskLimits: Sendable, Equatable {
    /// The limits of an instrument that has none of its own.
    public var instrument = InstrumentLimits()
    /// P01: an order's share of the average daily volume, in basis points.
    public var participation: Int64 = 0
    /// P03: how far through the reference a limit may reach, in basis points, by the reference: from 50, from 25,
    /// from 1, and below 1.
    public var collarFrom50: Int64 = 0
    public var collarFrom25: Int64 = 0
    public var collarFrom1: Int64 = 0
    public var collarBelow1: Int64 = 0
    /// P03: how far behind the reference a limit may rest, in basis points.
    public var collarPassive: Int64 = 0
    /// P05: the oldest quote that gives a reference.
    public var quoteAge: Nanoseconds = 0
    /// P05: the widest spread that gives a reference, in basis points of the mid.
    public var quoteSpread: Int64 = 0
    /// P05: the oldest trade that gives a reference.
    public var tradeAge: Nanoseconds = 0
    /// P17: the oldest update on which risk may be taken.
    public var staleAge: Nanoseconds = 0
    /// P17: how long the book may be crossed, and how long a jump of the mid is remembered.
    public var crossedTime: Nanoseconds = 0
    public var jumpTime: Nanoseconds = 0
    /// P17: a change of the mid between two updates above this is a jump, in basis points.
    public var jump: Int64 = 0
    /// P14: the day's loss, and the fall from the day's high, at which the gate lets only reductions pass.
    ///
    /// At 0.7 of it there is an alert, at 1.2 nothing passes any more.
    public var dayLoss: Money = .zero
    /// P12: the most that all positions together may be worth with everything open filled, without and with their signs.
    public var grossNotional: Money = .zero
    public var netNotional: Money = .zero
    /// P13: the most that what is held and what is open may be worth together.
    public var credit: Money = .zero
    // Each of the following: zero takes the default of the risk sheet.

    /// P04: how far own aggressive orders may walk from the reference of a window, in basis points, and the window.
    public var walk: Int64 = 0
    public var walkWindow: Nanoseconds = 0
    /// P07: new orders a second, and how many may come at once.
    public var messageRate = 0
    public var messageBurst = 0
    /// P08: fills of a strategy in an instrument on one side within the window.
    public var executions = 0
    public var executionsWindow: Nanoseconds = 0
    /// P10: equal orders within the window.
    public var duplicates = 0
    public var duplicatesWindow: Nanoseconds = 0
    /// P25: live orders, and messages for each trade less one.
    public var openOrders = 0
    public var orderTradeRatio = 0

    /// Nothing known: every order is refused.
    public init() {}

    /// The defaults of the risk sheet.
    ///
    /// The loss limit, the credit line and the instruments' limits have none: they must be set. `notional` is the most that may
    /// be held and open, in all three ways of counting (P12, P13).
    public static func standard(
        dayLoss: Money,
        notional: Money,
        instrument: InstrumentLimits = InstrumentLimits()
    ) -> RiskLimits {
        var limits = RiskLimits()
        limits.instrument = instrument
        limits.participation = 100
        limits.collarFrom50 = 300
        limits.collarFrom25 = 500
        limits.collarFrom1 = 1_000
        limits.collarBelow1 = 5_000
        limits.collarPassive = 3_000
        limits.quoteAge = 1_000_000_000
        limits.quoteSpread = 500
        limits.tradeAge = 60_000_000_000
        limits.staleAge = 1_000_000_000
        limits.crossedTime = 1_000_000_000
        limits.jumpTime = 1_000_000_000
        limits.jump = 1_000
        limits.dayLoss = dayLoss
        limits.grossNotional = notional
        limits.netNotional = notional
        limits.credit = notional
        limits.walk = 200
        limits.walkWindow = 60_000_000_000
        limits.messageRate = 200
        limits.messageBurst = 400
        limits.executions = 50
        limits.executionsWindow = 60_000_000_000
        limits.duplicates = 5
        limits.duplicatesWindow = 500_000_000
        limits.openOrders = 500
        limits.orderTradeRatio = 500
        return limits
    }

    /// The same limits within what the gate's arithmetic can hold: collars up to ten times the price, losses up to a
    /// sixteenth of the range of `Money`.
    ///
    /// A negative limit is none.
    var bounded: RiskLimits {
        var limits = self
        limits.collarFrom50 = min(max(collarFrom50, 0), 100_000)
        limits.collarFrom25 = min(max(collarFrom25, 0), 100_000)
        limits.collarFrom1 = min(max(collarFrom1, 0), 100_000)
        limits.collarBelow1 = min(max(collarBelow1, 0), 100_000)
        limits.collarPassive = min(max(collarPassive, 0), 100_000)
        limits.quoteSpread = min(max(quoteSpread, 0), 20_000)
        limits.dayLoss = Money(raw: min(max(dayLoss.raw, 0), .max / 16))
        limits.grossNotional = Money(raw: min(max(grossNotional.raw, 0), .max / 16))
        limits.netNotional = Money(raw: min(max(netNotional.raw, 0), .max / 16))
        limits.credit = Money(raw: min(max(credit.raw, 0), .max / 16))
        return limits
    }
}
