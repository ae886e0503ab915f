// SPDX-License-Identifier: MIT
import HeliosMarket

/// P08: a strategy that fills too often in one instrument on one side is stopped until a named person lets it go on.
///
/// ```swift
/// var repeated = RepeatedExecutions(strategies: 100, keys: 4_096, most: 50)
/// if repeated.filled(strategy, instrument, side, at: now, most: 50, within: 60_000_000_000) { … }   // just stopped
/// // With several limits, each with its own window:
/// let isTooMany = repeated.has(50, strategy, instrument, side, at: now, within: 60_000_000_000) || …
/// if repeated.filled(strategy, instrument, side, at: now, isTooMany, keeping: longestWindow) { … }
/// guard repeated.isEnabled(strategy) else { … }             // in the check
/// repeated.enable(strategy, by: person)                     // a `RiskCommand` of kind `enable`
/// ```
/// The fill that is one more than `most` in the window (its left end open) stops the strategy. What can't be counted (a
/// strategy without a place, a full table) stops it too. A restart keeps it stopped.
@safe
package struct RepeatedExecutions {
    var recent: RecentTimes
    /// For each strategy: 0, or why it is stopped.
    let stopped: UnsafeMutablePointer<UInt8>
    /// The number of strategies.
    package let strategies: Int

    /// - Parameters:
    ///   - strategies: numbers 0 to `strategies` − 1.
    ///   - keys: the most (strategy, instrument, side) with fills in one window.
    ///   - most: the largest number of fills that a limit will ask for, at most 1,024; a larger limit counts as this one.
    package init(strategies: Int, keys: Int, most: Int) {
        self.strategies = max(strategies, 0)
        recent = RecentTimes(keys: keys, depth: most)
        unsafe stopped = .allocate(capacity: max(strategies, 1))
        unsafe stopped.initialize(repeating: 0, count: max(strategies, 1))
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() {
        recent.deallocate()
        unsafe stopped.deallocate()
    }

    /// The largest number of fills that can be told from a larger one.
    package var most: Int { recent.depth }

    /// Whether the strategy may trade; false for one without a place.
    package func isEnabled(_ strategy: UInt16) -> Bool {
        guard Int(strategy) < strategies else { return false }
        // Safe: held against the number of strategies.
        return unsafe stopped[Int(strategy)] == 0
    }

    /// Takes a fill.
    ///
    /// - Parameters:
    ///   - strategy: whose fill.
    ///   - instrument: of what.
    ///   - side: bought or sold.
    ///   - now: when; time that goes back counts as standing still.
    ///   - most: fills that are allowed in the window.
    ///   - window: how long; the window of one strategy should not change during a day.
    /// - Returns: true when this fill stops the strategy, which traded until now.
    package mutating func filled(
        _ strategy: UInt16,
        _ instrument: Instrument,
        _ side: Side,
        at now: Timestamp,
        most: Int,
        within window: Nanoseconds
    ) -> Bool {
        let isTooMany = has(most, strategy, instrument, side, at: now, within: window)
        return filled(strategy, instrument, side, at: now, isTooMany, keeping: window)
    }

    /// Whether there were `number` fills in the window already, so that one more is too many.
    package func has(
        _ number: Int,
        _ strategy: UInt16,
        _ instrument: Instrument,
        _ side: Side,
        at now: Timestamp,
        within window: Nanoseconds
    ) -> Bool {
        let key = RepeatedExecutions.key(strategy, instrument, side)
        return recent.has(min(max(number, 0), recent.depth), of: key, within: window, at: now)
    }

    /// Takes a fill that is one too many or not; `window` is the longest that anybody will ask about.
    ///
    /// - Returns: true when this fill stops the strategy, which traded until now.
    package mutating func filled(
        _ strategy: UInt16,
        _ instrument: Instrument,
        _ side: Side,
        at now: Timestamp,
        _ isTooMany: Bool,
        keeping window: Nanoseconds
    ) -> Bool {
        guard Int(strategy) < strategies else { return false }
        let key = RepeatedExecutions.key(strategy, instrument, side)
        let isCounted = recent.note(key, at: now, keeping: window)
        guard isTooMany || !isCounted, isEnabled(strategy) else { return false }
        // Safe: held against the number of strategies.
        unsafe stopped[Int(strategy)] = 1
        return true
    }

    /// Fills in the window so far, at most the number that `init` was given.
    package func count(
        _ strategy: UInt16,
        _ instrument: Instrument,
        _ side: Side,
        at now: Timestamp,
        within window: Nanoseconds
    ) -> Int {
        recent.count(RepeatedExecutions.key(strategy, instrument, side), within: window, at: now)
    }

    /// Lets a strategy trade again; its fills so far are forgotten.
    ///
    /// False, and nothing changed, when nobody says so (person 0) or the strategy has no place.
    @discardableResult
    package mutating func enable(_ strategy: UInt16, by person: UInt32) -> Bool {
        guard person != 0, Int(strategy) < strategies else { return false }
        recent.forget { UInt16(truncatingIfNeeded: $0.a >> 33) == strategy }
        // Safe: held against the number of strategies.
        unsafe stopped[Int(strategy)] = 0
        return true
    }

    private static func key(_ strategy: UInt16, _ instrument: Instrument, _ side: Side) -> RecentKey {
        RecentKey(a: UInt64(strategy) << 33 | UInt64(instrument.id) << 1 | UInt64(side.rawValue))
    }

    // MARK: State

    /// Appends who is stopped, and the fills that still count.
    package func save(to writer: inout StateWriter) {
        writer.mark("repeated")
        writer.write(strategies)
        // Safe: one byte for each strategy.
        unsafe writer.write(stopped, count: strategies)
        recent.save(to: &writer)
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("repeated")
        try reader.match(strategies, "strategies of P08")
        // Safe: one byte for each strategy; values other than 0 and 1 are refused.
        unsafe try reader.read(into: stopped, count: strategies)
        for strategy in 0..<strategies where unsafe stopped[strategy] > 1 {
            throw reader.error(.damaged, "strategy \(strategy) is neither stopped nor not")
        }
        try recent.restore(from: &reader)
    }
}
