// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// The story of one order: what caused it, what was known, why it was sent, what stood in its way, and what became of it.
///
/// Made by `ExplanationRecorder` while the events of a run are applied once more. `text()` is for people, `json()` for
/// programs.
public struct OrderExplanation: Sendable {
    /// The order as the strategy asked for it.
    public var order: NewOrder
    /// The name of the strategy that asked for it, and of the group (pair, instrument) it belongs to; nil when not known.
    public var strategy: String?
    public var group: String?
    /// The order as it travelled (a market order carries its bound); nil when it was never sent.
    public var travelling: NewOrder?
    /// What the engine was applying when the strategy asked for the order.
    public var cause: ExplainedEvent
    /// When the strategy decided, on the engine's clock.
    public var decided: Timestamp
    /// The books at that instant: that of the order's instrument first, then others that the decision looked at.
    public var books: [ExplainedBook]
    /// The values that the strategy decided by.
    public var signals: [SignalValue]
    /// One sentence of why; empty when the strategy does not say.
    public var reason: String
    /// Every control of the risk gate in its order.
    public var checks: [RiskCheck]
    /// Why the order never left; nil when it did.
    public var refusal: RiskRefusal?
    public var route: ExplainedRoute
    /// What happened to the order, from sending (or refusal) on, in the order of the journal.
    public var life: [LifeStep]
    public var outcome: OrderOutcome
    /// The instruments' names.
    public var names: InstrumentDirectory
    /// Where times of day count from.
    public var midnight: Timestamp
    /// The limits that the gate held the order against, for the names of scopes; nil for those of a plain run.
    public var policy: RiskPolicy?

    /// Where a check's limit stands: `trader kim, AAPL, position`; empty for controls that have no scope.
    public func place(of check: RiskCheck) -> String {
        guard let policy else { return "" }
        if let place = check.limitIndex { return policy.title(ofLimit: Int(place)) }
        return check.control == .state ? policy.title(of: Int(check.scope)) : ""
    }
}

/// An event with its place in the journal.
public struct ExplainedEvent: Sendable {
    public var event: Event
    /// The journal's number of the record.
    public var sequence: UInt64
    /// The event in words.
    public var description: String
}

/// The best levels of a book at one instant.
public struct ExplainedBook: Sendable {
    public var instrument: Instrument
    /// Best first.
    public var bids: [Level]
    public var asks: [Level]
    public var tradingState: TradingState
    /// When the book changed last.
    public var lastUpdate: Timestamp
}

/// Where an order was sent, and where it was not.
public struct ExplainedRoute: Sendable, Equatable {
    /// A venue that was not chosen.
    public struct Alternative: Sendable, Equatable {
        public var venue: String
        public var reason: String

        public init(venue: String, reason: String) {
            self.venue = venue
            self.reason = reason
        }
    }

    /// The venue's name.
    public var venue: String
    /// Why it was chosen.
    public var reason: String
    public var alternatives: [Alternative]

    public init(venue: String, reason: String, alternatives: [Alternative] = []) {
        self.venue = venue
        self.reason = reason
        self.alternatives = alternatives
    }

    /// The route where there is nothing to choose.
    public static func only(_ venue: String) -> ExplainedRoute {
        ExplainedRoute(venue: venue, reason: "the only venue of this run: there was nothing to choose between")
    }
}

/// One thing that happened to an order.
public struct LifeStep: Sendable {
    /// What happened.
    public enum Kind: Sendable, Equatable {
        /// It was handed to the gateway.
        case sent
        /// The risk gate refused it.
        case refused(RiskControl)
        /// We asked the venue to cancel it.
        case cancelSent
        /// The venue reported on it.
        case report(OrderUpdateKind)
    }

    public var kind: Kind
    /// The journal record during which it happened.
    public var sequence: UInt64
    /// When the engine did it or learnt of it.
    public var time: Timestamp
    /// When it happened at the venue; nil for what we did.
    public var venueTime: Timestamp?
    /// In words.
    public var description: String
    public var before: OrderState
    public var after: OrderState
    /// Filled, cancelled or refused by this step.
    public var quantity: Quantity
    /// Of a fill, else the limit.
    public var price: Price
    /// What may still trade after it.
    public var leaves: Quantity
    /// What a fill cost; positive = paid.
    public var fee: Money
    /// Whether a fill was of the resting order; nil for everything else.
    public var isMaker: Bool?
    /// Since the order was sent; nil before.
    public var sinceSent: Nanoseconds?
}

/// What an order came to.
public struct OrderOutcome: Sendable {
    /// The state after the last step that is known.
    public var state: OrderState
    public var filled: Quantity
    /// Of all fills, to 1e-8, half away from zero; nil without one.
    public var averagePrice: Price?
    /// Halfway between bid and ask when the order was checked; nil without a two-sided quote.
    public var arrivalMid: Price?
    /// Paid above, or received below, the arrival mid, over all fills; negative is better than it.
    public var slippage: Money?
    /// The same in basis points of the filled value at the arrival mid.
    public var slippageBasisPoints: Double?
    /// Positive = paid.
    public var fees: Money
    /// From sending to the end; nil when it was never sent or its end is not known.
    public var duration: Nanoseconds?
}
