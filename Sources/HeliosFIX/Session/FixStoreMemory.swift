// SPDX-License-Identifier: MIT

/// The memory that a store lies in: the heap, or a mapped file that the owner gives.
///
/// Only one store uses it at a time.
@safe
public final class FixStoreMemory {
    let base: UnsafeMutableRawPointer
    /// Bytes of it.
    public let count: Int
    private let release: ((UnsafeMutableRawBufferPointer) -> Void)?

    /// Whether it is the heap's, and goes with this object.
    public var isOnHeap: Bool { unsafe release == nil }

    /// Memory of the heap, all zero.
    ///
    /// - Parameter bytes: how much; at least what a store without messages takes.
    public init(bytes: Int) {
        count = max(bytes, FixStore.smallest) & ~7
        unsafe base = .allocate(byteCount: count, alignment: 64)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
        unsafe release = nil
    }

    /// Memory of somebody else's, such as a mapped file: what is in it is kept; nil when it is too small or not aligned.
    ///
    /// - Parameters:
    ///   - region: aligned to 64 bytes; it must stay valid until `release` is called.
    ///   - release: called when nobody uses the memory any more.
    @unsafe
    public init?(_ region: UnsafeMutableRawBufferPointer, release: @escaping (UnsafeMutableRawBufferPointer) -> Void) {
        guard let start = region.baseAddress, region.count >= FixStore.smallest, UInt(bitPattern: start) % 64 == 0
        else { return nil }
        unsafe base = unsafe start
        count = region.count & ~7
        unsafe self.release = unsafe release
    }

    deinit {
        let region = unsafe UnsafeMutableRawBufferPointer(start: base, count: count)
        if let release = unsafe release { unsafe release(region) } else { unsafe base.deallocate() }
    }

    /// A copy of what is in the memory now: what a crash at this moment would leave.
    public func copy() -> [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count)) }

    /// Overwrites the memory from its beginning on with as much of `bytes` as fits.
    public func restore(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            // Safe: both have that many bytes.
            unsafe base.copyMemory(from: start, byteCount: min(source.count, count))
        }
    }
}
