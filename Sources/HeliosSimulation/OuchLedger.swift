// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// What the exchange has truly told about the account's orders, read from the port's own stream: the audit's other side.
struct OuchLedger {
    /// In the order of their acceptance.
    private(set) var orders: [VenueSession.Order] = []
    private(set) var executions: [Event] = []
    /// Orders that were accepted under a number that was used before.
    private(set) var duplicates = 0
    /// The exchange's number of each order in the session under way.
    private(set) var references: [UInt32] = []
    private var byReference: [UInt32: Int] = [:]
    private var byNumber: [OrderID: Int] = [:]
    private var next: UInt64 = 1
    private let instruments: [Symbol]

    init(instruments: [Symbol]) { self.instruments = instruments }

    /// Reads what is new; gives `accepted` the place of each order that was accepted.
    mutating func follow(_ store: borrowing MessageStore, _ accepted: (borrowing OuchLedger, Int) -> Void) {
        while let message = store[next] {
            next += 1
            if let place = take(message) { accepted(self, place) }
        }
    }

    /// Another session begins, or the same at another place: what comes from `next` on is new.
    mutating func restart(at next: UInt64, keepsReferences: Bool) {
        self.next = next
        if !keepsReferences { byReference.removeAll() }
    }

    func place(_ wire: OrderID) -> Int? { byNumber[wire] }

    private mutating func take(_ message: WireBytes) -> Int? {
        guard let outbound = try? Ouch50.Outbound(message) else { return nil }
        switch outbound {
        case .orderAccepted(let view): return accept(view)
        case .orderExecuted(let view): execute(view)
        case .orderCancelled(let view):
            guard let place = byReference[view.userRefNum] else { return nil }
            orders[place].leaves -= min(Quantity(Int(view.decrement)), orders[place].leaves)
            if orders[place].leaves == .zero { orders[place].isWorking = false }
        default: break
        }
        return nil
    }

    private mutating func accept(_ view: Ouch50.OrderAccepted) -> Int? {
        let wire = view.clientOrderID.order ?? 0
        if byNumber[wire] != nil { duplicates += 1 }
        let instrument = instruments.firstIndex(of: view.symbol).map { Instrument(id: UInt32($0)) } ?? .none
        let quantity = Quantity(Int(view.quantity))
        let isLive = view.state.meaning != .dead
        let order = NewOrder(
            id: UInt64(orders.count + 1),
            instrument: instrument,
            side: view.side.meaning == .buy ? .buy : .sell,
            quantity: quantity,
            price: Price(raw: Int64(view.price) * 10_000),
            tag: OrderTag(strategy: 0)
        )
        byReference[view.userRefNum] = orders.count
        byNumber[wire] = orders.count
        references.append(view.userRefNum)
        orders.append(
            VenueSession.Order(
                wire: wire,
                order: order,
                leaves: isLive ? quantity : .zero,
                filled: .zero,
                isWorking: isLive
            )
        )
        return orders.count - 1
    }

    private mutating func execute(_ view: Ouch50.OrderExecuted) {
        guard let place = byReference[view.userRefNum] else { return }
        let quantity = Quantity(Int(view.quantity))
        orders[place].filled += quantity
        orders[place].leaves -= quantity
        if orders[place].leaves.raw <= 0 { orders[place].isWorking = false }
        var execution = Event(orderID: orders[place].wire, kind: .orderFilled, detail: view.matchNumber)
        execution.instrument = orders[place].order.instrument
        execution.quantity = quantity
        execution.price = Price(raw: Int64(view.price) * 10_000)
        if orders[place].order.side == .sell { execution.flags.insert(.sell) }
        if view.liquidity.meaning?.isMaker ?? false { execution.flags.insert(.maker) }
        executions.append(execution)
    }
}
