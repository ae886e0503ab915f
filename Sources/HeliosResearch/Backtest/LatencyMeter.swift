// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import Histogram

/// Wall-clock durations in cycles of the processor, turned into nanoseconds at the end.
///
/// Measures, never decides.
public struct LatencyMeter {
    private var histogram = Histogram<UInt32>(
        lowestDiscernibleValue: 1,
        highestTrackableValue: 1 << 40,
        numberOfSignificantValueDigits: .three
    )
    private var minimum = UInt64.max

    public init() {}

    /// Takes a duration in cycles.
    public mutating func record(_ cycles: UInt64) {
        minimum = min(minimum, cycles)
        histogram.record(min(cycles, 1 << 39))
    }

    /// The distribution in nanoseconds.
    ///
    /// - Parameter nanosecondsPerCycle: from `CycleClock`.
    /// - Returns: percentiles and the histogram.
    public func summary(nanosecondsPerCycle: Double) -> LatencySummary {
        var summary = LatencySummary()
        summary.count = Int(histogram.totalCount)
        guard summary.count > 0 else { return summary }
        func nanoseconds(_ cycles: UInt64) -> Int { Int((Double(cycles) * nanosecondsPerCycle).rounded()) }
        summary.minimum = nanoseconds(minimum)
        summary.mean = histogram.mean * nanosecondsPerCycle
        summary.p50 = nanoseconds(histogram.valueAtPercentile(50))
        summary.p90 = nanoseconds(histogram.valueAtPercentile(90))
        summary.p99 = nanoseconds(histogram.valueAtPercentile(99))
        summary.p999 = nanoseconds(histogram.valueAtPercentile(99.9))
        summary.maximum = nanoseconds(histogram.max)
        var buckets: [Int: Int] = [:]
        for value in histogram.recordedValues() {
            buckets[bound(nanoseconds(value.value)), default: 0] += Int(value.count)
        }
        summary.buckets = buckets.sorted { $0.key < $1.key }.map { (upTo: $0.key, count: $0.value) }
        return summary
    }

    /// The bucket that shows a duration: ten to a decade.
    private func bound(_ nanoseconds: Int) -> Int {
        let decade = max(0, Int((log10(Double(max(nanoseconds, 1))) * 10).rounded(.up)))
        return Int(pow(10, Double(decade) / 10).rounded())
    }
}

/// How long a cycle of `helios_cycles` is, from two looks at a clock.
public struct CycleClock {
    private let startCycles = helios_cycles()
    private let start = DispatchTime.now().uptimeNanoseconds

    public init() {}

    /// Nanoseconds since the clock was made.
    public var elapsed: UInt64 { DispatchTime.now().uptimeNanoseconds - start }

    /// How long a cycle is, from the time since the clock was made.
    public var nanosecondsPerCycle: Double {
        let cycles = helios_cycles() - startCycles
        return cycles > 0 ? Double(elapsed) / Double(cycles) : 0
    }
}
