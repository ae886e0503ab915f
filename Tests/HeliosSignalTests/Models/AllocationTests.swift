// SPDX-License-Identifier: MIT
import CProbe
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

/// Whether the tests were built with optimisation; without it the compiler's own temporaries are on the heap.
func isOptimised() -> Bool {
    var isDebug = false
    assert(
        {
            isDebug = true
            return true
        }()
    )
    return !isDebug
}

@Suite struct AllocationTests {
    @Test func `neither a test of a pair nor an update of a model allocates`() {
        guard probe_is_available() != 0, isOptimised() else { return }
        let series = seriesD1()
        let (y, x) = (series.map(\.y), series.map(\.x))
        var pairs = EngleGranger(capacity: 500)
        var model = RecursiveLeastSquares(features: 3)
        var detector = PageHinkley(tolerance: 0.1, threshold: 5)
        var average = TimedAverage(timeConstant: 1_000)
        guard
            var window = PopulationStability(edges: [100, 110, 120], expected: [0.2, 0.3, 0.3, 0.2], capacity: 50)
        else {
            Issue.record("no window")
            return
        }
        let features = [1, 0.5, -2]
        var sum = 0.0
        var taken = 0
        // The first round makes the tables.
        for round in 0..<2 {
            if round == 1 { probe_begin() }
            for terms in 0..<3 {
                let terms = DeterministicTerms(rawValue: terms) ?? .none
                let both = pairs.bothDirections(y.span, x.span, terms: terms)
                sum += both.value?.probability ?? 0
                taken += both.value == nil ? 0 : 1
            }
            for step in 0..<500 {
                taken += model.update(features.span, y[step]) == nil ? 0 : 1
                detector.update(y[step])
                window.push(y[step])
                average.update(y[step], at: Timestamp(nanoseconds: Int64(step)))
            }
            sum += model[0] + (window.index ?? 0)
        }
        let counts = probe_end()
        #expect(counts.allocations == 0 && sum.isFinite)
        #expect(taken == 2 * (3 + 500))
    }
}
