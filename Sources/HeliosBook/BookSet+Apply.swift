// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

extension BookSet {
    /// Folds one event into the books.
    ///
    /// Events that are not about the market change nothing.
    ///
    /// - Returns: what changed. `.bid` and `.ask` say that the best price or its quantity is another one than before.
    /// - Complexity: O(1) for changes of an order; a new or emptied level costs as many steps as there are better ones.
    @inlinable
    @inline(__always)
    public mutating func apply(_ event: Event) -> BookChange {
        // Comparisons in the order of frequency: cheaper than a jump table, whose target the processor must guess too.
        if event.kind == .addOrder { return add(event) }
        if event.kind == .deleteOrder { return remove(event) }
        if event.kind.rawValue <= EventKind.cancelOrder.rawValue, event.kind != .none { return reduce(event) }
        return event.kind == .replaceOrder ? replace(event) : applyOther(event)
    }

    /// Asks the cache for what `apply` of this event will touch first.
    ///
    /// To be called some events ahead.
    @inlinable
    @inline(__always)
    public func prefetch(_ event: Event) {
        // A hint: any address is allowed.
        unsafe helios_prefetch(heads + slot(event.orderID))
    }

    /// Asks the cache for the order that the event names.
    ///
    /// To be called a few events after `prefetch`.
    @inlinable
    @inline(__always)
    public func prefetchOrder(_ event: Event) {
        unsafe helios_prefetch(order(at: heads[slot(event.orderID)]))
    }

    /// Asks the cache for the neighbours of the order that the event names, and for its level, or for the place
    /// where a new order will look for its price.
    ///
    /// To be called a few events after `prefetchOrder`.
    ///
    /// Reads the order's record, which may belong to another reference of the same slot: as a hint that does no harm.
    @inlinable
    @inline(__always)
    public func prefetchLevel(_ event: Event) {
        if event.kind == .addOrder {
            // Any word may stand there: only addresses inside the region are looked at.
            guard event.instrument.id < instrumentLimit else { return }
            let ladder = unsafe self.ladder(event.instrument.id &* 64 &+ UInt32(event.flags.rawValue & 1) &* 32).pointee
            unsafe helios_prefetch(keys(ladder) + (Int(ladder.count) &- 4))
            unsafe helios_prefetch(level(at: ladder.bestLevel))
        } else {
            let record = unsafe order(at: heads[slot(event.orderID)])
            unsafe helios_prefetch(level(at: record.pointee.level))
            unsafe helios_prefetch(order(at: record.pointee.previous))
            unsafe helios_prefetch(order(at: record.pointee.next))
        }
    }

    // MARK: The six

    @inlinable
    @inline(__always)
    mutating func add(_ event: Event) -> BookChange {
        guard event.quantity.raw > 0, event.instrument.id < instrumentLimit else {
            return fault(event.quantity.raw > 0 ? .capacity : .emptyOrder)
        }
        let place = slot(event.orderID)
        let first = unsafe heads[place]
        if first != 0, isListed(event.orderID, from: first) { return fault(.duplicateOrder) }
        let order = takeOrder()
        if order == 0 { return fault(.capacity) }
        let record = unsafe self.order(at: order)
        unsafe record.pointee.id = event.orderID
        unsafe record.pointee.chain = first
        let owner = event.instrument.id &* 64 &+ UInt32(event.flags.rawValue & 1) &* 32
        let change = enqueue(order, owner, event.price.raw, event.quantity.raw, event.eventTime.nanoseconds)
        if change == .refused {
            giveBack(order)
            return fault(.capacity)
        }
        unsafe heads[place] = order
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
        let record = unsafe self.order(at: order)
        let level = unsafe self.level(at: record.pointee.level)
        let taken = event.quantity.raw
        var change: BookChange = []
        if event.kind != .cancelOrder { change = unsafe noteExecution(event, level.pointee.key, level.pointee.owner) }
        let shown = unsafe record.pointee.quantity
        // One comparison for 0 < taken < shown: what is not positive wraps to a number greater than any quantity.
        if UInt64(bitPattern: taken &- 1) < UInt64(bitPattern: shown &- 1) {
            unsafe record.pointee.quantity = shown &- taken
            unsafe level.pointee.quantity &-= taken
            let owner = unsafe level.pointee.owner
            let ladder = unsafe self.ladder(owner)
            unsafe ladder.pointee.lastUpdate = event.eventTime.nanoseconds
            if owner &>> 6 != event.instrument.id { change.formUnion(fault(.otherInstrument)) }
            return unsafe level.pointee.key == ladder.pointee.bestKey ? change.union(side(owner)) : change
        }
        if taken == 0 { return change }
        if taken != shown { change.formUnion(fault(.excessQuantity)) }
        return change.union(remove(event))
    }

    @inlinable
    @inline(never)
    mutating func replace(_ event: Event) -> BookChange {
        let order = find(event.orderID)
        if order == 0 { return fault(.unknownOrder) }
        guard event.quantity.raw > 0 else { return remove(event).union(fault(.emptyOrder)) }
        if event.detail != event.orderID, find(event.detail) != 0 {
            return remove(event).union(fault(.duplicateOrder))
        }
        let record = unsafe self.order(at: order)
        let owner = unsafe self.level(at: record.pointee.level).pointee.owner
        let before = best(owner)
        _ = unlist(event.orderID)
        var change = dequeue(order, event).intersection(.fault)
        let place = slot(event.detail)
        unsafe record.pointee.id = event.detail
        unsafe record.pointee.chain = heads[place]
        let entry = enqueue(order, owner, event.price.raw, event.quantity.raw, event.eventTime.nanoseconds)
        if entry == .refused {
            change = fault(.capacity)
            giveBack(order)
            liveOrders &-= 1
        } else {
            change.formUnion(entry.intersection(.fault))
            unsafe heads[place] = order
        }
        // The order may have left the best level and come back with the same quantity: compare, don't infer.
        let after = best(owner)
        if before.key != after.key || before.quantity != after.quantity { change.formUnion(side(owner)) }
        return change
    }

    // MARK: The queue of a level

    /// Appends the order to the queue of its price, which it opens when nobody is there.
    ///
    /// `.refused` = no memory left, nothing changed.
    @inlinable
    @inline(__always)
    mutating func enqueue(
        _ order: UInt32,
        _ owner: UInt32,
        _ price: Int64,
        _ quantity: Int64,
        _ time: Int64
    ) -> BookChange {
        let key = self.key(price, owner)
        let ladder = unsafe self.ladder(owner)
        let record = unsafe self.order(at: order)
        unsafe ladder.pointee.lastUpdate = time
        unsafe record.pointee.quantity = quantity
        unsafe record.pointee.next = 0
        var number = unsafe ladder.pointee.bestLevel
        var change = side(owner)
        if unsafe key != ladder.pointee.bestKey || number == 0 {
            let isBetter = unsafe key > ladder.pointee.bestKey || number == 0
            number = levelNumber(of: key, owner)
            if number == 0 { return .refused }
            if isBetter { if crosses(owner, key) { change.formUnion(fault(.crossed)) } } else { change = [] }
        }
        let level = unsafe self.level(at: number)
        let tail = unsafe level.pointee.tail
        unsafe record.pointee.level = number
        unsafe record.pointee.previous = tail
        // Safe: a level without orders has the tail 0, and record 0 is nobody's.
        unsafe self.order(at: tail).pointee.next = order
        unsafe level.pointee.tail = order
        if tail == 0 { unsafe level.pointee.head = order }
        // Wraps by intent: a sum beyond 64 bits comes back when its orders leave.
        unsafe level.pointee.quantity &+= quantity
        unsafe level.pointee.count &+= 1
        return change
    }

    /// Takes the order out of its queue, and the level out of the book when it was the last.
    @inlinable
    @inline(__always)
    mutating func dequeue(_ order: UInt32, _ event: Event) -> BookChange {
        let record = unsafe self.order(at: order)
        let number = unsafe record.pointee.level
        let level = unsafe self.level(at: number)
        let owner = unsafe level.pointee.owner
        let ladder = unsafe self.ladder(owner)
        unsafe ladder.pointee.lastUpdate = event.eventTime.nanoseconds
        let isBest = unsafe level.pointee.key == ladder.pointee.bestKey
        var change: BookChange = isBest ? side(owner) : []
        if owner &>> 6 != event.instrument.id { change.formUnion(fault(.otherInstrument)) }
        let remaining = unsafe level.pointee.count &- 1
        unsafe level.pointee.count = remaining
        if remaining == 0 {
            closeLevel(number)
            return change
        }
        let previous = unsafe record.pointee.previous
        let next = unsafe record.pointee.next
        unsafe level.pointee.quantity &-= record.pointee.quantity
        // Safe: record 0 is nobody's, its links are written and never read.
        unsafe self.order(at: previous).pointee.next = next
        unsafe self.order(at: next).pointee.previous = previous
        if previous == 0 { unsafe level.pointee.head = next }
        if next == 0 { unsafe level.pointee.tail = previous }
        return change
    }

    /// Whether a new best `key` meets the other side while the instrument trades continuously.
    @inlinable
    @inline(__always)
    func crosses(_ owner: UInt32, _ key: Int64) -> Bool {
        let other = unsafe self.ladder(owner ^ 32)
        guard unsafe other.pointee.bestLevel != 0 else { return false }
        // Keys of opposite sides have opposite signs: they meet when their sum is not negative.
        guard unsafe other.pointee.bestKey &+ key >= 0 else { return false }
        return phase == .regular && state(Int(owner &>> 6)) == .trading
    }

    @inlinable
    @inline(__always)
    mutating func noteExecution(_ event: Event, _ key: Int64, _ owner: UInt32) -> BookChange {
        guard event.flags.contains(.printable), event.quantity.raw > 0 else { return [] }
        let trade = unsafe trades + Int(owner &>> 6)
        unsafe trade.pointee.price = event.kind == .executeOrder ? price(key, owner) : event.price.raw
        unsafe trade.pointee.time = event.eventTime.nanoseconds
        return .trade
    }

    @usableFromInline
    @inline(never)
    mutating func fault(_ fault: BookFault) -> BookChange {
        faults.note(fault)
        return .fault
    }
}

extension BookChange {
    /// Internal to `enqueue`: there was no memory for the level.
    @usableFromInline static var refused: BookChange {
        @inlinable @inline(__always) get { BookChange(rawValue: 0x80) }
    }
}
