// SPDX-License-Identifier: MIT
import HeliosMarket

/// The value at risk of a scope that has a limit of it, and whose it is.
public struct RiskPortfolio: Sendable, Equatable {
    /// The place in `RiskPolicy.scopes`.
    public var place: Int
    /// In units of the currency.
    public var valueAtRisk: Double
    public var expectedShortfall: Double
    /// The most that orders in flight may add to the value at risk (P15).
    public var inFlight: Double
    /// Whose it is: the largest parts, largest first.
    public var components: [RiskComponent]
}

// For live views and reports, never on the way of an order.
extension RiskGate {
    /// The value at risk of the scopes that have a live one, the firm first, as it was last settled.
    ///
    /// - Parameters:
    ///   - most: no more scopes than these.
    ///   - parts: the most components of each.
    /// - Returns: one for each such scope, in the order of the policy; none without a model.
    public func portfolios(most: Int, parts: Int) -> [RiskPortfolio] {
        var found: [RiskPortfolio] = []
        for place in 0..<scopeCount where found.count < most && hasValueAtRisk(scope: place) {
            found.append(
                RiskPortfolio(
                    place: place,
                    valueAtRisk: valueAtRisk(scope: place),
                    expectedShortfall: expectedShortfall(scope: place),
                    inFlight: Money(raw: inFlight(scope: place, .valueAtRisk)).value,
                    components: largestComponents(scope: place, parts)
                )
            )
        }
        return found
    }
}
