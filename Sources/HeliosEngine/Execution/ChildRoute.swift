// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosStrategy

/// A part of a parent order that is to go to the market now.
struct ChildSlice: Sendable {
    var instrument: Instrument
    var side: Side
    /// Raw, above zero.
    var quantity: Int64
    /// The worst price; zero for none.
    var limit: Price
    /// Where it rests; nil takes what is offered within the limit.
    var resting: Price?
}

/// One order of a slice: where it goes and how.
struct RoutedChild: Sendable {
    var venue: Venue
    /// Raw.
    var quantity: Int64
    var price: Price
    var timeInForce: TimeInForce
    /// Nanoseconds before it leaves.
    var delay: Nanoseconds = 0
    /// Raw: what of it was displayed.
    var displayed: Int64 = 0
    /// It is an intermarket sweep: other children take the better protected quotes.
    var isSweep = false
}

extension ExecutionDesk {
    /// Where a slice of the parent at `place` goes; `routed` has its children afterwards.
    ///
    /// The one place that chooses venues. What does not trade comes back and is asked for again.
    mutating func route(_ slice: ChildSlice, parent place: Int, _ market: borrowing MarketState) {
        routed.removeAll(keepingCapacity: true)
        guard router.isEnabled else { return routeAlone(slice, market) }
        let far = farPrice(slice, market)
        guard far.raw > 0 else { return }
        let reach = Price(raw: far.raw + slice.side.sign * router.settings.reach.raw)
        var limit = slice.resting ?? reach
        if slice.limit.raw > 0, slice.side.sign * (limit.raw - slice.limit.raw) > 0 { limit = slice.limit }
        let request = RouteRequest(
            instrument: slice.instrument,
            side: slice.side,
            leaves: Quantity(raw: slice.quantity),
            limit: limit,
            style: slice.resting == nil ? [.take, .dark] : .post,
            restPrice: slice.resting,
            lot: Quantity(raw: parents[place].lot),
            tick: Price(raw: parents[place].tick)
        )
        router.route(request, parent: place, of: parents[place].request.strategy, market)
        for child in router.slices {
            routed.append(
                RoutedChild(
                    venue: child.venue,
                    quantity: child.quantity.raw,
                    price: child.price,
                    timeInForce: child.timeInForce,
                    delay: child.delay,
                    displayed: child.displayed.raw,
                    isSweep: child.isSweep
                )
            )
        }
    }

    /// The price from which a slice that takes may go a little further: the best of all venues, or of the only one that is asked.
    private func farPrice(_ slice: ChildSlice, _ market: borrowing MarketState) -> Price {
        if let place = router.settings.onlyLitPlace {
            return market[Venue(place: place)].quote(slice.instrument).price(slice.side.opposite)
        }
        return market.quote(slice.instrument).price(slice.side.opposite)
    }

    /// All of a slice to the only venue, as an order that rests or one that takes the best price.
    private mutating func routeAlone(_ slice: ChildSlice, _ market: borrowing MarketState) {
        let price = slice.resting ?? market.quote(slice.instrument).price(slice.side.opposite)
        guard price.raw > 0, slice.limit.raw == 0 || slice.side.sign * (slice.limit.raw - price.raw) >= 0 else {
            return
        }
        routed.append(
            RoutedChild(
                venue: Venue(id: 0),
                quantity: slice.quantity,
                price: price,
                timeInForce: slice.resting == nil ? .immediateOrCancel : .day
            )
        )
    }
}
