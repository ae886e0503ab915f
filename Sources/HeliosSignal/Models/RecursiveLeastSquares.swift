// SPDX-License-Identifier: MIT
import HeliosMarket

/// A linear model that learns with every observation and forgets old ones (section 7): recursive least squares.
///
/// K = P f / (lambda + f′ P f), coefficients += K (y − f′ coefficients), P = (P − K f′ P) / lambda. An observation of n
/// features costs about 2 n² multiplications; nothing is allocated after `init`.
@safe
public struct RecursiveLeastSquares: ~Copyable {
    /// The most features.
    public static let largestFeatureCount = 64

    public let features: Int
    /// Weight of an observation compared with the next: lambda.
    public let forgetting: Double
    /// Observations taken.
    public private(set) var count = 0
    private var coefficients: FixedBuffer<Double>
    /// P, row after row, symmetric.
    private var covariance: FixedBuffer<Double>
    private var gain: FixedBuffer<Double>
    private let ceiling: Double
    private let priorVariance: Double

    /// A model that knows nothing yet.
    ///
    /// - Parameters:
    ///   - features: 1 to 64; one of them constant where the model has an intercept.
    ///   - forgetting: above 0, at most 1; 0.99 looks back about 100 observations.
    ///   - priorVariance: of each coefficient around zero, above 0, at most 1e200; large means that nothing is known.
    public init(features: Int, forgetting: Double = 0.99, priorVariance: Double = 1_000) {
        precondition((1...RecursiveLeastSquares.largestFeatureCount).contains(features), "1 to 64 features")
        precondition(forgetting > 0 && forgetting <= 1, "forgetting is above 0 and at most 1")
        precondition(priorVariance > 0 && priorVariance <= 1e200, "the prior's variance is above 0 and at most 1e200")
        self.features = features
        self.forgetting = forgetting
        self.priorVariance = priorVariance
        ceiling = priorVariance * 1e6
        coefficients = FixedBuffer(repeating: 0, count: features)
        covariance = FixedBuffer(repeating: 0, count: features * features)
        gain = FixedBuffer(repeating: 0, count: features)
        for index in 0..<features { covariance[index * features + index] = priorVariance }
    }

    /// The coefficient of a feature; traps outside `0..<features`.
    public subscript(feature: Int) -> Double { coefficients[feature] }

    /// What the model expects; nil for another number of features, and when the result is not finite.
    public func prediction(_ values: Span<Double>) -> Double? {
        guard values.count == features else { return nil }
        var sum = 0.0
        for index in 0..<features { sum += values[index] * coefficients[index] }
        return sum.isFinite ? sum : nil
    }

    /// Takes an observation; what it brought beyond the prediction.
    ///
    /// Nil, and no change, for another number of features, and when an input or what follows from it is not finite.
    @discardableResult
    public mutating func update(_ values: Span<Double>, _ target: Double) -> Double? {
        guard let expected = prediction(values) else { return nil }
        let error = target - expected
        guard let spread = weigh(values), isUsable(spread: spread, error: error) else { return nil }
        let root = 1 / forgetting.squareRoot()
        for row in 0..<features {
            let factor = gain[row] / spread
            coefficients[row] += factor * error
            let rowGrows = grows(row)
            for column in row..<features {
                // The variances of later rows have not been touched yet.
                let columnGrows = column == row ? rowGrows : grows(column)
                let growth = rowGrows && columnGrows ? 1 / forgetting : rowGrows || columnGrows ? root : 1
                let value = (covariance[row * features + column] - factor * gain[column]) * growth
                covariance[row * features + column] = value
                covariance[column * features + row] = value
            }
        }
        count += 1
        return error
    }

    /// Whether a coefficient's variance may grow: of one that gets no news it would do so without bound, and nothing more is
    /// forgotten of that one alone.
    private func grows(_ index: Int) -> Bool { covariance[index * features + index] / forgetting <= ceiling }

    /// P f into `gain`; lambda + f′ P f, or nil when a variance is beyond all use.
    private mutating func weigh(_ values: Span<Double>) -> Double? {
        var spread = forgetting
        var largest = 0.0
        for row in 0..<features {
            var sum = 0.0
            for column in 0..<features {
                let value = covariance[row * features + column]
                largest = max(largest, value.magnitude)
                sum += value * values[column]
            }
            gain[row] = sum
            spread += sum * values[row]
        }
        return largest < 1e300 ? spread : nil
    }

    /// Whether the update leaves only finite numbers.
    private func isUsable(spread: Double, error: Double) -> Bool {
        guard error.isFinite, spread.isFinite, spread > 0 else { return false }
        var largest = 0.0
        for row in 0..<features {
            guard (coefficients[row] + gain[row] / spread * error).isFinite else { return false }
            largest = max(largest, gain[row].magnitude)
        }
        return largest / spread * largest < 1e300
    }
}

extension RecursiveLeastSquares {
    /// Appends coefficients and their covariance; the settings are only compared.
    public func save(to writer: inout StateWriter) {
        writer.mark("recursls")
        writer.write(features)
        writer.write(forgetting)
        writer.write(ceiling)
        writer.write(count)
        coefficients.save(0..<features, to: &writer)
        covariance.save(0..<(features * features), to: &writer)
    }

    /// Takes the state of a model with the same settings; after an error it knows nothing.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        do throws(StateError) {
            try take(from: &reader)
        } catch {
            count = 0
            coefficients.fill(0..<features, with: 0)
            covariance.fill(0..<(features * features), with: 0)
            for index in 0..<features { covariance[index * features + index] = priorVariance }
            throw error
        }
    }

    private mutating func take(from reader: inout StateReader) throws(StateError) {
        try reader.expect("recursls")
        try reader.match(features, "number of features")
        try reader.match(forgetting, "forgetting of the recursive least squares")
        try reader.match(ceiling, "ceiling of the variance")
        count = try reader.readCount(upTo: StateReader.largestCount, "observations of the recursive least squares")
        try coefficients.restore(0..<features, from: &reader)
        try covariance.restore(0..<(features * features), from: &reader)
        guard coefficients.isFinite(0..<features), covariance.isFinite(0..<(features * features)) else {
            throw reader.error(.damaged, "a coefficient or its variance is not finite")
        }
    }
}
