// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// Whether what comes in still looks like what a model was made with (section 7): the population stability index
/// Σ (a − e) ln(a / e) over bins, of the shares of the last values and the expected ones.
///
/// Below 0.1 nothing has changed, from 0.25 on the model should stop.
@safe
public struct PopulationStability: ~Copyable {
    public static let alertLevel = 0.1
    public static let stopLevel = 0.25
    /// The most bins.
    public static let largestBinCount = 200

    /// Values that a full window holds.
    public let capacity: Int
    /// Values in the window.
    public private(set) var count = 0
    /// Values refused because they were not numbers.
    public private(set) var refused = 0
    private let bins: Int
    private let floor: Double
    private var edges: FixedBuffer<Double>
    private var expected: FixedBuffer<Double>
    private var counts: FixedBuffer<Int64>
    private var ring: FixedBuffer<UInt8>
    private var next = 0

    /// A window of the last `capacity` values; nil for parameters that don't fit.
    ///
    /// - Parameters:
    ///   - edges: rising; a value belongs to the first bin whose edge it does not exceed, or to the last, which has
    ///     none.
    ///   - expected: one share more than edges, none negative, with the sum 1 (to 1e-6).
    ///   - capacity: at least as many as bins.
    ///   - floor: shares below it count as it, since the index of an empty bin has no bound; above 0.
    public init?(edges: [Double], expected: [Double], capacity: Int, floor: Double = 1e-4) {
        bins = expected.count
        guard bins == edges.count + 1, (2...PopulationStability.largestBinCount).contains(bins), capacity >= bins,
            edges.allSatisfy(\.isFinite), zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }),
            expected.allSatisfy({ $0 >= 0 && $0 <= 1 }), (expected.reduce(0, +) - 1).magnitude < 1e-6,
            floor > 0, floor < 1
        else { return nil }
        self.capacity = capacity
        self.floor = floor
        self.edges = FixedBuffer(repeating: 0, count: edges.count)
        self.expected = FixedBuffer(repeating: 0, count: bins)
        for index in edges.indices { self.edges[index] = edges[index] }
        for index in expected.indices { self.expected[index] = expected[index] }
        counts = FixedBuffer(repeating: 0, count: bins)
        ring = FixedBuffer(repeating: 0, count: capacity)
    }

    /// A window whose bins hold equal shares of a reference sample, as nearly as its ties let them.
    ///
    /// Nil when the sample is smaller than twice the bins, not finite, or has not two different values.
    public init?(reference: [Double], bins: Int = 10, capacity: Int, floor: Double = 1e-4) {
        guard bins >= 2, bins <= reference.count / 2, reference.allSatisfy(\.isFinite) else { return nil }
        let sorted = reference.sorted()
        var edges: [Double] = []
        for bin in 1..<bins {
            let edge = sorted[(sorted.count * bin + bins - 1) / bins - 1]
            if edge > (edges.last ?? -.infinity), edge < sorted[sorted.count - 1] { edges.append(edge) }
        }
        guard !edges.isEmpty else { return nil }
        var shares = [Double](repeating: 0, count: edges.count + 1)
        for value in sorted { shares[edges.firstIndex { value <= $0 } ?? edges.count] += 1 }
        let total = Double(sorted.count)
        self.init(edges: edges, expected: shares.map { $0 / total }, capacity: capacity, floor: floor)
    }

    /// Takes a value; the oldest leaves a full window.
    ///
    /// One that is no number is refused and changes nothing.
    @discardableResult
    public mutating func push(_ value: Double) -> Bool {
        guard !value.isNaN else {
            refused += 1
            return false
        }
        if count == capacity { counts[Int(ring[next])] -= 1 } else { count += 1 }
        let bin = bin(of: value)
        counts[bin] += 1
        // Safe: there are at most 200 bins.
        ring[next] = UInt8(truncatingIfNeeded: bin)
        next = next + 1 == capacity ? 0 : next + 1
        return true
    }

    private func bin(of value: Double) -> Int {
        var (low, high) = (0, bins - 1)
        while low < high {
            let middle = (low + high) >> 1
            if value <= edges[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The index of the window; nil until it is full.
    public var index: Double? {
        guard count == capacity else { return nil }
        var sum = 0.0
        for bin in 0..<bins {
            let actual = Double(counts[bin]) / Double(capacity)
            sum += PopulationStability.term(actual, expected[bin], floor)
        }
        return sum
    }

    /// The index of shares that are known.
    ///
    /// - Parameters:
    ///   - expected: shares of what the model was made with, none negative, with the sum 1 (to 1e-6).
    ///   - actual: as many, of what came in.
    ///   - floor: as in `init`.
    /// - Returns: undefined for other parameters.
    public static func index(expected: [Double], actual: [Double], floor: Double = 1e-4) -> Finding<Double> {
        guard expected.count == actual.count else { return .undefined(.unequalLengths) }
        guard expected.count >= 2 else { return .undefined(.tooFewValues) }
        let areShares = [expected, actual].allSatisfy { shares in
            shares.allSatisfy { $0 >= 0 && $0 <= 1 } && (shares.reduce(0, +) - 1).magnitude < 1e-6
        }
        guard areShares, floor > 0, floor < 1 else { return .undefined(.parameterOutOfRange) }
        return .defined(zip(expected, actual).reduce(0) { $0 + term($1.1, $1.0, floor) })
    }

    private static func term(_ actual: Double, _ expected: Double, _ floor: Double) -> Double {
        let (a, e) = (max(actual, floor), max(expected, floor))
        return (a - e) * DeterministicMath.log(a / e)
    }
}

extension PopulationStability {
    /// Appends the bins of the window's values, oldest first; edges and shares are only compared.
    public func save(to writer: inout StateWriter) {
        writer.mark("populstb")
        writer.write(bins)
        writer.write(capacity)
        writer.write(floor)
        edges.save(0..<(bins - 1), to: &writer)
        expected.save(0..<bins, to: &writer)
        writer.write(count)
        writer.write(refused)
        let oldest = count == capacity ? next : 0
        ring.save(oldest..<count, to: &writer)
        ring.save(0..<oldest, to: &writer)
    }

    /// Takes the values of a window with the same bins; after an error the window is empty.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        counts.fill(0..<bins, with: 0)
        next = 0
        count = 0
        try reader.expect("populstb")
        try reader.match(bins, "number of bins")
        try reader.match(capacity, "capacity of the window")
        try reader.match(floor, "floor of a share")
        for index in 0..<(bins - 1) { try reader.match(edges[index], "edge of a bin") }
        for index in 0..<bins { try reader.match(expected[index], "expected share") }
        let saved = try reader.readCount(upTo: capacity, "values in the window")
        refused = try reader.readCount(upTo: StateReader.largestCount, "refused values")
        try ring.restore(0..<saved, from: &reader)
        for index in 0..<saved where Int(ring[index]) >= bins {
            throw reader.error(.damaged, "a value is in bin \(ring[index]) of \(bins)")
        }
        for index in 0..<saved { counts[Int(ring[index])] += 1 }
        count = saved
        next = saved == capacity ? 0 : saved
    }
}
