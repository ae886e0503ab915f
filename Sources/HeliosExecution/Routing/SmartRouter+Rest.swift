// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

extension SmartRouter {
    /// Rests with all of `wanted` at the venue where that is worth the most; what it could place.
    ///
    /// Worth, in currency a share: the chance of a fill times what a fill saves,
    /// ```
    /// fill rate × flow / (flow + queue ahead + quantity)  ×  (all-in price of taking − price − fee − toxicity × price)
    /// ```
    /// each as for a buy. Where nobody has an opinion about the flow it counts as one such order.
    func planRest(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ history: borrowing RouteHistory,
        _ wanted: Int64,
        at now: Timestamp,
        into plan: inout RoutePlan
    ) -> Int64 {
        guard let price = restingPrice(request, view) else { return 0 }
        let quote = view.best
        let far = request.side == .buy ? quote.askPrice : quote.bidPrice
        let hasFar = (request.side == .buy ? quote.askQuantity : quote.bidQuantity).raw > 0
        var best = -1
        var worth = -Double.infinity
        var rank = -Double.infinity
        for place in 0..<view.count where view.venues[place].sort == .lit {
            guard view.venues[place].isOpen, !history.isBarred(place, at: now) else { continue }
            let saving = hasFar ? Double(request.side.sign * (far.raw - price.raw)) * 1e-8 : 0
            let value = worthOfResting(request.side, price, view, place, wanted, saving)
            let ownRank = settings.usesScores ? scores[place].rank : 0
            if value > worth || (value == worth && ownRank > rank) {
                best = place
                worth = value
                rank = ownRank
            }
        }
        guard best >= 0 else { return 0 }
        var slice = RouteSlice(
            place: best,
            reason: request.peg == nil ? .rest : .peg,
            timeInForce: .day,
            quantity: Quantity(raw: wanted),
            price: price
        )
        slice.weight = worth
        plan.append(slice)
        return wanted
    }

    private func worthOfResting(
        _ side: Side,
        _ price: Price,
        _ view: borrowing RoutingView,
        _ place: Int,
        _ quantity: Int64,
        _ saving: Double
    ) -> Double {
        let venue = view.venues[place]
        var queue: Int64 = 0
        for depth in 0..<venue.count(side) {
            let level = view.level(place, side, depth)
            // Everything at our price or better trades first.
            guard side.sign * (level.price.raw - price.raw) >= 0 else { break }
            queue += level.quantity.raw
        }
        let flow = Double(venue.flow.raw > 0 ? venue.flow.raw : quantity)
        var chance = flow / (flow + Double(queue) + Double(quantity))
        var gain = saving
        if settings.usesFees { gain += venue.takerFee.value - venue.makerFee.value }
        if settings.usesScores {
            let score = scores[place]
            chance *= score.restingFillRate
            gain -= score.restingToxicity * price.value
        }
        return chance * gain
    }

    /// The price to rest at: as asked for, within the limit, and short of locking or crossing a quote that stands; nil when there
    /// is none.
    func restingPrice(
        _ request: RouteRequest,
        _ view: borrowing RoutingView
    ) -> Price? {
        let sign = request.side.sign
        let tick = max(request.tick.raw, 1)
        var key = sign * (request.restPrice ?? request.limit).raw
        if let peg = request.peg {
            guard let reference = reference(peg, request.side, view.best) else { return nil }
            key = sign * reference.raw + peg.offset.raw
        }
        key = min(key, sign * request.limit.raw)
        for place in 0..<scratch.count {
            let lane = scratch.lanes[place]
            if lane.count == 0 || lane.verdict == .barred { continue }
            // What a sweep in the same plan takes is gone: only quotes that it can't take still stand within the limit.
            if request.style.contains(.take), lane.mayTake { continue }
            guard lane.mayTake || lane.protectedKey < .max else { continue }
            let best = sign * view.level(place, request.side.opposite, lane.mayTake ? lane.first : 0).price.raw
            key = min(key, best - 1)
        }
        // A buy is rounded down to a tick, a sell up: away from the other side in both.
        let over = key % tick
        key -= over < 0 ? over + tick : over
        let price = Price(raw: sign * key)
        return price.raw > 0 ? price : nil
    }

    /// The price that a peg follows; nil where that side of the market is empty.
    private func reference(_ peg: RoutePeg, _ side: Side, _ quote: Quote) -> Price? {
        switch peg.reference {
        case .primary: quote.quantity(side).raw > 0 ? quote.price(side) : nil
        case .market: quote.quantity(side.opposite).raw > 0 ? quote.price(side.opposite) : nil
        case .midpoint: quote.isTwoSided ? quote.mid : nil
        }
    }
}
