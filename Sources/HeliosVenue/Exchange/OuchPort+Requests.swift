// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What a client of OUCH 5.0 asks for.
extension OuchPort {
    /// Numbers rise strictly: one that does not is a message sent again.
    func isNew(_ reference: UInt32) -> Bool {
        guard reference > last else {
            ignored += 1
            return false
        }
        last = reference
        return true
    }

    func enter(_ order: Ouch50.EnterOrder, _ time: Timestamp) -> MatchingCommand? {
        guard isNew(order.userRefNum) else { return nil }
        var entered = PortOrder(
            id: UInt64(order.userRefNum),
            token: order.clientOrderID,
            instrument: desk.bySymbol[order.symbol] ?? .none,
            side: order.side,
            quantity: order.quantity,
            price: order.price,
            timeInForce: UInt32(order.timeInForce.rawValue),
            firm: order.options.text(.firm) ?? .blank,
            display: order.display,
            capacity: order.capacity,
            sweep: order.sweep,
            cross: order.cross
        )
        entered.group = order.options.number(.group)
        entered.selfMatch = order.options.number(.selfMatchStrategy) ?? 0
        entered.options = echo(order.options, Ouch50.OrderAccepted.tags)
        entered.expiry = OuchPort.expiry(order.timeInForce, order.options, time)
        if let refusal = refusal(order) {
            reject(entered, refusal, time)
            return nil
        }
        var command = MatchingCommand.enter(
            entered.instrument,
            owner: owner,
            id: entered.id,
            order.side.meaning?.side ?? .buy,
            Quantity(Int(order.quantity)),
            at: OrderPort.price(order.price) ?? .zero,
            time: time
        )
        OuchPort.apply(order.options, &command)
        if order.timeInForce.meaning == .immediateOrCancel { command.duration = .immediateOrCancel }
        let isHidden = order.display.meaning == .hidden
        if isHidden { command.instructions.insert(.hidden) }
        command.cross = OrderPort.cross(order.cross) ?? CrossKind.none
        if order.price == Ouch50.marketPrice, command.type == .limit { command.type = .market }
        command.instructions.insert(.cancelOnDisconnect)
        if desk.isDark, let refusal = OrderPort.darkRefusal(command, isHidden: isHidden) {
            reject(entered, refusal, time)
            return nil
        }
        pending = entered
        return command
    }

    func replace(_ order: Ouch50.ReplaceOrder, _ time: Timestamp, into commands: inout [MatchingCommand]) {
        guard isNew(order.userRefNum) else { return }
        guard var next = live(UInt64(order.originalUserRefNum)) else {
            ignored += 1
            return
        }
        let before = next.id
        next.id = UInt64(order.userRefNum)
        next.quantity = order.quantity
        next.price = order.price
        next.timeInForce = UInt32(order.timeInForce.rawValue)
        next.sweep = order.sweep
        next.token = order.clientOrderID
        next.options = echo(order.options, Ouch50.OrderReplaced.tags)
        next.expiry = OuchPort.expiry(order.timeInForce, order.options, time)
        if let side = order.options.number(.side, as: UInt8.self).flatMap({ OuchSide(rawValue: $0) }),
            side.side == next.side.meaning?.side
        {
            next.side = OuchCode(side)
        }
        guard let price = OrderPort.price(order.price), OuchPort.isTime(order.timeInForce, order.options) else {
            return reject(next, PortRefusal(OrderPort.price(order.price) == nil ? .price : .other, .other), time)
        }
        var command = MatchingCommand.replace(
            next.instrument,
            owner: owner,
            id: before,
            newID: next.id,
            Quantity(Int(order.quantity)),
            at: price,
            time: time
        )
        OuchPort.apply(order.options, &command)
        pending = next
        commands.append(command)
        guard order.timeInForce.meaning == .immediateOrCancel else { return }
        commands.append(
            .cancel(next.instrument, owner: owner, id: next.id, reason: .immediateOrCancel, time: time)
        )
    }

    func massCancel(_ order: Ouch50.MassCancel, _ time: Timestamp, into commands: inout [MatchingCommand]) {
        guard isNew(order.userRefNum) else { return }
        let isAll = order.symbol == OuchPort.allSymbols
        guard let instrument = isAll ? Instrument.none : desk.bySymbol[order.symbol] else {
            return sayRejected(order.userRefNum, .blank, OuchRejectCode.symbol.rawValue, desk.timeOfDay(time))
        }
        say { (output) throws(OuchError) in
            try Ouch50.MassCancelResponse.write(
                timestamp: desk.timeOfDay(time),
                userRefNum: order.userRefNum,
                firm: order.firm,
                symbol: order.symbol,
                to: &output
            )
        }
        let group = order.options.number(.group, as: UInt16.self)
        let side = order.options.number(.side, as: UInt8.self)
        guard order.firm != .blank || group != nil || side != nil else {
            return commands.append(.massCancel(instrument, owner: owner, time: time))
        }
        // By number, so that the answers stand in the same order on every run.
        for id in orders.keys.sorted() {
            guard let known = live(id), isAll || known.instrument == instrument,
                order.firm == .blank || known.firm == order.firm, group == nil || known.group == group,
                side == nil || known.side.rawValue == side
            else { continue }
            commands.append(.cancel(known.instrument, owner: owner, id: id, time: time))
        }
    }

    // Open orders stay.
    func disable(_ order: Ouch50.DisableOrderEntry, _ time: Timestamp) {
        if order.firm == .blank { isDisabled = true } else { disabled.insert(order.firm.packed) }
        say { (output) throws(OuchError) in
            try Ouch50.DisableResponse.write(
                timestamp: desk.timeOfDay(time),
                userRefNum: order.userRefNum,
                firm: order.firm,
                to: &output
            )
        }
    }

    func enable(_ order: Ouch50.EnableOrderEntry, _ time: Timestamp) {
        if order.firm == .blank {
            isDisabled = false
            disabled.removeAll()
        } else {
            disabled.remove(order.firm.packed)
        }
        say { (output) throws(OuchError) in
            try Ouch50.EnableResponse.write(
                timestamp: desk.timeOfDay(time),
                userRefNum: order.userRefNum,
                firm: order.firm,
                to: &output
            )
        }
    }

    // MARK: Optional fields

    func refusal(_ order: Ouch50.EnterOrder) -> PortRefusal? {
        let options = order.options
        let firm = options.text(.firm) ?? .blank
        if isDisabled || disabled.contains(firm.packed) { return PortRefusal(.firm, .firm) }
        if order.side.meaning == nil { return PortRefusal(.side, .other) }
        if OrderPort.price(order.price) == nil { return PortRefusal(.price, .price) }
        switch order.display.meaning {
        case .visible, .hidden, .attributable: break
        default: return PortRefusal(.display, .display)
        }
        if OrderPort.cross(order.cross) == nil { return PortRefusal(.crossOrder, .cross) }
        guard OuchPort.isTime(order.timeInForce, options) else { return PortRefusal(.other, .other) }
        if options.number(.channel, as: UInt8.self) ?? 0 != 0 { return PortRefusal(.other, .other) }
        if options.value(.route) != nil { return PortRefusal(.routingNotAllowed, .other) }
        if options.value(.discretionPriceType) != nil || options.value(.discretionPrice) != nil {
            return PortRefusal(.peggingNotAllowed, .other)
        }
        switch options.number(.priceType, as: UInt8.self).map({ OuchPriceType(rawValue: $0) }) {
        case .some(.marketPeg), .some(.marketMakerPeg): return PortRefusal(.peggingNotAllowed, .other)
        case .some(.none): return PortRefusal(.pegType, .other)
        default: break
        }
        switch options.number(.handling, as: UInt8.self) {
        case nil, UInt8(ascii: " "), UInt8(ascii: "I"): return nil
        case UInt8(ascii: "B"), UInt8(ascii: "D"): return PortRefusal(.other, .other)
        default: return PortRefusal(.retailNotAllowed, .other)
        }
    }

    static func isTime(_ code: OuchCode<OuchTimeInForce>, _ options: OuchOptions) -> Bool {
        guard code.meaning == .goodTillTime else { return code.meaning != nil }
        guard let seconds = options.number(.expireTime, as: UInt32.self) else { return false }
        return seconds > 0 && seconds < 86_400
    }

    static func expiry(
        _ code: OuchCode<OuchTimeInForce>,
        _ options: OuchOptions,
        _ time: Timestamp
    ) -> Timestamp? {
        guard code.meaning == .goodTillTime else { return nil }
        return options.number(.expireTime, as: UInt32.self).map { time + Nanoseconds($0) * 1_000_000_000 }
    }

    /// The optional fields that the engine knows.
    static func apply(_ options: OuchOptions, _ command: inout MatchingCommand) {
        guard !options.isEmpty else { return }
        if let minimum = options.number(.minimumQuantity, as: UInt32.self) { command.minimum = Quantity(Int(minimum)) }
        if let floor = options.number(.maximumFloor, as: UInt32.self) { command.display = Quantity(Int(floor)) }
        if let range = options.number(.randomReserves, as: UInt32.self) { command.displayRange = Quantity(Int(range)) }
        if options.number(.postOnly, as: UInt8.self) == UInt8(ascii: "P") { command.instructions.insert(.postOnly) }
        if options.number(.handling, as: UInt8.self) == UInt8(ascii: "I") {
            command.instructions.insert(.imbalanceOnly)
        }
        switch options.number(.priceType, as: UInt8.self) {
        case UInt8(ascii: "M"), UInt8(ascii: "m"): command.type = .midpointPeg
        case UInt8(ascii: "R"): command.type = .primaryPeg
        default: break
        }
        if let offset = options.number(.pegOffset, as: Int32.self) {
            command.secondPrice = Price(raw: Int64(offset) * 10_000)
        }
        switch options.number(.selfMatchStrategy, as: UInt8.self) {
        case UInt8(ascii: "O"): command.selfTrade = .cancelOldest
        case UInt8(ascii: "W"): command.selfTrade = .cancelNewest
        case UInt8(ascii: "D"), UInt8(ascii: "Y"): command.selfTrade = .decrement
        default: break
        }
    }

    /// Those of the fields that an answer may carry, in the order in which they came.
    func echo(_ fields: OuchOptions, _ allowed: UInt64) -> [UInt8] {
        guard !fields.isEmpty else { return [] }
        var rest = fields
        options.removeAll()
        while let option = rest.next() {
            guard let tag = option.meaning, allowed & 1 << UInt64(tag.rawValue) != 0 else { continue }
            switch option.value.count {
            case 1: _ = options.set(tag, option.value[0])
            case 2: _ = options.set(tag, option.value.big(0, as: UInt16.self))
            case 4: _ = options.set(tag, option.value.big(0, as: UInt32.self))
            default: _ = options.set(tag, option.value.big(0, as: UInt64.self))
            }
        }
        return [UInt8](options.options.bytes.unsafeBuffer)
    }
}
