// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// An exchange in a box without sockets and clocks: a matching engine, its ITCH feed, and ports of several protocols.
///
/// ```
///  recorded day ─► orders, executions ──┐                        ┌─► ITCH messages (`withFeed`), snapshots (`open`)
///  port ─ OUCH ─► commands ─────────────┴─► MatchingEngine ──────┤
///                                                                └─► answers, by owner, and drop copies (`ports`)
/// ```
/// Bytes and times in, bytes out: the same input gives the same bytes. Sockets, threads and SoupBinTCP's lines around it are
/// their owner's (`VenueServer` in HeliosLive).
public final class Exchange {
    var engine: MatchingEngine
    var output: ExchangeOutput
    public let settings: ExchangeSettings
    /// Who may log in over SoupBinTCP, in the order of their configuration; snapshots are made by `open`.
    public let ports: [SoupPort]
    /// Who may enter orders by FIX.
    public let fixPorts: [FixPort]
    public let symbols: [Symbol]
    let desk: ExchangeDesk
    /// The ports that enter orders; the engine's owner `n` is number `n - 2`.
    private let traders: [any OrderTaker]
    private var commands: [MatchingCommand] = []
    var flow: RecordedFlow
    /// Whether what a command has changed is being told.
    private var isTelling = false

    private static let firstTrader = RecordedFlow.firstOwner

    /// - Parameters:
    ///   - symbols: by instrument.
    ///   - midnight: of the trading day.
    ///   - settings: its ports and what kind of market it is.
    /// - Throws: `MatchingCapacityError`.
    public init(
        symbols: [Symbol],
        midnight: Timestamp,
        settings: ExchangeSettings
    ) throws(MatchingCapacityError) {
        var capacity = MatchingCapacity(instruments: max(symbols.count, 1), owners: settings.ports.count + 2)
        capacity.orders = 1 << 21
        capacity.levels = 1 << 20
        engine = try MatchingEngine(capacity: capacity)
        self.symbols = symbols
        self.settings = settings
        flow = try Exchange.flow(instruments: capacity.instruments)
        desk = ExchangeDesk(
            symbols: symbols,
            midnight: midnight,
            isDark: settings.kind == .dark,
            firstNumber: settings.firstNumber
        )
        (ports, fixPorts, traders) = Exchange.makePorts(settings, desk)
        output = ExchangeOutput(
            feed: ExchangeFeed(symbols: symbols, midnight: midnight, messages: settings.feedMessages),
            watch: MarketWatch(instruments: symbols.count)
        )
        var rules = MatchingRules()
        rules.tick = settings.tick
        rules.isDark = settings.kind == .dark
        for index in symbols.indices { _ = engine.define(Instrument(id: UInt32(index)), rules) }
        desk.exchange = self
        if !settings.dealers.dealers.isEmpty { desk.dealers = FixDealers(settings.dealers, self) }
    }

    /// A displayed market whose users all speak OUCH 5.0.
    ///
    /// - Throws: `MatchingCapacityError`.
    public convenience init(
        symbols: [Symbol],
        users: [String],
        midnight: Timestamp,
        feedMessages: Int = 1 << 22
    ) throws(MatchingCapacityError) {
        var settings = ExchangeSettings(ports: users.map { PortSettings(user: $0) })
        settings.feedMessages = feedMessages
        try self.init(symbols: symbols, midnight: midnight, settings: settings)
    }

    private static func makePorts(_ settings: ExchangeSettings, _ desk: ExchangeDesk)
        -> ([SoupPort], [FixPort], [any OrderTaker])
    {
        var ports: [SoupPort] = []
        var fixPorts: [FixPort] = []
        var traders: [any OrderTaker] = []
        for (number, port) in settings.ports.enumerated() where port.kind != .snapshot {
            let owner = UInt32(traders.count) + firstTrader
            if let dialect = port.kind.dialect, port.isCopy {
                desk.fixCopies.append(FixCopyPort(port, dialect, number: number, desk: desk))
                continue
            }
            if let dialect = port.kind.dialect {
                let port = FixPort(port, dialect, owner: owner, number: number, desk: desk)
                fixPorts.append(port)
                traders.append(port)
                continue
            }
            let stream = SoupStream(
                session: SoupText(settings.session(ofPort: number)) ?? .blank,
                messages: settings.portMessages,
                bytes: settings.portMessages * 64
            )
            guard port.kind != .dropCopy else {
                let copy = DropCopyPort(port, number: number, stream: stream, desk: desk)
                desk.dropCopies.append(copy)
                ports.append(copy)
                continue
            }
            let trader =
                port.kind == .ouch42
                ? Ouch42Port(port, owner: owner, number: number, stream: stream, desk: desk)
                : OuchPort(port, owner: owner, number: number, stream: stream, desk: desk)
            ports.append(trader)
            traders.append(trader)
        }
        return (ports, fixPorts, traders)
    }

    /// Who is told of others' orders by FIX.
    public var fixCopyPorts: [FixCopyPort] { desk.fixCopies.ports }

    private var allPorts: [ExchangePort] { ports + fixPorts }

    // MARK: Reading

    /// The ITCH messages so far.
    public func withFeed<Result>(_ body: (borrowing MessageStore) throws -> Result) rethrows -> Result {
        try body(output.feed.messages)
    }

    /// ITCH messages that found no room.
    public var lostMessages: UInt64 { output.feed.lost }

    /// The displayed orders of an instrument and side in order of priority.
    public func forEachDisplayed(_ instrument: Instrument, _ side: Side, _ body: (DisplayedOrder) -> Void) {
        engine.forEachDisplayed(instrument, side, body)
    }

    // MARK: The day

    /// Begins the day: directory entries, every instrument in its call before the open.
    public func begin(at time: Timestamp) {
        output.feed.begin(at: time)
        for index in symbols.indices { apply(.phase(Instrument(id: UInt32(index)), .preOpen, time: time)) }
        for port in allPorts { port.systemEvent(.startOfDay, at: time) }
    }

    /// Ends the day: all orders end, the feed and every port learn it.
    public func end(at time: Timestamp) {
        for index in symbols.indices { apply(.phase(Instrument(id: UInt32(index)), .closed, time: time)) }
        output.feed.systemEvent(UInt8(ascii: "C"), at: time)
        for port in allPorts { port.systemEvent(.endOfDay, at: time) }
    }

    /// Lets orders end whose time is up.
    public func advance(to time: Timestamp) {
        while let due = desk.expiries.pop(upTo: time) {
            if let command = trader(due.owner)?.expire(due) { apply(command) }
        }
        desk.dealers?.advance(to: time)
    }

    /// When `advance` has something to do.
    public var due: Timestamp { min(desk.expiries.next ?? .never, desk.dealers?.due ?? .never) }

    /// The outside market's best prices, which a dark market trades between; zero for none.
    public func reference(_ instrument: Instrument, bid: Price, ask: Price, at time: Timestamp) {
        apply(.quote(instrument, bid: bid, ask: ask, time: time))
    }

    /// From now on until the instrument's next auction, orders for an auction can't be cancelled: a full cancel is answered
    /// with Cancel Pending, a partial one with Cancel Reject.
    public func freezeAuctionOrders(_ instrument: Instrument) {
        if instrument.index < symbols.count { desk.isFrozen[instrument.index] = true }
    }

    /// Carries out a command and tells everybody whom it concerns.
    public func apply(_ command: MatchingCommand) {
        engine.apply(command, to: &output)
        for event in output.owned { tell(event) }
        output.owned.removeAll(keepingCapacity: true)
        if command.kind == .uncross, command.instrument.index < symbols.count {
            desk.isFrozen[command.instrument.index] = false
        }
        if !isTelling, output.watch.isOn, !output.watch.touched.isEmpty { tellMarket(at: command.time) }
    }

    /// Carries out commands, and `body`, before anybody can answer what one of them has changed.
    func applyTogether(_ commands: [MatchingCommand], _ body: () -> Void) {
        let wasTelling = isTelling
        isTelling = true
        for command in commands { apply(command) }
        body()
        isTelling = wasTelling
        guard !wasTelling, output.watch.isOn, !output.watch.touched.isEmpty, let last = commands.last else { return }
        tellMarket(at: last.time)
    }

    /// Tells subscribers what has changed, and lets waiting packages try; what these change is told next.
    private func tellMarket(at time: Timestamp) {
        isTelling = true
        var left = Exchange.roundMax
        while !output.watch.touched.isEmpty, left > 0 {
            left -= 1
            let watch = output.watch
            output.watch.removeAll()
            for port in fixPorts where !port.subscriptions.isEmpty { port.market(watch, at: time) }
            for port in fixPorts where !port.waitingPackages.isEmpty { port.tryPackages(watch.touched, at: time) }
        }
        isTelling = false
    }

    /// Rounds of packages that make each other possible.
    private static let roundMax = 64

    private func tell(_ event: MatchingEvent) {
        trader(event.owner)?.take(event, isContra: false)
        let hasTwoSides = event.kind == .executed || event.kind == .crossExecuted || event.kind == .broken
        if hasTwoSides { trader(event.contraOwner)?.take(event, isContra: true) }
    }

    private func trader(_ owner: UInt32) -> (any OrderTaker)? {
        guard owner >= Exchange.firstTrader, Int(owner - Exchange.firstTrader) < traders.count else { return nil }
        return traders[Int(owner - Exchange.firstTrader)]
    }

    // MARK: Ports

    /// The door that a login leads to; nil when there is none of that kind for the user.
    ///
    /// For a snapshot a new one is made at every call: the books as they are now, in a session of its own that has its end.
    public func open(_ kind: PortKind, user: SoupText, at time: Timestamp) -> SoupPort? {
        guard kind == .snapshot else { return ports.first { $0.kind == kind && $0.user.matches(user) } }
        let isKnown = settings.ports.contains { SoupText($0.user)?.matches(user) ?? false }
        return isKnown ? snapshot(for: user, at: time) : nil
    }

    /// Takes a message of a port; what is said to it stands in the port's stream.
    public func receive(_ message: WireBytes, from port: ExchangePort, at time: Timestamp) {
        advance(to: time)
        commands.removeAll(keepingCapacity: true)
        port.read(message, at: time, into: &commands)
        for command in commands { apply(command) }
        port.finish()
    }

    /// Cancels all orders of a port by FIX whose user can't be told of them any more; false when it has none.
    public func cancelAll(of port: FixDoorPort, at time: Timestamp) -> Bool {
        guard let port = port as? FixPort else { return false }
        port.cancelAll(at: time)
        return true
    }

    /// The port's line is gone: orders that ask for it are cancelled.
    public func disconnected(_ port: ExchangePort, at time: Timestamp) {
        (port as? FixDoorPort)?.disconnected(at: time)
        guard let port = port as? any OrderTaker else { return }
        apply(.disconnect(owner: port.owner, time: time))
    }
}

/// Writes the feed as events come, and keeps what owners are to hear.
struct ExchangeOutput: MatchingOutput, ~Copyable {
    var feed: ExchangeFeed
    var watch: MarketWatch
    var owned: [MatchingEvent] = []

    init(feed: consuming ExchangeFeed, watch: MarketWatch) {
        self.feed = feed
        self.watch = watch
    }

    mutating func receive(_ event: MatchingEvent) {
        feed.publish(event)
        watch.receive(event)
        let isOwned = event.kind.rawValue < MatchingEventKind.shown.rawValue || event.kind == .broken
        if isOwned, event.owner >= 2 || event.contraOwner >= 2 { owned.append(event) }
    }
}
