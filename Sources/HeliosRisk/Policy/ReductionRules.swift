// SPDX-License-Identifier: MIT
import HeliosMarket

/// How the system reduces positions by itself after a breach.
///
/// Shares are in basis points of the limit that was broken, participation in basis points of what trades.
public struct ReductionRules: Sendable, Equatable {
    /// The number in `RiskPolicy.strategies` in whose name positions are reduced that no strategy has built up.
    ///
    /// What a strategy has built up is reduced in its own name.
    public var strategy: UInt16
    /// A reduction ends at or below this share of the limit.
    public var target: Int64 = 9_000
    /// The state may be raised again once the risk has been below this share of the limit for `releaseTime`.
    public var release: Int64 = 8_000
    public var releaseTime: Nanoseconds = 300_000_000_000
    /// The most of the traded volume that a reduction may be.
    public var participation: Int64 = 1_000
    /// After this time the participation doubles; after twice this time orders cross the spread.
    public var patience: Nanoseconds = 300_000_000_000
    /// How often slices are sent, and how long one rests at least.
    public var interval: Nanoseconds = 1_000_000_000
    /// Whether a day's loss at its limit (P14) closes everything; false leaves it at reduce-only.
    public var closesOnLoss = true

    public init(strategy: UInt16) { self.strategy = strategy }
}

extension RiskPolicy {
    /// The strategy number of orders that reduce what no strategy has built up; nil without automatic reduction.
    public var reductionStrategy: UInt16? { reduction?.strategy }
}
