// SPDX-License-Identifier: MIT
import HeliosMath

/// How many relations hold a set of series together, and which (formula 2.3): Johansen 1988.
///
/// Changes and levels are freed of what lagged changes explain; where what is left of the one goes with what is left of
/// the other, the levels pull the changes back. The canonical correlations are found from one orthogonal factorisation,
/// without a matrix of sums of products; statistics are those of `coint_johansen` of statsmodels.
///
/// ```swift
/// if case .defined(let result) = Johansen.test([y, x], lags: 1) {
///     print(result.rank(at: .five), result.vectors.column(0))
/// }
/// ```
public struct Johansen: Sendable, Equatable {
    /// Squared canonical correlations, largest first.
    public let eigenvalues: [Double]
    /// A column for each eigenvalue: weights of the series, first series positive.
    ///
    /// The combination of what is left of the levels has mean square 1.
    public let vectors: Matrix
    /// −T Σ ln(1 − l) over all eigenvalues from this one on: against "at most as many relations as eigenvalues before
    /// it".
    public let trace: [Double]
    /// −T ln(1 − l) of this one: against one relation fewer.
    public let largest: [Double]
    /// Steps in the regression: T.
    public let observations: Int
    public let terms: DeterministicTerms

    /// The largest number of series that have critical values.
    public static let largestSeriesCount = 12

    /// The analysis of series of equal lengths.
    ///
    /// - Parameters:
    ///   - series: one to twelve.
    ///   - lags: changes before the present one in the regression, 0 or more.
    ///   - terms: taken out of the levels first.
    /// - Returns: undefined for another number of series, lengths that differ or are too short, numbers that are
    ///   not finite, and
    ///   series of which one depends on others.
    public static func test(
        _ series: [[Double]],
        lags: Int,
        terms: DeterministicTerms = .constant
    ) -> Finding<Johansen> {
        let (width, count) = (series.count, series.first?.count ?? 0)
        guard (1...largestSeriesCount).contains(width), lags >= 0 else { return .undefined(.parameterOutOfRange) }
        guard series.allSatisfy({ $0.count == count }) else { return .undefined(.unequalLengths) }
        let steps = count - 1 - lags
        guard lags < count, steps > width * (lags + 2) + terms.count else { return .undefined(.tooFewValues) }
        guard series.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return .undefined(.notFinite) }
        guard series.allSatisfy({ values in values.contains { $0 != values[0] } }) else {
            return .undefined(.noVariance)
        }
        let levels = series.map { detrended($0, terms) }
        for (values, level) in zip(series, levels) {
            let scale = values.reduce(0) { max($0, $1.magnitude) }
            let squares = level.reduce(0) { $0 + $1 * $1 }
            guard squares > 1e-24 * Double(count) * scale * scale else { return .undefined(.noVariance) }
        }
        let changes = levels.map { level in zip(level.dropFirst(), level).map { $0 - $1 } }
        let isCentred = terms != .none
        // The lags first, the levels second, the changes last: the triangle of the factorisation holds all that is
        // wanted.
        var columns: [[Double]] = []
        for lag in 1..<(lags + 1) { columns += changes.map { Array($0[(lags - lag)..<(lags - lag + steps)]) } }
        // X(t − 1). With lags any earlier level would span the same space with them; without, it is another regression.
        columns += levels.map { Array($0[lags..<(lags + steps)]) }
        columns += changes.map { Array($0[lags...]) }
        if isCentred { columns = columns.map { detrended($0, .constant) } }
        guard let factor = QRFactor(Matrix(columns: columns)) else { return .undefined(.notFinite) }
        guard factor.isFullRank() else { return .undefined(.collinear) }
        return analyse(factor.upper, width: width, before: width * lags, steps: steps, terms: terms)
    }

    /// From the triangle, whose block of the levels is the factor of their sums of products.
    private static func analyse(
        _ upper: Matrix,
        width: Int,
        before: Int,
        steps: Int,
        terms: DeterministicTerms
    ) -> Finding<Johansen> {
        func block(_ row: Int, _ column: Int) -> Matrix {
            var part = Matrix(rows: width, columns: width)
            for j in 0..<width {
                for i in 0..<width { part[i, j] = upper[row + i, column + j] }
            }
            return part
        }
        let levels = block(before, before)
        let cross = block(before, before + width)
        let rest = block(before + width, before + width)
        // Orthonormal columns for the changes: their upper part is what the levels explain of them.
        var stacked = Matrix(rows: 2 * width, columns: width)
        for j in 0..<width {
            for i in 0..<width {
                stacked[i, j] = cross[i, j]
                stacked[width + i, j] = rest[i, j]
            }
        }
        guard let own = Cholesky(stacked.gram) else { return .undefined(.collinear) }
        let correlations = own.forward(cross.transposed)
        guard let eigen = SymmetricEigen(correlations.gram) else { return .undefined(.notConverged) }
        guard eigen.values.allSatisfy({ $0 < 1 }) else { return .undefined(.collinear) }
        let count = Double(steps)
        let logarithms = eigen.values.map { -count * DeterministicMath.log(1 - max($0, 0)) }
        var trace = logarithms
        for index in stride(from: width - 2, through: 0, by: -1) { trace[index] += trace[index + 1] }
        return .defined(
            Johansen(
                eigenvalues: eigen.values,
                vectors: weights(levels, eigen.vectors, scale: count.squareRoot()),
                trace: trace,
                largest: logarithms,
                observations: steps,
                terms: terms
            )
        )
    }

    /// v with R v = √T w for each column w, signed so that the first series counts positively.
    private static func weights(_ triangle: Matrix, _ vectors: Matrix, scale: Double) -> Matrix {
        var result = vectors
        let width = triangle.rows
        for column in 0..<width {
            for row in stride(from: width - 1, through: 0, by: -1) {
                var rest = vectors[row, column] * scale
                for k in (row + 1)..<max(width, row + 1) { rest -= triangle[row, k] * result[k, column] }
                result[row, column] = rest / triangle[row, row]
            }
            guard result[0, column] < 0 else { continue }
            for row in 0..<width { result[row, column] = -result[row, column] }
        }
        return result
    }

    /// Takes mean, or line, out of a series.
    private static func detrended(_ series: [Double], _ terms: DeterministicTerms) -> [Double] {
        guard terms != .none else { return series }
        let count = Double(series.count)
        let mean = series.reduce(0, +) / count
        let centred = series.map { $0 - mean }
        guard terms == .constantAndTrend else { return centred }
        let half = 0.5 * (count - 1)
        var product = 0.0
        for (index, value) in centred.enumerated() { product += (Double(index) - half) * value }
        let slope = product / (count * (count * count - 1) / 12)
        return centred.enumerated().map { $1 - slope * (Double($0) - half) }
    }
}

extension Johansen {
    /// How sure a finding is: 10, 5 or 1 % of sets of unrelated series have a statistic as large.
    public enum Level: Int, Sendable, CaseIterable {
        case ten
        case five
        case one
    }

    /// What the trace statistic exceeds in so many cases, for each eigenvalue.
    public func traceCriticalValues(at level: Level) -> [Double] {
        let table =
            switch terms {
            case .none: JohansenTables.traceNone
            case .constant: JohansenTables.traceConstant
            case .constantAndTrend: JohansenTables.traceTrend
            }
        return eigenvalues.indices.map { table[eigenvalues.count - $0 - 1][level.rawValue] }
    }

    /// What the statistic of the largest eigenvalue left exceeds in so many cases, for each eigenvalue.
    public func largestCriticalValues(at level: Level) -> [Double] {
        let table =
            switch terms {
            case .none: JohansenTables.largestNone
            case .constant: JohansenTables.largestConstant
            case .constantAndTrend: JohansenTables.largestTrend
            }
        return eigenvalues.indices.map { table[eigenvalues.count - $0 - 1][level.rawValue] }
    }

    /// How many relations there are: the first number that the trace statistic does not refute.
    ///
    /// As many as series means that each of them comes back by itself.
    public func rank(at level: Level) -> Int {
        let critical = traceCriticalValues(at: level)
        return trace.indices.first { trace[$0] <= critical[$0] } ?? trace.count
    }
}
