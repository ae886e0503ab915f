// SPDX-License-Identifier: MIT

/// The number of a field.
///
/// A literal is one: `message[38]` and `message[.orderQty]` are the same.
@frozen
public struct FixTag: RawRepresentable, Hashable, Sendable, BitwiseCopyable, ExpressibleByIntegerLiteral, Comparable {
    public let rawValue: UInt32

    /// The largest tag that is read or written: seven digits.
    public static var largest: FixTag { 9_999_999 }

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable
    public init(integerLiteral value: UInt32) { rawValue = value }

    @inlinable
    public static func < (a: FixTag, b: FixTag) -> Bool { a.rawValue < b.rawValue }
}

extension FixTag: CustomStringConvertible {
    /// The bit of a number that was read with a minus sign.
    @usableFromInline static var negative: UInt32 { 0x8000_0000 }

    /// The number as it was read: a field can be sent with a number below zero, which no dictionary has.
    public var number: Int {
        rawValue & FixTag.negative == 0 ? Int(rawValue) : -Int(rawValue & ~FixTag.negative)
    }

    public var description: String { String(number) }
}

/// A message's type: up to eight characters, packed so that comparing costs nothing.
///
/// The first character stands in the lowest byte.
@frozen
public struct FixMsgType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt64

    @inlinable
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The type with the name `text`; nil when it is empty, longer than eight characters, or not of printable ASCII.
    public init?(_ text: String) {
        var packed: UInt64 = 0
        var count: UInt64 = 0
        for byte in text.utf8 {
            guard count < 8, byte > 0x20, byte < 0x7F else { return nil }
            packed |= UInt64(byte) << (8 * count)
            count += 1
        }
        guard count > 0 else { return nil }
        rawValue = packed
    }

    /// Characters of it.
    @inlinable
    public var count: Int { (71 - rawValue.leadingZeroBitCount) / 8 }

    /// Whether the session layer deals with it: Heartbeat, TestRequest, ResendRequest, Reject, SequenceReset, Logout, Logon.
    @inlinable
    public var isSession: Bool {
        switch rawValue {
        case 0x30...0x35, 0x41: true
        default: false
        }
    }
}

extension FixMsgType: CustomStringConvertible {
    public var description: String {
        var text = ""
        var rest = rawValue
        while rest != 0 {
            text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: rest)))
            rest >>= 8
        }
        return text
    }
}

extension FixMsgType {
    @inlinable
    public static var heartbeat: FixMsgType { FixMsgType(rawValue: 0x30) }
    @inlinable
    public static var testRequest: FixMsgType { FixMsgType(rawValue: 0x31) }
    @inlinable
    public static var resendRequest: FixMsgType { FixMsgType(rawValue: 0x32) }
    @inlinable
    public static var reject: FixMsgType { FixMsgType(rawValue: 0x33) }
    @inlinable
    public static var sequenceReset: FixMsgType { FixMsgType(rawValue: 0x34) }
    @inlinable
    public static var logout: FixMsgType { FixMsgType(rawValue: 0x35) }
    @inlinable
    public static var logon: FixMsgType { FixMsgType(rawValue: 0x41) }
    @inlinable
    public static var executionReport: FixMsgType { FixMsgType(rawValue: 0x38) }
    @inlinable
    public static var orderCancelReject: FixMsgType { FixMsgType(rawValue: 0x39) }
    @inlinable
    public static var newOrderSingle: FixMsgType { FixMsgType(rawValue: 0x44) }
    @inlinable
    public static var newOrderMultileg: FixMsgType { FixMsgType(rawValue: 0x4241) }
    @inlinable
    public static var multilegOrderCancelReplace: FixMsgType { FixMsgType(rawValue: 0x4341) }
    @inlinable
    public static var orderCancelRequest: FixMsgType { FixMsgType(rawValue: 0x46) }
    @inlinable
    public static var orderCancelReplaceRequest: FixMsgType { FixMsgType(rawValue: 0x47) }
    @inlinable
    public static var orderStatusRequest: FixMsgType { FixMsgType(rawValue: 0x48) }
    @inlinable
    public static var orderMassCancelRequest: FixMsgType { FixMsgType(rawValue: 0x71) }
    @inlinable
    public static var orderMassCancelReport: FixMsgType { FixMsgType(rawValue: 0x72) }
    @inlinable
    public static var businessMessageReject: FixMsgType { FixMsgType(rawValue: 0x6A) }
    @inlinable
    public static var marketDataRequest: FixMsgType { FixMsgType(rawValue: 0x56) }
    @inlinable
    public static var marketDataSnapshot: FixMsgType { FixMsgType(rawValue: 0x57) }
    @inlinable
    public static var marketDataIncrement: FixMsgType { FixMsgType(rawValue: 0x58) }
    @inlinable
    public static var marketDataRequestReject: FixMsgType { FixMsgType(rawValue: 0x59) }
    @inlinable
    public static var quoteRequest: FixMsgType { FixMsgType(rawValue: 0x52) }
    @inlinable
    public static var quote: FixMsgType { FixMsgType(rawValue: 0x53) }
    @inlinable
    public static var quoteCancel: FixMsgType { FixMsgType(rawValue: 0x5A) }
    @inlinable
    public static var quoteRequestReject: FixMsgType { FixMsgType(rawValue: 0x4741) }
    @inlinable
    public static var quoteResponse: FixMsgType { FixMsgType(rawValue: 0x4A41) }
    @inlinable
    public static var quoteAcknowledgement: FixMsgType { FixMsgType(rawValue: 0x62) }
    @inlinable
    public static var quoteStatusReport: FixMsgType { FixMsgType(rawValue: 0x4941) }
    @inlinable
    public static var securityListRequest: FixMsgType { FixMsgType(rawValue: 0x78) }
}
