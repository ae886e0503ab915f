// SPDX-License-Identifier: MIT
import HeliosBook
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
    private var flow: RecordedFlow

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
        flow = try Exchange.flow(instruments: capacity.instruments)
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

    private static func flow(instruments: Int) throws(MatchingCapacityError) -> RecordedFlow {
        do {
            return try RecordedFlow(capacity: BookCapacity(instruments: instruments, orders: 1 << 21))
        } catch {
            throw MatchingCapacityError(bytes: error.bytes)
        }
    }

    /// What the recorded day told that could not be done here, because somebody else had traded with its orders.
    public var unmatched: Int { flow.unmatched }

    /// Plays one event of a recorded day (`RecordedFlow`): its orders rest here too, and what executed them then comes as an
    /// order that takes.
    public func play(_ event: Event) {
        guard event.instrument.index < symbols.count || event.kind == .systemEvent else { return }
        var target = ExchangeTarget(exchange: self)
        flow.play(event, into: &target)
        let code = UInt8(truncatingIfNeeded: event.detail)
        guard event.kind == .systemEvent, code == UInt8(ascii: "Q") || code == UInt8(ascii: "M") else { return }
        output.feed.systemEvent(code, at: event.eventTime)
    }

    fileprivate func open(_ id: OrderID) -> Quantity? { engine.open(owner: RecordedFlow.recorded, id: id) }
    fileprivate func phase(of instrument: Instrument) -> MatchingPhase { engine.phase(of: instrument) }
}

/// The exchange as the place where a recorded day is played.
private struct ExchangeTarget: RecordedFlowTarget {
    unowned let exchange: Exchange
    func apply(_ command: MatchingCommand) { exchange.apply(command) }
    func open(_ id: OrderID) -> Quantity? { exchange.open(id) }
    func phase(of instrument: Instrument) -> MatchingPhase { exchange.phase(of: instrument) }
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
