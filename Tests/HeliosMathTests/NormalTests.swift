// SPDX-License-Identifier: MIT
import HeliosMath
import Testing

/// Expected values were computed with 50 digits and rounded once.
@Suite struct NormalTests {
    @Test(arguments: [
        (1e-300, -37.0470962993612), (1e-20, -9.262340089798407), (1e-05, -4.264890793922825),
        (0.001, -3.0902323061678136), (0.01, -2.326347874040841), (0.05, -1.6448536269514726),
        (0.2, -0.8416212335729142), (0.4999, -0.00025066283008800747), (0.51, 0.025068908258711057),
        (0.7, 0.5244005127080407), (0.95, 1.6448536269514722), (0.99, 2.3263478740408408),
        (0.999, 3.090232306167813), (0.9999999999, 6.361340889697422),
    ])
    func `the quantile equals its known value`(p: Double, expected: Double) {
        // Near one half the distribution itself is known to 10⁻¹⁶ only.
        let error = (DeterministicMath.normalQuantile(p) - expected).magnitude
        #expect(error <= 2e-15 * expected.magnitude || error < 1e-16)
    }

    @Test func `the quantile ends at infinity`() {
        #expect(DeterministicMath.normalQuantile(0) == -.infinity)
        #expect(DeterministicMath.normalQuantile(1) == .infinity)
        #expect(DeterministicMath.normalQuantile(0.5) == 0)
        #expect(DeterministicMath.normalQuantile(-0.1).isNaN)
        #expect(DeterministicMath.normalQuantile(.nan).isNaN)
    }

    @Test func `the quantile turns the distribution round`() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<2_000 {
            let p = random.uniform()
            guard p > 0 else { continue }
            #expect(isClose(DeterministicMath.normalCDF(DeterministicMath.normalQuantile(p)), p, 4e-15))
        }
    }

    @Test(arguments: [(0.1, 7.51829634e-01), (3.84, 5.00435212e-02), (6.63, 1.00275264e-02), (50, 1.53745979e-12)])
    func `the chi-squared tail equals its known value`(x: Double, expected: Double) {
        #expect(isClose(DeterministicMath.chiSquaredTail(x), expected, 1e-8))
        #expect(DeterministicMath.chiSquaredTail(-x) == 1)
    }
}
