// SPDX-License-Identifier: MIT
import HeliosMarket

/// What an execution was, so that it can be taken back: a venue that breaks a trade names only its number.
struct LoggedExecution: BitwiseCopyable {
    var order: OrderID
    var execution: UInt64
    /// Zero once it was taken back.
    var quantity: Quantity
    var price: Price
    /// Raw money, in two halves without a gap before them.
    var feeLow: UInt64
    var feeHigh: Int64
    var tag: UInt64
    var instrument: UInt32
    /// 1 a sell, 2 of a resting order.
    var flags: UInt32

    var fee: Money {
        get { Money(raw: Int128(feeHigh) << 64 | Int128(feeLow)) }
        set {
            feeLow = UInt64(truncatingIfNeeded: newValue.raw)
            feeHigh = Int64(truncatingIfNeeded: newValue.raw >> 64)
        }
    }
}

/// The executions of a session in the order in which they were told, in memory reserved at the start and touched as it fills.
///
/// Taking one back looks for it from the newest on: that happens a few times a year, and a fill pays one line of memory for it.
@safe
struct ExecutionLog {
    let entries: UnsafeMutablePointer<LoggedExecution>
    let capacity: Int
    var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        unsafe entries = .allocate(capacity: self.capacity)
    }

    /// Gives the memory back; the owner calls it once, at its end (see `ExecutionSet.deallocate`).
    func deallocate() { unsafe entries.deallocate() }

    mutating func append(_ entry: LoggedExecution) {
        guard count < capacity else { return }
        // Safe: below `capacity`.
        unsafe (entries + count).initialize(to: entry)
        count += 1
    }

    /// The last place before `end` of an execution with number `execution`; nil when there is none.
    func last(_ execution: UInt64, before end: Int) -> Int? {
        var place = end - 1
        while place >= 0 {
            // Safe: below `count`.
            if unsafe entries[place].execution == execution { return place }
            place -= 1
        }
        return nil
    }

    // MARK: State

    func save(to writer: inout StateWriter) {
        writer.mark("execlog")
        writer.write(capacity)
        writer.write(count)
        writer.reserve(count * MemoryLayout<LoggedExecution>.size)
        // Safe: below `count`.
        for place in 0..<count { unsafe writer.write(entries[place]) }
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("execlog")
        try reader.match(capacity, "room for the terms of executions")
        let saved = try reader.readCount(upTo: capacity, "terms of executions")
        count = 0
        for _ in 0..<saved {
            let entry = try reader.read(LoggedExecution.self)
            guard entry.quantity.raw >= 0, entry.flags < 4 else {
                throw reader.error(.damaged, "an execution has a negative quantity, or unknown flags")
            }
            append(entry)
        }
    }
}
