// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// An order of ours that may still trade, as the ledger needs to know it; the widest numbers first, without gaps.
struct OpenOrder: BitwiseCopyable, Equatable {
    /// The worst value of what is reserved.
    var reservedValue: Int128 = 0
    /// What is reserved: for an order by itself what may still trade.
    var reserved: Int64 = 0
    /// What it asked for, while it waits to replace another.
    var wanted: Int64 = 0
    /// The limit that it travels with, and the price that its value is taken at.
    var price: Int64 = 0
    var valuePrice: Int64 = 0
    /// P19: what it has reserved of the shares that may be borrowed.
    var located: Int64 = 0
    /// The other order of a replace that the venue has not answered; 0 for none.
    var partner: UInt64 = 0
    var tag: UInt64 = 0
    var path: UInt32 = 0
    var instrument: UInt32 = 0
    var venue: UInt16 = 0
    var side: UInt8 = 0
    /// 0 never cleared, 1 may trade, 2 waits to replace its partner, 3 has ended.
    var state: UInt8 = 0
    /// The live orders before and after this one, in the order of clearance; 0 for none.
    var previous: UInt32 = 0
    var next: UInt32 = 0
    /// 1: `wanted` is over the whole life of the chain, so that what fills of its partner comes off it.
    var isWholeLife: UInt32 = 0

    var isLive: Bool { state == 1 || state == 2 }
    var isSell: Bool { side != 0 }
}

/// The tallies that the orders of one strategy, in one instrument, at one venue, are counted in.
struct RiskPath: BitwiseCopyable {
    /// The strategy, the venue (from bit 16) and the instrument (from bit 32).
    var key: UInt64 = 0
    /// Kinds that the order must meet and meets nowhere.
    var missing: UInt32 = 0
    /// P18: the place of the restriction plus one; 0 for none.
    var restriction: UInt32 = 0
    /// How many slots.
    var count: UInt8 = 0
    /// The slot whose reduction counts for controls that have no scope: the account's, or that of the first scope above.
    var account: UInt8 = 0
    /// P22: types that may be sent.
    var types: UInt8 = 0
    /// P18: reductions pass the restriction.
    var allowsReductions = true
    /// P23: instrument and venue were declared.
    var isDeclared = true
    /// P27: the account is one for tests.
    var isTest = false
}

/// Positions, what is in flight, cash and profit of every tally in every instrument, exact in integers.
///
/// Exposure is reserved when an order is sent, moves into the position when it fills, and is released only by a report that
/// ends the order; sending a cancel releases nothing. Places for a tally in an instrument, and for the path of an order, are
/// taken at the first use from pools of a fixed size. A sum that does not fit is never stored: `isExact` becomes false for
/// good, and the gate then refuses every order. Freed by its owner (`deallocate`).
@usableFromInline
@safe
struct RiskLedger {
    /// The best prices last seen of an instrument, and the first of its slots that hold something.
    @usableFromInline
    struct Mark: BitwiseCopyable {
        @usableFromInline var bid: Int64 = 0
        @usableFromInline var ask: Int64 = 0
        @usableFromInline var holder = Slot.none
        var reserved: UInt32 = 0
    }

    @usableFromInline let marks: UnsafeMutablePointer<Mark>
    @usableFromInline let slots: UnsafeMutablePointer<Slot>
    let tallies: UnsafeMutablePointer<Tally>
    let tallyCount: Int
    /// The number of instruments.
    @usableFromInline let count: Int
    let paths: UnsafeMutablePointer<RiskPath>
    let pathSlots: UnsafeMutablePointer<UInt32>
    let entries: UnsafeMutablePointer<OpenOrder>
    let orders: Int
    private let slotIndex: UnsafeMutablePointer<UInt32>
    private let pathIndex: UnsafeMutablePointer<UInt32>
    private let slotMask: Int
    private let pathMask: Int
    let slotCapacity: Int
    let pathCapacity: Int
    var slotCount = 0
    var pathCount = 0
    /// Entries below this one are initialised: the table's pages are touched only when they are needed.
    var initialised = 0
    /// Entries below this one have memory behind them.
    private var prepared = 0
    /// The oldest and the newest live order; 0 for none.
    var firstLive: UInt32 = 0
    var lastLive: UInt32 = 0
    var isExact = true
    var underflows: UInt64 = 0
    var unplaced: UInt64 = 0

    init(instruments: Int, tallies: Int, strategies: Int, venues: Int, orders: Int) {
        count = instruments
        tallyCount = tallies
        self.orders = orders
        slotCapacity = RiskLedger.room(instruments, tallies, most: 1 << 18)
        pathCapacity = RiskLedger.room(instruments, max(strategies, 1) * venues, most: 1 << 17)
        unsafe marks = .allocate(capacity: max(count, 1))
        unsafe marks.initialize(repeating: Mark(), count: max(count, 1))
        // Behind the pool stand places for a path that is only looked at.
        unsafe slots = CacheLines.allocate(Slot.self, slotCapacity + CompiledPolicy.width)
        unsafe paths = .allocate(capacity: pathCapacity + 1)
        unsafe pathSlots = .allocate(capacity: (pathCapacity + 1) * CompiledPolicy.width)
        unsafe self.tallies = CacheLines.allocate(Tally.self, tallies)
        unsafe self.tallies.initialize(repeating: Tally(), count: tallies)
        unsafe entries = .allocate(capacity: orders + 1)
        let (slotPlaces, pathPlaces) = (RiskLedger.places(slotCapacity), RiskLedger.places(pathCapacity))
        slotMask = slotPlaces - 1
        pathMask = pathPlaces - 1
        unsafe slotIndex = .allocate(capacity: slotPlaces)
        unsafe slotIndex.initialize(repeating: Slot.none, count: slotPlaces)
        unsafe pathIndex = .allocate(capacity: pathPlaces)
        unsafe pathIndex.initialize(repeating: Slot.none, count: pathPlaces)
        prepare()
    }

    func deallocate() {
        unsafe marks.deallocate()
        unsafe slots.deallocate()
        unsafe tallies.deallocate()
        unsafe paths.deallocate()
        unsafe pathSlots.deallocate()
        unsafe entries.deallocate()
        unsafe slotIndex.deallocate()
        unsafe pathIndex.deallocate()
    }

    private static func room(_ a: Int, _ b: Int, most: Int) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? most : max(min(product, most), 1)
    }

    /// A power of two of which `count` is at most a half.
    private static func places(_ count: Int) -> Int {
        var places = 16
        while places < count * 2 { places *= 2 }
        return places
    }
}

// MARK: - Places
extension RiskLedger {
    private static func hash(_ key: UInt64) -> Int {
        // Wrapping is meant: this is a hash.
        let mixed = (key ^ key >> 31) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 20)
    }

    /// The slot of a tally in an instrument; nil while there is none.
    func slot(_ tally: Int, _ instrument: Int) -> Int? {
        var place = RiskLedger.hash(UInt64(tally) << 32 | UInt64(instrument)) & slotMask
        // Safe: masked; at most half of the places are taken, so that a free one ends every search.
        while unsafe slotIndex[place] != Slot.none {
            let found = unsafe Int(slotIndex[place])
            if unsafe slots[found].tally == UInt32(tally), unsafe slots[found].instrument == UInt32(instrument) {
                return found
            }
            place = (place + 1) & slotMask
        }
        return nil
    }

    /// The slot of a tally in an instrument, made if there is none; nil when the pool is used up.
    mutating func makeSlot(_ tally: Int, _ instrument: Int, row: UInt32) -> Int? {
        if let known = slot(tally, instrument) { return known }
        guard slotCount < slotCapacity else { return nil }
        // Safe: below the capacity.
        blankSlot(slotCount, tally, instrument, row)
        slotCount += 1
        index(slot: slotCount - 1)
        return slotCount - 1
    }

    func blankSlot(_ place: Int, _ tally: Int, _ instrument: Int, _ row: UInt32) {
        var slot = Slot()
        slot.tally = UInt32(tally)
        slot.instrument = UInt32(instrument)
        slot.row = row
        // Safe: the callers keep `place` within the pool and the places behind it.
        unsafe (slots + place).initialize(to: slot)
    }

    /// Enters a slot into the table by which it is found.
    func index(slot number: Int) {
        let key = unsafe UInt64(slots[number].tally) << 32 | UInt64(slots[number].instrument)
        var place = RiskLedger.hash(key) & slotMask
        // Safe: as `slot`.
        while unsafe slotIndex[place] != Slot.none { place = (place + 1) & slotMask }
        unsafe slotIndex[place] = UInt32(number)
    }

    /// The path of a strategy, instrument and venue; nil while there is none.
    func path(_ key: UInt64) -> Int? {
        var place = RiskLedger.hash(key) & pathMask
        // Safe: masked; at most half of the places are taken.
        while unsafe pathIndex[place] != Slot.none {
            let found = unsafe Int(pathIndex[place])
            if unsafe paths[found].key == key { return found }
            place = (place + 1) & pathMask
        }
        return nil
    }

    /// Enters a path into the table by which it is found.
    func index(path number: Int) {
        var place = unsafe RiskLedger.hash(paths[number].key) & pathMask
        // Safe: as `path`.
        while unsafe pathIndex[place] != Slot.none { place = (place + 1) & pathMask }
        unsafe pathIndex[place] = UInt32(number)
    }

    /// Forgets all slots and paths.
    mutating func removeAll() {
        unsafe slotIndex.update(repeating: Slot.none, count: slotMask + 1)
        unsafe pathIndex.update(repeating: Slot.none, count: pathMask + 1)
        unsafe marks.update(repeating: Mark(), count: max(count, 1))
        slotCount = 0
        pathCount = 0
        initialised = 0
        firstLive = 0
        lastLive = 0
    }

    /// The number of the slot at `place` of `path`.
    @inline(__always)
    func slot(of path: Int, _ place: Int) -> Int { unsafe Int(pathSlots[path * CompiledPolicy.width + place]) }
}

// MARK: - Orders
extension RiskLedger {
    /// The order with the number `id`; an empty one for a number that was never cleared.
    func entry(_ id: OrderID) -> OpenOrder {
        // Safe: only initialised places are read.
        id >= 1 && id < UInt64(initialised) ? unsafe entries[Int(id)] : OpenOrder()
    }

    /// Stores an order; its number must be from 1 to `orders`.
    mutating func set(_ id: OrderID, _ entry: OpenOrder) {
        let place = Int(id)
        while initialised <= place {
            // Safe: at most `orders`, for which there is room.
            unsafe (entries + initialised).initialize(to: OpenOrder())
            initialised += 1
        }
        unsafe entries[place] = entry
    }

    /// Has the system find memory for orders to come: the first touch of a page costs more than a whole check.
    ///
    /// For calls between orders, ten times a second: each makes room for 16,384 orders, and looks at most at as many.
    mutating func prepare() {
        let wanted = min(initialised + 16_384, orders + 1)
        guard prepared < wanted else { return }
        let first = max(prepared, initialised)
        // Safe: below the capacity; what is there stays as it is.
        unsafe helios_prefault(entries + first, (wanted - first) * MemoryLayout<OpenOrder>.stride)
        prepared = wanted
    }

    /// Puts an order behind the live ones.
    mutating func link(_ id: OrderID) {
        // Safe: the order was set, and links name orders that were.
        unsafe entries[Int(id)].previous = lastLive
        unsafe entries[Int(id)].next = 0
        if lastLive == 0 { firstLive = UInt32(id) } else { unsafe entries[Int(lastLive)].next = UInt32(id) }
        lastLive = UInt32(id)
    }

    /// Takes an order from the live ones.
    mutating func unlink(_ id: OrderID) {
        // Safe: as `link`.
        let (previous, next) = unsafe (entries[Int(id)].previous, entries[Int(id)].next)
        if previous == 0 { firstLive = next } else { unsafe entries[Int(previous)].next = next }
        if next == 0 { lastLive = previous } else { unsafe entries[Int(next)].previous = previous }
    }
}

// MARK: - Holders
extension RiskLedger {
    /// Keeps the list of the slots that hold `instrument`: a quote looks at no others.
    mutating func relink(_ number: Int, wasHeld: Bool) {
        let instrument = unsafe Int(slots[number].instrument)
        let isHeld = unsafe slots[number].position != 0
        if isHeld == wasHeld { return }
        // Safe: links name slots of the pool, and an instrument of a slot has a mark.
        if isHeld {
            let first = unsafe marks[instrument].holder
            unsafe slots[number].next = first
            unsafe slots[number].previous = Slot.none
            if first != Slot.none { unsafe slots[Int(first)].previous = UInt32(number) }
            unsafe marks[instrument].holder = UInt32(number)
        } else {
            let (next, previous) = unsafe (slots[number].next, slots[number].previous)
            if next != Slot.none { unsafe slots[Int(next)].previous = previous }
            if previous == Slot.none {
                unsafe marks[instrument].holder = next
            } else {
                unsafe slots[Int(previous)].next = next
            }
            unsafe slots[number].next = Slot.none
            unsafe slots[number].previous = Slot.none
        }
    }
}
