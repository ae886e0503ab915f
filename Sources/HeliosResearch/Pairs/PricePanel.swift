// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// Prices of many instruments at the same times: a row for each interval, a column for each instrument.
public struct PricePanel: Sendable {
    public let symbols: [String]
    /// The end of each row's interval.
    public let times: [Timestamp]
    /// A column for each symbol, in currency, all above zero.
    public let prices: Matrix
    /// Rows without a break in between, such as a session; a change is only taken inside one.
    public let stretches: [Range<Int>]
    /// The length of a row; days when it is a day.
    public let step: Nanoseconds

    public static let day: Nanoseconds = 86_400_000_000_000

    public var rows: Int { prices.rows }
    public var isDaily: Bool { step >= PricePanel.day }

    /// A panel of columns; traps when lengths differ.
    public init(
        symbols: [String],
        times: [Timestamp],
        prices: Matrix,
        stretches: [Range<Int>]? = nil,
        step: Nanoseconds
    ) {
        precondition(prices.columns == symbols.count && prices.rows == times.count, "a column a symbol, a row a time")
        self.symbols = symbols
        self.times = times
        self.prices = prices
        self.stretches = stretches ?? [0..<times.count]
        self.step = step
    }

    /// Means of `count` rows each, inside the stretches; what is left over at a stretch's end is dropped.
    public func averaged(_ count: Int) -> PricePanel {
        guard count > 1 else { return self }
        var starts: [Int] = []
        var parts: [Range<Int>] = []
        for stretch in stretches {
            let before = starts.count
            starts += stride(from: stretch.lowerBound, through: stretch.upperBound - count, by: count)
            if starts.count > before { parts.append(before..<starts.count) }
        }
        let columns = symbols.indices.map { column -> [Double] in
            starts.map { start in
                (start..<start + count).reduce(0.0) { $0 + prices[$1, column] } / Double(count)
            }
        }
        return PricePanel(
            symbols: symbols,
            times: starts.map { times[$0 + count - 1] },
            prices: Matrix(columns: columns),
            stretches: parts,
            step: step * Int64(count)
        )
    }

    /// Logarithms of the price ratios from row to row inside the stretches, a series for each symbol.
    public func changes() -> [[Double]] {
        symbols.indices.map { column in
            let logs = prices.column(column).map(DeterministicMath.log)
            return stretches.flatMap { stretch in
                stretch.dropFirst().map { logs[$0] - logs[$0 - 1] }
            }
        }
    }

    /// The rows of a range as a panel of their own.
    public func part(_ range: Range<Int>) -> PricePanel {
        PricePanel(
            symbols: symbols,
            times: Array(times[range]),
            prices: Matrix(columns: symbols.indices.map { Array(prices.column($0)[range]) }),
            stretches: stretches.compactMap { stretch in
                let inside = stretch.clamped(to: range)
                return inside.isEmpty
                    ? nil : (inside.lowerBound - range.lowerBound)..<(inside.upperBound - range.lowerBound)
            },
            step: step
        )
    }

    /// The panel without symbols whose price stands still in the first or the second half of the rows: nothing can be said of
    /// their pairs.
    public func withoutStill() -> (panel: PricePanel, omitted: [PanelOmission]) {
        func isStill(_ column: Int, _ range: Range<Int>) -> Bool {
            range.allSatisfy { prices[$0, column] == prices[range.lowerBound, column] }
        }
        guard rows >= 4 else { return (self, []) }
        let halves = [0..<rows / 2, rows / 2..<rows]
        let still = symbols.indices.filter { column in halves.contains { isStill(column, $0) } }
        guard !still.isEmpty else { return (self, []) }
        let kept = symbols.indices.filter { !still.contains($0) }
        return (
            keeping(kept),
            still.map { PanelOmission(symbol: symbols[$0], reason: "its price stands still for half the rows") }
        )
    }

    /// How many rows of `averaged(count)` there are.
    func rows(averaged count: Int) -> Int { stretches.reduce(0) { $0 + $1.count / count } }

    /// The columns of some symbols, in their order.
    public func keeping(_ columns: [Int]) -> PricePanel {
        PricePanel(
            symbols: columns.map { symbols[$0] },
            times: columns.isEmpty ? [] : times,
            prices: Matrix(columns: columns.map(prices.column)),
            stretches: columns.isEmpty ? [] : stretches,
            step: step
        )
    }
}

/// A symbol that a panel leaves out, and why.
public struct PanelOmission: Sendable, Equatable {
    public let symbol: String
    public let reason: String

    public init(symbol: String, reason: String) {
        self.symbol = symbol
        self.reason = reason
    }
}
