// SPDX-License-Identifier: MIT

import HeliosWire

/// A gap that no packet of the file filled.
public struct FeedGap: Equatable, Sendable {
    public let session: MoldSession
    /// Messages `from..<to` are missing.
    public let from: UInt64
    public let to: UInt64
}

/// A datagram that isn't a MoldUDP64 packet.
public struct PacketProblem: Equatable, Sendable {
    public let error: MoldError
    /// The file offset of the payload.
    public let offset: UInt64
}

/// What a MoldUDP64 capture held.
public struct MoldReport: Equatable, Sendable {
    /// How many gaps and problems are kept with their place; all are counted.
    public static let kept = 64

    /// Counters over all sessions.
    public internal(set) var counters = MoldCounters()
    /// The first gaps.
    public internal(set) var gaps: [FeedGap] = []
    /// Datagrams dropped because they aren't MoldUDP64.
    public internal(set) var malformed: UInt64 = 0
    /// Messages of no bytes, which carry nothing.
    public internal(set) var emptyMessages: UInt64 = 0
    /// The first of them.
    public internal(set) var problems: [PacketProblem] = []
}

/// Puts the packets of a capture in order, session by session, and frames their messages.
///
/// A packet that is ahead is kept until what is missing comes from another line, or until 64 packets wait; the gap is then
/// given up.
final class MoldAssembler {
    private struct Held {
        let sequence: UInt64
        let payload: [UInt8]
        let origin: UInt64
    }

    private struct Stream {
        let session: MoldSession
        var arbiter = MoldArbiter(start: 0, policy: .stay, acceptsUnnumbered: true)
        var held: [Held] = []
    }

    private static let mostHeld = 64
    private static let mostSessions = 256

    private var streams: [Stream] = []
    private var base = MoldReport()
    private let frames: FrameBuffer

    init(_ frames: FrameBuffer) { self.frames = frames }

    /// What was found so far.
    var report: MoldReport {
        var report = base
        for stream in streams { report.counters.add(stream.arbiter.counters) }
        return report
    }

    /// Takes a UDP payload that starts at `origin` in the file.
    func offer(_ payload: UnsafeRawBufferPointer, origin: UInt64) {
        do throws(MoldError) {
            let packet = try MoldPacket(payload)
            guard let number = stream(of: packet.header.session) else {
                base.counters.otherSession += 1
                return
            }
            handle(packet, payload, origin, number, again: false)
            drain(number)
        } catch {
            base.malformed += 1
            if base.problems.count < MoldReport.kept {
                base.problems.append(PacketProblem(error: error, offset: origin))
            }
        }
    }

    /// Gives up gaps so that one held packet can go; false when nothing is held.
    func finishStep() -> Bool {
        guard let number = streams.firstIndex(where: { !$0.held.isEmpty }) else { return false }
        giveUp(number)
        return true
    }

    private func stream(of session: MoldSession) -> Int? {
        if let known = streams.firstIndex(where: { $0.session == session }) { return known }
        guard streams.count < MoldAssembler.mostSessions else { return nil }
        streams.append(Stream(session: session))
        return streams.count - 1
    }

    private func handle(
        _ packet: MoldPacket,
        _ payload: UnsafeRawBufferPointer,
        _ origin: UInt64,
        _ number: Int,
        again: Bool
    ) {
        switch streams[number].arbiter.offer(packet.header, again: again) {
        case .deliver(let skip): deliver(packet, skip: skip, origin)
        case .gap where packet.header.kind == .data:
            streams[number].held.append(Held(sequence: packet.header.sequence, payload: Array(payload), origin: origin))
            if streams[number].held.count > MoldAssembler.mostHeld { giveUp(number) }
        case .gap(let from, let to):
            // A heartbeat or the end says that messages were lost that no packet of the file brings.
            if streams[number].held.isEmpty { lose(number, from, to) }
        case .duplicate, .heartbeat, .endOfSession, .otherSession, .unnumbered: break
        }
    }

    private func deliver(_ packet: MoldPacket, skip: Int, _ origin: UInt64) {
        var messages = packet.messages
        messages.skip(skip)
        while case let offset = messages.offset, let message = messages.next() {
            if message.count == 0 {
                base.emptyMessages += 1
            } else {
                frames.append(length: message.count, message.unsafeBuffer, origin: origin + UInt64(offset))
            }
        }
    }

    /// Hands on held packets as long as they follow.
    private func drain(_ number: Int) {
        while !frames.isFull, let next = lowest(number), next.sequence <= streams[number].arbiter.expected {
            streams[number].held.removeAll { $0.sequence == next.sequence && $0.origin == next.origin }
            next.payload.withUnsafeBytes { payload in
                guard let packet = try? MoldPacket(payload) else { return }  // it was checked before it was kept
                handle(packet, payload, next.origin, number, again: true)
            }
        }
    }

    private func giveUp(_ number: Int) {
        guard let next = lowest(number) else { return }
        lose(number, streams[number].arbiter.expected, next.sequence)
        drain(number)
    }

    private func lose(_ number: Int, _ from: UInt64, _ to: UInt64) {
        streams[number].arbiter.declareLost(upTo: to)
        if from < to, base.gaps.count < MoldReport.kept {
            base.gaps.append(FeedGap(session: streams[number].session, from: from, to: to))
        }
    }

    private func lowest(_ number: Int) -> Held? { streams[number].held.min { $0.sequence < $1.sequence } }
}

extension MoldCounters {
    mutating func add(_ other: MoldCounters) {
        packets += other.packets
        delivered += other.delivered
        duplicates += other.duplicates
        gaps += other.gaps
        // Broken sequence numbers can make a gap of any size.
        let (sum, overflow) = lost.addingReportingOverflow(other.lost)
        lost = overflow ? .max : sum
        heartbeats += other.heartbeats
        otherSession += other.otherSession
        unnumbered += other.unnumbered
        sessions += other.sessions
    }
}
