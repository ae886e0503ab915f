// SPDX-License-Identifier: MIT

/// A session's messages by their sequence numbers, from 1: what SoupBinTCP replays and a MoldUDP64 re-request is served from.
///
/// ```
///  bytes  ├ message 1 ┼ message 2 ┼ message 3 ┤ free
///  ends     0 ─────────┴──────────┴──────────┘
/// ```
/// Append-only. Its memory is reserved at the start and an append never asks for more: when `append` says that it is full,
/// nothing was kept. `reserve` makes it larger, and is called where waiting does not matter.
@safe
public struct MessageStore: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    /// Where each message ends; before the first stands a 0.
    @usableFromInline var ends: UnsafeMutablePointer<Int>
    @usableFromInline var messages = 0
    /// Messages that fit.
    public internal(set) var messageCapacity: Int
    /// Bytes that fit.
    public internal(set) var byteCapacity: Int

    /// The longest message: what the 16-bit lengths of both transports can say, without SoupBinTCP's type.
    public static let longestMessage = 65_534

    /// An empty store with room for `messages` messages of together `bytes` bytes.
    public init(messages: Int, bytes: Int) {
        messageCapacity = max(messages, 1)
        byteCapacity = max(bytes, 1)
        unsafe base = .allocate(byteCount: byteCapacity, alignment: 64)
        unsafe ends = .allocate(capacity: messageCapacity + 1)
        unsafe ends.initialize(to: 0)
    }

    deinit {
        unsafe base.deallocate()
        unsafe ends.deallocate()
    }

    /// Messages kept.
    @inlinable
    public var count: Int { messages }

    /// Bytes kept.
    @inlinable
    public var byteCount: Int { unsafe ends[messages] }

    /// The number that the next message will have.
    @inlinable
    public var nextSequence: UInt64 { UInt64(messages) + 1 }

    /// Whether a message of `length` bytes still fits.
    @inlinable
    public func fits(_ length: Int) -> Bool {
        messages < messageCapacity && length <= MessageStore.longestMessage && byteCapacity - byteCount >= length
    }

    /// Keeps a copy of `message` under `nextSequence`; false, and nothing changed, when it does not fit.
    @inlinable
    public mutating func append(_ message: WireBytes) -> Bool {
        guard fits(message.count) else { return false }
        let end = byteCount
        // Safe: `fits` has looked at both capacities.
        unsafe message.copy(to: base + end)
        messages += 1
        unsafe (ends + messages).initialize(to: end + message.count)
        return true
    }

    /// Forgets all messages: the next is number 1 again.
    @inlinable
    public mutating func removeAll() { messages = 0 }

    /// The message numbered `sequence`, or nil when there is none; valid until `reserve`.
    @inlinable
    public subscript(sequence: UInt64) -> WireBytes? {
        guard sequence >= 1, sequence <= UInt64(messages) else { return nil }
        let index = Int(sequence)
        // Safe: `index` is at most `messages`, below which all ends are set.
        let start = unsafe ends[index - 1]
        return unsafe WireBytes(UnsafeRawBufferPointer(start: base + start, count: ends[index] - start))
    }

    /// Makes room for at least `messages` messages of together `bytes` bytes, kept ones included; it allocates and copies.
    public mutating func reserve(messages: Int, bytes: Int) {
        if bytes > byteCapacity {
            let larger = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            unsafe larger.copyMemory(from: base, byteCount: byteCount)
            unsafe base.deallocate()
            unsafe base = unsafe larger
            byteCapacity = bytes
        }
        if messages > messageCapacity {
            let larger = UnsafeMutablePointer<Int>.allocate(capacity: messages + 1)
            unsafe larger.initialize(from: ends, count: self.messages + 1)
            unsafe ends.deallocate()
            unsafe ends = unsafe larger
            messageCapacity = messages
        }
    }
}
