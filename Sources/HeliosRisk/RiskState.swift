// SPDX-License-Identifier: MIT
import HeliosMarket

/// What the gate lets pass.
///
/// It goes down by itself and up only by two people.
///
/// ```
/// active ──► reduceOnly ──► halted ──► killed
/// ```
@frozen
public enum RiskState: UInt8, Sendable, BitwiseCopyable, Comparable {
    /// Everything that the controls allow.
    case active = 0
    /// Only orders that bring a position nearer to zero.
    case reduceOnly = 1
    /// No order; cancels pass.
    case halted = 2
    /// No order until two people say so; cancels pass.
    case killed = 3

    @inlinable
    public static func < (a: RiskState, b: RiskState) -> Bool { a.rawValue < b.rawValue }
}

/// The state with what brought it about.
@frozen
public struct RiskStatus: Sendable, BitwiseCopyable, Equatable {
    public var state: RiskState
    /// `p14` for a loss, `p06` for sums that do not fit, `state` for a person.
    public var cause: RiskControl
    /// The number that met the limit, raw money; 0 for a person.
    public var value: Int128
    public var limit: Int128
    /// The loss has reached 0.7 of its limit: somebody should look.
    public var lossAlert: Bool
}
