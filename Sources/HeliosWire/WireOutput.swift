// SPDX-License-Identifier: MIT

/// Bytes on their way out, in memory reserved at the start: state machines append, whoever owns the connection takes.
///
/// ```
///  0        taken          written            capacity
///  ├ free ──┼── waiting ───┼─────── free ─────┤
/// ```
/// It never grows. What does not fit is not written at all, and the writer is told so.
///
/// ```swift
/// var output = WireOutput(capacity: 1 << 16)
/// client.tick(at: now, into: &output)
/// let sent = try socket.write(output.bytes)     // perhaps not all of it
/// output.drop(sent)
/// ```
@safe
public struct WireOutput: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline var taken = 0
    @usableFromInline var written = 0
    /// Bytes that may wait.
    public let capacity: Int

    /// An empty output for `capacity` waiting bytes.
    public init(capacity: Int) {
        self.capacity = max(capacity, 1)
        unsafe base = .allocate(byteCount: self.capacity, alignment: 64)
    }

    deinit { unsafe base.deallocate() }

    /// Bytes that wait.
    @inlinable
    public var count: Int { written - taken }

    /// Bytes that still fit.
    @inlinable
    public var remaining: Int { capacity - count }

    /// The bytes that wait: valid until the output is next changed.
    @inlinable
    public var bytes: WireBytes {
        // Safe: `taken` and `written` are within the memory, which outlives every use that the comment allows.
        unsafe WireBytes(UnsafeRawBufferPointer(start: base + taken, count: count))
    }

    /// Forgets the first `count` waiting bytes, or all of them when there are fewer.
    @inlinable
    public mutating func drop(_ count: Int) {
        taken += min(max(count, 0), self.count)
        if taken == written { removeAll() }
    }

    /// Forgets what waits.
    @inlinable
    public mutating func removeAll() {
        taken = 0
        written = 0
    }

    /// Appends `bytes`; false, and nothing changed, when they do not fit.
    @inlinable
    public mutating func append(_ bytes: WireBytes) -> Bool {
        guard let place = unsafe open(bytes.count) else { return false }
        unsafe bytes.copy(to: place)
        return true
    }

    /// Room for `count` bytes that count as written, and that the caller must fill; nil when they do not fit.
    @inlinable
    mutating func open(_ count: Int) -> UnsafeMutableRawPointer? {
        if capacity - written < count {
            guard remaining >= count else { return nil }
            unsafe base.copyMemory(from: base + taken, byteCount: self.count)
            written -= taken
            taken = 0
        }
        let place = unsafe base + written
        written += count
        return unsafe place
    }

    /// Takes back the last `count` bytes written.
    @inlinable
    mutating func takeBack(_ count: Int) { written -= min(count, self.count) }
}

extension WireBytes {
    /// No bytes.
    @inlinable
    public static var empty: WireBytes { unsafe WireBytes(UnsafeRawBufferPointer(start: nil, count: 0)) }

    /// Copies all bytes to `place`, which must have room for them.
    @inlinable
    func copy(to place: UnsafeMutableRawPointer) {
        guard let start = unsafe buffer.baseAddress else { return }
        unsafe place.copyMemory(from: start, byteCount: count)
    }
}
