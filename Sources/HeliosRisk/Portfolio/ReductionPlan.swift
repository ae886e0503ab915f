// SPDX-License-Identifier: MIT

/// What is reduced together: an instrument by itself, or the legs of a pair.
public struct ReductionUnit: Sendable, Equatable {
    /// One instrument of a unit.
    public struct Leg: Sendable, Equatable {
        /// The place in the weights.
        public var place: Int
        /// What of the instrument's weight belongs to the unit, in money with its sign.
        public var weight: Double

        public init(place: Int, weight: Double) {
            self.place = place
            self.weight = weight
        }
    }

    public var legs: [Leg]
    /// A broken pair's legs are reduced one by one.
    public var isBroken: Bool

    public init(legs: [Leg], isBroken: Bool = false) {
        self.legs = legs
        self.isBroken = isBroken
    }
}

/// What a reduction has to reach.
public enum ReductionGoal: Sendable, Equatable {
    /// A value at risk of at most nine tenths of the limit.
    case valueAtRisk(limit: Double)
    /// A sum of all weights without their signs of at most nine tenths of the limit.
    case gross(limit: Double)
    /// Nothing is held.
    case flat
}

/// A way down from a breach: steps in the order in which they are worked.
public struct ReductionPlan: Sendable, Equatable {
    /// One slice of one unit.
    public struct Step: Sendable, Equatable {
        /// Places and what they change by, in money.
        public var changes: [ReductionUnit.Leg]
        /// The value at risk and the gross weight after it.
        public var valueAtRisk: Double
        public var gross: Double
        /// What crossing half the spread costs, in money.
        public var cost: Double
    }

    /// Why the plan ends.
    public enum Ending: UInt8, Sendable {
        /// The goal is reached.
        case reached = 0
        /// No single unit lowers the risk further: `proportional` says how far all must shrink together.
        case stuck
        /// The limit on the number of steps came first.
        case tooManySteps
    }

    public var steps: [Step]
    public var ending: Ending
    /// What is held, what is at risk and what is gross after all steps.
    public var weights: [Double]
    public var valueAtRisk: Double
    public var gross: Double
    /// What all steps cost.
    public var cost: Double
    /// The other way: every weight shrinks by the same share of what was held at the start, and what that costs.
    public var proportional: Proportional

    /// A reduction of everything by the same share.
    public struct Proportional: Sendable, Equatable {
        /// The share that is given up: 1 − target / now; zero where the goal is reached already.
        public var share: Double
        public var cost: Double
    }

    /// The whole change of each place: what the orders must bring about.
    public var changes: [ReductionUnit.Leg] {
        var sums = [Double](repeating: 0, count: weights.count)
        for step in steps {
            for leg in step.changes { sums[leg.place] += leg.weight }
        }
        return sums.indices.filter { sums[$0] != 0 }.map { ReductionUnit.Leg(place: $0, weight: sums[$0]) }
    }
}

/// Why no plan can be made.
public enum ReductionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// As many weights and costs as instruments are needed; the payload is what was given.
    case wrongCount(Int)
    /// A weight or cost at a place is no number, or a cost is below zero.
    case notANumber(place: Int)
    /// A unit names a place that does not exist.
    case unknownPlace(unit: Int)

    public var description: String {
        switch self {
        case .wrongCount(let count): "\(count) numbers were given, which is not one for each instrument"
        case .notANumber(let place): "the weight or cost of place \(place) is no number"
        case .unknownPlace(let unit): "unit \(unit) names a place that does not exist"
        }
    }
}
