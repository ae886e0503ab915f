// SPDX-License-Identifier: MIT
import HeliosMarket

/// How far the newest value of a stream is from the mean of its window, in standard deviations (formula 2.5).
@safe
public struct ZScore: ~Copyable {
    private var window: RollingWindow

    /// A score over the last `window` values, at least 2; the newest is one of them.
    public init(window: Int) {
        precondition(window >= 2, "a z-score needs at least two values")
        self.window = RollingWindow(capacity: window)
    }

    /// Takes the next value.
    ///
    /// A value that is not finite is refused and changes nothing.
    @discardableResult
    public mutating func push(_ value: Double) -> Bool { window.push(value) }

    /// The score of the newest value; nil until the window is full and while all values are equal.
    public var value: Double? {
        guard window.isFull, let last = window.last else { return nil }
        return score(of: last)
    }

    /// The score that `value` has against the window as it is; nil as for `value`.
    public func score(of value: Double) -> Double? {
        guard window.isFull, value.isFinite, let mean = window.mean, let deviation = window.standardDeviation,
            deviation > 0
        else { return nil }
        return (value - mean) / deviation
    }
}

extension ZScore {
    /// Appends the window.
    public func save(to writer: inout StateWriter) { window.save(to: &writer) }

    /// Takes the window of a score over as many values; after an error it is empty.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try window.restore(from: &reader)
    }
}
