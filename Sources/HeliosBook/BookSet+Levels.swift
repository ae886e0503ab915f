// SPDX-License-Identifier: MIT
import HeliosMarket

/// The ladders. A ladder is named by its byte offset, `instrument * 64 + side * 32`, a level by the byte offset of its
/// record in the pool; level 0 is nobody.
extension BookSet {
    // Safe: an owner is made from an instrument below the limit and a side, and only by `add` and `setLevel`, which check.
    @inlinable
    @inline(__always)
    func ladder(_ owner: UInt32) -> UnsafeMutablePointer<Ladder> {
        unsafe (ladders + Int(owner)).assumingMemoryBound(to: Ladder.self)
    }

    // Safe: every level number in an order, a ladder or the free list was given out by `takeLevel`, or is 0.
    @inlinable
    @inline(__always)
    func level(at offset: UInt32) -> UnsafeMutablePointer<LevelRecord> {
        unsafe (levels + Int(offset)).assumingMemoryBound(to: LevelRecord.self)
    }

    /// The change flag of the owner's side.
    @inlinable
    @inline(__always)
    func side(_ owner: UInt32) -> BookChange {
        BookChange(rawValue: UInt8(truncatingIfNeeded: (owner &>> 5) & 1) &+ 1)
    }

    /// The better, the greater: the price of a bid, the negative price of an ask.
    @inlinable
    @inline(__always)
    func key(_ price: Int64, _ owner: UInt32) -> Int64 {
        // All ones for a sell: negates the price without a branch.
        let mask = Int64(0) &- Int64((owner &>> 5) & 1)
        return (price ^ mask) &- mask
    }

    /// The price of a key: the same turn back.
    @inlinable
    @inline(__always)
    func price(_ key: Int64, _ owner: UInt32) -> Int64 { self.key(key, owner) }

    /// The keys of a ladder, worst first.
    @inlinable
    @inline(__always)
    func keys(_ ladder: Ladder) -> UnsafeMutablePointer<Int64> {
        // Safe: `count` of them are set; callers stay below it.
        unsafe rungs + Int(ladder.keys)
    }

    /// The numbers of a ladder's levels, parallel to its keys.
    @inlinable
    @inline(__always)
    func numbers(_ ladder: Ladder) -> UnsafeMutablePointer<UInt32> {
        unsafe UnsafeMutableRawPointer(keys(ladder) + Int(ladder.capacity)).assumingMemoryBound(to: UInt32.self)
    }

    /// Key and quantity of the best level of a side; the smallest key when it is empty.
    @inlinable
    @inline(__always)
    func best(_ owner: UInt32) -> (key: Int64, quantity: Int64) {
        let ladder = unsafe self.ladder(owner)
        // Safe: the best level of an empty ladder is nobody's, whose quantity nothing writes.
        return unsafe (ladder.pointee.bestKey, level(at: ladder.pointee.bestLevel).pointee.quantity)
    }

    /// Whether the difference to any other such key fits 64 bits.
    ///
    /// No price of a market comes near.
    @inlinable
    @inline(__always)
    func isInRange(_ key: Int64) -> Bool { key.magnitude < 1 << 62 }

    /// Where `key` stands in the ladder, or where it would have to be put in: the number of worse levels.
    @inlinable
    @inline(__always)
    func position(of key: Int64, in ladder: Ladder) -> Int {
        // Halving without a branch on the keys: where an order joins is close to random, a wrong guess costs more.
        // Safe: `low + rest` never exceeds the count.
        let keys = unsafe self.keys(ladder)
        var low = 0
        var rest = Int(ladder.count)
        while rest > 0 {
            let half = (rest &+ 1) &>> 1
            // All ones where the key is worse: the sign of the difference, exact because keys stay within 2^62.
            let isWorse = unsafe (keys[low &+ half &- 1] &- key) &>> 63
            low &+= Int(isWorse) & half
            rest &-= half
        }
        return low
    }

    /// The level of `key`, opened when it is not there; 0 when there is no memory left.
    @inlinable
    @inline(never)
    mutating func levelNumber(of key: Int64, _ owner: UInt32) -> UInt32 {
        guard isInRange(key) else { return 0 }
        let ladder = unsafe self.ladder(owner).pointee
        let position = position(of: key, in: ladder)
        if unsafe position < Int(ladder.count) && keys(ladder)[position] == key {
            return unsafe numbers(ladder)[position]
        }
        return openLevel(owner, key, at: position)
    }

    /// Puts an empty level for `key` into the ladder at `position`; 0 when there is no memory left.
    @inlinable
    @inline(__always)
    mutating func openLevel(_ owner: UInt32, _ key: Int64, at position: Int) -> UInt32 {
        let ladder = unsafe self.ladder(owner)
        if unsafe ladder.pointee.count == ladder.pointee.capacity {
            guard growLadder(owner) else { return 0 }
        }
        let number = takeLevel()
        if number == 0 { return 0 }
        unsafe level(at: number).pointee = LevelRecord(key: key, quantity: 0, head: 0, tail: 0, count: 0, owner: owner)
        let keys = unsafe keys(ladder.pointee)
        let numbers = unsafe numbers(ladder.pointee)
        var place = unsafe Int(ladder.pointee.count)
        unsafe ladder.pointee.count &+= 1
        if place == position {
            unsafe ladder.pointee.bestKey = key
            unsafe ladder.pointee.bestLevel = number
        }
        while place > position {
            unsafe keys[place] = keys[place &- 1]
            unsafe numbers[place] = numbers[place &- 1]
            place &-= 1
        }
        unsafe keys[position] = key
        unsafe numbers[position] = number
        return number
    }

    /// Takes a level out of its ladder and gives its record back.
    @inlinable
    @inline(never)
    mutating func closeLevel(_ number: UInt32) {
        let level = unsafe self.level(at: number)
        let ladder = unsafe self.ladder(level.pointee.owner)
        let keys = unsafe keys(ladder.pointee)
        let numbers = unsafe numbers(ladder.pointee)
        let last = unsafe Int(ladder.pointee.count) &- 1
        unsafe ladder.pointee.count = UInt32(truncatingIfNeeded: last)
        if unsafe number == ladder.pointee.bestLevel {
            unsafe ladder.pointee.bestKey = last == 0 ? .min : keys[last &- 1]
            unsafe ladder.pointee.bestLevel = last == 0 ? 0 : numbers[last &- 1]
        } else {
            // Safe: the level stands in the ladder, and not last: its key is found below `last`.
            var place = unsafe position(of: level.pointee.key, in: ladder.pointee)
            while place < last {
                unsafe keys[place] = keys[place &+ 1]
                unsafe numbers[place] = numbers[place &+ 1]
                place &+= 1
            }
        }
        unsafe level.pointee.head = freeLevel
        freeLevel = number
    }

    @usableFromInline
    @inline(never)
    mutating func growLadder(_ owner: UInt32) -> Bool {
        unsafe arena.grow(&ladder(owner).pointee)
    }

    @inlinable
    @inline(__always)
    mutating func takeLevel() -> UInt32 {
        let level = freeLevel
        if level != 0 {
            freeLevel = unsafe self.level(at: level).pointee.head
            return level
        }
        guard usedLevels < levelLimit else { return 0 }
        usedLevels &+= UInt32(MemoryLayout<LevelRecord>.stride)
        return usedLevels
    }
}
