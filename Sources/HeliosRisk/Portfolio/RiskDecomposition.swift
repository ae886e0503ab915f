// SPDX-License-Identifier: MIT
import HeliosMath

/// Whose risk it is: value at risk divided among the positions (Euler).
public struct RiskDecomposition: Sendable, Equatable {
    /// The whole.
    public let valueAtRisk: Double
    /// What one unit of money more of each instrument adds: z (S w)_i / σ.
    public let marginal: [Double]
    /// Each position's share, w_i times its marginal; they add up to the whole.
    public let component: [Double]

    /// The division of the parametric number; zeros while nothing is at risk, nil where sizes or confidence do not fit.
    public init?(_ weights: [Double], _ matrix: SymmetricMatrix, confidence: Double) {
        guard weights.count == matrix.count, ValueAtRisk.isConfidence(confidence) else { return nil }
        let products = matrix.times(weights)
        let deviation = max(dot(weights, products), 0).squareRoot()
        let z = DeterministicMath.normalQuantile(confidence)
        valueAtRisk = z * deviation
        marginal = products.map { deviation > 0 ? z * $0 / deviation : 0 }
        component = zip(weights, marginal).map { $0 * $1 }
    }

    /// What a change of the weights adds, to the first order: m · d.
    public func firstOrder(_ change: [Double]) -> Double { dot(marginal, change) }

    /// What a change of the weights adds exactly: VaR(w + d) − VaR(w).
    public static func incremental(
        _ weights: [Double],
        adding change: [Double],
        _ matrix: SymmetricMatrix,
        confidence: Double
    ) -> Double? {
        guard weights.count == change.count else { return nil }
        let then = zip(weights, change).map { $0 + $1 }
        guard let before = ValueAtRisk.parametric(weights, matrix, confidence: confidence),
            let after = ValueAtRisk.parametric(then, matrix, confidence: confidence)
        else { return nil }
        return after.valueAtRisk - before.valueAtRisk
    }

    /// Each position's share in the historical number: −w_i r_i on the day that is the value at risk, averaged with the two days
    /// before and behind it in the order of losses.
    ///
    /// One day alone would jump from position to position; five are smoother and no longer add up to the value at risk exactly, but to the
    /// mean of their five losses.
    public static func historical(_ weights: [Double], _ returns: ReturnTable, confidence: Double) -> [Double]? {
        guard returns.days > 0, ValueAtRisk.isConfidence(confidence), weights.count == returns.names.count
        else { return nil }
        let profits = returns.profits(of: weights)
        // Equal losses stand in the order of their days.
        let order = profits.indices.sorted { (-profits[$0], $0) < (-profits[$1], $1) }
        let middle = TailPlace(count: returns.days, confidence: confidence).rank - 1
        let days = order[max(middle - 2, 0)...min(middle + 2, order.count - 1)]
        return weights.indices.map { place in
            var sum = 0.0
            for day in days { sum -= weights[place] * returns[day, place] }
            return sum / Double(days.count)
        }
    }
}
