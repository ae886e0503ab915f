// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosRisk
import Testing

/// Debug and release, here and elsewhere, must give the same bits: this number was printed by a debug build.
@Suite struct RiskBitsTests {
    @Test func `every method and the live engine give the same bits in every build`() throws {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ value: Double) { digest = (digest ^ value.bitPattern) &* 0x0000_0100_0000_01B3 }
        let table = try manyReturns(19, days: 301, seed: 5)
        var random = SeededRandom(seed: 6)
        let positions = table.names.map { RiskPosition($0, value: 1e6 * random.gaussian()) }
        let portfolio = try PortfolioRisk(returns: table, positions: positions)
        for method in RiskMethod.allCases {
            let figures = try #require(portfolio.figures(method))
            add(figures.valueAtRisk)
            add(figures.expectedShortfall)
        }
        for number in RiskNumber.allCases {
            var description = RiskModelDescription(file: "")
            description.measure = number
            var live = LiveRisk(try #require(RiskModel(returns: table, description: description)))
            for _ in 0..<300 {
                live.setWeight(Int(random.next() % 19), 1e6 * random.gaussian())
                live.mark(Int(random.next() % 19), 1e6 * random.gaussian())
                if random.next() % 8 == 0 { add(live.currentValueAtRisk()) }
                add(live.expectedShortfall(adding: 1e5, at: 3))
            }
            live.rebuild()
            add(live.lastDrift)
            add(live.currentValueAtRisk())
        }
        #expect(digest == 2_005_936_058_471_008_219)
    }
}
