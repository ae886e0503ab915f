// SPDX-License-Identifier: MIT

/// A dense matrix of numbers, stored column after column: a column is a series.
///
/// For statistics over hundreds of series, not for the path of an order: operations make new matrices.
public struct Matrix: Sendable, Equatable {
    public let rows: Int
    public let columns: Int
    /// Column after column.
    @usableFromInline var elements: [Double]

    /// A matrix of equal numbers.
    public init(rows: Int, columns: Int, repeating value: Double = 0) {
        precondition(rows >= 0 && columns >= 0, "a matrix has no negative number of rows or columns")
        self.rows = rows
        self.columns = columns
        elements = [Double](repeating: value, count: rows * columns)
    }

    /// A matrix of columns; traps when their lengths differ.
    public init(columns series: [[Double]]) {
        rows = series.first?.count ?? 0
        columns = series.count
        elements = []
        elements.reserveCapacity(rows * columns)
        for column in series {
            precondition(column.count == rows, "all columns have the same length")
            elements += column
        }
    }

    /// Ones on the diagonal, zeros elsewhere.
    public static func identity(_ size: Int) -> Matrix {
        var matrix = Matrix(rows: size, columns: size)
        for index in 0..<size { matrix[index, index] = 1 }
        return matrix
    }

    /// The element in a row and a column; traps outside the matrix.
    @inlinable
    public subscript(row: Int, column: Int) -> Double {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "outside the matrix")
            return elements[column * rows + row]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "outside the matrix")
            elements[column * rows + row] = newValue
        }
    }

    /// One column.
    public func column(_ index: Int) -> [Double] {
        precondition(index >= 0 && index < columns, "outside the matrix")
        return Array(elements[(index * rows)..<((index + 1) * rows)])
    }

    /// Whether every number is finite.
    public var isFinite: Bool { elements.allSatisfy(\.isFinite) }

    public var transposed: Matrix {
        var result = Matrix(rows: columns, columns: rows)
        for column in 0..<columns {
            for row in 0..<rows { result.elements[row * columns + column] = elements[column * rows + row] }
        }
        return result
    }

    /// The product; traps when the inner sizes differ.
    public static func * (left: Matrix, right: Matrix) -> Matrix {
        precondition(left.columns == right.rows, "as many columns on the left as rows on the right")
        // Rows of the left one become columns, so that both factors of a sum stand in one piece.
        let lines = left.transposed
        var result = Matrix(rows: left.rows, columns: right.columns)
        for column in 0..<right.columns {
            for row in 0..<left.rows { result[row, column] = lines.dot(row, right, column) }
        }
        return result
    }

    /// The sums of products of each column with each: AᵀA.
    public var gram: Matrix {
        var result = Matrix(rows: columns, columns: columns)
        for column in 0..<columns {
            for row in 0...column {
                let product = dot(row, self, column)
                result[row, column] = product
                result[column, row] = product
            }
        }
        return result
    }

    /// Σ of the products of a column with one of another matrix.
    private func dot(_ column: Int, _ other: Matrix, _ otherColumn: Int) -> Double {
        precondition(rows == other.rows, "columns of one length")
        guard rows > 0 else { return 0 }
        return unsafe elements.withUnsafeBufferPointer { own in
            unsafe other.elements.withUnsafeBufferPointer { others in
                guard let left = own.baseAddress, let right = others.baseAddress else { return 0 }
                // Safe: both columns lie inside their matrices, whose elements these are.
                return unsafe EightLanes.dot(left + column * rows, right + otherColumn * rows, count: rows)
            }
        }
    }
}
