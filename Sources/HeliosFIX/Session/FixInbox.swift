// SPDX-License-Identifier: MIT
import HeliosWire

/// Cuts what arrives into messages, and keeps the beginning of one that is not whole yet.
///
/// A message that arrives in one piece is not copied.
@safe
struct FixInbox: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private var head = 0
    private var tail = 0
    private let framer: FixFramer

    init(largestBody: Int, resync: FixResync) {
        let body = min(max(largestBody, 64), 1 << 28)
        framer = FixFramer(largestBody: body, resync: resync)
        // A message, and as much again for what QuickFIX's way looks through.
        capacity = 2 * body + 256
        unsafe base = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { unsafe base.deallocate() }

    /// What came next: a message, bytes that are none, or nothing whole.
    enum Piece {
        case message(WireBytes)
        case garbled(count: Int, FixGarble)
        case incomplete
    }

    /// Forgets what is kept.
    mutating func removeAll() {
        head = 0
        tail = 0
    }

    /// Takes the next piece, valid until the next call; `bytes` is moved behind what is taken.
    mutating func next(_ bytes: inout WireBytes) -> Piece {
        if head == tail {
            removeAll()
            switch framer.next(bytes) {
            case .incomplete:
                keep(&bytes)
                // More than fits can't be a message.
                return bytes.count == 0 ? .incomplete : giveUp()
            case .message(let count): return .message(take(&bytes, count))
            case .garbled(let count, let reason):
                _ = take(&bytes, count)
                return .garbled(count: count, reason)
            }
        }
        keep(&bytes)
        let kept = unsafe WireBytes(UnsafeRawBufferPointer(start: base + head, count: tail - head))
        switch framer.next(kept) {
        case .incomplete: return bytes.count == 0 ? .incomplete : giveUp()
        case .message(let count):
            head += count
            return .message(kept.slice(0..<count))
        case .garbled(let count, let reason):
            head += min(count, tail - head)
            return .garbled(count: count, reason)
        }
    }

    private func take(_ bytes: inout WireBytes, _ count: Int) -> WireBytes {
        let taken = bytes.slice(0..<count)
        bytes = bytes.slice(count..<bytes.count)
        return taken
    }

    /// Appends as much as there is room for.
    private mutating func keep(_ bytes: inout WireBytes) {
        guard bytes.count > 0 else { return }
        if capacity - tail < bytes.count, head > 0 {
            // Safe: both places are within the memory.
            unsafe base.copyMemory(from: base + head, byteCount: tail - head)
            tail -= head
            head = 0
        }
        let count = min(bytes.count, capacity - tail)
        guard count > 0, let start = unsafe bytes.unsafeBuffer.baseAddress else { return }
        unsafe (base + tail).copyMemory(from: start, byteCount: count)
        tail += count
        bytes = bytes.slice(count..<bytes.count)
    }

    /// The memory is full and holds no message: its first byte goes, so that the next beginning is looked for.
    private mutating func giveUp() -> Piece {
        head += 1
        return .garbled(count: 1, .bodyLength)
    }
}
