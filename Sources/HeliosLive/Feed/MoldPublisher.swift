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
    private var sender: MoldSender
    private var retransmitter: MoldRetransmitter
    private var store: MessageStore
    private var packet: WireOutput
    private var isEnded = false

    /// Opens the sockets.
    ///
    /// - Parameters:
    ///   - session: the stream's name.
    ///   - destinations: the lines.
    ///   - requests: where requests come in; nil answers none.
    ///   - heartbeat: nanoseconds after the last packet, normally a second.
    ///   - packetMax: bytes of the longest packet.
    ///   - storeMax: bytes of messages that can be sent; more are refused. Memory is used only as far as it is filled.
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
        let server: UDPReceiver?
        if let requests { server = try UDPReceiver(UDPSource(requests)) } else { server = nil }
        self.lines = lines
        self.server = server
        sender = MoldSender(session: session, packetLimit: size, heartbeat: heartbeat)
        retransmitter = MoldRetransmitter(session: session, packetLimit: size)
        // ITCH's shortest message that is frequent has 19 bytes.
        store = MessageStore(messages: max(storeMax / 16, 16), bytes: storeMax)
        packet = WireOutput(capacity: size)
    }

    /// The number that the next message gets.
    public var next: UInt64 { store.nextSequence }

    /// Where requests come in, with the port that it got.
    public var requestEndpoint: Endpoint? { server?.endpoint }

    /// Datagrams that the system did not take.
    public var refused: UInt64 { lines.refused }

    /// Requests that got an answer, and those that did not.
    public var answered: UInt64 { retransmitter.answered }
    public var unanswerable: UInt64 { retransmitter.refused }

    /// Adds a message, which goes out with the next packet.
    ///
    /// - Parameters:
    ///   - message: without its length.
    ///   - now: a clock that does not go backward.
    /// - Returns: false when it is longer than a packet, the store is full or the session ended; it is then not published.
    public mutating func publish(_ message: UnsafeRawBufferPointer, at now: Nanoseconds) -> Bool {
        guard !isEnded, MoldHeader.length + 2 + message.count <= packet.capacity else { return false }
        return store.append(WireBytes(message))
    }

    /// Sends what is waiting, and a heartbeat when nothing was sent for long enough.
    public mutating func flush(at now: Nanoseconds) {
        packet.removeAll()
        while sender.packet(from: store, at: Timestamp(nanoseconds: now), into: &packet) != nil {
            let bytes = packet.bytes
            lines.add { room in
                room.copyMemory(from: bytes.unsafeBuffer)
                return bytes.count
            }
            packet.removeAll()
        }
        lines.flush()
    }

    /// Answers requests and keeps quiet lines alive; to be called in a loop.
    public mutating func step(at now: Nanoseconds) {
        serve(at: now)
        flush(at: now)
    }

    /// Ends the session: what waits goes out, then the end, and again in place of heartbeats; requests are still answered.
    public mutating func end(at now: Nanoseconds) {
        flush(at: now)
        isEnded = true
        sender.end(at: Timestamp(nanoseconds: now))
        flush(at: now)
    }

    private mutating func serve(at now: Nanoseconds) {
        guard let server else { return }
        for index in 0..<server.receive() {
            packet.removeAll()
            let request = WireBytes(server.datagram(index))
            let time = Timestamp(nanoseconds: now)
            let count = try? retransmitter.answer(request, from: store, at: time, into: &packet)
            guard count != nil else { continue }
            _ = server.reply(packet.bytes.unsafeBuffer, to: index)
        }
    }
}
