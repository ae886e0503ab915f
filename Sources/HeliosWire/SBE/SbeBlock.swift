// SPDX-License-Identifier: MIT

/// The fixed part of a message or of a group's entry, as long as the sender made it.
///
/// Generated views check once that it has all the fields that every version of the schema has; a field that came later
/// is looked for with `holds`. It borrows: valid as long as the memory that it was made from.
@safe
@frozen
public struct SbeBlock: BitwiseCopyable {
    @usableFromInline let base: UnsafeRawPointer
    /// Bytes.
    public let count: Int
    /// The schema version that the sender wrote by.
    public let version: UInt16

    /// The first `length` bytes of `bytes`.
    ///
    /// - Throws: `SbeError.block` when there are fewer, or when `length` is below `minimum`.
    @inlinable
    @inline(__always)
    public init(_ bytes: WireBytes, length: Int, minimum: Int, version: UInt16) throws(SbeError) {
        guard length >= minimum, length <= bytes.count, let base = unsafe bytes.buffer.baseAddress else {
            throw .block(length: min(length, bytes.count), needed: max(length, minimum))
        }
        unsafe self.base = base
        count = length
        self.version = version
    }

    // Safe: whoever calls has checked that `count` bytes are there.
    @inlinable
    @inline(__always)
    init(base: UnsafeRawPointer, count: Int, version: UInt16) {
        unsafe self.base = unsafe base
        self.count = count
        self.version = version
    }

    /// Whether the sender wrote a field of `size` bytes at `offset` that exists since version `since`.
    @inlinable
    @inline(__always)
    public func holds(_ offset: Int, _ size: Int, since: UInt16) -> Bool {
        version >= since && offset + size <= count
    }

    /// A little-endian number; traps outside the block.
    @inlinable
    @inline(__always)
    public func little<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(littleEndian: raw(offset))
    }

    /// A big-endian number; traps outside the block.
    @inlinable
    @inline(__always)
    public func big<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(bigEndian: raw(offset))
    }

    /// A little-endian number, or nil for the one that stands for "none".
    @inlinable
    @inline(__always)
    public func little<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, null: T) -> T? {
        let value: T = little(offset)
        return value == null ? nil : value
    }

    /// A big-endian number, or nil for the one that stands for "none".
    @inlinable
    @inline(__always)
    public func big<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, null: T) -> T? {
        let value: T = big(offset)
        return value == null ? nil : value
    }

    /// Characters; traps outside the block.
    @inlinable
    public func text(_ offset: Int, length: Int) -> SbeText { SbeText(bytes(offset, length)) }

    /// Bytes in place; traps outside the block.
    @inlinable
    public func bytes(_ offset: Int, _ length: Int) -> WireBytes {
        precondition(offset >= 0 && length >= 0 && offset <= count - length, "read outside the block")
        return unsafe WireBytes(UnsafeRawBufferPointer(start: base + offset, count: length))
    }

    @inlinable
    @inline(__always)
    func raw<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> T {
        precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size, "read outside the block")
        return unsafe base.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
}

/// The fixed part of a message or entry that is being written: zeroed memory of the schema's block length.
///
/// It borrows the writer's memory and is used up before the next part is begun.
@safe
@frozen
public struct SbeDraft: BitwiseCopyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    /// Bytes.
    public let count: Int

    @inlinable
    @inline(__always)
    init(base: UnsafeMutableRawPointer, count: Int) {
        unsafe self.base = unsafe base
        self.count = count
    }

    /// Puts a little-endian number; traps outside the block.
    @inlinable
    @inline(__always)
    public func little<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ offset: Int) {
        raw(value.littleEndian, offset)
    }

    /// Puts a big-endian number; traps outside the block.
    @inlinable
    @inline(__always)
    public func big<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ offset: Int) {
        raw(value.bigEndian, offset)
    }

    /// Puts characters and leaves the rest of `length` bytes zero.
    ///
    /// - Throws: `SbeError.length` when they are more.
    @inlinable
    public func text(_ text: borrowing some SbeCharacters, _ offset: Int, length: Int) throws(SbeError) {
        precondition(offset >= 0 && offset <= count - length, "write outside the block")
        let size = text.characterCount
        guard size <= length else { throw .length(count: size, limit: length) }
        unsafe text.copyCharacters(to: UnsafeMutableRawBufferPointer(start: base + offset, count: size))
    }

    @inlinable
    @inline(__always)
    func raw<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ offset: Int) {
        precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size, "write outside the block")
        unsafe base.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }
}
