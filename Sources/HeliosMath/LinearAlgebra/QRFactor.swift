// SPDX-License-Identifier: MIT

/// A = Q R by Householder reflections: the columns of Q are orthonormal, R is an upper triangle.
///
/// Unlike the sums of products AᵀA it keeps all digits of columns that are nearly parallel.
public struct QRFactor: Sendable {
    /// R in the upper triangle, the reflections' vectors below it.
    private var packed: Matrix
    private let diagonal: [Double]
    private let norms: [Double]

    /// The factors of a matrix with at least as many rows as columns; nil when it has fewer or is not finite.
    public init?(_ matrix: Matrix) {
        guard matrix.rows >= matrix.columns, matrix.isFinite else { return nil }
        packed = matrix
        var diagonal: [Double] = []
        var norms: [Double] = []
        let rows = matrix.rows
        unsafe packed.elements.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for column in 0..<matrix.columns {
                let start = unsafe base + column * rows
                unsafe norms.append(EightLanes.dot(start, start, count: rows).squareRoot())
                diagonal.append(unsafe QRFactor.reflect(base, rows: rows, columns: matrix.columns, at: column))
            }
        }
        self.diagonal = diagonal
        // Reflections keep lengths: these are the lengths of the columns as they came, but for rounding.
        self.norms = norms
    }

    /// Makes the column's reflection and applies it to the columns behind; what stands on R's diagonal.
    private static func reflect(
        _ base: UnsafeMutablePointer<Double>,
        rows: Int,
        columns: Int,
        at column: Int
    ) -> Double {
        let count = rows - column
        let own = unsafe base + (column * rows + column)
        let length = unsafe EightLanes.dot(own, own, count: count).squareRoot()
        guard length > 0 else { return 0 }
        // The sign that adds magnitudes: no digits cancel.
        let head = unsafe own[0]
        let pivot = head > 0 ? -length : length
        unsafe own[0] = head - pivot
        let scale = 1 / (length * (length + head.magnitude))
        for other in (column + 1)..<max(columns, column + 1) {
            let target = unsafe base + (other * rows + column)
            let factor = unsafe EightLanes.dot(own, target, count: count) * scale
            for row in 0..<count { unsafe target[row] -= factor * own[row] }
        }
        return pivot
    }

    /// R.
    public var upper: Matrix {
        var result = Matrix(rows: packed.columns, columns: packed.columns)
        for column in 0..<packed.columns {
            for row in 0..<column { result[row, column] = packed[row, column] }
            result[column, column] = diagonal[column]
        }
        return result
    }

    /// Whether no column is a combination of those before it: what it adds is more than `tolerance` of its length.
    public func isFullRank(tolerance: Double = 1e-11) -> Bool {
        zip(diagonal, norms).allSatisfy { $0.magnitude > tolerance * $1 }
    }

    /// Least squares: the coefficients that bring A x nearest to `right`, and what is left of it.
    ///
    /// Nil when a column is a combination of others, or `right` has another length or a number that is not finite.
    public func solve(_ right: [Double]) -> LeastSquares? {
        guard right.count == packed.rows, right.allSatisfy(\.isFinite), isFullRank() else { return nil }
        var rest = right
        let count = packed.columns
        for column in 0..<count { reflect(&rest, by: column) }
        var coefficients = [Double](repeating: 0, count: count)
        for row in stride(from: count - 1, through: 0, by: -1) {
            var value = rest[row]
            for k in (row + 1)..<max(count, row + 1) { value -= packed[row, k] * coefficients[k] }
            coefficients[row] = value / diagonal[row]
        }
        for row in 0..<count { rest[row] = 0 }
        for column in stride(from: count - 1, through: 0, by: -1) { reflect(&rest, by: column) }
        return LeastSquares(coefficients: coefficients, residuals: rest)
    }

    private func reflect(_ values: inout [Double], by column: Int) {
        let rows = packed.rows
        var length = 0.0
        var product = 0.0
        for row in column..<rows {
            length += packed[row, column] * packed[row, column]
            product += packed[row, column] * values[row]
        }
        guard length > 0 else { return }
        let factor = 2 * product / length
        for row in column..<rows { values[row] -= factor * packed[row, column] }
    }
}

/// A regression: coefficients in the order of the columns, and what they leave unexplained.
public struct LeastSquares: Sendable, Equatable {
    public var coefficients: [Double]
    public var residuals: [Double]
}
