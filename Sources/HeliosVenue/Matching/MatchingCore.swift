// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket
import HeliosMath

/// The state of the engine.
///
/// ```
///  (owner, id) ──hash──► heads ─► RestingOrder ──► RestingLevel ──► RestingLadder    per instrument: eight ladders,
///                                   │  ▲  beside it:    │ two queues:                 (book, three auctions) × (buy, sell)
///                                   └──┴─ OrderTerms    └ displayed, hidden
/// ```
/// Orders and levels are named by their place in a pool; 0 is nobody. A ladder is a sorted array of keys (the better, the
/// greater) with the level numbers beside it, the best last, because most changes are near the best. Memory is reserved
/// once; nothing is allocated after `init`.
// Safe: every number of an order, level or ladder that the code below follows was given out by this core and is below its
// capacity; instruments and owners in commands are checked on entry.
@usableFromInline
struct MatchingCore: ~Copyable {
    /// The key of an order without a limit, above every price.
    @inlinable
    static var noLimit: Int64 { 1 << 61 }
    /// What one side of one instrument may have open.
    @inlinable
    static var largestTotal: Int64 { 1 << 62 }
    /// How far down the pile of free records lines are fetched.
    @inlinable
    static var freeAhead: Int { 8 }

    @usableFromInline let orders: UnsafeMutablePointer<RestingOrder>
    @usableFromInline let terms: UnsafeMutablePointer<OrderTerms>
    @usableFromInline let heads: UnsafeMutablePointer<UInt32>
    @usableFromInline let levels: UnsafeMutablePointer<RestingLevel>
    @usableFromInline let ladders: UnsafeMutablePointer<RestingLadder>
    @usableFromInline let keys: UnsafeMutablePointer<Int64>
    @usableFromInline let numbers: UnsafeMutablePointer<UInt32>
    @usableFromInline let books: UnsafeMutablePointer<MatchingBook>
    /// Live orders of each owner.
    @usableFromInline let owners: UnsafeMutablePointer<UInt32>
    /// The latest executions, for undoing.
    @usableFromInline let trades: UnsafeMutablePointer<TradeRecord>
    /// Those who trade in an auction: buyers, then sellers.
    @usableFromInline let scratch: UnsafeMutablePointer<UInt32>
    /// A pile of free records' numbers; in front of it stand some that are nobody's.
    @usableFromInline let free: UnsafeMutablePointer<UInt32>
    /// By ladder and price: where a level was last found.
    @usableFromInline let hints: UnsafeMutablePointer<UInt32>
    @usableFromInline let hintMask: UInt64
    @usableFromInline let slotMask: UInt64
    @usableFromInline let tradeMask: UInt64
    @usableFromInline let capacity: MatchingCapacity
    private let region: UnsafeMutableRawPointer
    private let regionSize: Int

    @usableFromInline var freeOrders = 0
    @usableFromInline var freeLevel: UInt32 = 0
    @usableFromInline var usedOrders: UInt32 = 0
    @usableFromInline var usedLevels: UInt32 = 0
    @usableFromInline var liveOrders = 0
    @usableFromInline var lastReference: UInt64 = 0
    @usableFromInline var lastMatch: UInt64 = 0
    @usableFromInline var now: Timestamp = .zero
    @usableFromInline var random: SeededRandom

    @usableFromInline
    init(capacity: MatchingCapacity, seed: UInt64) throws(MatchingCapacityError) {
        self.capacity = capacity
        random = SeededRandom(seed: seed)
        let slots = MatchingCore.powerOfTwo(capacity.orders)
        let kept = MatchingCore.powerOfTwo(capacity.trades)
        slotMask = UInt64(slots - 1)
        tradeMask = UInt64(kept - 1)
        let hintCount = MatchingCore.powerOfTwo(min(capacity.levels, 1 << 16))
        hintMask = UInt64(hintCount - 1)
        let rungs = capacity.instruments * 8 * capacity.levelsPerSide
        let sizes = [
            (capacity.orders + 1) * MemoryLayout<RestingOrder>.stride,
            (capacity.orders + 1) * MemoryLayout<OrderTerms>.stride,
            slots * MemoryLayout<UInt32>.stride,
            (capacity.levels + 1) * MemoryLayout<RestingLevel>.stride,
            capacity.instruments * 8 * MemoryLayout<RestingLadder>.stride,
            rungs * MemoryLayout<Int64>.stride,
            rungs * MemoryLayout<UInt32>.stride,
            capacity.instruments * MemoryLayout<MatchingBook>.stride,
            capacity.owners * MemoryLayout<UInt32>.stride,
            kept * MemoryLayout<TradeRecord>.stride,
            // Two lists and room to look ahead.
            (capacity.orders + 1 + 8) * 2 * MemoryLayout<UInt32>.stride,
            hintCount * MemoryLayout<UInt32>.stride,
            (capacity.orders + MatchingCore.freeAhead) * MemoryLayout<UInt32>.stride,
        ]
        // Each part starts on a cache line of its own.
        let starts = sizes.indices.map { part in sizes[..<part].reduce(0) { $0 + ($1 + 63) / 64 * 64 } }
        regionSize = sizes.reduce(0) { $0 + ($1 + 63) / 64 * 64 }
        guard let region = helios_reserve(regionSize) else { throw MatchingCapacityError(bytes: regionSize) }
        self.region = region
        orders = (region + starts[0]).assumingMemoryBound(to: RestingOrder.self)
        terms = (region + starts[1]).assumingMemoryBound(to: OrderTerms.self)
        heads = (region + starts[2]).assumingMemoryBound(to: UInt32.self)
        levels = (region + starts[3]).assumingMemoryBound(to: RestingLevel.self)
        ladders = (region + starts[4]).assumingMemoryBound(to: RestingLadder.self)
        keys = (region + starts[5]).assumingMemoryBound(to: Int64.self)
        numbers = (region + starts[6]).assumingMemoryBound(to: UInt32.self)
        books = (region + starts[7]).assumingMemoryBound(to: MatchingBook.self)
        owners = (region + starts[8]).assumingMemoryBound(to: UInt32.self)
        trades = (region + starts[9]).assumingMemoryBound(to: TradeRecord.self)
        scratch = (region + starts[10]).assumingMemoryBound(to: UInt32.self)
        hints = (region + starts[11]).assumingMemoryBound(to: UInt32.self)
        free = (region + starts[12]).assumingMemoryBound(to: UInt32.self) + MatchingCore.freeAhead
        ladders.initialize(repeating: RestingLadder(), count: capacity.instruments * 8)
        books.initialize(repeating: MatchingBook(), count: capacity.instruments)
    }

    deinit { helios_release(region, regionSize) }

    private static func powerOfTwo(_ least: Int) -> Int {
        var size = 16
        while size < least { size *= 2 }
        return size
    }

    @usableFromInline
    func prefault(orders count: Int, levels levelCount: Int) {
        let count = min(max(count, 0), capacity.orders)
        helios_prefault(orders, count * MemoryLayout<RestingOrder>.stride)
        helios_prefault(terms, count * MemoryLayout<OrderTerms>.stride)
        helios_prefault(heads, Int(slotMask + 1) * MemoryLayout<UInt32>.stride)
        helios_prefault(free - MatchingCore.freeAhead, (count + MatchingCore.freeAhead) * MemoryLayout<UInt32>.stride)
        helios_prefault(scratch, count * MemoryLayout<UInt32>.stride)
        helios_prefault(scratch + capacity.orders + 1, count * MemoryLayout<UInt32>.stride)
        helios_prefault(hints, Int(hintMask + 1) * MemoryLayout<UInt32>.stride)
        helios_prefault(levels, min(max(levelCount, 0), capacity.levels) * MemoryLayout<RestingLevel>.stride)
        helios_prefault(trades, Int(tradeMask + 1) * MemoryLayout<TradeRecord>.stride)
    }
}

/// The pool and the table of orders.
extension MatchingCore {
    @inlinable
    @inline(__always)
    func slot(_ owner: UInt32, _ id: UInt64) -> Int {
        // Wraps by intent: a hash that keeps neighbouring numbers of one owner neighbours, for owners number upward.
        let spread = UInt64(owner) &* 0x9E37_79B9_7F4A_7C15 &>> 24 &+ (id &>> 20) &* 0x9E37_79B9_7F4A_7C15 &>> 32
        return Int(truncatingIfNeeded: (id &+ spread) & slotMask)
    }

    /// The owner's live order of this number, or 0.
    @inlinable
    @inline(__always)
    func find(_ owner: UInt32, _ id: UInt64) -> UInt32 {
        var index = heads[slot(owner, id)]
        while index != 0, orders[Int(index)].id != id || orders[Int(index)].owner != owner {
            index = orders[Int(index)].chain
        }
        return index
    }

    @inlinable
    @inline(__always)
    var hasFreeOrder: Bool { freeOrders > 0 || Int(usedOrders) < capacity.orders }

    /// A free record; only when there is one.
    @inlinable
    @inline(__always)
    mutating func takeFreeOrder() -> UInt32 {
        if freeOrders == 0 {
            usedOrders &+= 1
            return usedOrders
        }
        freeOrders &-= 1
        // Of those to be taken soon the lines come while commands go on.
        helios_prefetch(orders + Int(free[freeOrders &- MatchingCore.freeAhead]))
        return free[freeOrders]
    }

    /// Writes the order into a free record and makes it known; 0 when there is none.
    @inlinable
    @inline(__always)
    mutating func admit(_ order: Incoming, shown: Int64) -> UInt32 {
        guard hasFreeOrder else { return 0 }
        let index = takeFreeOrder()
        orders[Int(index)] = RestingOrder(order, shown: shown)
        if order.traits.contains(.detailed) { terms[Int(index)] = OrderTerms(order) }
        let place = slot(order.owner, order.id)
        orders[Int(index)].chain = heads[place]
        heads[place] = index
        owners[Int(order.owner)] &+= 1
        liveOrders &+= 1
        addOpen(order.open, order.traits.side, order.book)
        return index
    }

    /// Forgets the order, which stands on no level any more, and frees its record.
    @inlinable
    @inline(__always)
    mutating func discard(_ index: UInt32) {
        let order = orders + Int(index)
        if order.pointee.traits.contains(.pegged) { unlinkPeg(index) }
        let place = slot(order.pointee.owner, order.pointee.id)
        let chain = order.pointee.chain
        if heads[place] == index { heads[place] = chain } else { unchain(index, from: place) }
        owners[Int(order.pointee.owner)] &-= 1
        liveOrders &-= 1
        addOpen(0 &- order.pointee.open, order.pointee.traits.side, order.pointee.book)
        free[freeOrders] = index
        freeOrders &+= 1
    }

    @usableFromInline
    @inline(never)
    func unchain(_ index: UInt32, from place: Int) {
        var link = heads[place]
        while orders[Int(link)].chain != index { link = orders[Int(link)].chain }
        orders[Int(link)].chain = orders[Int(index)].chain
    }

    /// Gives the order terms of its own before something happens to it.
    @inlinable
    @inline(__always)
    func detail(_ index: UInt32) {
        if !orders[Int(index)].traits.contains(.detailed) { writeTerms(index) }
    }

    @usableFromInline
    @inline(never)
    func writeTerms(_ index: UInt32) {
        let order = orders + Int(index)
        order.pointee.traits.insert(.detailed)
        terms[Int(index)] = OrderTerms(key: levels[Int(order.pointee.level)].key, total: order.pointee.open)
    }

    /// What a side has open; kept below `largestTotal` by the check on entry.
    @inlinable
    @inline(__always)
    func addOpen(_ quantity: Int64, _ side: Side, _ book: UInt32) {
        if side == .buy { books[Int(book)].openBuy &+= quantity } else { books[Int(book)].openSell &+= quantity }
    }

    @inlinable
    @inline(__always)
    mutating func nextReference() -> UInt64 {
        lastReference &+= 1
        return lastReference
    }

    @inlinable
    @inline(__always)
    mutating func nextMatch() -> UInt64 {
        lastMatch &+= 1
        return lastMatch
    }
}
