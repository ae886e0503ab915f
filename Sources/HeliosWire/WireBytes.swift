// SPDX-License-Identifier: MIT

/// A borrowed window of bytes with checked reads: what parsers that aren't hot use instead of raw pointers.
///
/// It is valid as long as the memory that it was made from; whoever makes one says `unsafe` and vouches for that.
@safe
@frozen
public struct WireBytes: BitwiseCopyable {
    @usableFromInline
    let buffer: UnsafeRawBufferPointer

    @inlinable
    public init(_ buffer: UnsafeRawBufferPointer) { unsafe self.buffer = unsafe buffer }

    /// The bytes as the standard library's type.
    @inlinable
    public var unsafeBuffer: UnsafeRawBufferPointer { unsafe buffer }

    /// Bytes in the window.
    @inlinable
    public var count: Int { unsafe buffer.count }

    /// The byte at `offset`; traps outside the window.
    @inlinable
    public subscript(offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < count, "read outside the bytes")
        return unsafe buffer[offset]
    }

    /// A big-endian number at `offset`, aligned or not; traps when it doesn't lie within the window.
    @inlinable
    public func big<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(bigEndian: raw(offset))
    }

    /// A little-endian number at `offset`, aligned or not; traps when it doesn't lie within the window.
    @inlinable
    public func little<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(littleEndian: raw(offset))
    }

    /// Part of the window; traps when `range` isn't within it.
    @inlinable
    public func slice(_ range: Range<Int>) -> WireBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "slice outside the bytes")
        return unsafe WireBytes(UnsafeRawBufferPointer(rebasing: buffer[range]))
    }

    @inlinable
    func raw<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> T {
        precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size, "read outside the bytes")
        return unsafe buffer.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
}
