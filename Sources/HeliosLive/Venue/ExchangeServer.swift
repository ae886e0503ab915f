// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// Where an exchange in a box can be reached, and how fast its day passes.
public struct ExchangeOptions: Sendable {
    /// Where OUCH 5.0 over SoupBinTCP connects; port 0 lets the system choose.
    public var orders: Endpoint
    /// Where the ITCH feed's MoldUDP64 packets go, one destination a line.
    public var lines: [UDPDestination]
    /// Where requests for lost packets come in.
    public var requests: Endpoint?
    /// Who may log in, at most six characters each.
    public var users: [String]
    /// Seconds of the market a second; 0 is as fast as possible.
    public var speed = 1.0
    /// How long the end of the day is announced before the server ends.
    public var farewell: Nanoseconds = 3_000_000_000

    public init(orders: Endpoint, lines: [UDPDestination], users: [String]) {
        self.orders = orders
        self.lines = lines
        self.users = users
    }
}

/// An exchange in a process: real sockets around the state machines of `Exchange`, SoupBinTCP and MoldUDP64.
///
/// One thread owns everything. A turn: take what came in, play the recorded day up to now, send what that brought about.
public final class ExchangeServer {
    private let options: ExchangeOptions
    private let feed: MarketFeed
    private let exchange: Exchange
    private let listener: Int32
    /// Where orders come in, with the port that it got.
    public let endpoint: Endpoint
    private var publisher: MoldPublisher
    private var published: UInt64 = 0
    private var clients: [ExchangeClient] = []
    private var taken: Set<Int> = []
    private var marketNow: Timestamp
    private var pace: (market: Timestamp, monotonic: Nanoseconds)?
    private var endedAt: Nanoseconds?
    private let notify: (LiveNotice) -> Void

    /// - Parameters:
    ///   - setup: whose data are the recorded day.
    ///   - options: where and for whom.
    ///   - notify: called with everything worth telling.
    /// - Throws: `SocketError`, `MatchingCapacityError`, or an error of the data.
    public init(_ setup: LiveSetup, _ options: ExchangeOptions, notify: @escaping (LiveNotice) -> Void) throws {
        self.options = options
        self.notify = notify
        feed = try setup.makeFeed()
        let scout = try setup.makeFeed()
        var first = Timestamp.zero
        // Directory entries come before the first order.
        while let event = try scout.peek(), event.kind != .addOrder {
            if first == .zero { first = event.eventTime }
            scout.advance()
        }
        let midnight = try setup.midnight()
        marketNow = max(first, midnight)
        exchange = try Exchange(symbols: scout.directory.symbols, users: options.users, midnight: midnight)
        let (descriptor, port) = try Sockets.listen(options.orders)
        listener = descriptor
        endpoint = Endpoint(host: options.orders.host, port: port)
        let session = MoldSession("HELIOS") ?? MoldSession(high: 0, low: 0)
        publisher = try MoldPublisher(session, to: options.lines, requestsAt: options.requests)
        exchange.begin(at: marketNow)
    }

    deinit { Sockets.shut(listener) }

    /// Where requests for lost packets come in, with the port that it got.
    public var requestEndpoint: Endpoint? { publisher.requestEndpoint }

    /// ITCH messages published so far.
    public var messages: UInt64 { published }

    /// Runs to the end of the recorded day, or until `isStopped` says so; true at the day's end.
    public func run(until isStopped: () -> Bool) throws -> Bool {
        while !isStopped() {
            Sockets.wait(interests, timeout: try idleTime())
            accept()
            for client in clients { serve(client) }
            try play()
            send()
            if let endedAt, Sockets.now - endedAt > options.farewell { return true }
        }
        return false
    }

    private var interests: [Sockets.Interest] {
        var sockets = [Sockets.Interest(listener)]
        for client in clients { sockets.append(Sockets.Interest(client.descriptor, writes: client.output.count > 0)) }
        return sockets
    }

    /// Until the next recorded event is due, at most a tenth of a second.
    private func idleTime() throws -> Nanoseconds {
        guard endedAt == nil, options.speed > 0, let next = try feed.peek()?.eventTime else {
            return endedAt == nil ? 0 : 10_000_000
        }
        let wait = Double(next - paced()) / options.speed
        return Nanoseconds(min(max(wait, 0), 10_000_000))
    }

    /// The market's time by our clock.
    private func paced() -> Timestamp {
        guard let pace, options.speed > 0 else { return marketNow }
        return pace.market + Nanoseconds(Double(Sockets.now - pace.monotonic) * options.speed)
    }

    private func play() throws {
        guard endedAt == nil else { return }
        if pace == nil { pace = (marketNow, Sockets.now) }
        var left = 4_096
        while let event = try feed.peek() {
            if options.speed > 0, event.eventTime > paced() { return }
            left -= 1
            if left < 0 { return }
            marketNow = max(marketNow, event.eventTime)
            exchange.play(event)
            feed.advance()
        }
        exchange.end(at: marketNow)
        for port in exchange.ports { port.stream.hasEnded = true }
        endedAt = Sockets.now
        notify(LiveNotice(.ended, "the recorded day has ended"))
    }

    // MARK: Order entry

    private func accept() {
        while let descriptor = Sockets.accept(listener) {
            clients.append(ExchangeClient(descriptor, at: Timestamp(nanoseconds: Sockets.now)))
        }
    }

    private func serve(_ client: ExchangeClient) {
        let now = Timestamp(nanoseconds: Sockets.now)
        if options.speed > 0 { marketNow = max(marketNow, paced()) }
        let isOpen = client.read { bytes in
            var chunk = bytes
            while let event = client.connection.next(&chunk, at: now, into: &client.output) { take(event, client, now) }
        }
        if !isOpen, let event = client.connection.disconnected() { take(event, client, now) }
        if let event = client.connection.tick(at: now, into: &client.output) { take(event, client, now) }
    }

    private func take(_ event: SoupServerEvent, _ client: ExchangeClient, _ now: Timestamp) {
        switch event {
        case .login(let login):
            let port = exchange.open(.ouch50, user: login.user, at: marketNow)
            guard let port, let number = port.number, taken.insert(number).inserted else {
                let closed = client.connection.refuse(.notAuthorised, into: &client.output)
                if let closed { take(closed, client, now) }
                return
            }
            client.port = port
            notify(LiveNotice(.joined, "\(login.user) has logged in"))
            if let closed = client.connection.accept(port.stream, at: now, into: &client.output) {
                take(closed, client, now)
            }
        case .message(let bytes):
            if let port = client.port { exchange.receive(bytes, from: port, at: marketNow) }
        case .closed(let reason, let cancelsOrders):
            guard let port = client.port else { return }
            client.port = nil
            if let number = port.number { taken.remove(number) }
            notify(LiveNotice(.left, "\(port.user) is gone: \(reason)"))
            if cancelsOrders { exchange.disconnected(port, at: marketNow) }
        }
    }

    // MARK: Out

    private func send() {
        let now = Sockets.now
        for client in clients {
            if let port = client.port,
                let closed = client.connection.send(port.stream, at: Timestamp(nanoseconds: now), into: &client.output)
            {
                take(closed, client, Timestamp(nanoseconds: now))
            }
            if !client.flush(), let event = client.connection.disconnected() {
                take(event, client, Timestamp(nanoseconds: now))
            }
        }
        clients.removeAll { $0.isDone(at: now) }
        exchange.withFeed { feed in
            while let message = feed[published + 1], publisher.publish(message.unsafeBuffer, at: now) { published += 1 }
        }
        if endedAt != nil { publisher.end(at: now) }
        publisher.step(at: now)
    }
}

/// One connection of a participant.
final class ExchangeClient {
    let descriptor: Int32
    var connection: SoupServerConnection
    var output = WireOutput(capacity: 1 << 20)
    /// Whose it is, once it is logged in.
    var port: ExchangePort?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    private var isOpen = true
    private var shutAt: Nanoseconds?

    init(_ descriptor: Int32, at now: Timestamp) {
        self.descriptor = descriptor
        connection = SoupServerConnection(SoupServerConfiguration(), at: now)
    }

    deinit {
        Sockets.shut(descriptor)
        buffer.deallocate()
    }

    /// Gives `body` what has come in; false when the connection is gone.
    func read(_ body: (WireBytes) -> Void) -> Bool {
        while isOpen {
            let count = Sockets.receive(descriptor, buffer)
            if count > 0 {
                body(WireBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
                if count < buffer.count { return true }
            } else {
                isOpen = count < 0 && Sockets.wouldWait
                return isOpen
            }
        }
        return false
    }

    /// Sends what waits, as far as the system takes it; false when the connection is gone.
    func flush() -> Bool {
        while isOpen, output.count > 0 {
            let count = Sockets.send(descriptor, output.bytes.unsafeBuffer)
            if count > 0 {
                output.drop(count)
            } else {
                isOpen = Sockets.wouldWait
                return isOpen
            }
        }
        return isOpen
    }

    /// Whether nothing more will come of it.
    ///
    /// A socket that is closed with bytes unread resets the line, and what was just sent is lost with it: first our side is
    /// shut, then the client has a second to do the same.
    func isDone(at now: Nanoseconds) -> Bool {
        guard isOpen else { return true }
        guard connection.state == .closed, output.count == 0 else { return false }
        if let shutAt { return now - shutAt > 1_000_000_000 }
        shutAt = now
        Sockets.endSending(descriptor)
        return false
    }
}
