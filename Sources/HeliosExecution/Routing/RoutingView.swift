// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// What the router knows of one venue: its displayed levels, what it costs, and how far away it is.
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
    /// Expected beyond what is displayed, at the best price of either side.
    public var hidden = Quantity.zero
    /// Expected to trade at the best prices while an order rests; zero when nobody has an opinion.
    public var flow = Quantity.zero
    /// When its quotes last changed.
    public var updated = Timestamp.zero
    @usableFromInline var bids = InlineArray<10, Level>(repeating: .none)
    @usableFromInline var asks = InlineArray<10, Level>(repeating: .none)
    /// Levels of the bid side that are known.
    public private(set) var bidCount = 0
    /// Levels of the ask side that are known.
    public private(set) var askCount = 0

    public init() {}

    /// How many levels of a side are known.
    @inlinable
    public func count(_ side: Side) -> Int { side == .buy ? bidCount : askCount }

    /// A level of a side, 0 the best, below `count`.
    @inlinable
    public func level(_ side: Side, _ depth: Int) -> Level { side == .buy ? bids[depth] : asks[depth] }

    /// Forgets both sides.
    public mutating func clear() {
        bidCount = 0
        askCount = 0
    }

    /// Appends a level behind those that are known; one beyond `depth`, or without a quantity, is left out.
    public mutating func append(_ side: Side, _ price: Price, _ quantity: Quantity) {
        guard count(side) < RoutingVenue.depth, quantity.raw > 0 else { return }
        let level = Level(price: price, quantity: quantity, orderCount: 0)
        if side == .buy {
            bids[bidCount] = level
            bidCount += 1
        } else {
            asks[askCount] = level
            askCount += 1
        }
    }

    /// Takes both sides of an instrument from a book.
    public mutating func read(_ books: borrowing BookSet, _ instrument: Instrument, levels: Int = RoutingVenue.depth) {
        clear()
        for side in [Side.buy, .sell] {
            for depth in 0..<min(levels, RoutingVenue.depth) {
                guard let level = books.level(instrument, side, depth) else { break }
                append(side, level.price, level.quantity)
            }
        }
        updated = books.lastUpdate(instrument)
    }
}

extension Level {
    /// No level.
    static var none: Level { Level(price: .zero, quantity: .zero, orderCount: 0) }
}

/// The venues of one instrument as the router sees them, by place: `Venue.id` − 1.
///
/// The owner keeps one and fills it again for each decision; nothing in it points anywhere.
public struct RoutingView: Sendable, BitwiseCopyable {
    /// The most venues.
    @inlinable
    public static var maximumVenues: Int { 16 }

    /// By place; those from `count` on mean nothing.
    public var venues = InlineArray<16, RoutingVenue>(repeating: RoutingVenue())
    /// Venues in it.
    public private(set) var count = 0

    public init() {}

    /// A view with `count` venues, at most `maximumVenues`, about which nothing is known.
    public init(count: Int) { self.count = min(max(count, 0), RoutingView.maximumVenues) }
}

extension RoutingView {
    /// Best bid and offer over the lit venues that take orders or are protected; empty where no side is known.
    public var best: Quote {
        var quote = Quote.empty
        for place in 0..<count where venues[place].sort == .lit && (venues[place].isOpen || venues[place].isProtected) {
            if venues[place].bidCount > 0 {
                let bid = venues[place].level(.buy, 0)
                if quote.bidQuantity.raw == 0 || bid.price > quote.bidPrice {
                    quote.bidPrice = bid.price
                    quote.bidQuantity = bid.quantity
                } else if bid.price == quote.bidPrice {
                    quote.bidQuantity += bid.quantity
                }
            }
            if venues[place].askCount > 0 {
                let ask = venues[place].level(.sell, 0)
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
