// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Watches an engine for one order and keeps its whole story.
///
/// ```swift
/// engine.observer.willApply(event, sequence: number)   // before each event
/// engine.apply(event)
/// let story = engine.observer.explanation(names: directory, midnight: midnight)
/// ```
/// It changes nothing in the engine: the run it watches has the same hash as without it.
public struct ExplanationRecorder: EngineObserver, ~Copyable {
    public static var keepsAccounts: Bool { true }

    /// What is known at the decision.
    private struct Decision {
        var order: NewOrder
        var cause: Event
        var sequence: UInt64
        var time: Timestamp
        var books: [ExplainedBook]
        var signals: [SignalValue]
        var reason: String
    }

    private let id: OrderID
    private let route: ExplainedRoute
    private let venues: [String]
    private let depth: Int
    private var event = Event(kind: .none)
    private var sequence: UInt64 = 0
    private var decision: Decision?
    private var checks: [RiskCheck] = []
    private var arrivalMid: Price?
    private var travelling: NewOrder?
    private var refusal: RiskRefusal?
    private var sentAt: Timestamp?
    private var endedAt: Timestamp?
    private var life: [LifeStep] = []
    private var state = OrderState.none
    private var leaves = Quantity.zero

    /// - Parameters:
    ///   - order: the number of the order to explain.
    ///   - route: where a run with one venue sends its orders.
    ///   - venues: of a run with several their names, by place.
    ///   - depth: levels of each side that are kept of a book.
    public init(order: OrderID, route: ExplainedRoute, venues: [String] = [], depth: Int = 5) {
        id = order
        self.route = route
        self.venues = venues
        self.depth = max(depth, 1)
    }

    /// The engine is about to apply `event`, number `sequence` of the journal.
    public mutating func willApply(_ event: Event, sequence: UInt64) {
        self.event = event
        self.sequence = sequence
    }

    /// Whether the order has been asked for.
    public var isFound: Bool { decision != nil }

    /// Whether the order has ended; the venue may still report on it.
    public var isEnded: Bool { refusal != nil || endedAt != nil }

    // MARK: What the engine tells

    public mutating func decided<Trader: Strategy & ~Copyable>(
        _ order: NewOrder,
        by strategy: borrowing Trader,
        _ market: borrowing MarketState
    ) {
        guard order.id == id, decision == nil else { return }
        var books: [ExplainedBook] = []
        for instrument in strategy.instruments(of: order) { books.append(book(instrument, order.venue, market)) }
        decision = Decision(
            order: order,
            cause: event,
            sequence: sequence,
            time: market.now,
            books: books,
            signals: strategy.signals(for: order, market),
            reason: strategy.reason(for: order, market)
        )
    }

    /// The book of the venue that the order goes to.
    private func book(_ instrument: Instrument, _ venue: Venue, _ market: borrowing MarketState) -> ExplainedBook {
        func levels(_ side: Side, _ books: borrowing BookSet) -> [Level] {
            var levels: [Level] = []
            for place in 0..<depth {
                guard let level = books.level(instrument, side, place) else { break }
                levels.append(level)
            }
            return levels
        }
        return ExplainedBook(
            instrument: instrument,
            bids: levels(.buy, market[venue]),
            asks: levels(.sell, market[venue]),
            tradingState: market.tradingState(instrument),
            lastUpdate: market[venue].lastUpdate(instrument)
        )
    }

    public mutating func considered(_ order: NewOrder, _ quote: Quote, _ market: borrowing MarketState) {
        guard order.id == id, checks.isEmpty else { return }
        checks = market.risk.trace(order, market: market.snapshot(order.instrument, quote, at: order.venue))
        if quote.isTwoSided { arrivalMid = quote.mid }
    }

    public mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {
        guard order.id == id, sentAt == nil else { return }
        travelling = order
        sentAt = time
        leaves = order.quantity
        var words = "sent to \(route(of: order).venue)"
        if order.type == .market { words += ", bound to \(order.price)" }
        add(.sent, time, words, to: .pendingNew, price: order.price)
    }

    /// Where an order goes, and whose choice that was.
    private func route(of order: NewOrder) -> ExplainedRoute {
        guard venues.count > 1 else { return route }
        // Who names no venue means the first.
        let place = max(Int(order.venue.id), 1) - 1
        let name = venues.indices.contains(place) ? venues[place] : "venue \(place + 1)"
        let why = ExecutionDesk.isOwn(order.tag) ? "'helios route explain' tells why" : "its strategy named it"
        return ExplainedRoute(venue: name, reason: why)
    }

    public mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {
        guard order.id == id, self.refusal == nil, sentAt == nil else { return }
        self.refusal = refusal
        if !checks.contains(where: { $0.verdict == .failed }) { checks.append(RiskCheck(refusal)) }
        let failed = checks.first { $0.verdict == .failed } ?? RiskCheck(refusal)
        add(
            .refused(refusal.control),
            time,
            "refused by " + LifeText.failure(failed),
            to: .rejected,
            order.quantity,
            price: order.price
        )
    }

    public mutating func cancelSent(_ id: OrderID, at time: Timestamp) {
        guard id == self.id else { return }
        add(.cancelSent, time, "cancel sent", to: .pendingCancel, price: travelling?.price ?? .zero)
    }

    public mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {
        guard update.orderID == id, decision != nil else { return }
        leaves = update.leavesQuantity
        add(
            .report(update.kind),
            update.time,
            LifeText.report(update, report),
            to: update.state,
            update.quantity,
            price: update.price,
            fee: fee,
            isMaker: update.kind == .filled ? update.isMaker : nil,
            venueTime: report.eventTime
        )
        if update.isFinal, endedAt == nil { endedAt = update.time }
    }

    private mutating func add(
        _ kind: LifeStep.Kind,
        _ time: Timestamp,
        _ description: String,
        to after: OrderState,
        _ quantity: Quantity = .zero,
        price: Price,
        fee: Money = .zero,
        isMaker: Bool? = nil,
        venueTime: Timestamp? = nil
    ) {
        life.append(
            LifeStep(
                kind: kind,
                sequence: sequence,
                time: time,
                venueTime: venueTime,
                description: description,
                before: state,
                after: after,
                quantity: quantity,
                price: price,
                leaves: leaves,
                fee: fee,
                isMaker: isMaker,
                sinceSent: sentAt.map { time - $0 }
            )
        )
        state = after
    }

    // MARK: The story

    /// The story as far as it is known, with the instruments' `names`, and `midnight` where times of day count from; nil
    /// when the order was never asked for.
    ///
    /// `labels` names the strategies and their groups, in the order of the configuration; without them they are numbers.
    /// `policy` names the scopes of the checks.
    public func explanation(
        names: InstrumentDirectory,
        midnight: Timestamp,
        labels: [StrategyLabel] = [],
        policy: RiskPolicy? = nil
    ) -> OrderExplanation? {
        guard let decision else { return nil }
        let tag = decision.order.tag
        let label = tag.strategy < labels.count ? labels[Int(tag.strategy)] : nil
        let cause = ExplainedEvent(
            event: decision.cause,
            sequence: decision.sequence,
            description: EventText.words(decision.cause, names)
        )
        return OrderExplanation(
            order: decision.order,
            strategy: label?.name,
            group: label.flatMap { tag.group < $0.groups.count ? $0.groups[Int(tag.group)] : nil },
            travelling: travelling,
            cause: cause,
            decided: decision.time,
            books: decision.books,
            signals: decision.signals,
            reason: decision.reason,
            checks: checks,
            refusal: refusal,
            route: route(of: decision.order),
            life: life,
            outcome: outcome(decision.order.side),
            names: names,
            midnight: midnight,
            policy: policy
        )
    }

    private func outcome(_ side: Side) -> OrderOutcome {
        var (filled, value, fees) = (Quantity.zero, Int128(0), Money.zero)
        for step in life where step.kind == .report(.filled) {
            filled += step.quantity
            value += Money(step.price, times: step.quantity).raw
            fees += step.fee
        }
        var outcome = OrderOutcome(state: state, filled: filled, arrivalMid: arrivalMid, fees: fees)
        if let sentAt, let endedAt { outcome.duration = endedAt - sentAt }
        guard filled.raw > 0 else { return outcome }
        let half = Int128(filled.raw) / 2
        outcome.averagePrice = Int64(exactly: (value + (value < 0 ? -half : half)) / Int128(filled.raw)).map(Price.init)
        guard let arrivalMid, arrivalMid.raw > 0 else { return outcome }
        let arrival = Money(arrivalMid, times: filled)
        let slippage = Money(raw: (value - arrival.raw) * Int128(side.sign))
        outcome.slippage = slippage
        outcome.slippageBasisPoints = slippage.value / arrival.value * 10_000
        return outcome
    }
}
