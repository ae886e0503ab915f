// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// An exponential average of values that come at any times (section 7): v += (1 − e^(−Δt/τ)) (value − v).
@frozen
public struct TimedAverage: Sendable, BitwiseCopyable {
    /// τ: after it a value's weight has fallen to 1/e.
    public let timeConstant: Nanoseconds
    private var average = 0.0
    private var last = Timestamp.zero
    private var isStarted = false

    /// An average that forgets with a time constant above zero.
    public init(timeConstant: Nanoseconds) {
        precondition(timeConstant > 0, "a time constant is above zero")
        self.timeConstant = timeConstant
    }

    /// The average; nil before the first value.
    public var value: Double? { isStarted ? average : nil }

    /// The weight of a value that comes `passed` nanoseconds after the one before: 1 − e^(−Δt/τ).
    static func weight(after passed: UInt64, timeConstant: Nanoseconds) -> Double {
        1 - DeterministicMath.exp(-(Double(passed) / Double(timeConstant)))
    }

    /// Takes a value at a time; false, and no change, for one that is not finite or earlier than the last.
    ///
    /// Of values at the same time the first counts.
    @discardableResult
    public mutating func update(_ value: Double, at time: Timestamp) -> Bool {
        guard value.isFinite, !isStarted || time >= last else { return false }
        if isStarted {
            // Safe: not negative, and any distance of two times fits 64 bits without a sign.
            let passed = UInt64(bitPattern: time.nanoseconds &- last.nanoseconds)
            let next = average + TimedAverage.weight(after: passed, timeConstant: timeConstant) * (value - average)
            guard next.isFinite else { return false }
            average = next
        } else {
            average = value
        }
        last = time
        isStarted = true
        return true
    }
}

extension TimedAverage {
    /// Appends average and time; the time constant is only compared.
    public func save(to writer: inout StateWriter) {
        writer.mark("timedavg")
        writer.write(timeConstant)
        writer.write(average)
        writer.write(last)
        writer.write(isStarted)
    }

    /// Takes the state of an average with the same time constant; after an error nothing has changed.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        var saved = self
        try reader.expect("timedavg")
        try reader.match(timeConstant, "time constant of the average")
        saved.average = try reader.readFinite("average")
        saved.last = try reader.read(Timestamp.self)
        saved.isStarted = try reader.readFlag()
        self = saved
    }
}
