// SPDX-License-Identifier: MIT
import HeliosMarket

/// The generator's own books: only what it needs to pick orders and prices, in memory reserved at the start.
///
/// A side is an array of levels sorted from worst to best, so that what happens near the best price moves little
/// memory. Prices are whole ticks; a level's `key` is the price of a bid and the negated price of an ask: a bigger key
/// is always better.
struct GeneratorBook: ~Copyable {
    struct Order {
        var reference: UInt64
        var shares: UInt32
        var key: Int32
        var previous: Int32
        var next: Int32
        /// Where the order stands in its symbol's list of live orders.
        var slot: Int32
        var symbol: UInt16
        var side: Side
    }

    struct Level {
        var key: Int32
        var head: Int32
        var tail: Int32
        var count: Int32
        var shares: Int64
    }

    /// Bounds that keep memory flat: live orders of a symbol, levels of a side.
    static let liveLimit = 256
    static let levelLimit = 64
    /// The key of the best level of an empty side: worse than every price.
    static let none = Int32.min

    private let orders: UnsafeMutablePointer<Order>
    private let levels: UnsafeMutablePointer<Level>
    private let levelCounts: UnsafeMutablePointer<Int32>
    private let live: UnsafeMutablePointer<Int32>
    private let liveCounts: UnsafeMutablePointer<Int32>
    private var firstFree: Int32 = 0
    private(set) var liveTotal = 0

    init(symbols: Int) {
        let capacity = symbols * GeneratorBook.liveLimit
        orders = .allocate(capacity: capacity)
        levels = .allocate(capacity: symbols * 2 * GeneratorBook.levelLimit)
        levelCounts = .allocate(capacity: symbols * 2)
        levelCounts.initialize(repeating: 0, count: symbols * 2)
        live = .allocate(capacity: capacity)
        liveCounts = .allocate(capacity: symbols)
        liveCounts.initialize(repeating: 0, count: symbols)
        for index in 0..<capacity {
            orders[index] = Order(
                reference: 0,
                shares: 0,
                key: 0,
                previous: -1,
                next: Int32(index + 1),
                slot: 0,
                symbol: 0,
                side: .buy
            )
        }
    }

    deinit {
        orders.deallocate()
        levels.deallocate()
        levelCounts.deallocate()
        live.deallocate()
        liveCounts.deallocate()
    }

    subscript(order: Int) -> Order { orders[order] }

    func liveCount(_ symbol: Int) -> Int { Int(liveCounts[symbol]) }

    /// The `slot`-th live order of a symbol; the newest stand last.
    func liveOrder(_ symbol: Int, _ slot: Int) -> Int { Int(live[symbol * GeneratorBook.liveLimit + slot]) }

    func levelCount(_ symbol: Int, _ side: Side) -> Int { Int(levelCounts[symbol * 2 + Int(side.rawValue)]) }

    /// The level `depth` steps from the best (0); `depth` below `levelCount`.
    func level(_ symbol: Int, _ side: Side, _ depth: Int) -> Level {
        let row = symbol * 2 + Int(side.rawValue)
        return levels[row * GeneratorBook.levelLimit + Int(levelCounts[row]) - 1 - depth]
    }

    /// The best key of a side, `none` when it is empty.
    func bestKey(_ symbol: Int, _ side: Side) -> Int32 {
        let row = symbol * 2 + Int(side.rawValue)
        let count = Int(levelCounts[row])
        return count == 0 ? GeneratorBook.none : levels[row * GeneratorBook.levelLimit + count - 1].key
    }

    /// First in time of the best level, or nil.
    func bestOrder(_ symbol: Int, _ side: Side) -> Int? {
        levelCount(symbol, side) == 0 ? nil : Int(level(symbol, side, 0).head)
    }

    /// Whether an order at `key` fits the bounds.
    func hasRoom(_ symbol: Int, _ side: Side, _ key: Int32) -> Bool {
        guard Int(liveCounts[symbol]) < GeneratorBook.liveLimit else { return false }
        let row = symbol * 2 + Int(side.rawValue)
        let (_, found) = find(row, key)
        return found || Int(levelCounts[row]) < GeneratorBook.levelLimit
    }

    /// Puts an order at the tail of its level; the caller has asked `hasRoom`.
    mutating func add(_ symbol: Int, _ side: Side, _ key: Int32, shares: UInt32, reference: UInt64) {
        precondition(Int(liveCounts[symbol]) < GeneratorBook.liveLimit, "too many live orders")
        let index = firstFree
        firstFree = orders[Int(index)].next
        let row = symbol * 2 + Int(side.rawValue)
        let level = levels + row * GeneratorBook.levelLimit + openLevel(row, key)
        let slot = liveCounts[symbol]
        orders[Int(index)] = Order(
            reference: reference,
            shares: shares,
            key: key,
            previous: level.pointee.tail,
            next: -1,
            slot: slot,
            symbol: UInt16(symbol),
            side: side
        )
        if level.pointee.tail >= 0 {
            orders[Int(level.pointee.tail)].next = index
        } else {
            level.pointee.head = index
        }
        level.pointee.tail = index
        level.pointee.count += 1
        level.pointee.shares += Int64(shares)
        live[symbol * GeneratorBook.liveLimit + Int(slot)] = index
        liveCounts[symbol] = slot + 1
        liveTotal += 1
    }

    /// Takes `shares` from an order, and the order out of the book when none are left.
    mutating func reduce(_ order: Int, by shares: UInt32) {
        let record = orders[order]
        precondition(shares <= record.shares, "more shares than the order has")
        let row = Int(record.symbol) * 2 + Int(record.side.rawValue)
        let (position, _) = find(row, record.key)
        let level = levels + row * GeneratorBook.levelLimit + position
        level.pointee.shares -= Int64(shares)
        orders[order].shares = record.shares - shares
        if shares == record.shares { remove(order, record, level, row, position) }
    }

    private mutating func remove(
        _ order: Int,
        _ record: Order,
        _ level: UnsafeMutablePointer<Level>,
        _ row: Int,
        _ position: Int
    ) {
        if record.previous >= 0 {
            orders[Int(record.previous)].next = record.next
        } else {
            level.pointee.head = record.next
        }
        if record.next >= 0 {
            orders[Int(record.next)].previous = record.previous
        } else {
            level.pointee.tail = record.previous
        }
        level.pointee.count -= 1
        if level.pointee.count == 0 {
            let after = Int(levelCounts[row]) - position - 1
            level.update(from: level + 1, count: after)
            levelCounts[row] -= 1
        }
        let symbol = Int(record.symbol)
        liveCounts[symbol] -= 1
        let list = live + symbol * GeneratorBook.liveLimit
        let last = list[Int(liveCounts[symbol])]
        list[Int(record.slot)] = last
        orders[Int(last)].slot = record.slot
        orders[order].next = firstFree
        firstFree = Int32(order)
        liveTotal -= 1
    }

    /// Where `key` stands or belongs within a side, searched from the best.
    private func find(_ row: Int, _ key: Int32) -> (position: Int, found: Bool) {
        let side = levels + row * GeneratorBook.levelLimit
        var position = Int(levelCounts[row])
        while position > 0 {
            let other = side[position - 1].key
            if other <= key { return other == key ? (position - 1, true) : (position, false) }
            position -= 1
        }
        return (0, false)
    }

    private mutating func openLevel(_ row: Int, _ key: Int32) -> Int {
        let (position, found) = find(row, key)
        if found { return position }
        precondition(Int(levelCounts[row]) < GeneratorBook.levelLimit, "too many levels")
        let level = levels + row * GeneratorBook.levelLimit + position
        (level + 1).update(from: level, count: Int(levelCounts[row]) - position)
        level.pointee = Level(key: key, head: -1, tail: -1, count: 0, shares: 0)
        levelCounts[row] += 1
        return position
    }
}
