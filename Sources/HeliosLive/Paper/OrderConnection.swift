// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// How an order connection does.
public struct OrderConnectionHealth: Sendable, Equatable {
    /// How far the line is.
    public var state = OuchLineState.down
    /// Connections made, and those lost.
    public var connects = 0
    public var losses = 0
    /// Bytes written and read.
    public var sent: UInt64 = 0
    public var received: UInt64 = 0
    /// Messages that waited for the venue's rate.
    public var throttled: UInt64 = 0
    /// Reports about orders that are not ours, and those that contradict what was known.
    public var foreign: UInt64 = 0
    public var contradictions: UInt64 = 0

    public init() {}
}

/// An `OuchLine` on a TCP connection that is made again whenever it is lost.
///
/// What it tells comes as records: the venue's reports, answers to the node's login and requests, and words of kind `side`
/// when the connection is there, ready, or gone. For one thread; never waits.
public struct OrderConnection: ~Copyable {
    private enum Socket {
        case none(since: Nanoseconds)
        case connecting(Int32, since: Nanoseconds)
        case open(Int32)
    }

    /// The protocol behind it.
    public private(set) var line: OuchLine
    public let endpoint: Endpoint
    public private(set) var health = OrderConnectionHealth()
    /// Nanoseconds between two attempts to connect, and how long one may take.
    private let retry: Nanoseconds
    private var socket = Socket.none(since: .min / 2)
    /// The venue has been told of, and its loss not yet.
    private var isTold = false
    private var isReady = false
    /// The venue has refused the login, and that was told.
    private var isRefused = false
    /// The session that was followed is not there any more.
    private var isSessionLost = false
    private var isLeaving = false
    private var nextTick: Nanoseconds = 0
    private var notices: [OuchLineNotice] = []
    /// What stops orders on the doorstep, and what of it has been acted on.
    private let stop: KillSwitch
    private var seenStop: UInt64 = 0
    /// Shows others the socket.
    private let pulse: SessionPulse
    /// The venue's.
    private let place: Int
    /// Bytes of the first waiting packet whose beginning has left.
    private var begun = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)

    /// Nanoseconds until a login that was refused is tried again.
    private static var refusedPause: Nanoseconds { 2_000_000_000 }

    /// - Parameters:
    ///   - endpoint: the venue's order entry.
    ///   - configuration: the login.
    ///   - retry: nanoseconds between two attempts to connect.
    ///   - stop: looked at before an order's bytes leave.
    public init(
        _ endpoint: Endpoint,
        _ configuration: OuchClientConfiguration,
        retry: Nanoseconds = 100_000_000,
        stop: KillSwitch = KillSwitch(instruments: 64)
    ) {
        self.init(endpoint, configuration, retry: retry, stop: stop, pulse: SessionPulse())
    }

    init(
        _ endpoint: Endpoint,
        _ configuration: OuchClientConfiguration,
        retry: Nanoseconds = 100_000_000,
        stop: KillSwitch,
        pulse: SessionPulse,
        place: Int = 0
    ) {
        self.endpoint = endpoint
        self.place = place
        self.retry = retry
        self.stop = stop
        self.pulse = pulse
        line = OuchLine(configuration)
    }

    deinit {
        switch socket {
        case .none: break
        case .connecting(let descriptor, _): Sockets.shut(descriptor)
        case .open(let descriptor): pulse.close(descriptor, at: place)
        }
        buffer.deallocate()
    }

    /// The socket to wait for; nil without a connection.
    var descriptor: Int32? {
        if case .open(let descriptor) = socket { return descriptor }
        return nil
    }

    /// Takes what the venue has sent, keeps the line alive, connects when there is no connection.
    ///
    /// - Parameters:
    ///   - now: a clock that does not go backward.
    ///   - deliver: gets each record; the market's time of its receipt is for the session to say.
    public mutating func poll(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard case .open(let descriptor) = socket else { return connect(now, deliver) }
        let stamp = Timestamp(nanoseconds: now)
        let count = Sockets.receive(descriptor, buffer)
        if count > 0 {
            health.received += UInt64(count)
            let bytes = WireBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            line.receive(bytes, at: stamp, .zero, deliver) { notices.append($0) }
            if !notices.isEmpty { tellNotices(deliver) }
            tellState(deliver)
        } else if count == 0 || !Sockets.wouldWait {
            return lose(now, deliver)
        }
        if now >= nextTick {
            nextTick = now + 1_000_000
            line.tick(at: stamp, .zero, deliver) { notices.append($0) }
        }
        if stop.look != seenStop { withdraw(at: now, deliver) }
        if line.output.count > 0 { flush(at: now, deliver) }
        if line.wantsClose { lose(now, deliver) }
    }

    /// Takes a record that the node has released; `flush` puts it on the wire.
    ///
    /// An order that was stopped is answered as one that never arrived.
    public mutating func send(_ record: Event, at now: Nanoseconds, _ deliver: (Event) -> Void) {
        if record.kind == .newOrder || record.kind == .replaceRequest, stop.stops(record) {
            return line.refuseStopped(record, .zero, deliver)
        }
        line.send(record, at: Timestamp(nanoseconds: now), .zero, deliver)
    }

    /// Hands to the system what waits, as far as it takes it.
    public mutating func flush(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard case .open(let descriptor) = socket else { return }
        while line.output.count > 0 {
            // The last look before the bytes leave.
            if stop.look != seenStop { withdraw(at: now, deliver) }
            let count = Sockets.send(descriptor, line.output.bytes.unsafeBuffer)
            if count > 0 {
                begun = count < line.output.count ? line.output.unfinished(after: count, begun: begun) : 0
                line.output.drop(count)
                health.sent += UInt64(count)
            } else {
                if !Sockets.wouldWait { lose(now, deliver) }
                return
            }
        }
    }

    /// Somebody has stopped orders: what has not left stays here.
    private mutating func withdraw(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        seenStop = stop.look
        guard seenStop & 3 != 0 else { return }
        line.withdraw(begun: begun, at: Timestamp(nanoseconds: now), .zero, deliver) { notices.append($0) }
    }

    /// Asks the venue to cancel everything that may still trade; how many orders that is.
    @discardableResult
    public mutating func cancelAll(at now: Nanoseconds, _ deliver: (Event) -> Void) -> Int {
        let asked = line.cancelAll(at: Timestamp(nanoseconds: now))
        flush(at: now, deliver)
        return asked
    }

    /// Asks the venue to cancel those of `orders`, by our numbers, that may still trade.
    mutating func cancel(_ orders: Set<OrderID>, at now: Nanoseconds, _ deliver: (Event) -> Void) {
        line.cancelAll(at: Timestamp(nanoseconds: now)) { orders.contains($0 & (1 << 40 - 1)) }
        flush(at: now, deliver)
    }

    /// Gives `body` each order that may still trade; how many there are.
    @discardableResult
    public mutating func forEachOpen(_ body: (OuchOrder) -> Void) -> Int { line.forEachOpen(body) }

    /// Says goodbye in good order; nothing is connected to any more.
    public mutating func leave(at now: Nanoseconds) {
        isLeaving = true
        guard case .open(let descriptor) = socket else { return }
        line.logout(at: Timestamp(nanoseconds: now))
        flush(at: now) { _ in }
        guard case .open = socket else { return }
        Sockets.endSending(descriptor)
        pulse.close(descriptor, at: place)
        socket = .none(since: now)
        health.state = .down
    }

    private mutating func connect(_ now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard !isLeaving, !line.isOver, !pulse.connectionIsTaken else { return }
        switch socket {
        case .open: break
        case .none(let since):
            guard now - since >= retry else { return }
            do throws(SocketError) {
                socket = .connecting(try Sockets.beginConnect(endpoint), since: now)
            } catch {
                socket = .none(since: now)
            }
        case .connecting(let descriptor, let since):
            guard let code = Sockets.completion(descriptor) else {
                if now - since > max(retry, 1_000_000_000) { drop(descriptor, now) }
                return
            }
            guard code == 0 else { return drop(descriptor, now) }
            socket = .open(descriptor)
            pulse.opened(descriptor, at: place)
            begun = 0
            health.connects += 1
            line.connected(at: Timestamp(nanoseconds: now))
            tellState(deliver)
            if !isTold {
                isTold = true
                deliver(SessionWord.venueConnected.record())
            }
        }
    }

    private mutating func drop(_ descriptor: Int32, _ now: Nanoseconds) {
        Sockets.shut(descriptor)
        socket = .none(since: now)
    }

    private mutating func lose(_ now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard case .open(let descriptor) = socket else { return }
        pulse.close(descriptor, at: place)
        let isLost = line.disconnected(at: Timestamp(nanoseconds: now), .zero, deliver) { notices.append($0) }
        tellNotices(deliver)
        // After a look at the venue's stream the second connection follows at once; who was refused need not hurry.
        let pause = isRefused ? OrderConnection.refusedPause : retry
        socket = .none(since: isLost ? now + pause - retry : now - retry)
        if line.isOver {
            deliver(SessionWord.venueEnded.record())
        } else if isLost, isTold {
            isTold = false
            health.losses += 1
            deliver(SessionWord.venueLost.record())
        }
        tellState(deliver)
    }

    private mutating func tellState(_ deliver: (Event) -> Void) {
        health.state = line.state
        health.throttled = line.client.counters.throttled
        health.foreign = line.client.counters.foreign
        health.contradictions = line.client.counters.contradictions
        let isReadyNow = line.state == .ready
        if isReadyNow, !isReady {
            (isRefused, isSessionLost) = (false, false)
            deliver(SessionWord.venueReady.record())
        }
        isReady = isReadyNow
    }

    /// What no record stands for, as words; a refusal once until the venue lets us in.
    private mutating func tellNotices(_ deliver: (Event) -> Void) {
        for notice in notices {
            switch notice {
            // The next login asks for whatever session there is.
            case .closed(.refused(.sessionNotAvailable)) where !isSessionLost: isSessionLost = true
            case .closed(.refused(let why)):
                if !isRefused { deliver(SessionWord.venueRefused.record(detail: UInt64(why?.rawValue ?? 0))) }
                isRefused = true
            case .newSession: deliver(SessionWord.venueForgot.record())
            case .discontinuity(let requested, let next):
                deliver(SessionWord.venueGap.record(sequence: requested, detail: next))
            case .malformed(let number): deliver(SessionWord.venueMalformed.record(sequence: number))
            case .closed, .ended, .overtaken: break
            }
        }
        notices.removeAll(keepingCapacity: true)
    }
}
