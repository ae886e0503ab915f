// SPDX-License-Identifier: MIT

/// What stands in front of every message.
@frozen
public struct SbeHeader: Equatable, Sendable, BitwiseCopyable {
    /// Bytes of the fixed part as the sender wrote it.
    public var blockLength: Int
    public var templateID: UInt16
    public var schemaID: UInt16
    /// The schema version that the sender wrote by.
    public var version: UInt16

    @inlinable
    public init(blockLength: Int, templateID: UInt16, schemaID: UInt16, version: UInt16) {
        self.blockLength = blockLength
        self.templateID = templateID
        self.schemaID = schemaID
        self.version = version
    }
}

/// A schema as a generated file states it.
public protocol SbeSchema {
    static var id: UInt16 { get }
    static var version: UInt16 { get }
    /// Bytes of the message header.
    static var headerLength: Int { get }
    /// The header at the beginning of `bytes`, which must hold `headerLength` bytes.
    static func header(of bytes: WireBytes) -> SbeHeader
    /// Writes `header` to the beginning of `draft`, which must hold `headerLength` bytes.
    static func put(_ header: SbeHeader, into draft: SbeDraft)
}

extension SbeSchema {
    /// The header of `message`.
    ///
    /// - Throws: `SbeError` when there are too few bytes, or the message belongs to another schema.
    @inlinable
    public static func checkedHeader(of message: WireBytes) throws(SbeError) -> SbeHeader {
        guard message.count >= headerLength else { throw .header(count: message.count) }
        let header = header(of: message)
        guard header.schemaID == id else { throw .schema(header.schemaID) }
        return header
    }
}

/// A number within a header, a dimension or a length prefix.
@frozen
public struct SbeNumber: Sendable, BitwiseCopyable {
    public var offset: Int
    /// Bytes: 1, 2, 4 or 8.
    public var width: Int
    public var isBig: Bool

    @inlinable
    public init(_ offset: Int, width: Int, isBig: Bool) {
        self.offset = offset
        self.width = width
        self.isBig = isBig
    }

    /// The largest number that can be written; the one above it stands for null.
    @inlinable
    public var limit: Int {
        switch width {
        case 1: 254
        case 2: 65_534
        case 4: 4_294_967_294
        default: Int.max
        }
    }

    /// Reads it from `bytes`, where `start` is the beginning of the composite; `Int.max` when it is beyond an `Int`.
    @inlinable
    @inline(__always)
    public func read(_ bytes: WireBytes, _ start: Int) -> Int {
        let place = start + offset
        switch width {
        case 1: return Int(bytes[place])
        case 2:
            return Int(isBig ? bytes.big(place, as: UInt16.self) : bytes.little(place, as: UInt16.self))
        case 4:
            return Int(isBig ? bytes.big(place, as: UInt32.self) : bytes.little(place, as: UInt32.self))
        default:
            let wide = isBig ? bytes.big(place, as: UInt64.self) : bytes.little(place, as: UInt64.self)
            return Int(clamping: wide)
        }
    }

    /// Writes it into `draft`.
    @inlinable
    @inline(__always)
    public func put(_ value: Int, into draft: SbeDraft) {
        switch width {
        case 1: draft.little(UInt8(truncatingIfNeeded: value), offset)
        case 2: put(UInt16(truncatingIfNeeded: value), draft)
        case 4: put(UInt32(truncatingIfNeeded: value), draft)
        default: put(UInt64(truncatingIfNeeded: value), draft)
        }
    }

    @inlinable
    @inline(__always)
    func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ draft: SbeDraft) {
        if isBig { draft.big(value, offset) } else { draft.little(value, offset) }
    }
}

/// The layout of what stands in front of a group's entries.
@frozen
public struct SbeDimension: Sendable, BitwiseCopyable {
    /// Bytes of the whole.
    public var length: Int
    public var blockLength: SbeNumber
    public var count: SbeNumber

    @inlinable
    public init(length: Int, blockLength: SbeNumber, count: SbeNumber) {
        self.length = length
        self.blockLength = blockLength
        self.count = count
    }
}

/// The layout of what stands in front of variable data.
@frozen
public struct SbePrefix: Sendable, BitwiseCopyable {
    /// Bytes before the data.
    public var length: Int
    public var count: SbeNumber

    @inlinable
    public init(length: Int, count: SbeNumber) {
        self.length = length
        self.count = count
    }
}
