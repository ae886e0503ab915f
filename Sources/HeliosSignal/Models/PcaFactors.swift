// SPDX-License-Identifier: MIT
import HeliosMath

/// What moves a set of stocks together: eigenvectors of the correlation of their returns as portfolios (formula 2.7),
/// Avellaneda and Lee 2010.
///
/// ```swift
/// if case .defined(let factors) = PcaFactors.fit(lastYear, choice: .share(0.55)) {
///     let moves = factors.returns(of: last60Days)
/// }
/// ```
public struct PcaFactors: Sendable, Equatable {
    /// Eigenvalues of the correlation, largest first, all of them; their sum is the number of stocks.
    public let eigenvalues: [Double]
    /// For each factor, one weight a stock: eigenvector / standard deviation of the stock's returns.
    public let weights: [[Double]]
    /// Share of the variance that the factors explain, 0 to 1.
    public let explained: Double

    /// How many factors are kept.
    public enum Choice: Sendable, Equatable {
        case count(Int)
        /// As many as explain this share of the variance.
        case share(Double)
    }

    /// The factors of stocks' returns: for each stock a series, all of one length.
    ///
    /// - Parameters:
    ///   - returns: at least two stocks and three periods; a year of days is usual.
    ///   - choice: of 1 up to as many as stocks, or of a share above 0 up to 1.
    /// - Returns: undefined for other parameters, series that are not finite or of different lengths, and a stock
    ///   that stands still.
    public static func fit(_ returns: [[Double]], choice: Choice = .count(15)) -> Finding<PcaFactors> {
        let count = returns.first?.count ?? 0
        guard returns.allSatisfy({ $0.count == count }) else { return .undefined(.unequalLengths) }
        guard returns.count >= 2, count >= 3 else { return .undefined(.tooFewValues) }
        guard returns.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return .undefined(.notFinite) }
        var columns: [[Double]] = []
        var deviations: [Double] = []
        for series in returns {
            let mean = series.reduce(0, +) / Double(count)
            let centred = series.map { $0 - mean }
            let deviation = (EightLanes.dot(centred, centred) / Double(count - 1)).squareRoot()
            guard deviation.isFinite else { return .undefined(.notFinite) }
            guard deviation > 1e-14 * mean.magnitude else { return .undefined(.noVariance) }
            // Columns of length one: their products are the correlations.
            let scale = 1 / (deviation * Double(count - 1).squareRoot())
            columns.append(centred.map { $0 * scale })
            deviations.append(deviation)
        }
        guard let eigen = SymmetricEigen(Matrix(columns: columns).gram) else { return .undefined(.notConverged) }
        return select(eigen, deviations, choice)
    }

    private static func select(
        _ eigen: SymmetricEigen,
        _ deviations: [Double],
        _ choice: Choice
    ) -> Finding<PcaFactors> {
        let total = Double(deviations.count)
        var kept = 0
        switch choice {
        case .count(let wanted): kept = wanted
        case .share(let wanted):
            guard wanted > 0, wanted <= 1 else { return .undefined(.parameterOutOfRange) }
            var sum = 0.0
            // The sum of all may fall short of the number of stocks by its rounding.
            while sum < wanted * total * (1 - 1e-12), kept < deviations.count {
                sum += eigen.values[kept]
                kept += 1
            }
        }
        guard (1...deviations.count).contains(kept) else { return .undefined(.parameterOutOfRange) }
        let weights = (0..<kept).map { factor in
            zip(eigen.vectors.column(factor), deviations).map { $0 / $1 }
        }
        let explained = eigen.values.prefix(kept).reduce(0, +) / total
        return .defined(PcaFactors(eigenvalues: eigen.values, weights: weights, explained: min(explained, 1)))
    }

    /// The factors' returns: a series for each factor, of stocks' returns in the order of `fit`.
    ///
    /// Undefined when the number of stocks is another one, their series differ in length, or a number is not finite.
    public func returns(of stocks: [[Double]]) -> Finding<[[Double]]> {
        let count = stocks.first?.count ?? 0
        guard stocks.count == weights.first?.count, stocks.allSatisfy({ $0.count == count }) else {
            return .undefined(.unequalLengths)
        }
        let series = weights.map { factor in
            (0..<count).map { period in
                zip(factor, stocks).reduce(0.0) { $0 + $1.0 * $1.1[period] }
            }
        }
        guard series.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return .undefined(.notFinite) }
        return .defined(series)
    }
}
