// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite struct OptimalBandTests {
    @Test func `the known bands`() throws {
        let known = [
            (0.05, 0.42682916), (0.1, 0.54169283), (0.2, 0.69061498), (0.3, 0.79868059), (0.5, 0.96431826),
            (1, 1.26444904),
        ]
        for (cost, entry) in known {
            let flip = try #require(OptimalBand.optimal(cost: cost).value)
            // Found by a search for the largest rate, whose last digit or two is not sharp.
            #expect((flip.entry - entry).magnitude < 2e-8)
            let exit = try #require(OptimalBand.optimal(cost: cost / 2, style: .exitAtMean).value)
            #expect(exit.entry == flip.entry && exit.rate == flip.rate)
            let rates = [-0.01, 0.01].map { OptimalBand.rate(entry: flip.entry + $0, cost: cost).value ?? .infinity }
            #expect(rates.allSatisfy { $0 < flip.rate })
            #expect(isClose(OptimalBand.optimal(cost: cost, kappa: 50).value?.rate, 50 * flip.rate, 1e-12))
        }
    }

    @Test func `the band is the root that SciPy's brentq finds`() {
        #expect(isClose(OptimalBand.optimal(cost: 0.05).value?.entry, 0.4268291699513866, 1e-13))
    }

    @Test func `the known passage times`() throws {
        let known = [(-2, 0, 1.42520457), (0, 2, 10.42840940), (-1.25, -0.5, 0.53243144)]
        for (start, end, time) in known {
            #expect(isClose(PassageTime.mean(from: start, to: end).value, time, 1e-8))
            #expect(PassageTime.mean(from: -start, to: -end).value == PassageTime.mean(from: start, to: end).value)
            #expect(isClose(PassageTime.mean(from: start, to: end, kappa: 20).value, time / 20, 1e-8))
        }
        // What lies between adds up: the process must pass there.
        let parts = [(-30.0, -3.0), (-3, 1), (1, 4)].compactMap { PassageTime.mean(from: $0, to: $1).value }
        #expect(isClose(parts.reduce(0, +), try #require(PassageTime.mean(from: -30, to: 4).value), 1e-12))
    }

    @Test func `a band's rate is its profit over the time of a round trip`() throws {
        // Two passages of a band at 1.3: in and out at the mean, in an independent formula.
        let band = try #require(OptimalBand.rate(entry: 1.3, cost: 0.2).value)
        let up = try #require(PassageTime.mean(from: -1.3, to: 1.3).value)
        #expect(isClose(band, (2.6 - 0.2) / up, 1e-11))
    }

    @Test func `larger costs ask for wider bands and earn less`() {
        var last = OptimalBand(entry: 0, rate: .infinity)
        for step in 1...300 {
            guard let band = OptimalBand.optimal(cost: Double(step) * 0.1).value else {
                Issue.record("no band at step \(step)")
                return
            }
            #expect(band.entry > last.entry && band.rate < last.rate && band.rate > 0)
            last = band
        }
    }

    @Test func `what has no band says why`() {
        for cost in [0, -1, .nan, .infinity, 31] {
            #expect(OptimalBand.optimal(cost: cost).reason == .parameterOutOfRange)
        }
        #expect(OptimalBand.optimal(cost: 0.1, kappa: 0).reason == .parameterOutOfRange)
        #expect(OptimalBand.rate(entry: -1, cost: 0.1).reason == .parameterOutOfRange)
        #expect(PassageTime.mean(from: 0, to: 38).reason == .parameterOutOfRange)
        #expect(PassageTime.mean(from: .nan, to: 1).reason == .parameterOutOfRange)
        #expect(PassageTime.mean(from: 1, to: 1).value == 0)
    }
}

@Suite struct NotFiniteTests {
    @Test func `what is too large for a number is undefined`() {
        #expect(OptimalBand.rate(entry: 1e308, cost: 0).reason == .notFinite)
        #expect(OptimalBand.rate(entry: 1, cost: 1e308, style: .exitAtMean).reason == .notFinite)
        let labels = TripleBarrier(profit: 1, stop: 1, horizon: 1)
        #expect(labels.label([.leastNonzeroMagnitude, 1e300], start: 0, deviation: 0.1).reason == .notFinite)
        #expect(VarianceRatio.test([0, 1, 1, 0, 0, 1, 1, 0, 0], horizon: 2).reason == .noVariance)
        #expect(VarianceRatio.test([0, 1e200, -1e200, 1e200, 0, 3, 9], horizon: 2).reason == .notFinite)
    }
}
