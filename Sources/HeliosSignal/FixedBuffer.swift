// SPDX-License-Identifier: MIT

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
