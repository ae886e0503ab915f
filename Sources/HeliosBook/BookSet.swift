// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// The order-by-order (L3) books of all instruments of one venue, with price levels (L2) and best prices.
///
/// ```
///  id ──hash──► heads ─► OrderRecord ─► LevelRecord        per instrument and side:
///                          │  ▲ previous / next             keys   worst … best   (sorted)
///                          └──┴─► FIFO of the level         levels   l   …   l
/// ```
/// - Orders sit in a pool of 32-byte records and are linked into their level's queue, oldest first.
/// - An order is found through a chained table whose slot is the reference number itself, folded: the references of a
///   day run upward, so that neighbours in time are neighbours in memory. References without any pattern are only slower,
///   never wrong, and the table's size is fixed.
/// - The levels of a side are a sorted array with the best price last, because most changes are near the best.
///   The key is the price for bids and its negative for asks, so that one piece of code serves both.
///
/// Record 0 of every pool is nobody: zeroed memory is an empty book, and links to nobody may be written without a test.
/// Nothing is allocated after `init`.
@safe
public struct BookSet: ~Copyable {
    @usableFromInline let orders: UnsafeMutablePointer<OrderRecord>
    @usableFromInline let heads: UnsafeMutablePointer<UInt32>
    @usableFromInline let levels: UnsafeMutablePointer<LevelRecord>
    @usableFromInline let books: UnsafeMutablePointer<BookRecord>
    var ladders: LadderArena
    @usableFromInline let slotMask: UInt64
    @usableFromInline let slotBits: UInt64
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

    public init(capacity: BookCapacity = BookCapacity()) throws(BookCapacityError) {
        self.capacity = capacity
        var slots = 16
        while slots < capacity.orders { slots *= 2 }
        slotMask = UInt64(slots - 1)
        slotBits = UInt64(slots.trailingZeroBitCount)
        // A ladder of n levels takes 12 n bytes and is at least a quarter full once it has grown; small ones start at 16.
        let ladderWords = capacity.levels * 12 + capacity.instruments * 2 * 24
        let sizes = [
            capacity.instruments * MemoryLayout<BookRecord>.stride,
            slots * MemoryLayout<UInt32>.stride,
            (capacity.orders + 1) * MemoryLayout<OrderRecord>.stride,
            (capacity.levels + 1) * MemoryLayout<LevelRecord>.stride,
            ladderWords * MemoryLayout<Int64>.stride,
        ]
        // Each part starts on a cache line of its own.
        let starts = sizes.indices.map { part in sizes[..<part].reduce(0) { $0 + ($1 + 63) / 64 * 64 } }
        regionSize = sizes.reduce(0) { $0 + ($1 + 63) / 64 * 64 }
        guard let region = unsafe helios_reserve(regionSize) else { throw BookCapacityError(bytes: regionSize) }
        unsafe self.region = region
        unsafe books = (region + starts[0]).assumingMemoryBound(to: BookRecord.self)
        unsafe heads = (region + starts[1]).assumingMemoryBound(to: UInt32.self)
        unsafe orders = (region + starts[2]).assumingMemoryBound(to: OrderRecord.self)
        unsafe levels = (region + starts[3]).assumingMemoryBound(to: LevelRecord.self)
        unsafe ladders = LadderArena(
            region: (region + starts[4]).assumingMemoryBound(to: Int64.self), words: ladderWords)
    }

    deinit {
        ladders.deallocate()
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
    @usableFromInline var head: UInt32
    @usableFromInline var tail: UInt32
    @usableFromInline var count: UInt32
    /// Instrument * 2 + side. In a free level, the next free one.
    @usableFromInline var owner: UInt32
}

/// The sorted levels of one side: `capacity` keys, then as many level numbers.
@frozen
@usableFromInline
@safe
struct Ladder: BitwiseCopyable {
    @usableFromInline var keys: UnsafeMutablePointer<Int64>?
    @usableFromInline var count: UInt32
    @usableFromInline var capacity: UInt32
}

/// One instrument: its two ladders and what else is known of it. 64 bytes.
@frozen
@usableFromInline
struct BookRecord: BitwiseCopyable {
    @usableFromInline var bids: Ladder
    @usableFromInline var asks: Ladder
    @usableFromInline var lastUpdate: Int64
    @usableFromInline var lastTradePrice: Int64
    @usableFromInline var lastTradeTime: Int64
    @usableFromInline var state: UInt8
    /// The operational halt of the venue, apart from the listing market's state.
    @usableFromInline var isHaltedHere: Bool
    @usableFromInline var reserved: (UInt16, UInt32)
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

    /// Gives `ladder` twice its room. False when the region is used up.
    @inline(never)
    mutating func grow(_ ladder: inout Ladder) -> Bool {
        let old = Int(ladder.capacity)
        let new = old == 0 ? 16 : old * 2
        guard let memory = unsafe take(new) else { return false }
        if let keys = unsafe ladder.keys {
            unsafe memory.update(from: keys, count: Int(ladder.count))
            let numbers = unsafe UnsafeMutableRawPointer(keys + old)
            unsafe UnsafeMutableRawPointer(memory + new).copyMemory(from: numbers, byteCount: Int(ladder.count) * 4)
            let order = old.trailingZeroBitCount
            let head = unsafe free[order]
            unsafe keys.pointee = Int64(head)
            unsafe free[order] = keys - region
        }
        unsafe ladder.keys = memory
        ladder.capacity = UInt32(new)
        return true
    }

    private mutating func take(_ capacity: Int) -> UnsafeMutablePointer<Int64>? {
        let order = capacity.trailingZeroBitCount
        let head = unsafe free[order]
        if head >= 0 {
            let block = unsafe region + head
            unsafe free[order] = Int(block.pointee)
            return unsafe block
        }
        let words = LadderArena.words(capacity)
        guard used + words <= size else { return nil }
        let block = unsafe region + used
        used += words
        return unsafe block
    }
}
