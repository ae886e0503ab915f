// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

extension BookSet {
    /// Folds one event into the books. Events that are not about the market change nothing.
    ///
    /// - Returns: what changed. `.bid` and `.ask` say that the best price or its quantity is another one than before.
    /// - Complexity: O(1) for changes of an order; a new or emptied level costs as many steps as there are better ones.
    @inlinable
    public mutating func apply(_ event: Event) -> BookChange {
        switch event.kind {
        case .addOrder: add(event)
        case .deleteOrder: remove(event)
        case .replaceOrder: replace(event)
        case .executeOrder, .cancelOrder: reduce(event)
        case .executeOrderAtPrice: reduce(event)
        default: applyOther(event)
        }
    }

    /// Asks the cache for what `apply` of this event will touch first. To be called some events ahead.
    @inlinable
    @inline(__always)
    public func prefetch(_ event: Event) {
        unsafe helios_prefetch(heads + Int(slot(event.orderID)))
    }

    /// Asks the cache for the order that the event names. To be called a few events after `prefetch`.
    @inlinable
    @inline(__always)
    public func prefetchOrder(_ event: Event) {
        unsafe helios_prefetch(orders + Int(heads[Int(slot(event.orderID))]))
    }

    /// The place of a reference in the table: its low bits, shifted by a multiple of the high ones, so that neighbours
    /// stay neighbours while references that share their low bits do not meet.
    @inlinable
    @inline(__always)
    func slot(_ id: OrderID) -> UInt64 {
        // Wraps by intent: a hash.
        (id &+ (id &>> slotBits) &* 0x9E37_79B9_7F4A_7C15) & slotMask
    }

    // MARK: The six

    @inlinable
    @inline(__always)
    mutating func add(_ event: Event) -> BookChange {
        guard event.quantity.raw > 0, event.instrument.index < capacity.instruments else {
            return fault(event.quantity.raw > 0 ? .capacity : .emptyOrder)
        }
        let place = slot(event.orderID)
        let first = unsafe heads[Int(place)]
        if first != 0, isListed(event.orderID, from: first) { return fault(.duplicateOrder) }
        let order = takeOrder()
        if order == 0 { return fault(.capacity) }
        unsafe orders[Int(order)].id = event.orderID
        unsafe orders[Int(order)].chain = first
        let change = enqueue(
            order, event.instrument.id &* 2 &+ UInt32(event.flags.rawValue & 1), event.price.raw, event.quantity.raw,
            event.eventTime)
        if change.contains(.fault), faults.last == .capacity {
            giveBack(order)
            return change
        }
        unsafe heads[Int(place)] = order
        liveOrders &+= 1
        return change
    }

    @inlinable
    @inline(__always)
    mutating func remove(_ event: Event) -> BookChange {
        let order = unlist(event.orderID)
        if order == 0 { return fault(.unknownOrder) }
        let change = dequeue(order, event)
        giveBack(order)
        liveOrders &-= 1
        return change
    }

    @inlinable
    @inline(__always)
    mutating func reduce(_ event: Event) -> BookChange {
        let order = find(event.orderID)
        if order == 0 { return fault(.unknownOrder) }
        let left = unsafe orders[Int(order)].quantity &- event.quantity.raw
        let level = unsafe Int(orders[Int(order)].level)
        var change: BookChange = []
        if event.kind != .cancelOrder { change = noteExecution(event, unsafe levels[level].key, unsafe levels[level].owner) }
        if left > 0, event.quantity.raw >= 0 {
            unsafe orders[Int(order)].quantity = left
            unsafe levels[level].quantity &-= event.quantity.raw
            unsafe books[Int(levels[level].owner >> 1)].lastUpdate = event.eventTime.nanoseconds
            return change.union(bestChange(level))
        }
        if left != 0 { change.formUnion(fault(.excessQuantity)) }
        return change.union(remove(event))
    }

    @inlinable
    @inline(__always)
    mutating func replace(_ event: Event) -> BookChange {
        let order = find(event.orderID)
        if order == 0 { return fault(.unknownOrder) }
        guard event.quantity.raw > 0 else {
            return remove(event).union(fault(.emptyOrder))
        }
        if event.detail != event.orderID {
            let first = unsafe heads[Int(slot(event.detail))]
            if first != 0, isListed(event.detail, from: first) {
                return remove(event).union(fault(.duplicateOrder))
            }
        }
        let owner = unsafe levels[Int(orders[Int(order)].level)].owner
        let before = best(owner)
        _ = unlist(event.orderID)
        var change = dequeue(order, event).intersection(.fault)
        let place = slot(event.detail)
        unsafe orders[Int(order)].id = event.detail
        unsafe orders[Int(order)].chain = heads[Int(place)]
        change.formUnion(enqueue(order, owner, event.price.raw, event.quantity.raw, event.eventTime).intersection(.fault))
        if change.contains(.fault), faults.last == .capacity {
            giveBack(order)
            liveOrders &-= 1
        } else {
            unsafe heads[Int(place)] = order
        }
        // The order may have left the best level and come back with the same quantity: compare, don't infer.
        let after = best(owner)
        if before.key != after.key || before.quantity != after.quantity {
            change.formUnion(owner & 1 == 0 ? .bid : .ask)
        }
        return change
    }

    // MARK: The table of orders

    /// The order's record, or 0.
    @inlinable
    @inline(__always)
    func find(_ id: OrderID) -> UInt32 {
        var order = unsafe heads[Int(slot(id))]
        while order != 0, unsafe orders[Int(order)].id != id { order = unsafe orders[Int(order)].chain }
        return order
    }

    @inlinable
    func isListed(_ id: OrderID, from first: UInt32) -> Bool {
        var order = first
        while order != 0 {
            if unsafe orders[Int(order)].id == id { return true }
            order = unsafe orders[Int(order)].chain
        }
        return false
    }

    /// Takes the order out of the table; its record, or 0 when it is not there.
    @inlinable
    @inline(__always)
    mutating func unlist(_ id: OrderID) -> UInt32 {
        let place = Int(slot(id))
        let first = unsafe heads[place]
        if unsafe first != 0 && orders[Int(first)].id == id {
            unsafe heads[place] = orders[Int(first)].chain
            return first
        }
        return unlistFurther(id, first)
    }

    @inlinable
    mutating func unlistFurther(_ id: OrderID, _ first: UInt32) -> UInt32 {
        var before = first
        while before != 0 {
            let order = unsafe orders[Int(before)].chain
            if unsafe order != 0 && orders[Int(order)].id == id {
                unsafe orders[Int(before)].chain = orders[Int(order)].chain
                return order
            }
            before = order
        }
        return 0
    }

    @inlinable
    @inline(__always)
    mutating func takeOrder() -> UInt32 {
        let order = freeOrder
        if order != 0 {
            freeOrder = unsafe orders[Int(order)].next
            return order
        }
        guard Int(usedOrders) < capacity.orders else { return 0 }
        usedOrders &+= 1
        return usedOrders
    }

    @inlinable
    @inline(__always)
    mutating func giveBack(_ order: UInt32) {
        unsafe orders[Int(order)].next = freeOrder
        freeOrder = order
    }

    // MARK: Levels

    /// Appends the order to the queue of its price, which it opens when nobody is there.
    @inlinable
    @inline(__always)
    mutating func enqueue(
        _ order: UInt32,
        _ owner: UInt32,
        _ price: Int64,
        _ quantity: Int64,
        _ time: Timestamp
    ) -> BookChange {
        // All ones for a sell: negates the price without a branch.
        let mask = Int64(0) &- Int64(owner & 1)
        let key = (price ^ mask) &- mask
        unsafe books[Int(owner >> 1)].lastUpdate = time.nanoseconds
        let ladder = unsafe self.ladder(owner)
        let count = unsafe Int(ladder.pointee.count)
        let position = unsafe position(of: key, in: ladder.pointee)
        unsafe orders[Int(order)].quantity = quantity
        unsafe orders[Int(order)].next = 0
        if position < count, let keys = unsafe ladder.pointee.keys, unsafe keys[position] == key {
            let level = unsafe numbers(ladder.pointee)[position]
            let tail = unsafe levels[Int(level)].tail
            unsafe orders[Int(order)].level = level
            unsafe orders[Int(order)].previous = tail
            // A level of a level-only feed has no tail: nobody's link may be written.
            unsafe orders[Int(tail)].next = order
            unsafe levels[Int(level)].tail = order
            if tail == 0 { unsafe levels[Int(level)].head = order }
            unsafe levels[Int(level)].quantity &+= quantity
            unsafe levels[Int(level)].count &+= 1
            return position == count &- 1 ? side(owner) : []
        }
        let level = openLevel(owner, key, at: position)
        if level == 0 { return fault(.capacity) }
        unsafe orders[Int(order)].level = level
        unsafe orders[Int(order)].previous = 0
        unsafe levels[Int(level)].head = order
        unsafe levels[Int(level)].tail = order
        unsafe levels[Int(level)].count = 1
        unsafe levels[Int(level)].quantity = quantity
        guard position == count else { return [] }
        return crosses(owner, key) ? side(owner).union(fault(.crossed)) : side(owner)
    }

    /// Takes the order out of its queue, and the level out of the book when it was the last.
    @inlinable
    @inline(__always)
    mutating func dequeue(_ order: UInt32, _ event: Event) -> BookChange {
        let record = unsafe orders[Int(order)]
        let level = Int(record.level)
        let owner = unsafe levels[level].owner
        unsafe books[Int(owner >> 1)].lastUpdate = event.eventTime.nanoseconds
        var change: BookChange = owner >> 1 == event.instrument.id ? [] : fault(.otherInstrument)
        unsafe orders[Int(record.previous)].next = record.next
        unsafe orders[Int(record.next)].previous = record.previous
        let remaining = unsafe levels[level].count &- 1
        if remaining == 0 {
            change.formUnion(closeLevel(record.level))
            return change
        }
        unsafe levels[level].count = remaining
        unsafe levels[level].quantity &-= record.quantity
        if record.previous == 0 { unsafe levels[level].head = record.next }
        if record.next == 0 { unsafe levels[level].tail = record.previous }
        return change.union(bestChange(level))
    }

    /// The side's flag when `level` is the best of its side, otherwise nothing.
    @inlinable
    @inline(__always)
    func bestChange(_ level: Int) -> BookChange {
        let owner = unsafe levels[level].owner
        let ladder = unsafe self.ladder(owner)
        let last = unsafe Int(ladder.pointee.count) &- 1
        return unsafe numbers(ladder.pointee)[last] == UInt32(truncatingIfNeeded: level) ? side(owner) : []
    }

    @inlinable
    @inline(__always)
    func side(_ owner: UInt32) -> BookChange { BookChange(rawValue: 1 &<< UInt8(truncatingIfNeeded: owner & 1)) }

    @inlinable
    @inline(__always)
    func ladder(_ owner: UInt32) -> UnsafeMutablePointer<Ladder> {
        // The two ladders are the first two members of a book, so that the owner number is an index into ladders of
        // which every other pair of places is something else: book = 4 ladders' room.
        let book = unsafe UnsafeMutableRawPointer(books + Int(owner >> 1))
        return unsafe (book + Int(owner & 1) &* MemoryLayout<Ladder>.stride).assumingMemoryBound(to: Ladder.self)
    }

    /// The numbers of a ladder's levels, parallel to its keys. Only for a ladder that has room.
    @inlinable
    @inline(__always)
    func numbers(_ ladder: Ladder) -> UnsafeMutablePointer<UInt32> {
        // Safe: a ladder with a level has memory; the one caller that may meet an empty ladder does not read.
        unsafe UnsafeMutableRawPointer(ladder.keys.unsafelyUnwrapped + Int(ladder.capacity))
            .assumingMemoryBound(to: UInt32.self)
    }

    /// Where `key` stands in the ladder, or where it would have to be put in: the number of worse levels.
    @inlinable
    @inline(__always)
    func position(of key: Int64, in ladder: Ladder) -> Int {
        guard let keys = unsafe ladder.keys else { return 0 }
        var position = Int(ladder.count)
        let near = max(0, position &- 24)
        while position > near {
            if unsafe keys[position &- 1] < key { return position }
            position &-= 1
            if unsafe keys[position] == key { return position }
        }
        return position == 0 ? 0 : unsafe farPosition(of: key, keys, below: position)
    }

    /// The same by halving, for keys far from the best.
    @inlinable
    @inline(never)
    func farPosition(of key: Int64, _ keys: UnsafeMutablePointer<Int64>, below end: Int) -> Int {
        var low = 0
        var high = end
        while low < high {
            let middle = (low &+ high) &>> 1
            if unsafe keys[middle] < key { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// Puts a level for `key` into the ladder at `position`; 0 when there is no memory left.
    @inlinable
    mutating func openLevel(_ owner: UInt32, _ key: Int64, at position: Int) -> UInt32 {
        let ladder = unsafe self.ladder(owner)
        if unsafe ladder.pointee.count == ladder.pointee.capacity {
            guard growLadder(owner) else { return 0 }
        }
        let level = takeLevel()
        if level == 0 { return 0 }
        unsafe levels[Int(level)].key = key
        unsafe levels[Int(level)].owner = owner
        guard let keys = unsafe ladder.pointee.keys else { return 0 }
        let numbers = unsafe numbers(ladder.pointee)
        var place = unsafe Int(ladder.pointee.count)
        unsafe ladder.pointee.count &+= 1
        while place > position {
            unsafe keys[place] = keys[place &- 1]
            unsafe numbers[place] = numbers[place &- 1]
            place &-= 1
        }
        unsafe keys[position] = key
        unsafe numbers[position] = level
        return level
    }

    @usableFromInline
    @inline(never)
    mutating func growLadder(_ owner: UInt32) -> Bool {
        let ladder = unsafe self.ladder(owner)
        return unsafe ladders.grow(&ladder.pointee)
    }

    /// Takes an empty level out of its ladder.
    @inlinable
    mutating func closeLevel(_ level: UInt32) -> BookChange {
        let owner = unsafe levels[Int(level)].owner
        let ladder = unsafe self.ladder(owner)
        guard let keys = unsafe ladder.pointee.keys else { return [] }
        let numbers = unsafe numbers(ladder.pointee)
        let last = unsafe Int(ladder.pointee.count) &- 1
        var place = last
        if unsafe numbers[last] != level {
            place = unsafe position(of: levels[Int(level)].key, in: ladder.pointee)
        }
        let change = place == last ? side(owner) : []
        while place < last {
            unsafe keys[place] = keys[place &+ 1]
            unsafe numbers[place] = numbers[place &+ 1]
            place &+= 1
        }
        unsafe ladder.pointee.count = UInt32(truncatingIfNeeded: last)
        unsafe levels[Int(level)].count = 0
        unsafe levels[Int(level)].owner = freeLevel
        freeLevel = level
        return change
    }

    @inlinable
    mutating func takeLevel() -> UInt32 {
        let level = freeLevel
        if level != 0 {
            freeLevel = unsafe levels[Int(level)].owner
            return level
        }
        guard Int(usedLevels) < capacity.levels else { return 0 }
        usedLevels &+= 1
        return usedLevels
    }

    /// Key and quantity of the best level of a side; the smallest key when it is empty.
    @inlinable
    @inline(__always)
    func best(_ owner: UInt32) -> (key: Int64, quantity: Int64) {
        let ladder = unsafe self.ladder(owner)
        guard unsafe ladder.pointee.count > 0 else { return (.min, 0) }
        let level = unsafe Int(numbers(ladder.pointee)[Int(ladder.pointee.count) &- 1])
        return unsafe (levels[level].key, levels[level].quantity)
    }

    /// Whether a new best `key` meets the other side while the instrument trades continuously.
    @inlinable
    @inline(__always)
    func crosses(_ owner: UInt32, _ key: Int64) -> Bool {
        let other = unsafe self.ladder(owner ^ 1)
        let count = unsafe Int(other.pointee.count)
        guard count > 0, let keys = unsafe other.pointee.keys else { return false }
        // Keys of opposite sides have opposite signs: they meet when their sum is not negative.
        guard unsafe keys[count &- 1] &+ key >= 0 else { return false }
        return phase == .regular && state(Int(owner >> 1)) == .trading
    }

    @inlinable
    @inline(__always)
    mutating func noteExecution(_ event: Event, _ key: Int64, _ owner: UInt32) -> BookChange {
        guard event.flags.contains(.printable) else { return [] }
        let price = event.kind == .executeOrder ? (owner & 1 == 0 ? key : 0 &- key) : event.price.raw
        unsafe books[Int(owner >> 1)].lastTradePrice = price
        unsafe books[Int(owner >> 1)].lastTradeTime = event.eventTime.nanoseconds
        return .trade
    }

    @usableFromInline
    @inline(never)
    mutating func fault(_ fault: BookFault) -> BookChange {
        faults.note(fault)
        return .fault
    }
}
