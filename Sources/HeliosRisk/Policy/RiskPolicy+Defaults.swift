// SPDX-License-Identifier: MIT
import HeliosMarket

extension LimitKind {
    /// What it counts over unless a limit says otherwise; 0 for kinds that don't count over time.
    public var standardWindow: Nanoseconds {
        switch self {
        case .walk, .executions: 60_000_000_000
        case .duplicates: 500_000_000
        default: 0
        }
    }

    /// The value that it has when nobody set one, in the units of `measure`.
    ///
    /// Nil for kinds that somebody must set, and for those that only bind where they are set.
    public var standardValue: Int128? {
        switch self {
        case .orderVolumeShare: 100
        case .walk: 200
        case .messageRate: 200
        case .messageBurst: 400
        case .executions: 50
        case .duplicates: 5
        case .participation: 2_000
        case .predictedCost: 50
        case .openOrders: 500
        case .orderTradeRatio: 500
        default: nil
        }
    }
}

extension RiskPolicy {
    /// The scopes that an order of `scope` belongs to: itself, then upwards to the firm.
    ///
    /// Empty for a place that is none; a parent that does not stand before its child ends the chain.
    public func chain(of scope: Int) -> [Int] {
        guard scopes.indices.contains(scope) else { return [] }
        var chain = [scope]
        while let last = chain.last, let parent = scopes[last].parent, parent >= 0, parent < last {
            chain.append(parent)
        }
        return chain
    }

    /// The scopes that orders come from: those of the strategies, and scopes with nothing below them.
    var orderScopes: [Int] {
        let parents = Set(scopes.compactMap(\.parent))
        let bound = Set(strategies)
        return scopes.indices.filter { scopes[$0].kind == .strategy || bound.contains($0) || !parents.contains($0) }
    }

    /// Whether an order of a chain meets a limit of `kind` whatever its instrument.
    func isSet(_ kind: LimitKind, along chain: [Int]) -> Bool {
        limits.contains { limit in
            let isGeneral = limit.target == .all || limit.target == .eachInstrument
            return limit.kind == kind && isGeneral && chain.contains(limit.scope)
        }
    }

    /// Gives the firm the standard value of each kind that has one and that some strategy meets at no scope.
    ///
    /// New limits go to the end, in the order of the kinds: places of limits that are there stay. Doing it twice changes nothing.
    public mutating func addDefaults() {
        guard !scopes.isEmpty else { return }
        let chains = orderScopes.map(chain(of:))
        for kind in LimitKind.allCases {
            guard let value = kind.standardValue, !chains.allSatisfy({ isSet(kind, along: $0) }) else { continue }
            limits.append(RiskLimit(0, .all, kind, hard: value, window: kind.standardWindow))
        }
    }
}
