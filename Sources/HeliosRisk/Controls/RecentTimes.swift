// SPDX-License-Identifier: MIT
import HeliosMarket

/// What is counted over time: four words that are compared wholly, so that two different things are never taken for one.
struct RecentKey: BitwiseCopyable, Equatable {
    var a: UInt64 = 0
    var b: UInt64 = 0
    var c: UInt64 = 0
    var d: UInt64 = 0

    var hash: Int {
        // Wrapping is meant: this is a hash (multiplications by odd constants, high bits folded down).
        var hash = a &* 0x9E37_79B9_7F4A_7C15 ^ b &* 0xC2B2_AE3D_27D4_EB4F
        hash = (hash ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9
        hash ^= c &* 0xD6E8_FEB8_6659_FD93 ^ d &* 0x94D0_49BB_1331_11EB
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: hash ^ hash >> 32)
    }
}

/// The last times at which each of many things happened: a fixed table of keys, each with a ring of its last `depth` times.
///
/// Exact: a key is compared wholly. A key whose last time is out of the window gives its place to another when there is no
/// free one; when all are in use, nothing more is taken (`note` is false) and the owner must refuse. Times never go back: an
/// earlier one than the last counts as the last.
@safe
struct RecentTimes {
    struct Entry: BitwiseCopyable {
        var key = RecentKey()
        /// The newest time.
        var last: Int64 = 0
        /// Times kept, at most `depth`; 0 for a free place.
        var count: UInt32 = 0
        /// Where the next time goes.
        var next: UInt32 = 0
    }

    let entries: UnsafeMutablePointer<Entry>
    let times: UnsafeMutablePointer<Int64>
    let mask: Int
    /// The most keys at once.
    let keys: Int
    /// The most times of a key.
    let depth: Int
    var used = 0
    /// The latest time seen.
    var latest: Int64 = .min
    /// The longest window asked for: what is older is forgotten when room is needed.
    var longest: Nanoseconds = 0

    init(keys: Int, depth: Int) {
        self.keys = max(keys, 1)
        self.depth = min(max(depth, 1), 1_024)
        var places = 16
        while places * 3 < self.keys * 4 { places *= 2 }
        mask = places - 1
        unsafe entries = .allocate(capacity: places)
        unsafe entries.initialize(repeating: Entry(), count: places)
        unsafe times = .allocate(capacity: places * self.depth)
        unsafe times.initialize(repeating: 0, count: places * self.depth)
    }

    func deallocate() {
        unsafe entries.deallocate()
        unsafe times.deallocate()
    }

    // MARK: Reading

    /// How often `key` happened in the `window` that ends at `now`, its left end open; at most `depth`.
    func count(_ key: RecentKey, within window: Nanoseconds, at now: Timestamp) -> Int {
        let (place, isThere) = find(key)
        guard isThere else { return 0 }
        var found = 0
        // Safe: `find` gives a place of the table.
        let kept = unsafe Int(entries[place].count)
        while found < kept, isWithin(window, time(place, found), now) { found += 1 }
        return found
    }

    /// Whether `key` happened at least `number` times in the window: one comparison, however many they are.
    ///
    /// Never for more than `depth`; always for none.
    func has(_ number: Int, of key: RecentKey, within window: Nanoseconds, at now: Timestamp) -> Bool {
        guard number > 0 else { return true }
        let (place, isThere) = find(key)
        // Safe: `find` gives a place of the table.
        guard isThere, unsafe Int(entries[place].count) >= number else { return false }
        return isWithin(window, time(place, number - 1), now)
    }

    /// The time of `key` at `place` that has `newer` newer ones.
    private func time(_ place: Int, _ newer: Int) -> Int64 {
        // Safe: `newer` is below the entry's count, which is at most `depth`, so that the index stays in the place's ring.
        let next = unsafe Int(entries[place].next)
        let index = next - 1 - newer
        return unsafe times[place * depth + (index < 0 ? index + depth : index)]
    }

    private func isWithin(_ window: Nanoseconds, _ time: Int64, _ now: Timestamp) -> Bool {
        Int128(max(now.nanoseconds, latest)) - Int128(time) < Int128(window)
    }

    // MARK: Changing

    /// Remembers that `key` happened at `now`; false when all places are taken by others that happened within `window`.
    mutating func note(_ key: RecentKey, at now: Timestamp, keeping window: Nanoseconds) -> Bool {
        latest = max(latest, now.nanoseconds)
        longest = max(longest, window)
        let (found, isThere) = find(key)
        var place = found
        if !isThere {
            if used == keys {
                guard makeRoom() else { return false }
                place = find(key).place
            }
            unsafe entries[place] = Entry(key: key)
            used += 1
        }
        // Safe: `find` gives a place of the table; `next` stays below `depth`.
        let next = unsafe Int(entries[place].next)
        unsafe times[place * depth + next] = latest
        unsafe entries[place].last = latest
        unsafe entries[place].next = next + 1 == depth ? 0 : UInt32(next + 1)
        unsafe entries[place].count = min(entries[place].count + 1, UInt32(depth))
        return true
    }

    /// Forgets `key`.
    mutating func forget(_ key: RecentKey) {
        let (place, isThere) = find(key)
        if isThere { free(place) }
    }

    /// Forgets every key that `shouldForget`.
    mutating func forget(where shouldForget: (RecentKey) -> Bool) {
        var place = 0
        while place <= mask {
            // Safe: places 0 to `mask`. A freed place may have been filled by a later one: it is looked at again.
            if unsafe entries[place].count > 0 && shouldForget(entries[place].key) {
                free(place)
            } else {
                place += 1
            }
        }
    }

    /// Forgets everything but the latest time.
    mutating func removeAll() {
        unsafe entries.update(repeating: Entry(), count: mask + 1)
        used = 0
    }

    /// Frees every place whose last time is out of the longest window; false when there is none.
    ///
    /// It looks at the whole table, which happens once for as many new keys as it frees.
    private mutating func makeRoom() -> Bool {
        var place = 0
        while place <= mask {
            // Safe: places 0 to `mask`.
            let isOld = unsafe Int128(latest) - Int128(entries[place].last) >= Int128(longest)
            if unsafe entries[place].count > 0, isOld {
                free(place)
            } else {
                place += 1
            }
        }
        return used < keys
    }

    /// Where the key stands, or the free place where it would.
    private func find(_ key: RecentKey) -> (place: Int, isThere: Bool) {
        var place = key.hash & mask
        // Safe: `place` is masked to the table; a free one exists, since `keys` is at most three quarters of the places.
        while unsafe entries[place].count != 0 {
            if unsafe entries[place].key == key { return (place, true) }
            place = (place + 1) & mask
        }
        return (place, false)
    }

    /// Frees a place, and moves those behind it up that would no longer be found.
    private mutating func free(_ place: Int) {
        var hole = place
        var next = (hole + 1) & mask
        // Safe: both are masked to the table.
        while unsafe entries[next].count != 0 {
            let home = unsafe entries[next].key.hash & mask
            // It may move if its home does not lie behind the hole.
            if (next - home) & mask >= (next - hole) & mask {
                unsafe entries[hole] = entries[next]
                unsafe (times + hole * depth).update(from: times + next * depth, count: depth)
                hole = next
            }
            next = (next + 1) & mask
        }
        unsafe entries[hole] = Entry()
        used -= 1
    }

    // MARK: State

    /// Appends the keys in the order of their places, each with its times, the oldest first.
    func save(to writer: inout StateWriter) {
        writer.mark("recent")
        writer.write(keys)
        writer.write(depth)
        writer.write(latest)
        writer.write(longest)
        writer.write(used)
        for place in 0...mask {
            // Safe: places 0 to `mask`.
            let entry = unsafe entries[place]
            guard entry.count > 0 else { continue }
            writer.write(UInt32(place))
            writer.write(entry.count)
            writer.write(entry.key)
            for newer in (0..<Int(entry.count)).reversed() { writer.write(time(place, newer)) }
        }
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("recent")
        try reader.match(keys, "room for keys")
        try reader.match(depth, "times of a key")
        removeAll()
        latest = try reader.read(Int64.self)
        longest = try reader.read(Int64.self)
        let saved = try reader.readCount(upTo: keys, "keys")
        for _ in 0..<saved { try restoreEntry(from: &reader) }
        for place in 0...mask {
            // Safe: places 0 to `mask`.
            guard unsafe entries[place].count > 0 else { continue }
            guard unsafe find(entries[place].key) == (place, true) else {
                throw reader.error(.damaged, "a key stands where it is not found, or twice")
            }
        }
    }

    private mutating func restoreEntry(from reader: inout StateReader) throws(StateError) {
        let place = Int(try reader.read(UInt32.self))
        let count = Int(try reader.read(UInt32.self))
        let key = try reader.read(RecentKey.self)
        guard place <= mask, count >= 1, count <= depth, unsafe entries[place].count == 0 else {
            throw reader.error(.damaged, "a key stands in no place, or has too many times")
        }
        var last = Int64.min
        for index in 0..<count {
            let time = try reader.read(Int64.self)
            guard time >= last, time <= latest else { throw reader.error(.damaged, "a key's times go back") }
            last = time
            // Safe: the place and the count were checked.
            unsafe times[place * depth + index] = time
        }
        let next = count == depth ? 0 : UInt32(count)
        unsafe entries[place] = Entry(key: key, last: last, count: UInt32(count), next: next)
        used += 1
    }
}
