// SPDX-License-Identifier: MIT
import HeliosBook
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
}

extension ExecutionDesk {
    /// Where a slice goes: all of it to the first venue, as an order that rests or one that takes the best price.
    ///
    /// The one place that chooses venues. What does not trade comes back and is asked for again.
    static func route(_ slice: ChildSlice, _ market: borrowing MarketState, into children: inout [RoutedChild]) {
        let price = slice.resting ?? market.quote(slice.instrument).price(slice.side.opposite)
        guard price.raw > 0, slice.limit.raw == 0 || slice.side.sign * (slice.limit.raw - price.raw) >= 0 else {
            return
        }
        children.append(
            RoutedChild(
                venue: Venue(id: 0),
                quantity: slice.quantity,
                price: price,
                timeInForce: slice.resting == nil ? .immediateOrCancel : .day
            )
        )
    }
}
