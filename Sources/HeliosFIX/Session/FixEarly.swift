// SPDX-License-Identifier: MIT
import HeliosWire

/// Messages that came before their turn, in the order of their numbers.
///
/// What does not fit is not kept: it will be asked for again.
@safe
struct FixEarly: ~Copyable {
    private struct Entry: BitwiseCopyable {
        var sequence: UInt64
        var start: UInt32
        /// Zero: a message that was dealt with already, whose number only has to be passed.
        var count: UInt32
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let bytes: UnsafeMutableRawPointer
    private let capacity: Int
    private let byteCapacity: Int
    private var first = 0
    private var end = 0
    private var used = 0

    init(messages: Int, bytes count: Int) {
        capacity = min(max(messages, 1), 1 << 24)
        byteCapacity = min(max(count, 64), 1 << 30)
        unsafe entries = .allocate(capacity: capacity)
        unsafe bytes = .allocate(byteCount: byteCapacity, alignment: 64)
    }

    deinit {
        unsafe entries.deallocate()
        unsafe bytes.deallocate()
    }

    /// Messages that wait.
    var count: Int { end - first }

    mutating func removeAll() {
        first = 0
        end = 0
        used = 0
    }

    /// Keeps a message, or only its number when `message` is empty; false when there is no room.
    @discardableResult
    mutating func insert(_ sequence: UInt64, _ message: WireBytes) -> Bool {
        if first == end { removeAll() }
        if end == capacity {
            guard first > 0 else { return false }
            // Safe: the entries from `first` to `end` are within the memory.
            unsafe entries.update(from: entries + first, count: end - first)
            end -= first
            first = 0
        }
        guard message.count <= byteCapacity - used else { return false }
        var place = end
        // Safe: every index is between `first` and `end`.
        while place > first, unsafe entries[place - 1].sequence >= sequence { place -= 1 }
        if place < end, unsafe entries[place].sequence == sequence { return true }
        var index = end
        while index > place {
            unsafe entries[index] = entries[index - 1]
            index -= 1
        }
        unsafe entries[place] = Entry(sequence: sequence, start: UInt32(used), count: UInt32(message.count))
        end += 1
        if let start = unsafe message.unsafeBuffer.baseAddress {
            unsafe (bytes + used).copyMemory(from: start, byteCount: message.count)
            used += message.count
        }
        return true
    }

    /// Takes the message with number `sequence` out, and forgets those with lower numbers; nil when it is not there.
    ///
    /// The bytes, none for a number only, are valid until the next `insert`.
    mutating func take(_ sequence: UInt64) -> WireBytes? {
        while first < end {
            // Safe: `first` is below `end`.
            let entry = unsafe entries[first]
            guard entry.sequence <= sequence else { return nil }
            first += 1
            if entry.sequence == sequence {
                let start = unsafe bytes + Int(entry.start)
                return unsafe WireBytes(UnsafeRawBufferPointer(start: start, count: Int(entry.count)))
            }
        }
        return nil
    }
}
