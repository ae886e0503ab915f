// SPDX-License-Identifier: MIT
import HeliosSimulation
import Testing

@Suite struct SimulatorTests {
    private static let seeds: [UInt64] = Array(1...24)
    /// Each found a fault of its own when it first ran; what it was stands beside it.
    private static let regressions: [UInt64] = [
        8,  // a rejoining standby on a full disk stayed half alive
        24,  // an order with a cancel under way was never asked after
        152,  // lost orders were missed by the check of recovery
        163,  // an order that had not left passed the request for status and was called dead
        843,  // a writer began without room in its journal
        1_018,  // two copies that both waited for a gap to close were not compared
        1_430,  // a standby with records that its primary had lost went on from them
        1_679,  // an epoch was used twice after damage took its record
        2_291,  // executions told again on reconciliation filled the journal
        10_088,  // a standby whose disk had been full never asked for room again
        10_584,  // an emptied node came to an epoch of its own again, and was taken for its earlier self
        207,  // checkpoints took the last room of a small journal
    ]

    @Test(arguments: seeds + regressions)
    func aSeedKeepsEveryPromise(_ seed: UInt64) {
        let report = Simulator().run(seed)
        #expect(report.outcome == .passed, "seed \(seed): \(report.violations)")
    }

    @Test func aSeedsRunIsTheSameToTheBit() {
        for seed in [UInt64(3), 17, 2_291] {
            let first = Simulator().run(seed)
            let second = Simulator().run(seed)
            #expect(first.hash == second.hash && first.events == second.events)
            #expect(first.orders > 0)
        }
    }

    @Test func withoutFaultsNothingIsLostAskedAfterOrRejoined() {
        let report = Simulator().run(5, plan: FaultPlan())
        #expect(report.outcome == .passed)
        #expect(report.faults.isEmpty)
        for branch in ["never arrived", "asked after", "standby took over", "torn tail erased"] {
            #expect(report.marks[branch] == nil, "\(branch)")
        }
        #expect(report.executions > 0)
    }

    @Test func plansAreDrawnAsTheFaultPlanSays() {
        let plans = (1...3_000).map { Simulator.plan(of: UInt64($0)).kinds.count }
        let none = plans.count { $0 == 0 }
        let few = plans.count { (1...2).contains($0) }
        #expect((250...450).contains(none))
        #expect(few > 900)
        #expect(plans.contains { $0 > FaultKind.allCases.count / 2 })
    }
}
