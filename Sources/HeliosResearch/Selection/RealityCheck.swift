// SPDX-License-Identifier: MIT
import HeliosMath

/// How often luck alone would make the best of many strategies look as good (White 2000), by the stationary bootstrap
/// of Politis and Romano (1994), which keeps the order of returns in blocks of random length.
///
/// The returns are those above a benchmark's. The strategies are drawn together, so what they have in common stays.
public struct RealityCheck: Sendable, Equatable {
    /// √T · the largest mean.
    public let statistic: Double
    /// Share of the draws whose best strategy, all means set to zero, does at least as well.
    public let probability: Double
    /// The strategy with the largest mean, the first of equals.
    public let best: Int

    /// The check of strategies' returns.
    ///
    /// - Parameters:
    ///   - returns: for each strategy a series, all of one length, two periods or more.
    ///   - draws: how many times luck is drawn; 1 or more.
    ///   - seed: of the draws; equal seeds give equal results.
    ///   - restart: probability that a block ends at a step, above 0, at most 1; blocks are 1 / restart long on
    ///     average.
    ///   - progress: takes the share done, 0 to 1, after each draw.
    /// - Returns: undefined for other parameters, and for returns that are not finite or of which none varies.
    public static func test(
        _ returns: [[Double]],
        draws: Int = 1_000,
        seed: UInt64,
        restart: Double = 0.1,
        progress: (Double) -> Void = { _ in }
    ) -> Finding<RealityCheck> {
        guard draws >= 1, restart > 0, restart <= 1 else { return .undefined(.parameterOutOfRange) }
        let periods = returns.first?.count ?? 0
        guard returns.allSatisfy({ $0.count == periods }) else { return .undefined(.unequalLengths) }
        guard periods >= 2 else { return .undefined(.tooFewValues) }
        guard returns.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return .undefined(.notFinite) }
        guard returns.contains(where: { series in series.contains { $0 != series[0] } }) else {
            return .undefined(.noVariance)
        }
        let count = Double(periods)
        let means = returns.map { $0.reduce(0, +) / count }
        var best = 0
        for index in means.indices where means[index] > means[best] { best = index }
        let statistic = count.squareRoot() * means[best]
        var random = SeededRandom(seed: seed)
        var path = [Int](repeating: 0, count: periods)
        var reached = 0
        for draw in 1...draws {
            resample(&path, restart, &random)
            var largest = -Double.infinity
            for (series, mean) in zip(returns, means) {
                let drawn = path.reduce(0.0) { $0 + series[$1] } / count
                largest = max(largest, drawn - mean)
            }
            reached += count.squareRoot() * largest >= statistic ? 1 : 0
            progress(Double(draw) / Double(draws))
        }
        let probability = Double(reached) / Double(draws)
        return .defined(RealityCheck(statistic: statistic, probability: probability, best: best))
    }

    /// Draws places: the next one each time, after the last the first, but with probability `restart` any.
    private static func resample(_ path: inout [Int], _ restart: Double, _ random: inout SeededRandom) {
        let count = path.count
        var place = min(Int(random.uniform() * Double(count)), count - 1)
        for step in 0..<count {
            if step > 0 {
                if random.uniform() < restart {
                    place = min(Int(random.uniform() * Double(count)), count - 1)
                } else {
                    place = place + 1 == count ? 0 : place + 1
                }
            }
            path[step] = place
        }
    }
}
