// SPDX-License-Identifier: MIT

import HeliosMarket

/// Why a datagram isn't a MoldUDP64 packet.
@frozen
public enum MoldError: Error, Equatable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// Fewer than the header's 20 bytes.
    case tooShort(count: Int)
    /// Block number `block` (from 0), whose length stands at `offset`, runs past the datagram.
    case blockBeyondPacket(block: Int, offset: Int)
    /// Bytes are left over from `offset` on, after the last block.
    case trailingBytes(offset: Int)
    /// The last message's sequence number doesn't fit 64 bits.
    case sequenceOverflow

    public var description: String {
        switch self {
        case .tooShort(let count): "\(count) bytes are too few for a MoldUDP64 header"
        case .blockBeyondPacket(let block, let offset): "block \(block) at byte \(offset) runs past the datagram"
        case .trailingBytes(let offset): "bytes left over from byte \(offset) on"
        case .sequenceOverflow: "sequence numbers past 64 bits"
        }
    }
}

/// The ten characters that name a stream's day or run.
@frozen
public struct MoldSession: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The first eight characters, first in the highest byte.
    public var high: UInt64
    /// The last two, first in the high byte.
    public var low: UInt16

    @inlinable
    public init(high: UInt64, low: UInt16) {
        self.high = high
        self.low = low
    }

    /// The text padded right with spaces, or nil when it is longer than ten bytes or not printable ASCII.
    public init?(_ text: String) {
        guard text.utf8.count <= 10 else { return nil }
        var bytes = [UInt8](repeating: 0x20, count: 10)
        for (position, byte) in text.utf8.enumerated() {
            guard (0x20...0x7E).contains(byte) else { return nil }
            bytes[position] = byte
        }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = UInt16(bytes[8]) << 8 | UInt16(bytes[9])
    }

    /// The text without padding; other bytes than printable ASCII show as `?`, a session of zero bytes as nothing.
    public var description: String {
        if high == 0, low == 0 { return "" }
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: high >> UInt64(56 - $0 * 8)) }
        bytes += [UInt8(low >> 8), UInt8(low & 255)]
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

/// The 20 bytes in front of a MoldUDP64 packet, and of a request for messages.
@frozen
public struct MoldHeader: Equatable, Sendable, BitwiseCopyable {
    /// What sort of packet a header announces.
    @frozen
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        case data, heartbeat, endOfSession
    }

    public var session: MoldSession
    /// The number of the packet's first message; in heartbeats and at the end of the session of the next message to come.
    public var sequence: UInt64
    /// The number of messages as written: 0 in a heartbeat, 0xFFFF at the end of the session.
    public var count: UInt16

    @inlinable
    public init(session: MoldSession, sequence: UInt64, count: UInt16) {
        self.session = session
        self.sequence = sequence
        self.count = count
    }

    /// Bytes of the header.
    public static let length = 20

    @inlinable
    public var kind: Kind {
        switch count {
        case 0: .heartbeat
        case 0xFFFF: .endOfSession
        default: .data
        }
    }

    /// Messages in the packet.
    @inlinable
    public var messages: UInt16 { kind == .data ? count : 0 }

    /// Writes the header's bytes, those of a request too; `bytes` must hold 20.
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= MoldHeader.length, "no room for a MoldUDP64 header")
        unsafe bytes.storeBytes(of: session.high.bigEndian, as: UInt64.self)
        unsafe bytes.storeBytes(of: session.low.bigEndian, toByteOffset: 8, as: UInt16.self)
        unsafe bytes.storeBytes(of: sequence.bigEndian, toByteOffset: 10, as: UInt64.self)
        unsafe bytes.storeBytes(of: count.bigEndian, toByteOffset: 18, as: UInt16.self)
    }
}

/// A MoldUDP64 packet whose blocks were checked: a header, and messages that lie whole within the datagram.
///
/// ```swift
/// let packet = unsafe try MoldPacket(payload)
/// var messages = packet.messages
/// while let message = messages.next() { … }
/// ```
@frozen
public struct MoldPacket: BitwiseCopyable {
    public let header: MoldHeader
    @usableFromInline
    let blocks: WireBytes

    /// Checks a datagram's payload as a whole: a packet with one bad block is dropped whole.
    ///
    /// - Parameter payload: The UDP payload; it must outlive the packet.
    /// - Throws: `MoldError`, which says where the datagram is broken.
    @inlinable
    public init(_ payload: UnsafeRawBufferPointer) throws(MoldError) {
        let bytes = unsafe WireBytes(payload)
        guard bytes.count >= MoldHeader.length else { throw .tooShort(count: bytes.count) }
        header = MoldHeader(
            session: MoldSession(high: bytes.big(0), low: bytes.big(8)),
            sequence: bytes.big(10),
            count: bytes.big(18)
        )
        if header.sequence.addingReportingOverflow(UInt64(header.messages)).overflow { throw .sequenceOverflow }
        var offset = MoldHeader.length
        for block in 0..<Int(header.messages) {
            guard bytes.count - offset >= 2 else { throw .blockBeyondPacket(block: block, offset: offset) }
            let length = Int(bytes.big(offset, as: UInt16.self))
            guard bytes.count - offset - 2 >= length else { throw .blockBeyondPacket(block: block, offset: offset) }
            offset += 2 + length
        }
        if offset < bytes.count { throw .trailingBytes(offset: offset) }
        blocks = bytes.slice(MoldHeader.length..<bytes.count)
    }

    /// The packet's messages, in order.
    @inlinable
    public var messages: MoldMessages { MoldMessages(blocks: blocks) }
}

/// The messages of a checked packet; number `i` has the header's sequence number plus `i`.
@frozen
public struct MoldMessages: BitwiseCopyable {
    @usableFromInline
    let blocks: WireBytes
    @usableFromInline
    var cursor = 0

    @inlinable
    init(blocks: WireBytes) { self.blocks = blocks }

    /// Where the next block starts, counted from the datagram's first byte.
    @inlinable
    public var offset: Int { MoldHeader.length + cursor }

    /// The next message without its length (it may be empty), or nil after the last.
    @inlinable
    public mutating func next() -> WireBytes? {
        guard cursor < blocks.count else { return nil }
        let length = Int(blocks.big(cursor, as: UInt16.self))
        let start = cursor + 2
        cursor = start + length
        return blocks.slice(start..<cursor)
    }

    /// Skips `count` messages; they keep their frames, a length and the message.
    @inlinable
    public mutating func skip(_ count: Int) {
        for _ in 0..<count where next() == nil { return }
    }
}
