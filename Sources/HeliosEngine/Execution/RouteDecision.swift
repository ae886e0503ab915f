// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosStrategy

/// One decision of the desk's router: what it saw, what it knew, what it came to.
///
/// Made only where an observer follows routes (`EngineObserver.followsRoutes`); it allocates.
public struct RouteDecision: Sendable {
    /// A child of the decision.
    public struct Child: Sendable {
        public var slice: RouteSlice
        /// The number of its order; 0 where the desk had no place for it.
        public var order: OrderID = 0
    }

    public var time: Timestamp
    /// The parent as it stood before the children.
    public var parent: ParentUpdate
    public var policy: RoutingPolicy
    public var request: RouteRequest
    /// The venues with their levels.
    public var view: RoutingView
    /// By place.
    public var verdicts: [RouteVerdict]
    /// By place: it has refused an order of this parent a short time ago.
    public var barred: [Bool]
    public var scores: [VenueScore]
    /// By place: hidden shares expected for each displayed one.
    public var hidden: [Double]
    /// P(available ≥ s units) by place, from s = 0 to the last that is not 0; empty for a lit venue.
    public var tails: [[Double]]
    /// By place: a dark venue's share of what goes dark, where they are divided by shares; else empty.
    public var darkShares: [Double]
    /// The unit in which dark venues are asked.
    public var darkUnit: Quantity
    /// The most of it that a dark venue is sent at once.
    public var darkUnits: Int
    /// In the order in which they go out.
    public var children: [Child]
    /// What found no place.
    public var unrouted: Quantity
}

extension ExecutionDesk {
    /// Notes the router's last decision, for who follows routes.
    mutating func note(_ place: Int, at time: Timestamp) {
        guard router.isEnabled, let request = router.request else { return }
        let decision = router.decision(request, parents[place].update(at: time), place: place, at: time)
        decisions.append(decision)
    }

    /// A child of the decision noted last has become an order.
    mutating func noteChild(_ index: Int, _ order: OrderID) {
        guard let last = decisions.indices.last, decisions[last].children.indices.contains(index) else { return }
        decisions[last].children[index].order = order
    }
}

extension DeskRouter {
    fileprivate func decision(
        _ request: RouteRequest,
        _ parent: ParentUpdate,
        place owner: Int,
        at time: Timestamp
    ) -> RouteDecision {
        let isPlanned = settings.policy == .smart || settings.policy == .price
        let used = Set(slices.map(\.place))
        let places = 0..<view.count
        let routed = slices.reduce(Quantity.zero) { $0 + $1.quantity }
        return RouteDecision(
            time: time,
            parent: parent,
            policy: settings.policy,
            request: request,
            view: view,
            // The plain policies keep no verdicts.
            verdicts: places.map { place in
                if isPlanned { return plan.verdict(place) }
                return used.contains(place) ? .used : view.venues[place].isOpen ? .idle : .closed
            },
            barred: places.map { isBarred($0, parent: owner, at: time) },
            scores: places.map { router.scores[$0] },
            hidden: places.map { view.venues[$0].sort == .lit ? router.hidden.share(request.instrument, $0) : 0 },
            tails: places.map { place in
                guard view.venues[place].sort == .dark, place < router.dark.venues else { return [] }
                let all = (0...router.dark.units).map { router.dark.tail(request.instrument, place, $0) }
                return Array(all.prefix(while: { $0 > 0 }))
            },
            darkShares: router.splits.isEnabled ? places.map { router.splits.share(request.instrument, $0) } : [],
            darkUnit: router.dark.unit,
            darkUnits: router.dark.units,
            children: slices.map { RouteDecision.Child(slice: $0) },
            unrouted: isPlanned ? plan.unrouted : max(request.available - routed, .zero)
        )
    }
}
