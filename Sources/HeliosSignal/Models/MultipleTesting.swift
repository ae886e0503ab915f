// SPDX-License-Identifier: MIT
import HeliosMath

/// Which of many tests still count when one knows that there were many (formula 2.8).
///
/// Of 39,340 unrelated pairs two thousand have a probability below 0.05.
public enum MultipleTesting: Sendable, CaseIterable {
    /// Of what is found, no more than the level is wrong on average; for tests that are independent or rise and fall
    /// together (Benjamini and Hochberg 1995).
    case benjaminiHochberg
    /// The same, however the tests depend on one another (Benjamini and Yekutieli 2001).
    case benjaminiYekutieli
    /// That anything found is wrong has at most the level's probability (Holm 1979).
    case holm

    /// What each probability amounts to among the others: found at `level` are those with at most that.
    ///
    /// Undefined when one is no number between 0 and 1.
    public func adjusted(_ probabilities: [Double]) -> Finding<[Double]> {
        guard probabilities.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return .undefined(.parameterOutOfRange) }
        let order = probabilities.indices.sorted {
            probabilities[$0] != probabilities[$1] ? probabilities[$0] < probabilities[$1] : $0 < $1
        }
        let count = probabilities.count
        var result = probabilities
        switch self {
        case .holm:
            var least = 0.0
            for (rank, index) in order.enumerated() {
                least = max(least, min(probabilities[index] * Double(count - rank), 1))
                result[index] = least
            }
        case .benjaminiHochberg, .benjaminiYekutieli:
            let factor = self == .benjaminiHochberg ? Double(count) : Double(count) * MultipleTesting.harmonic(count)
            var most = 1.0
            for (rank, index) in order.enumerated().reversed() {
                most = min(most, probabilities[index] * factor / Double(rank + 1))
                result[index] = most
            }
        }
        return .defined(result)
    }

    /// The share of tests in which there is nothing to find, estimated from those whose probability is above one half.
    ///
    /// Where nothing is there, probabilities are spread evenly; so twice their number above one half (and one more, to be
    /// careful) is the number of such tests. Multiplied with adjusted probabilities it keeps their promise and finds more
    /// where most tests have something to find (Storey, Taylor and Siegmund 2004).
    ///
    /// - Returns: above 0 and at most 1; 1 for no tests.
    public static func nullShare(_ probabilities: [Double]) -> Double {
        guard !probabilities.isEmpty else { return 1 }
        let above = probabilities.reduce(0) { $1 > 0.5 ? $0 + 1 : $0 }
        return min(1, Double(above + 1) / (0.5 * Double(probabilities.count)))
    }

    /// The tests that count at `level`, in their order.
    ///
    /// The definitions themselves, without the division that `adjusted` does: a probability that equals its bound
    /// counts.
    public func found(_ probabilities: [Double], level: Double) -> Finding<[Int]> {
        guard probabilities.allSatisfy({ $0 >= 0 && $0 <= 1 }), level > 0, level < 1 else {
            return .undefined(.parameterOutOfRange)
        }
        let sorted = probabilities.sorted()
        let count = Double(sorted.count)
        let share = self == .benjaminiYekutieli ? level / MultipleTesting.harmonic(sorted.count) : level
        let rank: Int =
            switch self {
            case .holm: sorted.indices.first { sorted[$0] > level / (count - Double($0)) } ?? sorted.count
            case .benjaminiHochberg, .benjaminiYekutieli:
                (sorted.indices.last { sorted[$0] <= Double($0 + 1) * share / count } ?? -1) + 1
            }
        guard rank > 0 else { return .defined([]) }
        return .defined(probabilities.indices.filter { probabilities[$0] <= sorted[rank - 1] })
    }

    /// 1 + 1/2 + … + 1/n.
    private static func harmonic(_ count: Int) -> Double {
        (1..<(count + 1)).reversed().reduce(0) { $0 + 1 / Double($1) }
    }
}
