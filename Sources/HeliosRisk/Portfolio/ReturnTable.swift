// SPDX-License-Identifier: MIT

/// Daily returns of instruments, one row a day: the frozen history that every risk number is made of.
public struct ReturnTable: Sendable, Equatable {
    /// The instruments, by column.
    public let names: [String]
    /// What the file called each day; empty when nobody said.
    public let dates: [String]
    /// How many days there are.
    public let days: Int
    /// The returns, column after column: all days of the first instrument, then of the second.
    public let values: [Double]

    /// A table of columns, one an instrument, each as long as the others; nil otherwise, or where a number is none or above a million.
    public init?(names: [String], columns: [[Double]], dates: [String] = []) {
        let days = columns.first?.count ?? 0
        guard names.count == columns.count, columns.allSatisfy({ $0.count == days }),
            dates.isEmpty || dates.count == days
        else { return nil }
        let values = columns.flatMap { $0 }
        guard values.allSatisfy({ $0.magnitude < 1e6 }) else { return nil }
        self.names = names
        self.dates = dates
        self.days = days
        self.values = values
    }

    /// The return of an instrument on a day.
    public subscript(day: Int, place: Int) -> Double { values[place * days + day] }

    /// All instruments' returns of a day.
    public func row(_ day: Int) -> [Double] { names.indices.map { self[day, $0] } }

    /// The last `count` days.
    public func suffix(_ count: Int) -> ReturnTable {
        guard count < days else { return self }
        let first = days - max(count, 0)
        return ReturnTable(
            names: names,
            days: days - first,
            values: names.indices.flatMap { values[($0 * days + first)..<(($0 + 1) * days)] },
            dates: dates.isEmpty ? [] : Array(dates[first...])
        )
    }

    /// The profit of `weights` (money held of each instrument) on each day: P&L = Σ w r.
    public func profits(of weights: [Double]) -> [Double] {
        precondition(weights.count == names.count, "a weight for each instrument")
        var profits = [Double](repeating: 0, count: days)
        for place in names.indices where weights[place] != 0 {
            for day in 0..<days { profits[day] += weights[place] * values[place * days + day] }
        }
        return profits
    }

    private init(names: [String], days: Int, values: [Double], dates: [String]) {
        self.names = names
        self.days = days
        self.values = values
        self.dates = dates
    }
}
