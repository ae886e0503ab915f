// SPDX-License-Identifier: MIT

extension Tridiagonal {
    /// Turns the tridiagonal matrix until nothing stands beside its diagonal; false when that takes too many turns.
    mutating func diagonalise() -> Bool {
        for i in 1..<max(size, 1) { beside[i - 1] = beside[i] }
        beside[size - 1] = 0
        var shift = 0.0
        var largest = 0.0
        for l in 0..<size {
            largest = max(largest, diagonal[l].magnitude + beside[l].magnitude)
            var m = l
            while m < size - 1, beside[m].magnitude > 0x1p-52 * largest { m += 1 }
            var turns = 0
            while m > l {
                turns += 1
                guard turns <= 60 else { return false }
                shift += step(from: l, to: m)
                if beside[l].magnitude <= 0x1p-52 * largest { break }
            }
            diagonal[l] += shift
            beside[l] = 0
        }
        return true
    }

    /// One implicit QL step on the block from `l` to `m`; the shift that it took off the diagonal.
    private mutating func step(from l: Int, to m: Int) -> Double {
        var g = diagonal[l]
        var p = (diagonal[l + 1] - g) / (2 * beside[l])
        var r = Tridiagonal.length(p, 1)
        if p < 0 { r = -r }
        diagonal[l] = beside[l] / (p + r)
        diagonal[l + 1] = beside[l] * (p + r)
        let next = diagonal[l + 1]
        var h = g - diagonal[l]
        for i in (l + 2)..<max(size, l + 2) { diagonal[i] -= h }
        let shift = h
        p = diagonal[m]
        var (c, c2, c3) = (1.0, 1.0, 1.0)
        let edge = beside[l + 1]
        var (s, s2) = (0.0, 0.0)
        for i in stride(from: m - 1, through: l, by: -1) {
            c3 = c2
            c2 = c
            s2 = s
            g = c * beside[i]
            h = c * p
            r = Tridiagonal.length(p, beside[i])
            beside[i + 1] = s * r
            s = beside[i] / r
            c = p / r
            p = c * diagonal[i] - s * g
            diagonal[i + 1] = h + s * (c * g + s * diagonal[i])
            turn(i, c, s)
        }
        p = -s * s2 * c3 * edge * beside[l] / next
        beside[l] = s * p
        diagonal[l] = c * p
        return shift
    }

    /// Turns two neighbouring columns of the vectors.
    private mutating func turn(_ i: Int, _ c: Double, _ s: Double) {
        let size = size
        unsafe vectors.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            // Safe: columns i and i + 1 lie inside the square.
            let (left, right) = unsafe (base + i * size, base + (i + 1) * size)
            for k in 0..<size {
                let (a, b) = unsafe (left[k], right[k])
                unsafe right[k] = s * a + c * b
                unsafe left[k] = c * a - s * b
            }
        }
    }

    /// √(a² + b²) without overflow.
    private static func length(_ a: Double, _ b: Double) -> Double {
        let (larger, smaller) = a.magnitude > b.magnitude ? (a.magnitude, b.magnitude) : (b.magnitude, a.magnitude)
        guard larger > 0 else { return 0 }
        let ratio = smaller / larger
        return larger * (1 + ratio * ratio).squareRoot()
    }
}
