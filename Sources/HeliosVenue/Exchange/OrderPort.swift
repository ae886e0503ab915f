// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What a port remembers of an order: what its protocol says again, and what is left.
struct PortOrder {
    /// The order's number in the engine, among those of its owner.
    var id: UInt64
    var token: OuchToken
    var instrument: Instrument
    var side: OuchCode<OuchSide>
    /// Over the whole chain of replacements.
    var quantity: UInt32
    var price: UInt64
    /// As on the wire: a letter of OUCH 5.0, seconds of 4.2.
    var timeInForce: UInt32
    var firm: Alpha4
    var display: OuchCode<OuchDisplay>
    var capacity: OuchCode<OuchCapacity>
    var sweep: OuchCode<OuchSweep>
    var cross: OuchCode<OuchCross>
    var minimum: UInt32 = 0
    var group: UInt16?
    /// The optional fields to be said again.
    var options: [UInt8] = []
    var selfMatch: UInt8 = 0
    /// When it ends by itself.
    var expiry: Timestamp?
    var open: UInt32 = 0
    /// The venue's number.
    var reference: UInt64 = 0
    var hasTraded = false
}

/// Why a port refuses an order, in both protocols' words.
struct PortRefusal {
    var code: UInt16
    var letter: UInt8

    init(_ code: OuchRejectCode, _ letter: OuchRejectLetter) {
        self.code = code.rawValue
        self.letter = letter.rawValue
    }

    init(_ reason: MatchingRejectReason) {
        code = reason.ouchCode
        letter = reason.ouch42Code
    }
}

/// A participant's door for orders: what OUCH 5.0 and 4.2 have in common.
public class OrderPort: SoupPort, OrderTaker {
    /// Its number in the matching engine.
    public final let owner: UInt32
    /// Live orders, and those that have traded, by their number in the engine.
    final var orders: [UInt64: PortOrder] = [:]
    /// The order that the message under way is about.
    final var pending: PortOrder?
    /// The order that the message under way modifies: its cancel is told as a modification.
    final var modifying: UInt64?

    init(
        _ settings: PortSettings,
        owner: UInt32,
        number: Int,
        stream: consuming SoupStream,
        desk: ExchangeDesk
    ) {
        self.owner = owner
        super.init(
            user: SoupText(settings.user) ?? .blank,
            kind: settings.kind,
            number: number,
            stream: stream,
            desk: desk
        )
    }

    override final func finish() {
        pending = nil
        modifying = nil
    }

    /// The order, if something of it is open.
    final func live(_ id: UInt64) -> PortOrder? {
        guard let order = orders[id], order.open > 0 else { return nil }
        return order
    }

    final func expire(_ entry: ExpiryQueue.Entry) -> MatchingCommand? {
        guard let order = live(entry.id), order.expiry == entry.time else { return nil }
        return .cancel(order.instrument, owner: owner, id: entry.id, reason: .timeout, time: entry.time)
    }

    final func refusePending(at time: Timestamp) -> Bool {
        guard let pending else { return false }
        reject(pending, PortRefusal(.other, .other), time)
        return true
    }

    // MARK: Words of the protocol

    func sayAccepted(_ order: PortOrder, isDead: Bool, _ timestamp: UInt64) {}
    func sayReplaced(_ order: PortOrder, _ before: PortOrder, isDead: Bool, _ timestamp: UInt64) {}
    func sayExecuted(_ order: PortOrder, _ shares: UInt32, _ event: MatchingEvent, _ letter: UInt8, _ time: UInt64) {}
    func sayCancelled(_ order: PortOrder, _ shares: UInt32, _ event: MatchingEvent, _ timestamp: UInt64) {}
    func sayModified(_ order: PortOrder, _ timestamp: UInt64) {}
    func sayRejected(_ order: PortOrder, _ refusal: PortRefusal, _ timestamp: UInt64) {}
    func sayBroken(_ order: PortOrder, _ match: UInt64, _ timestamp: UInt64) {}
    func sayMoved(_ order: PortOrder, _ price: UInt64, _ timestamp: UInt64) {}
    func sayRefreshed(_ order: PortOrder, _ event: MatchingEvent, _ timestamp: UInt64) {}
    func sayCancelPending(_ order: PortOrder, _ timestamp: UInt64) {}
    func sayCancelRejected(_ order: PortOrder, _ timestamp: UInt64) {}
    /// UserRefNum of an order, where there is one.
    func number(of order: PortOrder) -> UInt32 { 0 }
    /// The reject reason as the protocol writes it.
    func detail(of refusal: PortRefusal) -> UInt16 { refusal.code }

    // MARK: Events

    /// Takes an event about an order of this port; with `isContra` the order is the event's other side.
    final func take(_ event: MatchingEvent, isContra: Bool) {
        let id = isContra ? event.contraID : event.id
        let timestamp = desk.timeOfDay(event.time)
        let shares = UInt32(clamping: event.quantity.raw / Quantity.scale)
        let left = UInt32(clamping: (isContra ? event.contraOpen : event.open).raw / Quantity.scale)
        switch event.kind {
        case .accepted: accepted(event, left, timestamp)
        case .replaced: replaced(event, left, timestamp)
        case .executed, .crossExecuted: executed(event, id, shares, left, isContra: isContra, timestamp)
        case .cancelled: cancelled(event, id, shares, left, timestamp)
        case .rejected: if let pending { reject(pending, PortRefusal(event.rejectReason), event.time) }
        case .cancelRejected: ignored += 1
        case .broken:
            guard let order = orders[id] else { return }
            sayBroken(order, event.match, timestamp)
            copy(.broken, order, timestamp) { $0.match = event.match }
        case .priorityUpdated, .restated: moved(event, id, timestamp)
        default: break
        }
    }

    final func reject(_ order: PortOrder, _ refusal: PortRefusal, _ time: Timestamp) {
        let timestamp = desk.timeOfDay(time)
        sayRejected(order, refusal, timestamp)
        copy(.rejected, order, timestamp) {
            $0.open = 0
            $0.detail = detail(of: refusal)
        }
    }

    private func accepted(_ event: MatchingEvent, _ left: UInt32, _ timestamp: UInt64) {
        guard var order = pending else { return }
        order.reference = event.reference
        order.open = left
        let isDead = event.flags.contains(.dead)
        keep(order, isDead: isDead)
        sayAccepted(order, isDead: isDead, timestamp)
        copy(.accepted, order, timestamp) { $0.detail = UInt16((isDead ? OuchOrderState.dead : .live).rawValue) }
    }

    private func replaced(_ event: MatchingEvent, _ left: UInt32, _ timestamp: UInt64) {
        guard var order = pending, var before = orders[event.contraID] else { return }
        let isDead = event.flags.contains(.dead)
        before.open = 0
        settle(before)
        order.reference = event.reference
        order.open = left
        order.hasTraded = false
        keep(order, isDead: isDead)
        sayReplaced(order, before, isDead: isDead, timestamp)
        copy(.replaced, order, timestamp) {
            $0.previous = event.contraReference
            $0.detail = UInt16((isDead ? OuchOrderState.dead : .live).rawValue)
        }
    }

    private func keep(_ order: PortOrder, isDead: Bool) {
        guard !isDead else { return }
        orders[order.id] = order
        guard let expiry = order.expiry else { return }
        desk.expiries.insert(ExpiryQueue.Entry(time: expiry, owner: owner, id: order.id))
    }

    private func executed(
        _ event: MatchingEvent,
        _ id: UInt64,
        _ shares: UInt32,
        _ left: UInt32,
        isContra: Bool,
        _ timestamp: UInt64
    ) {
        guard var order = orders[id] else { return }
        order.open = left
        order.hasTraded = true
        settle(order)
        let letter = event.liquidity(incoming: isContra)
        sayExecuted(order, shares, event, letter, timestamp)
        copy(.executed, order, timestamp) {
            $0.quantity = shares
            $0.price = OrderPort.price(event.price)
            $0.match = event.match
            $0.detail = UInt16(letter)
        }
    }

    private func cancelled(
        _ event: MatchingEvent,
        _ id: UInt64,
        _ shares: UInt32,
        _ left: UInt32,
        _ timestamp: UInt64
    ) {
        guard var order = orders[id] else { return }
        order.open = left
        if modifying == id, let pending {
            order.side = pending.side
            settle(order)
            sayModified(order, timestamp)
            copy(.modified, order, timestamp) { $0.quantity = left }
            return
        }
        settle(order)
        sayCancelled(order, shares, event, timestamp)
        copy(.cancelled, order, timestamp) {
            $0.quantity = shares
            $0.detail = UInt16(event.cancelReason.ouchCode)
        }
    }

    /// A side changes without anything that the engine knows.
    final func modifySide(_ order: PortOrder, _ time: Timestamp) {
        orders[order.id] = order
        let timestamp = desk.timeOfDay(time)
        sayModified(order, timestamp)
        copy(.modified, order, timestamp) { $0.quantity = order.open }
    }

    private func moved(_ event: MatchingEvent, _ id: UInt64, _ timestamp: UInt64) {
        guard var order = orders[id] else { return }
        let before = order.reference
        order.reference = event.reference
        orders[id] = order
        let price = OrderPort.price(event.price)
        if event.kind == .restated {
            sayRefreshed(order, event, timestamp)
        } else {
            sayMoved(order, price, timestamp)
        }
        copy(.restated, order, timestamp) {
            $0.price = price
            $0.previous = before
        }
    }

    /// Keeps what is live or has traded, for a trade may still be undone; other numbers need no memory and stay used.
    private func settle(_ order: PortOrder) {
        orders[order.id] = order.open > 0 || order.hasTraded ? order : nil
    }

    private func copy(
        _ kind: DropCopyKind,
        _ order: PortOrder,
        _ timestamp: UInt64,
        _ complete: (inout DropCopyMessage) -> Void
    ) {
        guard !desk.dropCopies.isEmpty || !desk.fixCopies.isEmpty else { return }
        var message = DropCopyMessage(kind)
        message.timestamp = timestamp
        message.user = user
        message.token = order.token
        message.number = number(of: order)
        message.reference = order.reference
        message.side = order.side
        if order.instrument.index < desk.symbols.count { message.symbol = desk.symbols[order.instrument.index] }
        message.quantity = order.quantity
        message.price = order.price
        message.open = order.open
        complete(&message)
        desk.tellCopies(message)
        desk.fixCopies.tell(message, desk)
    }

    /// In OUCH's 1e-4 dollars.
    static func price(_ price: Price) -> UInt64 { UInt64(clamping: price.raw / 10_000) }

    /// From OUCH's 1e-4 dollars; nil above the largest price, zero for a market order.
    static func price(_ price: UInt64) -> Price? {
        if price == Ouch50.marketPrice { return .zero }
        return price <= Ouch50.largestPrice ? Price(raw: Int64(price) * 10_000) : nil
    }
}
