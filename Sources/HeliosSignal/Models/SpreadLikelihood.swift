// SPDX-License-Identifier: MIT
import HeliosMath

/// The restricted likelihood of y = alpha + beta x + Σ gamma(j) Δx(t + j) + ARMA(1,1), j from −2 to 2.
///
/// The innovations recursion (Brockwell and Davis 1991, 5.3) makes the process white, weighted least squares does the
/// rest. A row of the regression is one vector: five changes of x, the constant, x, y.
struct SpreadLikelihood {
    struct Fit: Equatable {
        /// Of the restricted likelihood, without its constant; minus infinity where there is none.
        var logarithm: Double
        var beta: Double
        /// Standard error of beta at this phi and moving average.
        var betaError: Double
        /// Of a shock.
        var variance: Double

        static let none = Fit(logarithm: -.infinity, beta: 0, betaError: 0, variance: 0)
    }

    /// Changes before and after that stand in the regression.
    static let leads = 2
    private static let regressors = 7

    private let design: [SIMD8<Double>]
    private let meanY: Double
    private let meanX: Double
    var count: Int { design.count }

    /// Nil when a series stands still.
    init?(y: [Double], x: [Double]) {
        guard let y = SpreadLikelihood.centred(y), let x = SpreadLikelihood.centred(x) else { return nil }
        (meanY, meanX) = (y.mean, x.mean)
        let leads = SpreadLikelihood.leads
        design = (leads + 1..<y.values.count - leads).map { t in
            var row = SIMD8<Double>(repeating: 0)
            for lead in -leads...leads { row[lead + leads] = x.values[t + lead] - x.values[t + lead - 1] }
            row[5] = 1
            row[6] = x.values[t]
            row[7] = y.values[t]
            return row
        }
    }

    private static func centred(_ values: [Double]) -> (mean: Double, values: [Double])? {
        let mean = values.reduce(0, +) / Double(values.count)
        let result = values.map { $0 - mean }
        let size = values.reduce(0) { max($0, $1.magnitude) }
        let squares = EightLanes.dot(result, result)
        guard squares > 1e-24 * Double(values.count) * size * size, squares > 0 else { return nil }
        return (mean, result)
    }

    /// y at x = 0 for a hedge ratio: the line through the middle of both.
    func alpha(beta: Double) -> Double { meanY - beta * meanX }

    func fit(phi: Double, movingAverage theta: Double) -> Fit {
        var products = InlineArray<8, SIMD8<Double>>(repeating: SIMD8(repeating: 0))
        let logarithms = whiten(phi, theta, &products)
        var determinant = 0.0
        var sizes = SIMD8<Double>(repeating: 0)
        for column in 0..<8 { sizes[column] = products[column][column] }
        for pivot in 0..<SpreadLikelihood.regressors {
            let size = products[pivot][pivot]
            // What is left of a regressor beside what the earlier ones explain must be more than rounding.
            guard size > 1e-13 * sizes[pivot], size.isFinite else { return .none }
            determinant += DeterministicMath.log(size)
            if pivot == SpreadLikelihood.regressors - 1 { break }
            for row in pivot + 1..<8 {
                let share = products[pivot][row] / size
                products[row] -= products[pivot] * share
            }
        }
        let size = products[6][6]
        let beta = products[6][7] / size
        let squares = products[7][7] - beta * products[6][7]
        let freedom = Double(count - SpreadLikelihood.regressors)
        let variance = squares / freedom
        guard variance > 0, variance.isFinite else { return .none }
        return Fit(
            logarithm: -0.5 * (freedom * DeterministicMath.log(variance) + logarithms + determinant),
            beta: beta,
            betaError: (variance / size).squareRoot(),
            variance: variance
        )
    }

    /// Adds up the products of innovations; returns Σ ln of their relative variances.
    private func whiten(_ phi: Double, _ theta: Double, _ products: inout InlineArray<8, SIMD8<Double>>) -> Double {
        var ratio = (1 + 2 * phi * theta + theta * theta) / (1 - phi * phi)
        var past = SIMD8<Double>(repeating: 0)
        var (logarithms, product) = (0.0, 1.0)
        for row in design {
            let innovation = row - past
            let weight = 1 / ratio
            let weighted = innovation * weight
            for column in 0..<8 { products[column] += weighted * innovation[column] }
            product *= ratio
            if product > 1e100 || product < 1e-100 {
                logarithms += DeterministicMath.log(product)
                product = 1
            }
            past = row * phi + weighted * theta
            ratio = 1 + theta * theta - theta * theta * weight
        }
        return logarithms + DeterministicMath.log(product)
    }
}
