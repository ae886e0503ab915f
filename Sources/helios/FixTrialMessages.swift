// SPDX-License-Identifier: MIT
#if Network
import HeliosFIX
import HeliosMarket
import HeliosNetwork
import HeliosWire

/// The application messages of `helios fix connect` and `helios fix accept`.
enum FixTrialMessages {
    /// Sends what was asked for at the prompt.
    ///
    /// - Returns: whether it was sent; nil when it is about an order that was not given here.
    static func send(_ words: FixTrialWords, _ peer: FixPeer, _ orders: inout FixTrialOrders) -> Bool? {
        let now = utcNow()
        switch words {
        case .order(let side, let quantity, let symbol, let price):
            let order = FixTrialOrders.Order(side: side, symbol: symbol, quantity: quantity, price: price)
            let id = orders.add(order)
            return peer.send(.newOrderSingle) { put(order, id, nil, now, peer.id.version, &$0) } != nil
        case .cancel(let id):
            guard let order = orders.orders[id] else { return nil }
            let request = orders.add(order)
            return peer.send(.orderCancelRequest) { writer in
                writer.putText(.clOrdID, request)
                writer.putText(.orderQty, order.quantity)
                writer.putText(.origClOrdID, id)
                writer.put(.side, char: order.side)
                writer.putText(.symbol, order.symbol)
                writer.put(.transactTime, now)
            } != nil
        case .replace(let id, let quantity, let price):
            guard var order = orders.orders[id] else { return nil }
            order.quantity = quantity
            order.price = price ?? order.price
            let request = orders.add(order)
            return peer.send(.orderCancelReplaceRequest) { put(order, request, id, now, peer.id.version, &$0) } != nil
        case .status(let id):
            guard let order = orders.orders[id] else { return nil }
            return peer.send(.orderStatusRequest) { writer in
                writer.putText(.clOrdID, id)
                writer.put(.side, char: order.side)
                writer.putText(.symbol, order.symbol)
            } != nil
        default: return nil
        }
    }

    private static func put(
        _ order: FixTrialOrders.Order,
        _ id: String,
        _ original: String?,
        _ now: Timestamp,
        _ version: FixVersion,
        _ writer: inout FixWriter
    ) {
        writer.putText(.clOrdID, id)
        // Asked for up to 4.2, and known to all.
        if version != .fixt11 { writer.put(.handlInst, char: UInt8(ascii: "1")) }
        writer.putText(.orderQty, order.quantity)
        writer.put(.ordType, char: UInt8(ascii: order.price == nil ? "1" : "2"))
        if let original { writer.putText(.origClOrdID, original) }
        if let price = order.price { writer.putText(.price, price) }
        writer.put(.side, char: order.side)
        writer.putText(.symbol, order.symbol)
        writer.put(.transactTime, now)
    }

    /// Sends an application message back; what may have come before, and did, is passed over.
    ///
    /// Fields stand in the order of their numbers, groups where their counts are, as the most common engine sends them.
    static func echo(
        _ message: FixMessage,
        _ delivery: FixDelivery,
        _ peer: FixPeer,
        groups: FixTrialGroups,
        seen: inout Set<String>
    ) {
        if let id = message[.clOrdID]?.text {
            // Nobody sends a million orders to an echo.
            if seen.count > 1_000_000 { seen.removeAll() }
            let isNew = seen.insert(id).inserted
            if delivery.possResend, !isNew { return }
        }
        let parts = groups.parts(message)
        peer.send(message.type) { writer in
            for part in parts {
                for index in part { writer.put(message.tag(index), message.value(index)) }
            }
        }
    }

    /// Accepts and fills an order, accepts a cancel.
    static func fill(_ message: FixMessage, _ peer: FixPeer, count: inout Int) {
        switch message.type {
        case .newOrderSingle:
            guard let quantity = message[.orderQty]?.quantity else {
                return peer.refuse(message, reason: 5, text: "an order needs a quantity")
            }
            report(message, peer, &count, type: "0", status: "0", done: .zero, left: quantity)
            let isOld = peer.id.version.rawValue < FixVersion.fix43.rawValue
            report(message, peer, &count, type: isOld ? "2" : "F", status: "2", done: quantity, left: .zero)
        case .orderCancelRequest: report(message, peer, &count, type: "4", status: "4", done: .zero, left: .zero)
        default: peer.refuse(message, reason: 3)
        }
    }

    private static func report(
        _ order: FixMessage,
        _ peer: FixPeer,
        _ count: inout Int,
        type: Unicode.Scalar,
        status: Unicode.Scalar,
        done: Quantity,
        left: Quantity
    ) {
        count += 1
        let number = count
        let price = order[.price]?.price ?? Price(raw: 10 * Price.scale)
        let isOld = peer.id.version.rawValue < FixVersion.fix43.rawValue
        peer.send(.executionReport) { writer in
            writer.put(.avgPx, done > .zero ? price : .zero)
            if let id = order[.clOrdID] { writer.put(.clOrdID, id) }
            writer.put(.cumQty, done)
            writer.put(.execID, number)
            if isOld { writer.put(.execTransType, char: UInt8(ascii: "0")) }
            if done > .zero {
                writer.put(.lastPx, price)
                writer.put(.lastQty, done)
            }
            writer.put(.orderID, order[.origClOrdID] ?? order[.clOrdID] ?? order.value(2))
            if let quantity = order[.orderQty] { writer.put(.orderQty, quantity) }
            writer.put(.ordStatus, char: UInt8(ascii: status))
            if let original = order[.origClOrdID] { writer.put(.origClOrdID, original) }
            if let side = order[.side] { writer.put(.side, side) }
            if let symbol = order[.symbol] { writer.put(.symbol, symbol) }
            writer.put(.transactTime, utcNow())
            writer.put(.execType, char: UInt8(ascii: type))
            writer.put(.leavesQty, left)
        }
    }
}
#endif
