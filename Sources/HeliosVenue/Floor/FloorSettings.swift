// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// One of the venues of a floor, as a backtest assumes it.
public struct FloorVenue: Sendable, Equatable {
    /// What kind of venue it is.
    public enum Kind: String, Sendable, CaseIterable {
        /// Displays its orders: a matching engine with the order flow of its own participants.
        case lit
        /// Displays nothing and trades at the middle of the lit venues' best prices.
        case dark
    }

    /// What reports and messages call it.
    public var name: String
    public var kind: Kind
    /// A share, for an execution of a resting order; negative is a rebate.
    public var maker: Price
    /// The same for an execution that took liquidity.
    public var taker: Price
    /// From its publication of an event to the engine.
    public var feed = LatencyModel.constant(50_000)
    /// From the engine's decision to it.
    public var order = LatencyModel.constant(100_000)
    /// From its decision to the engine.
    public var report = LatencyModel.constant(100_000)
    /// Seed of a lit venue's order flow: the prices are those of the whole market, the orders its own.
    public var flowSeed: UInt64 = 1
    /// Shares that stand hidden behind each displayed one of a lit venue, in basis points.
    ///
    /// A taker meets them behind all that is displayed at a price. Its tape shows them as its market's trades: so many against hidden
    /// orders beside each against displayed ones, in place of those that the generated day has.
    public var hiddenShare: Int64 = 0
    /// What a dark venue holds.
    public var dark = DarkLiquidity()
    /// When it can't be reached.
    public var outages: [FloorOutage] = []

    public init(_ name: String, _ kind: Kind = .lit, maker: Price = .zero, taker: Price = .zero) {
        self.name = name
        self.kind = kind
        self.maker = maker
        self.taker = taker
    }
}

/// A part of every trading day in which a venue can't be reached: it takes no orders, those that rest there are cancelled, and
/// its market data stop.
public struct FloorOutage: Sendable, Equatable {
    /// Nanoseconds since midnight.
    public var start: Nanoseconds
    /// Nanoseconds since midnight, after the start.
    public var end: Nanoseconds

    public init(from start: Nanoseconds, to end: Nanoseconds) {
        self.start = start
        self.end = end
    }
}

/// A floor of several venues, as a backtest assumes it.
public struct FloorSettings: Sendable, Equatable {
    /// In the order of their places; 1 to 16, at least one of them lit.
    public var venues: [FloorVenue]
    /// Nanoseconds of silence after which a venue's quotes are left out of the consolidated book; 0 = never.
    public var staleAfter: Nanoseconds = 0

    /// The most venues.
    public static var maximumVenues: Int { 16 }

    public init(_ venues: [FloorVenue]) { self.venues = venues }

    /// The lit venues.
    public var lit: VenueSet { litPlaces.reduce(into: VenueSet()) { $0.insert($1) } }

    /// The places of the lit venues.
    public var litPlaces: [Int] { venues.indices.filter { venues[$0].kind == .lit } }
}

/// What a dark venue holds on each side of an instrument, drawn anew for each interval of time.
///
/// A draw depends on seed, instrument, side and interval alone, never on what was sent: two ways of routing meet the same
/// liquidity. Within an interval what was taken is gone.
public struct DarkLiquidity: Sendable, Equatable {
    /// The distribution of a quantity that is not zero, in shares; all are rounded up to whole shares.
    public enum Shape: Sendable, Equatable {
        /// Always the same.
        case fixed(Int)
        /// Every number of shares between the two, equally likely.
        case uniform(Int, Int)
        /// Exponential with this mean.
        case exponential(mean: Double)
        /// P(S ≥ s) = (s / minimum)^−exponent, the heavy tail that dark pools' fills show.
        case power(minimum: Int, exponent: Double)
    }

    public var shape: Shape
    /// How often there is nothing, in basis points.
    public var emptyShare: Int64
    /// Between two draws, and between two fills of an order that rests.
    public var interval: Nanoseconds
    public var seed: UInt64

    /// The largest quantity that is ever drawn, in shares.
    public static var maximum: Int { 10_000_000 }

    public init(
        _ shape: Shape = .exponential(mean: 500),
        emptyShare: Int64 = 4_000,
        interval: Nanoseconds = 1_000_000_000,
        seed: UInt64 = 1
    ) {
        self.shape = shape
        self.emptyShare = emptyShare
        self.interval = interval
        self.seed = seed
    }
}
