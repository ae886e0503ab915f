// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosVenue

/// What a feed's line has done to its datagrams.
public struct VenueLineCounts: Sendable, Equatable {
    /// Datagrams that were to be sent.
    public var offered = 0
    public var lost = 0
    public var duplicated = 0
    public var reordered = 0
    /// Datagrams that the system did not take.
    public var refused = 0

    public init() {}
}

/// One line of a feed: its socket, its latency, and its faults, drawn from a seed.
///
/// The datagrams' fates are drawn in their order, so that the same seed gives the same fates, whatever the clock does.
final class VenueFeedLine {
    private struct Datagram {
        var due: Nanoseconds
        var bytes: [UInt8]
    }

    private struct Held {
        var bytes: [UInt8]
        /// Later datagrams that go first.
        var behind: Int
        /// It goes now even without them.
        var deadline: Nanoseconds
    }

    /// How long a datagram waits for later ones that overtake it.
    private static let patience: Nanoseconds = 50_000_000

    private let line: VenueLine
    private let socket: UDPPublisher
    private var latency: LatencyDraw
    private var random: SeededRandom
    private var queue: [Datagram] = []
    private var first = 0
    private var held: [Held] = []
    private var lastDue: Nanoseconds = 0
    private var counted = VenueLineCounts()

    /// - Throws: `SocketError`.
    init(_ line: VenueLine, latency: VenueLatency, seed: UInt64) throws(SocketError) {
        guard let endpoint = Endpoint(line.address) else {
            throw SocketError(endpoint: Endpoint(port: 0), reason: "\(line.address) is no address")
        }
        self.line = line
        socket = try UDPPublisher([UDPDestination(endpoint, interface: line.interface)])
        self.latency = LatencyDraw(latency.feed, sigma: latency.sigma, seed: seed &* 3 &+ 1)
        random = SeededRandom(seed: seed)
    }

    var counts: VenueLineCounts {
        var counts = counted
        counts.refused = Int(socket.refused)
        return counts
    }

    /// When `pump` has something to do.
    var due: Nanoseconds? {
        let waiting = first < queue.count ? queue[first].due : Nanoseconds.max
        let next = min(waiting, held.map(\.deadline).min() ?? .max)
        return next == .max ? nil : next
    }

    /// Takes a datagram for the line.
    func offer(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        counted.offered += 1
        let fates = (chance(line.loss), chance(line.duplication), chance(line.reordering))
        if fates.0 {
            counted.lost += 1
            return
        }
        lastDue = max(lastDue, now + latency.next() + line.skew)
        if fates.2 {
            counted.reordered += 1
            let behind = 1 + Int(random.next() % 3)
            held.append(Held(bytes: [UInt8](bytes), behind: behind, deadline: lastDue + VenueFeedLine.patience))
            return
        }
        if fates.1 { counted.duplicated += 1 }
        for _ in 0..<(fates.1 ? 2 : 1) {
            if lastDue <= now, first == queue.count {
                send(bytes, at: now)
            } else {
                queue.append(Datagram(due: lastDue, bytes: [UInt8](bytes)))
            }
        }
    }

    /// Sends what is due.
    func pump(at now: Nanoseconds) {
        while first < queue.count, queue[first].due <= now {
            let datagram = queue[first]
            first += 1
            datagram.bytes.withUnsafeBytes { send($0, at: now) }
        }
        if first == queue.count || first >= 1_024 {
            queue.removeFirst(first)
            first = 0
        }
        if !held.isEmpty { release { $0.deadline <= now } }
        socket.flush()
    }

    private func send(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        add(bytes)
        guard !held.isEmpty else { return }
        for index in held.indices { held[index].behind -= 1 }
        release { $0.behind <= 0 }
    }

    private func release(_ isDue: (Held) -> Bool) {
        for datagram in held where isDue(datagram) { datagram.bytes.withUnsafeBytes { add($0) } }
        held.removeAll(where: isDue)
    }

    private func add(_ bytes: UnsafeRawBufferPointer) {
        socket.add { room in
            room.copyMemory(from: bytes)
            return bytes.count
        }
    }

    /// One number is drawn for each question, whether it matters or not.
    private func chance(_ points: Int64) -> Bool { Int64(random.next() % 10_000) < points }
}
