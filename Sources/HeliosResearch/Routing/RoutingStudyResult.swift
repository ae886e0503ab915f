// SPDX-License-Identifier: MIT

/// What a study of ways to route found.
public struct RoutingStudyResult: Sendable {
    public struct Row: Sendable {
        public var name: String
        /// Mean implementation shortfall of a day's parents, fees included, in basis points.
        public var cost: Estimate
        /// The same less that of the first row, day by day; positive is dearer.
        public var excess: Estimate
        /// Share of what was asked for that has traded.
        public var filled: Double
    }

    public var days: Int
    /// Parent orders of a day.
    public var parents: Int
    public var rows: [Row]
}

/// A mean over independent days with its 95 % confidence interval.
public struct Estimate: Sendable, Equatable {
    public var mean: Double
    /// Of the mean; zero for fewer than two days.
    public var standardError: Double
    public var count: Int

    /// - Parameter values: one for each day.
    public init(_ values: [Double]) {
        count = values.count
        mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else {
            standardError = 0
            return
        }
        let mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardError = (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
    }

    /// Half the width of the 95 % interval, by Student's t with `count` − 1 degrees of freedom.
    ///
    /// The quantile by its expansion around the normal's (Abramowitz and Stegun 26.7.5), good to three digits from six days on.
    public var margin: Double {
        guard count > 1 else { return 0 }
        let z = 1.959_963_984_540_054
        let freedom = Double(count - 1)
        let (z3, z5) = (z * z * z, z * z * z * z * z)
        let second = (z3 + z) / 4 / freedom
        let third = (5 * z5 + 16 * z3 + 3 * z) / 96 / (freedom * freedom)
        return (z + second + third) * standardError
    }

    public var low: Double { mean - margin }
    public var high: Double { mean + margin }
}
