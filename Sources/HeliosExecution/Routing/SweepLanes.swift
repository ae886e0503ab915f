// SPDX-License-Identifier: MIT
import HeliosMarket

/// A venue in a sweep.
///
/// Prices are *keys*: the price of a buy, the negative price of a sell, so that lower is better on both sides.
struct SweepLane: BitwiseCopyable, Sendable {
    /// Why the sweep may not take there; `.dearer` while nothing speaks against it.
    var verdict = RouteVerdict.idle
    /// The first level that is worth trying.
    var first = 0
    /// Levels on the side that is taken.
    var count = 0
    /// Expected behind the best level.
    var hidden: Int64 = 0
    /// Added to a key: the fee, and the cost of what is likely to be gone.
    var fee: Int64 = 0
    var penalty: Int64 = 0
    var rank = 0.0
    /// The protected quote, `.max` where there is none, and how much of it has to be taken by who goes beyond.
    var protectedKey = Int64.max
    var protectedQuantity: Int64 = 0

    var mayTake: Bool { verdict == .dearer }

    mutating func read(
        _ view: borrowing RoutingView,
        _ place: Int,
        _ side: Side,
        _ history: borrowing RouteHistory,
        at now: Timestamp
    ) {
        let venue = view.venues[place]
        let far = side.opposite
        count = venue.count(far)
        guard count > 0 else {
            verdict = venue.isOpen ? .empty : .closed
            return
        }
        // A venue that refuses us has failed as far as we can see: its quotes may be traded through (611 (b)(1)).
        if history.isBarred(place, at: now) {
            verdict = .barred
            return
        }
        if let missed = history.missedPrice(place, updated: venue.updated) {
            let key = side.sign * missed.raw
            while first < count, side.sign * view.level(place, far, first).price.raw <= key { first += 1 }
        }
        // A quote that was swept a moment ago and was not there is not traded through a second time: the one behind it is the best.
        if venue.isProtected, first < count {
            let best = view.level(place, far, first)
            protectedKey = side.sign * best.price.raw
            protectedQuantity = best.quantity.raw
        }
        verdict = venue.isOpen ? (first < count ? .dearer : .faded) : .closed
    }
}

/// What a sweep takes from a venue.
struct SweepTake: BitwiseCopyable, Sendable {
    /// Taken in all, and of that displayed, displayed at the best price, and because it is protected.
    var taken: Int64 = 0
    var displayed: Int64 = 0
    var ofBest: Int64 = 0
    var forced: Int64 = 0
    /// The worst key taken.
    var worst = Int64.min
    /// Keys and fees times quantities.
    var value: Int128 = 0
}

/// What a sweep takes, by place.
struct Sweep: Sendable {
    /// Still wanted.
    var rest: Int64 = 0
    /// The worst key taken anywhere.
    var reach = Int64.min
    /// The venues in the order in which the sweep came to them.
    var venues = 0
    /// Keys and fees times quantities over all, and with what is likely to be gone.
    var weighed: Int128 = 0
    var takes = [SweepTake](repeating: SweepTake(), count: RoutingView.maximumVenues)
    var order = [Int](repeating: 0, count: RoutingView.maximumVenues)

    mutating func begin(_ wanted: Int64, _ count: Int) {
        rest = wanted
        reach = .min
        venues = 0
        weighed = 0
        for place in 0..<count { takes[place] = SweepTake() }
    }

    mutating func take(_ place: Int, _ quantity: Int64, _ key: Int64, fee: Int64, penalty: Int64) {
        rest -= quantity
        if takes[place].taken == 0 {
            order[venues] = place
            venues += 1
        }
        takes[place].taken += quantity
        takes[place].worst = max(takes[place].worst, key)
        reach = max(reach, key)
        takes[place].value += Int128(key + fee) * Int128(quantity)
        weighed += Int128(key + fee + penalty) * Int128(quantity)
    }

    /// Whether it takes more than another one, or as much for less.
    func isBetter(than other: Sweep) -> Bool {
        rest < other.rest || (rest == other.rest && weighed < other.weighed)
    }
}

/// The best level of a venue that is left.
struct SweepHead: BitwiseCopyable, Sendable {
    var depth = 0
    /// It is what is expected behind the best level, not what that displays.
    var isHidden = false
    /// Not taken yet at that level, and of that displayed.
    var left: Int64 = 0
    var shown: Int64 = 0
    var key: Int64 = .max
    /// The key with everything that counts; `.max` for a venue that has nothing left.
    var allIn: Int64 = .max
}

/// Where a router works out its decisions; it means nothing between two of them.
struct RouterScratch: Sendable {
    var lanes = [SweepLane](repeating: SweepLane(), count: RoutingView.maximumVenues)
    var heads = [SweepHead](repeating: SweepHead(), count: RoutingView.maximumVenues)
    /// Venues looked at.
    var count = 0
    /// The cheapest sweep of all, the best of those that are allowed, and the one that is tried.
    var cheapest = Sweep()
    var best = Sweep()
    var trial = Sweep()
}
