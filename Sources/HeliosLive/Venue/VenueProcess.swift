// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosVenue

/// A venue of our own in a process of its own: a recorded day that our orders meet, for paper trading and for the harness
/// that kills what trades there.
///
/// Its history moves on to the time of each message before the message is handled, so that what it does depends only on
/// the messages and their order, not on any clock. It keeps its state while clients come and go.
public final class VenueProcess {
    private final class Client {
        let link: RecordLink
        /// The epoch under which it was let in; 0 before.
        var writer: UInt64 = 0

        init(_ link: RecordLink) { self.link = link }
    }

    private let listener: LinkListener
    private let feed: MarketFeed
    private let orderLatency: Nanoseconds
    private let dumpPath: String?
    private var venue: HistoricalVenue
    private var session = VenueSession()
    private var clients: [Client] = []
    private var answers: [Event] = []
    private var logins: [VenueDump.Login] = []
    /// How far history has come.
    private var now = Timestamp.zero

    /// - Parameters:
    ///   - setup: the same that its clients have.
    ///   - endpoint: where it listens; port 0 lets the system choose.
    ///   - dumpPath: the file that a client may ask for.
    /// - Throws: `SocketError`, an error of the data, or `BookCapacityError`.
    public init(_ setup: LiveSetup, listen endpoint: Endpoint, dumpPath: String? = nil) throws {
        listener = try LinkListener(endpoint)
        feed = try setup.makeFeed()
        orderLatency = setup.settings.orderLatency
        self.dumpPath = dumpPath
        // A client waits for its answers by the configured latency, so reports take just that long.
        var models = setup.settings.models
        models.report = .constant(setup.settings.reportLatency)
        venue = try HistoricalVenue(
            capacity: setup.settings.bookCapacity,
            models: models
        )
    }

    /// Where it listens.
    public var endpoint: Endpoint { listener.endpoint }

    /// Serves until `isStopped` says so.
    public func run(until isStopped: () -> Bool) throws {
        while !isStopped() {
            var waiting = clients.map(\.link.interest)
            waiting.append(Sockets.Interest(listener.descriptor))
            Sockets.wait(waiting, timeout: 100_000_000)
            while let link = listener.accept() { clients.append(Client(link)) }
            for client in clients { try serve(client) }
            for client in clients {
                client.link.beat(every: 500_000_000)
                client.link.flush()
            }
            clients.removeAll { !$0.link.isOpen && $0.link.pending == 0 || $0.link.end != nil }
        }
        try dump()
    }

    private func serve(_ client: Client) throws {
        client.link.receive()
        while let message = client.link.next() {
            try handle(message.event, of: client)
            if client.link.pending > 1 << 20 { client.link.flush() }
        }
    }

    private func handle(_ message: Event, of client: Client) throws {
        if LinkWord(message) == .dump {
            try dump()
            return client.link.send(message)
        }
        let isWriter = client.writer == session.epoch && session.epoch != 0
        if message.kind == .timer, isWriter {
            try advance(to: message.eventTime)
            deliver()
            return client.link.send(message)
        }
        if isWriter, message.isOutput { try advance(to: message.eventTime + orderLatency) }
        let epoch = session.epoch
        answers.removeAll(keepingCapacity: true)
        let action = session.receive(message, from: &client.writer, &answers)
        if message.kind == .epoch {
            logins.append(
                VenueDump.Login(
                    epoch: message.detail,
                    owner: message.orderID,
                    isIn: client.writer != 0
                        && client.writer == session.epoch
                )
            )
            if session.epoch > epoch { fenceOthers(client) }
        }
        for answer in answers { client.link.send(answer) }
        switch action {
        case .submit(let order): venue.submit(order, at: now)
        case .replace(let original, let order): venue.replace(original, by: order, at: now)
        case .cancel(let id): venue.cancel(id, at: now)
        case .nothing: break
        }
        deliver()
    }

    /// Tells writers of earlier epochs at once, so that one that wakes up hears it before anything else.
    private func fenceOthers(_ newest: Client) {
        for other in clients where other !== newest && other.writer != 0 {
            other.link.send(Event(orderID: session.owner, kind: .epoch, detail: session.epoch))
        }
    }

    /// History up to and including `time`; `.never` is its end.
    private func advance(to time: Timestamp) throws {
        while let event = try feed.peek(), event.eventTime <= time {
            now = max(now, event.eventTime)
            venue.advance(event)
            feed.advance()
        }
        if time != .never { now = max(now, time) }
    }

    /// Notes what the matching says, and tells the writer, if there is one.
    private func deliver() {
        let writer = clients.first { $0.writer == session.epoch && session.epoch != 0 && $0.link.isOpen }
        while venue.nextReportTime != .never {
            let report = venue.takeReport()
            if let told = session.report(report) { writer?.link.send(told) }
        }
    }

    private func dump() throws {
        guard let dumpPath else { return }
        try VenueDump(session, logins: logins).write(to: dumpPath)
    }
}
