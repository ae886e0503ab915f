// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk

/// Small numbers that repeat: splitmix64.
struct Dice {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// 0 to `bound` − 1.
    mutating func roll(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// The slow and obvious truth: every order with the set of its executions; everything else is recomputed from it.
struct OrderPathModel {
    struct Execution {
        var quantity: Int64
        var price: Int64
    }

    struct Order {
        var order: NewOrder
        var executions: [UInt64: Execution] = [:]
        /// Reported cancelled or refused, at most what was left then.
        var gone: Int64 = 0
        var cancelReported = false

        var executed: Int64 { executions.values.reduce(0) { $0 + $1.quantity } }
        var filled: Int64 { min(executed, order.quantity.raw) }
        var leaves: Int64 { max(0, order.quantity.raw - executed - gone) }
        var cancelled: Int64 { min(gone, order.quantity.raw - filled) }
    }

    var orders: [OrderID: Order] = [:]
    /// Executions of orders that were never sent.
    var strangers: [Instrument: [(side: Side, Execution)]] = [:]
    var strangerKeys: Set<[UInt64]> = []
    var fee: Int64 = 0
    var bids: [Instrument: Int64] = [:]
    var asks: [Instrument: Int64] = [:]

    struct Sums: Equatable {
        var position: Int128 = 0
        var openBuy: Int128 = 0
        var openSell: Int128 = 0
        var bought: Int128 = 0
        var sold: Int128 = 0
        var cashFlow: Int128 = 0
        var fees: Int128 = 0

        mutating func take(_ side: Side, _ execution: Execution, fee: Int64) {
            let quantity = Int128(execution.quantity)
            position += Int128(side.sign) * quantity
            cashFlow -= Int128(side.sign) * quantity * Int128(execution.price)
            fees += quantity * Int128(fee)
            if side == .buy { bought += quantity } else { sold += quantity }
        }
    }

    /// All of an instrument, from nothing.
    func sums(_ instrument: Instrument) -> Sums {
        var sums = Sums()
        for order in orders.values where order.order.instrument == instrument {
            for execution in order.executions.values { sums.take(order.order.side, execution, fee: fee) }
            if order.order.side == .buy {
                sums.openBuy += Int128(order.leaves)
            } else {
                sums.openSell += Int128(order.leaves)
            }
        }
        for (side, execution) in strangers[instrument] ?? [] { sums.take(side, execution, fee: fee) }
        return sums
    }

    /// The report as the truth sees it.
    mutating func apply(_ report: Event) {
        let execution = Execution(quantity: report.quantity.raw, price: report.price.raw)
        guard var order = orders[report.orderID] else {
            guard report.kind == .orderFilled else { return }
            guard strangerKeys.insert([report.orderID, report.detail]).inserted else { return }
            strangers[report.instrument, default: []].append((report.side, execution))
            return
        }
        switch report.kind {
        case .orderFilled: if order.executions[report.detail] == nil { order.executions[report.detail] = execution }
        case .orderCancelled where !order.cancelReported && order.leaves > 0:
            order.gone += min(report.quantity.raw, order.leaves)
            order.cancelReported = true
        case .orderRejected: order.gone += order.leaves
        default: break
        }
        orders[report.orderID] = order
    }
}

/// A venue that keeps its books straight and its messages not: reports wait, overtake each other, come twice, and in a
/// dishonest one name orders that nobody sent or fill more than was asked.
struct ChaoticVenue {
    struct Live {
        var order: NewOrder
        var rest: Int64
    }

    var live: [Live] = []
    var waiting: [Event] = []
    var delivered: [Event] = []
    var execution: UInt64 = 0
    var isHonest = true

    mutating func receive(_ order: NewOrder, _ dice: inout Dice) {
        if dice.roll(12) == 0 {
            waiting.append(report(.orderRejected, order, quantity: order.quantity.raw))
            return
        }
        waiting.append(report(.orderAccepted, order))
        live.append(Live(order: order, rest: order.quantity.raw))
    }

    mutating func cancel(_ id: OrderID) {
        guard let place = live.firstIndex(where: { $0.order.id == id }) else {
            var refusal = Event(orderID: id, kind: .cancelRejected)
            refusal.instrument = .none
            waiting.append(refusal)
            return
        }
        waiting.append(report(.orderCancelled, live[place].order, quantity: live[place].rest))
        live.remove(at: place)
    }

    /// Trades a part of some live order.
    mutating func trade(_ dice: inout Dice) {
        guard !live.isEmpty else { return }
        let place = dice.roll(live.count)
        let shares = Int(live[place].rest / Quantity.scale)
        let part = Quantity(1 + dice.roll(shares)).raw
        execution += 1
        var fill = report(.orderFilled, live[place].order, quantity: part)
        fill.detail = execution
        if !isHonest, dice.roll(10) == 0 { fill.quantity = Quantity(raw: fill.quantity.raw * 3) }
        waiting.append(fill)
        live[place].rest -= part
        if live[place].rest == 0 { live.remove(at: place) }
    }

    /// The next report to arrive: any of those that wait, or one that came before.
    mutating func deliver(_ dice: inout Dice) -> Event? {
        if !isHonest, dice.roll(20) == 0 { return stranger(&dice) }
        if !delivered.isEmpty, dice.roll(6) == 0 { return delivered[dice.roll(delivered.count)] }
        guard !waiting.isEmpty else { return nil }
        let report = waiting.remove(at: dice.roll(2) == 0 ? 0 : dice.roll(waiting.count))
        delivered.append(report)
        return report
    }

    private func stranger(_ dice: inout Dice) -> Event {
        Event(
            orderID: 900 + UInt64(dice.roll(3)),
            price: Price(raw: 100 * Price.scale),
            quantity: Quantity(1 + dice.roll(50)),
            instrument: Instrument(id: UInt32(dice.roll(2))),
            kind: .orderFilled,
            flags: dice.roll(2) == 0 ? .sell : [],
            detail: UInt64(dice.roll(4))
        )
    }

    private func report(_ kind: EventKind, _ order: NewOrder, quantity: Int64 = 0) -> Event {
        Event(
            orderID: order.id,
            price: order.price,
            quantity: Quantity(raw: quantity),
            instrument: order.instrument,
            kind: kind,
            flags: order.side == .sell ? .sell : []
        )
    }
}
