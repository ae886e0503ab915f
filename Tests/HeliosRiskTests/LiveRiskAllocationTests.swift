// SPDX-License-Identifier: MIT
import CProbe
import HeliosMath
import HeliosRisk
import Testing

@Suite struct LiveRiskAllocationTests {
    /// A release build only: a debug build boxes what an optimised one keeps in registers.
    @Test func `nothing is allocated or counted after the start`() throws {
        guard probe_is_available() != 0, isOptimised() else { return }
        let table = try manyReturns(50, days: 250, seed: 2)
        var description = RiskModelDescription(file: "")
        description.measure = .larger
        var live = LiveRisk(try #require(RiskModel(returns: table, description: description)))
        var random = SeededRandom(seed: 9)
        var sum = 0.0
        probe_begin()
        for _ in 0..<10_000 {
            let place = Int(random.next() % 50)
            live.mark(Int(random.next() % 50), 1e6 * random.gaussian())
            sum += live.valueAtRisk(adding: 1e5, at: place)
            sum += live.expectedShortfall(adding: -1e5, at: place)
            live.setWeight(place, 1e6 * random.gaussian())
            sum += live.currentValueAtRisk() + live.currentExpectedShortfall()
        }
        let counts = probe_end()
        #expect(counts.allocations == 0 && counts.frees == 0)
        #expect(counts.retains == 0 && counts.releases == 0)
        #expect(live.rebuilds > 0)
        #expect(sum > 0)
    }
}

private func isOptimised() -> Bool {
    var isDebug = false
    assert(
        {
            isDebug = true
            return true
        }()
    )
    return !isDebug
}
