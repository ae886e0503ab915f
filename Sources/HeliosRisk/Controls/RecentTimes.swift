// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// What is counted over time: four words that are compared wholly, so that two different things are never taken for one.
struct RecentKey: BitwiseCopyable, Equatable {
    var a: UInt64 = 0
    var b: UInt64 = 0
    var c: UInt64 = 0
    var d: UInt64 = 0

    /// Keys that differ in `d` only stand near each other.
    var hash: Int {
        // Wrapping is meant: this is a hash (multiplications by odd constants, high bits folded down).
        var hash = a &* 0x9E37_79B9_7F4A_7C15 ^ b &* 0xC2B2_AE3D_27D4_EB4F
        hash = (hash ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9
        hash ^= c &* 0xD6E8_FEB8_6659_FD93
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) &+ d)
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

    /// Places of `stride` bytes: an entry, and behind it the ring of its times.
    private let places: UnsafeMutableRawPointer
    private let stride: Int
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
    /// Where the next look for keys that may be forgotten begins.
    var cursor = 0

    /// - Parameters:
    ///   - keys: the most keys at once.
    ///   - depth: the most times of a key, at most 1,024.
    ///   - longest: the longest window that will be asked for, as far as is known.
    init(keys: Int, depth: Int, longest: Nanoseconds = 0) {
        self.longest = longest
        self.keys = max(keys, 1)
        self.depth = min(max(depth, 1), 1_024)
        var places = 16
        while places * 3 < self.keys * 4 { places *= 2 }
        mask = places - 1
        let size = MemoryLayout<Entry>.stride + self.depth * MemoryLayout<Int64>.stride
        // A place that fits into a cache line, or into two, does not lie in one more.
        stride = size <= 2 * CacheLines.size ? (size + CacheLines.size - 1) / CacheLines.size * CacheLines.size : size
        // Safe: pages of zeros, in which every place is free. Without memory this ends as every other allocation does.
        guard let pages = unsafe helios_reserve(places * stride) else { preconditionFailure("out of memory") }
        unsafe self.places = pages
        // What is small is there before the first order; a depth of a thousand is hardly ever used.
        if places * stride <= 1 << 24 { unsafe helios_prefault(pages, places * stride) }
    }

    func deallocate() { unsafe helios_release(places, (mask + 1) * stride) }

    /// The entry at a place, which must be one of the table.
    @inline(__always)
    private func entry(_ place: Int) -> UnsafeMutablePointer<Entry> {
        // Safe: the callers mask `place`; all bits zero are a free entry.
        unsafe (places + place * stride).assumingMemoryBound(to: Entry.self)
    }

    /// The times of the entry at a place.
    @inline(__always)
    private func times(_ place: Int) -> UnsafeMutablePointer<Int64> {
        // Safe: as `entry`; `depth` times follow it.
        unsafe (places + place * stride + MemoryLayout<Entry>.stride).assumingMemoryBound(to: Int64.self)
    }

    /// Tells the processor that `key` will be asked for soon.
    @inline(__always)
    func prefetch(_ key: RecentKey) { unsafe helios_prefetch(places + (key.hash & mask) * stride) }

    // MARK: Reading

    /// How often `key` happened in the `window` that ends at `now`, its left end open; at most `depth`.
    func count(_ key: RecentKey, within window: Nanoseconds, at now: Timestamp) -> Int {
        let (place, isThere) = find(key)
        guard isThere else { return 0 }
        var found = 0
        // Safe: `find` gives a place of the table.
        let kept = unsafe Int(entry(place).pointee.count)
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
        guard isThere, unsafe Int(entry(place).pointee.count) >= number else { return false }
        return isWithin(window, time(place, number - 1), now)
    }

    /// The time of `key` at `place` that has `newer` newer ones.
    private func time(_ place: Int, _ newer: Int) -> Int64 {
        // Safe: `newer` is below the entry's count, which is at most `depth`, so that the index stays in the place's ring.
        let next = unsafe Int(entry(place).pointee.next)
        let index = next - 1 - newer
        return unsafe times(place)[index < 0 ? index + depth : index]
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
            if used * 2 > keys, sweep() { place = find(key).place }
            if used == keys {
                guard makeRoom() else { return false }
                place = find(key).place
            }
            unsafe entry(place).pointee = Entry(key: key)
            used += 1
        }
        // Safe: `find` gives a place of the table; `next` stays below `depth`.
        let next = unsafe Int(entry(place).pointee.next)
        unsafe times(place)[next] = latest
        unsafe entry(place).pointee.last = latest
        unsafe entry(place).pointee.next = next + 1 == depth ? 0 : UInt32(next + 1)
        unsafe entry(place).pointee.count = min(entry(place).pointee.count + 1, UInt32(depth))
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
            if unsafe entry(place).pointee.count > 0 && shouldForget(entry(place).pointee.key) {
                free(place)
            } else {
                place += 1
            }
        }
    }

    /// Forgets everything but the latest time.
    mutating func removeAll() {
        // Safe: zeroed, every place is free.
        unsafe places.initializeMemory(as: UInt8.self, repeating: 0, count: (mask + 1) * stride)
        used = 0
        cursor = 0
    }

    /// Looks at the next few places and frees those whose last time is out of the longest window: so the table is hardly ever
    /// full, and no order waits for a look at all of it.
    ///
    /// - Returns: whether a place was freed, which may have moved others.
    private mutating func sweep() -> Bool {
        var isChanged = false
        for _ in 0..<4 {
            if isOld(cursor) {
                free(cursor)
                isChanged = true
            } else {
                cursor = (cursor + 1) & mask
            }
        }
        return isChanged
    }

    private func isOld(_ place: Int) -> Bool {
        // Safe: the callers name places of the table.
        let (last, count) = unsafe (entry(place).pointee.last, entry(place).pointee.count)
        return count > 0 && Int128(latest) - Int128(last) >= Int128(longest)
    }

    /// Frees every place whose last time is out of the longest window; false when there is none.
    ///
    /// It looks at the whole table.
    private mutating func makeRoom() -> Bool {
        var place = 0
        while place <= mask {
            if isOld(place) {
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
        while unsafe entry(place).pointee.count != 0 {
            if unsafe entry(place).pointee.key == key { return (place, true) }
            place = (place + 1) & mask
        }
        return (place, false)
    }

    /// Frees a place, and moves those behind it up that would no longer be found.
    private mutating func free(_ place: Int) {
        var hole = place
        var next = (hole + 1) & mask
        // Safe: both are masked to the table.
        while unsafe entry(next).pointee.count != 0 {
            let home = unsafe entry(next).pointee.key.hash & mask
            // It may move if its home does not lie behind the hole.
            if (next - home) & mask >= (next - hole) & mask {
                unsafe entry(hole).pointee = entry(next).pointee
                unsafe times(hole).update(from: times(next), count: depth)
                hole = next
            }
            next = (next + 1) & mask
        }
        unsafe entry(hole).pointee = Entry()
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
        writer.write(cursor)
        writer.write(used)
        for place in 0...mask {
            // Safe: places 0 to `mask`.
            let entry = unsafe entry(place).pointee
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
        let cursor = try reader.read(Int.self)
        guard (0...mask).contains(cursor) else { throw reader.error(.damaged, "a table has no such place") }
        self.cursor = cursor
        let saved = try reader.readCount(upTo: keys, "keys")
        for _ in 0..<saved { try restoreEntry(from: &reader) }
        for place in 0...mask {
            // Safe: places 0 to `mask`.
            guard unsafe entry(place).pointee.count > 0 else { continue }
            guard unsafe find(entry(place).pointee.key) == (place, true) else {
                throw reader.error(.damaged, "a key stands where it is not found, or twice")
            }
        }
    }

    private mutating func restoreEntry(from reader: inout StateReader) throws(StateError) {
        let place = Int(try reader.read(UInt32.self))
        let count = Int(try reader.read(UInt32.self))
        let key = try reader.read(RecentKey.self)
        guard place <= mask, count >= 1, count <= depth, unsafe entry(place).pointee.count == 0 else {
            throw reader.error(.damaged, "a key stands in no place, or has too many times")
        }
        var last = Int64.min
        for index in 0..<count {
            let time = try reader.read(Int64.self)
            guard time >= last, time <= latest else { throw reader.error(.damaged, "a key's times go back") }
            last = time
            // Safe: the place and the count were checked.
            unsafe times(place)[index] = time
        }
        let next = count == depth ? 0 : UInt32(count)
        unsafe entry(place).pointee = Entry(key: key, last: last, count: UInt32(count), next: next)
        used += 1
    }
}
