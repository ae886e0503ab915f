// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What a client of OUCH 4.2 asks for.
extension Ouch42Port {
    /// A number for a token that was not used yet; nil for one that was.
    private func number(for token: OuchToken) -> UInt64? {
        guard tokens[token] == nil else {
            ignored += 1
            return nil
        }
        let number = UInt64(tokens.count + 1)
        tokens[token] = number
        return number
    }

    func enter(_ order: Ouch42.EnterOrder, _ time: Timestamp) -> MatchingCommand? {
        guard let id = number(for: order.token) else { return nil }
        var entered = PortOrder(
            id: id,
            token: order.token,
            instrument: desk.bySymbol[order.symbol] ?? .none,
            side: order.side,
            quantity: order.shares,
            price: UInt64(order.price),
            timeInForce: order.timeInForce,
            firm: order.firm,
            display: order.display,
            capacity: order.capacity,
            sweep: order.sweep,
            cross: order.cross,
            minimum: order.minimumQuantity
        )
        entered.expiry = Ouch42Port.expiry(order.timeInForce, time)
        var command = MatchingCommand.enter(
            entered.instrument,
            owner: owner,
            id: id,
            order.side.meaning?.side ?? .buy,
            Quantity(Int(order.shares)),
            at: OrderPort.price(UInt64(order.price)) ?? .zero,
            time: time
        )
        let isHidden = Ouch42Port.apply(order.display, &command)
        if let refusal = refusal(order, isKnown: isHidden != nil) {
            reject(entered, refusal, time)
            return nil
        }
        command.minimum = Quantity(Int(order.minimumQuantity))
        if order.timeInForce == Ouch42.immediateOrCancel { command.duration = .immediateOrCancel }
        command.cross = OrderPort.cross(order.cross) ?? CrossKind.none
        if order.price == Ouch42.marketPrice, command.type == .limit { command.type = .market }
        command.instructions.insert(.cancelOnDisconnect)
        if desk.isDark, let refusal = OrderPort.darkRefusal(command, isHidden: isHidden ?? false) {
            reject(entered, refusal, time)
            return nil
        }
        pending = entered
        return command
    }

    func replace(_ order: Ouch42.ReplaceOrder, _ time: Timestamp, into commands: inout [MatchingCommand]) {
        guard var next = live(tokens[order.token] ?? 0) else {
            ignored += 1
            return
        }
        guard let id = number(for: order.replacement) else { return }
        let before = next.id
        next.id = id
        next.token = order.replacement
        next.quantity = order.shares
        next.price = UInt64(order.price)
        next.timeInForce = order.timeInForce
        next.sweep = order.sweep
        next.minimum = order.minimumQuantity
        next.expiry = Ouch42Port.expiry(order.timeInForce, time)
        guard let price = OrderPort.price(next.price), Ouch42Port.isTime(order.timeInForce) else {
            let isPrice = OrderPort.price(next.price) != nil
            return reject(next, PortRefusal(isPrice ? .other : .price, isPrice ? .other : .price), time)
        }
        var command = MatchingCommand.replace(
            next.instrument,
            owner: owner,
            id: before,
            newID: id,
            Quantity(Int(order.shares)),
            at: price,
            time: time
        )
        command.minimum = Quantity(Int(order.minimumQuantity))
        if next.display.meaning == .postOnly || next.display.meaning == .postOnlyAttributable {
            command.instructions.insert(.postOnly)
        }
        pending = next
        commands.append(command)
        guard order.timeInForce == Ouch42.immediateOrCancel else { return }
        commands.append(.cancel(next.instrument, owner: owner, id: id, reason: .immediateOrCancel, time: time))
    }

    private func refusal(_ order: Ouch42.EnterOrder, isKnown: Bool) -> PortRefusal? {
        if order.side.meaning == nil { return PortRefusal(.side, .other) }
        if OrderPort.price(UInt64(order.price)) == nil { return PortRefusal(.price, .price) }
        if !isKnown { return PortRefusal(.display, .display) }
        guard let cross = OrderPort.cross(order.cross) else { return PortRefusal(.crossOrder, .cross) }
        // A market order is for a cross only.
        if order.price == Ouch42.marketPrice, cross == CrossKind.none, order.display.meaning != .midpointPeg {
            return PortRefusal(.price, .price)
        }
        return Ouch42Port.isTime(order.timeInForce) ? nil : PortRefusal(.other, .other)
    }

    private static func isTime(_ seconds: UInt32) -> Bool {
        seconds < 86_400 || seconds == Ouch42.marketHours || seconds == Ouch42.systemHours
    }

    private static func expiry(_ seconds: UInt32, _ time: Timestamp) -> Timestamp? {
        guard seconds > 0, seconds < 86_400 else { return nil }
        return time + Nanoseconds(seconds) * 1_000_000_000
    }

    /// Sets what the display letter means; whether the order is hidden, nil for a letter that nobody takes here.
    private static func apply(_ display: OuchCode<OuchDisplay>, _ command: inout MatchingCommand) -> Bool? {
        switch display.meaning {
        case .visible, .attributable: return false
        case .hidden, .hiddenTradeNow:
            command.instructions.insert(.hidden)
            return true
        case .postOnly, .postOnlyAttributable:
            command.instructions.insert(.postOnly)
            return false
        case .imbalanceOnly:
            command.instructions.insert(.imbalanceOnly)
            return false
        case .midpointPeg, .midpointTradeNow:
            command.instructions.insert(.hidden)
            command.type = .midpointPeg
            return true
        default: return nil
        }
    }
}
