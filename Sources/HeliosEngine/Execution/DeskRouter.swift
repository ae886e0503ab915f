// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosStrategy

/// Where the desk's children go in a session of several venues: what the router sees, what it decides, what it learns.
///
/// ```
///  books of the venues ─► view ─► SmartRouter ─► plan ─► children ─► gate ─► venues
///                                     ▲                                        │
///                                     └── took, rested ◄── reports ◄───────────┤
///                                     └── marked ◄── TransactionCosts ◄────────┘
/// ```
public struct DeskRouter: Sendable {
    public let settings: RoutingSettings
    public private(set) var router: SmartRouter
    /// Marks fills, for what they say of venues.
    private var costs: TransactionCosts
    /// What the last decision saw and came to; overwritten by the next.
    public private(set) var view: RoutingView
    public private(set) var plan = RoutePlan()
    public private(set) var request: RouteRequest?
    /// The children of the last decision.
    public private(set) var slices: [RouteSlice] = []
    /// What parents have lived through at each venue, by the desk's place for a parent.
    private var histories: [RouteHistory]
    /// The best of all venues at the report that is being taken.
    private var seen = Quote.empty

    /// - Parameters:
    ///   - settings: how children are divided, and the venues.
    ///   - instruments: how many have a place.
    ///   - parents: how many the desk has places for.
    public init(_ settings: RoutingSettings, instruments: Int, parents: Int) {
        self.settings = settings
        let count = min(settings.venues.count, RoutingView.maximumVenues)
        var plain = settings.router
        if settings.policy == .price {
            plain.usesFees = false
            plain.usesDark = false
            plain.usesHidden = false
            plain.usesScores = false
        }
        let hasDark = settings.venues.contains { $0.sort == .dark } && plain.usesDark
        router = SmartRouter(
            settings: plain,
            scores: VenueScores(memory: settings.memory),
            dark: DarkAllocation(
                venues: hasDark ? count : 0,
                instruments: hasDark ? max(instruments, 1) : 1,
                units: settings.darkUnits,
                unit: settings.darkUnit
            ),
            splits: hasDark && settings.dark == .gradient
                ? DarkSplits(worth: settings.venues.prefix(count).map(\.darkWorth), instruments: instruments)
                : DarkSplits(),
            hidden: HiddenLiquidity(venues: count > 1 ? count : 0, instruments: count > 1 ? instruments : 1)
        )
        costs = TransactionCosts(instruments: count > 1 ? instruments : 0, parents: count > 1 ? 4_096 : 1)
        histories = Array(repeating: RouteHistory(), count: count > 1 ? parents : 0)
        view = RoutingView(count: count)
        slices.reserveCapacity(RoutePlan.capacity)
        for (place, facts) in settings.venues.prefix(count).enumerated() {
            view.venues[place].sort = facts.sort
            view.venues[place].takerFee = facts.takerFee
            view.venues[place].makerFee = facts.makerFee
            view.venues[place].latency = facts.latency
        }
    }

    /// Whether there is a choice of venues.
    public var isEnabled: Bool { settings.venues.count > 1 }

    /// Whether it goes elsewhere after a child that found nothing.
    var avoidsMisses: Bool { isEnabled && (settings.policy == .smart || settings.policy == .price) }

    /// Whether a venue is one that it routes to; a dealer is not.
    func knows(_ venue: Venue) -> Bool { venue.place < view.count }

    /// Whether a venue is a dark one.
    func isDark(_ venue: Venue) -> Bool {
        settings.venues.indices.contains(venue.place) && settings.venues[venue.place].sort == .dark
    }

    // MARK: Deciding

    /// Divides a request among the venues as they are now; `slices` has its children afterwards, in the order in which they go out.
    ///
    /// - Parameters:
    ///   - request: what to trade.
    ///   - parent: the desk's place for the parent.
    ///   - strategy: whose it is.
    ///   - market: books and venues.
    mutating func route(
        _ request: RouteRequest,
        parent: Int,
        of strategy: UInt16,
        _ market: borrowing MarketState
    ) {
        look(request.instrument, request.side, strategy, market)
        self.request = request
        slices.removeAll(keepingCapacity: true)
        switch settings.policy {
        case .smart, .price:
            router.route(request, view, histories[parent], at: market.now, into: &plan)
            for index in 0..<plan.count { slices.append(plan[index]) }
        case .single:
            guard settings.home < view.count, view.venues[settings.home].isOpen else { return }
            addPlain(request, settings.home, request.available)
        case .split: split(request)
        }
    }

    /// A child as the plain policies send it: up to the limit, or where the request wants to rest.
    private mutating func addPlain(_ request: RouteRequest, _ place: Int, _ quantity: Quantity) {
        let takes = request.style.contains(.take)
        let wanted = takes ? request.limit : request.restPrice ?? request.limit
        guard quantity.raw > 0, wanted.raw > 0 else { return }
        slices.append(
            RouteSlice(
                place: place,
                reason: takes ? .cheapest : .rest,
                timeInForce: takes ? .immediateOrCancel : .day,
                quantity: quantity,
                price: wanted
            )
        )
    }

    private mutating func split(_ request: RouteRequest) {
        var open = 0
        for place in 0..<view.count where isOpen(place) { open += 1 }
        guard open > 0 else { return }
        let lot = max(request.lot.raw, 1)
        var rest = request.available.raw
        let part = max(rest / Int64(open) / lot * lot, min(lot, rest))
        for place in 0..<view.count where isOpen(place) && rest > 0 {
            open -= 1
            let quantity = open == 0 ? rest : min(part, rest)
            rest -= quantity
            addPlain(request, place, Quantity(raw: quantity))
        }
    }

    private func isOpen(_ place: Int) -> Bool { view.venues[place].sort == .lit && view.venues[place].isOpen }

    /// Whether a venue has refused an order of a parent a short time ago.
    func isBarred(_ place: Int, parent: Int, at time: Timestamp) -> Bool {
        histories.indices.contains(parent) && histories[parent].isBarred(place, at: time)
    }

    // MARK: Learning

    /// Another parent takes the place.
    mutating func begin(parent: Int) { if histories.indices.contains(parent) { histories[parent].clear() } }

    /// A venue's tape shows a trade, which says how much stands hidden there.
    mutating func taped(_ event: Event) {
        switch event.kind {
        case .executeOrder, .executeOrderAtPrice, .trade:
            let isHidden = event.kind == .trade
            router.hidden.traded(event.instrument, event.venue.place, event.quantity, isHidden: isHidden)
        default: break
        }
    }

    /// A child was refused by its venue.
    mutating func refused(parent: Int, _ place: Int, at time: Timestamp) {
        if histories.indices.contains(parent) { histories[parent].refused(place, at: time) }
    }

    /// A child has ended.
    mutating func ended(_ child: RoutedFate, of instrument: Instrument, parent: Int, at time: Timestamp) {
        if histories.indices.contains(parent), !child.rested {
            if child.filled < child.sent {
                histories[parent].missed(child.place, at: child.price, time)
            } else {
                histories[parent].filled(child.place)
            }
        }
        if settings.venues.indices.contains(child.place), settings.venues[child.place].sort == .dark {
            router.tookDark(instrument, child.place, sent: child.sent, filled: child.filled)
        } else if child.rested {
            router.rested(child.place, sent: child.sent, filled: child.filled)
        } else {
            router.took(child.place, sent: child.sent, filled: child.filled, displayed: child.displayed)
            learnMiss(child)
        }
    }

    /// What was displayed and gone: the next share costs what is the best now.
    private mutating func learnMiss(_ child: RoutedFate) {
        let far = seen.price(child.side.opposite)
        let gone = min(child.displayed, child.sent) - child.filled
        guard gone.raw > 0, far.raw > 0, child.price.raw > 0 else { return }
        router.missed(gone, dearer: Price(raw: child.side.sign * (far.raw - child.price.raw)))
    }
}

/// What became of a child, for who learns from it.
struct RoutedFate: Sendable {
    var place: Int
    var side: Side
    var sent: Quantity
    var filled: Quantity
    /// What of it was displayed when it was sent.
    var displayed: Quantity
    /// Its limit.
    var price: Price
    /// It rested in a book.
    var rested: Bool
}

extension DeskRouter {
    /// Reads the books of every venue; one that is silent, out, held, or does not trade the instrument takes no orders.
    ///
    /// What a held venue displays is nobody's to trade: it is passed over, as rule 611(b)(1) of Regulation NMS allows.
    /// One that the gate has stopped takes no orders either, but what it displays stays protected: our own halt is no reason to trade
    /// through it.
    mutating func look(_ instrument: Instrument, _ side: Side, _ strategy: UInt16, _ market: borrowing MarketState) {
        let counted = market.countedVenues
        let held = market.heldVenues
        for place in 0..<view.count {
            let venue = Venue(id: UInt16(truncatingIfNeeded: place + 1))
            guard view.venues[place].sort == .lit else {
                view.venues[place].isOpen =
                    !held.contains(place) && !market.risk.isStopped(strategy: strategy, at: venue)
                    && market.tradingState(instrument) == .trading && market.phase == .regular
                continue
            }
            let isHeard = counted.contains(place) && !held.contains(place)
            view.venues[place].isProtected = isHeard
            view.venues[place].isOpen =
                isHeard && !market.risk.isStopped(strategy: strategy, at: venue)
                && market[venue].tradingState(instrument) == .trading && market[venue].phase == .regular
            if isHeard { view.read(place, market[venue], instrument) } else { view.clear(place) }
            let far = side.opposite
            let displayed = view.venues[place].count(far) > 0 ? view.level(place, far, 0).quantity : .zero
            view.venues[place].hidden = router.hidden.expected(instrument, place, behind: displayed)
        }
    }
}

// MARK: - Marks, which the router learns from
extension DeskRouter {
    /// When the next mid is due that a fill waits for; `.never` when none is.
    public var nextDue: Timestamp { costs.nextDue }

    /// An order of ours has left.
    mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) { costs.send(order, quote, at: time) }

    /// A parent has ended: its place among those whose costs are followed is free once its last child has ended too.
    ///
    /// What is left undone is charged nowhere here: the router learns from fills.
    mutating func closed(_ tag: OrderTag) {
        if isEnabled { costs.close(parent: tag.group, strategy: tag.strategy, .empty) }
    }

    /// Something became of an order of ours.
    mutating func observed(_ update: OrderUpdate, fee: Money, _ quote: Quote, at time: Timestamp) {
        seen = quote
        switch update.kind {
        case .filled:
            costs.fill(
                update.orderID,
                execution: update.executionID,
                update.quantity,
                update.price,
                fee: fee,
                isMaker: update.isMaker,
                isFinal: update.isFinal,
                quote,
                at: time
            )
        case .broken: costs.takeBack(update.orderID, execution: update.executionID, fee: fee)
        case .cancelled, .rejected, .refusedByRisk:
            if update.isFinal { costs.end(update.orderID, isRejected: update.kind != .cancelled, quote) }
        default: break
        }
    }

    /// Takes the mids that fills have waited for until `time`, and what they say of venues.
    mutating func mark(before time: Timestamp, _ market: borrowing MarketState) {
        while let due = costs.due(before: time) { costs.mark(due, market.quote(due.instrument)) }
        costs.takeScores { router.marked($0.place, $0.markout, $0.quantity, isMaker: $0.isMaker) }
    }
}

// MARK: - State
extension DeskRouter {
    /// Appends what it has learnt.
    func save(to writer: inout StateWriter) {
        writer.mark("router")
        writer.write(settings.venues.count)
        router.save(to: &writer)
        costs.save(to: &writer)
        for history in histories { history.save(to: &writer) }
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("router")
        try reader.match(settings.venues.count, "venues of the router")
        try router.restore(from: &reader)
        try costs.restore(from: &reader)
        for place in histories.indices { try histories[place].restore(from: &reader) }
    }
}
