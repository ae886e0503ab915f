// SPDX-License-Identifier: MIT

extension DeterministicMath {
    /// The density of the standard normal distribution.
    public static func normalDensity(_ x: Double) -> Double { 0.3989422804014327 * exp(-0.5 * x * x) }

    /// The number that a standard normal variable stays below with probability `p`; infinite at 0 and 1, not a number outside.
    ///
    /// Newton's method on ln Φ, which is concave: begun left of the root, where Φ(x) ≤ ½ e^(−x²/2) says, it comes nearer from
    /// the left with each step and never runs away. The upper half is the lower one mirrored.
    public static func normalQuantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        if p > 0.5 { return -normalQuantile(1 - p) }
        if p == 0.5 { return 0 }
        let target = log(p)
        var x = -(-2 * log(2 * p)).squareRoot()
        for _ in 0..<40 {
            let below = normalCDF(x)
            let step = (target - log(below)) * below / normalDensity(x)
            x += step
            if step.magnitude <= 1e-9 * x.magnitude { break }
        }
        // One step on Φ itself: the logarithm's rounding is gone.
        return x + (p - normalCDF(x)) / normalDensity(x)
    }

    /// The probability that a chi-squared variable with one degree of freedom exceeds `x`.
    public static func chiSquaredTail(_ x: Double) -> Double { x > 0 ? erfc((x * 0.5).squareRoot()) : 1 }
}
