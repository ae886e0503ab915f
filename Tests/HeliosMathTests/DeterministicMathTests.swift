// SPDX-License-Identifier: MIT
import HeliosMath
import Testing

/// Expected values were computed with 60 digits and rounded once.
@Suite struct DeterministicMathTests {
    @Test(arguments: [
        (0, 1), (1, 2.718281828459045), (-1, 0.36787944117144233), (0.5, 1.6487212707001282),
        (10, 22026.465794806718), (-10, 4.5399929762484854e-05), (100, 2.6881171418161356e+43),
        (-100, 3.720075976020836e-44), (700, 1.0142320547350045e+304), (-700, 9.85967654375977e-305),
        (709.7, 1.6549840276802644e+308), (1e-10, 1.0000000001), (0.3466, 1.4142509118505286),
        (-0.3466, 0.7070881069410189), (20.5, 799902177.4755054), (-0.7, 0.4965853037914095),
    ])
    func `exp equals its known value`(x: Double, expected: Double) {
        #expect(isClose(DeterministicMath.exp(x), expected, 4.5e-16))
    }

    @Test func `exp rounds once into the subnormal numbers and saturates beyond`() {
        #expect(DeterministicMath.exp(-745) == .leastNonzeroMagnitude)
        #expect(DeterministicMath.exp(-746) == 0)
        #expect(DeterministicMath.exp(710) == .infinity)
        #expect(DeterministicMath.exp(.nan).isNaN)
    }

    @Test(arguments: [
        (2, 0.6931471805599453), (0.5, -0.6931471805599453), (10, 2.302585092994046),
        (1e-300, -690.7755278982137), (.leastNonzeroMagnitude, -744.4400719213812), (1e+300, 690.7755278982137),
        (1.5, 0.4054651081081644), (0.9999999, -1.0000000494736474e-07), (1.0000001, 9.999999505838704e-08),
        (3, 1.0986122886681098), (0.75, -0.2876820724517809), (1.4142, 0.3465640001880033),
        (0.70711, -0.3465690382006941),
    ])
    func `log equals its known value`(x: Double, expected: Double) {
        #expect(isClose(DeterministicMath.log(x), expected, 4.5e-16))
    }

    @Test func `log of one is zero and log of nothing is not a number`() {
        #expect(DeterministicMath.log(1) == 0)
        #expect(DeterministicMath.log(0) == -.infinity)
        #expect(DeterministicMath.log(-1).isNaN)
        #expect(DeterministicMath.log(.infinity) == .infinity)
    }

    @Test(arguments: [
        (1e-10, 1.1283791670955126e-10), (0.1, 0.1124629160182849), (0.5, 0.5204998778130465),
        (1, 0.8427007929497149), (1.5, 0.9661051464753108), (2, 0.9953222650189527), (3, 0.9999779095030014),
        (5, 0.9999999999984626), (-0.75, -0.7111556336535151), (7, 1), (-7, -1),
    ])
    func `erf equals its known value`(x: Double, expected: Double) {
        #expect(isClose(DeterministicMath.erf(x), expected, 1e-15))
    }

    @Test(arguments: [
        (0.1, 0.887537083981715), (0.5, 0.4795001221869535), (1, 0.15729920705028513), (2, 0.004677734981047266),
        (3, 2.209049699858544e-05), (5, 1.537459794428035e-12), (10, 2.088487583762545e-45),
        (20, 5.395865611607901e-176), (26, 5.663192408856143e-296), (-1, 1.8427007929497148),
        (-3, 1.9999779095030015),
    ])
    func `erfc equals its known value far into the tail`(x: Double, expected: Double) {
        #expect(isClose(DeterministicMath.erfc(x), expected, 2e-15))
    }

    @Test(arguments: [
        (0, 0.5), (1, 0.8413447460685429), (-1, 0.15865525393145705), (2, 0.9772498680518208),
        (-2, 0.02275013194817921), (-5, 2.866515718791939e-07), (-10, 7.619853024160525e-24),
        (-20, 2.7536241186062337e-89), (-30, 4.906713927148187e-198), (-37, 5.725571222524577e-300),
        (1.6448536269514722, 0.95), (5, 0.9999997133484281),
    ])
    func `the normal distribution equals its known value`(x: Double, expected: Double) {
        #expect(isClose(DeterministicMath.normalCDF(x), expected, 2e-15))
    }

    @Test func `exp and log undo each other over the whole range`() {
        var random = SeededRandom(seed: 17)
        for _ in 0..<20_000 {
            let x = (random.uniform() - 0.5) * 1_400
            // An error of one unit in the last place of exp moves the logarithm by 1.1e-16, and rounding adds its own.
            let error = (DeterministicMath.log(DeterministicMath.exp(x)) - x).magnitude
            #expect(error <= 4.5e-16 * max(1, x.magnitude), "x = \(x)")
        }
    }

    @Test func `the error functions join smoothly where their methods change`() {
        for x in [0.5, -0.5] {
            let step = (DeterministicMath.erfc(x.nextUp) - DeterministicMath.erfc(x.nextDown)).magnitude
            #expect(step < 1e-15)
        }
        var previous = DeterministicMath.normalCDF(-8)
        for step in 1...16_000 {
            let value = DeterministicMath.normalCDF(-8 + Double(step) * 1e-3)
            #expect(value >= previous)
            previous = value
        }
    }

    @Test func `the bits of a long computation never change`() {
        var random = SeededRandom(seed: 1)
        var digest: UInt64 = 0
        for _ in 0..<10_000 {
            let x = random.gaussian() * 4
            for value in [
                DeterministicMath.exp(x), DeterministicMath.log(x.magnitude), DeterministicMath.normalCDF(x),
            ] {
                digest = (digest ^ value.bitPattern) &* 0x9E37_79B9_7F4A_7C15
                digest ^= digest >> 29
            }
        }
        #expect(digest == 119_817_179_478_065_502)
    }
}
