// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import HeliosWire

/// Why a measurement ended without a result.
public enum LatencyFailure: Error, Sendable, CustomStringConvertible {
    /// Nobody answered a packet with an order within `patience` nanoseconds.
    case silent(subject: String, patience: Nanoseconds)
    /// So many packets of a turn had no answer within half a second.
    case unanswered(subject: String, packets: Int)
    case socket(SocketError)
    /// What the subject said.
    case subject(String)

    public var description: String {
        switch self {
        case .silent(let subject, let patience): "\(subject): no order within \(patience / 1_000_000_000) s of a packet"
        case .unanswered(let subject, let packets): "\(subject): \(packets) packets without an order in half a second"
        case .socket(let error): error.description
        case .subject(let reason): reason
        }
    }
}

/// Tells a subject to end; readable from C as a 32-bit word that is not 0 then.
public final class LatencyStop: @unchecked Sendable {
    /// The word.
    public let word: UnsafeMutablePointer<UInt32>
    private let whole = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)

    public init() {
        word = whole.bindMemory(to: UInt32.self, capacity: 2)
        word.initialize(repeating: 0, count: 2)
    }

    deinit { whole.deallocate() }

    /// Whether it is to end.
    @inline(__always)
    public var isSet: Bool {
        var value: UInt64 = 0
        helios_load_words(&value, whole, 1)
        return value != 0
    }

    func set() {
        var value: UInt64 = 1
        helios_store_words(whole, &value, 1)
    }
}

/// Sends a packet, waits for the order that answers it, and takes the time between.
///
/// From before `send` of the datagram to after `recv` of the order's bytes, the next packet only when all is quiet again.
struct LatencyPinger: ~Copyable {
    /// For a first order.
    private let patience: Nanoseconds
    /// Packets without an answer after which a subject is given up.
    private let unansweredMax: Int

    private var venue: LatencyVenue
    private let feed: Int32
    /// Where the subject must listen.
    let feedEndpoint: Endpoint
    private let packet = UnsafeMutableRawBufferPointer.allocate(byteCount: 2_048, alignment: 64)
    private var market: LatencyMarket
    private var number = 0
    /// Nanoseconds a cycle.
    let scale: Double
    /// Cycles after which a packet counts as not answered.
    private let silence: UInt64
    /// Packets that were not answered.
    private(set) var unanswered = 0
    /// It shares a processor with who answers.
    private let yields: Bool
    private var random: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(_ settings: LatencySettings, nanosecondsPerCycle: Double) throws(SocketError) {
        patience = settings.patience
        unansweredMax = settings.unansweredMax
        // A port that is free: the subject opens it in a moment.
        let place = try UDPReceiver(UDPSource(Endpoint(port: 0))).endpoint
        let descriptor = place.host.withCString { helios_udp_sender($0, place.port, nil, 1 << 20) }
        guard descriptor >= 0 else { throw Sockets.error(place, -descriptor) }
        let venue: LatencyVenue
        do throws(SocketError) { venue = try LatencyVenue() } catch {
            helios_close(descriptor)
            throw error
        }
        self.venue = venue
        market = LatencyMarket(number: 0, at: Sockets.now)
        feed = descriptor
        feedEndpoint = place
        scale = nanosecondsPerCycle
        yields = settings.pingerProcessor == nil
        silence = UInt64(500_000_000 / nanosecondsPerCycle)
    }

    deinit {
        helios_close(feed)
        packet.deallocate()
    }

    /// Where the subject must send orders.
    var orderEndpoint: Endpoint { venue.endpoint }

    /// Begins a new market and forgets the client, for the next subject.
    mutating func begin() {
        number += 1
        unanswered = 0
        market = LatencyMarket(number: number, at: Sockets.now)
        venue.reset()
    }

    /// Opens the market for a subject that listens, and lets the bid grow until it is answered by an order.
    mutating func knock(_ subject: String, isOver: () -> Bool) throws(LatencyFailure) {
        let deadline = Sockets.now + patience
        // Until the client has logged in, nobody may be listening.
        while !venue.isReady { try wait(subject, deadline, isOver, 100_000) }
        if !market.isOpen { send(market.open(at: Sockets.now, into: packet)) }
        var pause: Nanoseconds = 2_000_000
        while true {
            send(market.change(at: Sockets.now, into: packet))
            try wait(subject, deadline, isOver, pause)
            // Threads that sleep, or get no processor, hear of a report late: the next change must not overtake it. One that
            // always did would never find orders and cancels even.
            pause = min(pause * 2, 4_000_000_000)
            // Orders and their cancels, and nothing under way; one that echoes does not tell them apart.
            let isEven = venue.orders == venue.cancels || (venue.cancels == 0 && venue.orders > 1)
            if venue.orders > 0, isEven, !market.isGrown { return }
        }
    }

    /// Serves for `pause` nanoseconds.
    private mutating func wait(
        _ subject: String,
        _ deadline: Nanoseconds,
        _ isOver: () -> Bool,
        _ pause: Nanoseconds
    ) throws(LatencyFailure) {
        guard Sockets.now < deadline, !isOver() else { throw .silent(subject: subject, patience: patience) }
        settle(pause)
    }

    /// Serves for so long without asking anything.
    mutating func settle(_ pause: Nanoseconds) {
        let end = Sockets.now + pause
        repeat {
            if venue.look() { _ = venue.take() }
            venue.serve()
            if yields { sched_yield() }
        } while Sockets.now < end
    }

    /// Lets the bid grow and shrink `count` times, and gives the first and last cycle of each growth's round trip to `record` when
    /// the subject is quiet again.
    @inline(never)
    mutating func round(
        _ count: Int,
        _ subject: String,
        _ record: (UInt64, UInt64) -> Void
    ) throws(LatencyFailure) {
        var left = count
        while left > 0 {
            guard let order = ping() else {
                try again(subject)
                continue
            }
            record(order.start, order.end)
            left -= 1
            if ping() == nil { try again(subject) }
        }
        settle(0)
    }

    /// A packet was not answered (a machine that stood still for a second makes a quote too old to trade on): begins again.
    private mutating func again(_ subject: String) throws(LatencyFailure) {
        unanswered += 1
        guard unanswered < unansweredMax else { throw .unanswered(subject: subject, packets: unanswered) }
        try knock(subject) { false }
    }

    /// Sends a packet and waits for what answers it; when it was sent and when the answer's bytes were there, or nil.
    @inline(__always)
    private mutating func ping() -> (start: UInt64, end: UInt64)? {
        let size = market.change(at: Sockets.now, into: packet)
        let start = helios_cycles()
        send(size)
        var end = start
        repeat {
            while !venue.look() {
                if helios_cycles() &- start > silence { return nil }
                if yields { sched_yield() }
            }
            end = helios_cycles()
        } while !venue.take()
        venue.flush()
        // Not in step with anybody's polling.
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let pause = UInt64((15_000 + Double(random >> 44) / 104.8576) / scale)
        let quiet = helios_cycles() &+ pause
        while helios_cycles() < quiet { if yields { sched_yield() } else { helios_pause() } }
        return (start, end)
    }

    private func send(_ size: Int) {
        _ = Sockets.send(feed, UnsafeRawBufferPointer(rebasing: packet[..<size]))
    }
}
