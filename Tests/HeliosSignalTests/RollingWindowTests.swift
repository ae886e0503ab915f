// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite struct RollingWindowTests {
    @Test func `variances of small steps on a billion are exact`() {
        var window = RollingWindow(capacity: 3)
        var variances: [Double?] = []
        for step in [4.0, 7, 13, 16, 30] {
            window.push(1e9 + step)
            if window.isFull { variances.append(window.variance) }
        }
        #expect(variances.count == 3)
        #expect(isClose(variances[0], 21))
        #expect(isClose(variances[1], 21))
        #expect(isClose(variances[2], 82.33333333333333))
        #expect(window.sum == 3e9 + 59)
    }

    @Test func `an empty window has no sum, one value no variance`() {
        var window = RollingWindow(capacity: 4)
        #expect(window.sum == nil && window.mean == nil && window.variance == nil && window.last == nil)
        window.push(5)
        #expect(window.sum == 5 && window.mean == 5 && window.variance == nil)
        window.push(5)
        #expect(window.variance == 0)
    }

    @Test(
        "numbers too large for their squares and sums leave no trace once they have gone, and are never a number that is none",
        arguments: [[1e200, -1e200], [1.7e308, 1.7e308], [1e155, 1], [-1.7e308, 1e-300, 1.7e308]]
    )
    func huge(values: [Double]) {
        var window = RollingWindow(capacity: 3)
        for value in values {
            window.push(value)
            for number in [window.sum, window.mean, window.variance] { #expect(number?.isFinite ?? true) }
        }
        for value in [1.0, 2, 4] {
            window.push(value)
            for number in [window.sum, window.mean, window.variance] { #expect(number?.isFinite ?? true) }
        }
        #expect(window.sum == 7 && isClose(window.variance, 7.0 / 3))
        window.push(6)
        #expect(window.sum == 12 && isClose(window.variance, 4))
    }

    @Test func `a value that is not finite is refused and changes nothing`() {
        var window = RollingWindow(capacity: 3)
        for value in [1.0, 2, 4] { window.push(value) }
        let before = window.variance
        for value in [Double.nan, .infinity, -.infinity] {
            let isTaken = window.push(value)
            #expect(!isTaken)
        }
        #expect(window.variance == before && window.count == 3 && window.refused == 3)
    }

    @Test func `a value that dwarfs the others leaves no trace once it has gone`() {
        var window = RollingWindow(capacity: 5)
        window.push(1e17)
        for value in [0.1, 0.2, 0.3, 0.4, 0.5] { window.push(value) }
        #expect(isClose(window.sum, 1.5, 1e-14))
        #expect(isClose(window.variance, 0.025, 1e-12))
    }

    @Test(arguments: [2, 3, 17, 100]) func `a long stream gives what a fresh computation gives`(capacity: Int) {
        var random = SeededRandom(seed: UInt64(capacity))
        var window = RollingWindow(capacity: capacity)
        var values: [Double] = []
        var level = 1e6
        for step in 0..<12_000 {
            // Calm and wild stretches, and a stretch without any movement.
            let scale = step % 3_000 < 1_500 ? 1e-4 : 10
            if !(5_000..<5_400).contains(step) { level += random.gaussian() * scale }
            values.append(level)
            window.push(level)
            let recent = values.suffix(capacity)
            guard recent.count == capacity, step % 7 == 0 else { continue }
            #expect(isClose(window.sum, recent.reduce(0, +), 1e-14), "step \(step)")
            let expected = exactVariance(Array(recent))
            #expect(((window.variance ?? -1) - expected).magnitude <= 1e-7 * expected, "step \(step)")
        }
    }

    @Test func `rounding does not gather over a hundred thousand slides`() {
        var random = SeededRandom(seed: 9)
        var window = RollingWindow(capacity: 50)
        var values: [Double] = []
        for _ in 0..<100_000 {
            let value = 0.1 + random.uniform()
            values.append(value)
            window.push(value)
        }
        var exact = CompensatedSum()
        for value in values.suffix(50) { exact.add(value) }
        #expect(isClose(window.sum, exact.value, 1e-15))
        #expect(isClose(window.variance, exactVariance(values.suffix(50)), 1e-12))
    }
}

/// The variance in two passes over values shifted by the first: an oracle that shares no code with the window.
private func exactVariance(_ values: [Double]) -> Double {
    let shifted = values.map { $0 - values[0] }
    let mean = shifted.reduce(0, +) / Double(values.count)
    return shifted.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count - 1)
}
