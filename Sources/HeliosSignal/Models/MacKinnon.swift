// SPDX-License-Identifier: MIT
import HeliosMath

/// What stands beside the level in a regression that tests for a unit root.
public enum DeterministicTerms: Int, Sendable, CaseIterable, BitwiseCopyable {
    case none
    case constant
    case constantAndTrend

    /// How many columns they are: 0, 1 or 2.
    public var count: Int { rawValue }
}

/// The statistic's values that are undershot with a probability of 1, 5 and 10 % where there is no relation.
@frozen
public struct CriticalValues: Sendable, Equatable, BitwiseCopyable {
    public var one: Double
    public var five: Double
    public var ten: Double

    public init(one: Double, five: Double, ten: Double) {
        self.one = one
        self.five = five
        self.ten = ten
    }
}

/// Probabilities and critical values of the Dickey-Fuller distribution (formula 2.2): MacKinnon 1994 and 2010.
public enum MacKinnon {
    /// The largest number of series that have a probability.
    public static let largestSeriesCount = 6

    /// The probability of a statistic as low as this one where there is no relation.
    ///
    /// - Parameters:
    ///   - statistic: the t of the lagged level.
    ///   - series: 1 for a series as it is, N for the residuals of a regression among N of them; at most 6.
    ///   - terms: of the test, for N above 1 those of the regression among the series.
    /// - Returns: 0 to 1; nil for a statistic that is no number, and for a number of series that was not simulated.
    public static func probability(_ statistic: Double, series: Int = 1, terms: DeterministicTerms) -> Double? {
        guard (1...largestSeriesCount).contains(series), !statistic.isNaN else { return nil }
        return surface(terms).probability(statistic, row: series - 1)
    }

    /// Critical values for `observations` steps of the regression.
    ///
    /// - Parameters:
    ///   - series: at most 12; 1 without a constant, for which no others are published.
    ///   - terms: as for `probability`.
    ///   - observations: rows of the regression; more than `series`.
    /// - Returns: nil where none are published.
    public static func criticalValues(
        series: Int = 1,
        terms: DeterministicTerms,
        observations: Int
    ) -> CriticalValues? {
        let table = surface(terms).critical
        guard series >= 1, series <= table.count, observations > series else { return nil }
        let values = table[series - 1].map { ResponseSurface.polynomial($0, 1 / Double(observations)) }
        return CriticalValues(one: values[0], five: values[1], ten: values[2])
    }

    private static func surface(_ terms: DeterministicTerms) -> ResponseSurface {
        switch terms {
        case .none: MacKinnonTables.none
        case .constant: MacKinnonTables.constant
        case .constantAndTrend: MacKinnonTables.trend
        }
    }
}

/// One set of fitted polynomials; a row for each number of series.
struct ResponseSurface: Sendable {
    /// Above it the probability is 1.
    let highest: [Double]
    /// Below it the probability is 0.
    let lowest: [Double]
    /// Where one polynomial takes over from the other.
    let turn: [Double]
    let below: [[Double]]
    let above: [[Double]]
    let critical: [[[Double]]]

    func probability(_ statistic: Double, row: Int) -> Double {
        if statistic > highest[row] { return 1 }
        if statistic < lowest[row] { return 0 }
        let coefficients = statistic <= turn[row] ? below[row] : above[row]
        return DeterministicMath.normalCDF(ResponseSurface.polynomial(coefficients, statistic))
    }

    /// The polynomial c₀ + c₁ x + c₂ x² and so on.
    static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
        coefficients.reversed().reduce(0) { $0 * x + $1 }
    }
}
