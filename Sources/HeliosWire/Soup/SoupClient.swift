// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a client says and how long it waits.
public struct SoupClientConfiguration: Sendable {
    /// Six characters at most.
    public var user: SoupText
    public var password: SoupText
    /// The session wanted on the first login; blank = the current one.
    public var session: SoupText = .blank
    /// The next message wanted on the first login; 0 = only what is new.
    public var sequence: UInt64 = 1
    /// Silence of ours after which a heartbeat is sent.
    public var heartbeat: Nanoseconds = 1_000_000_000
    /// Silence of the server after which the connection is given up.
    public var timeout: Nanoseconds = 15_000_000_000
    /// After how much silence the server is to give up, in milliseconds, 0 to 99,999; nil speaks 3.00 and 4.00, a number 4.10.
    public var serverTimeoutMilliseconds: UInt32?
    /// The longest packet taken from the server.
    public var packetLimit = 65_535

    public init(user: SoupText, password: SoupText) {
        self.user = user
        self.password = password
    }
}

/// Why a client has no connection any more.
@frozen
public enum SoupClosure: Equatable, Sendable, BitwiseCopyable {
    /// The caller said that the connection is gone.
    case disconnected
    /// Nothing came for too long.
    case timeout
    /// The server refused the login; nil for a letter that nobody knows. After `notAuthorised` do not try the same again.
    case refused(SoupRefusal?)
    /// The server broke the protocol.
    case fault(SoupFault)
    /// There was no room for a login or a heartbeat.
    case outputFull
    /// We left.
    case logout
}

/// What a client learns.
@frozen
public enum SoupClientEvent: BitwiseCopyable {
    /// The login was accepted. `requested` is what was asked for, `next` what the server will send next:
    /// - `next` above `requested` (which was not 0): messages between the two are lost to us;
    /// - `next` below: the server's stream is shorter than what we have had of it, so it has lost something or is another one;
    /// - `isNewSession`: another session than before, and what was known from the old one is void.
    case loggedIn(session: SoupText, requested: UInt64, next: UInt64, isNewSession: Bool)
    /// A message with its number.
    case sequenced(UInt64, WireBytes)
    /// A message without a number, which can't be had again.
    case unsequenced(WireBytes)
    /// The session is complete: do not come back to it.
    case ended
    /// The connection must be closed, if it is not.
    case closed(SoupClosure)
}

/// Whoever listens to a client.
public protocol SoupClientSink: ~Copyable {
    /// Takes an event; the bytes in it are valid during the call.
    mutating func take(_ event: SoupClientEvent)
}

/// The client's side of a SoupBinTCP session as a pure state machine: bytes and time in, bytes and events out.
///
/// ```
///                 connected             A                    Z
///  disconnected ───────────► loginSent ────────► active ─────────► ended
///        ▲                       │ J, fault          │ silence, fault, logout
///        └───────────────────────┴───────────────────┘
/// ```
/// It counts the sequenced messages and logs in again with the session and the number that it wants next, so that nothing is
/// lost or told twice whatever happens to connections. Neither sockets nor clocks: the caller connects, reads, writes, and
/// says what time it is.
///
/// ```swift
/// client.connected(at: now, into: &output)                 // after each TCP connect
/// client.receive(bytes, at: now, &sink)                    // whatever was read
/// client.tick(at: now, into: &output, &sink)               // by `deadline` at the latest
/// client.send(message, at: now, into: &output)
/// ```
public struct SoupClient: ~Copyable {
    /// Where in its life a client is.
    @frozen
    public enum State: UInt8, Sendable, BitwiseCopyable {
        case disconnected, loginSent, active, ended
    }

    private var framer: SoupFramer
    private let configuration: SoupClientConfiguration
    /// Where in its life the client is.
    public private(set) var state = State.disconnected
    /// The session followed; blank before the first login unless one was configured.
    public private(set) var session: SoupText
    /// The number of the next sequenced message; 0 before a first login that asks for new messages only.
    public private(set) var next: UInt64
    /// Whether the next login asks for what is new only, to learn where the stream stands.
    private var isProbe = false
    private var requested: UInt64 = 0
    private var hasSession = false
    /// The session followed is not there any more: the next probe asks for whatever session there is.
    private var asksForCurrent = false
    private var lastSent = Timestamp.zero
    private var lastReceived = Timestamp.zero
    private var lost: SoupClosure?

    public init(_ configuration: SoupClientConfiguration) {
        self.configuration = configuration
        framer = SoupFramer(limit: configuration.packetLimit)
        session = configuration.session
        next = configuration.sequence
    }

    /// When `tick` must be called at the latest.
    public var deadline: Timestamp {
        switch state {
        case .disconnected, .ended: lost == nil ? .never : lastReceived
        case .loginSent: lastReceived + configuration.timeout
        case .active: min(lastReceived + configuration.timeout, lastSent + configuration.heartbeat)
        }
    }

    /// A connection is there: logs in, for the session and the message that are wanted next.
    ///
    /// A probe asks for new messages only, whatever is wanted, so that the answer tells where the stream stands. Close that
    /// connection after the answer: what it delivers is ignored. After a refusal because there is no such session a probe asks
    /// for the one that there is.
    public mutating func connected(at now: Timestamp, isProbe: Bool = false, into output: inout WireOutput) {
        guard state != .ended else { return }
        framer.reset()
        self.isProbe = isProbe
        requested = isProbe ? 0 : next
        #if HELIOS_BUG_BANK
        if isOn(.onlyNewMessagesAskedFor) { requested = 0 }
        #endif
        lastSent = now
        lastReceived = now
        lost = nil
        let login = SoupLogin(
            user: configuration.user,
            password: configuration.password,
            session: asksForCurrent && isProbe ? .blank : session,
            sequence: requested,
            timeoutMilliseconds: configuration.serverTimeoutMilliseconds
        )
        state = .loginSent
        if !output.appendSoup(login) { lose(.outputFull) }
    }

    /// The connection is gone.
    public mutating func disconnected() -> SoupClientEvent? {
        guard state == .loginSent || state == .active else { return nil }
        state = .disconnected
        return .closed(lost ?? .disconnected)
    }

    /// Says goodbye; the connection is to be closed when the bytes have left.
    public mutating func logout(at now: Timestamp, into output: inout WireOutput) {
        guard state == .active else { return }
        _ = output.appendSoup(SoupType.logout)
        state = .disconnected
        lost = .logout
    }

    /// Sends a message that the server may never see; false when there is no login or no room.
    public mutating func send(_ message: WireBytes, at now: Timestamp, into output: inout WireOutput) -> Bool {
        guard state == .active, output.appendSoup(SoupType.unsequenced, message) else { return false }
        lastSent = now
        return true
    }

    /// Notes that the caller wrote a packet itself.
    public mutating func noteSent(at now: Timestamp) { lastSent = now }

    /// Sends a heartbeat when it is due, and gives up a server that is silent.
    public mutating func tick(at now: Timestamp, into output: inout WireOutput) -> SoupClientEvent? {
        if let reason = lost {
            lost = nil
            state = state == .ended ? .ended : .disconnected
            return .closed(reason)
        }
        guard state == .loginSent || state == .active else { return nil }
        #if HELIOS_BUG_BANK
        if isOn(.silenceNotNoticed) { lastReceived = now }
        #endif
        if now - lastReceived >= configuration.timeout {
            state = .disconnected
            return .closed(.timeout)
        }
        if state == .active, now - lastSent >= configuration.heartbeat {
            guard output.appendSoup(SoupType.clientHeartbeat) else { return nil }
            lastSent = now
        }
        return nil
    }

    /// The next event in what was read; nil when there is none, with everything of `chunk` taken.
    public mutating func next(_ chunk: inout WireBytes, at now: Timestamp) -> SoupClientEvent? {
        if chunk.count > 0 { lastReceived = max(lastReceived, now) }
        while state == .loginSent || state == .active {
            do throws(SoupFault) {
                guard let packet = try framer.next(&chunk) else { return nil }
                if let event = try judge(packet) { return event }
            } catch {
                state = .disconnected
                return .closed(.fault(error))
            }
        }
        return nil
    }

    /// Takes what was read and tells `sink` every event in it.
    @inlinable
    public mutating func receive<Sink: SoupClientSink & ~Copyable>(
        _ bytes: WireBytes,
        at now: Timestamp,
        _ sink: inout Sink
    ) {
        var chunk = bytes
        while let event = next(&chunk, at: now) { sink.take(event) }
    }

    private mutating func judge(_ packet: SoupPacket) throws(SoupFault) -> SoupClientEvent? {
        switch packet.type {
        case SoupType.serverHeartbeat, SoupType.debug: return nil
        case SoupType.sequenced where state == .active:
            if isProbe { return nil }
            // Safe: a stream of 2^64 messages has no end.
            defer { next &+= 1 }
            return .sequenced(next, packet.payload)
        case SoupType.unsequenced where state == .active: return .unsequenced(packet.payload)
        case SoupType.endOfSession where state == .active:
            // A probe has not had what comes before the end.
            if isProbe { return nil }
            state = .ended
            return .ended
        case SoupType.loginAccepted where state == .loginSent: return try accepted(packet.payload)
        case SoupType.loginRejected where state == .loginSent:
            state = .disconnected
            guard packet.payload.count == 1 else { throw .loginLength(count: packet.payload.count) }
            let refusal = SoupRefusal(rawValue: packet.payload[0])
            // A server that was started anew has another session; only a probe may ask without knowing which.
            if refusal == .sessionNotAvailable { asksForCurrent = true }
            return .closed(.refused(refusal))
        default: throw .unexpected(type: packet.type)
        }
    }

    private mutating func accepted(_ payload: WireBytes) throws(SoupFault) -> SoupClientEvent {
        guard payload.count == 30 else { throw .loginLength(count: payload.count) }
        let name = SoupText(payload.slice(0..<10))
        let answer = try SoupNumber.read(payload.slice(10..<30))
        let isNew = hasSession && name != session
        hasSession = true
        asksForCurrent = false
        session = name
        state = .active
        if isProbe {
            if isNew { next = 1 }
        } else {
            next = answer
        }
        return .loggedIn(session: name, requested: requested, next: answer, isNewSession: isNew)
    }

    private mutating func lose(_ reason: SoupClosure) {
        state = .disconnected
        lost = reason
    }
}
