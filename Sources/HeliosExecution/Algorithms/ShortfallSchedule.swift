// SPDX-License-Identifier: MIT
import HeliosMath

/// Implementation shortfall: Almgren and Chriss's trajectory from wherever the order stands (4.4, 3.3).
///
/// x(t) = x₀ sinh(κ (T − t)) / sinh(κ (T − t₀)): solving again after a fill begins at what is left then, so that a fill that came
/// early or late bends what remains of the trajectory, and one as planned changes nothing.
@frozen
public struct ShortfallSchedule: Sendable, BitwiseCopyable, Equatable {
    /// κ τ, the urgency over one slice.
    public var urgency: Double
    /// The volatility that it was solved with, money a share and √ day.
    public var volatility: Double

    /// - Parameters:
    ///   - urgency: κ τ.
    ///   - volatility: money a share and √ day.
    public init(urgency: Double, volatility: Double) {
        self.urgency = urgency.isFinite ? max(urgency, 0) : 0
        self.volatility = volatility
    }

    /// The schedule of an order; its κ per day times days a slice.
    public init(_ order: AlmgrenChriss) {
        self.init(urgency: order.urgency * order.time / Double(order.slices), volatility: order.volatility)
    }

    /// Whether the volatility has changed by more than a quarter since it was solved.
    public func isOutdated(_ volatility: Double) -> Bool {
        abs(volatility - self.volatility) > 0.25 * self.volatility
    }

    /// What of `left` is to be left after slice `after`, in whole lots, when `left` was there after slice `before`.
    ///
    /// - Parameters:
    ///   - left: raw.
    ///   - lot: raw.
    ///   - before: 0 to `slices`.
    ///   - after: `before` to `slices`.
    ///   - slices: of the order.
    /// - Returns: 0 after the last slice.
    public func left(of left: Int64, lot: Int64, before: Int64, after: Int64, slices: Int64) -> Int64 {
        guard after < slices, left > 0 else { return 0 }
        guard after > before else { return left }
        let (near, far) = (Double(slices - after), Double(slices - before))
        let share = urgency > 0 ? RealMath.sinhRatio(urgency * near, urgency * far) : near / far
        let exact = share * Double(left) / Double(max(lot, 1))
        return min(Int64(exact.rounded(.toNearestOrAwayFromZero)) * max(lot, 1), left)
    }
}
