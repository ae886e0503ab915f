// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// One trading day of a venue: its exchange, its order flow, and what the clock of the market brings.
final class VenueDay {
    /// What the market's clock brings beside the flow.
    private enum Action {
        case halt(Instrument)
        case reopen(Instrument)
        case open
        case end
    }

    let exchange: Exchange
    /// The feed's session.
    let session: String
    let midnight: Timestamp
    /// The market's time: of the last thing that happened.
    private(set) var now: Timestamp
    private(set) var hasEnded = false
    private var bands: PriceBands?
    private let flow: (any OrderFlow)?
    /// The flow's instruments as this venue numbers them.
    private let numbers: [UInt32]
    /// In the order of their time.
    private var actions: [(time: Timestamp, action: Action)] = []
    private var nextAction = 0
    private var nextSecond: Timestamp
    /// The drop copy that the venue keeps its books with.
    private let copy: SoupPort?
    private var copied: UInt64 = 1
    private var hashed: UInt64 = 1

    /// A name that no participant can log in by.
    static let houseUser = "#HOUSE"

    /// - Parameters:
    ///   - venue: what is asked for.
    ///   - flow: the day's orders; nil for none.
    ///   - listed: what is listed; symbols that the flow does not have are never traded by it.
    ///   - midnight: of the day.
    ///   - session: the feed's name.
    /// - Throws: `MatchingCapacityError`.
    init(
        _ venue: VenueDescription,
        flow: (any OrderFlow)?,
        listed: [Symbol],
        midnight: Timestamp,
        session: String
    ) throws {
        self.flow = flow
        self.session = session
        self.midnight = midnight
        var numbers: [Symbol: UInt32] = [:]
        for (index, symbol) in listed.enumerated() { numbers[symbol] = UInt32(index) }
        self.numbers = (flow?.symbols ?? []).map { numbers[$0] ?? .max }
        exchange = try Exchange(
            symbols: listed,
            midnight: midnight,
            settings: VenueDay.settings(venue, session, expected: flow?.expected)
        )
        copy = exchange.ports.first { $0.kind == .dropCopy && $0.user.description == VenueDay.houseUser }
        bands = venue.bands.map { PriceBands($0, instruments: listed.count, midnight: midnight) }
        now = max((try flow?.peek())?.eventTime ?? midnight, midnight)
        let open = midnight + 34_200_000_000_000
        nextSecond = bands == nil ? .never : open + 1_000_000_000
        if venue.kind == .dark { actions.append((open, .open)) }
        for halt in venue.halts {
            guard let number = numbers[halt.symbol] else { continue }
            let instrument = Instrument(id: number)
            actions.append((midnight + halt.start, .halt(instrument)))
            actions.append((midnight + halt.start + halt.length, .reopen(instrument)))
        }
        actions.append((midnight + venue.end, .end))
        actions.sort { $0.time < $1.time }
        exchange.begin(at: now)
    }

    private static func settings(_ venue: VenueDescription, _ session: String, expected: Int?) -> ExchangeSettings {
        var ports: [PortSettings] = []
        for door in venue.doors {
            for user in door.users {
                var port = PortSettings(user: user.name, kind: door.language.kind, concerning: user.concerning)
                port.isCopy = door.role == .dropCopy
                port.cancelsOnDisconnect = door.cancelsOnDisconnect
                port.liquidityTag = door.liquidityTag
                if !ports.contains(port) { ports.append(port) }
            }
        }
        ports.append(PortSettings(user: houseUser, kind: .dropCopy))
        var settings = ExchangeSettings(ports: ports)
        settings.kind = venue.kind == .dark ? .dark : .lit
        settings.dealers = DealerSettings(venue.dealers)
        settings.dealers.latency = 0
        settings.dealers.seed = venue.seed
        // Sessions may go on after a restart, in which the market's day is the same: by the clock no number comes again.
        settings.firstNumber = UInt64(clamping: Sockets.wallClock / 1_000)
        settings.feedSession = session
        settings.portSession = String(session.suffix(6))
        // Participants and bands publish too.
        settings.feedMessages = venue.kind == .dark ? 1 << 20 : max((expected ?? 8 << 20) * 3 / 2, 1 << 20)
        return settings
    }

    var pauses: Int { bands?.pauses ?? 0 }

    /// When the market's clock next brings something; nil when the day is over.
    func due() throws -> Timestamp? {
        guard !hasEnded else { return nil }
        guard let flow else { return min(actions[nextAction].time, nextSecond) }
        // A flow that has ended ends the day.
        guard let event = try flow.peek() else { return now }
        return min(event.eventTime, min(actions[nextAction].time, nextSecond))
    }

    /// Lets the next thing happen.
    func step() throws {
        guard let time = try due() else { return }
        if let flow, try flow.peek() == nil { return finish() }
        now = max(now, time)
        exchange.advance(to: now)
        if actions[nextAction].time == time {
            nextAction += 1
            return act(actions[nextAction - 1].action)
        }
        if nextSecond == time {
            nextSecond = nextSecond + 1_000_000_000
            bands?.step(exchange, at: now)
            return
        }
        guard let flow, var event = try flow.peek() else { return }
        flow.advance()
        if event.instrument.index < numbers.count { event.instrument = Instrument(id: numbers[event.instrument.index]) }
        exchange.play(event)
    }

    private func act(_ action: Action) {
        switch action {
        case .halt(let instrument): exchange.apply(.phase(instrument, .paused, time: now))
        case .reopen(let instrument):
            guard exchange.phase(of: instrument) == .paused, bands?.isPaused(instrument) != true else { return }
            let last = exchange.lastPrice(of: instrument)
            exchange.apply(.uncross(instrument, .halt, reference: last, time: now))
            exchange.apply(.phase(instrument, .open, time: now))
        case .open:
            for index in exchange.symbols.indices {
                exchange.apply(.phase(Instrument(id: UInt32(index)), .open, time: now))
            }
        case .end: finish()
        }
    }

    /// The market's clock goes on to `time` without anything happening.
    func pass(to time: Timestamp) {
        now = max(now, time)
        exchange.advance(to: now)
    }

    /// Ends the day: every order, the feed and every participant's session.
    func finish() {
        guard !hasEnded else { return }
        hasEnded = true
        flow?.cancel()
        exchange.end(at: now)
        for port in exchange.ports { port.stream.hasEnded = true }
    }

    /// Adds what has happened since the last call.
    func account(_ summary: inout VenueSummary, _ fees: VenueFees) {
        while let copy, let bytes = copy.stream.store[copied] {
            copied += 1
            guard let message = try? DropCopyMessage(bytes) else { continue }
            if message.kind != .systemEvent { summary.count(message, fees) }
        }
        exchange.withFeed { messages in
            var hash = summary.fingerprint
            while let message = messages[hashed] {
                hashed += 1
                for index in 0..<message.count { hash = (hash ^ UInt64(message[index])) &* 0x0000_0100_0000_01B3 }
                summary.messages += 1
            }
            summary.fingerprint = hash
        }
    }
}

extension VenueDoor.Language {
    /// As the exchange calls it.
    var kind: PortKind {
        switch self {
        case .ouch50: .ouch50
        case .ouch42: .ouch42
        case .dropCopy: .dropCopy
        case .snapshot: .snapshot
        case .fix42: .fix42
        case .fix44: .fix44
        case .fix50sp2: .fix50sp2
        }
    }
}
