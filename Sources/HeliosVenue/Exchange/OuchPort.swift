// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// One participant's door: its SoupBinTCP session and what OUCH 5.0 has to remember of its orders.
///
/// Enter, Replace, Cancel, Mass Cancel and Account Query are understood; post-only, minimum quantity, reserve size, pegs and
/// self-match prevention as optional fields. Other messages are counted in `ignored`.
public final class OuchPort {
    /// Who may log in here.
    public let user: SoupText
    /// Its number in the matching engine.
    public let owner: UInt32
    /// All that was said to it, for replay.
    public var stream: SoupStream
    /// Messages that were no OUCH, or none that is understood here, or came a second time.
    public private(set) var ignored = 0
    /// Answers that found no room in the session.
    public private(set) var lost = 0

    private let symbols: [Symbol]
    private let bySymbol: [Symbol: Instrument]
    private let midnight: Timestamp
    private var orders: [UInt32: PortOrder] = [:]
    private var last: UInt32 = 0
    private var scratch = WireOutput(capacity: 512)
    /// The order that the message under way is about.
    private var pending: PortOrder?

    private struct PortOrder {
        var reference: UInt32
        var instrument: Instrument
        var side: OuchCode<OuchSide>
        var quantity: UInt32
        var price: UInt64
        var timeInForce: OuchCode<OuchTimeInForce>
        var display: OuchCode<OuchDisplay>
        var capacity: OuchCode<OuchCapacity>
        var sweep: OuchCode<OuchSweep>
        var cross: OuchCode<OuchCross>
        var token: OuchToken
    }

    init(user: String, owner: UInt32, symbols: [Symbol], midnight: Timestamp) {
        self.user = SoupText(user) ?? .blank
        self.owner = owner
        self.symbols = symbols
        self.midnight = midnight
        stream = SoupStream(session: SoupText("\(owner)") ?? .blank, messages: 1 << 20, bytes: 1 << 26)
        bySymbol = Dictionary(
            symbols.enumerated().map { ($1, Instrument(id: UInt32($0))) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Eight spaces: a mass cancel of everything.
    private static let allSymbols = Symbol(packed: 0x2020_2020_2020_2020)

    // MARK: From the client

    /// The command that a message asks for; nil when it was answered here or is not understood.
    func command(_ message: WireBytes, at time: Timestamp) -> MatchingCommand? {
        pending = nil
        guard let inbound = try? Ouch50.Inbound(message) else {
            ignored += 1
            return nil
        }
        switch inbound {
        case .enterOrder(let order): return enter(order, time)
        case .replaceOrder(let order): return replace(order, time)
        case .cancelOrder(let order):
            guard let known = orders[order.userRefNum] else { return nil }
            var command = MatchingCommand.cancel(
                known.instrument,
                owner: owner,
                id: UInt64(order.userRefNum),
                time: time
            )
            command.quantity = Quantity(Int(order.quantity))
            return command
        case .massCancel(let order):
            guard isNew(order.userRefNum) else { return nil }
            let instrument = order.symbol == OuchPort.allSymbols ? Instrument.none : bySymbol[order.symbol]
            guard let instrument else { return nil }
            say { (output) throws(OuchError) in
                try Ouch50.MassCancelResponse.write(
                    timestamp: timeOfDay(time),
                    userRefNum: order.userRefNum,
                    firm: order.firm,
                    symbol: order.symbol,
                    to: &output
                )
            }
            return .massCancel(instrument, owner: owner, time: time)
        case .accountQuery:
            say { (output) throws(OuchError) in
                try Ouch50.AccountQueryResponse.write(
                    timestamp: timeOfDay(time),
                    // After the largest number there is none: then the largest itself, which is refused like any used one.
                    nextUserRefNum: last == .max ? last : last + 1,
                    to: &output
                )
            }
            return nil
        default:
            ignored += 1
            return nil
        }
    }

    /// Numbers rise strictly: one that does not is a message sent again.
    private func isNew(_ reference: UInt32) -> Bool {
        guard reference > last else {
            ignored += 1
            return false
        }
        last = reference
        return true
    }

    private func enter(_ order: Ouch50.EnterOrder, _ time: Timestamp) -> MatchingCommand? {
        guard isNew(order.userRefNum) else { return nil }
        let entered = PortOrder(
            reference: order.userRefNum,
            instrument: bySymbol[order.symbol] ?? .none,
            side: order.side,
            quantity: order.quantity,
            price: order.price,
            timeInForce: order.timeInForce,
            display: order.display,
            capacity: order.capacity,
            sweep: order.sweep,
            cross: order.cross,
            token: order.clientOrderID
        )
        pending = entered
        guard let side = order.side.meaning, let price = OuchPort.price(order.price) else {
            reject(entered, order.side.meaning == nil ? .invalidCombination : .invalidPrice, time)
            return nil
        }
        var command = MatchingCommand.enter(
            entered.instrument,
            owner: owner,
            id: UInt64(order.userRefNum),
            side.side,
            Quantity(Int(order.quantity)),
            at: price,
            time: time
        )
        OuchPort.apply(order.options, &command)
        if order.timeInForce.meaning == .immediateOrCancel { command.duration = .immediateOrCancel }
        if order.display.meaning == .hidden { command.instructions.insert(.hidden) }
        switch order.cross.meaning {
        case .opening: command.cross = .opening
        case .closing: command.cross = .closing
        case .halt: command.cross = .halt
        default: break
        }
        if order.price == Ouch50.marketPrice { command.type = .market }
        command.instructions.insert(.cancelOnDisconnect)
        return command
    }

    private func replace(_ order: Ouch50.ReplaceOrder, _ time: Timestamp) -> MatchingCommand? {
        guard isNew(order.userRefNum) else { return nil }
        guard var known = orders[order.originalUserRefNum], let price = OuchPort.price(order.price) else { return nil }
        known.reference = order.userRefNum
        known.quantity = order.quantity
        known.price = order.price
        known.timeInForce = order.timeInForce
        known.display = order.display
        known.sweep = order.sweep
        known.token = order.clientOrderID
        pending = known
        var command = MatchingCommand.replace(
            known.instrument,
            owner: owner,
            id: UInt64(order.originalUserRefNum),
            newID: UInt64(order.userRefNum),
            Quantity(Int(order.quantity)),
            at: price,
            time: time
        )
        OuchPort.apply(order.options, &command)
        return command
    }

    /// The optional fields that the engine knows.
    private static func apply(_ options: OuchOptions, _ command: inout MatchingCommand) {
        guard !options.isEmpty else { return }
        if let minimum = options.number(.minimumQuantity, as: UInt32.self) { command.minimum = Quantity(Int(minimum)) }
        if let floor = options.number(.maximumFloor, as: UInt32.self) { command.display = Quantity(Int(floor)) }
        if options.number(.postOnly, as: UInt8.self) == UInt8(ascii: "P") { command.instructions.insert(.postOnly) }
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

    /// The message under way has been carried out.
    func finish() { pending = nil }

    // MARK: To the client

    /// Tells the client of the day's phases.
    func systemEvent(_ code: OuchSystemCode, at time: Timestamp) {
        say { (output) throws(OuchError) in
            try Ouch50.SystemEvent.write(timestamp: timeOfDay(time), code: OuchCode(code), to: &output)
        }
    }

    /// Takes an event about an order of this port.
    ///
    /// - Parameters:
    ///   - event: one that names the owner.
    ///   - isContra: the order is the event's other side.
    func take(_ event: MatchingEvent, isContra: Bool) {
        let id = UInt32(truncatingIfNeeded: isContra ? event.contraID : event.id)
        let timestamp = timeOfDay(event.time)
        let shares = UInt32(clamping: event.quantity.raw / Quantity.scale)
        switch event.kind {
        case .accepted: accepted(event, timestamp)
        case .replaced: replaced(event, timestamp)
        case .executed, .crossExecuted:
            let letter = event.liquidity(incoming: isContra)
            say { (output) throws(OuchError) in
                try Ouch50.OrderExecuted.write(
                    timestamp: timestamp,
                    userRefNum: id,
                    quantity: shares,
                    price: OuchPort.price(event.price),
                    liquidity: OuchCode(rawValue: letter),
                    matchNumber: event.match,
                    to: &output
                )
            }
            forget(id, isContra ? event.contraOpen : event.open)
        case .cancelled:
            say { (output) throws(OuchError) in
                try Ouch50.OrderCancelled.write(
                    timestamp: timestamp,
                    userRefNum: id,
                    decrement: shares,
                    reason: OuchCode(rawValue: event.cancelReason.ouchCode),
                    to: &output
                )
            }
            forget(id, event.open)
        case .rejected: if let order = pending { reject(order, event.rejectReason, event.time) }
        case .cancelRejected:
            say { (output) throws(OuchError) in
                try Ouch50.CancelRejected.write(timestamp: timestamp, userRefNum: id, to: &output)
            }
        case .broken: broken(event, id, timestamp)
        case .priorityUpdated:
            guard let order = orders[id] else { return }
            say { (output) throws(OuchError) in
                try Ouch50.PriorityUpdate.write(
                    timestamp: timestamp,
                    userRefNum: id,
                    price: OuchPort.price(event.price),
                    display: order.display,
                    orderReference: event.reference,
                    to: &output
                )
            }
        default: break
        }
    }

    /// An order that has nothing left needs no memory; its number stays used.
    private func forget(_ id: UInt32, _ open: Quantity) { if open.raw == 0 { orders[id] = nil } }

    private func accepted(_ event: MatchingEvent, _ timestamp: UInt64) {
        guard let order = pending else { return }
        let isDead = event.flags.contains(.dead)
        if !isDead { orders[order.reference] = order }
        say { (output) throws(OuchError) in
            try Ouch50.OrderAccepted.write(
                timestamp: timestamp,
                userRefNum: order.reference,
                side: order.side,
                quantity: order.quantity,
                symbol: symbols[order.instrument.index],
                price: order.price,
                timeInForce: order.timeInForce,
                display: order.display,
                orderReference: event.reference,
                capacity: order.capacity,
                sweep: order.sweep,
                cross: order.cross,
                state: OuchCode(isDead ? .dead : .live),
                clientOrderID: order.token,
                to: &output
            )
        }
    }

    private func replaced(_ event: MatchingEvent, _ timestamp: UInt64) {
        guard let order = pending else { return }
        let before = UInt32(truncatingIfNeeded: event.contraID)
        let isDead = event.flags.contains(.dead)
        orders[before] = nil
        if !isDead { orders[order.reference] = order }
        say { (output) throws(OuchError) in
            try Ouch50.OrderReplaced.write(
                timestamp: timestamp,
                originalUserRefNum: before,
                userRefNum: order.reference,
                side: order.side,
                quantity: order.quantity,
                symbol: symbols[order.instrument.index],
                price: order.price,
                timeInForce: order.timeInForce,
                display: order.display,
                orderReference: event.reference,
                capacity: order.capacity,
                sweep: order.sweep,
                cross: order.cross,
                state: OuchCode(isDead ? .dead : .live),
                clientOrderID: order.token,
                to: &output
            )
        }
    }

    private func broken(_ event: MatchingEvent, _ id: UInt32, _ timestamp: UInt64) {
        let token = orders[id]?.token ?? .blank
        say { (output) throws(OuchError) in
            try Ouch50.BrokenTrade.write(
                timestamp: timestamp,
                userRefNum: id,
                matchNumber: event.match,
                reason: OuchCode(.supervisory),
                clientOrderID: token,
                to: &output
            )
        }
    }

    private func reject(_ order: PortOrder, _ reason: MatchingRejectReason, _ time: Timestamp) {
        say { (output) throws(OuchError) in
            try Ouch50.OrderRejected.write(
                timestamp: timeOfDay(time),
                userRefNum: order.reference,
                reason: OuchCode(rawValue: reason.ouchCode),
                clientOrderID: order.token,
                to: &output
            )
        }
    }

    private func say(_ write: (inout WireOutput) throws(OuchError) -> Void) {
        scratch.removeAll()
        do throws(OuchError) { try write(&scratch) } catch {
            lost += 1
            return
        }
        if !stream.store.append(scratch.bytes) { lost += 1 }
    }

    private func timeOfDay(_ time: Timestamp) -> UInt64 { UInt64(clamping: max(time - midnight, 0)) }

    /// In OUCH's 1e-4 dollars.
    private static func price(_ price: Price) -> UInt64 { UInt64(clamping: price.raw / 10_000) }

    /// From OUCH's 1e-4 dollars; nil above the largest price, zero for a market order.
    private static func price(_ price: UInt64) -> Price? {
        if price == Ouch50.marketPrice { return .zero }
        return price <= Ouch50.largestPrice ? Price(raw: Int64(price) * 10_000) : nil
    }
}
