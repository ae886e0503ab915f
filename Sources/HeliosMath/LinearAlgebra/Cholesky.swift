// SPDX-License-Identifier: MIT

/// The lower triangle L with L Lᵀ = a symmetric positive definite matrix.
public struct Cholesky: Sendable {
    /// Zeros above the diagonal.
    public let lower: Matrix

    /// The factor of a matrix of which the lower triangle is read.
    ///
    /// Nil when the matrix is not square or not finite, and when what a column adds to those before it is less than
    /// `tolerance` of the column: then it is a combination of them as far as the digits go.
    public init?(_ matrix: Matrix, tolerance: Double = 1e-13) {
        guard matrix.rows == matrix.columns, matrix.isFinite else { return nil }
        let size = matrix.rows
        var lower = Matrix(rows: size, columns: size)
        for column in 0..<size {
            var pivot = matrix[column, column]
            for k in 0..<column { pivot -= lower[column, k] * lower[column, k] }
            guard pivot > tolerance * matrix[column, column], pivot > 0 else { return nil }
            let root = pivot.squareRoot()
            lower[column, column] = root
            for row in (column + 1)..<max(size, column + 1) {
                var rest = matrix[row, column]
                for k in 0..<column { rest -= lower[row, k] * lower[column, k] }
                lower[row, column] = rest / root
            }
        }
        self.lower = lower
    }

    /// x with L x = b, for each column b; traps when the sizes differ.
    public func forward(_ right: Matrix) -> Matrix {
        precondition(right.rows == lower.rows, "as many rows as the factor")
        var result = right
        for column in 0..<right.columns {
            for row in 0..<lower.rows {
                var rest = result[row, column]
                for k in 0..<row { rest -= lower[row, k] * result[k, column] }
                result[row, column] = rest / lower[row, row]
            }
        }
        return result
    }

    /// x with A x = b, for each column b; traps when the sizes differ.
    public func solve(_ right: Matrix) -> Matrix {
        var result = forward(right)
        for column in 0..<right.columns {
            for row in stride(from: lower.rows - 1, through: 0, by: -1) {
                var rest = result[row, column]
                for k in (row + 1)..<max(lower.rows, row + 1) { rest -= lower[k, row] * result[k, column] }
                result[row, column] = rest / lower[row, row]
            }
        }
        return result
    }
}
