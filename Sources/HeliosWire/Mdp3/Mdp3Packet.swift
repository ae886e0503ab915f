// SPDX-License-Identifier: MIT

/// A datagram of the feed: its number, its time, and the messages in it.
///
/// ```
///  0          4              12
///  ├ sequence ┼ sending time ┼ size ┼ message ┼ size ┼ message …
/// ```
/// All numbers are little-endian; a size counts its own two bytes.
@frozen
public struct Mdp3Packet: BitwiseCopyable {
    /// Bytes in front of the messages.
    @inlinable
    public static var headerLength: Int { 12 }

    /// The packet's number on its channel.
    public let sequence: UInt32
    /// When it was sent: nanoseconds since 1970 UTC.
    public let sendingTime: UInt64
    @usableFromInline let bytes: WireBytes

    /// Reads the header and checks that the messages' sizes fill the datagram.
    ///
    /// - Throws: `SbeError.header` or `.frame` when they don't.
    @inlinable
    public init(_ datagram: WireBytes) throws(SbeError) {
        guard datagram.count >= Self.headerLength else { throw .header(count: datagram.count) }
        sequence = datagram.little(0)
        sendingTime = datagram.little(4)
        bytes = datagram.slice(Self.headerLength..<datagram.count)
        let frames = SbeFrames(.size16)
        var cursor = 0
        while try frames.next(bytes, cursor: &cursor) != nil {}
        guard cursor == bytes.count else { throw .frame(length: bytes.count - cursor) }
    }

    /// The messages, each from its SBE header on.
    @inlinable
    public var messages: Messages { Messages(bytes: bytes) }

    /// A walk over the messages of a packet.
    @frozen
    public struct Messages: Sequence, IteratorProtocol, BitwiseCopyable {
        @usableFromInline let bytes: WireBytes
        @usableFromInline var cursor = 0

        @inlinable
        init(bytes: WireBytes) { self.bytes = bytes }

        @inlinable
        public mutating func next() -> WireBytes? {
            // The sizes were checked when the packet was read.
            guard let frame = try? SbeFrames(.size16).next(bytes, cursor: &cursor) else { return nil }
            return frame.message
        }
    }
}

extension SbeWriter {
    /// Begins a packet; its messages follow, each between `beginFrame(.size16)` and `endFrame()`.
    ///
    /// - Throws: `SbeError.order` within a frame or a message, `.buffer` when there is no room.
    @inlinable
    public mutating func mdp3Packet(sequence: UInt32, sendingTime: UInt64) throws(SbeError) {
        try finish()
        guard frameStart < 0 else { throw .order }
        let draft = try room(Mdp3Packet.headerLength)
        draft.little(sequence, 0)
        draft.little(sendingTime, 4)
    }
}
