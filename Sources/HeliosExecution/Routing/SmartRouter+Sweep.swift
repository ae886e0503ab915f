// SPDX-License-Identifier: MIT
import HeliosMarket

extension SmartRouter {
    /// Looks at all venues for an order on `side`, which takes from the other.
    mutating func fillLanes(
        _ side: Side,
        _ view: borrowing RoutingView,
        _ history: borrowing RouteHistory,
        at now: Timestamp
    ) {
        scratch.count = view.count
        let missCost = settings.missCost.map { Double($0.raw) } ?? scores.missCost
        for place in 0..<view.count {
            var lane = SweepLane()
            if view.venues[place].sort == .lit {
                lane.read(view, place, side, history, at: now)
                if settings.usesHidden { lane.hidden = max(view.venues[place].hidden.raw, 0) }
                if settings.usesFees { lane.fee = view.venues[place].takerFee.raw }
                if settings.usesScores {
                    let score = scores[place]
                    lane.rank = score.rank
                    // Rounded toward zero; the product of a share and a price is far within 64 bits.
                    lane.penalty = Int64(min(max(score.fade, 0), 1) * min(missCost, 0x1p60))
                }
            }
            scratch.lanes[place] = lane
        }
    }

    /// Takes up to `wanted` within the limit; what it could place.
    mutating func planSweep(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ wanted: Int64,
        into plan: inout RoutePlan
    ) -> Int64 {
        let limit = request.side.sign * request.limit.raw
        scratch.trial.begin(wanted, scratch.count)
        takeCheapest(request, view, upTo: limit)
        swap(&scratch.trial, &scratch.cheapest)
        let isAllowed = !tradesThrough(request, scratch.cheapest)
        if !isAllowed { planProtected(request, view, wanted, limit) }
        let rest = isAllowed ? scratch.cheapest.rest : scratch.best.rest
        if isAllowed {
            appendSlices(request, scratch.cheapest, &plan)
        } else {
            appendSlices(request, scratch.best, &plan)
        }
        for place in 0..<scratch.count {
            if view.venues[place].sort == .dark || plan.verdict(place) == .used { continue }
            plan.verdicts[place] = verdict(request.side, view, place, limit, rest: rest)
        }
        return wanted - rest
    }

    /// The cheapest sweep that trades through nothing.
    ///
    /// What the worst price taken is decides which protected quotes have to be taken, so that each of their prices is tried as a
    /// ceiling, and the limit: with everything better forced in, the cheapest of the rest completes the best plan under it.
    private mutating func planProtected(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ wanted: Int64,
        _ limit: Int64
    ) {
        var ceiling = limit
        // Nothing may be taken beyond a protected quote that we can't take.
        for place in 0..<scratch.count where !scratch.lanes[place].mayTake {
            ceiling = min(ceiling, scratch.lanes[place].protectedKey)
        }
        sweep(request, view, wanted, upTo: ceiling)
        swap(&scratch.trial, &scratch.best)
        for place in 0..<scratch.count where scratch.lanes[place].protectedKey < ceiling {
            sweep(request, view, wanted, upTo: scratch.lanes[place].protectedKey)
            if scratch.trial.isBetter(than: scratch.best) { swap(&scratch.trial, &scratch.best) }
        }
    }

    /// Takes every protected quote that is better than `ceiling`, the best first, then the cheapest up to it: the trial.
    private mutating func sweep(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ wanted: Int64,
        upTo ceiling: Int64
    ) {
        scratch.trial.begin(wanted, scratch.count)
        while scratch.trial.rest > 0, let place = nextProtected(below: ceiling) {
            let lane = scratch.lanes[place]
            let quantity = rounded(lane.protectedQuantity, of: scratch.trial.rest, request.lot)
            // Marked even where it is less than a lot, which is not protected.
            scratch.trial.takes[place].forced = max(quantity, 1)
            if quantity == 0 { continue }
            scratch.trial.take(place, quantity, lane.protectedKey, fee: lane.fee, penalty: lane.penalty)
            scratch.trial.takes[place].displayed += quantity
            scratch.trial.takes[place].ofBest += quantity
        }
        takeCheapest(request, view, upTo: ceiling)
    }

    /// The best protected quote below `ceiling` that the trial has not taken; of equals the cheapest.
    private func nextProtected(below ceiling: Int64) -> Int? {
        var best: Int?
        for place in 0..<scratch.count where scratch.lanes[place].mayTake {
            let lane = scratch.lanes[place]
            guard scratch.trial.takes[place].forced == 0, lane.protectedKey < ceiling else { continue }
            guard let other = best.map({ scratch.lanes[$0] }) else {
                best = place
                continue
            }
            let isAsGood = lane.protectedKey == other.protectedKey
            let isCheaper = lane.fee + lane.penalty < other.fee + other.penalty
            if lane.protectedKey < other.protectedKey || (isAsGood && isCheaper) { best = place }
        }
        return best
    }

    /// Takes levels in the order of all-in price, then rank, then place, up to a key; what is hidden behind a level after everything
    /// that is displayed at the same all-in price.
    private mutating func takeCheapest(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        upTo ceiling: Int64
    ) {
        for place in 0..<scratch.count {
            scratch.heads[place] = SweepHead()
            guard scratch.lanes[place].mayTake else { continue }
            scratch.heads[place].depth = scratch.lanes[place].first - 1
            // Behind a level that is gone nothing is expected.
            scratch.heads[place].isHidden = scratch.lanes[place].first > 0
            advance(place, request.side, view, ceiling)
            if scratch.heads[place].depth == scratch.lanes[place].first, !scratch.heads[place].isHidden {
                scratch.heads[place].left -= scratch.trial.takes[place].ofBest
                scratch.heads[place].shown -= scratch.trial.takes[place].ofBest
            }
        }
        while scratch.trial.rest > 0, let place = nextCheapest() {
            let head = scratch.heads[place]
            let quantity = rounded(head.left, of: scratch.trial.rest, request.lot)
            if quantity > 0 {
                let lane = scratch.lanes[place]
                scratch.trial.take(place, quantity, head.key, fee: lane.fee, penalty: lane.penalty)
                let shown = min(quantity, head.shown)
                scratch.trial.takes[place].displayed += shown
                if head.depth == lane.first { scratch.trial.takes[place].ofBest += shown }
            }
            // What is left of the level is nothing, less than a lot, or more than is wanted.
            advance(place, request.side, view, ceiling)
        }
    }

    private func nextCheapest() -> Int? {
        var best = -1
        var allIn = Int64.max
        for place in 0..<scratch.count where scratch.heads[place].allIn <= allIn {
            let next = scratch.heads[place].allIn
            if next == .max { continue }
            if next == allIn, best >= 0, !isBefore(place, best) { continue }
            best = place
            allIn = next
        }
        return best >= 0 ? best : nil
    }

    /// Of two heads at the same all-in price: displayed before hidden, then the better known venue.
    private func isBefore(_ place: Int, _ other: Int) -> Bool {
        if scratch.heads[place].isHidden != scratch.heads[other].isHidden { return !scratch.heads[place].isHidden }
        return scratch.lanes[place].rank > scratch.lanes[other].rank
    }

    private mutating func advance(_ place: Int, _ side: Side, _ view: borrowing RoutingView, _ ceiling: Int64) {
        let lane = scratch.lanes[place]
        var head = scratch.heads[place]
        if head.depth == 0, !head.isHidden, lane.hidden > 0, head.allIn < .max {
            (head.isHidden, head.left, head.shown) = (true, lane.hidden, 0)
            scratch.heads[place] = head
            return
        }
        head.isHidden = false
        head.depth += 1
        head.allIn = .max
        if head.depth < lane.count {
            let level = view.level(place, side.opposite, head.depth)
            head.key = side.sign * level.price.raw
            if head.key <= ceiling {
                head.shown = level.quantity.raw
                head.left = level.quantity.raw
                head.allIn = head.key + lane.fee + lane.penalty
            }
        }
        scratch.heads[place] = head
    }

    /// What to take of `left`: all that is wanted, or as many lots as there are.
    func rounded(_ left: Int64, of wanted: Int64, _ lot: Quantity) -> Int64 {
        if left >= wanted { return wanted }
        return lot.raw > 1 ? left - left % lot.raw : left
    }

    /// Whether a sweep takes a price beyond a protected quote that it does not take in full.
    private func tradesThrough(_ request: RouteRequest, _ sweep: borrowing Sweep) -> Bool {
        for place in 0..<scratch.count where scratch.lanes[place].protectedKey < sweep.reach {
            guard scratch.lanes[place].mayTake else { return true }
            let lots = rounded(scratch.lanes[place].protectedQuantity, of: .max, request.lot)
            if sweep.takes[place].ofBest < lots { return true }
        }
        return false
    }
}

// MARK: - The plan
extension SmartRouter {
    /// A child for every venue that is taken from, the first that the sweep came to first.
    private func appendSlices(_ request: RouteRequest, _ sweep: borrowing Sweep, _ plan: inout RoutePlan) {
        let sign = request.side.sign
        for index in 0..<sweep.venues {
            let place = sweep.order[index]
            let take = sweep.takes[place]
            var slice = RouteSlice(
                place: place,
                reason: take.taken > scratch.cheapest.takes[place].taken ? .protected : .cheapest,
                timeInForce: .immediateOrCancel,
                quantity: Quantity(raw: take.taken),
                price: Price(raw: sign * take.worst)
            )
            slice.displayed = Quantity(raw: take.displayed)
            slice.value = Money(raw: Int128(sign) * take.value)
            for other in 0..<scratch.count where other != place {
                if scratch.lanes[other].protectedKey < take.worst { slice.isSweep = true }
            }
            plan.append(slice)
        }
    }

    private func verdict(
        _ side: Side,
        _ view: borrowing RoutingView,
        _ place: Int,
        _ limit: Int64,
        rest: Int64
    ) -> RouteVerdict {
        let lane = scratch.lanes[place]
        guard lane.mayTake else { return lane.verdict }
        let key = side.sign * view.level(place, side.opposite, lane.first).price.raw
        if key > limit { return .beyondLimit }
        // Nothing within the limit stays while more is wanted, unless something forbids it.
        return rest > 0 ? .tradesThrough : .dearer
    }
}
