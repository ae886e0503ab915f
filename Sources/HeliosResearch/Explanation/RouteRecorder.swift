// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Watches an engine for the decision that sent one child order to its venue, or for the dealers' answers behind it.
///
/// It changes nothing in the engine: the run it watches has the same hash as without it.
public struct RouteRecorder: EngineObserver, ~Copyable {
    public static var followsRoutes: Bool { true }

    /// What became of a child.
    struct Fate {
        var filled = Quantity.zero
        var value = Money.zero
        var state = "not sent"
    }

    private let id: OrderID
    private var sequence: UInt64 = 0
    private var decision: RouteDecision?
    private var decidedAt: UInt64 = 0
    private var fates: [OrderID: Fate] = [:]
    private var comparisons: [(comparison: QuoteComparison, record: UInt64)] = []
    /// The order as it came to the gate; nil when it never did.
    public private(set) var order: NewOrder?

    /// - Parameter order: the number of the child, or of a parent that asks dealers: those begin at `Intents.firstParent`.
    public init(order: OrderID) { id = order }

    /// The engine is about to apply the journal's record `sequence`.
    public mutating func willApply(sequence: UInt64) { self.sequence = sequence }

    public mutating func routed(_ decision: RouteDecision) {
        guard self.decision == nil, decision.children.contains(where: { $0.order == id }) else { return }
        self.decision = decision
        decidedAt = sequence
        for child in decision.children where child.order != 0 { fates[child.order] = Fate() }
    }

    public mutating func compared(_ comparison: QuoteComparison) {
        guard comparison.order == id && id != 0 || OrderID(comparison.request.tag.group) == id else { return }
        comparisons.append((comparison, sequence))
        if comparison.order != 0 { fates[comparison.order] = Fate() }
    }

    public mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {
        if order.id == id { self.order = order }
        fates[order.id]?.state = "sent"
    }

    public mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {
        if order.id == id { self.order = order }
        fates[order.id]?.state = "refused by our own gate: \(refusal)"
    }

    public mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {
        guard fates[update.orderID] != nil else { return }
        switch update.kind {
        case .filled:
            fates[update.orderID]?.filled += update.quantity
            fates[update.orderID]?.value += Money(update.price, times: update.quantity)
        case .broken:
            fates[update.orderID]?.filled -= update.quantity
            fates[update.orderID]?.value -= Money(update.price, times: update.quantity)
        default: break
        }
        fates[update.orderID]?.state = "\(update.state)"
    }

    /// The requests for quotes behind the order, or all of the parent, for people and programs; empty where no dealer was asked.
    ///
    /// - Parameters:
    ///   - names: of the instruments.
    ///   - venues: names of the venues and dealers, by place.
    ///   - midnight: where times of day count from.
    /// - Returns: the dealers' answers beside each other, and what was taken.
    public func requests(
        names: InstrumentDirectory,
        venues: [String],
        midnight: Timestamp
    ) -> [QuoteExplanation] {
        comparisons.map { comparison, record in
            var story = QuoteExplanation(comparison, record: record, names: names, venues: venues, midnight: midnight)
            if let order = story.order, let fate = fates[order] {
                story.state = fate.state
                story.filled = "\(fate.filled)"
            }
            return story
        }
    }

    /// The decision for people and programs; nil when the order was not routed.
    ///
    /// - Parameters:
    ///   - names: of the instruments.
    ///   - venues: names of the venues, by place.
    ///   - midnight: where times of day count from.
    /// - Returns: the venues, what was known of them, and what was decided.
    public func explanation(
        names: InstrumentDirectory,
        venues: [String],
        midnight: Timestamp
    ) -> RouteExplanation? {
        guard let decision else { return nil }
        var story = RouteExplanation(decision, order: id, names: names, venues: venues, midnight: midnight)
        story.record = decidedAt
        for place in story.children.indices {
            guard let number = story.children[place].order, let fate = fates[number] else { continue }
            story.children[place].state = fate.state
            story.children[place].filled = "\(fate.filled)"
            guard fate.filled.raw > 0 else { continue }
            story.children[place].average = fate.value.value / fate.filled.value
        }
        return story
    }
}
