// SPDX-License-Identifier: MIT

/// Eigenvalues and eigenvectors of a symmetric matrix.
///
/// Householder reflections make it tridiagonal, implicit QL steps diagonal (Martin, Reinsch and Wilkinson 1968;
/// EISPACK's `tred2` and `tql2`). About 10 n³ operations: a correlation matrix of 500 names takes some tenths of a
/// second.
public struct SymmetricEigen: Sendable {
    /// Largest first.
    public let values: [Double]
    /// A column for each value, of length one, orthogonal to the others.
    ///
    /// The component of largest magnitude (the first of equals) is positive.
    public let vectors: Matrix

    /// Nil when the matrix is empty, not square, not finite, or its iteration does not end, which rounding alone could
    /// cause.
    ///
    /// Only the lower triangle is read.
    public init?(_ matrix: Matrix) {
        let size = matrix.rows
        guard size > 0, size == matrix.columns, matrix.isFinite else { return nil }
        var work = Tridiagonal(size: size)
        for column in 0..<size {
            for row in column..<size {
                work.vectors[column * size + row] = matrix[row, column]
                work.vectors[row * size + column] = matrix[row, column]
            }
        }
        work.reduce()
        guard work.diagonalise() else { return nil }
        let order = (0..<size).sorted {
            work.diagonal[$0] != work.diagonal[$1] ? work.diagonal[$0] > work.diagonal[$1] : $0 < $1
        }
        values = order.map { work.diagonal[$0] }
        vectors = Matrix(
            columns: order.map { SymmetricEigen.signed(Array(work.vectors[($0 * size)..<(($0 + 1) * size)])) }
        )
    }

    private static func signed(_ vector: [Double]) -> [Double] {
        var largest = 0
        for index in vector.indices where vector[index].magnitude > vector[largest].magnitude { largest = index }
        return vector[largest] < 0 ? vector.map { -$0 } : vector
    }
}
