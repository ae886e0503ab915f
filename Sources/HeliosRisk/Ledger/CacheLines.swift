// SPDX-License-Identifier: MIT

/// Memory that begins where a cache line does.
enum CacheLines {
    static let size = 64

    /// Room for `count` values, not initialised; given back with `deallocate`.
    static func allocate<T: BitwiseCopyable>(_ type: T.Type, _ count: Int) -> UnsafeMutablePointer<T> {
        let bytes = max(count, 1) * MemoryLayout<T>.stride
        // Safe: the memory is for this type only.
        return unsafe UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: size)
            .bindMemory(to: type, capacity: max(count, 1))
    }
}
