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
    /// Memory of packets that were held, for the next ones.
    private var spare: [[UInt8]] = []
    private let heldLimit: Int
    /// Checksums of the last messages, by number.
    private var checksums: [UInt32]
    private var gapEnd: UInt64 = 0
    /// Another session than the one followed, of which a packet came; the last one met.
    public private(set) var otherSession: MoldSession?
    /// Two copies of one message differed.
    public private(set) var hasConflict = false
    /// Datagrams that are no packets, packets for which there was no room, copies that differed.
    public private(set) var malformed = 0
    public private(set) var dropped = 0
    public private(set) var conflicts = 0

    /// - Parameters:
    ///   - start: the first message wanted.
    ///   - session: the session to follow; nil is that of the first packet.
    ///   - heldLimit: packets kept while a gap is open; more are dropped, counted, and asked for again.
    ///   - memory: messages whose copies are compared, a power of two.
    ///   - reserved: packets for which memory is found now, so that none is found while a gap is open.
    public init(
        start: UInt64 = 1,
        session: MoldSession? = nil,
        heldLimit: Int = 1_024,
        memory: Int = 4_096,
        reserved: Int = 0
    ) {
        arbiter = MoldArbiter(start: max(start, 1), policy: .stay, session: session)
        self.heldLimit = max(heldLimit, 1)
        checksums = [UInt32](repeating: 0, count: max(memory, 1))
        held.reserveCapacity(min(reserved, self.heldLimit))
        spare.reserveCapacity(min(reserved, self.heldLimit))
        for _ in 0..<min(reserved, self.heldLimit) {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(MoldFeed.packetSize)
            spare.append(bytes)
        }
    }

    /// The longest payload of a datagram that an Ethernet frame carries whole.
    private static let packetSize = 1_472

    /// The next message wanted.
    public var expected: UInt64 { arbiter.expected }

    public var counters: MoldCounters { arbiter.counters }

    /// The messages that are missing while later ones are known; nil when the stream is whole.
    public var gap: Range<UInt64>? { gapEnd > arbiter.expected ? arbiter.expected..<gapEnd : nil }

    /// The first hole: messages that are missing before the first that is known; nil when the stream is whole.
    public var missing: Range<UInt64>? {
        guard let gap else { return nil }
        var end = gap.upperBound
        for index in held.indices { end = min(end, held[index].sequence) }
        return gap.lowerBound..<max(end, gap.lowerBound)
    }

    /// The session followed: the one named, or that of the first packet; nil before it.
    public var session: MoldSession? { arbiter.session }

    /// Whether the session's end was reached.
    public var isComplete: Bool { arbiter.isComplete }

    /// Whether what was built from the stream is whole and undisputed.
    public var isWhole: Bool { gap == nil && !hasConflict }

    /// Takes a datagram of either line, or of the retransmission server, and gives what is next in order to `deliver`.
    public mutating func receive(_ datagram: [UInt8], _ deliver: (WireBytes) -> Void) {
        // Safe: the bytes are used within the closure only.
        unsafe datagram.withUnsafeBytes { unsafe receive($0, deliver) }
    }

    /// Takes a datagram where it lies, without a copy unless it is ahead.
    public mutating func receive(_ datagram: UnsafeRawBufferPointer, _ deliver: (WireBytes) -> Void) {
        unsafe take(datagram, again: false, deliver)
        releaseHeld(deliver)
    }

    /// Goes on without the messages before `sequence`: they count as lost, and what is held behind them is delivered.
    ///
    /// What was built from the stream is wrong from here on, until it is built anew.
    public mutating func giveUp(upTo sequence: UInt64, _ deliver: (WireBytes) -> Void) {
        arbiter.declareLost(upTo: sequence)
        releaseHeld(deliver)
    }

    private mutating func releaseHeld(_ deliver: (WireBytes) -> Void) {
        guard !held.isEmpty else { return }
        while let index = held.firstIndex(where: { $0.sequence <= arbiter.expected }) {
            let packet = held.remove(at: index)
            // Safe: the bytes are used within the closure only.
            unsafe packet.bytes.withUnsafeBytes { unsafe take($0, again: true, deliver) }
            spare.append(packet.bytes)
        }
    }

    private mutating func take(_ datagram: UnsafeRawBufferPointer, again: Bool, _ deliver: (WireBytes) -> Void) {
        // Safe: the packet is used within this call only.
        guard let packet = try? unsafe MoldPacket(datagram) else {
            malformed += 1
            return
        }
        unsafe judge(packet, datagram, again, deliver)
    }

    private mutating func judge(
        _ packet: MoldPacket,
        _ datagram: UnsafeRawBufferPointer,
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
                return unsafe judge(packet, datagram, true, deliver)
            }
            #endif
            if packet.header.kind == .data { unsafe hold(first, datagram) }
        case .otherSession: otherSession = packet.header.session
        case .heartbeat, .endOfSession, .unnumbered: break
        }
    }

    private mutating func hold(_ sequence: UInt64, _ datagram: UnsafeRawBufferPointer) {
        if let place = held.firstIndex(where: { $0.sequence == sequence }) {
            // Two copies wait: the shorter one's messages must be the beginning of the longer one's.
            let common = MoldHeader.length..<min(held[place].bytes.count, datagram.count)
            let agrees = unsafe held[place].bytes[common].elementsEqual(datagram[common])
            #if HELIOS_BUG_BANK
            if isOn(.linesNotCompared) { return }
            #endif
            if !agrees {
                conflicts += 1
                hasConflict = true
            }
            return
        }
        guard held.count < heldLimit else {
            dropped += 1
            return
        }
        var bytes = spare.popLast() ?? []
        bytes.removeAll(keepingCapacity: true)
        unsafe bytes.append(contentsOf: datagram)
        held.append((sequence, bytes))
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
