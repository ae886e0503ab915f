// SPDX-License-Identifier: MIT

#if HELIOS_BUG_BANK
import HeliosMarket
#endif

/// Why bytes aren't SoupBinTCP; the connection can't go on after one, because nobody knows where the next packet begins.
@frozen
public enum SoupFault: Error, Equatable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// A packet without even a type.
    case emptyPacket
    /// A packet longer than the reader was told to expect.
    case tooLong(length: Int, limit: Int)
    /// A packet of this type can't come in this state.
    case unexpected(type: UInt8)
    /// A login packet of `count` bytes of payload.
    case loginLength(count: Int)
    /// Text that should be a decimal number.
    case number

    public var description: String {
        switch self {
        case .emptyPacket: "a packet without a type"
        case .tooLong(let length, let limit): "a packet of \(length) bytes, where \(limit) is the most"
        case .unexpected(let type): "a packet of type \(type) out of place"
        case .loginLength(let count): "a login packet with \(count) bytes of payload"
        case .number: "text in place of a number"
        }
    }
}

/// The types of SoupBinTCP's packets.
public enum SoupType {
    /// `+`: free text, ignored.
    public static let debug: UInt8 = 0x2B
    /// `A`: the login is accepted.
    public static let loginAccepted: UInt8 = 0x41
    /// `J`: the login is refused.
    public static let loginRejected: UInt8 = 0x4A
    /// `S`: a message that has a number and can be had again.
    public static let sequenced: UInt8 = 0x53
    /// `H`: the server lives.
    public static let serverHeartbeat: UInt8 = 0x48
    /// `Z`: the session is over.
    public static let endOfSession: UInt8 = 0x5A
    /// `L`: a client wants in.
    public static let login: UInt8 = 0x4C
    /// `U`: a message that is lost with the connection.
    public static let unsequenced: UInt8 = 0x55
    /// `R`: the client lives.
    public static let clientHeartbeat: UInt8 = 0x52
    /// `O`: the client leaves.
    public static let logout: UInt8 = 0x4F
}

/// A packet: its type and its payload, in place.
@frozen
public struct SoupPacket: BitwiseCopyable {
    public let type: UInt8
    public let payload: WireBytes

    @inlinable
    init(type: UInt8, payload: WireBytes) {
        self.type = type
        self.payload = payload
    }
}

/// Up to ten characters without the spaces around them: a user, a password, a session.
///
/// Servers and clients disagree about the side on which these fields are padded; without padding they compare.
@frozen
public struct SoupText: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The first eight characters, first in the highest byte.
    public var high: UInt64
    /// The last two.
    public var low: UInt16

    /// Ten spaces.
    @inlinable
    public static var blank: SoupText { SoupText(high: 0x2020_2020_2020_2020, low: 0x2020) }

    @inlinable
    init(high: UInt64, low: UInt16) {
        self.high = high
        self.low = low
    }

    /// The text without spaces around it, or nil when it is longer than ten bytes or not printable ASCII.
    public init?(_ text: String) {
        guard text.utf8.count <= 10, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        var copy = Array(text.utf8)
        self = unsafe copy.withUnsafeMutableBytes { unsafe SoupText(WireBytes(UnsafeRawBufferPointer($0))) }
    }

    /// A field of at most ten bytes.
    init(_ field: WireBytes) {
        var start = 0
        var end = min(field.count, 10)
        while start < end, field[start] == 0x20 { start += 1 }
        while end > start, field[end - 1] == 0x20 { end -= 1 }
        self = .blank
        for offset in start..<end { set(offset - start, field[offset]) }
    }

    /// The character at `position`, from 0; a space behind the last.
    subscript(position: Int) -> UInt8 {
        position < 8
            ? UInt8(truncatingIfNeeded: high >> UInt64(56 - position * 8))
            : UInt8(truncatingIfNeeded: low >> UInt16(72 - position * 8))
    }

    private mutating func set(_ position: Int, _ byte: UInt8) {
        if position < 8 {
            let shift = UInt64(56 - position * 8)
            high = high & ~(0xFF << shift) | UInt64(byte) << shift
        } else {
            let shift = UInt16(72 - position * 8)
            low = low & ~(0xFF << shift) | UInt16(byte) << shift
        }
    }

    /// Characters, spaces at the end not counted.
    public var count: Int {
        var count = 10
        while count > 0, self[count - 1] == 0x20 { count -= 1 }
        return count
    }

    /// Whether it is the same text when upper and lower case are the same, as in user names and passwords.
    public func matches(_ other: SoupText) -> Bool {
        for position in 0..<10 where SoupText.upper(self[position]) != SoupText.upper(other[position]) { return false }
        return true
    }

    private static func upper(_ byte: UInt8) -> UInt8 { (0x61...0x7A).contains(byte) ? byte - 0x20 : byte }

    /// The text; bytes outside printable ASCII show as `?`.
    public var description: String {
        let bytes = (0..<count).map { self[$0] }
        return String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

/// What a client asks for when it logs in.
@frozen
public struct SoupLogin: Equatable, Sendable, BitwiseCopyable {
    /// Six characters at most.
    public var user: SoupText
    public var password: SoupText
    /// The session wanted; blank = the current one.
    public var session: SoupText
    /// The next message wanted; 1 = all, 0 = only what is new.
    public var sequence: UInt64
    /// After how much silence the server is to give up, in milliseconds; nil before version 4.10.
    public var timeoutMilliseconds: UInt32?

    public init(
        user: SoupText,
        password: SoupText,
        session: SoupText = .blank,
        sequence: UInt64 = 1,
        timeoutMilliseconds: UInt32? = nil
    ) {
        self.user = user
        self.password = password
        self.session = session
        self.sequence = sequence
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Reads a login packet's payload: 46 bytes, or 51 with the timeout.
    ///
    /// - Throws: `SoupFault.loginLength` or `.number`.
    public init(_ payload: WireBytes) throws(SoupFault) {
        guard payload.count == 46 || payload.count == 51 else { throw .loginLength(count: payload.count) }
        user = SoupText(payload.slice(0..<6))
        password = SoupText(payload.slice(6..<16))
        session = SoupText(payload.slice(16..<26))
        sequence = try SoupNumber.read(payload.slice(26..<46))
        if payload.count == 51 {
            guard let milliseconds = UInt32(exactly: try SoupNumber.read(payload.slice(46..<51))) else {
                throw .number
            }
            timeoutMilliseconds = milliseconds
        } else {
            timeoutMilliseconds = nil
        }
    }
}

/// Decimal numbers in fields padded left with spaces.
enum SoupNumber {
    /// The number in `field`, spaces around it ignored, 0 when there is nothing else.
    static func read(_ field: WireBytes) throws(SoupFault) -> UInt64 {
        var start = 0
        var end = field.count
        while start < end, field[start] == 0x20 { start += 1 }
        while end > start, field[end - 1] == 0x20 { end -= 1 }
        var value: UInt64 = 0
        for offset in start..<end {
            guard (0x30...0x39).contains(field[offset]) else { throw .number }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(field[offset] - 0x30))
            guard !overflow, !carry else { throw .number }
            value = sum
        }
        return value
    }
}

/// Finds packets in a byte stream, however TCP has cut it.
///
/// ```
///  chunk 1  ├ packet ┼ packet ┼ pac│      chunk 2  │ket ┼ packet ┤
///                              └── kept ──────────►┘ joined, then in place again
/// ```
/// A packet that lies whole in a chunk is given in place. Only one that a chunk's end cuts is copied, into memory reserved at
/// the start. A length of 0, or beyond the limit, is a fault: the stream is lost.
///
/// ```swift
/// var chunk = unsafe WireBytes(received)
/// while let packet = try framer.next(&chunk) { … }   // valid until the next call, and while `received` is
/// ```
@safe
public struct SoupFramer: ~Copyable {
    private let carry: UnsafeMutableRawPointer
    private var carried = 0
    /// The longest packet taken, type included.
    public let limit: Int

    /// A reader of packets of up to `limit` bytes, 1 to 65,535, type included.
    public init(limit: Int = 65_535) {
        self.limit = min(max(limit, 1), 65_535)
        unsafe carry = .allocate(byteCount: self.limit + 2, alignment: 64)
    }

    deinit { unsafe carry.deallocate() }

    /// Forgets a packet that was begun: for a new connection.
    public mutating func reset() { carried = 0 }

    /// Bytes of a packet that was begun and whose end has not come.
    public var pending: Int { carried }

    /// The next packet; nil when the rest of `chunk` was kept or there is none.
    ///
    /// - Throws: `SoupFault.emptyPacket` or `.tooLong`.
    public mutating func next(_ chunk: inout WireBytes) throws(SoupFault) -> SoupPacket? {
        if carried > 0 { return try join(&chunk) }
        guard chunk.count >= 2 else {
            keep(&chunk, chunk.count)
            return nil
        }
        let length = try check(Int(chunk.big(0, as: UInt16.self)))
        guard chunk.count - 2 >= length else {
            #if HELIOS_BUG_BANK
            if isOn(.partialPacketDropped) {
                chunk = chunk.slice(chunk.count..<chunk.count)
                return nil
            }
            #endif
            keep(&chunk, chunk.count)
            return nil
        }
        let packet = SoupPacket(type: chunk[2], payload: chunk.slice(3..<2 + length))
        chunk = chunk.slice(2 + length..<chunk.count)
        return packet
    }

    private func check(_ length: Int) throws(SoupFault) -> Int {
        guard length > 0 else { throw .emptyPacket }
        guard length <= limit else { throw .tooLong(length: length, limit: limit) }
        return length
    }

    private mutating func join(_ chunk: inout WireBytes) throws(SoupFault) -> SoupPacket? {
        if carried < 2 { keep(&chunk, min(2 - carried, chunk.count)) }
        guard carried >= 2 else { return nil }
        let length = try check(Int(unsafe UInt16(bigEndian: carry.load(as: UInt16.self))))
        keep(&chunk, min(2 + length - carried, chunk.count))
        guard carried == 2 + length else { return nil }
        carried = 0
        // Safe: `length` is at most `limit`, for which there is room.
        let whole = unsafe WireBytes(UnsafeRawBufferPointer(start: carry, count: 2 + length))
        return SoupPacket(type: whole[2], payload: whole.slice(3..<2 + length))
    }

    /// Moves the first `count` bytes of the chunk behind those that are kept.
    private mutating func keep(_ chunk: inout WireBytes, _ count: Int) {
        // Safe: lengths were checked, so never more than `limit` + 2 bytes are kept.
        unsafe chunk.slice(0..<count).copy(to: carry + carried)
        carried += count
        chunk = chunk.slice(count..<chunk.count)
    }
}
