// SPDX-License-Identifier: MIT
import HeliosMarket

/// A session as the server keeps it: its name, all its messages, and whether more will come.
///
/// Any number of connections read from one stream, each at its own place.
public struct SoupStream: ~Copyable {
    /// The session's name.
    public let session: SoupText
    /// The messages, from number 1.
    public var store: MessageStore
    /// Whether no more messages will come.
    public var hasEnded = false

    /// A session without messages, with room for `messages` of together `bytes` bytes.
    public init(session: SoupText, messages: Int, bytes: Int) {
        self.session = session
        store = MessageStore(messages: messages, bytes: bytes)
    }
}

/// How long a server waits, and what it does.
public struct SoupServerConfiguration: Sendable {
    /// Silence of ours after which a heartbeat is sent.
    public var heartbeat: Nanoseconds = 1_000_000_000
    /// Silence of the client after which it is dropped, unless its login asks for another time.
    public var timeout: Nanoseconds = 15_000_000_000
    /// The shortest and longest time that a login may ask for.
    public var timeoutRange: ClosedRange<Nanoseconds> = 1_000_000_000...60_000_000_000
    /// How long a connection may be without a login.
    public var loginTimeout: Nanoseconds = 30_000_000_000
    /// Whether the orders of a client whose connection is gone are to be cancelled.
    public var cancelsOnDisconnect = true
    /// Whether a logout counts as such a loss too.
    public var cancelsOnLogout = true
    /// The longest packet taken from a client.
    public var packetLimit = 4_096

    public init() {}
}

/// Why a server has no connection to a client any more.
@frozen
public enum SoupServerClosure: Equatable, Sendable, BitwiseCopyable {
    /// The caller said that the connection is gone.
    case disconnected
    /// The client was silent for too long.
    case timeout
    /// There was no login for too long.
    case loginTimeout
    /// The login was refused.
    case refused(SoupRefusal)
    /// The client broke the protocol.
    case fault(SoupFault)
    /// The client left.
    case logout
    /// Everything was sent, and the session is over.
    case ended
}

/// What a server learns of a client.
@frozen
public enum SoupServerEvent: BitwiseCopyable {
    /// A client wants in: answer with `accept` or `refuse` before anything else; without an answer it is refused.
    case login(SoupLogin)
    /// A message of the client.
    case message(WireBytes)
    /// The connection must be closed, if it is not, when what waits has left. With `cancelsOrders` the client's orders are to
    /// be cancelled.
    case closed(SoupServerClosure, cancelsOrders: Bool)
}

/// Whoever listens to a server's connection.
public protocol SoupServerSink: ~Copyable {
    /// Decides on a login: nil lets it in, for the stream that the caller passes.
    ///
    /// Whether a user may be logged in twice is the sink's to say: refuse the second with `sessionNotAvailable`, or close the
    /// first and let the second in.
    mutating func judge(_ login: SoupLogin) -> SoupRefusal?
    /// Takes an event other than a login; the bytes in it are valid during the call.
    mutating func take(_ event: SoupServerEvent)
}

/// The server's side of one SoupBinTCP connection as a pure state machine: bytes and time in, bytes and events out.
///
/// ```
///              L            accept            O, silence, fault, end of the stream
///  accepted ───────► login ────────► active ────────────────────────────────────────► closed
///      │ silence       │ refuse                                                          ▲
///      └───────────────┴─────────────────────────────────────────────────────────────────┘
/// ```
/// What the client still has to get is read from the stream's store as far as the output has room, so replay and live messages
/// are one thing without a seam, and a slow client costs a cursor.
public struct SoupServerConnection: ~Copyable {
    /// Where in its life a connection is.
    @frozen
    public enum State: UInt8, Sendable, BitwiseCopyable {
        case accepted, login, active, closed
    }

    private var framer: SoupFramer
    private let configuration: SoupServerConfiguration
    /// Where in its life the connection is.
    public private(set) var state = State.accepted
    /// The login, once it was received.
    public private(set) var login: SoupLogin?
    /// The number of the next message that the client gets.
    public private(set) var next: UInt64 = 0
    private var timeout: Nanoseconds
    private let connectedAt: Timestamp
    private var lastSent: Timestamp
    private var lastReceived: Timestamp

    /// The connection was made at `now`.
    public init(_ configuration: SoupServerConfiguration, at now: Timestamp) {
        self.configuration = configuration
        framer = SoupFramer(limit: configuration.packetLimit)
        timeout = configuration.timeout
        connectedAt = now
        lastSent = now
        lastReceived = now
    }

    /// When `tick` must be called at the latest.
    public var deadline: Timestamp {
        switch state {
        case .accepted, .login: connectedAt + configuration.loginTimeout
        case .active: min(lastReceived + timeout, lastSent + configuration.heartbeat)
        case .closed: .never
        }
    }

    /// The next event in what was read; nil when there is none.
    public mutating func next(
        _ chunk: inout WireBytes,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> SoupServerEvent? {
        if state == .login { return refuse(.notAuthorised, into: &output) }
        if chunk.count > 0 { lastReceived = max(lastReceived, now) }
        while state == .accepted || state == .active {
            do throws(SoupFault) {
                guard let packet = try framer.next(&chunk) else { return nil }
                if let event = try judge(packet) { return event }
            } catch {
                return close(.fault(error))
            }
        }
        return nil
    }

    private mutating func judge(_ packet: SoupPacket) throws(SoupFault) -> SoupServerEvent? {
        guard state == .active else {
            guard packet.type == SoupType.login else { throw .unexpected(type: packet.type) }
            let request = try SoupLogin(packet.payload)
            login = request
            state = .login
            return .login(request)
        }
        switch packet.type {
        case SoupType.unsequenced: return .message(packet.payload)
        case SoupType.clientHeartbeat, SoupType.debug: return nil
        case SoupType.logout: return close(.logout)
        default: throw .unexpected(type: packet.type)
        }
    }

    /// Lets the client in: it gets the messages from the one that it asked for, or only new ones when it asked for 0 or for one
    /// that is not there yet.
    ///
    /// A session of another name than the stream's is refused.
    public mutating func accept(
        _ stream: borrowing SoupStream,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> SoupServerEvent? {
        guard state == .login, let login else { return nil }
        guard login.session == .blank || login.session == stream.session else {
            return refuse(.sessionNotAvailable, into: &output)
        }
        let head = stream.store.nextSequence
        next = login.sequence == 0 || login.sequence > head ? head : login.sequence
        guard output.appendSoupAccepted(session: stream.session, sequence: next) else {
            return refuse(.sessionNotAvailable, into: &output)
        }
        if let milliseconds = login.timeoutMilliseconds, milliseconds > 0 {
            let range = configuration.timeoutRange
            timeout = min(max(Int64(milliseconds) * 1_000_000, range.lowerBound), range.upperBound)
        }
        state = .active
        lastSent = now
        return send(stream, at: now, into: &output)
    }

    /// Does not let the client in.
    public mutating func refuse(_ reason: SoupRefusal, into output: inout WireOutput) -> SoupServerEvent? {
        guard state == .login else { return nil }
        _ = output.appendSoupRejected(reason)
        return close(.refused(reason))
    }

    /// Sends what the client has not got yet, as far as there is room, and the end of the session behind its last message.
    ///
    /// Call it whenever the stream or the room has grown.
    public mutating func send(
        _ stream: borrowing SoupStream,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> SoupServerEvent? {
        guard state == .active else { return nil }
        while let message = stream.store[next] {
            guard output.appendSoup(SoupType.sequenced, message) else { return nil }
            next += 1
            lastSent = now
        }
        guard stream.hasEnded, output.appendSoup(SoupType.endOfSession) else { return nil }
        return close(.ended)
    }

    /// Sends a message that can't be had again; false when there is no login or no room.
    public mutating func sendUnsequenced(
        _ message: WireBytes,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> Bool {
        guard state == .active, output.appendSoup(SoupType.unsequenced, message) else { return false }
        lastSent = now
        return true
    }

    /// Sends a heartbeat when it is due, and drops a client that is silent.
    public mutating func tick(at now: Timestamp, into output: inout WireOutput) -> SoupServerEvent? {
        switch state {
        case .closed: return nil
        case .accepted, .login: return now - connectedAt >= configuration.loginTimeout ? close(.loginTimeout) : nil
        case .active:
            if now - lastReceived >= timeout { return close(.timeout) }
            if now - lastSent >= configuration.heartbeat, output.appendSoup(SoupType.serverHeartbeat) {
                lastSent = now
            }
            return nil
        }
    }

    /// The connection is gone, or the caller wants it gone.
    public mutating func disconnected() -> SoupServerEvent? { close(.disconnected) }

    private mutating func close(_ reason: SoupServerClosure) -> SoupServerEvent? {
        guard state != .closed else { return nil }
        let wasActive = state == .active
        state = .closed
        let cancels: Bool
        switch reason {
        case .ended, .refused, .loginTimeout: cancels = false
        case .logout: cancels = configuration.cancelsOnLogout
        case .disconnected, .timeout, .fault: cancels = configuration.cancelsOnDisconnect
        }
        return .closed(reason, cancelsOrders: wasActive && cancels)
    }

    /// Takes what was read: decides on logins by `sink`, tells it every other event, and sends what there is to send.
    @inlinable
    public mutating func receive<Sink: SoupServerSink & ~Copyable>(
        _ bytes: WireBytes,
        at now: Timestamp,
        _ stream: borrowing SoupStream,
        into output: inout WireOutput,
        _ sink: inout Sink
    ) {
        var chunk = bytes
        while let event = next(&chunk, at: now, into: &output) {
            guard case .login(let login) = event else {
                sink.take(event)
                continue
            }
            let closed: SoupServerEvent?
            if let refusal = sink.judge(login) {
                closed = refuse(refusal, into: &output)
            } else {
                closed = accept(stream, at: now, into: &output)
            }
            if let closed { sink.take(closed) }
        }
    }
}
