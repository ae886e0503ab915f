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
        8_075,  // a standby went on with a disk on which it could not even begin its journal
    ]

    /// The same for orders as bytes.
    private static let wireRegressions: [UInt64] = [
        20,  // a standby that had lost its disk and its primary at once
        35,  // two writers that both had nothing to say logged each other out for ever
        92,  // another writer had used an order number before ours arrived: its answer was taken for ours, or not seen
        8_545,  // orders that waited for the venue's rate were missing in the state of orders, called dead, and sent
        7_740,  // acceptances and ends that the venue told again filled the journal, as executions had before
        15_103,  // two copies that waited in a stalled node's socket were not compared yet when the check looked
        20_595,  // what waited in a paused node's sockets was all taken in one turn, and filled the journal
        21_424,  // a process died between the failure of a sync and its being noticed, and its disk was believed again
        555,  // a venue that had lost the end of its session, and a writer that must not trade on
    ]

    @Test(arguments: seeds)
    func aSeedKeepsEveryPromise(_ seed: UInt64) {
        let report = Simulator().run(seed)
        #expect(report.outcome == .passed, "seed \(seed): \(report.violations)")
    }

    @Test(arguments: regressions)
    func whatWasFoundStaysMended(_ seed: UInt64) {
        var simulator = Simulator()
        simulator.path = .records
        let report = simulator.run(seed)
        #expect(report.outcome == .passed, "seed \(seed): \(report.violations)")
    }

    @Test(arguments: seeds + wireRegressions)
    func ordersAsBytesKeepEveryPromise(_ seed: UInt64) {
        var simulator = Simulator()
        simulator.path = .ouch
        let report = simulator.run(seed)
        #expect(report.outcome == .passed, "seed \(seed): \(report.violations)")
        #expect(report.path == .ouch)
    }

    @Test func everyFaultOfNetworkAndVenueIsMet() {
        var met: [FaultKind: Int] = [:]
        for seed in UInt64(1)...60 {
            for (kind, count) in Simulator().run(seed).faults where count > 0 { met[kind, default: 0] += 1 }
        }
        for kind in FaultKind.allCases where "NG".contains(kind.rawValue.prefix(1)) {
            #expect(met[kind, default: 0] > 0, "\(kind.rawValue)")
        }
    }

    @Test func aSeedsRunIsTheSameToTheBit() {
        for (seed, path) in [(UInt64(3), OrderPath.records), (17, .ouch), (2_291, .records), (115, .ouch)] {
            var simulator = Simulator()
            simulator.path = path
            let first = simulator.run(seed)
            let second = simulator.run(seed)
            #expect(first.hash == second.hash && first.events == second.events)
            #expect(first.orders > 0)
        }
    }

    @Test(arguments: OrderPath.allCases)
    func withoutFaultsNothingIsLostAskedAfterOrRejoined(_ path: OrderPath) {
        var simulator = Simulator()
        simulator.path = path
        let report = simulator.run(5, plan: FaultPlan())
        #expect(report.outcome == .passed)
        #expect(report.faults.isEmpty)
        for branch in ["never arrived", "asked after", "standby took over", "torn tail erased"] {
            #expect(report.marks[branch] == nil, "\(branch)")
        }
        #expect(report.executions > 0)
    }

    @Test func plansAreDrawnAsTheFaultPlanSays() {
        let plans = (1...3_000).map { Simulator.plan(of: UInt64($0), path: .records).kinds.count }
        let none = plans.count { $0 == 0 }
        let few = plans.count { (1...2).contains($0) }
        #expect((250...450).contains(none))
        #expect(few > 900)
        #expect(plans.contains { $0 > FaultKind.allCases.count / 2 })
    }
}
