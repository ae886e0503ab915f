// SPDX-License-Identifier: MIT
import HeliosMarket

/// What an instrument adds to the value at risk of a scope (P15).
public struct RiskComponent: Sendable, Equatable {
    public var instrument: Instrument
    /// The position's value at its mark, in units of the currency.
    public var weight: Double
    /// What one unit more would add to the value at risk.
    public var marginal: Double
    /// The part of the value at risk that is its own; all parts together are the parametric one.
    public var component: Double
}

// For live views and reports, never on the way of an order.
extension RiskGate {
    /// Whether a scope has a live value at risk: it has such a limit, and a model was loaded.
    public func hasValueAtRisk(scope: Int) -> Bool {
        // Safe: an engine for each scope, or none.
        unsafe scope >= 0 && scope < policy.scopes && controls.engines[scope] != nil
    }

    /// The value at risk of a scope as it was last settled, in units of the currency; 0 without a model.
    public func valueAtRisk(scope: Int) -> Double {
        guard hasValueAtRisk(scope: scope), let engine = unsafe controls.engines[scope] else { return 0 }
        return unsafe engine.pointee.valueAtRisk(adding: 0, at: 0)
    }

    /// The expected shortfall of a scope as it was last settled; 0 without a model.
    public func expectedShortfall(scope: Int) -> Double {
        guard hasValueAtRisk(scope: scope), let engine = unsafe controls.engines[scope] else { return 0 }
        return unsafe engine.pointee.expectedShortfall(adding: 0, at: 0)
    }

    /// The largest parts of the value at risk of a scope, largest first.
    public func largestComponents(scope: Int, _ count: Int) -> [RiskComponent] {
        guard hasValueAtRisk(scope: scope), let engine = unsafe controls.engines[scope] else { return [] }
        var found: [RiskComponent] = []
        for index in 0..<instruments {
            // Safe: below the number of instruments.
            let place = unsafe Int(controls.modelPlaces[index]) - 1
            guard place >= 0, unsafe engine.pointee.weight(place) != 0 else { continue }
            found.append(
                RiskComponent(
                    instrument: Instrument(id: UInt32(index)),
                    weight: unsafe engine.pointee.weight(place),
                    marginal: 0,
                    component: 0
                )
            )
        }
        // The marginal numbers cost more than the weights: only for those that may be among the largest.
        found.sort { $0.weight.magnitude > $1.weight.magnitude }
        found = Array(found.prefix(max(count * 4, 32)))
        for number in found.indices {
            let place = unsafe Int(controls.modelPlaces[found[number].instrument.index]) - 1
            found[number].marginal = unsafe engine.pointee.marginal(place)
            found[number].component = found[number].weight * found[number].marginal
        }
        return Array(found.sorted { $0.component > $1.component }.prefix(count))
    }
}
