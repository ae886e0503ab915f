// SPDX-License-Identifier: MIT
import HeliosMarket

/// How a day's volume usually comes: shares of stretches of the day.
public struct VolumeCurve: Sendable, Equatable {
    /// Units of the whole day.
    static let scale: Int64 = 1 << 40

    /// What has come by the end of each stretch.
    let sums: [Int64]
    /// Where each begins, and the last one ends, after midnight.
    let edges: [Nanoseconds]
    public var opens: Nanoseconds { edges[0] }
    public var closes: Nanoseconds { edges[edges.count - 1] }

    /// The most stretches.
    public static let maximumStretches = 4_096

    /// Nil without a share above zero, with one below, and for a session that ends before it begins.
    ///
    /// - Parameters:
    ///   - weights: of equal stretches, in any unit; at most 4,096.
    ///   - opens: when the first begins, after midnight.
    ///   - closes: when the last ends.
    public init?(
        _ weights: [Double],
        opens: Nanoseconds = 34_200_000_000_000,
        closes: Nanoseconds = 57_600_000_000_000
    ) {
        let total = weights.reduce(0, +)
        guard weights.allSatisfy({ $0.isFinite && $0 >= 0 }), total > 0, total.isFinite, closes > opens,
            weights.count <= VolumeCurve.maximumStretches
        else { return nil }
        var (sum, sums) = (0.0, [Int64]())
        for weight in weights {
            sum += weight
            // The nearest: a curve of hundredths gives round numbers back.
            sums.append(Int64((sum / total * Double(VolumeCurve.scale)).rounded()))
        }
        self.sums = sums
        edges = VolumeCurve.equal(sums.count, opens, closes)
    }

    /// A curve of stretches of any length; nil without a volume above zero, with one below, and where one does not begin after the
    /// one before.
    ///
    /// - Parameters:
    ///   - stretches: when each begins, after midnight, and its volume, in any unit; at most `maximumStretches`.
    ///   - closes: when the last ends.
    public init?(_ stretches: [(from: Nanoseconds, volume: Int64)], until closes: Nanoseconds) {
        let edges = stretches.map(\.from) + [closes]
        let total = stretches.reduce(Int128(0)) { $0 + Int128($1.volume) }
        guard stretches.count <= VolumeCurve.maximumStretches, total > 0, stretches.allSatisfy({ $0.volume >= 0 }),
            zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        var sum = Int128(0)
        sums = stretches.map {
            sum += Int128($0.volume)
            return Int64(Int128(VolumeCurve.scale) * sum / total)
        }
        self.edges = edges
    }

    private static func equal(_ count: Int, _ opens: Nanoseconds, _ closes: Nanoseconds) -> [Nanoseconds] {
        (0...count).map { opens + Int64(Int128(closes - opens) * Int128($0) / Int128(max(count, 1))) }
    }

    private init(thousandths: [Int64]) {
        let total = thousandths.reduce(0, +)
        var sum: Int64 = 0
        sums = thousandths.map {
            sum += $0
            return VolumeCurve.scale * sum / max(total, 1)
        }
        edges = VolumeCurve.equal(sums.count, 34_200_000_000_000, 57_600_000_000_000)
    }

    /// Half hours of a US share's day: much at the open, little at noon, most before the close.
    public static let usual = VolumeCurve(
        thousandths: [133, 88, 75, 66, 60, 55, 52, 54, 57, 63, 73, 92, 132]
    )

    /// How much of the day's volume has come at a time of day, of `VolumeCurve.scale`; even within a stretch.
    public func volume(at time: Nanoseconds) -> Int64 {
        guard time > opens else { return 0 }
        guard time < closes else { return sums.last ?? 0 }
        // The stretch that begins last at or before the time.
        var (stretch, end) = (0, sums.count)
        while stretch + 1 < end {
            let middle = (stretch + end) / 2
            if edges[middle] <= time { stretch = middle } else { end = middle }
        }
        let before = stretch > 0 ? sums[stretch - 1] : 0
        let length = edges[stretch + 1] - edges[stretch]
        return before + Int64(Int128(sums[stretch] - before) * Int128(time - edges[stretch]) / Int128(length))
    }
}

/// VWAP: along the curve (4.2), the sum of what is due rounded to lots.
public struct VolumeSchedule: Sendable, Equatable {
    /// Raw.
    public var quantity: Int64
    public var lot: Int64
    /// Of the day.
    public var start: Nanoseconds
    public var end: Nanoseconds

    public init(quantity: Int64, lot: Int64, from start: Nanoseconds, until end: Nanoseconds) {
        self.quantity = quantity
        self.lot = lot
        self.start = start
        self.end = end
    }

    /// What is due at a time of day; where the curve has no volume between start and end, by time.
    public func due(at time: Nanoseconds, _ curve: VolumeCurve) -> Int64 {
        guard time < end else { return quantity }
        guard time > start else { return 0 }
        let before = curve.volume(at: start)
        let whole = curve.volume(at: end) - before
        guard whole > 0 else { return Lots.due(quantity, lot: lot, part: time - start, whole: end - start) }
        return Lots.due(quantity, lot: lot, part: curve.volume(at: time) - before, whole: whole)
    }
}
