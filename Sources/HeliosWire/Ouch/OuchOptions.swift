// SPDX-License-Identifier: MIT
import HeliosMarket

/// The tags of OUCH 5.0's optional fields.
@frozen
public enum OuchTag: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The order's number on the market data feed, 8 bytes.
    case secondaryOrderReference = 1
    /// The firm, 4 characters.
    case firm = 2
    /// The minimum quantity, 4 bytes.
    case minimumQuantity = 3
    /// `R` retail or `N` not.
    case customerType = 4
    /// The size shown, 4 bytes.
    case maximumFloor = 5
    /// What the price hangs on, `OuchPriceType`.
    case priceType = 6
    /// The distance from it, signed, 4 bytes.
    case pegOffset = 7
    /// The discretionary price, 8 bytes.
    case discretionPrice = 9
    /// What the discretionary price hangs on, `OuchPriceType`.
    case discretionPriceType = 10
    /// The distance from it, signed, 4 bytes.
    case discretionPegOffset = 11
    /// `P` post only or `N` not.
    case postOnly = 12
    /// By how much the size shown is varied, 4 bytes.
    case randomReserves = 13
    /// The routing strategy, 4 characters.
    case route = 14
    /// Seconds to live, 4 bytes, below 86,400.
    case expireTime = 15
    /// `Y`, `N`, or space for the port's default.
    case tradeNow = 16
    /// Special handling, one letter.
    case handling = 17
    /// How the order stands to the best bid and offer, `OuchWeight`.
    case weight = 18
    /// The reference price of an execution, 8 bytes; revision of 2023 only.
    case referencePrice = 19
    /// What that price is, one letter; revision of 2023 only.
    case referencePriceType = 20
    /// The size shown after a refresh, 4 bytes.
    case displayQuantity = 22
    /// The price shown, 8 bytes.
    case displayPrice = 23
    /// A group for mass cancels, 2 bytes.
    case group = 24
    /// `Y` or `N`.
    case sharesLocated = 25
    /// Who located them, 4 characters.
    case locateBroker = 26
    /// A side, `OuchSide`.
    case side = 27
    /// The channel of the port, 0 to 255.
    case channel = 28
    /// What happens when our orders meet each other, one letter.
    case selfMatchStrategy = 29
    /// The group within which they may not meet, 2 characters.
    case selfMatchGroup = 30

    /// Bytes of the value; 0 for a tag that nobody uses.
    @inlinable
    static func length(_ tag: UInt8) -> Int {
        guard tag < 32 else { return 0 }
        // One nibble a tag, from tag 0 upward.
        let low: UInt64 = 0x4441_4180_4141_4480
        let high: UInt64 = 0x0211_1412_8401_8111
        let shift = UInt64(tag & 15) * 4
        return Int((tag < 16 ? low : high) >> shift & 15)
    }
}

/// One optional field.
@frozen
public struct OuchOption: BitwiseCopyable {
    /// The tag as it was written.
    public let tag: UInt8
    /// The value's bytes.
    public let value: WireBytes

    @inlinable
    init(tag: UInt8, value: WireBytes) {
        self.tag = tag
        self.value = value
    }

    /// The tag's meaning; nil for a tag of a later revision.
    @inlinable
    public var meaning: OuchTag? { OuchTag(rawValue: tag) }
}

/// The optional fields of an OUCH 5.0 message: each a length, a tag and a value.
///
/// They were checked as a whole when the message was: every field lies within the message, no tag comes twice, and the
/// tags known here have values of the right length. Fields with unknown tags are kept and skipped.
///
/// ```swift
/// if let firm = order.options.text(.firm) { … }
/// var options = order.options
/// while let option = options.next() { … }
/// ```
@frozen
public struct OuchOptions: BitwiseCopyable {
    /// The fields' bytes, without the length in front of all of them.
    public let bytes: WireBytes
    @usableFromInline var cursor = 0

    @inlinable
    init(checked bytes: WireBytes) { self.bytes = bytes }

    /// No fields.
    @inlinable
    public static var none: OuchOptions { OuchOptions(checked: .empty) }

    /// Checks fields that stand alone.
    ///
    /// - Throws: `OuchFault`, with offsets from the first field's first byte.
    public init(_ bytes: WireBytes) throws(OuchFault) {
        try OuchOptions.check(bytes, from: 0)
        self.bytes = bytes
    }

    @usableFromInline
    static func check(_ message: WireBytes, from start: Int) throws(OuchFault) {
        var offset = start
        // One bit a tag.
        var seen: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while offset < message.count {
            let length = Int(message[offset])
            guard length >= 1, message.count - offset - 1 >= length else { throw .field(offset: offset) }
            let tag = message[offset + 1]
            let known = OuchTag.length(tag)
            guard known == 0 || known == length - 1 else { throw .fieldLength(tag: tag, offset: offset) }
            let bit = UInt64(1) << UInt64(tag & 63)
            let isSecond: Bool
            switch tag >> 6 {
            case 0: (isSecond, seen.0) = (seen.0 & bit != 0, seen.0 | bit)
            case 1: (isSecond, seen.1) = (seen.1 & bit != 0, seen.1 | bit)
            case 2: (isSecond, seen.2) = (seen.2 & bit != 0, seen.2 | bit)
            default: (isSecond, seen.3) = (seen.3 & bit != 0, seen.3 | bit)
            }
            guard !isSecond else { throw .duplicate(tag: tag, offset: offset) }
            offset += 1 + length
        }
    }

    /// Whether there are none.
    @inlinable
    public var isEmpty: Bool { bytes.count == 0 }

    /// The next field, or nil after the last.
    @inlinable
    public mutating func next() -> OuchOption? {
        guard cursor < bytes.count else { return nil }
        let length = Int(bytes[cursor])
        let start = cursor + 2
        let option = OuchOption(tag: bytes[cursor + 1], value: bytes.slice(start..<start + length - 1))
        cursor += 1 + length
        return option
    }

    /// The tags below 64 that are there, one bit each; a higher one sets bit 63.
    @inlinable
    public var tags: UInt64 {
        var all = OuchOptions(checked: bytes)
        var bits: UInt64 = 0
        while let option = all.next() { bits |= 1 << UInt64(min(option.tag, 63)) }
        return bits
    }

    /// The value of `tag`, or nil when it isn't there.
    @inlinable
    public func value(_ tag: OuchTag) -> WireBytes? {
        var all = OuchOptions(checked: bytes)
        while let option = all.next() {
            if option.tag == tag.rawValue { return option.value }
        }
        return nil
    }

    /// A number of any width, signed or not; nil when the tag isn't there or its value has another width.
    @inlinable
    public func number<T: FixedWidthInteger & BitwiseCopyable>(_ tag: OuchTag, as type: T.Type = T.self) -> T? {
        guard let value = value(tag), value.count == MemoryLayout<T>.size else { return nil }
        return value.big(0)
    }

    /// Four characters; nil when the tag isn't there or its value has another width.
    @inlinable
    public func text(_ tag: OuchTag) -> Alpha4? {
        guard let value = value(tag), value.count == 4 else { return nil }
        return Alpha4(packed: value.little(0))
    }
}

/// Builds optional fields, in memory reserved once.
///
/// ```swift
/// var fields = OuchOptionsWriter()
/// fields.set(.firm, Alpha4("LIME"))
/// try Ouch50.EnterOrder.write(…, options: fields.options, to: &output)
/// ```
@safe
public struct OuchOptionsWriter: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private var count = 0
    private var seen: UInt32 = 0

    /// More than all known tags together need.
    private static let capacity = 256

    /// A writer without fields.
    public init() {
        unsafe base = .allocate(byteCount: OuchOptionsWriter.capacity, alignment: 8)
    }

    deinit { unsafe base.deallocate() }

    /// Forgets all fields.
    public mutating func removeAll() {
        count = 0
        seen = 0
    }

    /// The fields set so far: valid until the writer is next changed.
    public var options: OuchOptions {
        unsafe OuchOptions(checked: WireBytes(UnsafeRawBufferPointer(start: base, count: count)))
    }

    /// Adds a field; false, and nothing changed, when the tag is set already or its value has another width than `value`.
    public mutating func set<T: FixedWidthInteger & BitwiseCopyable>(_ tag: OuchTag, _ value: T) -> Bool {
        let width = MemoryLayout<T>.size
        let bit = UInt32(1) << UInt32(tag.rawValue)
        guard OuchTag.length(tag.rawValue) == width, seen & bit == 0 else { return false }
        // Safe: each tag comes once, and all of them together are shorter than the capacity.
        unsafe base.storeBytes(of: UInt8(width + 1), toByteOffset: count, as: UInt8.self)
        unsafe base.storeBytes(of: tag.rawValue, toByteOffset: count + 1, as: UInt8.self)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: count + 2, as: T.self)
        count += width + 2
        seen |= bit
        return true
    }

    /// Adds a field of four characters; false, and nothing changed, when that can't be.
    public mutating func set(_ tag: OuchTag, _ text: Alpha4) -> Bool { set(tag, text.packed.littleEndian.bigEndian) }

    /// Adds a field of one letter; false, and nothing changed, when that can't be.
    public mutating func set<Meaning>(_ tag: OuchTag, _ code: OuchCode<Meaning>) -> Bool { set(tag, code.rawValue) }
}
