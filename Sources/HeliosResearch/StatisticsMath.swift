// SPDX-License-Identifier: MIT
import HeliosMath

/// The standard normal distribution, from + − × ÷ and square root alone: the same bits on every machine.
///
/// The C library's `exp`, `log` and `erf` differ between machines in the last bit; a report must not.
public enum Normal {
    /// Density at `x`.
    public static func density(_ x: Double) -> Double {
        0.398_942_280_401_432_7 * DeterministicMath.exp(-0.5 * x * x)
    }

    /// Φ(x): the probability of a value of at most `x`.
    public static func cumulative(_ x: Double) -> Double { DeterministicMath.normalCDF(x) }

    /// Φ⁻¹(p), or nil unless 0 < p < 1.
    ///
    /// Error below 1e-12 relative.
    /// A rational first guess (Abramowitz and Stegun 26.2.23), then Halley's steps against `cumulative`.
    public static func quantile(_ p: Double) -> Double? {
        guard p > 0, p < 1 else { return nil }
        // 1 − p is exact from one half up, and the lower tail keeps its relative accuracy.
        if p > 0.5 { return quantile(1 - p).map { -$0 } }
        let t = (-2 * DeterministicMath.log(p)).squareRoot()
        let above = 2.515517 + t * (0.802853 + t * 0.010328)
        let below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
        var x = above / below - t
        for _ in 0..<4 {
            let slope = density(x)
            guard slope > 0 else { break }
            let step = (cumulative(x) - p) / slope
            x -= step / (1 + 0.5 * x * step)
        }
        return x
    }
}
