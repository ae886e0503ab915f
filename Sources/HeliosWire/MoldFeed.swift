// SPDX-License-Identifier: MIT
import HeliosMarket

/// One MoldUDP64 stream from two lines that carry the same: each message once, in order, and a word when some are missing.
///
/// ```
/// line A ─┐               ┌─ in order ──► messages
///         ├─► arbiter ────┤
/// line B ─┘      ▲        └─ ahead ─────► held, a gap is open ──► `request`: what to ask the retransmission server for
///                └──────────── answers come in as packets like any other
/// ```
/// The first copy of a message wins. When a later copy of one of the last messages says something else, one of the two was
/// wrong, nobody knows which, and `hasConflict` stays set: what was built from the stream must not be traded on.
public struct MoldFeed: Sendable {
    private var arbiter: MoldArbiter
    /// Packets that are ahead, by their first message.
    private var held: [(sequence: UInt64, bytes: [UInt8])] = []
    private let heldLimit: Int
    /// Checksums of the last messages, by number.
    private var checksums: [UInt32]
    private var gapEnd: UInt64 = 0
    /// Two copies of one message differed.
    public private(set) var hasConflict = false
    /// Datagrams that are no packets, packets for which there was no room, copies that differed.
    public private(set) var malformed = 0
    public private(set) var dropped = 0
    public private(set) var conflicts = 0

    /// - Parameters:
    ///   - start: the first message wanted.
    ///   - heldLimit: packets kept while a gap is open; more are dropped, counted, and asked for again.
    ///   - memory: messages whose copies are compared, a power of two.
    public init(start: UInt64 = 1, heldLimit: Int = 1_024, memory: Int = 4_096) {
        arbiter = MoldArbiter(start: max(start, 1), policy: .stay)
        self.heldLimit = max(heldLimit, 1)
        checksums = [UInt32](repeating: 0, count: max(memory, 1))
    }

    /// The next message wanted.
    public var expected: UInt64 { arbiter.expected }

    public var counters: MoldCounters { arbiter.counters }

    /// The messages that are missing while later ones are known; nil when the stream is whole.
    public var gap: Range<UInt64>? { gapEnd > arbiter.expected ? arbiter.expected..<gapEnd : nil }

    /// Whether what was built from the stream is whole and undisputed.
    public var isWhole: Bool { gap == nil && !hasConflict }

    /// Takes a datagram of either line, or of the retransmission server, and gives what is next in order to `deliver`.
    public mutating func receive(_ datagram: [UInt8], _ deliver: (WireBytes) -> Void) {
        take(datagram, again: false, deliver)
        var progressed = true
        while progressed, !held.isEmpty {
            progressed = false
            for index in held.indices where held[index].sequence <= arbiter.expected {
                let packet = held.remove(at: index)
                take(packet.bytes, again: true, deliver)
                progressed = true
                break
            }
        }
    }

    private mutating func take(_ datagram: [UInt8], again: Bool, _ deliver: (WireBytes) -> Void) {
        unsafe datagram.withUnsafeBytes { bytes in
            // Safe: the packet is used within the closure only.
            guard let packet = try? unsafe MoldPacket(bytes) else {
                malformed += 1
                return
            }
            judge(packet, datagram, again, deliver)
        }
    }

    private mutating func judge(
        _ packet: MoldPacket,
        _ datagram: [UInt8],
        _ again: Bool,
        _ deliver: (WireBytes) -> Void
    ) {
        let first = packet.header.sequence
        switch arbiter.offer(packet.header, again: again) {
        case .deliver(let skip):
            compare(packet, first, upTo: skip)
            var messages = packet.messages
            messages.skip(skip)
            var number = first + UInt64(skip)
            while let message = messages.next() {
                checksums[Int(number) & (checksums.count - 1)] = MoldFeed.checksum(message)
                number += 1
                deliver(message)
            }
        case .duplicate: compare(packet, first, upTo: Int(packet.header.messages))
        case .gap(_, let to):
            // A heartbeat tells what comes next, a packet what it holds.
            gapEnd = max(gapEnd, to + UInt64(packet.header.messages))
            #if HELIOS_BUG_BANK
            if isOn(.feedGapIgnored) {
                arbiter.declareLost(upTo: to)
                return judge(packet, datagram, true, deliver)
            }
            #endif
            if packet.header.kind == .data { hold(first, datagram) }
        case .heartbeat, .endOfSession, .otherSession, .unnumbered: break
        }
    }

    private mutating func hold(_ sequence: UInt64, _ datagram: [UInt8]) {
        if let place = held.firstIndex(where: { $0.sequence == sequence }) {
            // Two copies wait: the shorter one's messages must be the beginning of the longer one's.
            let common = min(held[place].bytes.count, datagram.count)
            let differs = held[place].bytes[MoldHeader.length..<common] != datagram[MoldHeader.length..<common]
            #if HELIOS_BUG_BANK
            if isOn(.linesNotCompared) { return }
            #endif
            if differs {
                conflicts += 1
                hasConflict = true
            }
            return
        }
        guard held.count < heldLimit else {
            dropped += 1
            return
        }
        held.append((sequence, datagram))
    }

    /// Compares copies of messages that were delivered with what was delivered.
    private mutating func compare(_ packet: MoldPacket, _ first: UInt64, upTo count: Int) {
        #if HELIOS_BUG_BANK
        if isOn(.linesNotCompared) { return }
        #endif
        var messages = packet.messages
        var number = first
        for _ in 0..<count {
            guard let message = messages.next() else { return }
            defer { number += 1 }
            guard number + UInt64(checksums.count) > arbiter.expected else { continue }
            let known = checksums[Int(number) & (checksums.count - 1)]
            if known != 0, known != MoldFeed.checksum(message) {
                conflicts += 1
                hasConflict = true
            }
        }
    }

    private static func checksum(_ message: WireBytes) -> UInt32 {
        // 0 stands for "not known".
        unsafe max(CRC32C.checksum(message.unsafeBuffer), 1)
    }
}
