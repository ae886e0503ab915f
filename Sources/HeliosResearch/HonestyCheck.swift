// SPDX-License-Identifier: MIT
import HeliosMarket

/// Whether a simulation's resting orders were filled as honestly as a market's would be.
///
/// Formula 3.7: a real queue fills us when the price is about to run against us, so the mean markout one second after
/// passive fills is zero or below. Above zero by more than two standard errors, the simulator is too kind.
public struct HonestyCheck: Sendable, Equatable {
    public enum Verdict: String, Sendable {
        /// Above zero beyond two standard errors.
        case tooKind
        /// Above zero, within two standard errors or with too few fills to say.
        case undecided
        /// Zero or below.
        case plausible
        /// No passive fill with a mid one second later.
        case unknown
    }

    /// Mean markout after one second, basis points; positive is good for us.
    public let mean: Double?
    /// Its standard error, as if fills were independent.
    public let standardError: Double?
    /// Passive fills with a mid one second later.
    public let fills: Int

    public init(_ costs: CostLedger) {
        let markouts = costs.makerMarkouts[FillRecord.oneSecond]
        mean = markouts.mean
        standardError = markouts.standardError
        fills = markouts.count
    }

    public var verdict: Verdict {
        guard let mean else { return .unknown }
        if mean <= 0 { return .plausible }
        guard let standardError else { return .undecided }
        return mean > 2 * standardError ? .tooKind : .undecided
    }
}
