// SPDX-License-Identifier: MIT
import HeliosMarket

/// Why a child goes where it goes.
@frozen
public enum RouteReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Its all-in price is the best of what was left.
    case cheapest = 0
    /// Its quote is protected and better than a price that another child takes: it is swept too.
    case protected = 1
    /// A dark venue is likely enough to have that much, at a better all-in price than the lit ones.
    case dark = 2
    /// Resting there is worth the most: rebate, chance of a fill, what comes after one.
    case rest = 3
    /// As `rest`, at a price that follows the quotes.
    case peg = 4
}

/// What the router made of a venue.
@frozen
public enum RouteVerdict: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// It was not looked at: what the request asks for has nothing to do with it.
    case idle = 0
    /// It gets a child.
    case used = 1
    /// It takes no orders now.
    case closed = 2
    /// It refused an order of this parent a short time ago.
    case barred = 3
    /// The quote that it shows was gone when a child got there, and it has shown nothing else since.
    case faded = 4
    /// It shows nothing on that side.
    case empty = 5
    /// Its best price is beyond the limit.
    case beyondLimit = 6
    /// The others were better, all-in, and had enough.
    case dearer = 7
    /// Taking it would trade through a protected quote that can't be swept.
    case tradesThrough = 8
    /// A dark venue that is not likely enough to have anything, or no better than the lit ones.
    case unlikely = 9
}

/// A child order of a plan.
@frozen
public struct RouteSlice: Sendable, BitwiseCopyable {
    /// Place of the venue.
    public var place: Int
    public var reason: RouteReason
    public var timeInForce: TimeInForce
    /// It takes a price while a better protected quote stands elsewhere, which another child of the plan sweeps (an
    /// intermarket sweep order of Reg NMS).
    public var isSweep: Bool
    public var quantity: Quantity
    /// What of it was displayed; the rest is an estimate.
    public var displayed: Quantity
    /// The child's limit: the worst price that the plan takes there.
    public var price: Price
    /// To wait before sending, so that all takers of the plan arrive together.
    public var delay: Nanoseconds
    /// All of it, fees included: paid for a buy, received for a sell; zero for a resting child.
    public var value: Money
    /// At a dark venue the probability of the last unit, resting what it is worth in currency a share, else zero.
    public var weight: Double

    @inlinable
    public init(place: Int, reason: RouteReason, timeInForce: TimeInForce, quantity: Quantity, price: Price) {
        self.place = place
        self.reason = reason
        self.timeInForce = timeInForce
        self.quantity = quantity
        self.price = price
        isSweep = false
        displayed = .zero
        delay = 0
        value = .zero
        weight = 0
    }

    /// What of it is expected behind the displayed shares of a lit venue.
    @inlinable
    public var hidden: Quantity {
        let takes = timeInForce == .immediateOrCancel && (reason == .cheapest || reason == .protected)
        return takes && displayed.raw > 0 ? max(quantity - displayed, .zero) : .zero
    }

    @inlinable
    public var venue: Venue { Venue(id: UInt16(truncatingIfNeeded: place + 1)) }

    /// The child as an order.
    @inlinable
    public func order(_ id: OrderID, of request: RouteRequest, tag: OrderTag) -> NewOrder {
        NewOrder(
            id: id,
            instrument: request.instrument,
            side: request.side,
            timeInForce: timeInForce,
            quantity: quantity,
            price: price,
            tag: tag,
            venue: venue,
            delay: delay,
            isSweep: isSweep
        )
    }
}

/// What the router decided: children and, for each venue, what became of it.
///
/// The owner keeps one, in memory reserved at its start, and has it overwritten by each decision.
public struct RoutePlan: Sendable {
    /// The most children: a taker at every venue and one that rests.
    public static let capacity = 17

    @usableFromInline var slices: [RouteSlice]
    /// Children of the plan.
    public private(set) var count = 0
    /// What found no place.
    public internal(set) var unrouted = Quantity.zero
    var verdicts: [RouteVerdict]

    public init() {
        let none = RouteSlice(place: 0, reason: .cheapest, timeInForce: .day, quantity: .zero, price: .zero)
        slices = Array(repeating: none, count: RoutePlan.capacity)
        verdicts = Array(repeating: .idle, count: RoutingView.maximumVenues)
    }

    /// The child with a number below `count`, in the order in which they go out.
    @inlinable
    public subscript(index: Int) -> RouteSlice { slices[index] }

    /// What became of the venue at a place.
    public func verdict(_ place: Int) -> RouteVerdict {
        place >= 0 && place < RoutingView.maximumVenues ? verdicts[place] : .idle
    }

    /// Over all children; never more than was asked for.
    public var routed: Quantity {
        var sum = Quantity.zero
        for index in 0..<count { sum += slices[index].quantity }
        return sum
    }

    /// All-in price of what is to be taken, in currency a share, for statistics and display; nil when nothing is.
    public var averageAllIn: Double? {
        var shares = Quantity.zero
        var value = Money.zero
        for index in 0..<count where slices[index].timeInForce == .immediateOrCancel {
            shares += slices[index].quantity
            value += slices[index].value
        }
        return shares.raw > 0 ? value.value / shares.value : nil
    }

    mutating func begin() {
        count = 0
        unrouted = .zero
        for place in verdicts.indices { verdicts[place] = .idle }
    }

    mutating func append(_ slice: RouteSlice) {
        guard count < RoutePlan.capacity else { return }
        slices[count] = slice
        count += 1
        verdicts[slice.place] = .used
    }

    mutating func delay(_ index: Int, by delay: Nanoseconds) { slices[index].delay = delay }
}
