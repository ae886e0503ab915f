// SPDX-License-Identifier: MIT
import HeliosMarket

/// Multiples of a step (a tick, a lot), found by a multiplication where one would divide.
///
/// With `reciprocal = ⌊(2^64 − 1) / step⌋` the high half of `n × reciprocal` is `⌊n / step⌋` or one less, for every
/// 64-bit `n`: the error of the reciprocal is at most 1, and `n / 2^64 < 1`.
struct Grid: BitwiseCopyable {
    /// Zero: there is no grid, and nothing lies on it.
    let step: UInt64
    let reciprocal: UInt64

    init(step: Int64) {
        self.step = step > 0 ? UInt64(step) : 0
        reciprocal = step > 0 ? UInt64.max / UInt64(step) : 0
    }

    /// `value` modulo the step, for a value that is not negative.
    func remainder(_ value: Int64) -> Int64 {
        let n = UInt64(bitPattern: value)
        let quotient = n.multipliedFullWidth(by: reciprocal).high
        let remainder = n - quotient * step
        return Int64(remainder >= step ? remainder - step : remainder)
    }

    /// Whether a positive value is a multiple of the step.
    func contains(_ value: Int64) -> Bool { step > 0 && value > 0 && remainder(value) == 0 }
}
