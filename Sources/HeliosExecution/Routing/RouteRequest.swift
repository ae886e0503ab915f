// SPDX-License-Identifier: MIT
import HeliosMarket

/// What the router may do with an order.
@frozen
public struct RouteStyle: OptionSet, Sendable, BitwiseCopyable {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Take what is displayed, immediate or cancel.
    @inlinable
    public static var take: RouteStyle { RouteStyle(rawValue: 1) }
    /// Try the dark venues at the midpoint, immediate or cancel.
    @inlinable
    public static var dark: RouteStyle { RouteStyle(rawValue: 2) }
    /// Rest with what is left.
    @inlinable
    public static var post: RouteStyle { RouteStyle(rawValue: 4) }
}

/// A resting price that follows the quotes.
@frozen
public struct RoutePeg: Sendable, BitwiseCopyable, Equatable {
    /// What it follows (FIX PegPriceType, tag 1094).
    @frozen
    public enum Reference: UInt8, Sendable, BitwiseCopyable {
        /// The best price of the own side.
        case primary = 0
        /// Halfway between the best prices.
        case midpoint = 1
        /// The best price of the other side.
        case market = 2
    }

    public var reference: Reference
    /// Added to the reference for a buy, subtracted for a sell: positive is toward the other side.
    public var offset: Price

    @inlinable
    public init(_ reference: Reference, offset: Price = .zero) {
        self.reference = reference
        self.offset = offset
    }
}

/// A slice of a parent order for the router to place.
@frozen
public struct RouteRequest: Sendable, BitwiseCopyable {
    public var instrument: Instrument
    public var side: Side
    /// What the parent still wants to trade, what its children have in flight included.
    public var leaves: Quantity
    /// What the parent's children have in flight: never routed a second time.
    public var inFlight: Quantity
    /// No child goes beyond this price.
    public var limit: Price
    public var style: RouteStyle
    /// Where to rest, nil for the limit; a price that would take is moved back to the best price that rests.
    public var restPrice: Price?
    /// A resting price that follows the quotes, instead of `restPrice`; never beyond the limit.
    public var peg: RoutePeg?
    /// Children are multiples of it, the one that completes the order excepted.
    public var lot: Quantity
    /// Resting prices are multiples of it.
    public var tick: Price

    @inlinable
    public init(
        instrument: Instrument,
        side: Side,
        leaves: Quantity,
        inFlight: Quantity = .zero,
        limit: Price,
        style: RouteStyle = .take,
        restPrice: Price? = nil,
        peg: RoutePeg? = nil,
        lot: Quantity = Quantity(1),
        tick: Price = Price(raw: 1_000_000)
    ) {
        self.instrument = instrument
        self.side = side
        self.leaves = leaves
        self.inFlight = inFlight
        self.limit = limit
        self.style = style
        self.restPrice = restPrice
        self.peg = peg
        self.lot = lot
        self.tick = tick
    }

    /// What may be routed now; never below zero.
    @inlinable
    public var available: Quantity { max(leaves - inFlight, .zero) }
}
