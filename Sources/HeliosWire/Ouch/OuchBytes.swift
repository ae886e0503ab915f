// SPDX-License-Identifier: MIT
import HeliosMarket

/// Why bytes aren't an OUCH message.
@frozen
public enum OuchFault: Error, Equatable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// No bytes at all.
    case empty
    /// No message of this version and direction has the type `type`.
    case unknownType(UInt8)
    /// `count` bytes are no length that a message of type `type` can have.
    case length(type: UInt8, count: Int)
    /// The optional fields announced at byte `offset` do not end where the message ends.
    case appendage(offset: Int)
    /// The optional field at byte `offset` has the length 0 or runs past the message.
    case field(offset: Int)
    /// The optional field at byte `offset` has not the length of its tag.
    case fieldLength(tag: UInt8, offset: Int)
    /// The tag of the optional field at byte `offset` was there before.
    case duplicate(tag: UInt8, offset: Int)

    public var description: String {
        switch self {
        case .empty: "an empty message"
        case .unknownType(let type): "no message has the type \(type)"
        case .length(let type, let count): "\(count) bytes are no length of a message of type \(type)"
        case .appendage(let offset): "the optional fields at byte \(offset) do not end with the message"
        case .field(let offset): "a broken optional field at byte \(offset)"
        case .fieldLength(let tag, let offset): "the field with tag \(tag) at byte \(offset) has a wrong length"
        case .duplicate(let tag, let offset): "the tag \(tag) at byte \(offset) comes a second time"
        }
    }
}

/// How a message's optional fields are announced.
@frozen
public enum OuchAppendage: UInt8, Sendable, BitwiseCopyable {
    /// The message has none.
    case none
    /// Two bytes say their length, even when there are none.
    case required
    /// The two bytes are missing when there are none.
    case optional
}

/// The bytes of one message whose type, length and optional fields were checked once; every read is then a plain load.
///
/// It borrows: valid as long as the memory that it was made from.
@safe
@frozen
public struct OuchBytes: BitwiseCopyable {
    @usableFromInline let base: UnsafeRawPointer
    /// Bytes of the message.
    public let count: Int

    /// Checks a message as a whole.
    ///
    /// - Parameters:
    ///   - message: the bytes, from the type letter to the last.
    ///   - type: the letter that it must have.
    ///   - length: bytes without optional fields and their length.
    ///   - shortest: the length of an older revision that is allowed too; `length` when there is none.
    ///   - appendage: how optional fields are announced.
    /// - Throws: `OuchFault`, which says what is wrong and where.
    @inlinable
    public init(
        _ message: WireBytes,
        type: UInt8,
        length: Int,
        shortest: Int,
        appendage: OuchAppendage
    ) throws(OuchFault) {
        let count = message.count
        guard count > 0, let base = unsafe message.buffer.baseAddress else { throw .empty }
        guard message[0] == type else { throw .unknownType(message[0]) }
        unsafe self.base = base
        self.count = count
        if count == length, appendage != .required { return }
        if count == shortest, shortest != length { return }
        guard appendage != .none, count >= length + 2 else { throw .length(type: type, count: count) }
        // The usual case has no fields.
        let fields = Int(message.big(length, as: UInt16.self))
        guard fields == count - length - 2 else { throw .appendage(offset: length) }
        if fields > 0 { try OuchOptions.check(message, from: length + 2) }
    }

    // Safe: views pass constants that end within the length that `init` checked.
    @inlinable
    func number<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> T {
        unsafe T(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    @inlinable
    func symbol(_ offset: Int) -> Symbol {
        unsafe Symbol(packed: UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }

    @inlinable
    func text(_ offset: Int) -> Alpha4 {
        unsafe Alpha4(packed: UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    @inlinable
    func token(_ offset: Int) -> OuchToken {
        OuchToken(first: number(offset), last: number(offset + 6))
    }

    @inlinable
    func code<Meaning>(_ offset: Int) -> OuchCode<Meaning> { OuchCode(rawValue: number(offset)) }

    @inlinable
    func options(_ length: Int) -> OuchOptions {
        guard count > length + 2 else { return .none }
        return unsafe OuchOptions(
            checked: WireBytes(UnsafeRawBufferPointer(start: base + length + 2, count: count - length - 2))
        )
    }
}

/// Fourteen characters that the client chooses: an order's token in OUCH 4.2, its ClOrdID in 5.0.
@frozen
public struct OuchToken: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The first eight characters, first in the highest byte.
    public var first: UInt64
    /// The last eight; the two in the middle stand in both.
    public var last: UInt64

    /// Fourteen spaces.
    @inlinable
    public static var blank: OuchToken { OuchToken(first: 0x2020_2020_2020_2020, last: 0x2020_2020_2020_2020) }

    /// From the first eight characters and the last eight, whose first two are the last two of `first`.
    @inlinable
    public init(first: UInt64, last: UInt64) {
        self.first = first
        self.last = last
    }

    /// The text padded right with spaces, or nil when it is longer than fourteen bytes or not printable ASCII.
    public init?(_ text: String) {
        guard text.utf8.count <= 14 else { return nil }
        var bytes = [UInt8](repeating: 0x20, count: 14)
        for (position, byte) in text.utf8.enumerated() {
            guard (0x20...0x7E).contains(byte) else { return nil }
            bytes[position] = byte
        }
        first = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        last = bytes[6...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The text without padding; bytes outside printable ASCII show as `?`.
    public var description: String {
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: first >> UInt64(56 - $0 * 8)) }
        bytes += (2..<8).map { UInt8(truncatingIfNeeded: last >> UInt64(56 - $0 * 8)) }
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

/// A message read in place: nothing is copied, a field is decoded when it is asked for.
///
/// Prices are in 1e-4 dollars, times in nanoseconds since midnight in New York, codes are `OuchCode`s.
///
/// ```swift
/// let order = try Ouch50.EnterOrder(message)
/// if order.side.meaning == .buy { bought += UInt64(order.quantity) }
/// ```
public protocol OuchMessage: BitwiseCopyable {
    /// The type letter.
    static var type: UInt8 { get }
    /// Bytes without optional fields and their length.
    static var length: Int { get }
    /// The length in an older revision that is read too; `length` when there is none.
    static var shortest: Int { get }
    /// How optional fields are announced.
    static var appendage: OuchAppendage { get }
    /// The optional fields that the message may carry, one bit a tag.
    static var tags: UInt64 { get }
    /// The checked bytes.
    var bytes: OuchBytes { get }
    /// A view of bytes that were checked with this type's constants.
    init(bytes: OuchBytes)
}

extension OuchMessage {
    @inlinable
    public static var shortest: Int { length }

    /// A view of `message`, which must outlive it.
    ///
    /// - Throws: `OuchFault` when the type, the length or the optional fields are not those of this message.
    @inlinable
    public init(_ message: WireBytes) throws(OuchFault) {
        self.init(
            bytes: try OuchBytes(
                message,
                type: Self.type,
                length: Self.length,
                shortest: Self.shortest,
                appendage: Self.appendage
            )
        )
    }

    /// The optional fields.
    @inlinable
    public var options: OuchOptions { bytes.options(Self.length) }

    /// Whether all optional fields are among those that the message may carry.
    @inlinable
    public var hasOnlyAllowedOptions: Bool { options.tags & ~Self.tags == 0 }
}

/// A place in a `WireOutput` for one message.
@unsafe
@usableFromInline
struct OuchDraft {
    @usableFromInline let base: UnsafeMutableRawPointer

    /// Makes room for a message and writes its type and, behind `length` bytes, its optional fields.
    @inlinable
    init<Message: OuchMessage>(
        _ message: Message.Type,
        _ options: OuchOptions,
        _ output: inout WireOutput
    ) throws(OuchError) {
        let fields = options.bytes.count
        let isAnnounced = Message.appendage == .required || (Message.appendage == .optional && fields > 0)
        let count = Message.length + (isAnnounced ? 2 + fields : 0)
        guard let base = unsafe output.open(count) else { throw .buffer }
        unsafe self.base = unsafe base
        unsafe base.storeBytes(of: Message.type, as: UInt8.self)
        if isAnnounced {
            unsafe put(UInt16(truncatingIfNeeded: fields), Message.length)
            if fields > 0 { unsafe options.bytes.copy(to: base + Message.length + 2) }
        }
    }

    // Safe: callers pass constants that end within the message's length.
    @inlinable
    func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ offset: Int) {
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
    }

    @inlinable
    func put(_ symbol: Symbol, _ offset: Int) {
        unsafe base.storeBytes(of: symbol.packed.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    @inlinable
    func put(_ text: Alpha4, _ offset: Int) {
        unsafe base.storeBytes(of: text.packed.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    @inlinable
    func put(_ token: OuchToken, _ offset: Int) {
        unsafe put(token.first, offset)
        unsafe put(token.last, offset + 6)
    }

    @inlinable
    func put<Meaning>(_ code: OuchCode<Meaning>, _ offset: Int) { unsafe put(code.rawValue, offset) }
}
