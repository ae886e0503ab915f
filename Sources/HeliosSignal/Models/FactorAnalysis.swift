// SPDX-License-Identifier: MIT
import HeliosMath

/// What moves many series together, and what is left of each: maximum likelihood factor analysis.
///
/// Every series, brought to variance one, is a mixture of a few common factors and of something of its own. The fit is
/// the EM algorithm of Rubin and Thayer 1982, begun at the principal components; unlike these it trusts a series the
/// less the more of it is its own.
///
/// ```swift
/// if case .defined(let factors) = FactorAnalysis.fit(returns) {
///     print(factors.count, "factors;", factors.own[0], "of the first series is its own")
/// }
/// ```
public struct FactorAnalysis: Sendable {
    /// A row for each series, a column for each factor, for series of variance one.
    public let loadings: Matrix
    /// The share of each series' variance that no factor explains, at least 0.02.
    public let own: [Double]
    /// What is left of each series of the fit without the factors, in deviations of that series.
    public let residuals: [[Double]]

    /// The number of factors, 0 or more.
    public var count: Int { loadings.columns }

    static var leastOwn: Double { 0.02 }
    static var largestCount: Int { 64 }

    /// The factors of series of one length.
    ///
    /// - Parameters:
    ///   - series: at least two, of changes rather than levels, each of at least eight values.
    ///   - count: of factors, 0 to 64 and fewer than half the series; nil for as many as exceed what chance would show
    ///     (`significantCount`).
    /// - Returns: undefined for other parameters, and series that are not finite, of different lengths, or stand still.
    public static func fit(_ series: [[Double]], count: Int? = nil) -> Finding<FactorAnalysis> {
        switch standardised(series) {
        case .undefined(let reason): return .undefined(reason)
        case .defined(let columns):
            let length = columns.rows
            var correlation = columns.gram
            for row in 0..<correlation.rows {
                for column in 0..<correlation.columns { correlation[row, column] /= Double(length) }
            }
            guard let eigen = SymmetricEigen(correlation) else { return .undefined(.notConverged) }
            let most = min(largestCount, max(0, (series.count - 1) / 2))
            let wanted = count ?? min(significantCount(eigen.values, observations: length), most)
            guard (0...most).contains(wanted) else { return .undefined(.parameterOutOfRange) }
            return fit(columns, correlation, eigen, wanted)
        }
    }

    /// How many eigenvalues of a correlation matrix are above the largest that series without any relation would show.
    ///
    /// That edge is (1 + √(p/n))² for p series of n values (Marchenko and Pastur 1967).
    public static func significantCount(_ eigenvalues: [Double], observations: Int) -> Int {
        let root = 1 + (Double(eigenvalues.count) / Double(max(observations, 1))).squareRoot()
        return eigenvalues.reduce(0) { $1 > root * root ? $0 + 1 : $0 }
    }

    private static func standardised(_ series: [[Double]]) -> Finding<Matrix> {
        let length = series.first?.count ?? 0
        guard series.count >= 2, length >= 8 else { return .undefined(.tooFewValues) }
        guard series.allSatisfy({ $0.count == length }) else { return .undefined(.unequalLengths) }
        var columns: [[Double]] = []
        columns.reserveCapacity(series.count)
        for values in series {
            guard values.allSatisfy(\.isFinite) else { return .undefined(.notFinite) }
            let mean = values.reduce(0, +) / Double(length)
            let centred = values.map { $0 - mean }
            let deviation = (EightLanes.dot(centred, centred) / Double(length)).squareRoot()
            guard deviation.isFinite else { return .undefined(.notFinite) }
            guard deviation > 1e-14 * mean.magnitude, deviation > 0 else { return .undefined(.noVariance) }
            columns.append(centred.map { $0 / deviation })
        }
        return .defined(Matrix(columns: columns))
    }

    private static func fit(
        _ columns: Matrix,
        _ correlation: Matrix,
        _ eigen: SymmetricEigen,
        _ count: Int
    ) -> Finding<FactorAnalysis> {
        guard count > 0 else {
            return .defined(
                FactorAnalysis(
                    loadings: Matrix(rows: columns.columns, columns: 0),
                    own: Array(repeating: 1, count: columns.columns),
                    residuals: (0..<columns.columns).map(columns.column)
                )
            )
        }
        var loadings = Matrix(
            columns: (0..<count).map { factor in
                let scale = max(eigen.values[factor], 0).squareRoot()
                return eigen.vectors.column(factor).map { $0 * scale }
            }
        )
        var own = unexplained(loadings, diagonal: nil)
        for _ in 0..<100 {
            guard let next = step(correlation, loadings, own) else { return .undefined(.notConverged) }
            let change = zip(own, next.own).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
            (loadings, own) = (next.loadings, next.own)
            if change < 1e-5 { break }
        }
        guard let residuals = residuals(columns, loadings, own) else { return .undefined(.notConverged) }
        return .defined(FactorAnalysis(loadings: loadings, own: own, residuals: residuals))
    }

    /// 1 − Σ (loading × expected loading) of each series, not below the least.
    private static func unexplained(_ loadings: Matrix, diagonal: Matrix?) -> [Double] {
        (0..<loadings.rows).map { row in
            let explained = (0..<loadings.columns).reduce(0.0) {
                $0 + loadings[row, $1] * (diagonal ?? loadings)[row, $1]
            }
            return max(1 - explained, leastOwn)
        }
    }

    /// One step of expectation and maximisation.
    private static func step(
        _ correlation: Matrix,
        _ loadings: Matrix,
        _ own: [Double]
    ) -> (loadings: Matrix, own: [Double])? {
        let count = loadings.columns
        let weighted = divided(loadings, own)
        var information = loadings.transposed * weighted
        for factor in 0..<count { information[factor, factor] += 1 }
        guard let cholesky = Cholesky(information) else { return nil }
        // Columns: weights of the series in the expectation of each factor.
        let weights = cholesky.solve(weighted.transposed).transposed
        let crossed = correlation * weights
        var second = weights.transposed * crossed
        let shrink = weights.transposed * loadings
        for row in 0..<count {
            for column in 0..<count { second[row, column] += (row == column ? 1 : 0) - shrink[row, column] }
        }
        guard let inverse = Cholesky(second) else { return nil }
        let next = inverse.solve(crossed.transposed).transposed
        return (next, unexplained(next, diagonal: crossed))
    }

    /// The series without what Bartlett's estimate of the factors explains.
    private static func residuals(_ columns: Matrix, _ loadings: Matrix, _ own: [Double]) -> [[Double]]? {
        let weighted = divided(loadings, own)
        guard let cholesky = Cholesky(loadings.transposed * weighted) else { return nil }
        let weights = cholesky.solve(weighted.transposed).transposed
        let common = (columns * weights) * loadings.transposed
        return (0..<columns.columns).map { series in
            zip(columns.column(series), common.column(series)).map { $0 - $1 }
        }
    }

    private static func divided(_ loadings: Matrix, _ own: [Double]) -> Matrix {
        var result = loadings
        for column in 0..<loadings.columns {
            for row in 0..<loadings.rows { result[row, column] /= own[row] }
        }
        return result
    }
}
