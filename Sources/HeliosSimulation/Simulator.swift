// SPDX-License-Identifier: MIT
import HeliosBook

/// Runs seeds: each a small world of market, venue, network, disks and two nodes, in which things break on purpose.
public struct Simulator: Sendable {
    /// Messages of each session's market.
    public var messages = 1_500
    /// The way of orders in every run; nil lets each seed draw it.
    public var path: OrderPath?

    public init() {}

    /// The faults that a seed draws.
    public static func plan(of seed: UInt64, path: OrderPath? = nil) -> FaultPlan {
        var random = SimulationRandom(seed: seed, stream: "plan")
        return FaultPlan(&random, path: path ?? Simulator.path(of: seed))
    }

    /// The way of its orders that a seed draws: half of the seeds each.
    public static func path(of seed: UInt64) -> OrderPath {
        var random = SimulationRandom(seed: seed, stream: "path")
        return random.chance(0.5) ? .ouch : .records
    }

    /// Runs a seed once.
    public func run(_ seed: UInt64, plan: FaultPlan? = nil) -> SimulationReport {
        do throws(BookCapacityError) {
            let path = path ?? Simulator.path(of: seed)
            let plan = plan ?? Simulator.plan(of: seed, path: path)
            return try Simulation(seed: seed, plan: plan, path: path, messages: messages).run()
        } catch {
            var report = SimulationReport(seed: seed)
            report.outcome = .crashed
            report.violations = [Violation(invariant: "I13", text: "\(error)", time: 0)]
            return report
        }
    }

    /// Runs a seed twice and compares.
    public func runTwice(_ seed: UInt64) -> SimulationReport {
        var report = run(seed)
        if run(seed).hash != report.hash {
            report.outcome = .notDeterministic
            report.violations = [Violation(invariant: "I9", text: "two runs of one seed differ", time: 0)]
        }
        return report
    }

    /// Takes away every fault that the failure does not need.
    ///
    /// - Returns: the smallest plan found with which the same invariant still breaks, and that run.
    public func shrink(_ failure: SimulationReport) -> SimulationReport {
        guard let broken = failure.violations.first?.invariant else { return failure }
        var smallest = failure
        for kind in failure.plan.kinds {
            var plan = smallest.plan
            plan.remove(kind)
            let report = run(failure.seed, plan: plan)
            if report.violations.first?.invariant == broken { smallest = report }
        }
        return smallest
    }
}
