// SPDX-License-Identifier: MIT

/// The standard normal distribution, from + − × ÷ and square root alone: the same bits on every machine.
///
/// The C library's `exp`, `log` and `erf` differ between machines in the last bit; a report must not.
public enum Normal {
    /// Density at `x`.
    public static func density(_ x: Double) -> Double {
        0.398_942_280_401_432_7 * exponential(-0.5 * x * x)
    }

    /// Φ(x): the probability of a value of at most `x`.
    ///
    /// Error below 1e-15 absolute, 1e-12 relative in the lower tail.
    /// Source: near the middle the series Φ = ½ + φ(x)(x + x³/3 + x⁵/(3·5) + …), in the tails the continued fraction
    /// of Mills' ratio (Abramowitz and Stegun 26.2.11 and 26.2.14).
    public static func cumulative(_ x: Double) -> Double {
        if x.isNaN { return x }
        if x > 2.5 { return 1 - upperTail(x) }
        if x < -2.5 { return upperTail(-x) }
        var term = x
        var sum = x
        var divisor = 3.0
        while abs(term) > 1e-18 * abs(sum), divisor < 201 {
            term *= x * x / divisor
            sum += term
            divisor += 2
        }
        return 0.5 + density(x) * sum
    }

    /// Φ⁻¹(p), or nil unless 0 < p < 1.
    ///
    /// Error below 1e-12 relative.
    /// A rational first guess (Abramowitz and Stegun 26.2.23), then Halley's steps against `cumulative`.
    public static func quantile(_ p: Double) -> Double? {
        guard p > 0, p < 1 else { return nil }
        // 1 − p is exact from one half up, and the lower tail keeps its relative accuracy.
        if p > 0.5 { return quantile(1 - p).map { -$0 } }
        let t = (-2 * logarithm(p)).squareRoot()
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

    /// 1 − Φ(x) for x > 2.5.
    private static func upperTail(_ x: Double) -> Double {
        if x > 40 { return 0 }
        var fraction = x
        for level in stride(from: 120.0, to: 0, by: -1) {
            fraction = x + level / fraction
        }
        return density(x) / fraction
    }

    /// e^x by range reduction to |r| ≤ ½ ln 2 and the Taylor series.
    static func exponential(_ x: Double) -> Double {
        if x < -745 { return 0 }
        if x > 709 { return .infinity }
        let halvings = (x * 1.442_695_040_888_963_4).rounded()
        // ln 2 in two parts, the first with 32 trailing zero bits, so that the product is exact.
        let rest = (x - halvings * 0.693_147_180_369_123_816_49) - halvings * 1.908_214_929_270_587_7e-10
        var sum = 1.0
        for degree in stride(from: 18.0, to: 0, by: -1) {
            sum = 1 + sum * rest / degree
        }
        // Two factors, because one power of two would overflow to zero among the subnormal numbers.
        let half = Int(halvings) / 2
        return sum * Double(sign: .plus, exponent: half, significand: 1)
            * Double(sign: .plus, exponent: Int(halvings) - half, significand: 1)
    }

    /// ln x for x > 0 by 2 artanh((m − 1)/(m + 1)), with x = m 2^e and m near 1.
    static func logarithm(_ x: Double) -> Double {
        var mantissa = x.significand
        var exponent = Double(x.exponent)
        if mantissa > 1.414_213_562_373_095 {
            mantissa *= 0.5
            exponent += 1
        }
        let ratio = (mantissa - 1) / (mantissa + 1)
        let square = ratio * ratio
        var sum = 0.0
        for odd in stride(from: 27.0, to: 0, by: -2) {
            sum = sum * square + 1 / odd
        }
        return exponent * 0.693_147_180_369_123_816_49
            + (exponent * 1.908_214_929_270_587_7e-10 + 2 * ratio * sum)
    }
}
