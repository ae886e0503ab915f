// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// A participant's door that speaks OUCH 5.0.
///
/// All its requests are understood; of the optional fields firm, minimum quantity, reserve size and its range, pegs, post-only,
/// time to live, imbalance-only, group and self-match prevention. What can't be done (routing, discretion, retail handling) is
/// refused; a second channel (UserRefIdx above 0) is not there.
public final class OuchPort: OrderPort {
    /// The largest number used.
    var last: UInt32 = 0
    /// Firms that may not enter orders.
    var disabled: Set<UInt32> = []
    var isDisabled = false
    var options = OuchOptionsWriter()

    /// Eight spaces: a mass cancel of everything.
    static let allSymbols = Symbol(packed: 0x2020_2020_2020_2020)

    override func number(of order: PortOrder) -> UInt32 { UInt32(truncatingIfNeeded: order.id) }

    override func systemEvent(_ code: OuchSystemCode, at time: Timestamp) {
        say { (output) throws(OuchError) in
            try Ouch50.SystemEvent.write(timestamp: desk.timeOfDay(time), code: OuchCode(code), to: &output)
        }
    }

    // MARK: From the client

    override func read(_ message: WireBytes, at time: Timestamp, into commands: inout [MatchingCommand]) {
        guard let inbound = try? Ouch50.Inbound(message) else {
            ignored += 1
            return
        }
        switch inbound {
        case .enterOrder(let order): if let command = enter(order, time) { commands.append(command) }
        case .replaceOrder(let order): replace(order, time, into: &commands)
        case .cancelOrder(let order):
            guard let command = cancel(UInt64(order.userRefNum), keeping: order.quantity, time) else { return }
            commands.append(command)
        case .modifyOrder(let order):
            guard let command = modify(UInt64(order.userRefNum), order.side, order.quantity, time) else { return }
            commands.append(command)
        case .massCancel(let order): massCancel(order, time, into: &commands)
        case .disableOrderEntry(let order): if isNew(order.userRefNum) { disable(order, time) }
        case .enableOrderEntry(let order): if isNew(order.userRefNum) { enable(order, time) }
        case .accountQuery:
            say { (output) throws(OuchError) in
                try Ouch50.AccountQueryResponse.write(
                    timestamp: desk.timeOfDay(time),
                    // After the largest number there is none: then the largest itself, which is refused like any used one.
                    nextUserRefNum: last == .max ? last : last + 1,
                    to: &output
                )
            }
        }
    }

    // MARK: To the client

    /// Calls `body` with the fields to say again.
    private func withOptions(_ bytes: [UInt8], _ body: (OuchOptions) throws(OuchError) -> Void) throws(OuchError) {
        let result = bytes.withUnsafeBytes { buffer -> Result<Void, OuchError> in
            let fields = (try? OuchOptions(WireBytes(buffer))) ?? .none
            do throws(OuchError) { return .success(try body(fields)) } catch { return .failure(error) }
        }
        try result.get()
    }

    override func sayAccepted(_ order: PortOrder, isDead: Bool, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try withOptions(order.options) { (options) throws(OuchError) in
                try Ouch50.OrderAccepted.write(
                    timestamp: timestamp,
                    userRefNum: number(of: order),
                    side: order.side,
                    quantity: order.quantity,
                    symbol: desk.symbols[order.instrument.index],
                    price: order.price,
                    timeInForce: OuchCode(rawValue: UInt8(truncatingIfNeeded: order.timeInForce)),
                    display: order.display,
                    orderReference: order.reference,
                    capacity: order.capacity,
                    sweep: order.sweep,
                    cross: order.cross,
                    state: OuchCode(isDead ? .dead : .live),
                    clientOrderID: order.token,
                    options: options,
                    to: &output
                )
            }
        }
    }

    override func sayReplaced(_ order: PortOrder, _ before: PortOrder, isDead: Bool, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try withOptions(order.options) { (options) throws(OuchError) in
                try Ouch50.OrderReplaced.write(
                    timestamp: timestamp,
                    originalUserRefNum: number(of: before),
                    userRefNum: number(of: order),
                    side: order.side,
                    quantity: order.quantity,
                    symbol: desk.symbols[order.instrument.index],
                    price: order.price,
                    timeInForce: OuchCode(rawValue: UInt8(truncatingIfNeeded: order.timeInForce)),
                    display: order.display,
                    orderReference: order.reference,
                    capacity: order.capacity,
                    sweep: order.sweep,
                    cross: order.cross,
                    state: OuchCode(isDead ? .dead : .live),
                    clientOrderID: order.token,
                    options: options,
                    to: &output
                )
            }
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
            try Ouch50.OrderExecuted.write(
                timestamp: time,
                userRefNum: number(of: order),
                quantity: shares,
                price: OrderPort.price(event.price),
                liquidity: OuchCode(rawValue: letter),
                matchNumber: event.match,
                to: &output
            )
        }
    }

    override func sayCancelled(_ order: PortOrder, _ shares: UInt32, _ event: MatchingEvent, _ timestamp: UInt64) {
        // Only the strategy `D` is told in detail; the arriving order's strategy is the one that holds.
        let strategy = OuchSelfMatch.decrementBoth.rawValue
        if event.cancelReason == .selfTrade, event.price > .zero, pending?.selfMatch == strategy {
            return saySelfMatch(order, shares, event, timestamp)
        }
        say { (output) throws(OuchError) in
            try Ouch50.OrderCancelled.write(
                timestamp: timestamp,
                userRefNum: number(of: order),
                decrement: shares,
                reason: OuchCode(rawValue: event.cancelReason.ouchCode),
                to: &output
            )
        }
    }

    private func saySelfMatch(_ order: PortOrder, _ shares: UInt32, _ event: MatchingEvent, _ timestamp: UInt64) {
        let isIncoming = pending?.id == order.id
        say { (output) throws(OuchError) in
            try Ouch50.SelfMatchCancelled.write(
                timestamp: timestamp,
                userRefNum: number(of: order),
                decrement: shares,
                reason: OuchCode(.selfMatch),
                prevented: shares,
                price: OrderPort.price(event.price),
                liquidity: OuchCode(isIncoming ? .removed : .added),
                strategy: OuchCode(.decrementBoth),
                to: &output
            )
        }
    }

    override func sayModified(_ order: PortOrder, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch50.OrderModified.write(
                timestamp: timestamp,
                userRefNum: number(of: order),
                side: order.side,
                quantity: order.open,
                to: &output
            )
        }
    }

    override func sayRejected(_ order: PortOrder, _ refusal: PortRefusal, _ timestamp: UInt64) {
        sayRejected(number(of: order), order.token, refusal.code, timestamp)
    }

    func sayRejected(_ number: UInt32, _ token: OuchToken, _ code: UInt16, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch50.OrderRejected.write(
                timestamp: timestamp,
                userRefNum: number,
                reason: OuchCode(rawValue: code),
                clientOrderID: token,
                to: &output
            )
        }
    }

    override func sayBroken(_ order: PortOrder, _ match: UInt64, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch50.BrokenTrade.write(
                timestamp: timestamp,
                userRefNum: number(of: order),
                matchNumber: match,
                reason: OuchCode(.supervisory),
                clientOrderID: order.token,
                to: &output
            )
        }
    }

    override func sayMoved(_ order: PortOrder, _ price: UInt64, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch50.PriorityUpdate.write(
                timestamp: timestamp,
                userRefNum: number(of: order),
                price: price,
                display: order.display,
                orderReference: order.reference,
                to: &output
            )
        }
    }

    /// A reserve order shows its next slice, under a new number on the feed.
    override func sayRefreshed(_ order: PortOrder, _ event: MatchingEvent, _ timestamp: UInt64) {
        options.removeAll()
        _ = options.set(.secondaryOrderReference, event.reference)
        _ = options.set(.displayQuantity, UInt32(clamping: event.displayed.raw / Quantity.scale))
        _ = options.set(.displayPrice, OrderPort.price(event.price))
        say { (output) throws(OuchError) in
            try Ouch50.OrderRestated.write(
                timestamp: timestamp,
                userRefNum: number(of: order),
                reason: OuchCode(.refresh),
                options: options.options,
                to: &output
            )
        }
    }

    override func sayCancelPending(_ order: PortOrder, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch50.CancelPending.write(timestamp: timestamp, userRefNum: number(of: order), to: &output)
        }
    }

    override func sayCancelRejected(_ order: PortOrder, _ timestamp: UInt64) {
        say { (output) throws(OuchError) in
            try Ouch50.CancelRejected.write(timestamp: timestamp, userRefNum: number(of: order), to: &output)
        }
    }
}
