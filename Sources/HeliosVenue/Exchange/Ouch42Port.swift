// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// A participant's door that speaks OUCH 4.2.
///
/// Enter, Replace, Cancel and Modify; Trade Now is for orders that are not there. An order is named by its token; a token that
/// was used is a message sent again and is not answered.
public final class Ouch42Port: OrderPort {
    /// Every token that was used, with its order's number in the engine.
    var tokens: [OuchToken: UInt64] = [:]

    override func detail(of refusal: PortRefusal) -> UInt16 { UInt16(refusal.letter) }

    override func systemEvent(_ code: OuchSystemCode, at time: Timestamp) {
        say { (output) throws(OuchError) in
            try Ouch42.SystemEvent.write(timestamp: desk.timeOfDay(time), code: OuchCode(code), to: &output)
        }
    }

    // MARK: From the client

    override func read(_ message: WireBytes, at time: Timestamp, into commands: inout [MatchingCommand]) {
        guard let inbound = try? Ouch42.Inbound(message) else {
            ignored += 1
            return
        }
        switch inbound {
        case .enterOrder(let order): if let command = enter(order, time) { commands.append(command) }
        case .replaceOrder(let order): replace(order, time, into: &commands)
        case .cancelOrder(let order):
            let command = cancel(tokens[order.token] ?? 0, keeping: order.shares, time)
            if let command { commands.append(command) }
        case .modifyOrder(let order):
            let command = modify(tokens[order.token] ?? 0, order.side, order.shares, time)
            if let command { commands.append(command) }
        case .tradeNow: ignored += 1
        }
    }

    // MARK: To the client

    override func sayAccepted(_ order: PortOrder, isDead: Bool, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.OrderAccepted.write(
                timestamp: timestamp,
                token: order.token,
                side: order.side,
                shares: order.quantity,
                symbol: desk.symbols[order.instrument.index],
                price: UInt32(truncatingIfNeeded: order.price),
                timeInForce: order.timeInForce,
                firm: order.firm,
                display: order.display,
                orderReference: order.reference,
                capacity: order.capacity,
                sweep: order.sweep,
                minimumQuantity: order.minimum,
                cross: order.cross,
                state: OuchCode(isDead ? .dead : .live),
                weight: OuchCode(.none),
                to: &output
            )
        }
    }

    override func sayReplaced(_ order: PortOrder, _ before: PortOrder, isDead: Bool, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.OrderReplaced.write(
                timestamp: timestamp,
                token: order.token,
                side: order.side,
                shares: order.quantity,
                symbol: desk.symbols[order.instrument.index],
                price: UInt32(truncatingIfNeeded: order.price),
                timeInForce: order.timeInForce,
                firm: order.firm,
                display: order.display,
                orderReference: order.reference,
                capacity: order.capacity,
                sweep: order.sweep,
                minimumQuantity: order.minimum,
                cross: order.cross,
                state: OuchCode(isDead ? .dead : .live),
                previous: before.token,
                weight: OuchCode(.none),
                to: &output
            )
        }
    }

    override func sayExecuted(
        _ order: PortOrder,
        _ shares: UInt32,
        _ event: MatchingEvent,
        _ letter: UInt8,
        _ time: UInt64
    ) {
        say { (output) throws(OuchError) in
            try Ouch42.OrderExecuted.write(
                timestamp: time,
                token: order.token,
                shares: shares,
                price: UInt32(clamping: OrderPort.price(event.price)),
                liquidity: OuchCode(rawValue: letter),
                matchNumber: event.match,
                to: &output
            )
        }
    }

    override func sayCancelled(_ order: PortOrder, _ shares: UInt32, _ event: MatchingEvent, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.OrderCancelled.write(
                timestamp: timestamp,
                token: order.token,
                decrement: shares,
                reason: OuchCode(rawValue: event.cancelReason.ouchCode),
                to: &output
            )
        }
    }

    override func sayModified(_ order: PortOrder, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.OrderModified.write(
                timestamp: timestamp,
                token: order.token,
                side: order.side,
                shares: order.open,
                to: &output
            )
        }
    }

    override func sayRejected(_ order: PortOrder, _ refusal: PortRefusal, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.OrderRejected.write(
                timestamp: timestamp,
                token: order.token,
                reason: OuchCode(rawValue: refusal.letter),
                to: &output
            )
        }
    }

    override func sayBroken(_ order: PortOrder, _ match: UInt64, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.BrokenTrade.write(
                timestamp: timestamp,
                token: order.token,
                matchNumber: match,
                reason: OuchCode(.supervisory),
                to: &output
            )
        }
    }

    override func sayMoved(_ order: PortOrder, _ price: UInt64, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.PriorityUpdate.write(
                timestamp: timestamp,
                token: order.token,
                price: UInt32(clamping: price),
                display: order.display,
                orderReference: order.reference,
                to: &output
            )
        }
    }

    override func sayCancelPending(_ order: PortOrder, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.CancelPending.write(timestamp: timestamp, token: order.token, to: &output)
        }
    }

    override func sayCancelRejected(_ order: PortOrder, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch42.CancelRejected.write(timestamp: timestamp, token: order.token, to: &output)
        }
    }
}
