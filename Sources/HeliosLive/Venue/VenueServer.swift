// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// One exchange of a `VenueHouse`: real sockets around the state machines of `Exchange`, SoupBinTCP and MoldUDP64.
///
/// A turn: take what has arrived, play the market up to now, send what is due. Everything that goes wrong on purpose is drawn
/// from the venue's seed.
public final class VenueServer {
    /// Gives a day's order flow; the number of the day counts from 0.
    typealias MakeFlow = (Int) throws -> (any OrderFlow)?

    struct Door {
        var listener: Int32
        /// The next connection that waits.
        var accept: () -> Int32?
        /// Whether the listener is ours to close.
        var isOurs: Bool
        var endpoint: Endpoint
        var description: VenueDoor
        /// Where FIX is spoken.
        var fix: FixDoor?
    }

    enum State {
        case trading
        /// The end is announced until then.
        case farewell(until: Nanoseconds)
        case over
    }

    public let venue: VenueDescription
    private(set) var doors: [Door] = []
    let feed: VenueFeed
    let makeFlow: MakeFlow
    /// The lit venue that a dark one follows.
    let lead: VenueServer?
    var day: VenueDay
    var dayNumber = 0
    var state = State.trading
    var isStopping = false
    /// Whether the market is not where our clock says, because there was too much to play.
    private var isBehind = false
    private var pace: (market: Timestamp, monotonic: Nanoseconds)?
    var clients: [VenueClient] = []
    var taken: Set<Int> = []
    var summary: VenueSummary
    let notify: (LiveNotice) -> Void
    private var watcher = QuoteWatcher()
    private var stalls: RareEvent
    var stalledUntil: Nanoseconds = 0
    private var disconnects: RareEvent
    var rejects: RareEvent
    private var connections: UInt64 = 0

    /// - Parameters:
    ///   - venue: what is asked for.
    ///   - lead: of a dark venue: the lit one that it follows.
    ///   - makeFlow: opens a day's order flow.
    ///   - secure: opens the ports that speak TLS.
    ///   - notify: called with everything worth telling.
    /// - Throws: `SocketError`, `FixStoreFileError`, `MatchingCapacityError`, or an error of the data.
    init(
        _ venue: VenueDescription,
        lead: VenueServer?,
        makeFlow: @escaping MakeFlow,
        secure: SecureListen? = nil,
        notify: @escaping (LiveNotice) -> Void
    ) throws {
        self.venue = venue
        self.lead = lead
        self.makeFlow = makeFlow
        self.notify = notify
        summary = VenueSummary(venue)
        stalls = RareEvent(every: venue.quirks.stallEvery, seed: venue.seed ^ 0x57A11)
        disconnects = RareEvent(every: venue.quirks.disconnectEvery, seed: venue.seed ^ 0xD15C)
        rejects = RareEvent(every: 0, seed: venue.seed ^ 0x8E)
        feed = try VenueFeed(venue)
        day = try VenueServer.makeDay(venue, 0, lead, makeFlow, after: nil)
        for door in venue.doors { doors.append(try VenueServer.open(door, of: venue, secure, notify)) }
        beginDay()
    }

    deinit { for door in doors where door.isOurs { Sockets.shut(door.listener) } }

    private static func open(
        _ door: VenueDoor,
        of venue: VenueDescription,
        _ secure: SecureListen?,
        _ notify: (LiveNotice) -> Void
    ) throws -> Door {
        guard let endpoint = Endpoint(door.address) else {
            throw SocketError(endpoint: Endpoint(port: 0), reason: "\(door.address) is no address")
        }
        let opened: SecureDoor
        if let tls = door.tls {
            guard let secure else { throw NoSecureDoorError(address: door.address) }
            opened = try secure(endpoint, tls)
        } else {
            let (descriptor, port) = try Sockets.listen(endpoint)
            opened = SecureDoor(descriptor: descriptor, port: port) { Sockets.accept(descriptor) }
        }
        return try Door(
            listener: opened.descriptor,
            accept: opened.accept,
            isOurs: door.tls == nil,
            endpoint: Endpoint(host: endpoint.host, port: opened.port),
            description: door,
            fix: openFix(door, of: venue, notify)
        )
    }

    static func makeDay(
        _ venue: VenueDescription,
        _ number: Int,
        _ lead: VenueServer?,
        _ makeFlow: MakeFlow,
        after previous: String?
    ) throws -> VenueDay {
        let flow = try makeFlow(number)
        let known = flow?.symbols ?? lead?.day.exchange.symbols ?? []
        return try VenueDay(
            venue,
            flow: flow,
            listed: venue.symbols.isEmpty ? known : venue.symbols,
            midnight: flow?.midnight ?? lead?.day.midnight ?? .zero,
            session: VenueSessionName.make(venue.name, after: previous)
        )
    }

    func beginDay() {
        for door in doors { door.fix?.bind(day.exchange, at: utc) }
        feed.begin(MoldSession(day.session) ?? MoldSession(high: 0, low: 0))
        summary.sessions.append(day.session)
        pace = nil
        state = .trading
        watcher = QuoteWatcher()
    }

    // MARK: Where it is

    /// Ports in the order of the description, with the numbers that they got.
    public var endpoints: [(language: VenueDoor.Language, endpoint: Endpoint)] {
        doors.map { ($0.description.language, $0.endpoint) }
    }

    /// Where requests for lost packets come in.
    public var requestEndpoint: Endpoint? { feed.requestEndpoint }

    /// Whether every day is over and everything was said.
    var isOver: Bool { if case .over = state { true } else { false } }

    /// What it has done so far.
    public var report: VenueSummary {
        var report = summary
        report.lines = feed.counts
        report.requestsAnswered = feed.answered
        report.requestsRefused = feed.unanswerable
        report.unmatched += day.exchange.unmatched
        report.lostMessages += day.exchange.lostMessages
        report.pauses += day.pauses
        report.disconnects = disconnects.count
        report.stalls = stalls.count
        report.rejects = rejects.count
        return report
    }

    // MARK: Time

    /// What is waited for.
    func interests(at now: Nanoseconds) -> [Sockets.Interest] {
        // What comes during a stall waits.
        if isOver || stalledUntil > now { return [] }
        var sockets = doors.map { Sockets.Interest($0.listener) }
        if let descriptor = feed.descriptor { sockets.append(Sockets.Interest(descriptor)) }
        for client in clients { sockets.append(Sockets.Interest(client.descriptor, writes: client.wantsToWrite)) }
        return sockets
    }

    /// How long there is nothing to do unless somebody says something.
    func idleTime(at now: Nanoseconds) throws -> Nanoseconds {
        if stalledUntil > now { return stalledUntil - now }
        var next = feed.due ?? .max
        let wallClock = utc
        for client in clients {
            next = min(next, client.due ?? .max)
            let deadline = client.fix?.deadline(after: wallClock) ?? .never
            if deadline != .never { next = min(next, now + max(deadline - wallClock, 0)) }
        }
        next = min(next, min(stalls.next, disconnects.next))
        if case .trading = state, lead == nil, let due = try day.due() {
            guard let pace, venue.speed > 0 else { return 0 }
            let first = min(due, day.exchange.due)
            next = min(next, pace.monotonic + Nanoseconds(Double(first - pace.market) / venue.speed) + 1)
        }
        return max(next - now, 0)
    }

    /// The market's time by our clock.
    func marketTime(at now: Nanoseconds) -> Timestamp {
        guard case .trading = state else { return day.now }
        if let lead { return max(day.now, lead.marketTime(at: now)) }
        guard let pace, venue.speed > 0, !isBehind else { return day.now }
        return max(day.now, pace.market + elapsed(since: pace.monotonic, now))
    }

    // MARK: A turn

    /// Does what is to be done by now.
    func turn(at now: Nanoseconds) throws {
        if stalledUntil > now { return }
        if stalls.isDue(at: now), !isStopping {
            stalls.happened()
            stalledUntil = now + venue.quirks.stallLength
            notify(LiveNotice(.warning, "\(venue.name): stalls for \(venue.quirks.stallLength / 1_000_000) ms"))
            return
        }
        accept(at: now)
        // The market first: what participants say comes behind everything that has happened by now.
        try play(at: now)
        for client in clients { serve(client, at: now) }
        breakLines(at: now)
        send(at: now)
        day.account(&summary, venue.fees)
        try conclude(at: now)
    }

    private func play(at now: Nanoseconds) throws {
        guard case .trading = state else { return }
        if let lead { return try follow(lead, at: now) }
        var left = 4_096
        while left > 0, let due = try day.due() {
            if pace == nil, due >= day.midnight + venue.start { pace = (due, now) }
            if let pace, venue.speed > 0, due > pace.market + elapsed(since: pace.monotonic, now) { break }
            try day.step()
            left -= 1
        }
        isBehind = left == 0
        // Orders whose time is up, and dealers, do not wait for the next event.
        let time = marketTime(at: now)
        if day.exchange.due <= time { day.exchange.advance(to: time) }
    }

    private func elapsed(since start: Nanoseconds, _ now: Nanoseconds) -> Nanoseconds {
        Nanoseconds(Double(now - start) * venue.speed)
    }

    /// A dark venue has the time, the days and the quotes of the lit one.
    private func follow(_ lead: VenueServer, at now: Nanoseconds) throws {
        let time = lead.day.now
        while let due = try day.due(), due <= time { try day.step() }
        day.pass(to: marketTime(at: now))
        watcher.read(lead.day.exchange)
        watcher.tell(day.exchange, of: lead.day.exchange, at: day.now)
        if lead.day.hasEnded { day.finish() }
    }

    private func breakLines(at now: Nanoseconds) {
        guard disconnects.isDue(at: now), !isStopping else { return }
        let trading = clients.filter(\.isTrading)
        guard !trading.isEmpty else { return }
        let client = trading[disconnects.choose(below: trading.count)]
        disconnects.happened()
        let user = client.port?.user ?? client.fix?.port?.user
        notify(LiveNotice(.warning, "\(venue.name): breaks the line of \(user?.description ?? "")"))
        client.breakLine()
        lose(client, at: now)
    }

    private func send(at now: Nanoseconds) {
        sendFix(at: now)
        for client in clients {
            if let port = client.port, client.hasRoom,
                let closed = client.connection.send(
                    port.stream,
                    at: Timestamp(nanoseconds: now),
                    into: &client.output
                )
            {
                take(closed, client, at: now)
            }
            if !client.flush(at: now) { lose(client, at: now) }
        }
        clients.removeAll { $0.isDone(at: now) }
        feed.step(day.exchange, at: now)
    }

    private func accept(at now: Nanoseconds) {
        for (index, door) in doors.enumerated() {
            while let descriptor = door.accept() {
                connections += 1
                let seed = venue.seed &+ connections &* 2
                let client = VenueClient(
                    descriptor,
                    door: index,
                    door.fix?.accept(at: utc),
                    LatencyDraw(venue.latency.order, sigma: venue.latency.sigma, seed: seed),
                    LatencyDraw(venue.latency.report, sigma: venue.latency.sigma, seed: seed &+ 1),
                    at: now
                )
                clients.append(client)
            }
        }
    }
}
