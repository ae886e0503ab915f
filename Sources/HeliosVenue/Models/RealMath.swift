// SPDX-License-Identifier: MIT
import HeliosMath

/// Powers and hyperbolic functions from our own `exp` and `log`: the same bits on every machine.
enum RealMath {
    /// xʸ for x ≥ 0; small whole powers by multiplication.
    static func power(_ x: Double, _ y: Double) -> Double {
        if y == 0.5 { return x.squareRoot() }
        if y >= 0, y <= 8, y == y.rounded(.down) {
            var product = 1.0
            for _ in 0..<Int(y) { product *= x }
            return product
        }
        return x > 0 ? DeterministicMath.exp(y * DeterministicMath.log(x)) : 0
    }

    static func sinh(_ x: Double) -> Double {
        // The difference of two exponentials near 1 has few digits: the series takes over.
        if abs(x) < 0.01 { return x + x * x * x / 6 + x * x * x * x * x / 120 }
        return (DeterministicMath.exp(x) - DeterministicMath.exp(-x)) / 2
    }

    /// acosh(1 + y) for y ≥ 0.
    static func acosh(onePlus y: Double) -> Double {
        let s = y + (y * (2 + y)).squareRoot()
        if s < 1e-3 { return s - s * s / 2 + s * s * s / 3 - s * s * s * s / 4 }
        return DeterministicMath.log(1 + s)
    }
}
