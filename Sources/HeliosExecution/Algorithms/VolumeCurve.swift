// SPDX-License-Identifier: MIT
import HeliosMarket

/// How a day's volume usually comes: shares of equal stretches of the regular session.
public struct VolumeCurve: Sendable, Equatable {
    /// Units of the whole day.
    static let scale: Int64 = 1 << 40

    /// What has come by the end of each stretch.
    let sums: [Int64]
    /// The session, after midnight.
    public let opens: Nanoseconds
    public let closes: Nanoseconds

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
            weights.count <= 4_096
        else { return nil }
        var (sum, sums) = (0.0, [Int64]())
        for weight in weights {
            sum += weight
            // The nearest: a curve of hundredths gives round numbers back.
            sums.append(Int64((sum / total * Double(VolumeCurve.scale)).rounded()))
        }
        self.sums = sums
        self.opens = opens
        self.closes = closes
    }

    private init(thousandths: [Int64]) {
        let total = thousandths.reduce(0, +)
        var sum: Int64 = 0
        sums = thousandths.map {
            sum += $0
            return VolumeCurve.scale * sum / max(total, 1)
        }
        opens = 34_200_000_000_000
        closes = 57_600_000_000_000
    }

    /// Half hours of a US share's day: much at the open, little at noon, most before the close.
    public static let usual = VolumeCurve(
        thousandths: [133, 88, 75, 66, 60, 55, 52, 54, 57, 63, 73, 92, 132]
    )

    /// How much of the day's volume has come at a time of day, of `VolumeCurve.scale`; even within a stretch.
    public func volume(at time: Nanoseconds) -> Int64 {
        guard time > opens else { return 0 }
        guard time < closes, let last = sums.last else { return sums.last ?? 0 }
        let place = Int128(time - opens) * Int128(sums.count)
        let stretch = Int(place / Int128(closes - opens))
        let within = place % Int128(closes - opens)
        let before = stretch > 0 ? sums[stretch - 1] : 0
        let after = stretch < sums.count ? sums[stretch] : last
        return before + Int64(Int128(after - before) * within / Int128(closes - opens))
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
