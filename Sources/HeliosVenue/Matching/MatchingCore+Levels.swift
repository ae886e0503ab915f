// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// The ladders: `instrument * 8 + group * 2 + side`, group 0 being the continuous book, 1 to 3 the auctions' own orders.
extension MatchingCore {
    @inlinable
    @inline(__always)
    func ladder(_ book: UInt32, _ group: Int, _ side: Side) -> Int {
        Int(book) &* 8 &+ group &* 2 &+ Int(side.rawValue)
    }

    @inlinable
    @inline(__always)
    func keys(_ ladder: Int) -> UnsafeMutablePointer<Int64> { keys + ladder &* capacity.levelsPerSide }

    @inlinable
    @inline(__always)
    func numbers(_ ladder: Int) -> UnsafeMutablePointer<UInt32> { numbers + ladder &* capacity.levelsPerSide }

    /// The better, the greater: the price of a buy, the negative price of a sell; the same turn leads back.
    @inlinable
    @inline(__always)
    func key(_ price: Int64, _ side: Side) -> Int64 { side == .buy ? price : -price }

    /// The price of a key in a ladder.
    @inlinable
    @inline(__always)
    func price(_ key: Int64, in ladder: Int) -> Int64 { ladder & 1 == 0 ? key : -key }

    /// How many levels of the ladder are worse than `key`.
    @inlinable
    @inline(__always)
    func position(of key: Int64, in ladder: Int) -> Int {
        // Halving without a branch on the keys: where an order joins is close to random. Keys stay within 2^61, so the
        // difference is exact and its sign says which is worse.
        let keys = keys(ladder)
        var low = 0
        var rest = Int(ladders[ladder].count)
        while rest > 0 {
            let half = (rest &+ 1) &>> 1
            let isWorse = (keys[low &+ half &- 1] &- key) &>> 63
            low &+= Int(isWorse) & half
            rest &-= half
        }
        return low
    }

    /// The level of `key`, opened when it is not there; 0 when there is no room.
    @inlinable
    @inline(__always)
    mutating func level(of key: Int64, in ladder: Int) -> UInt32 {
        if ladders[ladder].bestKey == key { return ladders[ladder].bestLevel }
        return otherLevel(of: key, in: ladder)
    }

    /// So many are moved here rather than by a call.
    private static var fewLevels: Int { 8 }

    @usableFromInline
    @inline(never)
    mutating func otherLevel(of key: Int64, in ladder: Int) -> UInt32 {
        let place = position(of: key, in: ladder)
        let count = Int(ladders[ladder].count)
        let keys = keys(ladder)
        let numbers = numbers(ladder)
        if place < count, keys[place] == key { return numbers[place] }
        guard count < capacity.levelsPerSide else { return 0 }
        var number = freeLevel
        if number != 0 {
            freeLevel = levels[Int(number)].head
        } else {
            guard Int(usedLevels) < capacity.levels else { return 0 }
            usedLevels += 1
            number = usedLevels
        }
        levels[Int(number)] = RestingLevel(key: key, ladder: UInt32(ladder))
        if count - place <= MatchingCore.fewLevels {
            var slot = count
            while slot > place {
                keys[slot] = keys[slot &- 1]
                numbers[slot] = numbers[slot &- 1]
                slot &-= 1
            }
        } else {
            (keys + place + 1).update(from: keys + place, count: count - place)
            (numbers + place + 1).update(from: numbers + place, count: count - place)
        }
        keys[place] = key
        numbers[place] = number
        ladders[ladder].count += 1
        if place == count {
            ladders[ladder].bestKey = key
            ladders[ladder].bestLevel = number
        }
        return number
    }

    /// Takes the empty level at `place` out of its ladder.
    @usableFromInline
    @inline(never)
    mutating func closeLevel(at place: Int, in ladder: Int) {
        let keys = keys(ladder)
        let numbers = numbers(ladder)
        let last = Int(ladders[ladder].count) - 1
        let number = numbers[place]
        ladders[ladder].count = UInt32(last)
        if last - place <= MatchingCore.fewLevels {
            for slot in place..<last {
                keys[slot] = keys[slot &+ 1]
                numbers[slot] = numbers[slot &+ 1]
            }
        } else {
            (keys + place).update(from: keys + place + 1, count: last - place)
            (numbers + place).update(from: numbers + place + 1, count: last - place)
        }
        if place == last {
            ladders[ladder].bestKey = last == 0 ? .min : keys[last - 1]
            ladders[ladder].bestLevel = last == 0 ? 0 : numbers[last - 1]
        }
        levels[Int(number)].head = freeLevel
        // No hint to it holds any more.
        levels[Int(number)].ladder = .max
        freeLevel = number
    }

    @inlinable
    @inline(__always)
    mutating func closeIfEmpty(_ number: UInt32) {
        if levels[Int(number)].count == 0 { closeEmpty(number) }
    }

    @usableFromInline
    @inline(never)
    mutating func closeEmpty(_ number: UInt32) {
        let ladder = Int(levels[Int(number)].ladder)
        let isBest = ladders[ladder].bestLevel == number
        let place = isBest ? Int(ladders[ladder].count) - 1 : position(of: levels[Int(number)].key, in: ladder)
        closeLevel(at: place, in: ladder)
    }
}

/// The queues of a level.
extension MatchingCore {
    /// How many queues are walked at once by `warm`.
    private static var warmQueues: Int { 16 }

    /// Brings the orders of the levels from `place` downward near, several queues side by side.
    ///
    /// Whoever walks one queue waits for each order's line before it knows the next; side by side the waits overlap.
    ///
    /// - Returns: the lowest place that is near now.
    @usableFromInline
    @inline(never)
    func warm(_ ladder: Int, from place: Int) -> Int {
        let first = max(place + 1 - MatchingCore.warmQueues, 0)
        var cursors = InlineArray<16, UInt32>(repeating: 0)
        for slot in first...place { cursors[slot - first] = levels[Int(numbers(ladder)[slot])].head }
        var isMore = true
        while isMore {
            isMore = false
            for slot in 0..<MatchingCore.warmQueues where cursors[slot] != 0 {
                let order = orders + Int(cursors[slot])
                helios_prefetch(heads + self.slot(order.pointee.owner, order.pointee.id))
                cursors[slot] = order.pointee.next
                isMore = true
            }
        }
        return first
    }

    /// Puts the order at the tail of its queue at `key`; false when there is no room for the level.
    @inlinable
    @inline(__always)
    mutating func place(_ index: UInt32, at key: Int64, in ladder: Int) -> Bool {
        let number = level(of: key, in: ladder)
        if number == 0 { return false }
        append(index, to: number)
        return true
    }

    @inlinable
    @inline(__always)
    mutating func append(_ index: UInt32, to number: UInt32) {
        let order = orders + Int(index)
        let level = levels + Int(number)
        order.pointee.level = number
        order.pointee.next = 0
        if order.pointee.traits.contains(.hidden) {
            let tail = level.pointee.hiddenTail
            order.pointee.previous = tail
            if tail == 0 { level.pointee.hiddenHead = index } else { orders[Int(tail)].next = index }
            level.pointee.hiddenTail = index
        } else {
            let tail = level.pointee.tail
            order.pointee.previous = tail
            if tail == 0 { level.pointee.head = index } else { orders[Int(tail)].next = index }
            level.pointee.tail = index
            if !order.pointee.traits.contains(.apart) { level.pointee.anchors &+= 1 }
        }
        level.pointee.count &+= 1
        level.pointee.shown &+= order.pointee.shown
        if !order.pointee.traits.contains(.apart) { level.pointee.total &+= order.pointee.open }
    }

    /// Takes the order out of its queue; the level stays, even empty.
    @inlinable
    @inline(__always)
    mutating func detach(_ index: UInt32) {
        let order = orders + Int(index)
        let level = levels + Int(order.pointee.level)
        let previous = order.pointee.previous
        let next = order.pointee.next
        let isHidden = order.pointee.traits.contains(.hidden)
        if previous != 0 {
            orders[Int(previous)].next = next
        } else if isHidden {
            level.pointee.hiddenHead = next
        } else {
            level.pointee.head = next
        }
        if next != 0 {
            orders[Int(next)].previous = previous
        } else if isHidden {
            level.pointee.hiddenTail = previous
        } else {
            level.pointee.tail = previous
        }
        if !order.pointee.traits.contains(.apart) {
            if !isHidden { level.pointee.anchors &-= 1 }
            level.pointee.total &-= order.pointee.open
        }
        level.pointee.count &-= 1
        level.pointee.shown &-= order.pointee.shown
        order.pointee.level = 0
    }

    /// The order's open quantity shrinks by `quantity`, `shown` of it displayed; it keeps its place.
    @inlinable
    @inline(__always)
    mutating func shrink(_ index: UInt32, by quantity: Int64, shown: Int64) {
        let order = orders + Int(index)
        if quantity < order.pointee.open { detail(index) }
        let level = levels + Int(order.pointee.level)
        order.pointee.open &-= quantity
        order.pointee.shown &-= shown
        // A peg without a place has level 0, nobody's.
        level.pointee.shown &-= shown
        if !order.pointee.traits.contains(.apart) { level.pointee.total &-= quantity }
        addOpen(-quantity, order.pointee.traits.side, order.pointee.book)
    }
}
