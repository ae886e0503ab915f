// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// A fixed number of trivial values in memory of its own, reserved once and never grown.
///
/// An `Array` would check for uniqueness at every write and might copy; this is a pointer with a checked index.
@safe
@frozen
public struct FixedBuffer<Element: BitwiseCopyable>: ~Copyable {
    // Safe: allocated in `init` for `count` elements, all initialised there, freed only in `deinit`.
    @usableFromInline let base: UnsafeMutablePointer<Element>
    public let count: Int

    /// Room for `count` elements, each `value`.
    @inlinable
    public init(repeating value: Element, count: Int) {
        precondition(count >= 0, "a buffer's count is not negative")
        unsafe base = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        unsafe base.initialize(repeating: value, count: count)
        self.count = count
    }

    /// The same from a multiple of `alignment` bytes on, a power of two: an element then lies in as few cache lines as it can.
    ///
    /// A buffer of megabytes gets large pages where the system has them: what is read of it in no order then costs no search for
    /// its pages.
    public init(repeating value: Element, count: Int, alignment: Int) {
        precondition(count >= 0, "a buffer's count is not negative")
        let page = 1 << 21
        var bytes = max(count, 1) * MemoryLayout<Element>.stride
        let isLarge = bytes >= page / 2
        if isLarge { bytes = (bytes + page - 1) & ~(page - 1) }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? page : alignment)
        if isLarge { unsafe helios_prefer_large_pages(memory, bytes) }
        unsafe base = memory.bindMemory(to: Element.self, capacity: max(count, 1))
        unsafe base.initialize(repeating: value, count: count)
        self.count = count
    }

    deinit { unsafe base.deallocate() }

    /// The element at `index`; traps outside `0..<count`.
    @inlinable
    public subscript(index: Int) -> Element {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "index outside the buffer")
            return unsafe base[index]
        }
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "index outside the buffer")
            unsafe base[index] = newValue
        }
    }
}

extension FixedBuffer: @unchecked Sendable where Element: Sendable {}

extension FixedBuffer {
    /// Appends the elements in `range`, which traps outside the buffer.
    ///
    /// For numbers, and structs of numbers without gaps between them: what lies in a gap is not defined.
    public func save(_ range: Range<Int>, to writer: inout StateWriter) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the buffer")
        // Safe: the range was checked, and all elements were initialised.
        unsafe writer.write(base + range.lowerBound, count: range.count * MemoryLayout<Element>.stride)
    }

    /// Takes the elements in `range`, which traps outside the buffer; after an error they are as they were.
    ///
    /// For types whose every pattern of bits is a value: no enum, no `Bool`.
    public mutating func restore(_ range: Range<Int>, from reader: inout StateReader) throws(StateError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the buffer")
        // Safe: the range was checked, and the element type is trivial.
        try unsafe reader.read(into: base + range.lowerBound, count: range.count * MemoryLayout<Element>.stride)
    }

    /// Gives every element in `range` the same value; traps outside the buffer.
    public mutating func fill(_ range: Range<Int>, with value: Element) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the buffer")
        unsafe (base + range.lowerBound).update(repeating: value, count: range.count)
    }
}

extension FixedBuffer where Element == Double {
    /// Whether every number in `range`, which traps outside the buffer, is finite.
    func isFinite(_ range: Range<Int>) -> Bool {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the buffer")
        // Without a way out of the loop it is done several numbers at a time.
        var broken = 0
        for index in range { unsafe broken += base[index].isFinite ? 0 : 1 }
        return broken == 0
    }
}
