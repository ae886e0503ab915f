// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// How an endpoint is connected: a plain descriptor that does not block, its connection there or on its way.
typealias OrderDial = (Endpoint) throws(SocketError) -> Int32

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

/// A connection of a venue that speaks OUCH.
typealias OrderConnection = LineConnection<OuchLine>

/// An `OuchLine` or a `FixOrderLine` on a TCP connection that is made again whenever it is lost.
///
/// What it tells comes as records: the venue's reports, answers to the node's login and requests, and words of kind `side`
/// when the connection is there, ready, or gone. For one thread; never waits.
struct LineConnection<Line: OrderLine & ~Copyable>: ~Copyable {
    private enum Socket {
        case none(since: Nanoseconds)
        case connecting(Int32, since: Nanoseconds)
        case open(Int32)
    }

    /// The protocol behind it.
    private(set) var line: Line
    let endpoint: Endpoint
    private(set) var health = OrderConnectionHealth()
    /// Nanoseconds between two attempts to connect, and how long one may take.
    private let retry: Nanoseconds
    private var socket = Socket.none(since: .min / 2)
    /// The venue has been told of, and its loss not yet.
    private var isTold = false
    private var isReady = false
    private var standing = LineStanding()
    private var isLeaving = false
    private var nextTick: Nanoseconds = 0
    private var notices: [Line.Notice] = []
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

    /// Gives a plain descriptor whose connection to the endpoint is there or on its way: TCP, or whatever carries the bytes.
    private let dial: OrderDial
    /// Tells people what no record stands for.
    private let warn: (String) -> Void
    /// What is added to a clock that never goes backward so that it is UTC; 0 where nobody needs that.
    private var shift: Nanoseconds = 0
    private var nextShift: Nanoseconds = .min / 2

    /// - Parameters:
    ///   - endpoint: the venue's order entry.
    ///   - line: the protocol.
    ///   - retry: nanoseconds between two attempts to connect.
    ///   - stop: looked at before an order's bytes leave.
    ///   - pulse: shows others the socket.
    ///   - place: the venue's.
    ///   - dial: how it is connected.
    ///   - warn: tells people what no record stands for.
    init(
        _ endpoint: Endpoint,
        _ line: consuming Line,
        retry: Nanoseconds = 100_000_000,
        stop: KillSwitch,
        pulse: SessionPulse,
        place: Int = 0,
        dial: @escaping OrderDial = Sockets.beginConnect,
        warn: @escaping (String) -> Void = { _ in }
    ) {
        self.endpoint = endpoint
        self.place = place
        self.retry = retry
        self.stop = stop
        self.pulse = pulse
        self.dial = dial
        self.warn = warn
        self.line = line
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
    mutating func poll(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard case .open(let descriptor) = socket else { return connect(now, deliver) }
        let count = Sockets.receive(descriptor, buffer)
        if count > 0 {
            health.received += UInt64(count)
            let bytes = WireBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            line.receive(bytes, at: stamp(now), .zero, deliver) { notices.append($0) }
            if !notices.isEmpty { tellNotices(deliver) }
            tellState(deliver)
        } else if count == 0 || !Sockets.wouldWait {
            return lose(now, deliver)
        }
        if now >= nextTick {
            nextTick = now + 1_000_000
            if Line.wantsWallClock { lookAtClock(now) }
            line.tick(at: stamp(now), .zero, deliver) { notices.append($0) }
        }
        if stop.look != seenStop { withdraw(at: now, deliver) }
        if line.waiting > 0 { flush(at: now, deliver) }
        if line.wantsClose { lose(now, deliver) }
    }

    /// Takes a record that the node has released; `flush` puts it on the wire.
    ///
    /// An order that was stopped is answered as one that never arrived.
    mutating func send(_ record: Event, at now: Nanoseconds, _ deliver: (Event) -> Void) {
        if record.kind == .newOrder || record.kind == .replaceRequest, stop.stops(record) {
            return line.refuseStopped(record, .zero, deliver)
        }
        line.send(record, at: stamp(now), .zero, deliver)
    }

    /// Hands to the system what waits, as far as it takes it.
    mutating func flush(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard case .open(let descriptor) = socket else { return }
        while line.waiting > 0 {
            // The last look before the bytes leave.
            if stop.look != seenStop { withdraw(at: now, deliver) }
            let count = Sockets.send(descriptor, line.waitingBytes.unsafeBuffer)
            if count > 0 {
                begun = count < line.waiting ? line.unfinished(after: count, begun: begun) : 0
                line.drop(count)
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
        line.withdraw(begun: begun, at: stamp(now), .zero, deliver) { notices.append($0) }
    }

    /// Asks the venue to cancel everything that may still trade; how many orders that is.
    @discardableResult
    mutating func cancelAll(at now: Nanoseconds, _ deliver: (Event) -> Void) -> Int {
        let asked = line.cancelAll(at: stamp(now)) { _ in true }
        flush(at: now, deliver)
        return asked
    }

    /// Asks the venue to cancel those of `orders`, by our numbers, that may still trade.
    mutating func cancel(_ orders: Set<OrderID>, at now: Nanoseconds, _ deliver: (Event) -> Void) {
        _ = line.cancelAll(at: stamp(now)) { orders.contains($0 & (1 << 40 - 1)) }
        flush(at: now, deliver)
    }

    /// How many orders may still trade.
    mutating func openCount() -> Int { line.openCount() }

    /// Those orders, as people need them.
    mutating func openOrders(symbols: [Symbol], venue: String) -> [OpenOrder] {
        line.openOrders(symbols: symbols, venue: venue)
    }

    /// Says goodbye in good order; nothing is connected to any more.
    mutating func leave(at now: Nanoseconds) {
        isLeaving = true
        guard case .open(let descriptor) = socket else { return }
        line.logout(at: stamp(now))
        flush(at: now) { _ in }
        guard case .open = socket else { return }
        Sockets.endSending(descriptor)
        pulse.close(descriptor, at: place)
        socket = .none(since: now)
        health.state = .down
    }

    /// The time of the protocol's timers.
    @inline(__always)
    private func stamp(_ now: Nanoseconds) -> Timestamp {
        Timestamp(nanoseconds: Line.wantsWallClock ? now &+ shift : now)
    }

    /// Follows the world's clock, which people and servers set.
    private mutating func lookAtClock(_ now: Nanoseconds) {
        guard now >= nextShift else { return }
        nextShift = now + 1_000_000_000
        shift = Sockets.wallClock - Sockets.now
        line.keepHouse()
    }

    private mutating func connect(_ now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard !isLeaving, !line.isOver, !pulse.connectionIsTaken else { return }
        switch socket {
        case .open: break
        case .none(let since):
            guard now - since >= retry else { return }
            do throws(SocketError) {
                socket = .connecting(try dial(endpoint), since: now)
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
            if Line.wantsWallClock { lookAtClock(now) }
            pulse.opened(descriptor, at: place)
            begun = 0
            health.connects += 1
            line.connected(at: stamp(now))
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
        let isLost = line.disconnected(at: stamp(now), .zero, deliver) { notices.append($0) }
        tellNotices(deliver)
        // After a look at the venue's stream the second connection follows at once; who was refused need not hurry.
        let pause = standing.isRefused ? Self.refusedPause : retry
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
        line.count(into: &health)
        let isReadyNow = line.state == .ready
        if isReadyNow, !isReady {
            standing = LineStanding()
            deliver(SessionWord.venueReady.record())
        }
        isReady = isReadyNow
    }

    /// What no record stands for, as words; a refusal once until the venue lets us in.
    private mutating func tellNotices(_ deliver: (Event) -> Void) {
        for notice in notices {
            switch Line.word(for: notice, &standing) {
            case .word(let record): deliver(record)
            case .text(let text): warn(text)
            case nil: break
            }
        }
        notices.removeAll(keepingCapacity: true)
    }
}
