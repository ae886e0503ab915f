// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

extension SmartRouter {
    /// Sends to dark venues what is likely enough to be there; what it could place.
    ///
    /// Where lit venues are swept too, a unit goes dark only when it is there with at least `darkFloor`, and only to venues whose
    /// all-in midpoint is better than the best all-in price on the lit side. A dark order alone takes any chance.
    mutating func planDark(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ history: borrowing RouteHistory,
        _ wanted: Int64,
        at now: Timestamp,
        into plan: inout RoutePlan
    ) -> Int64 {
        let quote = view.best
        let sign = request.side.sign
        // Without a two-sided quote there is no midpoint, and a locked or crossed one says that the quotes are not good.
        guard quote.isTwoSided, quote.bidPrice < quote.askPrice else { return 0 }
        let mid = sign * quote.mid.raw
        guard mid <= sign * request.limit.raw else {
            for place in 0..<view.count where view.venues[place].sort == .dark { plan.verdicts[place] = .beyondLimit }
            return 0
        }
        let isBesideSweep = request.style.contains(.take)
        let litKey = isBesideSweep ? bestAllIn(request.side, view) : .max
        var open: UInt16 = 0
        for place in 0..<view.count where view.venues[place].sort == .dark {
            let venue = view.venues[place]
            let fee = settings.usesFees ? venue.takerFee.raw : 0
            plan.verdicts[place] =
                !venue.isOpen
                ? .closed
                : history.isBarred(place, at: now)
                    ? .barred
                    : isMissed(place, history, now)
                        ? .faded : .unlikely
            guard plan.verdicts[place] == .unlikely, mid + fee < litKey else { continue }
            open |= 1 << UInt16(place)
        }
        guard open != 0 else { return 0 }
        let units = Int(min(wanted / dark.unit.raw, Int64(Int32.max)))
        let floor = isBesideSweep ? settings.darkFloor : 0
        var given = dark.allocate(splits.isEnabled ? 0 : units, request.instrument, isOpen: open, floor: floor)
        if splits.isEnabled {
            given = splits.divide(min(units, dark.venues * dark.units), request.instrument, isOpen: open)
            splits.begin(request.instrument, given)
        }
        // It trades at the midpoint of its moment: the limit is where that would be no better than a lit price.
        let far = sign * (request.side == .buy ? quote.askPrice : quote.bidPrice).raw
        let limit = Price(raw: sign * min(far, sign * request.limit.raw))
        var placed: Int64 = 0
        for place in 0..<min(view.count, dark.venues) where given[place] > 0 {
            let quantity = Int64(given[place]) * dark.unit.raw
            var slice = RouteSlice(
                place: place,
                reason: .dark,
                timeInForce: .immediateOrCancel,
                quantity: Quantity(raw: quantity),
                price: limit
            )
            let fee = settings.usesFees ? view.venues[place].takerFee.raw : 0
            slice.value = Money(raw: Int128(sign) * Int128(mid + fee) * Int128(quantity))
            slice.weight =
                splits.isEnabled
                ? splits.share(request.instrument, place) : dark.tail(request.instrument, place, given[place])
            plan.append(slice)
            placed += quantity
        }
        return placed
    }

    /// A dark venue shows nothing that could change: what was not there is not asked for again for a while.
    private func isMissed(_ place: Int, _ history: borrowing RouteHistory, _ now: Timestamp) -> Bool {
        let since = Timestamp(nanoseconds: now.nanoseconds - RouteHistory.firstPause)
        return history.missedPrice(place, updated: since) != nil
    }

    /// The best key with its fee over the lit venues that may be taken from.
    private func bestAllIn(_ side: Side, _ view: borrowing RoutingView) -> Int64 {
        var best = Int64.max
        for place in 0..<scratch.count where scratch.lanes[place].mayTake {
            let level = view.level(place, side.opposite, scratch.lanes[place].first)
            best = min(best, side.sign * level.price.raw + scratch.lanes[place].fee)
        }
        return best
    }
}
