// SPDX-License-Identifier: MIT
import HeliosMarket

/// P24: how large an order is beside the volume it needs, and what it is predicted to cost; integers only.
///
/// ```swift
/// let size = Participation(remaining: parent.remaining, averageDailyVolume: volume, horizon: end − now)
/// if size.exceeds(2_000) { refuse(value: size.basisPoints, limit: 2_000) }        // 20 %
/// let cost = PredictedCost(quantity, volume, dailyVolatility: 157, halfSpread: 2)
/// if cost.exceeds(50) { refuse(value: cost.basisPoints, limit: 50) }
/// ```
/// The verdict compares products and never rounds; the number for the refusal is rounded up, so that it is never shown as
/// equal to a limit that it exceeds by less than a basis point.
package struct Participation: Equatable {
    /// A regular session, 6.5 hours, over which the average daily volume trades.
    package static let session: Nanoseconds = 23_400_000_000_000

    let remaining: Int128
    /// Volume × horizon; zero when one of them is not known, and then everything exceeds.
    let available: Int128

    /// - Parameters:
    ///   - remaining: what is left of the parent.
    ///   - averageDailyVolume: of a day.
    ///   - horizon: the time that is left for it; more than a session counts as a session.
    package init(remaining: Quantity, averageDailyVolume: Quantity, horizon: Nanoseconds) {
        self.remaining = Int128(max(remaining.raw, 0))
        let time = min(max(horizon, 0), Participation.session)
        available = Int128(max(averageDailyVolume.raw, 0)) * Int128(time)  // below 2^108
    }

    /// Whether it takes more than so much of the volume.
    package func exceeds(_ basisPoints: Int64) -> Bool {
        guard available > 0 else { return true }
        // Left below 2^121, right below 2^125.
        return remaining * 10_000 * Int128(Participation.session)
            > available * Int128(min(max(basisPoints, 0), 100_000))
    }

    /// The share in basis points, rounded up; the end of the range when the volume is not known.
    package var basisPoints: Int128 {
        guard available > 0 else { return Int128(Int64.max) }
        return (remaining * 10_000 * Int128(Participation.session) + available - 1) / available
    }
}

/// P24: the square-root rule for what an order costs: half the spread, and the daily volatility times √(quantity / volume).
package struct PredictedCost: Equatable {
    /// Volatility² × quantity, and the volume it is divided by; zero volume when something is not known.
    let square: Int128
    let volume: Int128
    let halfSpread: Int64

    /// - Parameters:
    ///   - quantity: of the order, or what is left of its parent.
    ///   - averageDailyVolume: of a day.
    ///   - dailyVolatility: in basis points; zero is not known.
    ///   - halfSpread: in basis points.
    package init(_ quantity: Quantity, _ averageDailyVolume: Quantity, dailyVolatility: Int64, halfSpread: Int64) {
        let isKnown = dailyVolatility > 0 && averageDailyVolume.raw > 0
        let volatility = Int128(min(max(dailyVolatility, 0), 1_000_000))
        square = volatility * volatility * Int128(max(quantity.raw, 0))  // below 2^103
        volume = isKnown ? Int128(averageDailyVolume.raw) : 0
        self.halfSpread = min(max(halfSpread, 0), 1_000_000)
    }

    /// Whether it costs more than so many basis points.
    package func exceeds(_ basisPoints: Int64) -> Bool {
        guard volume > 0 else { return true }
        let left = Int128(min(max(basisPoints, 0), 1_000_000)) - Int128(halfSpread)
        if left < 0 { return true }
        return square > left * left * volume
    }

    /// The cost in basis points, rounded up; the end of the range when something is not known.
    package var basisPoints: Int128 {
        guard volume > 0 else { return Int128(Int64.max) }
        // The smallest whole root whose square is not below the quotient.
        let quotient = (square + volume - 1) / volume
        let root = PredictedCost.squareRoot(quotient)
        return Int128(halfSpread) + (root * root < quotient ? root + 1 : root)
    }

    /// ⌊√value⌋ for a value that is not negative, bit by bit.
    static func squareRoot(_ value: Int128) -> Int128 {
        var (root, rest): (Int128, Int128) = (0, value)
        var bit: Int128 = 1 << 124
        while bit > rest { bit >>= 2 }
        while bit > 0 {
            if rest >= root + bit {
                rest -= root + bit
                root = (root >> 1) + bit
            } else {
                root >>= 1
            }
            bit >>= 2
        }
        return root
    }
}
