// SPDX-License-Identifier: MIT
import HeliosMath

/// Sums of products of the columns of a unit root regression, and what follows from them.
///
/// ```
/// columns:  constant? trend?   level l(t−1)   changes d(t−1) … d(t−p)   the change d(t)
/// ```
/// Each is summed over the steps t = p + 1 … n − 1. Column d(t − i − 1) is d(t − i) one step earlier, so Σ d(t−i−1)
/// d(t−j−1) = Σ d(t−i) d(t−j) + the product that enters − the product that leaves: of p² sums only p run over all
/// steps.
@safe
struct LagProducts: ~Copyable {
    /// The series; without its mean, or line, when the regression has a constant, or a trend, which changes no
    /// statistic.
    var levels: FixedBuffer<Double>
    private var changes: FixedBuffer<Double>
    private var sums: FixedBuffer<Double>
    private var work: FixedBuffer<Double>
    private var count = 0
    private var lags = 0
    private var terms = 0
    /// Rows of the regression that `statistic` makes.
    private var steps = 0
    /// The time that the trend calls zero.
    private var middle = 0.0

    /// A column whose part outside the span of those before it is a smaller share of its squares than this depends on
    /// them.
    static var leastPivot: Double { 1e-12 }

    init(capacity: Int, maximumLags: Int) {
        levels = FixedBuffer(repeating: 0, count: capacity)
        changes = FixedBuffer(repeating: 0, count: capacity)
        let columns = maximumLags + 4
        sums = FixedBuffer(repeating: 0, count: columns * columns)
        work = FixedBuffer(repeating: 0, count: columns * columns)
    }

    private var size: Int { terms + lags + 2 }

    /// Column of the change `lag` steps before: the last for the change itself.
    private func column(_ lag: Int) -> Int { lag == 0 ? size - 1 : terms + lag }

    private func put(_ row: Int, _ column: Int, _ value: Double) {
        // Safe: both are below `size`, which is at most the columns that the buffer was made for.
        unsafe sums.base[row * size + column] = value
        unsafe sums.base[column * size + row] = value
    }

    private func sum(_ row: Int, _ column: Int) -> Double { unsafe sums.base[row * size + column] }

    /// Sums over all steps; why there is nothing to sum, or nil.
    ///
    /// `lags` leaves at least two steps.
    mutating func gather(count: Int, lags: Int, terms: DeterministicTerms) -> Undefined? {
        self.count = count
        self.lags = lags
        self.terms = terms.count
        let scale = centre()
        let (l, d) = unsafe (levels.base, changes.base)
        unsafe d[0] = 0
        for t in 1..<count { unsafe d[t] = l[t] - l[t - 1] }
        let (first, last) = (lags + 1, count - 1)
        let steps = last - first + 1
        var isFinite = true
        for lag in 0...lags {
            let product = unsafe EightLanes.dot(d + first, d + (first - lag), count: steps)
            isFinite = isFinite && product.isFinite
            put(column(0), column(lag), product)
        }
        let squares = unsafe EightLanes.dot(l + (first - 1), l + (first - 1), count: steps)
        guard isFinite, squares.isFinite else { return .notFinite }
        // What is left of a line, or a constant, when it has been taken out is its rounding.
        guard sum(column(0), column(0)) > 0, squares > 1e-24 * Double(steps) * scale * scale else { return .noVariance }
        put(self.terms, self.terms, squares)
        spread(first, last)
        unsafe put(self.terms, column(0), EightLanes.dot(l + (first - 1), d + first, count: steps))
        for lag in 1..<max(lags + 1, 1) {
            let enters = unsafe l[first - 2] * d[first - lag]
            let leaves = unsafe l[last - 1] * d[last - lag + 1]
            let before = sum(self.terms, column(lag - 1))
            put(self.terms, column(lag), before + (enters - leaves) + sum(column(1), column(lag)))
        }
        if self.terms > 0 { addConstant(first, last) }
        if self.terms > 1 { addTrend(first, last) }
        return nil
    }

    /// Sums of changes with changes, each from the one a step earlier.
    private func spread(_ first: Int, _ last: Int) {
        let d = unsafe changes.base
        for i in 0..<lags {
            for j in i..<lags {
                let enters = unsafe d[first - 1 - i] * d[first - 1 - j]
                let leaves = unsafe d[last - i] * d[last - j]
                put(column(i + 1), column(j + 1), sum(column(i), column(j)) + (enters - leaves))
            }
        }
    }

    private func addConstant(_ first: Int, _ last: Int) {
        let l = unsafe levels.base
        put(0, 0, Double(last - first + 1))
        unsafe put(0, terms, EightLanes.sum(l + (first - 1), count: last - first + 1))
        for lag in 0...lags { unsafe put(0, column(lag), l[last - lag] - l[first - 1 - lag]) }
    }

    /// Summation by parts: Σ τ d = the ends − Σ l.
    private mutating func addTrend(_ first: Int, _ last: Int) {
        let l = unsafe levels.base
        middle = 0.5 * Double(first + last)
        let steps = Double(last - first + 1)
        put(1, 0, 0)
        put(1, 1, steps * (steps * steps - 1) / 12)
        var product = 0.0
        for t in first...last { unsafe product += (Double(t) - middle) * l[t - 1] }
        put(1, 2, product)
        var inner = unsafe EightLanes.sum(l + first, count: last - first)
        let (start, end) = (Double(first) - middle, Double(last) - middle)
        for lag in 0...lags {
            unsafe put(1, column(lag), end * l[last - lag] - start * l[first - lag - 1] - inner)
            if lag < lags { unsafe inner += l[first - 1 - lag] - l[last - 1 - lag] }
        }
    }

    /// Takes mean, or line, out of the levels; their largest size before.
    private func centre() -> Double {
        let l = unsafe levels.base
        var scale = 0.0
        for t in 0..<count { unsafe scale = max(scale, l[t].magnitude) }
        guard terms > 0 else { return scale }
        let mean = unsafe EightLanes.sum(l, count: count) / Double(count)
        for t in 0..<count { unsafe l[t] -= mean }
        guard terms > 1 else { return scale }
        let half = 0.5 * Double(count - 1)
        var product = 0.0
        for t in 0..<count { unsafe product += (Double(t) - half) * l[t] }
        let size = Double(count)
        let slope = product / (size * (size * size - 1) / 12)
        for t in 0..<count { unsafe l[t] -= slope * (Double(t) - half) }
        return scale
    }
}

extension LagProducts {
    /// The number of lags with the least −2 ln L + penalty · coefficients, the smaller of equals.
    func select(steps: Double, penalty: Double) -> Finding<(lags: Int, criterion: Double)> {
        let size = size
        for row in 0..<size { copy(row, to: row, of: size, order: \.self) }
        var best: (lags: Int, criterion: Double)?
        for pivot in 0..<(size - 1) {
            guard eliminate(pivot, of: size, original: sum(pivot, pivot)) else { return .undefined(.collinear) }
            guard pivot >= terms else { continue }
            let squares = unsafe work.base[size * size - 1]
            guard squares > LagProducts.leastPivot * sum(size - 1, size - 1) else { return .undefined(.noVariance) }
            // −2 ln L = n (ln 2π + ln(squares / n) + 1).
            let likelihood = steps * (1.8378770664093453 + DeterministicMath.log(squares / steps) + 1)
            let criterion = likelihood + penalty * Double(pivot + 1)
            if best.map({ criterion < $0.criterion }) ?? true { best = (pivot - terms, criterion) }
        }
        return best.map { .defined($0) } ?? .undefined(.tooFewValues)
    }

    /// Adds the steps that fewer lags leave: those from `lags` + 1 to `limit`.
    mutating func include(earlierThan limit: Int, lags kept: Int) {
        let (l, d, row) = unsafe (levels.base, changes.base, work.base)
        let used = terms + 1 + kept
        for t in (kept + 1)..<max(limit + 1, kept + 1) {
            if terms > 0 { unsafe row[0] = 1 }
            if terms > 1 { unsafe row[1] = Double(t) - middle }
            unsafe row[terms] = l[t - 1]
            for lag in 1..<max(kept + 1, 1) { unsafe row[terms + lag] = d[t - lag] }
            unsafe row[size - 1] = d[t]
            for i in 0..<used {
                for j in i..<used { unsafe put(i, j, sum(i, j) + row[i] * row[j]) }
                unsafe put(i, size - 1, sum(i, size - 1) + row[i] * row[size - 1])
            }
            unsafe put(size - 1, size - 1, sum(size - 1, size - 1) + row[size - 1] * row[size - 1])
        }
        steps = count - 1 - kept
    }

    /// The t of the level in the regression with the first `kept` lags.
    func statistic(lags kept: Int) -> Finding<Double> {
        // The level stands behind the lags: the elimination leaves what only it explains.
        let width = terms + kept + 2
        let (terms, last) = (terms, size - 1)
        let order: (Int) -> Int = { place in
            switch place {
            case ..<terms: place
            case ..<(width - 2): place + 1
            case width - 2: terms
            default: last
            }
        }
        for row in 0..<width { copy(order(row), to: row, of: width, order: order) }
        for pivot in 0..<(width - 1) {
            let original = sum(order(pivot), order(pivot))
            guard eliminate(pivot, of: width, original: original) else { return .undefined(.collinear) }
        }
        let level = width - 2
        let (own, cross) = unsafe (work.base[level * width + level], work.base[level * width + level + 1])
        let squares = unsafe work.base[width * width - 1]
        guard squares > LagProducts.leastPivot * sum(last, last) else { return .undefined(.noVariance) }
        let freedom = Double(steps - (width - 1))
        let statistic = cross / (own * squares / freedom).squareRoot()
        return statistic.isFinite ? .defined(statistic) : .undefined(.notFinite)
    }

    /// One row of the sums, its columns in another order, into the work.
    private func copy(_ source: Int, to row: Int, of width: Int, order: (Int) -> Int) {
        for column in row..<width { unsafe work.base[row * width + column] = sum(source, order(column)) }
    }

    /// Takes the pivot's column out of those behind it; false when it depends on those before it.
    private func eliminate(_ pivot: Int, of width: Int, original: Double) -> Bool {
        let own = unsafe work.base + pivot * width
        let value = unsafe own[pivot]
        guard value > LagProducts.leastPivot * original else { return false }
        for row in (pivot + 1)..<width {
            let target = unsafe work.base + row * width
            let factor = unsafe own[row] / value
            for column in row..<width { unsafe target[column] -= factor * own[column] }
        }
        return true
    }
}
