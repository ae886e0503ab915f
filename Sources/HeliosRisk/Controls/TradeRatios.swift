// SPDX-License-Identifier: MIT
import HeliosMarket

/// P25: for each place (an account, a venue session) the messages and trades of the day.
///
/// ```swift
/// var ratios = TradeRatios(count: accounts)
/// guard ratios.maySend(place, ratio: 500) else { … }
/// ratios.sent(place)                  // a new order: a message
/// ratios.cancelled(place)             // a cancel or a replace: a message, never refused
/// ratios.filled(place)                // a fill: a trade
/// ratios.newDay()
/// ```
/// `messages / trades − 1 > ratio` is held as `messages − trades > ratio × trades`, in integers; before the first trade the
/// first `ratio` messages pass.
@safe
package struct TradeRatios {
    struct Counts: BitwiseCopyable, Equatable {
        var messages: Int64 = 0
        var trades: Int64 = 0
    }

    let counts: UnsafeMutablePointer<Counts>
    /// The number of places.
    package let count: Int

    package init(count: Int) {
        self.count = max(count, 0)
        unsafe counts = .allocate(capacity: max(count, 1))
        unsafe counts.initialize(repeating: Counts(), count: max(count, 1))
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() { unsafe counts.deallocate() }

    // MARK: Reading

    /// New orders, replaces and cancels of the day.
    package func messages(_ place: Int) -> Int { Int(self[place].messages) }
    /// Fills of the day.
    package func trades(_ place: Int) -> Int { Int(self[place].trades) }

    /// Whether one more message keeps the ratio; false for a place that does not exist.
    package func maySend(_ place: Int, ratio: Int) -> Bool {
        guard place >= 0, place < count else { return false }
        let counts = self[place]
        let messages = Int128(counts.messages) + 1
        let allowed = Int128(max(ratio, 0))
        guard counts.trades > 0 else { return messages <= allowed }
        return messages - Int128(counts.trades) <= allowed * Int128(counts.trades)
    }

    // MARK: Changing

    /// Counts a new order.
    package mutating func sent(_ place: Int) { change(place) { $0.messages += 1 } }

    /// Counts a cancel or a replace.
    package mutating func cancelled(_ place: Int) { change(place) { $0.messages += 1 } }

    /// Counts a fill.
    package mutating func filled(_ place: Int) { change(place) { $0.trades += 1 } }

    /// Begins a day: messages and trades count from zero.
    package mutating func newDay() {
        for place in 0..<count {
            change(place) {
                $0.messages = 0
                $0.trades = 0
            }
        }
    }

    private subscript(place: Int) -> Counts {
        // Safe: the place is checked.
        place >= 0 && place < count ? unsafe counts[place] : Counts()
    }

    private mutating func change(_ place: Int, _ body: (inout Counts) -> Void) {
        guard place >= 0, place < count else { return }
        // Safe: the place was checked.
        unsafe body(&counts[place])
    }

    // MARK: State

    package func save(to writer: inout StateWriter) {
        writer.mark("ratios")
        writer.write(count)
        // Safe: `count` pairs of numbers without gaps.
        unsafe writer.write(counts, count: count * MemoryLayout<Counts>.stride)
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("ratios")
        try reader.match(count, "places of P25")
        // Safe: as `save`; what can't be is refused below.
        unsafe try reader.read(into: counts, count: count * MemoryLayout<Counts>.stride)
        for place in 0..<count where min(self[place].messages, self[place].trades) < 0 {
            throw reader.error(.damaged, "place \(place) of P25 has a count below zero")
        }
    }
}
