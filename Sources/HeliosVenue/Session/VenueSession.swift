// SPDX-License-Identifier: MIT
import HeliosMarket

/// A venue's side of an order session: it lets one writer in at a time, remembers every order and execution of the account,
/// and tells them when asked.
///
/// ```
/// writer ── epoch 7 ──► let in, unless a higher epoch was here: then the answer names that one, and nothing else is heard
/// writer ── order, cancel ──► matching ──► accepted, filled, cancelled, rejected
/// writer ── orderStatus ──► every execution again, the state of every order, the end
/// ```
/// It is a state machine over records: whoever owns the connection moves them. The matching behind it is a
/// `HistoricalVenue`, whose reports come back through `report`.
public struct VenueSession: Sendable {
    /// What the venue remembers of an order.
    public struct Order: Sendable, Equatable {
        /// The number that the writer gave it.
        public var wire: OrderID
        public var order: NewOrder
        public var leaves: Quantity
        public var filled: Quantity
        public var isWorking: Bool

        public init(wire: OrderID, order: NewOrder, leaves: Quantity, filled: Quantity, isWorking: Bool) {
            self.wire = wire
            self.order = order
            self.leaves = leaves
            self.filled = filled
            self.isWorking = isWorking
        }

        public static func == (a: Order, b: Order) -> Bool {
            a.wire == b.wire && a.leaves == b.leaves && a.filled == b.filled && a.isWorking == b.isWorking
        }
    }

    /// What is to be done with the matching.
    public enum Action: Sendable {
        case submit(NewOrder)
        case cancel(OrderID)
        /// An order is to take the place of another.
        case replace(OrderID, NewOrder)
        case nothing
    }

    /// The highest epoch that was let in; 0 before the first.
    public private(set) var epoch: UInt64 = 0
    /// Who was let in under it.
    public private(set) var owner: UInt64 = 0
    /// By the venue's own number, which counts from 1.
    public private(set) var orders: [Order] = []
    /// All executions and replacements, as they were reported.
    public private(set) var executions: [Event] = []
    private var numbers: [OrderID: Int] = [:]
    /// Messages of writers that were not let in.
    public private(set) var refused = 0
    /// Orders whose number was used before; they are not taken.
    public private(set) var duplicates = 0

    public init() {}

    /// The order that the writer calls `wire`.
    public func order(_ wire: OrderID) -> Order? { numbers[wire].map { orders[$0] } }

    /// Takes a message that came over a connection whose writer logged in under `writer`.
    ///
    /// - Parameters:
    ///   - message: a login, an order, a cancel or a request for status.
    ///   - writer: the epoch of the connection's login, 0 before it; changed by a login.
    ///   - answers: gets what goes back at once.
    /// - Returns: what the matching must do.
    public mutating func receive(_ message: Event, from writer: inout UInt64, _ answers: inout [Event]) -> Action {
        if message.kind == .epoch {
            if message.detail > epoch {
                epoch = message.detail
                owner = message.orderID
            }
            // Of two that came to the same epoch the first is let in.
            writer = message.orderID == owner ? message.detail : 0
            answers.append(Event(orderID: owner, kind: .epoch, detail: epoch))
            return .nothing
        }
        #if HELIOS_BUG_BANK
        if isOn(.venueDoesNotFence) { writer = epoch }
        #endif
        guard writer == epoch, epoch != 0 else {
            // Somebody else has taken over: a writer that did not notice must not trade.
            refused += 1
            answers.append(Event(orderID: owner, kind: .epoch, detail: epoch))
            return .nothing
        }
        switch message.kind {
        case .newOrder: return enter(message, &answers)
        case .cancelRequest:
            if let place = numbers[message.orderID] { return .cancel(UInt64(place + 1)) }
            answers.append(VenueSession.refusal(.cancelRejected, message, reason: 0))
            return .nothing
        case .replaceRequest: return replace(message, &answers)
        case .orderStatus: tell(&answers)
        default: refused += 1
        }
        return .nothing
    }

    private mutating func enter(_ message: Event, _ answers: inout [Event]) -> Action {
        guard var order = NewOrder(record: message) else { return .nothing }
        guard numbers[message.orderID] == nil else {
            duplicates += 1
            answers.append(
                VenueSession.refusal(.orderRejected, message, reason: UInt64(RejectReason.duplicateOrder.rawValue))
            )
            return .nothing
        }
        numbers[message.orderID] = orders.count
        orders.append(
            Order(wire: message.orderID, order: order, leaves: order.quantity, filled: .zero, isWorking: true)
        )
        order.id = UInt64(orders.count)
        return .submit(order)
    }

    private mutating func replace(_ message: Event, _ answers: inout [Event]) -> Action {
        guard var order = NewOrder(replacement: message), let original = numbers[message.orderID],
            numbers[message.detail] == nil
        else {
            answers.append(VenueSession.refusal(.replaceRejected, message, reason: message.detail))
            return .nothing
        }
        numbers[message.detail] = orders.count
        // It does not work before the matching says so.
        orders.append(
            Order(wire: message.detail, order: order, leaves: .zero, filled: .zero, isWorking: false)
        )
        order.id = UInt64(orders.count)
        return .replace(UInt64(original + 1), order)
    }

    private static func refusal(_ kind: EventKind, _ message: Event, reason: UInt64) -> Event {
        var answer = message
        answer.kind = kind
        answer.detail = reason
        return answer
    }

    /// Notes a report of the matching, and gives it the number that the writer knows.
    ///
    /// Nil for a report on an order that the session never took.
    public mutating func report(_ report: Event) -> Event? {
        let place = Int(report.orderID) - 1
        guard orders.indices.contains(place) else { return nil }
        var told = report
        told.orderID = orders[place].wire
        told.instrument = orders[place].order.instrument
        if orders[place].order.side == .sell { told.flags.insert(.sell) }
        switch report.kind {
        case .orderFilled:
            orders[place].filled += report.quantity
            orders[place].leaves -= report.quantity
            if orders[place].leaves.raw <= 0 { orders[place].isWorking = false }
            executions.append(told)
        case .orderReplaced:
            let new = Int(report.detail) - 1
            guard orders.indices.contains(new) else { return nil }
            orders[new].filled = orders[place].filled
            orders[new].leaves = max(report.quantity - orders[place].filled, .zero)
            orders[new].isWorking = orders[new].leaves.raw > 0
            orders[place].leaves = .zero
            orders[place].isWorking = false
            told.detail = orders[new].wire
            executions.append(told)
        case .replaceRejected:
            let new = Int(report.detail) - 1
            guard orders.indices.contains(new) else { return nil }
            told.detail = orders[new].wire
        case .orderCancelled, .orderRejected:
            orders[place].leaves = .zero
            orders[place].isWorking = false
        default: break
        }
        return told
    }

    /// Every execution again, then the state of every order, then the end.
    private func tell(_ answers: inout [Event]) {
        answers += executions
        for order in orders {
            var status = Event(orderID: order.wire, kind: .orderStatus, detail: order.isWorking ? 1 : 0)
            status.instrument = order.order.instrument
            status.quantity = order.filled
            status.price = Price(raw: order.leaves.raw)
            answers.append(status)
        }
        answers.append(Event(kind: .orderStatus))
    }
}
