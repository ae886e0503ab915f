// SPDX-License-Identifier: MIT
import HeliosMarket

/// A sum that also keeps what rounding dropped (Neumaier's variant of Kahan's summation).
@frozen
public struct CompensatedSum: Sendable, BitwiseCopyable {
    @usableFromInline var sum = 0.0
    @usableFromInline var compensation = 0.0

    @inlinable
    public init() {}

    @inlinable
    public mutating func add(_ value: Double) {
        let total = sum + value
        // Of the two summands the smaller one lost digits.
        compensation += sum.magnitude >= value.magnitude ? (sum - total) + value : (value - total) + sum
        sum = total
    }

    @inlinable
    public var value: Double { sum + compensation }
}

/// Sum, mean and variance of the last values of a stream, each updated in constant time.
///
/// The variance is kept by Welford's formulas on values shifted by one of their own, so that prices far from zero lose
/// no digits. What rounding leaves behind is wiped out by a rebuild from the ring every 4,096 slides, and at once when
/// the window has become much calmer than it was. Nothing is allocated after `init`.
@safe
public struct RollingWindow: ~Copyable {
    /// Slides between two rebuilds.
    public static let rebuildInterval = 4_096

    /// The number of values that a full window holds.
    public let capacity: Int
    /// Values in the window.
    public private(set) var count = 0
    /// Values refused because they were not finite.
    public private(set) var refused = 0

    private var ring: FixedBuffer<Double>
    private var next = 0
    private var slides = 0
    private var total = CompensatedSum()
    private var reference = 0.0
    private var shiftedMean = 0.0
    private var squares = 0.0
    /// The largest `squares` since the last rebuild: the size of what rounding may have left.
    private var largestSquares = 0.0
    /// How many of the newest values are equal.
    private var equalValues = 0

    /// A window of `capacity` values, at least 1.
    public init(capacity: Int) {
        precondition(capacity >= 1, "a window holds at least one value")
        self.capacity = capacity
        ring = FixedBuffer(repeating: 0, count: capacity)
    }

    public var isFull: Bool { count == capacity }

    /// The value that came last; nil before the first.
    public var last: Double? { count > 0 ? ring[next == 0 ? capacity - 1 : next - 1] : nil }

    /// Takes a value; the oldest leaves a full window.
    ///
    /// A value that is not finite is refused and changes nothing.
    @discardableResult
    public mutating func push(_ value: Double) -> Bool {
        guard value.isFinite else {
            refused += 1
            return false
        }
        equalValues = last == value ? equalValues + 1 : 1
        if count == capacity { removeOldest() }
        if count == 0 { restart(at: value) }
        ring[next] = value
        next = next + 1 == capacity ? 0 : next + 1
        include(value)
        if slides >= RollingWindow.rebuildInterval || hidesStillness || isWorn { rebuild() }
        return true
    }

    /// Whether rounding may have taken half of the digits, or something was not finite.
    private var isWorn: Bool { !(squares >= largestSquares * 1e-4) || !total.value.isFinite }

    /// Whether nothing varies any more and a rest of rounding says otherwise; once rebuilt, equal values leave it exact.
    private var hidesStillness: Bool { equalValues >= count && squares != 0 }

    /// The sum of the window; nil when it is empty or its sum is beyond all numbers.
    public var sum: Double? { count > 0 ? finite(total.value) : nil }

    /// The mean; nil when the sum is.
    public var mean: Double? { sum.map { $0 / Double(count) } }

    /// The variance with divisor n − 1; nil with fewer than two values, and while it is beyond all numbers.
    ///
    /// Exactly zero when all values are equal.
    public var variance: Double? { count > 1 ? finite(max(squares, 0) / Double(count - 1)) : nil }

    /// The standard deviation with divisor n − 1; nil when the variance is.
    public var standardDeviation: Double? { variance.map { $0.squareRoot() } }

    private func finite(_ number: Double) -> Double? { number.isFinite ? number : nil }

    private mutating func restart(at value: Double) {
        total = CompensatedSum()
        reference = value
        shiftedMean = 0
        squares = 0
        largestSquares = 0
    }

    private mutating func include(_ value: Double) {
        count += 1
        total.add(value)
        let shifted = value - reference
        let delta = shifted - shiftedMean
        shiftedMean += delta / Double(count)
        squares += delta * (shifted - shiftedMean)
        largestSquares = max(largestSquares, squares)
    }

    private mutating func removeOldest() {
        let value = ring[next]  // In a full ring the oldest stands where the next goes.
        slides += 1
        count -= 1
        total.add(-value)
        guard count > 0 else { return }
        let shifted = value - reference
        let delta = shifted - shiftedMean
        shiftedMean -= delta / Double(count)
        squares -= delta * (shifted - shiftedMean)
    }

    private mutating func rebuild() {
        let size = count
        var index = size == capacity ? next : 0
        restart(at: ring[index])
        slides = 0
        count = 0
        for _ in 0..<size {
            include(ring[index])
            index = index + 1 == capacity ? 0 : index + 1
        }
    }
}

// MARK: - State
extension RollingWindow {
    /// Appends the values, oldest first, and what was computed from them.
    public func save(to writer: inout StateWriter) {
        writer.mark("window")
        writer.write(capacity)
        writer.write(count)
        writer.write(refused)
        writer.write(slides)
        writer.write(equalValues)
        writer.write(total)
        for number in [reference, shiftedMean, squares, largestSquares] { writer.write(number) }
        // Where in the ring the oldest stands makes no difference: equal windows give equal bytes.
        let oldest = count == capacity ? next : 0
        ring.save(oldest..<count, to: &writer)
        ring.save(0..<oldest, to: &writer)
    }

    /// Takes the values of a window of the same capacity; after an error the window is empty.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        do throws(StateError) {
            try take(from: &reader)
        } catch {
            count = 0
            next = 0
            slides = 0
            equalValues = 0
            restart(at: 0)
            throw error
        }
    }

    private mutating func take(from reader: inout StateReader) throws(StateError) {
        try reader.expect("window")
        try reader.match(capacity, "capacity of the window")
        count = try reader.readCount(upTo: capacity, "values in the window")
        refused = try reader.readCount(upTo: StateReader.largestCount, "refused values")
        slides = try reader.readCount(upTo: RollingWindow.rebuildInterval, "slides since the rebuild")
        equalValues = try reader.readCount(upTo: StateReader.largestCount, "equal values")
        total = try reader.read(CompensatedSum.self)
        reference = try reader.read(Double.self)
        shiftedMean = try reader.read(Double.self)
        squares = try reader.read(Double.self)
        largestSquares = try reader.read(Double.self)
        try ring.restore(0..<count, from: &reader)
        guard ring.isFinite(0..<count) else { throw reader.error(.damaged, "a value in the window is not finite") }
        next = count == capacity ? 0 : count
    }
}
