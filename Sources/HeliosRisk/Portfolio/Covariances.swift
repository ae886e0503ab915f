// SPDX-License-Identifier: MIT

/// How covariances are estimated from past returns.
public enum CovarianceMethod: UInt8, Sendable, CaseIterable {
    /// Every day counts the same; the mean is taken off, the divisor is n − 1.
    case sample = 0
    /// Exponentially weighted, mean zero: the last days count most (RiskMetrics).
    case ewma
    /// The sample's, drawn towards a multiple of the identity as far as their noise asks for (Ledoit and Wolf 2004).
    case ledoitWolf
    /// Exponentially weighted variances, correlations that come back to their mean (Engle 2002, fixed parameters).
    case dcc

    /// The covariances; nil where the days are too few for the method.
    public func estimate(_ returns: ReturnTable, lambda: Double = 0.94) -> SymmetricMatrix? {
        switch self {
        case .sample: Covariances.sample(returns)
        case .ewma: Covariances.ewma(returns, lambda: lambda)
        case .ledoitWolf: Covariances.ledoitWolf(returns)?.matrix
        case .dcc: Covariances.dcc(returns, lambda: lambda)?.matrix
        }
    }
}

/// Estimates of the covariances of daily returns.
///
/// Sums run in a fixed order, so that the same file gives the same bits everywhere.
public enum Covariances {
    /// How many days the first estimate of the exponentially weighted ones is made of.
    public static let warmUp = 20

    /// Covariances around the mean, divisor n − 1; nil for fewer than two days.
    public static func sample(_ returns: ReturnTable) -> SymmetricMatrix? {
        guard returns.days > 1 else { return nil }
        return products(centred(returns), days: returns.days, divisor: Double(returns.days - 1))
    }

    /// S ← λ S + (1 − λ) r r′ from the mean of r r′ over the first 20 days; nil for fewer days.
    public static func ewma(_ returns: ReturnTable, lambda: Double = 0.94) -> SymmetricMatrix? {
        guard returns.days >= warmUp, lambda > 0, lambda < 1 else { return nil }
        var matrix = SymmetricMatrix(count: returns.names.count)
        for day in 0..<warmUp { matrix.fold(returns.row(day), keep: 1, add: 1) }
        matrix.scale(by: 1 / Double(warmUp))
        for day in warmUp..<returns.days { matrix.fold(returns.row(day), keep: lambda, add: 1 - lambda) }
        matrix.mirror()
        return matrix
    }

    /// A shrunk estimate and how far it was drawn.
    public struct Shrunk: Sendable, Equatable {
        public var matrix: SymmetricMatrix
        /// The share of the target, from 0 to 1.
        public var shrinkage: Double
        /// The target's diagonal: the mean variance.
        public var mean: Double
    }

    /// (1 − s) X′X/n + s μ I, where s is the share that minimises the expected squared error; nil for fewer than two days.
    public static func ledoitWolf(_ returns: ReturnTable) -> Shrunk? {
        let p = returns.names.count
        let days = returns.days
        guard days > 1, p > 0 else { return nil }
        let n = Double(days)
        let x = centred(returns)
        var matrix = products(x, days: days, divisor: n)
        let squares = products(x.map { $0 * $0 }, days: days, divisor: n)
        var trace = 0.0
        for place in 0..<p { trace += matrix[place, place] }
        let mean = trace / Double(p)
        let norm = dot(matrix.elements, matrix.elements)
        let distance = (norm - Double(p) * mean * mean) / Double(p)
        let noise = (squares.elements.reduce(0, +) - norm) / (Double(p) * n)
        let shrinkage = distance > 0 ? min(max(noise, 0), distance) / distance : 1
        matrix.scale(by: 1 - shrinkage)
        for place in 0..<p { matrix[place, place] += shrinkage * mean }
        return Shrunk(matrix: matrix, shrinkage: shrinkage, mean: mean)
    }

    /// Correlations and volatilities of the last day.
    public struct Conditional: Sendable, Equatable {
        public var correlation: SymmetricMatrix
        public var volatilities: [Double]
        /// Both together: covariances.
        public var matrix: SymmetricMatrix {
            var matrix = correlation
            for column in 0..<matrix.count {
                for row in 0...column {
                    matrix[row, column] = correlation[row, column] * (volatilities[row] * volatilities[column])
                }
            }
            return matrix
        }
    }

    /// Dynamic conditional correlation with fixed parameters a and b, nothing fitted; nil for no more than 20 days or an instrument
    /// that never moved.
    ///
    /// Returns are divided by their own EWMA volatility of the day before; Q = (1 − a − b) Q̄ + a e e′ + b Q, scaled to a unit diagonal.
    public static func dcc(
        _ returns: ReturnTable,
        lambda: Double = 0.94,
        a: Double = 0.02,
        b: Double = 0.97
    ) -> Conditional? {
        let p = returns.names.count
        guard returns.days > warmUp, lambda > 0, lambda < 1, a >= 0, b >= 0, a + b < 1 else { return nil }
        guard var variances = startVariances(returns) else { return nil }
        var standardised: [[Double]] = []
        for day in warmUp..<returns.days {
            let r = returns.row(day)
            standardised.append((0..<p).map { r[$0] / variances[$0].squareRoot() })
            for place in 0..<p { variances[place] = lambda * variances[place] + (1 - lambda) * (r[place] * r[place]) }
        }
        var mean = SymmetricMatrix(count: p)
        for e in standardised { mean.fold(e, keep: 1, add: 1) }
        mean.scale(by: 1 / Double(standardised.count))
        var q = mean
        for e in standardised {
            q.fold(e, keep: b, add: a)
            q.addHalf(mean, times: 1 - a - b)
        }
        q.mirror()
        return Conditional(correlation: scaled(q), volatilities: variances.map { $0.squareRoot() })
    }

    /// The mean squares of the first 20 days; nil where one is zero.
    private static func startVariances(_ returns: ReturnTable) -> [Double]? {
        var variances: [Double] = []
        for place in returns.names.indices {
            var sum = 0.0
            for day in 0..<warmUp { sum += returns[day, place] * returns[day, place] }
            guard sum > 0 else { return nil }
            variances.append(sum / Double(warmUp))
        }
        return variances
    }

    /// A matrix with its diagonal scaled to one.
    private static func scaled(_ q: SymmetricMatrix) -> SymmetricMatrix {
        var correlation = q
        for column in 0..<q.count {
            for row in 0..<column {
                correlation[row, column] = q[row, column] / (q[row, row] * q[column, column]).squareRoot()
            }
            correlation[column, column] = 1
        }
        return correlation
    }

    /// The columns less their means.
    private static func centred(_ returns: ReturnTable) -> [Double] {
        var values = returns.values
        let days = returns.days
        for place in returns.names.indices {
            var sum = 0.0
            for day in 0..<days { sum += values[place * days + day] }
            let mean = sum / Double(days)
            for day in 0..<days { values[place * days + day] -= mean }
        }
        return values
    }

    /// X′X / divisor of columns of `days` numbers.
    private static func products(_ x: [Double], days: Int, divisor: Double) -> SymmetricMatrix {
        let count = x.count / days
        var matrix = SymmetricMatrix(count: count)
        for column in 0..<count {
            for row in 0...column {
                var sum = 0.0
                for day in 0..<days { sum += x[row * days + day] * x[column * days + day] }
                matrix[row, column] = sum / divisor
            }
        }
        return matrix
    }
}
