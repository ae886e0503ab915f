// SPDX-License-Identifier: MIT
import HeliosMarket

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How a connection ended.
public enum LinkEnd: Equatable, Sendable, CustomStringConvertible {
    /// The other side closed it, or its process died.
    case closed
    /// Nothing was heard for longer than agreed.
    case silent
    /// What came is no record.
    case garbage(FramingError)
    /// The other side does not take what is sent: more waits than `RecordLink.capacity`.
    case overflow
    /// We closed it.
    case ours
    case failed(String)

    public var description: String {
        switch self {
        case .closed: "the connection was closed"
        case .silent: "nothing was heard"
        case .garbage(let error): "what came is no record (\(error))"
        case .overflow: "it does not take what is sent"
        case .ours: "closed by us"
        case .failed(let reason): reason
        }
    }
}

/// Records over a TCP connection, in both directions, never waiting.
///
/// `send` only puts a record into the buffer; `flush` hands the system as much as it takes, in one piece. The owner calls
/// `receive` and `flush` in its loop; nothing happens in between.
public final class RecordLink {
    /// Bytes that may wait to be sent, if nothing else is said.
    public static var defaultCapacity: Int { 16 << 20 }

    let descriptor: Int32
    private let capacity: Int
    private var framer = RecordFramer()
    private var outbox: [UInt8] = []
    private var sent = 0
    /// Why it ended; nil while it is open.
    public private(set) var end: LinkEnd?
    /// When bytes last came, and last went, by the clock that never goes backward.
    public private(set) var lastHeard: Nanoseconds
    public private(set) var lastSent: Nanoseconds
    private var piece = [UInt8](repeating: 0, count: 64 << 10)

    /// Takes over a connected socket.
    init(descriptor: Int32, capacity: Int = RecordLink.defaultCapacity) {
        self.descriptor = descriptor
        self.capacity = capacity
        lastHeard = Sockets.now
        lastSent = lastHeard
    }

    deinit { Sockets.shut(descriptor) }

    /// Connects.
    ///
    /// - Parameters:
    ///   - endpoint: where somebody listens.
    ///   - patience: nanoseconds to wait, at most.
    ///   - capacity: bytes that may wait to be sent.
    /// - Returns: an open connection.
    /// - Throws: `SocketError` with the system's words.
    public static func connect(
        _ endpoint: Endpoint,
        patience: Nanoseconds,
        capacity: Int = RecordLink.defaultCapacity
    ) throws(SocketError) -> RecordLink {
        RecordLink(descriptor: try Sockets.connect(endpoint, patience: patience), capacity: capacity)
    }

    public var isOpen: Bool { end == nil }
    /// Bytes that wait to be sent.
    public var pending: Int { outbox.count - sent }
    var interest: Sockets.Interest { Sockets.Interest(descriptor, writes: pending > 0) }

    /// Ends it; nothing is sent any more.
    public func close(_ reason: LinkEnd = .ours) {
        guard end == nil else { return }
        end = reason
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // MARK: Receiving

    /// Takes what has come, at most 4 MiB a call, so that a fast sender can't keep the loop from its other work.
    public func receive() {
        var rest = 64
        while end == nil, rest > 0 {
            rest -= 1
            let count = piece.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                lastHeard = Sockets.now
                piece.withUnsafeBytes { framer.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                if count < piece.count { return }
            } else if count == 0 {
                end = .closed
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return
            } else if errno != EINTR {
                end = errno == ECONNRESET || errno == EPIPE ? .closed : .failed(String(cString: strerror(errno)))
            }
        }
    }

    /// The next record that came; also after the end, until all are taken.
    public func next() -> LinkMessage? {
        do throws(FramingError) {
            while let message = try framer.next() {
                // A sign of life says nothing else.
                if message.event.kind != .none { return message }
            }
            return nil
        } catch let error {
            close(.garbage(error))
            return nil
        }
    }

    // MARK: Sending

    /// Puts a record into the buffer; a side record with its text.
    public func send(_ event: Event, text: [UInt8] = []) {
        guard end == nil else { return }
        RecordFramer.encode(event, text, to: &outbox)
        if pending > capacity { close(.overflow) }
    }

    /// Says that we live, when nothing was sent for `interval` nanoseconds.
    public func beat(every interval: Nanoseconds) {
        guard pending == 0, Sockets.now - lastSent > interval else { return }
        send(Event(kind: .none))
    }

    /// Ends the connection when nothing was heard for `timeout` nanoseconds.
    public func checkSilence(_ timeout: Nanoseconds) {
        if Sockets.now - lastHeard > timeout { close(.silent) }
    }

    /// Puts records into the buffer that are encoded already.
    func send(bytes: [UInt8]) {
        guard end == nil else { return }
        outbox += bytes
        if pending > capacity { close(.overflow) }
    }

    /// Hands over what the system takes now.
    public func flush() {
        while end == nil, pending > 0 {
            let count = outbox.withUnsafeBytes { bytes in
                Sockets.send(
                    descriptor,
                    UnsafeRawBufferPointer(rebasing: bytes[sent..<min(bytes.count, sent + 1 << 20)])
                )
            }
            if count > 0 {
                sent += count
                lastSent = Sockets.now
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                break
            } else if errno != EINTR {
                end = errno == ECONNRESET || errno == EPIPE ? .closed : .failed(String(cString: strerror(errno)))
            }
        }
        if sent == outbox.count {
            outbox.removeAll(keepingCapacity: true)
            sent = 0
        } else if sent > 1 << 20 {
            outbox.removeFirst(sent)
            sent = 0
        }
    }

    /// Flushes and waits until everything is handed over, for at most `patience` nanoseconds.
    public func drain(patience: Nanoseconds) {
        let deadline = Sockets.now + patience
        flush()
        while end == nil, pending > 0, Sockets.now < deadline {
            Sockets.wait([interest], timeout: 10_000_000)
            flush()
        }
    }
}

/// A socket at which others connect.
public final class LinkListener {
    let descriptor: Int32
    /// Where, with the port that the system chose when 0 was asked for.
    public let endpoint: Endpoint

    public init(_ endpoint: Endpoint) throws(SocketError) {
        let (descriptor, port) = try Sockets.listen(endpoint)
        self.descriptor = descriptor
        self.endpoint = Endpoint(host: endpoint.host, port: port)
    }

    deinit { Sockets.shut(descriptor) }

    /// The next connection that waits; nil when none does.
    public func accept(capacity: Int = RecordLink.defaultCapacity) -> RecordLink? {
        Sockets.accept(descriptor).map { RecordLink(descriptor: $0, capacity: capacity) }
    }
}
