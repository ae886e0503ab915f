// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// One participant's connection to an exchange, as bytes: its owner moves what was read in and what waits out.
public final class ExchangeConnection {
    var soup: SoupServerConnection
    /// What waits to be written.
    public var output: WireOutput
    /// Whose it is, once it is logged in.
    public internal(set) var port: SoupPort?

    init(_ configuration: SoupServerConfiguration, room: Int, at now: Timestamp) {
        soup = SoupServerConnection(configuration, at: now)
        output = WireOutput(capacity: room)
    }

    /// Whether it is over: to be closed when what waits has left.
    public var isClosed: Bool { soup.state == .closed }
}

/// What an exchange's order entry has to tell its owner.
public enum ExchangeNotice: Sendable {
    /// A user has logged in.
    case joined(SoupText)
    /// A user's connection is over.
    case left(SoupText, SoupServerClosure)
    /// A user has logged in a second time: the older connection is closed.
    case replaced(SoupText)
}

/// An exchange's order entry without sockets: logins, sessions, and what they say to the exchange's ports.
///
/// A user is logged in once. A second login closes the first: a client whose line broke without the exchange noticing, and a
/// standby that takes over, get in at once. What the older connection has sent and the exchange has not read is never read; its
/// orders are cancelled as for any lost connection. So at any time one writer's orders are taken, and whatever an earlier one did
/// stands in the session's stream before the later one's login is answered.
///
/// ```swift
/// let connection = sessions.accept(at: now)
/// sessions.receive(bytes, from: connection, at: now, market: time)
/// sessions.step(at: now, market: time)
/// socket.write(connection.output.bytes)
/// ```
public final class ExchangeSessions {
    public let exchange: Exchange
    private let configuration: SoupServerConfiguration
    private let room: Int
    /// Connections that are not over.
    public private(set) var connections: [ExchangeConnection] = []
    /// Called for each message of a participant before the exchange gets it.
    ///
    /// With false it never does: for those who break things on purpose.
    public var lets: (WireBytes, SoupPort) -> Bool = { _, _ in true }
    /// Called with what is worth telling.
    public var notify: (ExchangeNotice) -> Void = { _ in }

    /// - Parameters:
    ///   - exchange: whose ports these are.
    ///   - configuration: heartbeats, timeouts, and whether lost connections cost their orders.
    ///   - room: bytes that may wait for each connection; more stays in the stream until there is room.
    public init(
        _ exchange: Exchange,
        configuration: SoupServerConfiguration = SoupServerConfiguration(),
        room: Int = 1 << 20
    ) {
        self.exchange = exchange
        self.configuration = configuration
        self.room = room
    }

    /// A connection was made.
    public func accept(at now: Timestamp) -> ExchangeConnection {
        let connection = ExchangeConnection(configuration, room: room, at: now)
        connections.append(connection)
        return connection
    }

    /// Takes what was read.
    ///
    /// - Parameters:
    ///   - bytes: the next of the connection, cut anywhere.
    ///   - connection: where they came from.
    ///   - now: the clock of connections.
    ///   - market: the exchange's time.
    public func receive(
        _ bytes: WireBytes,
        from connection: ExchangeConnection,
        at now: Timestamp,
        market: Timestamp
    ) {
        var chunk = bytes
        while let event = connection.soup.next(&chunk, at: now, into: &connection.output) {
            take(event, connection, now, market)
        }
    }

    /// The connection is gone.
    public func disconnected(_ connection: ExchangeConnection, at now: Timestamp, market: Timestamp) {
        if let event = connection.soup.disconnected() { take(event, connection, now, market) }
    }

    /// Sends what clients have not got, and heartbeats; gives up silent clients, and forgets connections that are over.
    public func step(at now: Timestamp, market: Timestamp) {
        for connection in connections {
            if let event = connection.soup.tick(at: now, into: &connection.output) {
                take(event, connection, now, market)
            }
            send(connection, now, market)
        }
        connections.removeAll { $0.isClosed }
    }

    /// Sends what a client has not got, as far as there is room; `step` does it for all.
    public func fill(_ connection: ExchangeConnection, at now: Timestamp, market: Timestamp) {
        send(connection, now, market)
    }

    /// When `step` must be called at the latest, if nothing comes in.
    public var deadline: Timestamp { connections.map { $0.soup.deadline }.min() ?? .never }

    private func send(_ connection: ExchangeConnection, _ now: Timestamp, _ market: Timestamp) {
        guard let port = connection.port else { return }
        if let closed = connection.soup.send(port.stream, at: now, into: &connection.output) {
            take(closed, connection, now, market)
        }
    }

    private func take(
        _ event: SoupServerEvent,
        _ connection: ExchangeConnection,
        _ now: Timestamp,
        _ market: Timestamp
    ) {
        switch event {
        case .login(let login): judge(login, connection, now, market)
        case .message(let bytes):
            if let port = connection.port, lets(bytes, port) { exchange.receive(bytes, from: port, at: market) }
        case .closed(let reason, let cancelsOrders):
            guard let port = connection.port else { return }
            connection.port = nil
            notify(.left(port.user, reason))
            if cancelsOrders { exchange.disconnected(port, at: market) }
        }
    }

    private func judge(
        _ login: SoupLogin,
        _ connection: ExchangeConnection,
        _ now: Timestamp,
        _ market: Timestamp
    ) {
        let closed: SoupServerEvent?
        if let port = exchange.ports.first(where: { $0.user.matches(login.user) }) {
            if let older = connections.first(where: { $0.port === port && $0 !== connection }) {
                notify(.replaced(port.user))
                older.output.removeAll()
                disconnected(older, at: now, market: market)
            }
            connection.port = port
            notify(.joined(port.user))
            closed = connection.soup.accept(port.stream, at: now, into: &connection.output)
        } else {
            closed = connection.soup.refuse(.notAuthorised, into: &connection.output)
        }
        if let closed { take(closed, connection, now, market) }
    }
}
