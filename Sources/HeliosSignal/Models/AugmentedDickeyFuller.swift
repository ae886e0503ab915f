// SPDX-License-Identifier: MIT
import HeliosMath

/// How many lagged changes stand in the regression of a unit root test.
public enum LagRule: Sendable, Equatable {
    /// As many as given.
    case fixed(Int)
    /// The number with the least Akaike criterion, up to the one given or `defaultMaximum`.
    case akaike(upTo: Int? = nil)
    /// The number with the least Bayes criterion (Schwarz), up to the one given or `defaultMaximum`.
    case bayes(upTo: Int? = nil)

    /// 12 (n/100)^¼ rounded up, and not so many that fewer than two values are left for each coefficient (Schwert
    /// 1989).
    ///
    /// Below zero for a series that is too short for any test.
    public static func defaultMaximum(values: Int, terms: DeterministicTerms) -> Int {
        let root = (Double(values) / 100).squareRoot().squareRoot()
        return min(Int((12 * root).rounded(.up)), values / 2 - terms.count - 1)
    }
}

/// Tests whether a series wanders without end or comes back (formula 2.2): Said and Dickey 1984.
///
/// The change d(t) is regressed on the level before it, on lagged changes, and on a constant and a trend where asked
/// for; the statistic is the t of the level's coefficient. Lags are chosen, steps are counted and criteria are computed
/// as `adfuller` of statsmodels does, so that the results are equal. The lagged columns are one series shifted, so
/// their sums of products follow from those of one row; one elimination then gives the criterion of every number of
/// lags. Nothing is allocated after `init`.
///
/// ```swift
/// var test = AugmentedDickeyFuller(capacity: prices.count)
/// if case .defined(let result) = test.test(prices.span, terms: .constant) {
///     print(result.statistic, result.lags, result.probability)
/// }
/// ```
@safe
public struct AugmentedDickeyFuller: ~Copyable {
    /// The longest series that can be tested.
    public let capacity: Int
    /// The largest number of lags that can be tested.
    public let maximumLags: Int

    var products: LagProducts

    /// Room for series of up to `capacity` values and, unless given, the default number of lags for so many.
    public init(capacity: Int, maximumLags: Int? = nil) {
        precondition(capacity >= 0 && (maximumLags ?? 0) >= 0, "sizes are not negative")
        self.capacity = capacity
        self.maximumLags = maximumLags ?? max(LagRule.defaultMaximum(values: capacity, terms: .none), 0)
        products = LagProducts(capacity: capacity, maximumLags: self.maximumLags)
    }

    /// The test of a series; undefined when it is too short or too long, not finite, constant, or fits without error.
    public mutating func test(
        _ series: Span<Double>,
        terms: DeterministicTerms = .constant,
        lags: LagRule = .akaike()
    ) -> Finding<UnitRootTest> {
        guard series.count <= capacity else { return .undefined(.tooManyValues) }
        unsafe series.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            // Safe: both have room for `capacity` values.
            unsafe products.levels.base.update(from: base, count: values.count)
        }
        return testLoaded(count: series.count, terms: terms, lags: lags)
    }

    /// The test of one series, with memory for it alone.
    public static func test(
        _ series: [Double],
        terms: DeterministicTerms = .constant,
        lags: LagRule = .akaike()
    ) -> Finding<UnitRootTest> {
        var limit: Int?
        if case .fixed(let count) = lags { limit = min(max(count, 0), series.count) }
        if case .akaike(let count?) = lags { limit = min(max(count, 0), series.count) }
        if case .bayes(let count?) = lags { limit = min(max(count, 0), series.count) }
        // Checked before memory is asked for, which goes with the square of the lags.
        if let limit, limit > max(series.count / 2 - terms.count - 1, 0) { return .undefined(.tooFewValues) }
        var test = AugmentedDickeyFuller(capacity: series.count, maximumLags: limit)
        return test.test(series.span, terms: terms, lags: lags)
    }

    /// The test of the `count` values that stand in `products.levels`.
    mutating func testLoaded(count: Int, terms: DeterministicTerms, lags: LagRule) -> Finding<UnitRootTest> {
        let possible = LagRule.defaultMaximum(values: count, terms: terms)
        let most = count / 2 - terms.count - 1
        let limit =
            switch lags {
            case .fixed(let given): given
            case .akaike(let given), .bayes(let given): given ?? min(possible, (count - terms.count - 3) / 2)
            }
        guard limit >= 0 || possible < 0 else { return .undefined(.parameterOutOfRange) }
        // More steps than coefficients: else there is no error to compare with.
        guard limit >= 0, limit <= most, count - 1 - limit > terms.count + 1 + limit else {
            return .undefined(.tooFewValues)
        }
        guard limit <= maximumLags else { return .undefined(.parameterOutOfRange) }
        if let reason = products.gather(count: count, lags: limit, terms: terms) { return .undefined(reason) }
        var chosen: (lags: Int, criterion: Double?) = (limit, nil)
        if case .fixed = lags {
        } else {
            let steps = Double(count - 1 - limit)
            let penalty = if case .bayes = lags { DeterministicMath.log(steps) } else { 2.0 }
            switch products.select(steps: steps, penalty: penalty) {
            case .defined(let best): chosen = (best.lags, best.criterion)
            case .undefined(let reason): return .undefined(reason)
            }
        }
        products.include(earlierThan: limit, lags: chosen.lags)
        return products.statistic(lags: chosen.lags).map { statistic in
            UnitRootTest(
                statistic: statistic,
                lags: chosen.lags,
                observations: count - 1 - chosen.lags,
                criterion: chosen.criterion,
                terms: terms
            )
        }
    }
}

/// What a unit root test found.
@frozen
public struct UnitRootTest: Sendable, Equatable, BitwiseCopyable {
    /// The t of the lagged level: the lower, the surer that the series comes back.
    public var statistic: Double
    /// Lagged changes in the regression.
    public var lags: Int
    /// Rows of the regression.
    public var observations: Int
    /// The criterion of the chosen number of lags, over the rows that all numbers have in common; nil when the number
    /// was given.
    public var criterion: Double?
    public var terms: DeterministicTerms

    public init(statistic: Double, lags: Int, observations: Int, criterion: Double?, terms: DeterministicTerms) {
        self.statistic = statistic
        self.lags = lags
        self.observations = observations
        self.criterion = criterion
        self.terms = terms
    }

    /// The probability of a statistic as low as this one for a series that does not come back.
    public var probability: Double { MacKinnon.probability(statistic, terms: terms) ?? 1 }

    /// Below which the statistic speaks for a series that comes back.
    public var criticalValues: CriticalValues? {
        MacKinnon.criticalValues(terms: terms, observations: observations)
    }
}
