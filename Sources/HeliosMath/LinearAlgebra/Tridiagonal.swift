// SPDX-License-Identifier: MIT

/// The work of `SymmetricEigen`: first the matrix, then the reflections that made it tridiagonal, in the end its
/// eigenvectors.
struct Tridiagonal {
    let size: Int
    /// Column after column.
    var vectors: [Double]
    var diagonal: [Double]
    /// Beside the diagonal; the first is not used.
    var beside: [Double]

    init(size: Int) {
        self.size = size
        vectors = [Double](repeating: 0, count: size * size)
        diagonal = [Double](repeating: 0, count: size)
        beside = [Double](repeating: 0, count: size)
    }

    /// Q T Qᵀ = the matrix, with T on `diagonal` and `beside` and Q in `vectors`.
    mutating func reduce() {
        let size = size
        unsafe vectors.withUnsafeMutableBufferPointer { v in
            unsafe diagonal.withUnsafeMutableBufferPointer { d in
                unsafe beside.withUnsafeMutableBufferPointer { e in
                    guard let v = v.baseAddress, let d = d.baseAddress, let e = e.baseAddress
                    else { return }
                    // Safe: the three reach size², size and size elements, and all indices below stay under size.
                    unsafe Tridiagonal.fold(v, d, e, size)
                    unsafe Tridiagonal.accumulate(v, d, e, size)
                }
            }
        }
    }

    /// Reflects away what stands left of the diagonal's neighbours, from the last row up.
    private static func fold(
        _ v: UnsafeMutablePointer<Double>,
        _ d: UnsafeMutablePointer<Double>,
        _ e: UnsafeMutablePointer<Double>,
        _ n: Int
    ) {
        for j in 0..<n { unsafe d[j] = v[j * n + n - 1] }
        for i in stride(from: n - 1, to: 0, by: -1) {
            var scale = 0.0
            for k in 0..<i { unsafe scale += d[k].magnitude }
            guard i > 1, scale > 0 else {
                unsafe e[i] = d[i - 1]
                for j in 0..<i { unsafe clear(v, d, n, i, j) }
                unsafe d[i] = 0
                continue
            }
            // Scaled, so that no square is too large or too small for a number.
            for k in 0..<i { unsafe d[k] /= scale }
            var h = unsafe EightLanes.dot(d, d, count: i)
            let f = unsafe d[i - 1]
            let g = f > 0 ? -h.squareRoot() : h.squareRoot()
            unsafe e[i] = scale * g
            h -= f * g
            unsafe d[i - 1] = f - g
            unsafe similarity(v, d, e, n, i, h)
            unsafe d[i] = h
        }
    }

    private static func clear(
        _ v: UnsafeMutablePointer<Double>,
        _ d: UnsafeMutablePointer<Double>,
        _ n: Int,
        _ i: Int,
        _ j: Int
    ) {
        unsafe d[j] = v[j * n + i - 1]
        unsafe v[j * n + i] = 0
        unsafe v[i * n + j] = 0
    }

    /// Applies the reflection of row `i` from both sides to what is left of the matrix.
    private static func similarity(
        _ v: UnsafeMutablePointer<Double>,
        _ d: UnsafeMutablePointer<Double>,
        _ e: UnsafeMutablePointer<Double>,
        _ n: Int,
        _ i: Int,
        _ h: Double
    ) {
        for j in 0..<i { unsafe e[j] = 0 }
        for j in 0..<i {
            let f = unsafe d[j]
            unsafe v[i * n + j] = f
            let column = unsafe v + j * n
            let below = i - j - 1
            let g = unsafe e[j] + column[j] * f + EightLanes.dot(column + j + 1, d + j + 1, count: below)
            for k in (j + 1)..<max(i, j + 1) { unsafe e[k] += column[k] * f }
            unsafe e[j] = g
        }
        var f = 0.0
        for j in 0..<i {
            unsafe e[j] /= h
            unsafe f += e[j] * d[j]
        }
        let half = f / (h + h)
        for j in 0..<i { unsafe e[j] -= half * d[j] }
        for j in 0..<i {
            let (f, g) = unsafe (d[j], e[j])
            let column = unsafe v + j * n
            for k in j..<i { unsafe column[k] -= f * e[k] + g * d[k] }
            unsafe d[j] = column[i - 1]
            unsafe column[i] = 0
        }
    }

    /// Multiplies the reflections together.
    private static func accumulate(
        _ v: UnsafeMutablePointer<Double>,
        _ d: UnsafeMutablePointer<Double>,
        _ e: UnsafeMutablePointer<Double>,
        _ n: Int
    ) {
        for i in 0..<max(n - 1, 0) {
            unsafe v[i * n + n - 1] = v[i * n + i]
            unsafe v[i * n + i] = 1
            let h = unsafe d[i + 1]
            let reflection = unsafe v + (i + 1) * n
            if h > 0 {
                for k in 0...i { unsafe d[k] = reflection[k] / h }
                for j in 0...i {
                    let column = unsafe v + j * n
                    let g = unsafe EightLanes.dot(reflection, column, count: i + 1)
                    for k in 0...i { unsafe column[k] -= g * d[k] }
                }
            }
            for k in 0...i { unsafe reflection[k] = 0 }
        }
        for j in 0..<n {
            unsafe d[j] = v[j * n + n - 1]
            unsafe v[j * n + n - 1] = 0
        }
        unsafe v[(n - 1) * n + n - 1] = 1
        unsafe e[0] = 0
    }
}
