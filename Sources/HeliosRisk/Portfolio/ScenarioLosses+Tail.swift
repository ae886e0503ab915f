// SPDX-License-Identifier: MIT

/// Where the tail of n losses begins at a confidence a.
///
/// Sorted ascending, VaR = L(k) with k = ⌈n a⌉ and ES = [Σ_{i>k} L(i) + (k − n a) L(k)] / (n (1 − a)).
struct TailPlace {
    /// k, from 1; 0 where there is no loss.
    let rank: Int
    /// k − n a: the share of L(k) that lies beyond.
    let remainder: Double
    /// n (1 − a).
    let mass: Double

    init(count: Int, confidence: Double) {
        let n = Double(count)
        // n a may come out a hair above the integer that it is.
        rank = count == 0 ? 0 : min(max(Int((n * confidence - 1e-9).rounded(.up)), 1), count)
        remainder = Double(rank) - n * confidence
        mass = n * (1 - confidence)
    }

    /// The expected shortfall: `beyond` is the sum of the losses after the k-th, `value` the k-th.
    func shortfall(beyond: Double, value: Double) -> Double { (beyond + remainder * value) / mass }
}

/// A value at risk and the mean of the losses beyond it, in money.
public struct RiskFigures: Sendable, Equatable {
    public var valueAtRisk: Double
    public var expectedShortfall: Double

    public init(valueAtRisk: Double, expectedShortfall: Double) {
        self.valueAtRisk = valueAtRisk
        self.expectedShortfall = expectedShortfall
    }
}

extension ScenarioLosses {
    /// The tail if the weight of `place` grew by `delta`.
    borrowing func tail(adding delta: Double, at place: Int) -> RiskFigures {
        guard tailCount > 0 else { return RiskFigures(valueAtRisk: .infinity, expectedShortfall: .infinity) }
        gather(delta, place)
        // Safe: the heap holds `tailCount` numbers, the smallest first.
        let value = unsafe heap[0]
        var beyond = 0.0
        for index in 1..<tailCount { unsafe beyond += heap[index] }
        return RiskFigures(
            valueAtRisk: value,
            expectedShortfall: tailPlace.shortfall(beyond: beyond, value: value)
        )
    }

    /// Leaves the `tailCount` largest losses in the heap, the smallest of them at its root.
    private borrowing func gather(_ delta: Double, _ place: Int) {
        let step = Lanes(repeating: delta)
        let column = unsafe returns + place * blocks
        var filled = 0
        var block = 0
        while block < blocks {
            // Safe: below the number of blocks; the heap's root exists.
            let values = unsafe losses[block] - step * column[block]
            block &+= 1
            if filled == tailCount, unsafe !any(values .> Lanes(repeating: heap[0])) { continue }
            for lane in 0..<8 {
                let value = values[lane]
                if filled < tailCount {
                    push(value, at: filled)
                    filled += 1
                } else if unsafe value > heap[0] {
                    replaceSmallest(value)
                }
            }
        }
    }

    /// Adds a number behind the first `end` ones.
    private borrowing func push(_ value: Double, at end: Int) {
        var child = end
        // Safe: `end` is below `tailCount`, and a parent stands before its child.
        while child > 0 {
            let parent = (child - 1) / 2
            guard unsafe heap[parent] > value else { break }
            unsafe heap[child] = heap[parent]
            child = parent
        }
        unsafe heap[child] = value
    }

    /// Puts a number in the place of the smallest and lets it sink.
    private borrowing func replaceSmallest(_ value: Double) {
        var hole = 0
        // Safe: children are held against `tailCount`.
        while true {
            var child = 2 * hole + 1
            guard child < tailCount else { break }
            if child + 1 < tailCount, unsafe heap[child + 1] < heap[child] { child += 1 }
            guard unsafe heap[child] < value else { break }
            unsafe heap[hole] = heap[child]
            hole = child
        }
        unsafe heap[hole] = value
    }
}
