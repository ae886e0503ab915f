// SPDX-License-Identifier: MIT
import HeliosMarket

/// What happened to a price level.
@frozen
public struct Mdp3LevelChange: Sendable, BitwiseCopyable {
    public var instrument: Instrument
    public var side: Side
    public var action: Mdp3.UpdateAction
    /// 1 is the best.
    public var level: Int
    public var price: Price
    /// Contracts.
    public var size: Int64
    public var orders: Int32
    /// Nanoseconds since 1970 UTC.
    public var time: UInt64

    @inlinable
    public init(
        instrument: Instrument,
        side: Side,
        action: Mdp3.UpdateAction,
        level: Int,
        price: Price,
        size: Int64,
        orders: Int32,
        time: UInt64
    ) {
        self.instrument = instrument
        self.side = side
        self.action = action
        self.level = level
        self.price = price
        self.size = size
        self.orders = orders
        self.time = time
    }
}

/// What happened to an order.
@frozen
public struct Mdp3OrderChange: Sendable, BitwiseCopyable {
    public var instrument: Instrument
    public var side: Side
    public var action: Mdp3.OrderAction
    public var orderID: UInt64
    /// Orders of a price with a lower number trade first.
    public var priority: UInt64
    /// Nil where a removal does not repeat it.
    public var price: Price?
    /// Contracts shown.
    public var size: Int64
    /// Nanoseconds since 1970 UTC.
    public var time: UInt64

    @inlinable
    public init(
        instrument: Instrument,
        side: Side,
        action: Mdp3.OrderAction,
        orderID: UInt64,
        priority: UInt64,
        price: Price?,
        size: Int64,
        time: UInt64
    ) {
        self.instrument = instrument
        self.side = side
        self.action = action
        self.orderID = orderID
        self.priority = priority
        self.price = price
        self.size = size
        self.time = time
    }
}

/// A trade.
@frozen
public struct Mdp3Trade: Sendable, BitwiseCopyable {
    public var instrument: Instrument
    public var price: Price
    /// Contracts.
    public var size: Int64
    /// Who crossed the market; nil where the venue does not say.
    public var aggressor: Side?
    public var action: Mdp3.UpdateAction
    public var tradeID: UInt32?
    /// Nanoseconds since 1970 UTC.
    public var time: UInt64

    @inlinable
    public init(
        instrument: Instrument,
        price: Price,
        size: Int64,
        aggressor: Side?,
        action: Mdp3.UpdateAction,
        tradeID: UInt32?,
        time: UInt64
    ) {
        self.instrument = instrument
        self.price = price
        self.size = size
        self.aggressor = aggressor
        self.action = action
        self.tradeID = tradeID
        self.time = time
    }
}

/// What a feed knows of its channel.
@frozen
public enum Mdp3Phase: UInt8, Sendable, BitwiseCopyable {
    /// Packets are missing: what follows is kept until they arrive or snapshots replace what they held.
    case recovering
    /// Every packet so far has been applied.
    case live
}

/// Where a feed's changes go.
///
/// All calls between two of `eventEnded` belong together: a book is whole only at `eventEnded`. Each method has a default
/// that does nothing.
public protocol Mdp3Sink: ~Copyable {
    /// A level changes; false when it contradicts the book: the instrument then waits for its next snapshot.
    mutating func level(_ change: Mdp3LevelChange) -> Bool
    /// An order changes; false when there is no room for it.
    mutating func order(_ change: Mdp3OrderChange) -> Bool
    mutating func trade(_ trade: Mdp3Trade)
    /// All levels of an instrument are void.
    mutating func clearLevels(_ instrument: Instrument)
    /// All orders of an instrument are void.
    mutating func clearOrders(_ instrument: Instrument)
    /// An instrument, or with `Instrument.none` the security group of `message`, has another trading status.
    mutating func status(_ instrument: Instrument, _ message: Mdp3.SecurityStatus)
    /// The changes of one event at the venue are complete.
    mutating func eventEnded(at time: UInt64)
    mutating func phaseChanged(to phase: Mdp3Phase)
}

extension Mdp3Sink where Self: ~Copyable {
    @inlinable
    public mutating func level(_ change: Mdp3LevelChange) -> Bool { true }
    @inlinable
    public mutating func order(_ change: Mdp3OrderChange) -> Bool { true }
    @inlinable
    public mutating func trade(_ trade: Mdp3Trade) {}
    @inlinable
    public mutating func clearLevels(_ instrument: Instrument) {}
    @inlinable
    public mutating func clearOrders(_ instrument: Instrument) {}
    @inlinable
    public mutating func status(_ instrument: Instrument, _ message: Mdp3.SecurityStatus) {}
    @inlinable
    public mutating func eventEnded(at time: UInt64) {}
    @inlinable
    public mutating func phaseChanged(to phase: Mdp3Phase) {}
}
