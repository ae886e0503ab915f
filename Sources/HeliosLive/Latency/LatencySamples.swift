// SPDX-License-Identifier: MIT

/// What a series of times comes to, in nanoseconds.
public struct LatencyPercentiles: Sendable, Equatable, Codable {
    public var p50: Double
    public var p99: Double
    public var p999: Double
    public var max: Double
}

/// Times as they were measured, in cycles, none of them left out or rounded.
public struct LatencySamples: Sendable {
    private var cycles: [UInt64] = []

    /// - Parameter capacity: times for which memory is found, and touched, now.
    public init(capacity: Int) {
        cycles = [UInt64](repeating: 0, count: max(capacity, 1))
        cycles.removeAll(keepingCapacity: true)
    }

    /// The times of several series.
    public init(_ series: [LatencySamples]) { cycles = series.flatMap(\.cycles) }

    /// How many there are.
    public var count: Int { cycles.count }

    /// Adds a time.
    public mutating func record(_ value: UInt64) { cycles.append(value) }

    /// The percentiles (the smallest time that so many of 100 do not exceed); zeros when there is none.
    public func percentiles(nanosecondsPerCycle scale: Double) -> LatencyPercentiles {
        let sorted = cycles.sorted()
        func rank(_ share: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            let place = Int((share * Double(sorted.count)).rounded(.up)) - 1
            return Double(sorted[min(max(place, 0), sorted.count - 1)]) * scale
        }
        return LatencyPercentiles(p50: rank(0.5), p99: rank(0.99), p999: rank(0.999), max: rank(1))
    }

    /// The mean in nanoseconds; 0 when there is none.
    public func mean(nanosecondsPerCycle scale: Double) -> Double {
        guard !cycles.isEmpty else { return 0 }
        return cycles.reduce(0) { $0 + Double($1) } * scale / Double(cycles.count)
    }
}
