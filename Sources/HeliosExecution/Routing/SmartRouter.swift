// SPDX-License-Identifier: MIT
import HeliosMarket

/// How a router decides.
public struct RouterSettings: Sendable, BitwiseCopyable, Equatable {
    /// Compare prices with fees; without it, prices alone.
    public var usesFees = true
    /// Let what was learnt about venues decide between equal prices, and cost them what is likely to be gone.
    public var usesScores = true
    /// Ask for what is likely to be hidden behind the best displayed price, as soon as nothing displayed is as good.
    public var usesHidden = true
    /// Try dark venues where the request allows it.
    public var usesDark = true
    /// Let takers wait for the one with the longest way, so that all arrive together.
    public var equalisesLatency = true
    /// The longest such wait.
    public var longestDelay: Nanoseconds = 1_000_000
    /// What a displayed share that turns out to be gone costs: a venue's prices count worse by its fade times this; nil for
    /// what misses have cost so far.
    public var missCost: Price?
    /// Beside a lit sweep, a dark venue is sent no unit that is there with a lower probability.
    public var darkFloor = 0.25

    public init() {}
}

/// Divides a slice of an order among venues: dark ones at the midpoint, lit ones by all-in price, and the rest to rest.
///
/// ```swift
/// router.route(request, view, history, at: now, into: &plan)       // view, history and plan are kept and used again
/// for index in 0..<plan.count { send(plan[index]) }            // after its delay
/// …
/// router.took(child.place, sent: 500, filled: 300, displayed: 500)     // when it has ended
/// ```
/// A decision depends on its arguments and on what the router was told before, on nothing else; it allocates nothing. That it is
/// `mutating` is for the memory in which it is worked out.
///
/// Of the ways to take a quantity within the limit, the sweep is the cheapest that trades through no better protected quote: a
/// worse price is taken at one venue only when every better protected quote is taken in full by the same plan (Reg NMS rule
/// 611 (b)(5) and (6)). Resting prices neither lock nor cross a protected quote (rule 610 (d)).
public struct SmartRouter: Sendable {
    public var settings: RouterSettings
    public var scores: VenueScores
    public var dark: DarkAllocation
    /// Divides dark venues in place of `dark`, where it is enabled.
    public var splits: DarkSplits
    public var hidden: HiddenLiquidity
    var scratch = RouterScratch()

    public init(
        settings: RouterSettings = RouterSettings(),
        scores: VenueScores = VenueScores(),
        dark: DarkAllocation = DarkAllocation(venues: 0),
        splits: DarkSplits = DarkSplits(),
        hidden: HiddenLiquidity = HiddenLiquidity(venues: 0)
    ) {
        self.settings = settings
        self.scores = scores
        self.dark = dark
        self.splits = splits
        self.hidden = hidden
    }

    /// Divides what a request has available.
    ///
    /// - Parameters:
    ///   - request: what to trade.
    ///   - view: the venues as they are now.
    ///   - history: what the parent has lived through.
    ///   - now: the engine's time.
    ///   - plan: overwritten.
    public mutating func route(
        _ request: RouteRequest,
        _ view: borrowing RoutingView,
        _ history: borrowing RouteHistory,
        at now: Timestamp,
        into plan: inout RoutePlan
    ) {
        plan.begin()
        let available = request.available
        guard available.raw > 0, request.limit.raw > 0 else {
            plan.unrouted = available
            return
        }
        fillLanes(request.side, view, history, at: now)
        var rest = available.raw
        if request.style.contains(.dark), settings.usesDark {
            rest -= planDark(request, view, history, rest, at: now, into: &plan)
        }
        if request.style.contains(.take), rest > 0 {
            rest -= planSweep(request, view, rest, into: &plan)
        }
        if request.style.contains(.post), rest > 0 {
            rest -= planRest(request, view, history, rest, at: now, into: &plan)
        }
        plan.unrouted = Quantity(raw: rest)
        if settings.equalisesLatency { equalise(view, &plan) }
    }

    /// Lets the takers wait for the one with the longest way.
    private func equalise(_ view: borrowing RoutingView, _ plan: inout RoutePlan) {
        var longest: Nanoseconds = 0
        for index in 0..<plan.count where plan[index].timeInForce == .immediateOrCancel {
            longest = max(longest, view.venues[plan[index].place].latency)
        }
        for index in 0..<plan.count where plan[index].timeInForce == .immediateOrCancel {
            let ahead = longest - view.venues[plan[index].place].latency
            plan.delay(index, by: min(max(ahead, 0), settings.longestDelay))
        }
    }
}

// MARK: - Learning
extension SmartRouter {
    /// A child that took from a lit venue has ended.
    ///
    /// - Parameters:
    ///   - place: of its venue.
    ///   - sent: its quantity.
    ///   - filled: of it.
    ///   - displayed: the slice's `displayed`.
    public mutating func took(_ place: Int, sent: Quantity, filled: Quantity, displayed: Quantity) {
        // What was only hoped for and did not come does not speak against the venue.
        let firm = displayed.raw > 0 ? max(displayed, filled) : sent
        scores.took(place, sent: min(firm, sent), filled: filled, displayed: displayed)
        guard displayed.raw > 0, displayed < sent, filled >= displayed else { return }
        hidden.tried(place, asked: sent - displayed, came: filled - displayed)
    }

    /// Displayed shares of a child were gone on arrival; the best price that is left is `dearer` by so much.
    public mutating func missed(_ shares: Quantity, dearer: Price) { scores.missed(shares, dearer: dearer) }

    /// A child at a dark venue has ended.
    public mutating func tookDark(_ instrument: Instrument, _ place: Int, sent: Quantity, filled: Quantity) {
        scores.took(place, sent: sent, filled: filled, displayed: .zero)
        dark.observe(instrument, place, sent: sent, filled: filled)
        splits.ended(instrument, place, isWhole: filled >= sent)
    }

    /// A child that rested has ended.
    public mutating func rested(_ place: Int, sent: Quantity, filled: Quantity) {
        scores.rested(place, sent: sent, filled: filled)
    }

    /// A fill's markout after a second is known: as a share of the price, positive when the mid went our way.
    public mutating func marked(_ place: Int, _ markout: Double, _ quantity: Quantity, isMaker: Bool) {
        scores.marked(place, markout, quantity, isMaker: isMaker)
    }

    /// Appends everything it has learnt.
    public func save(to writer: inout StateWriter) {
        scores.save(to: &writer)
        dark.save(to: &writer)
        splits.save(to: &writer)
        hidden.save(to: &writer)
    }

    /// Takes over what was saved by a router with the same dark venues.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try scores.restore(from: &reader)
        try dark.restore(from: &reader)
        try splits.restore(from: &reader)
        try hidden.restore(from: &reader)
    }
}
