// SPDX-License-Identifier: MIT

/// The lower triangle L with L L′ = S, without pivoting.
public struct CholeskyFactor: Sendable, Equatable {
    /// How many rows it has.
    public let count: Int
    /// What was added to the diagonal to make it possible; 0 for a matrix that is positive definite as it is.
    public let ridge: Double
    private let elements: [Double]

    /// Attempts: the ridge is 10⁻¹² of the mean of the diagonal first, ten times more with each further attempt.
    private static let attempts = 6

    /// The factor of a matrix.
    ///
    /// Where a pivot is not above zero (fewer days than instruments, or two that are the same) a ridge is added to the diagonal; nil where
    /// that does not help either.
    public init?(_ matrix: SymmetricMatrix) {
        count = matrix.count
        var trace = 0.0
        for place in 0..<matrix.count { trace += matrix[place, place] }
        var ridge = 0.0
        for attempt in 0...Self.attempts {
            if let elements = Self.factor(matrix, ridge: ridge) {
                self.elements = elements
                self.ridge = ridge
                return
            }
            ridge = attempt == 0 ? 1e-12 * trace / Double(max(count, 1)) : ridge * 10
        }
        return nil
    }

    /// The element of a row and a column; zero above the diagonal.
    public subscript(row: Int, column: Int) -> Double { elements[row * count + column] }

    /// L′ times a vector.
    public func transposeTimes(_ vector: [Double]) -> [Double] {
        precondition(vector.count == count, "the vector has a place for each row")
        var product = [Double](repeating: 0, count: count)
        for row in 0..<count where vector[row] != 0 {
            for column in 0...row { product[column] += elements[row * count + column] * vector[row] }
        }
        return product
    }

    private static func factor(_ matrix: SymmetricMatrix, ridge: Double) -> [Double]? {
        let count = matrix.count
        var lower = [Double](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0...row {
                var sum = matrix[row, column] + (row == column ? ridge : 0)
                for inner in 0..<column { sum -= lower[row * count + inner] * lower[column * count + inner] }
                if row == column {
                    guard sum > 0 else { return nil }
                    lower[row * count + row] = sum.squareRoot()
                } else {
                    lower[row * count + column] = sum / lower[column * count + column]
                }
            }
        }
        return lower
    }
}
