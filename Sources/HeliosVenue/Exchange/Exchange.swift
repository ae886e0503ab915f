// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// An exchange in a box without sockets and clocks: a matching engine, its ITCH feed, and ports that speak OUCH 5.0.
///
/// ```
///  recorded day ─► orders, executions ──┐                        ┌─► ITCH messages (`feed`)
///  port ─ OUCH ─► commands ─────────────┴─► MatchingEngine ──────┤
///                                                                └─► OUCH answers, by owner (`ports`)
/// ```
/// Bytes and times in, bytes out: the same input gives the same bytes. Sockets, threads and SoupBinTCP's lines around it are
/// their owner's (`ExchangeServer` in HeliosLive).
public final class Exchange {
    private var engine: MatchingEngine
    private var output: ExchangeOutput
    /// Those who may trade, in the order of their configuration.
    public let ports: [OuchPort]
    public let symbols: [Symbol]
    private let midnight: Timestamp
    /// What the recorded day told that could not be done here, because somebody else had traded with its orders.
    public private(set) var unmatched = 0
    private var resting: [OrderID: RecordedOrder] = [:]
    /// Recorded orders that traded in an auction whose print has not come, by instrument.
    private var crossing: [[OrderID]]
    /// The trading state that the record told last, by instrument.
    private var states: [UInt8]

    /// The recorded day's resting orders, and those that come to take them.
    static let recorded: UInt32 = 0
    static let taker: UInt32 = 1
    private var takerID: UInt64 = 0

    /// - Parameters:
    ///   - symbols: by instrument.
    ///   - users: who may log in, each a port of its own.
    ///   - midnight: of the trading day.
    ///   - feedMessages: room for the day's ITCH messages.
    /// - Throws: `MatchingCapacityError`.
    public init(
        symbols: [Symbol],
        users: [String],
        midnight: Timestamp,
        feedMessages: Int = 1 << 22
    ) throws(MatchingCapacityError) {
        var capacity = MatchingCapacity(instruments: max(symbols.count, 1), owners: users.count + 2)
        capacity.orders = 1 << 21
        capacity.levels = 1 << 20
        engine = try MatchingEngine(capacity: capacity)
        self.symbols = symbols
        self.midnight = midnight
        crossing = Array(repeating: [], count: symbols.count)
        states = Array(repeating: 0, count: symbols.count)
        ports = users.enumerated().map {
            OuchPort(user: $1, owner: UInt32($0 + 2), symbols: symbols, midnight: midnight)
        }
        output = ExchangeOutput(feed: ExchangeFeed(symbols: symbols, midnight: midnight, messages: feedMessages))
        var rules = MatchingRules()
        rules.tick = Price(raw: 10_000)
        for index in symbols.indices { _ = engine.define(Instrument(id: UInt32(index)), rules) }
    }

    /// The ITCH messages so far.
    public func withFeed<Result>(_ body: (borrowing MessageStore) throws -> Result) rethrows -> Result {
        try body(output.feed.messages)
    }

    /// ITCH messages that found no room.
    public var lostMessages: UInt64 { output.feed.lost }

    /// Begins the day: directory entries, every instrument in its call before the open.
    public func begin(at time: Timestamp) {
        output.feed.begin(at: time)
        for index in symbols.indices { apply(.phase(Instrument(id: UInt32(index)), .preOpen, time: time)) }
        for port in ports { port.systemEvent(.startOfDay, at: time) }
    }

    /// Ends the day: all orders end, the feed and every port learn it.
    public func end(at time: Timestamp) {
        for index in symbols.indices { apply(.phase(Instrument(id: UInt32(index)), .closed, time: time)) }
        output.feed.systemEvent(UInt8(ascii: "C"), at: time)
        for port in ports { port.systemEvent(.endOfDay, at: time) }
    }

    /// Carries out a command and tells everybody whom it concerns.
    public func apply(_ command: MatchingCommand) {
        engine.apply(command, to: &output)
        for event in output.owned { tell(event) }
        output.owned.removeAll(keepingCapacity: true)
    }

    private func tell(_ event: MatchingEvent) {
        let (owner, contra) = (Int(event.owner) - 2, Int(event.contraOwner) - 2)
        if ports.indices.contains(owner) { ports[owner].take(event, isContra: false) }
        let hasTwoSides = event.kind == .executed || event.kind == .crossExecuted || event.kind == .broken
        if hasTwoSides, ports.indices.contains(contra) { ports[contra].take(event, isContra: true) }
    }

    // MARK: Ports

    /// Takes an OUCH message of a port; what it says back stands in the port's stream.
    public func receive(_ message: WireBytes, from port: OuchPort, at time: Timestamp) {
        guard let command = port.command(message, at: time) else { return }
        apply(command)
        port.finish()
    }

    /// The port's line is gone: orders that ask for it are cancelled.
    public func disconnected(_ port: OuchPort, at time: Timestamp) { apply(.disconnect(owner: port.owner, time: time)) }

    // MARK: The recorded day

    /// Plays one event of a recorded day: its orders rest here too, and what executed them then comes as an order that takes.
    ///
    /// An order of a port that stands before a recorded one is met first; then less of the recorded order is left than it
    /// was, and what the record later says of it that can't be done is counted in `unmatched`.
    public func play(_ event: Event) {
        guard event.instrument.index < symbols.count || event.kind == .systemEvent else { return }
        let time = event.eventTime
        switch event.kind {
        case .addOrder: enter(event.orderID, event.instrument, event.side, event.quantity, event.price, time)
        case .executeOrder, .executeOrderAtPrice: execute(event, time)
        case .cancelOrder: reduce(event.orderID, by: event.quantity, time)
        case .deleteOrder:
            guard let order = resting.removeValue(forKey: event.orderID), open(event.orderID) != nil else {
                return miss()
            }
            apply(.cancel(order.instrument, owner: Exchange.recorded, id: event.orderID, time: time))
        case .replaceOrder:
            guard let order = resting.removeValue(forKey: event.orderID) else { return miss() }
            if open(event.orderID) != nil {
                apply(.cancel(order.instrument, owner: Exchange.recorded, id: event.orderID, time: time))
            }
            enter(event.detail, order.instrument, order.side, event.quantity, event.price, time)
        case .crossTrade: cross(event, time)
        case .tradingStatus: phase(event, time)
        case .systemEvent: systemEvent(event, time)
        default: break
        }
    }

    private func miss() { unmatched += 1 }

    private func open(_ id: OrderID) -> Quantity? { engine.open(owner: Exchange.recorded, id: id) }

    private func enter(
        _ id: OrderID,
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        _ price: Price,
        _ time: Timestamp
    ) {
        resting[id] = RecordedOrder(instrument: instrument, side: side, price: price, left: quantity)
        apply(.enter(instrument, owner: Exchange.recorded, id: id, side, quantity, at: price, time: time))
    }

    /// Takes `quantity` from a recorded order, as far as it is still there.
    private func reduce(_ id: OrderID, by quantity: Quantity, _ time: Timestamp) {
        guard var order = resting[id] else { return miss() }
        order.left = max(order.left - quantity, .zero)
        resting[id] = order.left.raw > 0 ? order : nil
        guard let open = open(id) else { return miss() }
        guard open > order.left else { return }
        apply(.cancel(order.instrument, owner: Exchange.recorded, id: id, keeping: order.left, time: time))
    }

    /// What took the order then takes again: the best that stands here, up to the order's price.
    private func execute(_ event: Event, _ time: Timestamp) {
        guard var order = resting[event.orderID] else { return miss() }
        if !event.flags.contains(.printable) {
            // Belongs to an auction, which is held here too, and is told before the auction's print.
            order.left = max(order.left - event.quantity, .zero)
            resting[event.orderID] = order
            return crossing[order.instrument.index].append(event.orderID)
        }
        // Nothing matches here before the opening auction.
        guard engine.phase(of: order.instrument) == .open else {
            return reduce(event.orderID, by: event.quantity, time)
        }
        order.left = max(order.left - event.quantity, .zero)
        resting[event.orderID] = order.left.raw > 0 ? order : nil
        takerID += 1
        apply(
            .enter(
                order.instrument,
                owner: Exchange.taker,
                id: takerID,
                order.side == .buy ? .sell : .buy,
                event.quantity,
                at: order.price,
                duration: .immediateOrCancel,
                time: time
            )
        )
    }

    /// Holds the auction among the orders that are here, and takes away what met orders that the record does not show.
    private func cross(_ event: Event, _ time: Timestamp) {
        let letter = UInt8(truncatingIfNeeded: event.detail >> 56)
        let kind: CrossKind = letter == UInt8(ascii: "C") ? .closing : letter == UInt8(ascii: "H") ? .halt : .opening
        apply(.uncross(event.instrument, kind, reference: event.price, time: time))
        for id in crossing[event.instrument.index] {
            guard let order = resting[id] else { continue }
            if order.left.raw == 0 { resting[id] = nil }
            guard let open = open(id), open > order.left else { continue }
            apply(.cancel(order.instrument, owner: Exchange.recorded, id: id, keeping: order.left, time: time))
        }
        crossing[event.instrument.index].removeAll()
        guard kind != .closing, states[event.instrument.index] == UInt8(ascii: "T") else { return }
        apply(.phase(event.instrument, .open, time: time))
    }

    /// Before the day's auction nothing matches, whatever the state; after a halt the halt's auction opens again.
    private func phase(_ event: Event, _ time: Timestamp) {
        let state = UInt8(truncatingIfNeeded: event.detail)
        states[event.instrument.index] = state
        let before = engine.phase(of: event.instrument)
        switch state {
        case UInt8(ascii: "T"):
            if before == .halted || before == .paused { apply(.phase(event.instrument, .open, time: time)) }
        case UInt8(ascii: "Q"): apply(.phase(event.instrument, .auctionCall, time: time))
        // Orders go on to come in a recorded halt, and wait for the auction that ends it: in the engine's words, a pause.
        default: apply(.phase(event.instrument, .paused, time: time))
        }
    }

    private func systemEvent(_ event: Event, _ time: Timestamp) {
        let code = UInt8(truncatingIfNeeded: event.detail)
        guard code == UInt8(ascii: "Q") || code == UInt8(ascii: "M") else { return }
        output.feed.systemEvent(code, at: time)
    }
}

/// What must be known of a recorded order beside what the engine knows.
private struct RecordedOrder {
    var instrument: Instrument
    var side: Side
    var price: Price
    /// What the record has left of it.
    var left: Quantity
}

/// Writes the feed as events come, and keeps what owners are to hear.
struct ExchangeOutput: MatchingOutput, ~Copyable {
    var feed: ExchangeFeed
    var owned: [MatchingEvent] = []

    init(feed: consuming ExchangeFeed) { self.feed = feed }

    mutating func receive(_ event: MatchingEvent) {
        feed.publish(event)
        let isOwned = event.kind.rawValue < MatchingEventKind.shown.rawValue || event.kind == .broken
        if isOwned, event.owner >= 2 || event.contraOwner >= 2 { owned.append(event) }
    }
}
