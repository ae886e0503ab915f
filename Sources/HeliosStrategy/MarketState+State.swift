// SPDX-License-Identifier: MIT
import HeliosMarket

extension MarketState {
    /// Appends books, orders, positions, the gate and the time, and the books of further venues.
    public func save(to writer: inout StateWriter) {
        writer.mark("market")
        writer.write(instruments)
        writer.write(now)
        books.save(to: &writer)
        orders.save(to: &writer)
        risk.save(to: &writer)
        saveFloor(to: &writer)
    }

    /// Takes a saved state; this one must be new and have the same capacities and limits.
    ///
    /// - Throws: `StateError`; then it must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("market")
        try reader.match(instruments, "instruments")
        now = try reader.read(Timestamp.self)
        try books.restore(from: &reader)
        try orders.restore(from: &reader)
        try risk.restore(from: &reader)
        try restoreFloor(from: &reader)
    }
}
