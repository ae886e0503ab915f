// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// What numbers in records are called: instruments, strategies and the people and desks they belong to.
public struct EvidenceNames: Sendable {
    public var instruments = InstrumentDirectory()
    /// By number.
    public var strategies: [String] = []
    /// Of each strategy, the names of its groups.
    public var groups: [[String]] = []
    /// Of each strategy, its parameters in words.
    public var parameters: [String] = []
    public var policy: RiskPolicy?
    /// Which session of which venue it was.
    public var session = ""
    public var midnight = Timestamp.zero

    public init() {}

    /// The name of the scope of this kind above the strategy with number `number`; empty when the policy has none.
    public func scope(_ kind: RiskScope.Kind, of number: UInt16) -> String {
        guard let policy, Int(number) < policy.strategies.count else { return "" }
        var place: Int? = policy.strategies[Int(number)]
        while let here = place, policy.scopes.indices.contains(here) {
            if policy.scopes[here].kind == kind { return policy.scopes[here].name }
            place = policy.scopes[here].parent
        }
        return ""
    }

    /// The scope at a place of the policy as `helios kill` takes it: `firm`, `strategy:pairs`.
    public func scope(_ place: Int) -> String {
        guard let policy, policy.scopes.indices.contains(place) else { return place == 0 ? "firm" : "\(place)" }
        let scope = policy.scopes[place]
        return scope.kind == .firm ? "firm" : "\(scope.kind):\(scope.name)"
    }

    /// Who must be halted, as `helios kill` takes it.
    public func scope(_ target: HaltTarget) -> String {
        switch target {
        case .strategy(let number):
            let name = scope(.strategy, of: number)
            return "strategy:" + (name.isEmpty ? strategy(number) : name)
        case .account(let name): return "account:" + name
        case .firm: return "firm"
        }
    }

    /// The name of a venue.
    public func venue(_ venue: Venue) -> String {
        guard let policy, venue.id > 0, Int(venue.id) <= policy.venues.count else { return "venue \(venue.id)" }
        return policy.venues[Int(venue.id) - 1]
    }

    /// The name of the strategy with number `number`.
    public func strategy(_ number: UInt16) -> String {
        Int(number) < strategies.count ? strategies[Int(number)] : number == .max ? "" : "\(number)"
    }

    /// The name of a strategy's group, such as `KO~PEP`.
    public func group(_ tag: OrderTag) -> String {
        guard Int(tag.strategy) < groups.count, Int(tag.group) < groups[Int(tag.strategy)].count else {
            return tag.strategy == .max ? "" : "\(tag.group)"
        }
        return groups[Int(tag.strategy)][Int(tag.group)]
    }

    /// The name of an instrument; empty for none.
    public func instrument(_ instrument: Instrument) -> String {
        instrument == .none ? "" : instruments.name(of: instrument)
    }

    /// `risk officer 2` by name, where the policy knows it.
    public func person(_ number: UInt32) -> String {
        guard number > 0 else { return "" }
        let place = Int(number) - 1
        guard let policy, policy.identities.indices.contains(place) else { return "\(number)" }
        return policy.identities[place].name
    }
}
