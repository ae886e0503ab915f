// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosStrategy

/// How a node stands with one of its venues.
public struct NodeDoor: Sendable {
    /// The venue's orders and ours have been compared since its connection was lost last: new orders may go there.
    @usableFromInline var isOpen = false
    @usableFromInline var reconciliation = Reconciliation()
    /// Since when the venue has not said what became of orders; nil while it has.
    @usableFromInline var unknownSince: Timestamp?

    @usableFromInline
    init() {}
}

/// What is known of a comparison with a venue that is under way.
public struct Reconciliation: Sendable {
    /// Our orders that the venue has named; by our number.
    @usableFromInline var named: [Bool] = []
    /// The request for status was sent.
    @usableFromInline var isRequested = false
    /// Orders that work at the venue and that we do not know: nothing is reserved for them.
    @usableFromInline var strangers = 0

    @usableFromInline
    init() {}

    @usableFromInline
    mutating func begin() {
        named.removeAll(keepingCapacity: true)
        isRequested = true
        strangers = 0
    }

    @usableFromInline
    mutating func name(_ id: OrderID) {
        while named.count <= Int(id) { named.append(false) }
        named[Int(id)] = true
    }

    @usableFromInline
    func isNamed(_ id: OrderID) -> Bool { Int(id) < named.count && named[Int(id)] }
}

// What belongs to which venue. Of one venue nothing says which it is, and everything belongs to it.
extension TradingNode where Trader: ~Copyable, Sink: ~Copyable {
    /// The place of the venue that a message names; the first's for one that is none of ours.
    @inlinable
    func place(of venue: Venue) -> Int { venue.place < doors.count ? venue.place : 0 }

    /// The place of the venue that our order `id` went to.
    @inlinable
    func place(ofOrder id: OrderID) -> Int {
        guard doors.count > 1, let order = engine.market.orders.order(id) else { return 0 }
        return place(of: order.order.venue)
    }

    /// The place of the venue that an output of ours is for: a cancel names only its order.
    @inlinable
    func place(ofOutput output: Event) -> Int {
        output.kind == .cancelRequest ? place(ofOrder: output.orderID) : place(of: output.venue)
    }

    /// How a record names the venue: of one it names none.
    @inlinable
    func venue(at place: Int) -> Venue { doors.count > 1 ? Venue(place: place) : Venue(id: 0) }

    /// Whether new orders may go to a venue.
    @inlinable
    public func isOpen(_ venue: Venue) -> Bool { doors[place(of: venue)].isOpen }
}
