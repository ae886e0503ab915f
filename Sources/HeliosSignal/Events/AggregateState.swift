// SPDX-License-Identifier: MIT

/// Which function an aggregate computes, and what it keeps for it.
enum AggregateState {
    enum Code: UInt8 {
        case count, sum, mean, variance, deviation, zscore, minimum, maximum, range, first, last, quantile
        case slope, intercept, residual, covariance, correlation, weightedMean
    }

    /// Slides between two rebuilds from the ring, so that what rounding leaves behind can't gather.
    static let rebuildInterval: Int64 = 4_096

    /// Slides that a window's moments begin with: windows that get their samples together are not rebuilt together.
    static func slidesAtStart(window: Int32) -> Int64 {
        Int64(UInt32(bitPattern: window) &* 2_654_435_761 >> 20)
    }

    static func code(of function: Aggregate) -> Code {
        switch function {
        case .count: .count
        case .sum: .sum
        case .mean: .mean
        case .variance: .variance
        case .deviation: .deviation
        case .zscore: .zscore
        case .minimum: .minimum
        case .maximum: .maximum
        case .range: .range
        case .first: .first
        case .last: .last
        case .quantile: .quantile
        case .slope: .slope
        case .intercept: .intercept
        case .residual: .residual
        case .covariance: .covariance
        case .correlation: .correlation
        case .weightedMean: .weightedMean
        }
    }

    /// The function's code, and how many numbers and words it keeps.
    static func layout(
        of function: Aggregate,
        capacity: Int,
        isTumbling: Bool
    ) -> (code: UInt8, state: (reals: Int, words: Int)) {
        let code = code(of: function)
        // Three words at the begin of each function's own: slides since the last rebuild, samples, and the first sample that it
        // has not let go yet. Extremes need none of them.
        let ring = WindowState.ringSize(capacity)
        let state: (reals: Int, words: Int) =
            switch code {
            case .sum, .mean, .variance, .deviation, .zscore: (Moments.numbers, 3)
            case .minimum, .maximum: isTumbling ? (1, 2) : (0, 2 + ring)
            case .range: isTumbling ? (2, 2) : (0, 4 + 2 * ring)
            case .quantile where capacity > SampleOrder.largestRow:
                isTumbling ? (capacity, 3 + SampleOrder.words(capacity)) : (0, 3 + SampleOrder.words(ring))
            case .quantile: (capacity, 3)
            case .slope, .intercept, .residual, .covariance, .correlation: (JointMoments.numbers, 3)
            case .weightedMean: (WeightedSums.numbers, 3)
            case .first: (1, 2)
            case .count, .last: (0, 2)
            }
        return (code.rawValue, state)
    }
}

/// Sum, mean and squared deviations of the samples in a window, relative to one of them.
struct Moments: BitwiseCopyable {
    static let numbers = 7

    var count = 0.0
    /// The sample that all others are taken relative to: prices far from zero lose no digits.
    var origin = 0.0
    var mean = 0.0
    var squares = 0.0
    /// The largest `squares` since the last rebuild: the size of what rounding may have left.
    var largest = 0.0
    var total = CompensatedSum()

    mutating func add(_ value: Double) {
        if count == 0 {
            self = Moments()
            origin = value
        }
        count += 1
        let shifted = value - origin
        total.add(shifted)
        let delta = shifted - mean
        mean += delta / count
        squares += delta * (shifted - mean)
        largest = max(largest, squares)
    }

    mutating func remove(_ value: Double) {
        guard count > 1 else {
            self = Moments()
            return
        }
        count -= 1
        let shifted = value - origin
        total.add(-shifted)
        let delta = shifted - mean
        mean -= delta / count
        squares -= delta * (shifted - mean)
    }

    /// Whether more may have been lost in rounding than is good, or something was not finite.
    var isWorn: Bool { squares < largest * 1e-4 || !squares.isFinite || !total.value.isFinite }

    var average: Double { origin + total.value / count }
    var sum: Double { origin * count + total.value }
    var variance: Double { max(squares, 0) / (count - 1) }
}

extension Moments {
    /// Of the first `samples` numbers at once, relative to the first of them.
    ///
    /// Eight sums side by side, so that one need not wait for the other. Traps where there are not eight numbers more.
    init(of numbers: borrowing FixedBuffer<Double>, count samples: Int) {
        self.init()
        precondition(samples >= 0 && samples + 8 <= numbers.count, "samples, and room for eight more")
        guard samples > 0 else { return }
        count = Double(samples)
        origin = numbers[0]
        let whole = samples & ~7
        var sums = SIMD8<Double>.zero
        var lost = SIMD8<Double>.zero
        for first in stride(from: 0, to: whole, by: 8) {
            Moments.add(numbers.eight(first) - origin, &sums, &lost)
        }
        let isSample = SIMD8<Int64>(0, 1, 2, 3, 4, 5, 6, 7) .< Int64(samples - whole)
        Moments.add((numbers.eight(whole) - origin).replacing(with: 0, where: .!isSample), &sums, &lost)
        for lane in 0..<8 { total.add(sums[lane]) }
        for lane in 0..<8 { total.add(lost[lane]) }
        mean = total.value / count
        var rows = SIMD8<Double>.zero
        for first in stride(from: 0, to: whole, by: 8) {
            let delta = (numbers.eight(first) - origin) - mean
            rows += delta * delta
        }
        let delta = ((numbers.eight(whole) - origin) - mean).replacing(with: 0, where: .!isSample)
        rows += delta * delta
        for lane in 0..<8 { squares += rows[lane] }
        largest = squares
    }

    /// Adds to eight sums, and to what they have lost in rounding, whichever summand was larger (Knuth's two-sum).
    @inline(__always)
    private static func add(_ values: SIMD8<Double>, _ sums: inout SIMD8<Double>, _ lost: inout SIMD8<Double>) {
        let next = sums + values
        let part = next - sums
        lost += (sums - (next - part)) + (values - part)
        sums = next
    }
}

extension FixedBuffer where Element == Double {
    /// The numbers from `place` on, which the caller has checked.
    @inline(__always)
    fileprivate borrowing func eight(_ place: Int) -> SIMD8<Double> {
        // Safe: the caller has checked that there are eight.
        unsafe UnsafeRawPointer(base + place).loadUnaligned(as: SIMD8<Double>.self)
    }
}

/// The same of samples (y, x).
struct JointMoments: BitwiseCopyable {
    static let numbers = 10

    var pairs = PairMoments()
    var originX = 0.0
    var originY = 0.0
    var largestXX = 0.0
    var largestYY = 0.0

    mutating func add(y: Double, x: Double) {
        if pairs.count == 0 {
            self = JointMoments()
            originX = x
            originY = y
        }
        pairs.add(x - originX, y - originY)
        largestXX = max(largestXX, pairs.sumXX)
        largestYY = max(largestYY, pairs.sumYY)
    }

    mutating func remove(y: Double, x: Double) {
        if pairs.count <= 1 { self = JointMoments() } else { pairs.remove(x - originX, y - originY) }
    }

    var isWorn: Bool {
        pairs.sumXX < largestXX * 1e-4 || pairs.sumYY < largestYY * 1e-4 || !pairs.sumXX.isFinite
            || !pairs.sumYY.isFinite || !pairs.sumXY.isFinite
    }

    /// Nil while x does not vary.
    var slope: Double? { pairs.sumXX > 0 ? pairs.sumXY / pairs.sumXX : nil }
    var intercept: Double? { slope.map { originY + pairs.meanY - $0 * (originX + pairs.meanX) } }
    var covariance: Double { pairs.sumXY / (pairs.count - 1) }
    /// Nil while one of both does not vary.
    var correlation: Double? {
        guard pairs.sumXX > 0, pairs.sumYY > 0 else { return nil }
        let correlation = pairs.sumXY / (pairs.sumXX.squareRoot() * pairs.sumYY.squareRoot())
        return min(max(correlation, -1), 1)
    }
}

/// Sums of weights and of weighted values.
struct WeightedSums: BitwiseCopyable {
    static let numbers = 6

    var count = 0.0
    var origin = 0.0
    var weights = CompensatedSum()
    var products = CompensatedSum()

    mutating func add(_ value: Double, weight: Double) {
        if count == 0 {
            self = WeightedSums()
            origin = value
        }
        count += 1
        weights.add(weight)
        products.add(weight * (value - origin))
    }

    mutating func remove(_ value: Double, weight: Double) {
        guard count > 1 else {
            self = WeightedSums()
            return
        }
        count -= 1
        weights.add(-weight)
        products.add(-weight * (value - origin))
    }

    var isWorn: Bool { !weights.value.isFinite || !products.value.isFinite }
    /// Nil without weight.
    var mean: Double? { weights.value > 0 ? origin + products.value / weights.value : nil }
}
