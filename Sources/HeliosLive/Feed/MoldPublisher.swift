// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// The venue's side of a MoldUDP64 feed: packs messages, sends them on every line, keeps the line alive, sends again what is asked for.
///
/// ```swift
/// var feed = try MoldPublisher(session, to: [a, b], requestsAt: Endpoint(port: 26_477))
/// feed.publish(message, at: now)   // waits for more until the packet is full
/// feed.flush(at: now)
/// feed.step(at: now)               // in a loop: heartbeats and requests
/// ```
/// For one thread.
public struct MoldPublisher: ~Copyable {
    private let lines: UDPPublisher
    private let server: UDPReceiver?
    private let heartbeat: Nanoseconds
    private var store: MoldStore
    private var packet: [UInt8]
    private var answer: [UInt8]
    private var length = MoldHeader.length
    private var count: UInt16 = 0
    /// The first message of the packet that is being filled.
    private var first: UInt64 = 1
    private var lastSent: Nanoseconds?
    private var isEnded = false
    /// Requests that got an answer, and those that did not.
    public private(set) var answered: UInt64 = 0
    public private(set) var unanswerable: UInt64 = 0

    /// Opens the sockets.
    ///
    /// - Parameters:
    ///   - session: the stream's name.
    ///   - destinations: the lines.
    ///   - requests: where requests come in; nil answers none.
    ///   - heartbeat: nanoseconds after the last packet, normally a second.
    ///   - packetMax: bytes of the longest packet.
    ///   - storeMax: bytes of messages that can be sent; more are refused.
    /// - Throws: `SocketError`.
    public init(
        _ session: MoldSession,
        to destinations: [UDPDestination],
        requestsAt requests: Endpoint? = nil,
        heartbeat: Nanoseconds = 1_000_000_000,
        packetMax: Int = 1_400,
        storeMax: Int = 1 << 30
    ) throws(SocketError) {
        let size = min(max(packetMax, 128), 65_507)
        let lines = try UDPPublisher(destinations, datagramMax: size)
        let store = MoldStore(session: session, limit: storeMax)
        guard let requests else {
            self.init(lines, nil, store, heartbeat, size)
            return
        }
        self.init(lines, try UDPReceiver(UDPSource(requests)), store, heartbeat, size)
    }

    private init(
        _ lines: UDPPublisher,
        _ server: UDPReceiver?,
        _ store: MoldStore,
        _ heartbeat: Nanoseconds,
        _ size: Int
    ) {
        self.lines = lines
        self.server = server
        self.store = store
        self.heartbeat = heartbeat
        packet = [UInt8](repeating: 0, count: size)
        answer = [UInt8](repeating: 0, count: size)
    }

    /// The number that the next message gets.
    public var next: UInt64 { store.next }

    /// Where requests come in, with the port that it got.
    public var requestEndpoint: Endpoint? { server?.endpoint }

    /// Datagrams that the system did not take.
    public var refused: UInt64 { lines.refused }

    /// Adds a message to the packet being filled, which goes out when it is full or flushed.
    ///
    /// - Parameters:
    ///   - message: without its length.
    ///   - now: a clock that does not go backward.
    /// - Returns: false when it is longer than a packet, the store is full or the session ended; it is then not published.
    public mutating func publish(_ message: UnsafeRawBufferPointer, at now: Nanoseconds) -> Bool {
        guard !isEnded, MoldHeader.length + 2 + message.count <= packet.count, store.append(message) else {
            return false
        }
        if length + 2 + message.count > packet.count || count == 65_534 { close(at: now) }
        let place = length
        packet.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: UInt16(message.count).bigEndian, toByteOffset: place, as: UInt16.self)
            UnsafeMutableRawBufferPointer(rebasing: bytes[(place + 2)..<(place + 2 + message.count)])
                .copyMemory(from: message)
        }
        length += 2 + message.count
        count += 1
        return true
    }

    /// Sends what is waiting.
    public mutating func flush(at now: Nanoseconds) {
        close(at: now)
        lines.flush()
    }

    /// Answers requests and keeps quiet lines alive; to be called in a loop.
    public mutating func step(at now: Nanoseconds) {
        serve()
        if let lastSent, now - lastSent < heartbeat { return }
        // Else the heartbeat would announce messages that nobody sent.
        flush(at: now)
        sendEmpty(count: isEnded ? 0xFFFF : 0, at: now)
    }

    /// Ends the session: what waits goes out, then the end, and again in place of heartbeats; requests are still answered.
    public mutating func end(at now: Nanoseconds) {
        flush(at: now)
        isEnded = true
        sendEmpty(count: 0xFFFF, at: now)
    }

    private mutating func close(at now: Nanoseconds) {
        guard count > 0 else { return }
        let header = MoldHeader(session: store.session, sequence: first, count: count)
        packet.withUnsafeMutableBytes { header.write(to: $0) }
        lines.add { room in
            packet.withUnsafeBytes { bytes in
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
                return length
            }
        }
        first += UInt64(count)
        count = 0
        length = MoldHeader.length
        lastSent = now
    }

    private mutating func sendEmpty(count: UInt16, at now: Nanoseconds) {
        let header = MoldHeader(session: store.session, sequence: next, count: count)
        lines.add { room in
            header.write(to: room)
            return MoldHeader.length
        }
        lines.flush()
        lastSent = now
    }

    private mutating func serve() {
        guard let server else { return }
        for index in 0..<server.receive() {
            let request = server.datagram(index)
            let length = answer.withUnsafeMutableBytes { store.answer(request, into: $0) }
            guard length > 0 else {
                unanswerable += 1
                continue
            }
            _ = answer.withUnsafeBytes { server.reply(UnsafeRawBufferPointer(rebasing: $0[..<length]), to: index) }
            answered += 1
        }
    }
}
