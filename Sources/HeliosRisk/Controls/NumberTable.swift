// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where a number is kept: a fixed table from a number above zero to a place, exact.
///
/// Open addressing with linear probing; a removed number leaves no trace. It is never iterated, so that its inner order can't
/// reach a result.
@safe
struct NumberTable {
    let keys: UnsafeMutablePointer<UInt64>
    let places: UnsafeMutablePointer<UInt32>
    let mask: Int
    /// The most numbers.
    let capacity: Int
    var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        var size = 16
        while size * 3 < self.capacity * 4 { size *= 2 }
        mask = size - 1
        unsafe keys = .allocate(capacity: size)
        unsafe places = .allocate(capacity: size)
        unsafe keys.initialize(repeating: 0, count: size)
        unsafe places.initialize(repeating: 0, count: size)
    }

    func deallocate() {
        unsafe keys.deallocate()
        unsafe places.deallocate()
    }

    /// The place of `key`, or nil.
    subscript(key: UInt64) -> Int? {
        guard key != 0 else { return nil }
        let slot = slot(of: key)
        // Safe: `slot(of:)` gives a slot of the table.
        return unsafe keys[slot] == key ? Int(places[slot]) : nil
    }

    /// Keeps `place` for `key`; false when the table is full, or the key is zero or there already.
    mutating func insert(_ key: UInt64, _ place: Int) -> Bool {
        guard key != 0, count < capacity else { return false }
        let slot = slot(of: key)
        // Safe: a slot of the table.
        guard unsafe keys[slot] == 0 else { return false }
        unsafe keys[slot] = key
        unsafe places[slot] = UInt32(truncatingIfNeeded: place)
        count += 1
        return true
    }

    /// Forgets `key`.
    mutating func remove(_ key: UInt64) {
        var hole = slot(of: key)
        // Safe: all slots are masked to the table.
        guard key != 0, unsafe keys[hole] == key else { return }
        var next = (hole + 1) & mask
        while unsafe keys[next] != 0 {
            let home = unsafe home(of: keys[next])
            if (next - home) & mask >= (next - hole) & mask {
                unsafe keys[hole] = keys[next]
                unsafe places[hole] = places[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        unsafe keys[hole] = 0
        count -= 1
    }

    mutating func removeAll() {
        unsafe keys.update(repeating: 0, count: mask + 1)
        count = 0
    }

    private func home(of key: UInt64) -> Int {
        // Wrapping is meant: this is a hash.
        let hash = (key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    }

    /// Where the key stands, or the free slot where it would.
    private func slot(of key: UInt64) -> Int {
        var slot = home(of: key)
        // Safe: masked to the table; a free slot exists, since at most three quarters are used.
        while unsafe keys[slot] != 0 && keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }
}
