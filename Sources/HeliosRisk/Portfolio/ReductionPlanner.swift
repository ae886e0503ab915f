// SPDX-License-Identifier: MIT

/// Finds the cheapest way down from a breach, slice by slice.
///
/// Each slice is a twentieth of what a unit held at the start. Again and again the slice is taken that lowers the risk most for
/// its cost, until the goal is reached; equal ones by the lowest place. The result depends on the arguments only.
/// ```swift
/// let planner = ReductionPlanner(model)
/// let plan = try planner.plan(weights: weights, costs: halfSpreads, goal: .valueAtRisk(limit: 35_000))
/// ```
/// A step costs a look at each unit and a column of the covariances for each leg taken; there are at most twenty steps a unit,
/// and never more than the limit given.
public struct ReductionPlanner: Sendable {
    /// The share of a limit that a reduction goes down to.
    public static let targetShare = 0.9
    /// The share of a limit below which risk must stay for `releaseSeconds` before a state may be raised again.
    public static let releaseShare = 0.8
    public static let releaseSeconds = 300
    /// Slices that a unit is cut into; to be flat each unit goes whole.
    public static let slices = 20

    let matrix: SymmetricMatrix
    let quantile: Double

    /// A planner over covariances; `quantile` is z √horizon.
    public init(matrix: SymmetricMatrix, quantile: Double) {
        self.matrix = matrix
        self.quantile = quantile
    }

    /// A planner over a model.
    public init(_ model: RiskModel) {
        switch model.structure {
        case .covariance(let matrix): self.matrix = matrix
        case .factors(let structure): matrix = structure.matrix
        }
        quantile = model.quantile * Double(model.horizon).squareRoot()
    }

    /// Plans a reduction.
    ///
    /// - Parameters:
    ///   - weights: what is held of each instrument, in money with its sign.
    ///   - costs: what giving up a unit of money costs, in basis points, for each instrument: half its spread.
    ///   - units: pairs; what of an instrument belongs to none is a unit of its own.
    ///   - goal: where the reduction ends.
    ///   - stepLimit: the number of steps after which the plan ends unfinished.
    /// - Returns: the steps in order and what they reach; for a goal that is reached already, none.
    /// - Throws: `ReductionError` for numbers that are none or do not fit the model.
    public func plan(
        weights: [Double],
        costs: [Double],
        units: [ReductionUnit] = [],
        goal: ReductionGoal,
        stepLimit: Int = 20_000
    ) throws(ReductionError) -> ReductionPlan {
        for list in [weights, costs] where list.count != matrix.count { throw .wrongCount(list.count) }
        for place in weights.indices where !weights[place].isFinite || !costs[place].isFinite || costs[place] < 0 {
            throw .notANumber(place: place)
        }
        var book = ReductionBook(self, weights: weights, costs: costs, slices: goal == .flat ? 1 : Self.slices)
        try book.take(units)
        return book.work(towards: goal, stepLimit: stepLimit)
    }
}

/// The state of a plan being made.
struct ReductionBook {
    /// A unit and how much of it is left.
    struct Slice {
        var legs: [ReductionUnit.Leg]
        /// Slices taken so far.
        var taken = 0
        /// What one slice costs.
        let cost: Double
        /// The lowest place, for ties.
        let place: Int
    }

    let planner: ReductionPlanner
    let start: [Double]
    let costs: [Double]
    var weights: [Double]
    /// S w.
    var products: [Double]
    var variance: Double
    var gross: Double
    /// How many slices a unit has.
    let sliceCount: Int
    var slices: [Slice] = []

    init(_ planner: ReductionPlanner, weights: [Double], costs: [Double], slices: Int) {
        sliceCount = slices
        self.planner = planner
        self.weights = weights
        self.costs = costs
        start = weights
        products = planner.matrix.times(weights)
        variance = dot(weights, products)
        gross = weights.reduce(0) { $0 + $1.magnitude }
    }

    var valueAtRisk: Double { planner.quantile * max(variance, 0).squareRoot() }

    /// Cuts pairs and what belongs to none into slices, in the order of their lowest places.
    mutating func take(_ units: [ReductionUnit]) throws(ReductionError) {
        var single = weights
        for (index, unit) in units.enumerated() {
            for leg in unit.legs {
                guard weights.indices.contains(leg.place), leg.weight.isFinite else { throw .unknownPlace(unit: index) }
                if !unit.isBroken { single[leg.place] -= leg.weight }
            }
            if !unit.isBroken { add(unit.legs) }
        }
        for place in single.indices { add([ReductionUnit.Leg(place: place, weight: single[place])]) }
        // Stable: equal places stay in the order in which they came.
        slices = slices.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
            .map(\.element)
    }

    private mutating func add(_ legs: [ReductionUnit.Leg]) {
        let parts = legs.filter { $0.weight != 0 }.map {
            ReductionUnit.Leg(place: $0.place, weight: -$0.weight / Double(sliceCount))
        }
        guard let place = parts.map(\.place).min() else { return }
        let cost = parts.reduce(0) { $0 + $1.weight.magnitude * costs[$1.place] / 10_000 }
        slices.append(Slice(legs: parts, cost: cost, place: place))
    }

    mutating func work(towards goal: ReductionGoal, stepLimit: Int) -> ReductionPlan {
        let proportional = proportion(goal)
        var steps: [ReductionPlan.Step] = []
        var ending = ReductionPlan.Ending.reached
        while !isReached(goal) {
            guard steps.count < stepLimit else {
                ending = .tooManySteps
                break
            }
            guard let best = bestSlice(goal) else {
                ending = goal == .flat ? .reached : .stuck
                break
            }
            take(best)
            steps.append(
                ReductionPlan.Step(
                    changes: slices[best].legs,
                    valueAtRisk: valueAtRisk,
                    gross: gross,
                    cost: slices[best].cost
                )
            )
        }
        return ReductionPlan(
            steps: steps,
            ending: ending,
            weights: weights,
            valueAtRisk: valueAtRisk,
            gross: gross,
            cost: steps.reduce(0) { $0 + $1.cost },
            proportional: proportional
        )
    }

    private func isReached(_ goal: ReductionGoal) -> Bool {
        switch goal {
        case .valueAtRisk(let limit): valueAtRisk <= ReductionPlanner.targetShare * limit
        case .gross(let limit): gross <= ReductionPlanner.targetShare * limit
        case .flat: gross == 0
        }
    }

    /// Value at risk and gross weight both shrink in proportion to the weights.
    private func proportion(_ goal: ReductionGoal) -> ReductionPlan.Proportional {
        let share: Double =
            switch goal {
            case .valueAtRisk(let limit): valueAtRisk > 0 ? 1 - ReductionPlanner.targetShare * limit / valueAtRisk : 0
            case .gross(let limit): gross > 0 ? 1 - ReductionPlanner.targetShare * limit / gross : 0
            case .flat: 1
            }
        let bounded = min(max(share, 0), 1)
        var cost = 0.0
        for place in start.indices { cost += start[place].magnitude * costs[place] / 10_000 }
        return ReductionPlan.Proportional(share: bounded, cost: bounded * cost)
    }
}

extension ReductionBook {
    /// The slice that brings most for its cost; nil where none brings anything.
    private func bestSlice(_ goal: ReductionGoal) -> Int? {
        var best: Int?
        var bestScore = 0.0
        for index in slices.indices where slices[index].taken < sliceCount {
            // What costs nothing counts as costing next to nothing.
            let score = gain(slices[index], goal) / max(slices[index].cost, 1e-12)
            // To be flat everything must go, even what hedges the rest.
            if score > bestScore || goal == .flat && best == nil {
                best = index
                bestScore = score
            }
        }
        return best
    }

    /// How much a slice lowers what has to come down.
    private func gain(_ slice: Slice, _ goal: ReductionGoal) -> Double {
        if case .gross = goal {
            return slice.legs.reduce(0) { $0 + weights[$1.place].magnitude - (weights[$1.place] + $1.weight).magnitude }
        }
        var after = variance
        for (index, leg) in slice.legs.enumerated() {
            after += leg.weight * (2 * products[leg.place] + leg.weight * planner.matrix[leg.place, leg.place])
            for other in slice.legs[..<index] {
                after += 2 * leg.weight * other.weight * planner.matrix[leg.place, other.place]
            }
        }
        return valueAtRisk - planner.quantile * max(after, 0).squareRoot()
    }

    private mutating func take(_ index: Int) {
        slices[index].taken += 1
        for leg in slices[index].legs {
            let place = leg.place
            var change = leg.weight
            // The last slice of an instrument takes what rounding left.
            let next = weights[place] + change
            if next.magnitude < 1e-9 * start[place].magnitude { change = -weights[place] }
            weights[place] += change
            for row in weights.indices { products[row] += change * planner.matrix[row, place] }
        }
        variance = dot(weights, products)
        gross = weights.reduce(0) { $0 + $1.magnitude }
    }
}
