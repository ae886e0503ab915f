// SPDX-License-Identifier: MIT
import HeliosMarket

extension WireOutput {
    /// Appends one MoldUDP64 packet with the messages of `store` from number `first` on: as many whole ones as fit `limit` bytes, and
    /// not more than `most`.
    ///
    /// - Returns: the number of messages written; 0, and nothing written, when there is none that fits.
    public mutating func appendMold(
        session: MoldSession,
        from first: UInt64,
        most: Int = 65_534,
        limit: Int,
        _ store: borrowing MessageStore
    ) -> Int {
        var length = MoldHeader.length
        var count = 0
        while count < min(most, 65_534), let message = store[first + UInt64(count)],
            length + 2 + message.count <= limit
        {
            length += 2 + message.count
            count += 1
        }
        guard count > 0, let place = unsafe open(length) else { return 0 }
        let header = MoldHeader(session: session, sequence: first, count: UInt16(count))
        unsafe header.write(to: UnsafeMutableRawBufferPointer(start: place, count: MoldHeader.length))
        var offset = MoldHeader.length
        for index in 0..<count {
            guard let message = store[first + UInt64(index)] else { break }
            // Safe: the loop above has added up the same lengths.
            let size = UInt16(truncatingIfNeeded: message.count).bigEndian
            unsafe place.storeBytes(of: size, toByteOffset: offset, as: UInt16.self)
            unsafe message.copy(to: place + offset + 2)
            offset += 2 + message.count
        }
        return count
    }

    /// Appends the 20 bytes of a heartbeat, an end of session or a request; false when they do not fit.
    public mutating func append(_ header: MoldHeader) -> Bool {
        guard let place = unsafe open(MoldHeader.length) else { return false }
        unsafe header.write(to: UnsafeMutableRawBufferPointer(start: place, count: MoldHeader.length))
        return true
    }
}

/// The sender's side of a MoldUDP64 stream: packets from a store of messages, heartbeats in between, and the end of the session.
///
/// ```swift
/// _ = store.append(message)
/// while sender.packet(from: store, at: now, into: &output) != nil { socket.send(output.bytes); output.removeAll() }
/// ```
public struct MoldSender: Sendable {
    /// The stream's session.
    public let session: MoldSession
    /// The number of the next message to send.
    public private(set) var next: UInt64
    /// Bytes of the longest packet.
    public let packetLimit: Int
    /// Silence after which a heartbeat is sent.
    public let heartbeat: Nanoseconds
    private var lastSent = Timestamp(nanoseconds: .min / 2)
    private var endsAt: Timestamp?
    /// Messages that no packet can hold, and that were left out: their numbers are never sent.
    public private(set) var oversized = 0

    /// A sender of packets of at most `packetLimit` bytes (1,400 is safe on Ethernet), whose first message is `next`.
    public init(
        session: MoldSession,
        next: UInt64 = 1,
        packetLimit: Int = 1_400,
        heartbeat: Nanoseconds = 1_000_000_000
    ) {
        self.session = session
        self.next = max(next, 1)
        self.packetLimit = min(max(packetLimit, MoldHeader.length + 2), 65_507)
        self.heartbeat = max(heartbeat, 1)
    }

    /// What a packet is.
    @frozen
    public enum Packet: UInt8, Sendable, BitwiseCopyable {
        case data, heartbeat, endOfSession
    }

    /// Writes the packet that is due now, if one is: messages first, then the end of the session, then a heartbeat.
    public mutating func packet(
        from store: borrowing MessageStore,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> Packet? {
        let room = min(packetLimit, output.remaining)
        let count = output.appendMold(session: session, from: next, limit: room, store)
        if count > 0 {
            next += UInt64(count)
            lastSent = now
            return .data
        }
        if let message = store[next] {
            // It waits for room, or no packet can hold it: then its number stays a gap that nobody can fill.
            guard MoldHeader.length + 2 + message.count > packetLimit else { return nil }
            oversized += 1
            next += 1
            return packet(from: store, at: now, into: &output)
        }
        guard now - lastSent >= heartbeat else { return nil }
        if let endsAt, now >= endsAt { return nil }
        let count16: UInt16 = endsAt == nil ? 0 : 0xFFFF
        guard output.append(MoldHeader(session: session, sequence: next, count: count16)) else { return nil }
        lastSent = now
        return endsAt == nil ? .heartbeat : .endOfSession
    }

    /// No more messages will come: from now on heartbeats say that the session is over, for `duration`.
    public mutating func end(at now: Timestamp, for duration: Nanoseconds = 30_000_000_000) {
        guard endsAt == nil else { return }
        endsAt = now + duration
        lastSent = Timestamp(nanoseconds: .min / 2)
    }

    /// Whether the session is over and was announced for long enough.
    public func isOver(at now: Timestamp) -> Bool { endsAt.map { now >= $0 } ?? false }
}

/// Why a request for messages got no answer.
@frozen
public enum MoldRefusal: UInt8, Error, Sendable, BitwiseCopyable {
    /// Not 20 bytes.
    case malformed
    case otherSession
    /// Number 0, or one that does not exist yet.
    case noSuchMessage
    /// No messages asked for.
    case nothingAsked
    /// The rate allows no more for now.
    case rate
    /// There was no room for the answer, or the message fits no packet.
    case noRoom
}

/// The re-request server: a request packet in, one packet of messages out, from the sender's own store.
public struct MoldRetransmitter: Sendable {
    /// The stream's session.
    public let session: MoldSession
    /// Bytes of the longest answer.
    public let packetLimit: Int
    private var bucket: TokenBucket
    /// Requests answered and not.
    public private(set) var answered: UInt64 = 0
    public private(set) var refused: UInt64 = 0

    /// A server that answers `rate` requests a second at most, in bursts of up to `burst`.
    public init(session: MoldSession, packetLimit: Int = 1_400, rate: Int = 100_000, burst: Int = 1_000) {
        self.session = session
        self.packetLimit = min(max(packetLimit, MoldHeader.length + 2), 65_507)
        bucket = TokenBucket(rate: rate, burst: burst)
    }

    /// Writes the answer to `request`: as many of the messages wanted as fit one packet.
    ///
    /// - Returns: the number of messages written.
    /// - Throws: `MoldRefusal`; then nothing was written, and the asker hears nothing.
    public mutating func answer(
        _ request: WireBytes,
        from store: borrowing MessageStore,
        at now: Timestamp,
        into output: inout WireOutput
    ) throws(MoldRefusal) -> Int {
        do throws(MoldRefusal) {
            guard request.count == MoldHeader.length else { throw .malformed }
            let wanted = MoldSession(high: request.big(0), low: request.big(8))
            let sequence: UInt64 = request.big(10)
            let count: UInt16 = request.big(18)
            guard wanted == session else { throw .otherSession }
            guard sequence > 0, sequence < store.nextSequence else { throw .noSuchMessage }
            guard count > 0 else { throw .nothingAsked }
            guard bucket.take(at: now) else { throw .rate }
            let written = output.appendMold(
                session: session,
                from: sequence,
                most: Int(count),
                limit: min(packetLimit, output.remaining),
                store
            )
            guard written > 0 else { throw .noRoom }
            answered += 1
            return written
        } catch {
            refused += 1
            throw error
        }
    }
}
