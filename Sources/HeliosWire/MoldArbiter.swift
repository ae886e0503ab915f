// SPDX-License-Identifier: MIT

/// What to do with a MoldUDP64 packet.
@frozen
public enum MoldVerdict: Equatable, Sendable, BitwiseCopyable {
    /// Hand on the packet's messages after the first `skip`, which came before.
    case deliver(skip: Int)
    /// Everything in it came before.
    case duplicate
    /// Messages `from..<to` are missing. Ask for them, keep the packet and offer it again; or declare them lost.
    case gap(from: UInt64, to: UInt64)
    /// Nothing to hand on: the stream is in step.
    case heartbeat
    /// The session is complete.
    case endOfSession
    /// The packet belongs to another session than the one followed.
    case otherSession
    /// A message number 0, which the protocol doesn't know, on a strict line.
    case unnumbered
}

/// What became of a line's packets.
@frozen
public struct MoldCounters: Equatable, Sendable, BitwiseCopyable {
    /// Packets offered.
    public var packets: UInt64 = 0
    /// Messages to hand on.
    public var delivered: UInt64 = 0
    /// Messages that had come before.
    public var duplicates: UInt64 = 0
    /// Gaps met (the same gap once, however often it is offered).
    public var gaps: UInt64 = 0
    /// Messages declared lost.
    public var lost: UInt64 = 0
    public var heartbeats: UInt64 = 0
    /// Packets of a session that isn't followed.
    public var otherSession: UInt64 = 0
    /// Packets whose messages carry no number.
    public var unnumbered: UInt64 = 0
    /// Sessions begun.
    public var sessions: UInt64 = 0

    public init() {}
}

/// Puts the packets of a MoldUDP64 session in order, from one line or several that carry the same.
///
/// ```
///                 sequence + count <= expected   duplicate
///   data      ──► sequence <= expected           deliver, skipping what came before
///                 sequence > expected            gap [expected, sequence)
///   heartbeat ──► sequence > expected            gap, else in step
///   end       ──► sequence > expected            gap, else complete
/// ```
/// It holds no packets and knows no time: who calls it keeps what is ahead, asks for what is missing, and says by
/// `declareLost` when to go on without it.
@frozen
public struct MoldArbiter: Sendable {
    /// What to do when another session's packet comes.
    @frozen
    public enum SessionPolicy: UInt8, Sendable, BitwiseCopyable {
        /// Follow the new session from its beginning.
        case follow
        /// Stay with the one that came first.
        case stay
    }

    /// The session followed; nil before the first packet, when none was named.
    public private(set) var session: MoldSession?
    /// The next message wanted; 0 until the first packet when the line is joined midway.
    public private(set) var expected: UInt64
    /// Whether the session's end was reached.
    public private(set) var isComplete = false
    public private(set) var counters = MoldCounters()

    private let start: UInt64
    private let policy: SessionPolicy
    private let acceptsUnnumbered: Bool
    private var knownGapEnd: UInt64 = 0

    /// An arbiter that wants messages from `start` on.
    ///
    /// - Parameters:
    ///   - start: The first message wanted, normally 1; 0 begins with the first packet seen.
    ///   - policy: What to do when the session changes.
    ///   - session: The session to follow; nil is that of the first packet.
    ///   - acceptsUnnumbered: Deliver packets whose sequence number is 0 as they come: captures whose sessions and numbers were
    ///     wiped out carry such packets.
    public init(
        start: UInt64 = 1,
        policy: SessionPolicy = .follow,
        session: MoldSession? = nil,
        acceptsUnnumbered: Bool = false
    ) {
        self.session = session
        self.start = start
        self.policy = policy
        self.acceptsUnnumbered = acceptsUnnumbered
        expected = start
    }

    /// Judges a packet by its header.
    ///
    /// - Parameters:
    ///   - header: The packet's header.
    ///   - again: Whether the packet was offered before and kept back; it is then not counted a second time.
    /// - Returns: What to do with the packet.
    public mutating func offer(_ header: MoldHeader, again: Bool = false) -> MoldVerdict {
        if !again { counters.packets += 1 }
        if header.sequence == 0 { return offerUnnumbered(header) }
        if session != header.session {
            if session != nil, policy == .stay {
                counters.otherSession += 1
                return .otherSession
            }
            begin(header.session)
        }
        if expected == 0 { expected = header.sequence }
        if header.sequence > expected { return gap(to: header.sequence) }
        switch header.kind {
        case .heartbeat:
            counters.heartbeats += 1
            return .heartbeat
        case .endOfSession:
            isComplete = true
            return .endOfSession
        case .data: return take(header)
        }
    }

    /// Gives up the messages before `sequence`: they count as lost, and the packet that was ahead is welcome.
    public mutating func declareLost(upTo sequence: UInt64) {
        guard sequence > expected else { return }
        counters.lost += sequence - expected
        expected = sequence
    }

    private mutating func begin(_ session: MoldSession) {
        self.session = session
        expected = start
        knownGapEnd = 0
        isComplete = false
        counters.sessions += 1
    }

    private mutating func gap(to sequence: UInt64) -> MoldVerdict {
        if sequence > knownGapEnd {
            // A gap that grows while it waits is still one gap; one that opens after progress is a new one.
            if knownGapEnd <= expected { counters.gaps += 1 }
            knownGapEnd = sequence
        }
        return .gap(from: expected, to: sequence)
    }

    private mutating func take(_ header: MoldHeader) -> MoldVerdict {
        let count = UInt64(header.messages)
        // Saturates: a packet checked by `MoldPacket` never reaches the end of 64 bits.
        let (sum, overflow) = header.sequence.addingReportingOverflow(count)
        let next = overflow ? UInt64.max : sum
        if next <= expected {
            counters.duplicates += count
            return .duplicate
        }
        let skip = expected - header.sequence
        counters.duplicates += skip
        counters.delivered += count - skip
        expected = next
        return .deliver(skip: Int(skip))
    }

    private mutating func offerUnnumbered(_ header: MoldHeader) -> MoldVerdict {
        counters.unnumbered += 1
        guard acceptsUnnumbered else { return .unnumbered }
        switch header.kind {
        case .heartbeat:
            counters.heartbeats += 1
            return .heartbeat
        case .endOfSession: return .endOfSession
        case .data:
            counters.delivered += UInt64(header.messages)
            return .deliver(skip: 0)
        }
    }
}
