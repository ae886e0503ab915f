// SPDX-License-Identifier: MIT
import HeliosMarket

/// Raises an alarm when the mean of a stream has gone up (section 7): Page 1954, Hinkley 1971.
///
/// m(t) = m(t − 1) + x(t) − mean of all values so far − tolerance; alarm when m stands more than a threshold above its
/// lowest value, 0 at the start. For a fall of the mean give it the values' negatives.
@frozen
public struct PageHinkley: Sendable, BitwiseCopyable {
    public private(set) var count = 0
    /// Of all values.
    public private(set) var mean = 0.0
    /// Values refused because they were not finite.
    public private(set) var refused = 0
    private var sum = 0.0
    private var lowest = 0.0
    private let tolerance: Double
    private let threshold: Double

    /// A detector.
    ///
    /// - Parameters:
    ///   - tolerance: a rise of the mean that is let pass, 0 or more, in the unit of the values.
    ///   - threshold: above 0: the larger, the later and surer the alarm.
    public init(tolerance: Double, threshold: Double) {
        precondition(tolerance >= 0 && threshold > 0, "a tolerance of 0 or more, a threshold above 0")
        self.tolerance = tolerance
        self.threshold = threshold
    }

    /// How far the sum stands above its lowest value.
    public var statistic: Double { sum - lowest }

    /// The statistic is above the threshold.
    public var isAlarm: Bool { statistic > threshold }

    /// Takes a value; whether there is an alarm.
    ///
    /// One that is not finite, or would make the sums so, is refused and changes nothing.
    @discardableResult
    public mutating func update(_ value: Double) -> Bool {
        let newMean = mean + (value - mean) / Double(count + 1)
        let newSum = sum + (value - newMean - tolerance)
        guard value.isFinite, newMean.isFinite, newSum.isFinite else {
            refused += 1
            return isAlarm
        }
        count += 1
        mean = newMean
        sum = newSum
        lowest = min(lowest, sum)
        return isAlarm
    }

    /// Forgets everything: after an alarm that was dealt with.
    public mutating func reset() { self = PageHinkley(tolerance: tolerance, threshold: threshold) }
}

extension PageHinkley {
    /// Appends the detector's state; its settings are only compared.
    public func save(to writer: inout StateWriter) {
        writer.mark("pagehink")
        writer.write(tolerance)
        writer.write(threshold)
        writer.write(count)
        writer.write(refused)
        for number in [mean, sum, lowest] { writer.write(number) }
    }

    /// Takes the state of a detector with the same settings; after an error nothing has changed.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        var saved = self
        try reader.expect("pagehink")
        try reader.match(tolerance, "tolerance of the Page-Hinkley test")
        try reader.match(threshold, "threshold of the Page-Hinkley test")
        saved.count = try reader.readCount(upTo: StateReader.largestCount, "values of the Page-Hinkley test")
        saved.refused = try reader.readCount(upTo: StateReader.largestCount, "refused values")
        saved.mean = try reader.readFinite("mean")
        saved.sum = try reader.readFinite("sum")
        saved.lowest = try reader.readFinite("lowest sum")
        self = saved
    }
}
