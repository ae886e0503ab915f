// SPDX-License-Identifier: MIT

/// Powers and hyperbolic functions from our own `exp` and `log`: the same bits on every machine.
public enum RealMath {
    /// xʸ for x ≥ 0; small whole powers by multiplication.
    public static func power(_ x: Double, _ y: Double) -> Double {
        if y == 0.5 { return x.squareRoot() }
        if y >= 0, y <= 8, y == y.rounded(.down) {
            var product = 1.0
            for _ in 0..<Int(y) { product *= x }
            return product
        }
        return x > 0 ? DeterministicMath.exp(y * DeterministicMath.log(x)) : 0
    }

    /// The hyperbolic sine, with all its digits near 0.
    public static func sinh(_ x: Double) -> Double {
        // The difference of two exponentials near 1 has few digits: the series takes over.
        if abs(x) < 0.01 { return x + x * x * x / 6 + x * x * x * x * x / 120 }
        return (DeterministicMath.exp(x) - DeterministicMath.exp(-x)) / 2
    }

    /// acosh(1 + y) for y ≥ 0, with all its digits near 0.
    public static func acosh(onePlus y: Double) -> Double {
        let s = y + (y * (2 + y)).squareRoot()
        if s < 1e-3 { return s - s * s / 2 + s * s * s / 3 - s * s * s * s / 4 }
        return DeterministicMath.log(1 + s)
    }

    /// sinh(a) / sinh(b) for 0 ≤ a ≤ b, also where either alone would be too large for a number.
    public static func sinhRatio(_ a: Double, _ b: Double) -> Double {
        guard a > 0 else { return 0 }
        if b < 1 { return sinh(a) / sinh(b) }
        let (above, below) = (1 - DeterministicMath.exp(-2 * a), 1 - DeterministicMath.exp(-2 * b))
        return DeterministicMath.exp(a - b) * above / below
    }
}
