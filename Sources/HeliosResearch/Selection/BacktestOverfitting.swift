// SPDX-License-Identifier: MIT
import HeliosMath

/// How likely it is that the best of many configurations was only the luckiest (PBO): Bailey, Borwein, López de Prado
/// and Zhu 2017.
///
/// The periods are cut into blocks. For every way to take half of the blocks, the configuration with the best Sharpe
/// ratio there is ranked among all on the other half. Where selection finds something, the best stays among the better
/// ones; where it finds luck, it is anywhere.
public struct BacktestOverfitting: Sendable, Equatable {
    /// Share of the splits in which the best one is at or below the middle on the other half: at most 0.2 passes.
    public let probability: Double
    /// ln(ω / (1 − ω)) for each split, with ω = rank on the other half / (configurations + 1).
    public let logits: [Double]
    /// How often each configuration was the best on its half.
    public let selections: [Int]

    /// The most blocks: 184,756 splits.
    public static let largestBlockCount = 20

    /// The probability for the returns of many configurations.
    ///
    /// - Parameters:
    ///   - returns: for each configuration a series, two or more, all of one length.
    ///   - blocks: even, 2 to 20; the first blocks get a period more where the length is no multiple.
    ///   - progress: takes the share done, 0 to 1, after each split.
    /// - Returns: undefined for other parameters, fewer than two periods a block, returns that are not finite, and
    ///   a configuration
    ///   whose returns do not vary on some half.
    public static func test(
        _ returns: [[Double]],
        blocks: Int = 16,
        progress: (Double) -> Void = { _ in }
    ) -> Finding<BacktestOverfitting> {
        guard blocks >= 2, blocks <= largestBlockCount, blocks % 2 == 0 else {
            return .undefined(.parameterOutOfRange)
        }
        let periods = returns.first?.count ?? 0
        guard returns.allSatisfy({ $0.count == periods }) else { return .undefined(.unequalLengths) }
        guard returns.count >= 2, periods >= 2 * blocks else { return .undefined(.tooFewValues) }
        guard returns.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return .undefined(.notFinite) }
        let moments = returns.map { series in
            Folds.ranges(count: periods, folds: blocks).map { BlockMoments(series[$0]) }
        }
        var logits: [Double] = []
        var selections = [Int](repeating: 0, count: returns.count)
        var low = 0
        let splits = Double(splitCount(blocks: blocks))
        for chosen in 0..<(1 << blocks) where chosen.nonzeroBitCount == blocks / 2 {
            guard let inside = ratios(moments, chosen), let outside = ratios(moments, ~chosen) else {
                return .undefined(.noVariance)
            }
            var best = 0
            for index in inside.indices where inside[index] > inside[best] { best = index }
            selections[best] += 1
            let rank = 1 + outside.count { $0 < outside[best] }
            let above = returns.count + 1 - rank
            logits.append(DeterministicMath.log(Double(rank) / Double(above)))
            low += rank <= above ? 1 : 0
            progress(Double(logits.count) / splits)
        }
        return .defined(
            BacktestOverfitting(
                probability: Double(low) / Double(logits.count),
                logits: logits,
                selections: selections
            )
        )
    }

    /// How many ways there are to take half of `blocks`.
    public static func splitCount(blocks: Int) -> Int {
        (1...max(blocks / 2, 1)).reduce(1) { $0 * (blocks - blocks / 2 + $1) / $1 }
    }

    /// Each configuration's Sharpe ratio on the blocks whose bit is set; nil where one does not vary.
    private static func ratios(_ moments: [[BlockMoments]], _ chosen: Int) -> [Double]? {
        var result: [Double] = []
        for blocks in moments {
            var total = BlockMoments()
            for (index, block) in blocks.enumerated() where chosen >> index & 1 == 1 { total.add(block) }
            guard let ratio = total.ratio else { return nil }
            result.append(ratio)
        }
        return result
    }
}

/// Count, mean and sum of squared deviations of some returns, to which others can be added.
private struct BlockMoments {
    var count = 0.0
    var mean = 0.0
    var squares = 0.0

    init() {}

    init(_ values: ArraySlice<Double>) {
        count = Double(values.count)
        mean = values.reduce(0, +) / count
        let average = mean
        squares = values.reduce(0) { $0 + ($1 - average) * ($1 - average) }
    }

    mutating func add(_ other: BlockMoments) {
        let sum = count + other.count
        let delta = other.mean - mean
        squares += other.squares + delta * delta * (count * other.count / sum)
        mean += delta * (other.count / sum)
        count = sum
    }

    /// Mean / standard deviation; nil where the values differ by no more than rounding.
    var ratio: Double? {
        guard squares > 1e-28 * count * mean * mean, squares > 0 else { return nil }
        return mean / (squares / (count - 1)).squareRoot()
    }
}
