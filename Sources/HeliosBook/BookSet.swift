// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// The order-by-order (L3) books of all instruments of one venue, with price levels (L2) and best prices.
///
/// ```
///  id ──hash──► heads ─► OrderRecord ─► LevelRecord ─► Ladder      one book: 64 bytes, one cache line
///                          │  ▲ previous / next                   ┌──────── bids ────────┬──────── asks ────────┐
///                          └──┴─► FIFO of the level               │ best key   best level│ best key   best level│
///                                                                 │ keys count  capacity │ keys count  capacity │
///  rungs: keys worst … best (sorted), then their levels ◄─────────┤ last update          │ last update          │
///                                                                 └──────────────────────┴──────────────────────┘
/// ```
/// - Orders sit in a pool of 32-byte records and are linked into their level's queue, oldest first. All links are byte
///   offsets into their pool, so that following one is a single addition.
/// - An order is found through a chained table whose slot is the reference number itself, folded: the references of a
///   day run upward, so that neighbours in time are neighbours in memory. References without any pattern are only slower,
///   never wrong, and the table's size is fixed.
/// - The levels of a side are a sorted array with the best price last, because most changes are near the best; the best
///   stands in the ladder too. The key is the price for bids and its negative for asks, so that one piece of code serves
///   both.
/// - Trades and trading states are rarely touched and stand apart.
///
/// Record 0 of every pool is nobody: links to nobody may be written without a test. Nothing is allocated after `init`.
@safe
public struct BookSet: ~Copyable {
    @usableFromInline let orders: UnsafeMutableRawPointer
    @usableFromInline let heads: UnsafeMutablePointer<UInt32>
    @usableFromInline let levels: UnsafeMutableRawPointer
    @usableFromInline let ladders: UnsafeMutableRawPointer
    @usableFromInline let rungs: UnsafeMutablePointer<Int64>
    @usableFromInline let trades: UnsafeMutablePointer<TradeRecord>
    var arena: LadderArena
    @usableFromInline let slotMask: UInt64
    @usableFromInline let instrumentLimit: UInt32
    /// Offsets of the last record of each pool.
    @usableFromInline let orderLimit: UInt32
    @usableFromInline let levelLimit: UInt32
    @usableFromInline let capacity: BookCapacity
    private let region: UnsafeMutableRawPointer
    private let regionSize: Int

    @usableFromInline var freeOrder: UInt32 = 0
    @usableFromInline var freeLevel: UInt32 = 0
    @usableFromInline var usedOrders: UInt32 = 0
    @usableFromInline var usedLevels: UInt32 = 0

    @usableFromInline var liveOrders = 0
    /// Orders in all books.
    public var orderCount: Int { liveOrders }
    /// The phase of the venue's day.
    public internal(set) var phase: MarketPhase = .closed
    /// Events that contradicted the book, by kind.
    public internal(set) var faults = BookFaults()

    /// Reserves the address space; throws when the system refuses.
    public init(capacity: BookCapacity = BookCapacity()) throws(BookCapacityError) {
        self.capacity = capacity
        var slots = 16
        while slots < capacity.orders { slots *= 2 }
        slotMask = UInt64(slots - 1)
        instrumentLimit = UInt32(capacity.instruments)
        orderLimit = UInt32(capacity.orders * MemoryLayout<OrderRecord>.stride)
        levelLimit = UInt32(capacity.levels * MemoryLayout<LevelRecord>.stride)
        // A ladder of n levels takes 12 n bytes and is at least a quarter full once it has grown; small ones start at 16.
        let ladderWords = capacity.levels * 12 + capacity.instruments * 2 * 24
        let sizes = [
            capacity.instruments * MemoryLayout<Ladder>.stride * 2,
            slots * MemoryLayout<UInt32>.stride,
            (capacity.orders + 1) * MemoryLayout<OrderRecord>.stride,
            (capacity.levels + 1) * MemoryLayout<LevelRecord>.stride,
            ladderWords * MemoryLayout<Int64>.stride,
            capacity.instruments * MemoryLayout<TradeRecord>.stride,
        ]
        // Each part starts on a cache line of its own.
        let starts = sizes.indices.map { part in sizes[..<part].reduce(0) { $0 + ($1 + 63) / 64 * 64 } }
        regionSize = sizes.reduce(0) { $0 + ($1 + 63) / 64 * 64 }
        guard let region = unsafe helios_reserve(regionSize) else { throw BookCapacityError(bytes: regionSize) }
        unsafe self.region = region
        unsafe ladders = region + starts[0]
        unsafe heads = (region + starts[1]).assumingMemoryBound(to: UInt32.self)
        unsafe orders = region + starts[2]
        unsafe levels = region + starts[3]
        unsafe rungs = (region + starts[4]).assumingMemoryBound(to: Int64.self)
        unsafe trades = (region + starts[5]).assumingMemoryBound(to: TradeRecord.self)
        unsafe arena = LadderArena(region: rungs, words: ladderWords)
        let empty = Ladder(bestKey: .min, lastUpdate: 0, keys: 0, count: 0, capacity: 0, bestLevel: 0)
        unsafe ladders.initializeMemory(as: Ladder.self, repeating: empty, count: capacity.instruments * 2)
    }

    /// Makes the system find memory now for what the books will touch, so that no message pays for it later.
    ///
    /// The first touch of a huge page has been seen to take several milliseconds. For live trading and for latency
    /// measurements; a backtest does without.
    ///
    /// - Parameters:
    ///   - orders: live orders to expect.
    ///   - levels: price levels to expect.
    public mutating func prefault(orders: Int = 1 << 19, levels: Int = 1 << 17) {
        let orders = min(max(orders, 0), capacity.orders)
        let levels = min(max(levels, 0), capacity.levels)
        unsafe helios_prefault(heads, Int(slotMask + 1) * MemoryLayout<UInt32>.stride)
        unsafe helios_prefault(ladders, capacity.instruments * 2 * MemoryLayout<Ladder>.stride)
        unsafe helios_prefault(self.orders, orders * MemoryLayout<OrderRecord>.stride)
        unsafe helios_prefault(self.levels, levels * MemoryLayout<LevelRecord>.stride)
        unsafe helios_prefault(rungs, levels * 2 * MemoryLayout<Int64>.stride)
    }

    deinit {
        arena.deallocate()
        unsafe helios_release(region, regionSize)
    }
}

/// The address space for the books could not be reserved.
public struct BookCapacityError: Error, Sendable, CustomStringConvertible {
    public let bytes: Int
    public var description: String { "can't reserve \(bytes) bytes of address space for order books" }
}

/// How often events contradicted the books, and the last time.
public struct BookFaults: Sendable {
    @usableFromInline var counts: (Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0)

    init() {}

    public func count(_ fault: BookFault) -> Int {
        switch fault {
        case .unknownOrder: counts.0
        case .duplicateOrder: counts.1
        case .excessQuantity: counts.2
        case .emptyOrder: counts.3
        case .crossed: counts.4
        case .otherInstrument: counts.5
        case .capacity: counts.6
        }
    }

    public var total: Int {
        counts.0 + counts.1 + counts.2 + counts.3 + counts.4 + counts.5 + counts.6
    }

    /// What the last fault was.
    public internal(set) var last: BookFault?

    func save(to writer: inout StateWriter) {
        for fault in BookFault.allCases { writer.write(count(fault)) }
        writer.write(last?.rawValue ?? .max)
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        let limit = Int.max / 2
        counts.0 = try reader.readCount(upTo: limit, "faults")
        counts.1 = try reader.readCount(upTo: limit, "faults")
        counts.2 = try reader.readCount(upTo: limit, "faults")
        counts.3 = try reader.readCount(upTo: limit, "faults")
        counts.4 = try reader.readCount(upTo: limit, "faults")
        counts.5 = try reader.readCount(upTo: limit, "faults")
        counts.6 = try reader.readCount(upTo: limit, "faults")
        last = BookFault(rawValue: try reader.read(UInt8.self))
    }

    mutating func note(_ fault: BookFault) {
        last = fault
        switch fault {
        case .unknownOrder: counts.0 += 1
        case .duplicateOrder: counts.1 += 1
        case .excessQuantity: counts.2 += 1
        case .emptyOrder: counts.3 += 1
        case .crossed: counts.4 += 1
        case .otherInstrument: counts.5 += 1
        case .capacity: counts.6 += 1
        }
    }
}

/// One resting order: 32 bytes, two to a cache line.
@frozen
@usableFromInline
struct OrderRecord: BitwiseCopyable {
    @usableFromInline var id: UInt64
    @usableFromInline var quantity: Int64
    @usableFromInline var level: UInt32
    /// Towards the head of the queue.
    @usableFromInline var previous: UInt32
    @usableFromInline var next: UInt32
    /// The next order of the same slot of the table.
    @usableFromInline var chain: UInt32
}

/// One price level: 32 bytes.
@frozen
@usableFromInline
struct LevelRecord: BitwiseCopyable {
    /// The price of a bid, the negative price of an ask: the better, the greater.
    @usableFromInline var key: Int64
    @usableFromInline var quantity: Int64
    /// The oldest order.
    ///
    /// In a free level, the next free one.
    @usableFromInline var head: UInt32
    @usableFromInline var tail: UInt32
    @usableFromInline var count: UInt32
    /// Offset of the ladder.
    @usableFromInline var owner: UInt32

    @inlinable
    init(key: Int64, quantity: Int64, head: UInt32, tail: UInt32, count: UInt32, owner: UInt32) {
        self.key = key
        self.quantity = quantity
        self.head = head
        self.tail = tail
        self.count = count
        self.owner = owner
    }
}

/// The sorted levels of one side, 32 bytes: `capacity` keys, then as many level numbers, at word `keys` of the arena.
@frozen
@usableFromInline
struct Ladder: BitwiseCopyable {
    /// The last of the keys; the smallest number when there is none.
    @usableFromInline var bestKey: Int64
    @usableFromInline var lastUpdate: Int64
    @usableFromInline var keys: UInt32
    @usableFromInline var count: UInt32
    @usableFromInline var capacity: UInt32
    /// The last of the levels; 0 when there is none.
    @usableFromInline var bestLevel: UInt32
}

/// What is known of an instrument beside its orders: 32 bytes.
@frozen
@usableFromInline
struct TradeRecord: BitwiseCopyable {
    @usableFromInline var price: Int64
    @usableFromInline var time: Int64
    @usableFromInline var state: UInt8
    /// The operational halt of the venue, apart from the listing market's state.
    @usableFromInline var isHaltedHere: Bool
    @usableFromInline var reserved: (UInt16, UInt32, UInt64)
}

/// Hands out memory for ladders from one reserved region, in powers of two, and takes it back when a ladder has
/// grown out of it.
@safe
struct LadderArena: ~Copyable {
    private let region: UnsafeMutablePointer<Int64>
    private let size: Int
    private var used = 0
    /// First free block of each power of two; a free block's first word links to the next.
    private let free: UnsafeMutablePointer<Int>

    init(region: UnsafeMutablePointer<Int64>, words: Int) {
        unsafe self.region = region
        size = words
        unsafe free = .allocate(capacity: 64)
        unsafe free.initialize(repeating: -1, count: 64)
    }

    /// Gives the memory back; the owner calls it once.
    func deallocate() { unsafe free.deallocate() }

    /// Words that a ladder of `capacity` levels takes: a key each, and half a word for the level's number.
    private static func words(_ capacity: Int) -> Int { capacity + capacity / 2 }

    /// Gives `ladder` twice its room.
    ///
    /// False when the region is used up.
    @inline(never)
    mutating func grow(_ ladder: inout Ladder) -> Bool {
        let old = Int(ladder.capacity)
        let new = old == 0 ? 16 : old * 2
        guard let start = take(new) else { return false }
        if old > 0 {
            // Safe: both blocks were given out by `take` for `old` and `new` levels, and count <= old < new.
            let keys = unsafe region + Int(ladder.keys)
            let memory = unsafe region + start
            unsafe memory.update(from: keys, count: Int(ladder.count))
            let numbers = unsafe UnsafeMutableRawPointer(keys + old)
            unsafe UnsafeMutableRawPointer(memory + new).copyMemory(from: numbers, byteCount: Int(ladder.count) * 4)
            let order = old.trailingZeroBitCount
            unsafe keys.pointee = Int64(free[order])
            unsafe free[order] = Int(ladder.keys)
        }
        ladder.keys = UInt32(start)
        ladder.capacity = UInt32(new)
        return true
    }

    /// The first word of a block for `capacity` levels, or nil.
    private mutating func take(_ capacity: Int) -> Int? {
        let order = capacity.trailingZeroBitCount
        let head = unsafe free[order]
        if head >= 0 {
            unsafe free[order] = Int(region[head])
            return head
        }
        let words = LadderArena.words(capacity)
        guard used + words <= size else { return nil }
        let start = used
        used += words
        return start
    }
}
