// SPDX-License-Identifier: MIT

/// How a message's length is announced in front of it.
@frozen
public enum SbeFraming: UInt8, Sendable, BitwiseCopyable {
    /// Simple Open Framing Header: u32 length, u16 encoding, both big-endian whatever the message is.
    case sofh
    /// The same fields in little-endian order, as some venues send them.
    case sofhLittle
    /// A little-endian u16 length, which counts itself.
    case size16

    /// Bytes in front of the message.
    @inlinable
    public var length: Int { self == .size16 ? 2 : 6 }
}

/// What a Simple Open Framing Header says about the bytes behind it.
@frozen
public struct SbeEncoding: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// SBE 1.0 in big-endian order.
    @inlinable
    public static var sbeBig: SbeEncoding { SbeEncoding(rawValue: 0x5BE0) }
    /// SBE 1.0 in little-endian order.
    @inlinable
    public static var sbeLittle: SbeEncoding { SbeEncoding(rawValue: 0xEB50) }
}

/// A framed message.
@frozen
public struct SbeFrame: BitwiseCopyable {
    /// The message, from its header on.
    public let message: WireBytes
    /// What the frame says that it holds; little-endian SBE where a framing has no word for it.
    public let encoding: SbeEncoding

    @inlinable
    init(message: WireBytes, encoding: SbeEncoding) {
        self.message = message
        self.encoding = encoding
    }
}

/// Cuts a stream into framed messages.
///
/// ```swift
/// var frames = SbeFrames(.sofh)
/// while let frame = try frames.next(bytes, cursor: &cursor) { … }
/// ```
@frozen
public struct SbeFrames: Sendable, BitwiseCopyable {
    public let framing: SbeFraming
    /// Bytes of the longest frame; a longer one is an error, not a reason to wait.
    public let limit: Int

    @inlinable
    public init(_ framing: SbeFraming, limit: Int = 1 << 20) {
        self.framing = framing
        self.limit = limit
    }

    /// The frame at `cursor`, which moves behind it, or nil when the bytes end before it is whole.
    ///
    /// - Throws: `SbeError.frame` when the length is below the header's or above `limit`: the stream can't be followed.
    @inlinable
    public func next(_ bytes: WireBytes, cursor: inout Int) throws(SbeError) -> SbeFrame? {
        let start = cursor
        guard start >= 0, bytes.count - start >= framing.length else { return nil }
        let length: Int
        var encoding = SbeEncoding.sbeLittle
        switch framing {
        case .sofh:
            length = Int(bytes.big(start, as: UInt32.self))
            encoding = SbeEncoding(rawValue: bytes.big(start + 4))
        case .sofhLittle:
            length = Int(bytes.little(start, as: UInt32.self))
            encoding = SbeEncoding(rawValue: bytes.little(start + 4))
        case .size16: length = Int(bytes.little(start, as: UInt16.self))
        }
        guard length >= framing.length, length <= limit else { throw .frame(length: length) }
        guard bytes.count - start >= length else { return nil }
        cursor = start + length
        return SbeFrame(message: bytes.slice(start + framing.length..<cursor), encoding: encoding)
    }
}

extension SbeWriter {
    /// Begins a frame around the messages that follow.
    ///
    /// - Throws: `SbeError.order` within a frame or a message, `.buffer` when there is no room.
    @inlinable
    public mutating func beginFrame(_ framing: SbeFraming, _ encoding: SbeEncoding = .sbeLittle) throws(SbeError) {
        try finish()
        guard frameStart < 0 else { throw .order }
        let start = count
        let draft = try room(framing.length)
        switch framing {
        case .sofh: draft.big(encoding.rawValue, 4)
        case .sofhLittle: draft.little(encoding.rawValue, 4)
        case .size16: break
        }
        frameStart = start
        self.framing = framing
    }

    /// Ends the frame: writes its length.
    ///
    /// - Throws: `SbeError.order` when there is none or its message is not complete, `.frame` when it is too long.
    @inlinable
    public mutating func endFrame() throws(SbeError) {
        try finish()
        guard frameStart >= 0, let base = unsafe base else { throw .order }
        let length = count - frameStart
        guard length <= (framing == .size16 ? 65_535 : Int(UInt32.max)) else { throw .frame(length: length) }
        // Safe: the frame begins with at least as many bytes as its header has.
        let draft = unsafe SbeDraft(base: base + frameStart, count: framing.length)
        switch framing {
        case .sofh: draft.big(UInt32(truncatingIfNeeded: length), 0)
        case .sofhLittle: draft.little(UInt32(truncatingIfNeeded: length), 0)
        case .size16: draft.little(UInt16(truncatingIfNeeded: length), 0)
        }
        frameStart = -1
    }
}
