// SPDX-License-Identifier: MIT
import HeliosMath

/// Tests whether two series stay together (formulas 2.1, 2.2): Engle and Granger 1987.
///
/// One series is regressed on the other; if what is left comes back, they are cointegrated. Equal to `coint` of
/// statsmodels, which finds the lags as its `adfuller` does. Made once for many pairs: nothing is allocated after
/// `init`.
///
/// ```swift
/// var test = EngleGranger(capacity: 1_260)
/// if case .defined(let both) = test.bothDirections(pepsi.span, cola.span) {
///     print(both.probability, both.forward.line.beta, both.backward.line.beta)
/// }
/// ```
@safe
public struct EngleGranger: ~Copyable {
    /// The longest series that can be tested.
    public let capacity: Int
    private var unitRoot: AugmentedDickeyFuller
    private var dependent: FixedBuffer<Double>
    private var independent: FixedBuffer<Double>

    /// statsmodels calls series collinear when a smaller share than this is left unexplained: 100 √ε.
    static var leastResidual: Double { 100 * 0x1p-26 }

    /// Room for series of up to `capacity` values.
    public init(capacity: Int, maximumLags: Int? = nil) {
        self.capacity = capacity
        unitRoot = AugmentedDickeyFuller(capacity: capacity, maximumLags: maximumLags)
        dependent = FixedBuffer(repeating: 0, count: capacity)
        independent = FixedBuffer(repeating: 0, count: capacity)
    }

    /// The test of y = alpha + beta x.
    ///
    /// - Parameters:
    ///   - y: the dependent series.
    ///   - x: as many values of the other.
    ///   - terms: of the regression of y on x; that of the residuals has none.
    ///   - lags: of the regression of the residuals.
    /// - Returns: undefined for lengths that differ, a series that is constant or not finite, and series so nearly
    ///   parallel that
    ///   the residuals are rounding.
    public mutating func test(
        y: Span<Double>,
        x: Span<Double>,
        terms: DeterministicTerms = .constant,
        lags: LagRule = .akaike()
    ) -> Finding<CointegrationTest> {
        switch load(y, x, terms) {
        case .undefined(let reason): .undefined(reason)
        case .defined(let moments): test(moments, lags: lags)
        }
    }

    /// Both regressions of a pair: which of two series leads is a choice, and a relation should not depend on it.
    public mutating func bothDirections(
        _ first: Span<Double>,
        _ second: Span<Double>,
        terms: DeterministicTerms = .constant,
        lags: LagRule = .akaike()
    ) -> Finding<CointegrationPair> {
        switch load(first, second, terms) {
        case .undefined(let reason): return .undefined(reason)
        case .defined(let moments):
            switch (test(moments, lags: lags), test(moments.turned, lags: lags)) {
            case (.defined(let forward), .defined(let backward)):
                return .defined(CointegrationPair(forward: forward, backward: backward))
            case (.undefined(let reason), _), (_, .undefined(let reason)): return .undefined(reason)
            }
        }
    }

    /// The residuals' test.
    private mutating func test(_ moments: SeriesMoments, lags: LagRule) -> Finding<CointegrationTest> {
        let beta = moments.productXY / moments.squaresX
        let squares = moments.squaresY - beta * moments.productXY
        guard squares > EngleGranger.leastResidual * moments.squaresY else { return .undefined(.collinear) }
        let residuals = unsafe unitRoot.products.levels.base
        let (y, x) =
            unsafe moments.isTurned
            ? (independent.base, dependent.base) : (dependent.base, independent.base)
        // Safe: all three have room for `capacity` values.
        for t in 0..<moments.count { unsafe residuals[t] = y[t] - beta * x[t] }
        let line = HedgeFit(
            alpha: moments.meanY - beta * moments.meanX,
            beta: beta,
            residualDeviation: (max(squares, 0) / Double(moments.count - 1 - moments.terms.count)).squareRoot()
        )
        let slope = moments.slopeY - beta * moments.slopeX
        return unitRoot.testLoaded(count: moments.count, terms: .none, lags: lags).map { result in
            CointegrationTest(
                line: line,
                slope: slope,
                statistic: result.statistic,
                lags: result.lags,
                values: moments.count,
                terms: moments.terms
            )
        }
    }

    /// Takes both series, without mean or line where the regression has them, and their sums of products.
    private mutating func load(
        _ y: Span<Double>,
        _ x: Span<Double>,
        _ terms: DeterministicTerms
    ) -> Finding<SeriesMoments> {
        guard y.count == x.count else { return .undefined(.unequalLengths) }
        guard y.count <= capacity else { return .undefined(.tooManyValues) }
        let count = y.count
        guard count > terms.count + 2 else { return .undefined(.tooFewValues) }
        let partY = EngleGranger.take(y, into: dependent, terms)
        let partX = EngleGranger.take(x, into: independent, terms)
        var moments = SeriesMoments(count: count, terms: terms)
        (moments.meanY, moments.slopeY) = partY
        (moments.meanX, moments.slopeX) = partX
        guard let sizeY = EngleGranger.size(y), let sizeX = EngleGranger.size(x) else { return .undefined(.noVariance) }
        unsafe moments.squaresY = EightLanes.dot(dependent.base, dependent.base, count: count)
        unsafe moments.squaresX = EightLanes.dot(independent.base, independent.base, count: count)
        unsafe moments.productXY = EightLanes.dot(dependent.base, independent.base, count: count)
        guard moments.squaresY.isFinite, moments.squaresX.isFinite, moments.productXY.isFinite else {
            return .undefined(.notFinite)
        }
        // What is left of a constant, or a line, when it has been taken out is its rounding.
        let rounding = 1e-24 * Double(count)
        guard moments.squaresY > rounding * sizeY * sizeY, moments.squaresX > rounding * sizeX * sizeX else {
            return .undefined(.noVariance)
        }
        return .defined(moments)
    }

    /// The largest size of a series' values; nil when they are all equal.
    private static func size(_ series: Span<Double>) -> Double? {
        var isVarying = false
        var largest = 0.0
        for t in 0..<series.count {
            isVarying = isVarying || series[t] != series[0]
            largest = max(largest, series[t].magnitude)
        }
        return isVarying ? largest : nil
    }

    /// Copies a series without what the terms explain; the line's value at time 0, and its slope.
    private static func take(
        _ series: Span<Double>,
        into buffer: borrowing FixedBuffer<Double>,
        _ terms: DeterministicTerms
    ) -> (mean: Double, slope: Double) {
        let target = unsafe buffer.base
        let count = series.count
        return unsafe series.withUnsafeBufferPointer { values in
            guard let source = values.baseAddress else { return (0, 0) }
            guard terms != .none else {
                unsafe target.update(from: source, count: count)
                return (0, 0)
            }
            let mean = unsafe EightLanes.sum(source, count: count) / Double(count)
            for t in 0..<count { unsafe target[t] = source[t] - mean }
            guard terms == .constantAndTrend else { return (mean, 0) }
            let half = 0.5 * Double(count - 1)
            var product = 0.0
            for t in 0..<count { unsafe product += (Double(t) - half) * target[t] }
            let size = Double(count)
            let slope = product / (size * (size * size - 1) / 12)
            for t in 0..<count { unsafe target[t] -= slope * (Double(t) - half) }
            return (mean - slope * half, slope)
        }
    }
}

/// What the regressions of a pair in both directions need.
private struct SeriesMoments {
    let count: Int
    let terms: DeterministicTerms
    var meanY = 0.0
    var meanX = 0.0
    var slopeY = 0.0
    var slopeX = 0.0
    var squaresY = 0.0
    var squaresX = 0.0
    var productXY = 0.0
    var isTurned = false

    init(count: Int, terms: DeterministicTerms) {
        self.count = count
        self.terms = terms
    }

    var turned: SeriesMoments {
        var other = self
        (other.meanY, other.meanX) = (meanX, meanY)
        (other.slopeY, other.slopeX) = (slopeX, slopeY)
        (other.squaresY, other.squaresX) = (squaresX, squaresY)
        other.isTurned = true
        return other
    }
}
