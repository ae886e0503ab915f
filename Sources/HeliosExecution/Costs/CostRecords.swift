// SPDX-License-Identifier: MIT
import HeliosMarket

/// A parent that has not ended.
///
/// Nothing but whole words, the widest first: it is saved as it stands in memory.
struct CostParent: BitwiseCopyable, Sendable {
    var value: Int128 = 0
    var fees: Int128 = 0
    /// What the market had traded at the decision, the arrival and the last fill.
    var tapeValue: Int128 = 0
    var arrivalValue: Int128 = 0
    var lastValue: Int128 = 0
    var tapeVolume: Int64 = 0
    var arrivalVolume: Int64 = 0
    var lastVolume: Int64 = 0
    var key: UInt64
    var instrument: Int64
    /// 0 buy, 1 sell.
    var side: Int64
    var quantity: Int64
    /// What its orders may still trade, and how many of them there are.
    var leaves: Int64 = 0
    var working: Int64 = 0
    var done: Int64 = 0
    var decision: Int64 = 0
    var arrival: Int64 = 0
    /// An order has left.
    var hasArrived: Int64 = 0
    /// It ends when its orders have: it is an order of its own.
    var isPlain: Int64
    /// The number of the last fill's mark, −1 for none.
    var lastMark: Int64 = -1
    var hasReversion: Int64 = 0
    var reversion = 0.0
    var algorithm: Int64
    var strategy: Int64
    var time: Int64
    /// To a multiple of sixteen bytes.
    var reserved: Int64 = 0

    var cell: CostCell {
        CostCell(
            algorithm: algorithm,
            strategy: strategy,
            time: time,
            size: CostCell.sizeBucket(Quantity(raw: quantity))
        )
    }
}

/// An order that has not ended.
struct CostOrder: BitwiseCopyable, Sendable {
    var id: UInt64 = 0
    var parent: UInt64 = 0
    var place: Int64 = 0
    var quantity: Int64 = 0
    var leaves: Int64 = 0
    var filled: Int64 = 0
    var displayed: Int64 = 0
    /// It is immediate or cancel, or could trade when it was sent.
    var takes: Int64 = 0
    /// Mid when it was sent.
    var mid: Int64 = 0
}

/// A fill whose later mids are not all known.
struct CostMark: BitwiseCopyable, Sendable {
    var order: UInt64 = 0
    var execution: UInt64 = 0
    var parent: UInt64 = 0
    var time: Int64 = 0
    var instrument: Int64 = 0
    var place: Int64 = 0
    var side: Int64 = 0
    var price: Int64 = 0
    var quantity: Int64 = 0
    var mid: Int64 = 0
    var isMaker: Int64 = 0
    var cell = CostCell(algorithm: 0, strategy: 0, time: 0, size: 0)
    /// The last of a parent that has ended.
    var isLast: Int64 = 0
    /// Taken back.
    var isVoid: Int64 = 0
}

/// A fill's markout after a second, for who keeps score of the venues.
@frozen
public struct VenueMark: Sendable, BitwiseCopyable {
    /// Place of the venue.
    public var place: Int
    /// As a share of the price, positive when the mid went our way.
    public var markout: Double
    public var quantity: Quantity
    public var isMaker: Bool
}

/// A mid that a fill waits for.
@frozen
public struct DueMark: Sendable, BitwiseCopyable {
    /// Place in `CostSums.horizons`.
    public var horizon: Int
    public var instrument: Instrument
    /// When the mid is to be taken.
    public var time: Timestamp
}
