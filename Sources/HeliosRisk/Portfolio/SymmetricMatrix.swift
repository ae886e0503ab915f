// SPDX-License-Identifier: MIT

/// A symmetric matrix of numbers: covariances of daily returns, by place.
public struct SymmetricMatrix: Sendable, Equatable {
    /// How many rows and columns it has.
    public let count: Int
    /// All elements, column after column; both halves are stored.
    public private(set) var elements: [Double]

    /// A matrix of zeros.
    public init(count: Int) {
        self.count = max(count, 0)
        elements = [Double](repeating: 0, count: self.count * self.count)
    }

    /// A matrix whose elements are given column after column; nil unless there are `count`² of them and both halves are the same.
    public init?(count: Int, elements: [Double]) {
        guard count >= 0, elements.count == count * count else { return nil }
        for column in 0..<count {
            for row in 0..<column where elements[column * count + row] != elements[row * count + column] { return nil }
        }
        self.count = count
        self.elements = elements
    }

    /// The element of a row and a column; setting one sets its mirror image too.
    public subscript(row: Int, column: Int) -> Double {
        get { elements[column * count + row] }
        set {
            elements[column * count + row] = newValue
            elements[row * count + column] = newValue
        }
    }

    /// The matrix times a vector of `count` numbers.
    public func times(_ vector: [Double]) -> [Double] {
        precondition(vector.count == count, "the vector has a place for each row")
        var product = [Double](repeating: 0, count: count)
        for column in 0..<count where vector[column] != 0 {
            let factor = vector[column]
            for row in 0..<count { product[row] += elements[column * count + row] * factor }
        }
        return product
    }

    /// w′ S w: the variance of a portfolio of `weights`.
    public func variance(of weights: [Double]) -> Double { dot(weights, times(weights)) }

    /// Scales every element by `factor`.
    mutating func scale(by factor: Double) {
        for index in elements.indices { elements[index] *= factor }
    }

    /// S ← keep · S + add · r r′ below and on the diagonal: what every weighted mean of products is made of.
    ///
    /// The upper half is wrong until `mirror`: a column is folded as it lies in memory.
    mutating func fold(_ r: [Double], keep: Double, add: Double) {
        let count = count
        var span = elements.mutableSpan
        for column in 0..<count {
            for row in column..<count {
                let place = column * count + row
                span[place] = keep * span[place] + add * (r[row] * r[column])
            }
        }
    }

    /// Adds `factor` times the lower half of another matrix of the same size to the lower half.
    mutating func addHalf(_ other: SymmetricMatrix, times factor: Double) {
        let count = count
        var span = elements.mutableSpan
        for column in 0..<count {
            for place in (column * count + column)..<((column + 1) * count) {
                span[place] += factor * other.elements[place]
            }
        }
    }

    /// Copies the lower half to the upper one.
    mutating func mirror() {
        let count = count
        var span = elements.mutableSpan
        for column in 0..<count {
            for row in column..<count { span[row * count + column] = span[column * count + row] }
        }
    }
}

/// The sum of products, first to last.
func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in 0..<min(a.count, b.count) { sum += a[index] * b[index] }
    return sum
}
