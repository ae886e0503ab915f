// SPDX-License-Identifier: MIT

extension DeterministicMath {
    /// The imaginary error function 2/√π ∫₀ˣ e^(t²) dt; infinite beyond ±26.6.
    ///
    /// All terms of its series x^(2n+1) / (n! (2n + 1)) have one sign, so no digit is lost however many it takes.
    public static func erfi(_ x: Double) -> Double {
        guard x == x else { return x }
        guard x.magnitude <= 26.6 else { return x < 0 ? -.infinity : .infinity }
        let z = x * x
        var power = 1.0
        var sum = 1.0
        var index = 0.0
        repeat {
            index += 1
            power *= z / index
            sum += power / (2 * index + 1)
        } while power > 1e-18 * sum || index < z
        return 1.1283791670955126 * x * sum
    }

    /// e^(x²/2) Φ(x) for x ≤ 37, also where Φ(x) alone would be too small for a number.
    ///
    /// Infinite above.
    public static func scaledNormalCDF(_ x: Double) -> Double {
        guard x == x else { return x }
        if x < 0 { return 0.5 * scaledErfc(x * -0.7071067811865476) }
        return x > 37 ? .infinity : exp(0.5 * x * x) * normalCDF(x)
    }
}
