// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal

/// The cointegrated pair D1: y = 5 + 1.5 x + an AR(1) spread with phi 0.9; 500 points from seed 3.
func seriesD1() -> [(x: Double, y: Double)] {
    var random = SeededRandom(seed: 3)
    var x = 100.0
    var spread = 0.0
    return (0..<500).map { _ in
        let a = random.gaussian()
        let b = random.gaussian()
        x += 0.5 * a
        spread = 0.9 * spread + 0.3 * b
        return (x, 5.0 + 1.5 * x + spread)
    }
}

/// Whether two numbers agree to `tolerance`, relative to the expected one.
func isClose(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-9) -> Bool {
    guard let value else { return false }
    return (value - expected).magnitude <= tolerance * expected.magnitude
}
