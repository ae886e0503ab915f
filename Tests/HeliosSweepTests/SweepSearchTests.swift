// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosResearch
import HeliosSweep
import Testing

@Suite("What a sweep tries, and over which periods")
struct SweepSearchTests {
    @Test("halving keeps one of so many on longer and longer parts, never fewer than eight")
    func halving() throws {
        let sweep = try SweepSearchTests.sweep("search: halving\ntrials: 90\nhalving: {keepOneOf: 3, rungs: 3}")
        let schedule = HalvingSchedule(trials: 90, periods: 90, sweep: sweep)
        #expect(schedule.rungs.map(\.trials) == [90, 30, 10])
        #expect(schedule.rungs.map(\.periods) == [10, 30, 90])
        #expect(schedule.weededPeriods == 30)
        let few = HalvingSchedule(trials: 10, periods: 90, sweep: sweep)
        #expect(few.rungs.map(\.trials) == [10, 8, 8])
        // The second rung weeds out nobody.
        #expect(few.weededPeriods == 10)
        #expect(HalvingSchedule.best(2, of: [(1, 0.5), (2, nil), (3, -1), (4, 0.5), (5, 0.7)]) == [1, 5])
    }

    @Test("a grid is every combination once, the last key changing fastest")
    func grid() throws {
        let trials = try SweepSearchTests.sweep("search: grid").makeTrials()
        #expect(trials.count == 6)
        #expect(trials.map(\.number) == Array(1...6))
        #expect(trials[0].text == "pairs.enterZ=2 pairs.exitZ=0.1")
        #expect(trials[1].text == "pairs.enterZ=2 pairs.exitZ=0.2")
        #expect(Set(trials.map(\.text)).count == 6)
    }

    @Test("draws depend on the seed, not on how many there are, and repeat nothing")
    func random() throws {
        let few = try SweepSearchTests.sweep("search: random\ntrials: 3").makeTrials()
        let many = try SweepSearchTests.sweep("search: random\ntrials: 5").makeTrials()
        #expect(Array(many.prefix(3)) == few)
        #expect(Set(many.map(\.text)).count == 5)
        let other = try SweepSearchTests.sweep("search: random\ntrials: 5\nseed: 2").makeTrials()
        #expect(other.map(\.text) != many.map(\.text))
        // Six combinations exist: more can't be drawn.
        #expect(try SweepSearchTests.sweep("search: random\ntrials: 50").makeTrials().count == 6)
    }

    @Test("a draw from a range with many steps costs no list of them, and gives the grid's own values")
    func manySteps() throws {
        let fine = "parameters: {enterZ: {from: 1, to: 20, step: 0.0002}, exitZ: {from: 0.1, to: 0.9, step: 0.00001}}"
        let sweep = try SweepSearchTests.sweep("search: random\ntrials: 2000", fine)
        let start = ContinuousClock.now
        let trials = sweep.makeTrials()
        // With the lists it takes minutes.
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(trials.count == 2_000)
        let grid = Set(try #require(sweep.parameters[0].grid))
        #expect(trials.allSatisfy { grid.contains($0.parameters[0].value) })
    }

    @Test("a logarithmic range is drawn evenly over its decades")
    func logarithmic() throws {
        let range = "parameters: {risk.positionMax: {from: 1, to: 10000, scale: log}}"
        let sweep = try SweepSearchTests.sweep("search: random\ntrials: 400", range)
        let values = sweep.makeTrials().compactMap { $0.parameters.first.flatMap { Double($0.value) } }
        #expect(values.allSatisfy { (1...10_000).contains($0) })
        // Half of the draws that are left lie below the middle of the decades, less what small whole numbers repeat.
        let low = values.count { $0 < 100 }
        #expect(low > 50 && low < values.count / 2)
    }

    @Test("periods: of a usual length that gives enough of them, or as asked for")
    func periods() throws {
        var settings = BacktestSettings()
        settings.equityInterval = 10_000_000_000
        func grid(_ days: Int, _ period: SweepPeriod? = nil) throws -> PeriodGrid {
            let midnights = (0..<days).map { Timestamp(nanoseconds: Int64($0) * 86_400_000_000_000) }
            return try PeriodGrid.choose(midnights: midnights, settings: settings, period: period).get()
        }
        #expect(try grid(1).text == "78 periods of 5 min on 1 day")
        #expect(try grid(5).text == "65 periods of 30 min on 5 days")
        #expect(try grid(64).text == "64 periods of a session on 64 days")
        #expect(try grid(1, .time(60_000_000_000)).count == 390)
        #expect(throws: SweepProblem.self) { try grid(1, .time(15_000_000_000)) }
        #expect(try grid(10).periodsPerYear == 252 * 7)
        // Seven hours of one are a session of six and a half.
        #expect(try grid(10).end(of: 6) == Timestamp(nanoseconds: 57_600_000_000_000))
    }

    @Test("returns are those of the equity at the borders, the night in the next day's first")
    func returns() {
        let hour: Int64 = 3_600_000_000_000
        let grid = PeriodGrid(
            midnights: [.zero, Timestamp(nanoseconds: 24 * hour)],
            sessionStart: 10 * hour,
            sessionEnd: 12 * hour,
            length: hour
        )
        func sample(_ time: Int64, _ equity: Int) -> EquitySample {
            EquitySample(
                time: Timestamp(nanoseconds: time),
                equity: Money(equity),
                realised: .zero,
                unrealised: .zero,
                fees: .zero,
                gross: .zero,
                net: .zero,
                openPositions: 0
            )
        }
        let samples = [
            sample(10 * hour, 100), sample(11 * hour, 110), sample(11 * hour + 1, 500), sample(12 * hour, 99),
            sample(20 * hour, 120), sample(35 * hour, 198), sample(36 * hour, 99),
        ]
        #expect(grid.returns(samples, initialCash: Money(100), periods: 4) == [0.1, -0.1, 1, -0.5])
        #expect(grid.returns(samples, initialCash: Money(100), periods: 2) == [0.1, -0.1])
        // Lost is lost: at the end, and in between, though the run went on and had money again.
        let broke = samples + [sample(36 * hour, 0)]
        #expect(grid.returns(broke, initialCash: Money(100), periods: 4) == [0.1, -0.1, 1, -1])
        var owing = samples
        owing.insert(sample(12 * hour - 1, -5), at: 3)
        #expect(grid.returns(owing, initialCash: Money(100), periods: 4) == [0.1, -1, 0, 0])
    }

    /// A sweep of a base that lies in a folder of its own.
    static func sweep(
        _ lines: String,
        _ parameters: String = "parameters: {enterZ: [2, 2.5, 3], exitZ: {from: 0.1, to: 0.2, step: 0.1}}"
    ) throws -> SweepConfiguration {
        try SweepFolder().sweep("base: run.yaml\n\(parameters)\n\(lines)\n")
    }
}
