// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a sweep takes, by place.
struct Sweep: BitwiseCopyable {
    /// Still wanted.
    var rest: Int64
    /// Taken in all, and of that displayed, displayed at the best price, and because it is protected.
    var taken = InlineArray<16, Int64>(repeating: 0)
    var displayed = InlineArray<16, Int64>(repeating: 0)
    var ofBest = InlineArray<16, Int64>(repeating: 0)
    var forced = InlineArray<16, Int64>(repeating: 0)
    /// The worst key taken at each venue.
    var worst = InlineArray<16, Int64>(repeating: .min)
    /// The worst key taken anywhere.
    var reach = Int64.min
    /// The venues in the order in which the sweep came to them.
    var order = InlineArray<16, Int>(repeating: 0)
    var venues = 0
    /// Keys and fees times quantities at each venue, and with what is likely to be gone, over all.
    var value = InlineArray<16, Int128>(repeating: 0)
    var weighed: Int128 = 0

    init(_ rest: Int64) { self.rest = rest }

    mutating func take(_ place: Int, _ quantity: Int64, _ key: Int64, _ lane: SweepLane) {
        rest -= quantity
        if taken[place] == 0 {
            order[venues] = place
            venues += 1
        }
        taken[place] += quantity
        worst[place] = max(worst[place], key)
        reach = max(reach, key)
        value[place] += Int128(key + lane.fee) * Int128(quantity)
        weighed += Int128(key + lane.fee + lane.penalty) * Int128(quantity)
    }
}

/// The best level of a venue that is left.
private struct SweepHead: BitwiseCopyable {
    var depth = 0
    /// Not taken yet at that level, and of that displayed.
    var left: Int64 = 0
    var shown: Int64 = 0
    var key: Int64 = .max
    /// The key with everything that counts; `.max` for a venue that has nothing left.
    var allIn: Int64 = .max
}

extension SmartRouter {
    /// Takes up to `wanted` within the limit; what it could place.
    func planSweep(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ lanes: inout SweepLanes,
        _ wanted: Int64,
        into plan: inout RoutePlan
    ) -> Int64 {
        let limit = request.side.sign * request.limit.raw
        var cheapest = Sweep(wanted)
        takeCheapest(request, view, lanes, upTo: limit, &cheapest)
        let isAllowed = !tradesThrough(request, lanes, cheapest)
        let sweep = isAllowed ? cheapest : planProtected(request, view, lanes, wanted, limit)
        appendSlices(request, lanes, sweep, cheapest, &plan)
        for place in 0..<lanes.count where view.venues[place].sort == .lit && plan.verdict(place) != .used {
            plan.verdicts[place] = verdict(request.side, view, lanes, place, limit, rest: sweep.rest)
        }
        return wanted - sweep.rest
    }

    /// The cheapest sweep that trades through nothing.
    ///
    /// What the worst price taken is decides which protected quotes have to be taken, so that each of their prices is tried as a
    /// ceiling, and the limit: with everything better forced in, the cheapest of the rest completes the best plan under it.
    private func planProtected(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ lanes: borrowing SweepLanes,
        _ wanted: Int64,
        _ limit: Int64
    ) -> Sweep {
        var ceiling = limit
        // Nothing may be taken beyond a protected quote that we can't take.
        for place in 0..<lanes.count where !lanes.lanes[place].mayTake {
            ceiling = min(ceiling, lanes.lanes[place].protectedKey)
        }
        var best = sweep(request, view, lanes, wanted, upTo: ceiling)
        for place in 0..<lanes.count where lanes.lanes[place].protectedKey < ceiling {
            let trial = sweep(request, view, lanes, wanted, upTo: lanes.lanes[place].protectedKey)
            if trial.rest < best.rest || (trial.rest == best.rest && trial.weighed < best.weighed) { best = trial }
        }
        return best
    }

    /// Takes every protected quote that is better than `ceiling`, the best first, then the cheapest up to it.
    private func sweep(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ lanes: borrowing SweepLanes,
        _ wanted: Int64,
        upTo ceiling: Int64
    ) -> Sweep {
        var sweep = Sweep(wanted)
        while sweep.rest > 0 {
            var place = -1
            for next in 0..<lanes.count where lanes.lanes[next].mayTake {
                guard sweep.forced[next] == 0, lanes.lanes[next].protectedKey < ceiling else { continue }
                guard place >= 0, !isBetter(lanes.lanes[next], than: lanes.lanes[place]) else {
                    place = next
                    continue
                }
            }
            guard place >= 0 else { break }
            let lane = lanes.lanes[place]
            let quantity = rounded(lane.protectedQuantity, of: sweep.rest, request.lot)
            // Marked even where it is less than a lot, which is not protected.
            sweep.forced[place] = max(quantity, 1)
            if quantity == 0 { continue }
            sweep.take(place, quantity, lane.protectedKey, lane)
            sweep.displayed[place] += quantity
            sweep.ofBest[place] += quantity
        }
        takeCheapest(request, view, lanes, upTo: ceiling, &sweep)
        return sweep
    }

    private func isBetter(_ lane: SweepLane, than other: SweepLane) -> Bool {
        if lane.protectedKey != other.protectedKey { return lane.protectedKey < other.protectedKey }
        return lane.fee + lane.penalty < other.fee + other.penalty
    }

    /// Takes levels in the order of all-in price, then rank, then place, up to a key.
    private func takeCheapest(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ lanes: borrowing SweepLanes,
        upTo ceiling: Int64,
        _ sweep: inout Sweep
    ) {
        var heads = InlineArray<16, SweepHead>(repeating: SweepHead())
        for place in 0..<lanes.count where lanes.lanes[place].mayTake {
            heads[place].depth = lanes.lanes[place].first - 1
            advance(&heads[place], request.side, view.venues[place], lanes.lanes[place], ceiling)
            if heads[place].depth == 0 {
                heads[place].left -= sweep.ofBest[place]
                heads[place].shown -= sweep.ofBest[place]
            }
        }
        while sweep.rest > 0 {
            var best = -1
            for place in 0..<lanes.count where heads[place].allIn < .max {
                guard best >= 0, heads[place].allIn >= heads[best].allIn else {
                    best = place
                    continue
                }
                let isEqual = heads[place].allIn == heads[best].allIn
                if isEqual, lanes.lanes[place].rank > lanes.lanes[best].rank { best = place }
            }
            guard best >= 0 else { break }
            let quantity = rounded(heads[best].left, of: sweep.rest, request.lot)
            if quantity > 0 {
                sweep.take(best, quantity, heads[best].key, lanes.lanes[best])
                let shown = min(quantity, heads[best].shown)
                sweep.displayed[best] += shown
                if heads[best].depth == 0 { sweep.ofBest[best] += shown }
            }
            // What is left of the level is nothing, less than a lot, or more than is wanted.
            advance(&heads[best], request.side, view.venues[best], lanes.lanes[best], ceiling)
        }
    }

    private func advance(
        _ head: inout SweepHead,
        _ side: Side,
        _ venue: borrowing RoutingVenue,
        _ lane: SweepLane,
        _ ceiling: Int64
    ) {
        head.depth += 1
        head.allIn = .max
        guard head.depth < lane.count else { return }
        let level = venue.level(side.opposite, head.depth)
        head.key = side.sign * level.price.raw
        guard head.key <= ceiling else { return }
        head.shown = level.quantity.raw
        head.left = level.quantity.raw + (head.depth == 0 ? lane.hidden : 0)
        head.allIn = head.key + lane.fee + lane.penalty
    }

    /// What to take of `left`: all that is wanted, or as many lots as there are.
    func rounded(_ left: Int64, of wanted: Int64, _ lot: Quantity) -> Int64 {
        if left >= wanted { return wanted }
        return lot.raw > 1 ? left - left % lot.raw : left
    }

    /// Whether a sweep takes a price beyond a protected quote that it does not take in full.
    private func tradesThrough(_ request: RouteRequest, _ lanes: borrowing SweepLanes, _ sweep: Sweep) -> Bool {
        for place in 0..<lanes.count where lanes.lanes[place].protectedKey < sweep.reach {
            guard lanes.lanes[place].mayTake else { return true }
            let lots = rounded(lanes.lanes[place].protectedQuantity, of: .max, request.lot)
            if sweep.ofBest[place] < lots { return true }
        }
        return false
    }
}

// MARK: - The plan
extension SmartRouter {
    /// A child for every venue that is taken from, the first that the sweep came to first.
    private func appendSlices(
        _ request: RouteRequest,
        _ lanes: borrowing SweepLanes,
        _ sweep: Sweep,
        _ cheapest: Sweep,
        _ plan: inout RoutePlan
    ) {
        let sign = request.side.sign
        for index in 0..<sweep.venues {
            let place = sweep.order[index]
            var slice = RouteSlice(
                place: place,
                reason: sweep.taken[place] > cheapest.taken[place] ? .protected : .cheapest,
                timeInForce: .immediateOrCancel,
                quantity: Quantity(raw: sweep.taken[place]),
                price: Price(raw: sign * sweep.worst[place])
            )
            slice.displayed = Quantity(raw: sweep.displayed[place])
            slice.value = Money(raw: Int128(sign) * sweep.value[place])
            for other in 0..<lanes.count where other != place {
                if lanes.lanes[other].protectedKey < sweep.worst[place] { slice.isSweep = true }
            }
            plan.append(slice)
        }
    }

    private func verdict(
        _ side: Side,
        _ view: borrowing RoutingView,
        _ lanes: borrowing SweepLanes,
        _ place: Int,
        _ limit: Int64,
        rest: Int64
    ) -> RouteVerdict {
        let lane = lanes.lanes[place]
        guard lane.mayTake else { return lane.verdict }
        let key = side.sign * view.venues[place].level(side.opposite, lane.first).price.raw
        if key > limit { return .beyondLimit }
        // Nothing within the limit stays while more is wanted, unless something forbids it.
        return rest > 0 ? .tradesThrough : .dearer
    }
}
