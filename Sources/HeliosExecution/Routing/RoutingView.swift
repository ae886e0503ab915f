// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// What the router knows of one venue beside its levels: what it costs, how far away it is, what may be expected there.
public struct RoutingVenue: Sendable, BitwiseCopyable {
    /// Whether a venue shows its quotes.
    public enum Sort: UInt8, Sendable, BitwiseCopyable {
        /// It shows them, and trades at them.
        case lit = 0
        /// It shows nothing and trades at the midpoint of the others.
        case dark = 1
    }

    /// Levels that a side holds.
    @inlinable
    public static var depth: Int { 10 }

    public var sort = Sort.lit
    /// It takes orders now.
    public var isOpen = true
    /// No order may trade through its best displayed price (Reg NMS rule 611); false for a venue whose quotes are not firm or
    /// not fresh.
    public var isProtected = true
    /// A share's fee for taking; negative is a rebate.
    public var takerFee = Price.zero
    /// A share's fee for resting; negative is a rebate.
    public var makerFee = Price.zero
    /// From our door to its door, for an order.
    public var latency: Nanoseconds = 0
    /// Expected behind what is displayed at the best price of the side that is to be taken from.
    public var hidden = Quantity.zero
    /// Expected to trade at the best prices while an order rests; zero when nobody has an opinion.
    public var flow = Quantity.zero
    /// When its quotes last changed.
    public var updated = Timestamp.zero
    /// Levels of the bid side that are known.
    public internal(set) var bidCount = 0
    /// Levels of the ask side that are known.
    public internal(set) var askCount = 0

    public init() {}

    /// How many levels of a side are known.
    @inlinable
    public func count(_ side: Side) -> Int { side == .buy ? bidCount : askCount }
}

/// The venues of one instrument as the router sees them, by place: `Venue.id` − 1.
///
/// The owner keeps one, in memory reserved at its start, and fills it again for each decision.
public struct RoutingView: Sendable {
    /// The most venues.
    @inlinable
    public static var maximumVenues: Int { 16 }

    /// By place.
    public var venues: [RoutingVenue]
    /// By place, side and depth; an array, because a value of this size would be copied with each look at it.
    @usableFromInline var levels: [Level]

    /// A view with `count` venues, at most `maximumVenues`, about which nothing is known.
    public init(count: Int) {
        let count = min(max(count, 0), RoutingView.maximumVenues)
        venues = Array(repeating: RoutingVenue(), count: count)
        let none = Level(price: .zero, quantity: .zero, orderCount: 0)
        levels = Array(repeating: none, count: count * 2 * RoutingVenue.depth)
    }

    /// Venues in it.
    @inlinable
    public var count: Int { venues.count }

    @inlinable
    static func place(_ place: Int, _ side: Side, _ depth: Int) -> Int {
        (place * 2 + Int(side.rawValue)) * RoutingVenue.depth + depth
    }

    /// A level of a venue's side, 0 the best, below the venue's `count`.
    @inlinable
    public func level(_ place: Int, _ side: Side, _ depth: Int) -> Level {
        levels[RoutingView.place(place, side, depth)]
    }

    /// Forgets both sides of a venue.
    public mutating func clear(_ place: Int) {
        venues[place].bidCount = 0
        venues[place].askCount = 0
    }

    /// Appends a level behind those that are known; one beyond `RoutingVenue.depth`, or without a quantity, is left out.
    public mutating func append(_ place: Int, _ side: Side, _ price: Price, _ quantity: Quantity) {
        let depth = venues[place].count(side)
        guard depth < RoutingVenue.depth, quantity.raw > 0 else { return }
        levels[RoutingView.place(place, side, depth)] = Level(price: price, quantity: quantity, orderCount: 0)
        if side == .buy { venues[place].bidCount += 1 } else { venues[place].askCount += 1 }
    }

    /// Takes both sides of an instrument from a venue's books.
    public mutating func read(
        _ place: Int,
        _ books: borrowing BookSet,
        _ instrument: Instrument,
        levels: Int = RoutingVenue.depth
    ) {
        clear(place)
        for raw in UInt8(0)...1 {
            // No array of the two: it would be allocated each time.
            let side: Side = raw == 0 ? .buy : .sell
            for depth in 0..<min(levels, RoutingVenue.depth) {
                guard let level = books.level(instrument, side, depth) else { break }
                append(place, side, level.price, level.quantity)
            }
        }
        venues[place].updated = books.lastUpdate(instrument)
    }
}

extension RoutingView {
    /// Best bid and offer over the lit venues that take orders or are protected; empty where no side is known.
    public var best: Quote {
        var quote = Quote.empty
        for place in 0..<count where venues[place].sort == .lit && (venues[place].isOpen || venues[place].isProtected) {
            if venues[place].bidCount > 0 {
                let bid = level(place, .buy, 0)
                if quote.bidQuantity.raw == 0 || bid.price > quote.bidPrice {
                    quote.bidPrice = bid.price
                    quote.bidQuantity = bid.quantity
                } else if bid.price == quote.bidPrice {
                    quote.bidQuantity += bid.quantity
                }
            }
            if venues[place].askCount > 0 {
                let ask = level(place, .sell, 0)
                if quote.askQuantity.raw == 0 || ask.price < quote.askPrice {
                    quote.askPrice = ask.price
                    quote.askQuantity = ask.quantity
                } else if ask.price == quote.askPrice {
                    quote.askQuantity += ask.quantity
                }
            }
        }
        return quote
    }
}
