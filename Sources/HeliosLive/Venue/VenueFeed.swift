// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// An exchange's market data on sockets: packets of its ITCH messages on every line, and the server for lost ones.
final class VenueFeed {
    private let lines: [VenueFeedLine]
    private let server: UDPReceiver?
    private var sender = MoldSender(session: MoldSession(high: 0, low: 0))
    private var retransmitter = MoldRetransmitter(session: MoldSession(high: 0, low: 0))
    private var packet = WireOutput(capacity: VenueFeed.packetMax)
    private var earlier: (answered: UInt64, refused: UInt64) = (0, 0)
    /// Bytes of the longest packet.
    private static let packetMax = 1_400
    /// Packets in one turn, so that other work is not kept waiting.
    private static let burst = 256

    /// - Throws: `SocketError`.
    init(_ venue: VenueDescription) throws(SocketError) {
        var lines: [VenueFeedLine] = []
        for (index, line) in venue.lines.enumerated() {
            // Each line's faults are its own.
            let seed = (venue.seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15) ^ 0xFEED
            lines.append(try VenueFeedLine(line, latency: venue.latency, seed: seed))
        }
        self.lines = lines
        if let requests = venue.requests {
            guard let endpoint = Endpoint(requests) else {
                throw SocketError(endpoint: Endpoint(port: 0), reason: "\(requests) is no address")
            }
            server = try UDPReceiver(UDPSource(endpoint))
        } else {
            server = nil
        }
    }

    /// Where requests come in, with the port that it got.
    var requestEndpoint: Endpoint? { server?.endpoint }
    var descriptor: Int32? { server?.descriptor }
    var counts: [VenueLineCounts] { lines.map(\.counts) }
    var answered: UInt64 { earlier.answered + retransmitter.answered }
    var unanswerable: UInt64 { earlier.refused + retransmitter.refused }
    /// When `step` has something to do for a line.
    var due: Nanoseconds? { lines.compactMap(\.due).min() }
    /// The number of the next message to be packed.
    var next: UInt64 { sender.next }

    /// Begins a session.
    func begin(_ session: MoldSession) {
        earlier = (answered, unanswerable)
        sender = MoldSender(session: session, packetLimit: VenueFeed.packetMax)
        retransmitter = MoldRetransmitter(session: session, packetLimit: VenueFeed.packetMax)
    }

    /// No more messages will come: what waits goes out, then the end in place of heartbeats.
    func end(at now: Nanoseconds) { sender.end(at: Timestamp(nanoseconds: now)) }

    /// Answers requests, packs what is new, and sends what is due.
    func step(_ exchange: Exchange, at now: Nanoseconds) {
        exchange.withFeed { messages in
            serve(messages, at: now)
            var left = VenueFeed.burst
            packet.removeAll()
            while left > 0, sender.packet(from: messages, at: Timestamp(nanoseconds: now), into: &packet) != nil {
                for line in lines { line.offer(packet.bytes.unsafeBuffer, at: now) }
                packet.removeAll()
                left -= 1
            }
        }
        for line in lines { line.pump(at: now) }
    }

    private func serve(_ messages: borrowing MessageStore, at now: Nanoseconds) {
        guard let server else { return }
        for index in 0..<server.receive() {
            packet.removeAll()
            let request = WireBytes(server.datagram(index))
            let time = Timestamp(nanoseconds: now)
            let count = try? retransmitter.answer(request, from: messages, at: time, into: &packet)
            if count != nil { server.reply(packet.bytes.unsafeBuffer, to: index) }
        }
    }
}
