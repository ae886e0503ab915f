// SPDX-License-Identifier: MIT
import HeliosMarket

/// P10: the same order again and again: account, instrument, side, price, quantity, type and time in force all equal; a market
/// order has no price here.
///
/// ```swift
/// var equal = EqualOrders(capacity: 16_384, most: 5)
/// if equal.isTooMany(order, account: place, at: now, most: 5, within: 500_000_000) { … }     // refuse
/// guard equal.note(order, account: place, at: now, within: 500_000_000) else { … }           // no room: refuse
/// ```
/// With `most` = 5 the fifth equal order within the window (its left end open) is refused. Note an order that was refused
/// too: a loop that never stops is then stopped for as long as it runs; note only what was sent, and four pass in each window.
/// Orders are compared wholly, never by a digest.
package struct EqualOrders {
    var recent: RecentTimes

    /// - Parameters:
    ///   - capacity: the most different orders in one window.
    ///   - most: the largest number that a limit will ask for, at most 1,024; a larger limit counts as this one.
    ///   - longest: the longest window of such a limit.
    package init(capacity: Int, most: Int, longest: Nanoseconds = 0) {
        recent = RecentTimes(keys: capacity, depth: max(most, 1), longest: longest)
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() { recent.deallocate() }

    /// The largest number that can be told from a larger one.
    package var most: Int { recent.depth }

    /// Whether `order` would be the `most`-th equal one in the window, or a later one; always when `most` is below 2.
    ///
    /// - Parameters:
    ///   - order: as it would travel; the bound of a market order does not count.
    ///   - account: the scope that the limit stands at.
    ///   - now: time that goes back counts as standing still.
    ///   - most: the number that is refused.
    ///   - window: how long.
    /// - Returns: true when the order must be refused.
    package func isTooMany(
        _ order: NewOrder,
        account: Int,
        at now: Timestamp,
        most: Int,
        within window: Nanoseconds
    ) -> Bool {
        let earlier = min(most, recent.depth) - 1
        return recent.has(earlier, of: EqualOrders.key(order, account), within: window, at: now)
    }

    /// Equal orders noted in the window.
    package func count(_ order: NewOrder, account: Int, at now: Timestamp, within window: Nanoseconds) -> Int {
        recent.count(EqualOrders.key(order, account), within: window, at: now)
    }

    /// Remembers an order; false when there is no room, and then it must be refused.
    package mutating func note(
        _ order: NewOrder,
        account: Int,
        at now: Timestamp,
        within window: Nanoseconds
    ) -> Bool {
        recent.note(EqualOrders.key(order, account), at: now, keeping: window)
    }

    private static func key(_ order: NewOrder, _ account: Int) -> RecentKey {
        let kind =
            UInt64(order.side.rawValue) << 16 | UInt64(order.type.rawValue) << 8 | UInt64(order.timeInForce.rawValue)
        return RecentKey(
            a: UInt64(order.instrument.id) << 32 | kind,
            // A market order's bound follows the market: two equal ones rarely have the same.
            b: order.type == .market ? 0 : UInt64(bitPattern: order.price.raw),
            c: UInt64(bitPattern: order.quantity.raw),
            d: UInt64(bitPattern: Int64(account))
        )
    }

    /// Tells the processor that `order` will be looked for soon.
    @inline(__always)
    func prefetch(_ order: NewOrder, account: Int) { recent.prefetch(EqualOrders.key(order, account)) }

    // MARK: State

    package func save(to writer: inout StateWriter) {
        writer.mark("equal")
        recent.save(to: &writer)
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("equal")
        try recent.restore(from: &reader)
    }
}
