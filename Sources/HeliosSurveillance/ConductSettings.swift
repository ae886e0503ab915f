// SPDX-License-Identifier: MIT
import HeliosMarket

/// What T06 takes for a pattern; each number stands in `docs/surveillance.md`.
public struct ConductSettings: Sendable, Equatable {
    /// Layering: resting orders of the other side count when they rest at most so far behind the touch, in basis points.
    public var layeringReach: Int64 = 50
    /// They count when they are cancelled so soon after the fill, and were sent so shortly before it.
    public var layeringAfter: Nanoseconds = 1_000_000_000
    public var layeringBefore: Nanoseconds = 10_000_000_000
    /// At least so many orders, whose quantity is at least so many times what was filled, and so much of which was cancelled
    /// unfilled, in per cent.
    public var layeringOrders = 3
    public var layeringMultiple: Int64 = 3
    public var layeringCancelled: Int64 = 80

    /// Wash: a buy and a sell of ours at the same price within so long.
    public var washWindow: Nanoseconds = 10_000_000

    /// Marking the close: the time before the close that counts.
    public var closeWindow: Nanoseconds = 600_000_000_000
    /// Our share of the volume, in per cent, and how far the price has moved our way, in basis points.
    public var closeShare: Int64 = 25
    public var closeMove: Int64 = 20

    /// Momentum ignition: so many fills that took liquidity on one side within the window.
    public var ignitionFills = 5
    public var ignitionWindow: Nanoseconds = 2_000_000_000
    /// How far the price went the same way, in basis points, and our share of the volume, in per cent.
    public var ignitionMove: Int64 = 15
    public var ignitionShare: Int64 = 50
    /// The reversal: so much of the quantity is traded back within so long, at a profit, in per cent.
    public var reversalWindow: Nanoseconds = 60_000_000_000
    public var reversalShare: Int64 = 50

    public init() {}
}
