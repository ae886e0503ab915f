// SPDX-License-Identifier: MIT
import HeliosMath
import Testing

@Suite struct LinearAlgebraTests {
    private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
        var random = SeededRandom(seed: seed)
        return Matrix(columns: (0..<columns).map { _ in (0..<rows).map { _ in random.gaussian() } })
    }

    private func largestDifference(_ a: Matrix, _ b: Matrix) -> Double {
        var largest = 0.0
        for column in 0..<a.columns {
            for row in 0..<a.rows { largest = max(largest, (a[row, column] - b[row, column]).magnitude) }
        }
        return largest
    }

    @Test(arguments: [0, 1, 7, 8, 9, 64, 1_003]) func `a sum in eight lanes is the sum`(count: Int) {
        let values = (0..<count).map { Double($0 % 13) - 4 }
        let expected = values.reduce(0) { $0 + $1 * $1 }
        #expect(EightLanes.dot(values, values) == expected)
    }

    @Test func `products and transposes are as written by hand`() {
        let a = Matrix(columns: [[1, 2, 3], [4, 5, 6]])
        #expect(a.transposed * a == Matrix(columns: [[14, 32], [32, 77]]))
        #expect(a.gram == a.transposed * a)
        #expect(a * Matrix(columns: [[1, -1]]) == Matrix(columns: [[-3, -3, -3]]))
        #expect(Matrix.identity(3) * a == a && a.column(1) == [4, 5, 6])
    }

    @Test(arguments: [1, 2, 5, 30]) func `a Cholesky factor gives the matrix back and solves`(size: Int) throws {
        let gram = random(size + 10, size, seed: 4).gram
        let factor = try #require(Cholesky(gram))
        #expect(largestDifference(factor.lower * factor.lower.transposed, gram) < 1e-12)
        let known = random(size, 2, seed: 5)
        #expect(largestDifference(factor.solve(gram * known), known) < 1e-9)
    }

    @Test func `a matrix that is not positive definite has no Cholesky factor`() {
        #expect(Cholesky(Matrix(columns: [[1, 2], [2, 1]])) == nil)
        #expect(Cholesky(Matrix(columns: [[1, 1], [1, 1]])) == nil)
        #expect(Cholesky(Matrix(columns: [[.nan]])) == nil)
        #expect(Cholesky(Matrix(rows: 2, columns: 3)) == nil)
    }

    @Test func `least squares finds a known line and leaves what is orthogonal to it`() throws {
        let factor = try #require(QRFactor(Matrix(columns: [[1, 1, 1, 1], [0, 1, 2, 3]])))
        let fit = try #require(factor.solve([1, 3, 5, 9]))
        // By hand: slope 2.6, intercept 0.6.
        #expect(isClose(fit.coefficients[0], 0.6, 1e-13) && isClose(fit.coefficients[1], 2.6, 1e-13))
        let residuals = [0.4, -0.2, -0.8, 0.6]
        for (found, expected) in zip(fit.residuals, residuals) { #expect((found - expected).magnitude < 1e-13) }
    }

    @Test func `QR keeps the digits that sums of products lose`() throws {
        // Longley-like: columns that agree in six digits.
        let base = (0..<40).map { Double($0) }
        let near = base.map { $0 + 1e-6 * Double(Int($0) % 3) }
        let factor = try #require(QRFactor(Matrix(columns: [base, near])))
        let target = zip(base, near).map { 3 * $0 - 2 * $1 }
        let fit = try #require(factor.solve(target))
        #expect(isClose(fit.coefficients[0], 3, 1e-7) && isClose(fit.coefficients[1], -2, 1e-7))
    }

    @Test func `columns that depend on one another have no regression`() {
        let base = (0..<20).map { Double($0 * $0 % 17) }
        let factor = QRFactor(Matrix(columns: [base, base.map { 2 * $0 }]))
        #expect(factor?.isFullRank() == false && factor?.solve(base) == nil)
        #expect(QRFactor(Matrix(rows: 2, columns: 3)) == nil)
        #expect(QRFactor(Matrix(columns: [[1, .infinity]])) == nil)
    }

    @Test(arguments: [1, 2, 3, 10, 60]) func `eigenvectors put the matrix together again`(size: Int) throws {
        let half = random(size, size, seed: UInt64(size))
        let symmetric = half.gram
        let eigen = try #require(SymmetricEigen(symmetric))
        var scaled = eigen.vectors
        for column in 0..<size {
            for row in 0..<size { scaled[row, column] *= eigen.values[column] }
        }
        #expect(largestDifference(scaled * eigen.vectors.transposed, symmetric) < 1e-11 * Double(size))
        #expect(largestDifference(eigen.vectors.gram, .identity(size)) < 1e-12)
        #expect(zip(eigen.values, eigen.values.dropFirst()).allSatisfy { $0 >= $1 })
    }

    @Test func `the second differences have their known eigenvalues`() throws {
        let size = 200
        var matrix = Matrix(rows: size, columns: size)
        for index in 0..<size {
            matrix[index, index] = 2
            if index > 0 {
                matrix[index, index - 1] = -1
                matrix[index - 1, index] = -1
            }
        }
        let eigen = try #require(SymmetricEigen(matrix))
        // 4 sin²(kπ / 402): the smallest and largest, and their sum is the trace.
        #expect((eigen.values[size - 1] - 0.0002442861186939895).magnitude < 1e-13)
        #expect((eigen.values[0] - 3.9997557138813065).magnitude < 1e-13)
        #expect(isClose(eigen.values.reduce(0, +), 400, 1e-13))
    }

    @Test func `equal eigenvalues, zeros and diagonals are no special case`() throws {
        let identity = try #require(SymmetricEigen(.identity(5)))
        #expect(identity.values == [1, 1, 1, 1, 1])
        let zero = try #require(SymmetricEigen(Matrix(rows: 4, columns: 4)))
        #expect(zero.values == [0, 0, 0, 0])
        let ones = try #require(SymmetricEigen(Matrix(rows: 6, columns: 6, repeating: 1)))
        #expect(isClose(ones.values[0], 6, 1e-14) && ones.values.dropFirst().allSatisfy { $0.magnitude < 1e-14 })
        #expect(SymmetricEigen(Matrix(columns: [[1, .nan], [.nan, 1]])) == nil)
        #expect(SymmetricEigen(Matrix(rows: 2, columns: 3)) == nil && SymmetricEigen(Matrix(columns: [])) == nil)
    }

    @Test func `the imaginary error function has its known values`() {
        // SciPy 1.17: scipy.special.erfi.
        let known = [
            (0.1, 0.11321517416959982), (0.5, 0.6149520946965109), (1, 1.6504257587975429), (2, 18.564802414575553),
            (5, 8298273880.676806), (-1, -1.6504257587975429), (10, 1.52430742270867e42), (26, 8.31463716473099e291),
        ]
        for (x, value) in known { #expect(isClose(DeterministicMath.erfi(x), value, 1e-12), "\(x)") }
        #expect(DeterministicMath.erfi(0) == 0 && DeterministicMath.erfi(30) == .infinity)
    }

    @Test func `the scaled distribution function stays finite in the tail`() {
        // SciPy 1.17: half of erfcx(−x/√2).
        #expect(DeterministicMath.scaledNormalCDF(0) == 0.5)
        #expect(isClose(DeterministicMath.scaledNormalCDF(-3), 0.12151394835556219, 1e-13))
        #expect(isClose(DeterministicMath.scaledNormalCDF(-100), 0.0039890239813568104, 1e-13))
        #expect(isClose(DeterministicMath.scaledNormalCDF(2), 7.22095409770748, 1e-13))
    }
}
