// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosRisk
import Testing

private func planner() throws -> ReductionPlanner {
    ReductionPlanner(try #require(RiskModel(returns: assetReturns(), method: .sample)))
}

@Suite struct ReductionPlannerTests {
    @Test func `the known breach takes seven slices of the first asset`() throws {
        let plan = try planner().plan(weights: assetWeights, costs: [2, 5, 10], goal: .valueAtRisk(limit: 35_000))
        #expect(plan.ending == .reached)
        #expect(plan.steps.count == 7)
        #expect(plan.steps.allSatisfy { $0.changes == [ReductionUnit.Leg(place: 0, weight: -50_000)] })
        #expect(plan.weights == [650_000, -800_000, 500_000])
        #expect(isNear(plan.valueAtRisk, 31476.000619710536))
        #expect(isNear(plan.cost, 70))
        #expect(isNear(plan.proportional.share, 0.21043747229295298))
        #expect((plan.proportional.cost - 231.48).magnitude < 0.005)
        #expect(plan.changes == [ReductionUnit.Leg(place: 0, weight: -350_000)])
    }

    @Test func `no breach needs no step`() throws {
        let plan = try planner().plan(weights: assetWeights, costs: [2, 5, 10], goal: .valueAtRisk(limit: 50_000))
        #expect(plan.ending == .reached)
        #expect(plan.steps.isEmpty)
        #expect(plan.proportional.share == 0 && plan.proportional.cost == 0)
    }

    @Test func `the legs of a pair move together unless it is broken`() throws {
        let legs = [ReductionUnit.Leg(place: 0, weight: 800_000), ReductionUnit.Leg(place: 1, weight: -800_000)]
        let goal = ReductionGoal.gross(limit: 2_000_000)
        let whole = try planner().plan(
            weights: assetWeights,
            costs: [2, 2, 10],
            units: [ReductionUnit(legs: legs)],
            goal: goal
        )
        for step in whole.steps where step.changes.count == 2 {
            #expect(step.changes.map(\.weight) == [-40_000, 40_000])
        }
        #expect(whole.steps.contains { $0.changes.count == 2 })
        #expect(whole.gross <= 1_800_000)
        let broken = try planner().plan(
            weights: assetWeights,
            costs: [2, 2, 10],
            units: [ReductionUnit(legs: legs, isBroken: true)],
            goal: goal
        )
        #expect(broken.steps.allSatisfy { $0.changes.count == 1 })
    }

    @Test func `equal slices are taken from the lowest place`() throws {
        var matrix = SymmetricMatrix(count: 3)
        for place in 0..<3 { matrix[place, place] = 1e-4 }
        let plan = try ReductionPlanner(matrix: matrix, quantile: 2)
            .plan(weights: [100, -100, 100], costs: [1, 1, 1], goal: .gross(limit: 330))
        #expect(plan.steps.map { $0.changes[0].place } == [0])
        #expect(plan.gross == 295)
        let risk = try ReductionPlanner(matrix: matrix, quantile: 2)
            .plan(weights: [100, -100, 100], costs: [1, 1, 1], goal: .valueAtRisk(limit: 3.7))
        #expect(risk.steps.map { $0.changes[0].place } == [0, 1, 2])
    }

    @Test func `flat means that nothing is held, hedges too`() throws {
        let legs = [ReductionUnit.Leg(place: 0, weight: 300_000), ReductionUnit.Leg(place: 1, weight: -300_000)]
        let plan = try planner().plan(
            weights: assetWeights,
            costs: [2, 5, 10],
            units: [ReductionUnit(legs: legs)],
            goal: .flat
        )
        #expect(plan.ending == .reached)
        #expect(plan.weights == [0, 0, 0])
        #expect(plan.gross == 0)
        #expect(isNear(plan.cost, 1_100, 1e-9))
        #expect(plan.steps.count == 4)
    }

    @Test func `the number of steps is bounded`() throws {
        let plan = try planner().plan(weights: assetWeights, costs: [2, 5, 10], goal: .gross(limit: 1), stepLimit: 5)
        #expect(plan.ending == .tooManySteps)
        #expect(plan.steps.count == 5)
    }

    @Test func `what can't be is refused`() throws {
        let planner = try planner()
        #expect(throws: ReductionError.wrongCount(2)) {
            try planner.plan(weights: [1, 2], costs: [1, 1, 1], goal: .flat)
        }
        #expect(throws: ReductionError.notANumber(place: 1)) {
            try planner.plan(weights: [1, .nan, 1], costs: [1, 1, 1], goal: .flat)
        }
        #expect(throws: ReductionError.notANumber(place: 2)) {
            try planner.plan(weights: [1, 1, 1], costs: [1, 1, -1], goal: .flat)
        }
        let stranger = ReductionUnit(legs: [ReductionUnit.Leg(place: 9, weight: 1)])
        #expect(throws: ReductionError.unknownPlace(unit: 0)) {
            try planner.plan(weights: [1, 1, 1], costs: [1, 1, 1], units: [stranger], goal: .flat)
        }
    }

    @Test(arguments: 1...8)
    func `every step lowers the risk and brings the weights nearer to zero`(seed: UInt64) throws {
        let count = 25
        let table = try manyReturns(count, days: 80, seed: seed)
        let matrix = try #require(Covariances.ledoitWolf(table)).matrix
        var random = SeededRandom(seed: seed)
        let weights = (0..<count).map { _ in 1e6 * random.gaussian() }
        let costs = (0..<count).map { _ in 1 + 10 * random.uniform() }
        let planner = ReductionPlanner(matrix: matrix, quantile: 2.33)
        let now = 2.33 * matrix.variance(of: weights).squareRoot()
        let plan = try planner.plan(weights: weights, costs: costs, goal: .valueAtRisk(limit: 0.5 * now))
        var held = weights
        var last = now
        for step in plan.steps {
            for leg in step.changes {
                #expect(leg.weight * weights[leg.place] < 0)
                held[leg.place] += leg.weight
            }
            let slow = 2.33 * matrix.variance(of: held).squareRoot()
            #expect(isNear(step.valueAtRisk, slow, 1e-9), "seed \(seed)")
            #expect(step.valueAtRisk < last)
            last = step.valueAtRisk
        }
        #expect(plan.ending == .reached && last <= 0.45 * now || plan.ending == .stuck)
        for place in 0..<count { #expect(plan.weights[place].magnitude <= weights[place].magnitude) }
    }
}
