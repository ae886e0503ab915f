// SPDX-License-Identifier: MIT
import HeliosMath

/// What became of a position that is closed at a gain, a loss or a time (section 7): labels for learning, López de
/// Prado 2018.
public struct TripleBarrier: Sendable, Equatable {
    /// Gain at which it is closed, in `deviation`s; above 0.
    public var profit: Double
    /// Loss at which it is closed, in `deviation`s; above 0.
    public var stop: Double
    /// Steps after which it is closed; 1 or more.
    public var horizon: Int

    public init(profit: Double, stop: Double, horizon: Int) {
        self.profit = profit
        self.stop = stop
        self.horizon = horizon
    }

    /// What happened first.
    public struct Label: Sendable, Equatable, BitwiseCopyable {
        /// 1 for a gain, −1 for a loss, at the horizon the sign of the move: 0 when there was none.
        public var direction: Int
        /// Where it began.
        public var start: Int
        /// Where it was closed.
        public var end: Int
        /// Price at the end / price at the start − 1.
        public var move: Double

        public init(direction: Int, start: Int, end: Int, move: Double) {
            self.direction = direction
            self.start = start
            self.end = end
            self.move = move
        }
    }

    /// The label of a position begun at one of `prices`.
    ///
    /// - Parameters:
    ///   - prices: above 0.
    ///   - start: where it begins.
    ///   - deviation: of the price's relative moves, above 0.
    /// - Returns: undefined for other parameters, and when the series ends before horizon and barriers.
    public func label(_ prices: [Double], start: Int, deviation: Double) -> Finding<Label> {
        guard profit > 0, stop > 0, horizon >= 1, deviation > 0, deviation.isFinite, start >= 0 else {
            return .undefined(.parameterOutOfRange)
        }
        guard start < prices.count else { return .undefined(.tooFewValues) }
        let first = prices[start]
        guard first > 0, first.isFinite else { return .undefined(.notFinite) }
        let (upper, lower) = (first * (1 + profit * deviation), first * (1 - stop * deviation))
        let last = start.addingReportingOverflow(horizon)
        var end = start
        while end + 1 < prices.count, last.overflow || end < last.partialValue {
            end += 1
            let price = prices[end]
            guard price > 0, (price / first).isFinite else { return .undefined(.notFinite) }
            let direction = price >= upper ? 1 : price <= lower ? -1 : 0
            if direction != 0 {
                return .defined(Label(direction: direction, start: start, end: end, move: price / first - 1))
            }
        }
        guard !last.overflow, end == last.partialValue else { return .undefined(.tooFewValues) }
        let move = prices[end] / first - 1
        return .defined(Label(direction: move > 0 ? 1 : move < 0 ? -1 : 0, start: start, end: end, move: move))
    }

    /// For each label the mean of 1 / (labels that live at the same step) over the steps from its start to its end,
    /// both included.
    ///
    /// Labels that overlap say the same thing more than once: these are the weights that make up for it. Undefined for
    /// labels that end before they start or start below 0.
    public static func averageUniqueness(_ labels: [Label]) -> Finding<[Double]> {
        guard labels.allSatisfy({ $0.start >= 0 && $0.end >= $0.start && $0.end < 1 << 40 }) else {
            return .undefined(.parameterOutOfRange)
        }
        // Only where a label starts or ends does the number of them change: between two such steps it is one number.
        let borders = Set(labels.flatMap { [$0.start, $0.end + 1] }).sorted()
        var place: [Int: Int] = [:]
        for (index, border) in borders.enumerated() { place[border] = index }
        var changes = [Int](repeating: 0, count: borders.count)
        for label in labels {
            changes[place[label.start] ?? 0] += 1
            changes[place[label.end + 1] ?? 0] -= 1
        }
        // Σ 1 / living up to each border.
        var sums = [Double](repeating: 0, count: borders.count)
        var living = 0
        for index in 1..<max(borders.count, 1) {
            living += changes[index - 1]
            let steps = Double(borders[index] - borders[index - 1])
            sums[index] = sums[index - 1] + (living > 0 ? steps / Double(living) : 0)
        }
        return .defined(
            labels.map { label in
                let sum = sums[place[label.end + 1] ?? 0] - sums[place[label.start] ?? 0]
                return sum / Double(label.end - label.start + 1)
            }
        )
    }
}
