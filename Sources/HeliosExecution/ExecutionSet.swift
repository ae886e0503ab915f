// SPDX-License-Identifier: MIT
import HeliosMarket

/// The executions that were taken, by (order, execution id), exact, in memory reserved at the start.
///
/// Open addressing with linear probing over pairs of words. It is never iterated, so its inner order can't reach a
/// result. A free place holds the pair (0, 0); whether that pair itself was taken stands apart.
@safe
struct ExecutionSet {
    enum Outcome {
        case inserted
        case present
        case full
    }

    let orders: UnsafeMutablePointer<UInt64>
    let executions: UnsafeMutablePointer<UInt64>
    let mask: Int
    /// At most three quarters of the places are used, which keeps probes short.
    let limit: Int
    var count = 0
    var holdsZero = false

    init(capacity: Int) {
        var places = 16
        while places * 3 < capacity * 4 { places *= 2 }
        unsafe orders = .allocate(capacity: places)
        unsafe executions = .allocate(capacity: places)
        unsafe orders.initialize(repeating: 0, count: places)
        unsafe executions.initialize(repeating: 0, count: places)
        mask = places - 1
        limit = max(capacity, 1)
    }

    /// Gives the memory back; the owner calls it once, at its end.
    ///
    /// Not a deinit: with an internal noncopyable member that has one, Swift 6.3.1 either aborts or crashes the
    /// program in an optimised build.
    func deallocate() {
        unsafe orders.deallocate()
        unsafe executions.deallocate()
    }

    /// Remembers an execution of `order`; says whether it was there.
    mutating func insert(order: OrderID, execution: UInt64) -> Outcome {
        if order == 0, execution == 0 {
            defer { holdsZero = true }
            return holdsZero ? .present : .inserted
        }
        let (place, isThere) = find(order, execution)
        if isThere { return .present }
        if count == limit { return .full }
        unsafe orders[place] = order
        unsafe executions[place] = execution
        count += 1
        return .inserted
    }

    /// Whether an execution of `order` is remembered.
    func contains(order: OrderID, execution: UInt64) -> Bool {
        order == 0 && execution == 0 ? holdsZero : find(order, execution).isThere
    }

    /// Where the pair stands, or the free place where it would.
    private func find(_ order: OrderID, _ execution: UInt64) -> (place: Int, isThere: Bool) {
        // Wrapping is meant: this is a hash (multiplication by odd constants, high bits folded down).
        var hash = order &* 0x9E37_79B9_7F4A_7C15 ^ execution &* 0xC2B2_AE3D_27D4_EB4F
        hash ^= hash >> 32
        hash = hash &* 0xD6E8_FEB8_6659_FD93
        hash ^= hash >> 32
        var place = Int(truncatingIfNeeded: hash) & mask
        // Safe: `place` is masked to the reserved places; a free one exists, since `limit` is below their number.
        while unsafe orders[place] | executions[place] != 0 {
            if unsafe orders[place] == order && executions[place] == execution { return (place, true) }
            place = (place + 1) & mask
        }
        return (place, false)
    }

    // MARK: State

    /// Writes the places that are taken: where a pair stands depends on what came before it.
    func save(to writer: inout StateWriter) {
        writer.mark("fills")
        writer.write(mask)
        writer.write(limit)
        writer.write(count)
        writer.write(holdsZero)
        writer.reserve(count * MemoryLayout<SavedExecution>.size)
        for place in 0...mask where unsafe orders[place] | executions[place] != 0 {
            // Safe: places 0 to `mask`.
            unsafe writer.write(SavedExecution(place: place, order: orders[place], execution: executions[place]))
        }
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("fills")
        try reader.match(mask, "places for executions")
        try reader.match(limit, "room for executions")
        unsafe orders.update(repeating: 0, count: mask + 1)
        unsafe executions.update(repeating: 0, count: mask + 1)
        count = 0
        let saved = try reader.readCount(upTo: limit, "executions")
        holdsZero = try reader.readFlag()
        var before = -1
        for _ in 0..<saved {
            let pair = try reader.read(SavedExecution.self)
            guard pair.place > before, pair.place <= mask, pair.order | pair.execution != 0 else {
                throw reader.error(.damaged, "an execution stands in no place, or not in order")
            }
            before = pair.place
            #if HELIOS_BUG_BANK
            if isOn(.snapshotForgetsExecutions) { continue }
            #endif
            // Safe: the place was checked.
            unsafe orders[pair.place] = pair.order
            unsafe executions[pair.place] = pair.execution
            count += 1
        }
        for place in 0...mask {
            let (order, execution) = unsafe (orders[place], executions[place])
            guard order | execution != 0 else { continue }
            guard find(order, execution).place == place else {
                throw reader.error(.damaged, "an execution stands where it is not found, or twice")
            }
        }
    }
}

/// An execution and where it stands.
private struct SavedExecution: BitwiseCopyable {
    let place: Int
    let order: UInt64
    let execution: UInt64
}
