// SPDX-License-Identifier: MIT
import HeliosMarket

/// P04: own aggressive orders may not walk the price further than allowed from where it stood when they began.
///
/// ```swift
/// var walk = PriceWalk(count: instruments)                       // places: an instrument, or instrument × limits + limit
/// if PriceWalk.isAggressive(order, bid: bid, ask: ask),
///    let edge = walk.edge(place, order.side, reference: double, at: now, within: 60_000_000_000, by: 200),
///    order.side == .buy ? order.price > edge : order.price < edge { … }      // refuse
/// walk.note(place, order.side, reference: double, at: now, within: window)   // an aggressive order was cleared
/// ```
/// A window begins with the first aggressive order on a side, freezes the reference (P05) of that moment, and ends after its
/// time (a time equal to its end is outside); the next one begins with the next aggressive order. The reference is given twice
/// over, so that a mid between two units stays exact. When time goes back the window is still open.
@safe
package struct PriceWalk {
    struct Window: BitwiseCopyable {
        /// Twice the reference; 0 when no window was ever open.
        var double: Int64 = 0
        var start = Timestamp.zero
    }

    let windows: UnsafeMutablePointer<Window>
    /// The number of places.
    package let count: Int

    package init(count: Int) {
        self.count = max(count, 0)
        unsafe windows = .allocate(capacity: max(count, 1) * 2)
        unsafe windows.initialize(repeating: Window(), count: max(count, 1) * 2)
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() { unsafe windows.deallocate() }

    /// Whether an order would take liquidity: it reaches the other side's best price, or that side is not known (zero).
    package static func isAggressive(_ order: NewOrder, bid: Price, ask: Price) -> Bool {
        switch order.side {
        case .buy: ask.raw <= 0 || order.price >= ask
        case .sell: bid.raw <= 0 || order.price <= bid
        }
    }

    /// The last price that an aggressive order may have: the highest for a buy, the lowest for a sell.
    ///
    /// - Parameters:
    ///   - place: from 0.
    ///   - side: the order's.
    ///   - reference: twice today's reference, for when no window is open.
    ///   - now: the time.
    ///   - window: how long a window lasts.
    ///   - basisPoints: how far; bounded to ten times the reference.
    /// - Returns: nil when nothing can be said (no reference, no such place): the order must be refused.
    package func edge(
        _ place: Int,
        _ side: Side,
        reference: Int64,
        at now: Timestamp,
        within window: Nanoseconds,
        by basisPoints: Int64
    ) -> Price? {
        guard place >= 0, place < count else { return nil }
        // Safe: two windows for each place.
        let open = unsafe windows[place * 2 + Int(side.rawValue)]
        let double = isOpen(open, now, window) ? open.double : reference
        guard double > 0 else { return nil }
        let width = Int128(min(max(basisPoints, 0), 100_000))
        // Twice the reference times ten thousand: the products are below 2^81. Rounded towards the reference.
        if side == .buy {
            return Price(raw: Int64(clamping: Int128(double) * (10_000 + width) / 20_000))
        }
        return Price(raw: Int64(clamping: (max(Int128(double) * (10_000 - width), 1) + 19_999) / 20_000))
    }

    /// Takes an aggressive order that was cleared: it begins a window unless one is open.
    package mutating func note(
        _ place: Int,
        _ side: Side,
        reference: Int64,
        at now: Timestamp,
        within window: Nanoseconds
    ) {
        guard place >= 0, place < count, reference > 0 else { return }
        // Safe: two windows for each place.
        let index = place * 2 + Int(side.rawValue)
        if isOpen(unsafe windows[index], now, window) { return }
        unsafe windows[index] = Window(double: reference, start: now)
    }

    private func isOpen(_ open: Window, _ now: Timestamp, _ window: Nanoseconds) -> Bool {
        open.double > 0 && Int128(now.nanoseconds) - Int128(open.start.nanoseconds) < Int128(window)
    }

    // MARK: State

    package func save(to writer: inout StateWriter) {
        writer.mark("walk")
        writer.write(count)
        // Safe: two windows for each place, without gaps.
        unsafe writer.write(windows, count: count * 2 * MemoryLayout<Window>.stride)
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("walk")
        try reader.match(count, "places of P04")
        // Safe: as `save`; what can't be is refused below.
        unsafe try reader.read(into: windows, count: count * 2 * MemoryLayout<Window>.stride)
        for index in 0..<count * 2 where unsafe windows[index].double < 0 {
            throw reader.error(.damaged, "place \(index / 2) of P04 has a price below zero")
        }
    }
}
