// SPDX-License-Identifier: MIT
import HeliosRisk
import Testing

@Suite struct RiskBacktestTests {
    @Test(arguments: [
        (0, 5.0252, 1e-4), (2, 0.1084352, 1e-6), (6, 3.5553547710617437, 1e-9), (7, 5.497, 1e-4), (10, 12.9555, 1e-4),
    ])
    func `the number of exceptions`(exceptions: Int, expected: Double, tolerance: Double) throws {
        let test = try #require(RiskBacktest.kupiec(exceptions: exceptions, days: 250, expected: 0.01))
        #expect(isNear(test.statistic, expected, tolerance))
        if exceptions == 6 { #expect(isNear(test.probability, 0.0593536, 1e-6)) }
    }

    @Test func `exceptions that cluster`() throws {
        let counts = RiskBacktest.Transitions(n00: 237, n01: 5, n10: 5, n11: 2)
        let test = try #require(RiskBacktest.christoffersen(counts))
        #expect(isNear(test.statistic, 6.7361932151771455))
        #expect(isNear(test.probability, 0.0094476, 1e-5))
    }

    @Test func `transitions are counted day by day`() {
        let days = [false, false, true, true, false, true]
        #expect(RiskBacktest.Transitions(days) == RiskBacktest.Transitions(n00: 1, n01: 2, n10: 1, n11: 1))
        #expect(RiskBacktest.Transitions([]) == RiskBacktest.Transitions(n00: 0, n01: 0, n10: 0, n11: 0))
    }

    @Test func `the zones of a year at ninety-nine per cent`() {
        for exceptions in 0...250 {
            let zone = RiskBacktest.zone(exceptions: exceptions, days: 250, expected: 0.01)
            #expect(zone == (exceptions <= 4 ? .green : exceptions <= 9 ? .yellow : .red))
        }
    }

    @Test func `counts that can't be have no answer`() {
        #expect(RiskBacktest.kupiec(exceptions: 3, days: 2, expected: 0.01) == nil)
        #expect(RiskBacktest.kupiec(exceptions: 0, days: 0, expected: 0.01) == nil)
        #expect(RiskBacktest.kupiec(exceptions: 1, days: 9, expected: 0) == nil)
        #expect(RiskBacktest.zone(exceptions: -1, days: 9, expected: 0.01) == nil)
        let none = RiskBacktest.Transitions(n00: 0, n01: 0, n10: 0, n11: 0)
        #expect(RiskBacktest.christoffersen(none) == nil)
        let quiet = RiskBacktest.Transitions(n00: 249, n01: 0, n10: 0, n11: 0)
        #expect(RiskBacktest.christoffersen(quiet)?.statistic == 0)
    }
}

@Suite struct StressTests {
    private let positions = [
        RiskPosition("A", value: 1_000, assetClass: "tech", beta: 1.5),
        RiskPosition("B", value: -400, assetClass: "tech"),
        RiskPosition("C", value: 300, beta: 0.5),
    ]

    @Test func `an instrument's shock goes before its class and its class before the market`() {
        let scenario = StressScenario("crash", market: -0.2, classes: ["tech": -0.3], instruments: ["B": 0.1])
        #expect(positions.map(scenario.shock) == [-0.3, 0.1, -0.1])
        #expect(isNear(scenario.loss(positions), 300 + 40 + 30))
    }

    @Test func `the worst scenario is the one that loses most`() {
        let result = StressResult(
            [
                StressScenario("up", market: 0.1), StressScenario("down", market: -0.1),
                StressScenario("again", market: -0.1),
            ],
            positions
        )
        #expect(result.worst?.scenario == "down")
        #expect(result.lines.count == 3)
        #expect(StressResult([], positions).worst == nil)
    }
}
