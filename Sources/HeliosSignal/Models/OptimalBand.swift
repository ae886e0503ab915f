// SPDX-License-Identifier: MIT
import HeliosMath

/// Where to enter a spread that reverts, so that it earns most per unit of time after costs (formula 2.9): Bertram
/// 2010.
///
/// Everything is in equilibrium deviations of the spread and in units of 1 / kappa: an Ornstein-Uhlenbeck process with
/// deviation 1, whose half-life is ln 2 / kappa.
@frozen
public struct OptimalBand: Sendable, Equatable, BitwiseCopyable {
    /// What is done at the band.
    public enum Style: Sendable, BitwiseCopyable {
        /// From short to long and back: always in the market.
        case flip
        /// In at the band, out at the mean.
        case exitAtMean
    }

    /// Distance of the band from the mean, in equilibrium deviations.
    public var entry: Double
    /// Profit per unit of time after costs, in equilibrium deviations, with the spread's kappa in that unit of time.
    public var rate: Double

    public init(entry: Double, rate: Double) {
        self.entry = entry
        self.rate = rate
    }

    /// The largest cost that has a band: beyond, its profit is too small for a number.
    public static let largestCost = 30.0

    /// The best band for a round trip's cost.
    ///
    /// - Parameters:
    ///   - cost: of a round trip, in equilibrium deviations; above 0, at most `largestCost`, half of it with an
    ///     exit at the mean.
    ///   - kappa: speed of reversion, above 0.
    ///   - style: what is done at the band.
    /// - Returns: undefined for other parameters. Without costs the best band is at the mean, and its profit
    ///   without bound.
    public static func optimal(cost: Double, kappa: Double = 1, style: Style = .flip) -> Finding<OptimalBand> {
        let toll = style == .flip ? cost : 2 * cost
        guard toll > 0, toll <= largestCost, kappa > 0, kappa.isFinite else {
            return .undefined(.parameterOutOfRange)
        }
        // The rate's derivative has the sign of the slack, which falls through zero once.
        var (low, high) = (0.5 * toll, 0.5 * toll + 2)
        for _ in 0..<200 {
            let middle = 0.5 * (low + high)
            guard middle > low, middle < high else { break }
            if slack(middle, toll) > 0 { low = middle } else { high = middle }
        }
        return .defined(OptimalBand(entry: high, rate: OptimalBand.rate(entry: high, toll: toll, kappa: kappa)))
    }

    /// Profit per unit of time of a band at `entry`; not above zero where the band does not earn its cost.
    public static func rate(
        entry: Double,
        cost: Double,
        kappa: Double = 1,
        style: Style = .flip
    ) -> Finding<Double> {
        guard entry > 0, cost >= 0, kappa > 0, entry.isFinite, cost.isFinite, kappa.isFinite else {
            return .undefined(.parameterOutOfRange)
        }
        let rate = rate(entry: entry, toll: style == .flip ? cost : 2 * cost, kappa: kappa)
        return rate.isFinite ? .defined(rate) : .undefined(.notFinite)
    }

    private static func rate(entry: Double, toll: Double, kappa: Double) -> Double {
        kappa * (2 * entry - toll) / (3.141592653589793 * DeterministicMath.erfi(entry * 0.7071067811865476))
    }

    /// 2 erfi(a/√2) e^(−a²/2) − (2a − c) √(2/π): of the sign of the rate's derivative.
    private static func slack(_ entry: Double, _ toll: Double) -> Double {
        2 * DeterministicMath.erfi(entry * 0.7071067811865476) * DeterministicMath.exp(-0.5 * entry * entry)
            - (2 * entry - toll) * 0.7978845608028654
    }
}

/// How long a spread that reverts takes from one value to another on average (formula 2.9).
public enum PassageTime {
    /// The farthest value that can be asked for: beyond, the time is too long for a number.
    public static let farthest = 37.0

    /// Mean time from `start` until `end` is reached for the first time, in the unit of time of `kappa`.
    ///
    /// (√(2π) / kappa) ∫ e^(u²/2) Φ(u) du from start to end, with both in equilibrium deviations from the mean.
    /// Undefined for values that are no numbers or farther than `farthest`, and a kappa that is not above zero.
    public static func mean(from start: Double, to end: Double, kappa: Double = 1) -> Finding<Double> {
        guard start.magnitude <= farthest, end.magnitude <= farthest, kappa > 0, kappa.isFinite else {
            return .undefined(.parameterOutOfRange)
        }
        // The process looks the same from both sides: the way down is the way up mirrored.
        let (low, high) = start <= end ? (start, end) : (-start, -end)
        let pieces = max(Int(((high - low) / 0.25).rounded(.up)), 1)
        let width = (high - low) / Double(pieces)
        var sum = 0.0
        for piece in 0..<pieces { sum += integral(low + (Double(piece) + 0.5) * width, half: 0.5 * width) }
        let time = 2.5066282746310002 / kappa * sum
        return time.isFinite ? .defined(time) : .undefined(.notFinite)
    }

    /// Gauss and Legendre's eight points on one piece.
    private static func integral(_ middle: Double, half: Double) -> Double {
        let points: InlineArray<4, (Double, Double)> = [
            (0.1834346424956498, 0.362683783378362), (0.525532409916329, 0.31370664587788727),
            (0.7966664774136267, 0.22238103445337448), (0.9602898564975363, 0.10122853629037626),
        ]
        var sum = 0.0
        for index in 0..<4 {
            let (place, weight) = points[index]
            let left = DeterministicMath.scaledNormalCDF(middle - half * place)
            sum += weight * (left + DeterministicMath.scaledNormalCDF(middle + half * place))
        }
        return half * sum
    }
}
