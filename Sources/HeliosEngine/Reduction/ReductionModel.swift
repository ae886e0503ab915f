// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// Covariances as the reduction desk uses them: of the instruments that are held only.
struct ReductionModel: Sendable {
    private let matrix: SymmetricMatrix
    private let places: [Symbol: Int]
    /// Standard deviations that the value at risk is; 0 without a model.
    let quantile: Double

    init(_ model: RiskModel?) {
        guard let model else {
            matrix = SymmetricMatrix(count: 0)
            places = [:]
            quantile = 0
            return
        }
        switch model.structure {
        case .covariance(let covariances): matrix = covariances
        case .factors(let structure): matrix = structure.matrix
        }
        var places: [Symbol: Int] = [:]
        for (place, name) in model.names.enumerated() {
            if let symbol = Symbol(name) { places[symbol] = place }
        }
        self.places = places
        quantile = model.quantile * Double(model.horizon).squareRoot()
    }

    /// Whether there is a model at all.
    var isKnown: Bool { quantile > 0 }

    func place(of symbol: Symbol) -> Int { places[symbol] ?? -1 }

    /// The covariances of some instruments, by their places in the model.
    ///
    /// One that the model does not know (−1) counts as one that may lose everything in a day, with nobody: what is not known
    /// is reduced first.
    func covariances(_ rows: [Int]) -> SymmetricMatrix {
        var part = SymmetricMatrix(count: rows.count)
        for (column, second) in rows.enumerated() {
            for (row, first) in rows[...column].enumerated() {
                if first >= 0, second >= 0 {
                    part[row, column] = matrix[first, second]
                } else if row == column {
                    part[row, column] = 1
                }
            }
        }
        return part
    }

    /// The value at risk of weights in money, without building anything.
    func valueAtRisk(_ weights: [Double], _ rows: [Int]) -> Double {
        var variance = 0.0
        for (i, first) in rows.enumerated() where weights[i] != 0 {
            var sum = 0.0
            for (j, second) in rows.enumerated() where weights[j] != 0 {
                let covariance = first >= 0 && second >= 0 ? matrix[first, second] : i == j ? 1 : 0
                sum += covariance * weights[j]
            }
            variance += weights[i] * sum
        }
        return quantile * max(variance, 0).squareRoot()
    }
}
