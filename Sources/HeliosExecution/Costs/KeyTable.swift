// SPDX-License-Identifier: MIT

/// Which slot a key has: open addressing with linear probing over memory reserved at the start, and a list of free slots.
///
/// Keys are above zero. It is never iterated in the order of its places, so that its inner order can't reach a result.
struct KeyTable: Sendable {
    private var keys: [UInt64]
    private var slots: [Int32]
    /// Slots that are free, the last one next.
    private var free: [Int32]
    let capacity: Int
    private let mask: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        var places = 16
        while places < self.capacity * 2 { places *= 2 }
        keys = Array(repeating: 0, count: places)
        slots = Array(repeating: 0, count: places)
        free = (0..<Int32(self.capacity)).reversed()
        mask = places - 1
    }

    var count: Int { capacity - free.count }

    private func home(_ key: UInt64) -> Int {
        // Wrapping is meant: this is a hash.
        var hash = key &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 32
        return Int(truncatingIfNeeded: hash) & mask
    }

    private func place(_ key: UInt64) -> Int {
        var place = home(key)
        // At most half of the places are taken, so that a free one exists.
        while keys[place] != 0, keys[place] != key { place = (place + 1) & mask }
        return place
    }

    /// The key's slot; nil when it has none.
    func find(_ key: UInt64) -> Int? {
        let place = place(key)
        return keys[place] == key ? Int(slots[place]) : nil
    }

    /// Gives a key that has none a slot; nil when all are taken.
    mutating func insert(_ key: UInt64) -> Int? {
        guard key != 0, let slot = free.last else { return nil }
        let place = place(key)
        guard keys[place] == 0 else { return nil }
        free.removeLast()
        keys[place] = key
        slots[place] = slot
        return Int(slot)
    }

    /// Takes a key's slot away.
    mutating func remove(_ key: UInt64) {
        var hole = place(key)
        guard keys[hole] == key, key != 0 else { return }
        // Room for it was reserved at the start: it never grows.
        free.append(slots[hole])
        // Those behind move up where the hole would hide them.
        var next = (hole + 1) & mask
        while keys[next] != 0 {
            if (next - home(keys[next])) & mask >= (next - hole) & mask {
                keys[hole] = keys[next]
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        keys[hole] = 0
    }

    /// Forgets all keys.
    mutating func removeAll() {
        for place in keys.indices { keys[place] = 0 }
        free.removeAll(keepingCapacity: true)
        for slot in (0..<Int32(capacity)).reversed() { free.append(slot) }
    }
}
