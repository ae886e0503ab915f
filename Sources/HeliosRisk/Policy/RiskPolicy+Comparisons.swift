// SPDX-License-Identifier: MIT
import HeliosMarket

/// Limits that can never bind, because another one always binds before.
extension RiskPolicy {
    func comparisonProblems() -> [RiskProblem] {
        var places: [LimitPlace: Int] = [:]
        for (place, limit) in limits.enumerated() { places[LimitPlace(limit)] = place }
        var found: [RiskProblem] = []
        for (place, limit) in limits.enumerated() {
            if let above = tighterAbove(limit, places) {
                let text = limit.kind.measure.text(limits[above].hard)
                let what = "can never bind: \(title(of: limits[above].scope)) allows only \(text)"
                found.append(RiskProblem(.warning, .limit(place), what))
            } else if let beside = tighterBeside(limit, places) {
                let other = limits[beside]
                let text = other.kind.measure.text(other.hard)
                let what = "can never bind: \(other.kind) allows only \(text)"
                found.append(RiskProblem(.warning, .limit(place), what))
            }
            if limit.hard == 0 { found.append(RiskProblem(.warning, .limit(place), "is zero and allows nothing")) }
        }
        return found
    }

    /// The nearest scope above with a smaller limit for the same.
    ///
    /// One instrument of a firm has another limit than each: that one counts then.
    private func tighterAbove(_ limit: RiskLimit, _ places: [LimitPlace: Int]) -> Int? {
        for scope in chain(of: limit.scope).dropFirst() {
            var found = places[LimitPlace(scope, limit.target, limit.kind)]
            if found == nil, case .instrument = limit.target {
                found = places[LimitPlace(scope, .eachInstrument, limit.kind)]
            }
            guard let found, limits[found].hard < limit.hard else { continue }
            // Fewer in a longer time may still be more in a shorter one.
            if limits[found].window >= limit.window || !limit.kind.isWindowed { return found }
        }
        return nil
    }

    /// A limit at the same scope and target that is always reached first.
    private func tighterBeside(_ limit: RiskLimit, _ places: [LimitPlace: Int]) -> Int? {
        for (kind, factor) in LimitKind.bounds(of: limit.kind) {
            guard let place = places[LimitPlace(limit.scope, limit.target, kind)] else { continue }
            let (bound, overflow) = limits[place].hard.multipliedReportingOverflow(by: factor)
            if !overflow, bound < limit.hard { return place }
        }
        return nil
    }
}

extension LimitKind {
    /// Kinds that `kind` never exceeds, each with the factor up to which it may.
    fileprivate static func bounds(of kind: LimitKind) -> [(LimitKind, Int128)] {
        switch kind {
        // From one end of the position to the other.
        case .orderQuantity: [(.position, 2), (.dayQuantity, 1)]
        case .orderNotional: [(.grossNotional, 2)]
        case .netNotional: [(.grossNotional, 1)]
        case .valueAtRisk: [(.expectedShortfall, 1)]
        default: []
        }
    }
}
