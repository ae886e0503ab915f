// SPDX-License-Identifier: MIT
import CHelios
import HeliosWire

/// Why bytes are no message: they are passed over, no answer is given and no sequence number is used up.
@frozen
public enum FixGarble: UInt8, Error, Sendable {
    /// Something stands before `8=FIX`.
    case notFix
    /// BodyLength is not the second field, no number, or longer than is allowed.
    case bodyLength
    /// What BodyLength counts does not end where CheckSum begins.
    case trailer
    /// CheckSum is not the sum of the bytes.
    case checkSum
    /// A field is not of the form `tag=value`; MsgType is not the third; a data field does not end where its length says.
    case field
    /// More fields than the scanner has room for.
    case tooManyFields
}

/// What the beginning of a stream's bytes is.
@frozen
public enum FixFrame: Equatable, Sendable {
    /// More bytes are needed.
    case incomplete
    /// One message of that many bytes, whose check sum is still to be looked at.
    case message(count: Int)
    /// That many bytes are no message.
    case garbled(count: Int, FixGarble)
}

/// Where it goes on after a message whose BodyLength is wrong.
@frozen
public enum FixResync: UInt8, Sendable {
    /// At the next `8=FIX`: as the standard says, the next valid message counts.
    case nextBeginString
    /// Behind the next `10=` after the place that BodyLength leads to, as QuickFIX does: a length that is too long takes the
    /// following message with it.
    case nextCheckSum
}

/// Cuts a stream of bytes into messages.
///
/// ```
/// 8=FIX.4.4 | 9=178 | 35=8 | … | 10=128 |
///                   ╰── 178 bytes ──╯
/// ```
/// A value, without memory of its own: whoever reads the stream keeps what was not taken yet.
@frozen
public struct FixFramer: Sendable {
    /// The largest BodyLength that is believed; more is garbled.
    public var largestBody: Int
    public var resync: FixResync

    @inlinable
    public init(largestBody: Int = 1 << 20, resync: FixResync = .nextBeginString) {
        self.largestBody = largestBody
        self.resync = resync
    }

    /// Bytes of the trailer `10=ddd|`.
    @usableFromInline static var trailer: Int { 7 }

    /// What `bytes` begin with.
    public func next(_ bytes: WireBytes) -> FixFrame {
        let count = bytes.count
        guard count > 0, let start = unsafe bytes.unsafeBuffer.baseAddress else { return .incomplete }
        if !FixFramer.begins(bytes, at: 0) {
            return .garbled(count: FixFramer.nextBegin(bytes, from: 1), .notFix)
        }
        // Safe: every place that is looked at is below `count`.
        let base = unsafe start.assumingMemoryBound(to: UInt8.self)
        // The longest BeginString is FIXT.1.1: eight characters.
        var at = 5
        let bound = min(count, 16)
        while at < bound, unsafe base[at] != 1 { at &+= 1 }
        guard at < bound else { return count < 16 ? .incomplete : garbled(bytes, .bodyLength) }
        at &+= 1
        guard at &+ 2 <= count else { return .incomplete }
        guard unsafe base[at] == 0x39 && base[at &+ 1] == 0x3D else { return garbled(bytes, .bodyLength) }
        at &+= 2
        var length = 0
        let first = at
        while at < count, unsafe base[at] != 1 {
            let digit = unsafe base[at] &- 0x30
            guard digit <= 9, at &- first < 9 else { return garbled(bytes, .bodyLength) }
            length = length &* 10 &+ Int(digit)
            at &+= 1
        }
        guard at < count else { return .incomplete }
        guard at > first, length <= largestBody, length >= 5 else { return garbled(bytes, .bodyLength) }
        let end = at &+ 1 &+ length
        guard end &+ FixFramer.trailer <= count else { return .incomplete }
        guard unsafe FixFramer.isTrailer(start, end) else { return wrongLength(bytes, end) }
        return .message(count: end &+ FixFramer.trailer)
    }

    /// Whether `10=???|` stands at `end`, behind a separator.
    @inlinable
    @unsafe
    static func isTrailer(_ base: UnsafeRawPointer, _ end: Int) -> Bool {
        // Safe: the caller has seen to the seven bytes at `end`, and there is one before.
        let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: end &- 1, as: UInt64.self))
        return word & 0xFF00_0000_FFFF_FFFF == 0x0100_0000_3D30_3101
    }

    /// The number in `10=ddd|` at `end`, or nil when that isn't there.
    @inlinable
    @unsafe
    static func readTrailer(_ base: UnsafeRawPointer, _ end: Int) -> UInt64? {
        guard unsafe isTrailer(base, end) else { return nil }
        let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: end &- 1, as: UInt64.self))
        let (hundreds, tens, ones) = (
            (word >> 32) & 0xFF &- 0x30, (word >> 40) & 0xFF &- 0x30, (word >> 48) & 0xFF &- 0x30
        )
        guard hundreds <= 2, tens <= 9, ones <= 9 else { return nil }
        return hundreds &* 100 &+ tens &* 10 &+ ones
    }

    private func garbled(_ bytes: WireBytes, _ reason: FixGarble) -> FixFrame {
        .garbled(count: FixFramer.nextBegin(bytes, from: 1), reason)
    }

    private func wrongLength(_ bytes: WireBytes, _ end: Int) -> FixFrame {
        guard resync == .nextCheckSum else { return garbled(bytes, .trailer) }
        var at = max(end - 1, 0)
        let limit = min(bytes.count, end + largestBody)
        while at + 4 <= limit {
            if bytes[at] == 1, bytes[at + 1] == 0x31, bytes[at + 2] == 0x30, bytes[at + 3] == 0x3D {
                var stop = at + 4
                while stop < limit, bytes[stop] != 1 { stop += 1 }
                return stop < bytes.count ? .garbled(count: stop + 1, .trailer) : .incomplete
            }
            at += 1
        }
        return bytes.count < limit || limit < end + largestBody ? .incomplete : garbled(bytes, .trailer)
    }

    /// Whether `8=FIX`, or as much of it as there are bytes, stands at `at`.
    @inline(__always)
    private static func begins(_ bytes: WireBytes, at: Int) -> Bool {
        let left = bytes.count - at
        if left >= 8 { return bytes.little(at, as: UInt64.self) & 0xFF_FFFF_FFFF == 0x58_4946_3D38 }
        return (left < 1 || bytes[at] == 0x38) && (left < 2 || bytes[at + 1] == 0x3D)
            && (left < 3 || bytes[at + 2] == 0x46) && (left < 4 || bytes[at + 3] == 0x49)
            && (left < 5 || bytes[at + 4] == 0x58)
    }

    /// Where the next message may begin, from `from` on: the end of the bytes when there is no place.
    private static func nextBegin(_ bytes: WireBytes, from: Int) -> Int {
        var at = from
        while at < bytes.count {
            if bytes[at] == 0x38, begins(bytes, at: at) { return at }
            at += 1
        }
        return bytes.count
    }
}
