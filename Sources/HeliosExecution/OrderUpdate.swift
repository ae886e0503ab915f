// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where an order of ours stands in its life (FIX OrdStatus, tag 39).
///
/// ```
///              ┌───────────────► rejected
///              │
/// pendingNew ──┼─► new ──► partiallyFilled ──► filled
///              │    │            │
///              ├────┴────────────┼──► pendingCancel ──► canceled | filled | (cancel refused) back
///              │                 │
///              ├─────────────────┼──► pendingReplace ─► replaced (its successor works) | (refused) back
///              │                 │
///              └─────────────────┴──► suspended, doneForDay ─► back
///                                                  and from any working state: expired, canceled
/// ```
/// Where several hold, the state is the first of pendingCancel, pendingReplace, doneForDay, suspended, as FIX has it.
@frozen
public enum OrderState: UInt8, Sendable, BitwiseCopyable {
    /// No such order.
    case none = 0
    /// Sent, the venue has not answered.
    case pendingNew = 1
    /// Working, nothing filled.
    case new = 2
    /// Working, something filled.
    case partiallyFilled = 3
    /// All of it filled.
    case filled = 4
    /// A cancel is on its way; the order may still fill.
    case pendingCancel = 5
    /// Ended by a cancel.
    case canceled = 6
    /// Refused by the venue.
    case rejected = 7
    /// Ended with the session.
    case expired = 8
    /// Another of our orders has taken its place; its executions count for that one.
    case replaced = 9
    /// A replacement is on its way; the order may still fill.
    case pendingReplace = 10
    /// Set aside by the venue: it can't trade until it is resumed.
    case suspended = 11
    /// It does not trade any more today, and works again tomorrow.
    case doneForDay = 12
}

/// What was odd about a report; more than one may hold.
@frozen
public struct OrderAnomalies: OptionSet, Sendable, BitwiseCopyable {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The report names an order that we never sent.
    ///
    /// A fill still counts for the position.
    public static let unknownOrder = OrderAnomalies(rawValue: 1)
    /// This execution id of this order was taken before; nothing changed.
    public static let duplicateExecution = OrderAnomalies(rawValue: 2)
    /// The report says what is known already; nothing changed.
    public static let duplicateReport = OrderAnomalies(rawValue: 4)
    /// The report came after the order had ended.
    ///
    /// A fill still counts for the position.
    public static let afterEnd = OrderAnomalies(rawValue: 8)
    /// A fill came before the venue's acceptance.
    ///
    /// Harmless.
    public static let beforeAcceptance = OrderAnomalies(rawValue: 16)
    /// More was filled than the order asked for.
    ///
    /// The position takes it all.
    public static let overfill = OrderAnomalies(rawValue: 32)
    /// The report contradicts the order: another instrument, another quantity cancelled than was left, a rejection
    /// after a fill.
    public static let contradiction = OrderAnomalies(rawValue: 64)
    /// Not a report about an order, or a fill without a positive quantity; nothing changed.
    public static let malformed = OrderAnomalies(rawValue: 128)
    /// The memory of execution ids is full and the id does not tell by itself whether it is new; nothing changed.
    ///
    /// The position is in doubt until it is reconciled.
    public static let unverified = OrderAnomalies(rawValue: 256)
}

/// What a report, or a refusal of our own, means for an order.
@frozen
public enum OrderUpdateKind: UInt8, Sendable, BitwiseCopyable {
    /// Nothing changed; `anomalies` says why.
    case ignored = 0
    /// The order is working.
    case accepted = 1
    /// `quantity` traded at `price`.
    case filled = 2
    /// `quantity` will not trade any more.
    case cancelled = 3
    /// The venue refused the order; `quantity` of it is dead.
    case rejected = 4
    /// Our own gate refused the order: it never left the house.
    case refusedByRisk = 5
    /// The venue refused to cancel.
    case cancelRejected = 6
    /// An execution was taken back: `quantity` at `price` never traded.
    ///
    /// An execution that gets other terms is told twice: as broken with the old ones, then as filled with the new.
    case broken = 7
    /// The order works in the place of `original`, with `leavesQuantity` left to trade.
    case replaced = 8
    /// The order will never work: `original`, which it was to replace, stays as it was or has ended.
    case replaceRejected = 9
    /// The venue has set the order aside.
    case suspended = 10
    /// The order may trade again.
    case resumed = 11
    /// The order does not trade any more today, and works again tomorrow.
    case doneForDay = 12
}

/// What one report changed: all that a strategy, the exposure ledger and a log need to know of it.
@frozen
public struct OrderUpdate: Sendable, BitwiseCopyable {
    public var orderID: OrderID
    /// Of `replaced` and `replaceRejected`, and of a report that shows that the order has been replaced before the venue says so:
    /// the number of the order that it takes the place of; else 0.
    public var original: OrderID
    /// The venue's execution id of a fill, else 0.
    public var executionID: UInt64
    /// Filled, cancelled or refused by this report; never negative.
    public var quantity: Quantity
    /// Of the fill; otherwise the order's limit.
    public var price: Price
    /// What may still trade after this report.
    public var leavesQuantity: Quantity
    /// By how much the order's reservation in the exposure ledger falls.
    ///
    /// Less than `quantity` when more was filled than was reserved.
    public var released: Quantity
    public var tag: OrderTag
    /// When the report reached us.
    public var time: Timestamp
    /// When it happened at the venue, by the venue's clock; `time` where no venue says it.
    ///
    /// What may be compared with the venue's quotes.
    public var venueTime: Timestamp
    public var instrument: Instrument
    public var anomalies: OrderAnomalies
    public var side: Side
    public var kind: OrderUpdateKind
    /// The order's state after this report.
    public var state: OrderState
    /// The raw `CancelReason` or `RejectReason` of a cancel or a rejection.
    public var reason: UInt8
    /// The fill was of a resting order.
    public var isMaker: Bool
    /// The order has ended, with this report or before.
    public var isFinal: Bool
    /// The order's reports do not add up (overfill, contradiction): a person should look.
    public var isSuspect: Bool

    @inlinable
    public init(_ kind: OrderUpdateKind, of order: NewOrder, at time: Timestamp) {
        orderID = order.id
        original = 0
        executionID = 0
        quantity = .zero
        price = order.price
        leavesQuantity = .zero
        released = .zero
        tag = order.tag
        self.time = time
        venueTime = time
        instrument = order.instrument
        anomalies = []
        side = order.side
        self.kind = kind
        state = .none
        reason = 0
        isMaker = false
        isFinal = false
        isSuspect = false
    }

    /// The update of an order that the risk gate refused: all of it is dead and nothing was reserved.
    @inlinable
    public static func refusedByRisk(_ order: NewOrder, at time: Timestamp) -> OrderUpdate {
        var update = OrderUpdate(.refusedByRisk, of: order, at: time)
        update.quantity = order.quantity
        update.state = .rejected
        update.isFinal = true
        return update
    }
}

/// How often each anomaly was met.
@frozen
public struct OrderAnomalyCounts: Equatable, Sendable, BitwiseCopyable {
    public var unknownOrders: UInt64 = 0
    public var duplicateExecutions: UInt64 = 0
    public var duplicateReports: UInt64 = 0
    public var afterEnd: UInt64 = 0
    public var beforeAcceptance: UInt64 = 0
    public var overfills: UInt64 = 0
    public var contradictions: UInt64 = 0
    public var malformed: UInt64 = 0
    public var unverified: UInt64 = 0

    @inlinable
    public init() {}

    @usableFromInline
    mutating func count(_ anomalies: OrderAnomalies) {
        if anomalies.contains(.unknownOrder) { unknownOrders += 1 }
        if anomalies.contains(.duplicateExecution) { duplicateExecutions += 1 }
        if anomalies.contains(.duplicateReport) { duplicateReports += 1 }
        if anomalies.contains(.afterEnd) { afterEnd += 1 }
        if anomalies.contains(.beforeAcceptance) { beforeAcceptance += 1 }
        if anomalies.contains(.overfill) { overfills += 1 }
        if anomalies.contains(.contradiction) { contradictions += 1 }
        if anomalies.contains(.malformed) { malformed += 1 }
        if anomalies.contains(.unverified) { unverified += 1 }
    }
}
