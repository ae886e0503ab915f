// SPDX-License-Identifier: MIT
import HeliosMarket

/// A venue in a sweep.
///
/// Prices are *keys*: the price of a buy, the negative price of a sell, so that lower is better on both sides.
struct SweepLane: BitwiseCopyable {
    /// Why the sweep may not take there; `.dearer` while nothing speaks against it.
    var verdict = RouteVerdict.idle
    /// The first level that is worth trying.
    var first = 0
    /// Levels on the side that is taken.
    var count = 0
    var hidden: Int64 = 0
    /// Added to a key: the fee, and the cost of what is likely to be gone.
    var fee: Int64 = 0
    var penalty: Int64 = 0
    var rank = 0.0
    /// The protected quote, `.max` where there is none, and how much of it has to be taken by who goes beyond.
    var protectedKey = Int64.max
    var protectedQuantity: Int64 = 0

    var mayTake: Bool { verdict == .dearer }
}

/// The venues of a sweep, by place.
struct SweepLanes {
    var lanes = InlineArray<16, SweepLane>(repeating: SweepLane())
    var count = 0

    /// Looks at all venues for an order on `side`, which takes from the other.
    mutating func fill(
        _ side: Side,
        _ view: borrowing RoutingView,
        _ history: borrowing RouteHistory,
        _ router: borrowing SmartRouter,
        at now: Timestamp
    ) {
        count = view.count
        for place in 0..<count where view.venues[place].sort == .lit {
            let score = router.settings.usesScores ? router.scores[place] : nil
            lanes[place] = SweepLane()
            lanes[place].read(view.venues[place], side, history, place, at: now)
            lanes[place].fee = router.settings.usesFees ? view.venues[place].takerFee.raw : 0
            if let score {
                lanes[place].rank = score.rank
                // Rounded toward zero; the product of a share and a price is far within 64 bits.
                lanes[place].penalty = Int64(min(max(score.fade, 0), 1) * Double(router.settings.missCost.raw))
            }
        }
    }
}

extension SweepLane {
    mutating func read(
        _ venue: borrowing RoutingVenue,
        _ side: Side,
        _ history: borrowing RouteHistory,
        _ place: Int,
        at now: Timestamp
    ) {
        let far = side.opposite
        count = venue.count(far)
        hidden = max(venue.hidden.raw, 0)
        guard count > 0 else {
            verdict = venue.isOpen ? .empty : .closed
            return
        }
        // A venue that refuses us has failed as far as we can see: its quotes may be traded through (611 (b)(1)).
        if history.isBarred(place, at: now) {
            verdict = .barred
            return
        }
        let best = venue.level(far, 0)
        if let missed = history.missedPrice(place, updated: venue.updated) {
            while first < count, side.sign * venue.level(far, first).price.raw <= side.sign * missed.raw { first += 1 }
        }
        // A quote that was swept a moment ago and was not there is not traded through a second time.
        if venue.isProtected, first == 0 {
            protectedKey = side.sign * best.price.raw
            protectedQuantity = best.quantity.raw
        }
        verdict = venue.isOpen ? (first < count ? .dearer : .faded) : .closed
    }
}
