// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Samples how far each limit of the policy is used: once a second of market time, and for what an order is held against by itself
/// with every order that was sent.
public struct LimitUseMeter: Sendable {
    public private(set) var uses: [LimitUse] = []
    private let policy: RiskPolicy
    /// By strategy, whether each limit binds it.
    private var binding: [UInt16: [Int]] = [:]

    public init(_ policy: RiskPolicy) {
        self.policy = policy
        uses = policy.limits.map { limit in
            LimitUse(name: LimitUseMeter.name(limit, policy), kind: limit.kind, limit: limit.hard)
        }
    }

    /// `account A orderQuantity AAPL`.
    static func name(_ limit: RiskLimit, _ policy: RiskPolicy) -> String {
        let scope =
            policy.scopes.indices.contains(limit.scope) ? policy.scopes[limit.scope].name : "scope \(limit.scope)"
        let target =
            switch limit.target {
            case .all: ""
            case .eachInstrument: " each instrument"
            case .instrument(let symbol): " \(symbol)"
            case .venue(let id):
                " " + (id > 0 && Int(id) <= policy.venues.count ? policy.venues[Int(id) - 1] : "venue \(id)")
            case .assetClass(let id):
                " " + (Int(id) < policy.assetClasses.count ? policy.assetClasses[Int(id)] : "class \(id)")
            }
        return "\(scope) \(limit.kind)\(target)"
    }

    mutating func take(_ order: NewOrder) {
        for place in places(order.tag.strategy) {
            switch uses[place].kind {
            case .orderQuantity: uses[place].take(Int128(order.quantity.raw))
            case .orderNotional: uses[place].take(Int128(order.quantity.raw) * Int128(order.price.raw))
            default: break
            }
        }
    }

    /// The limits of one order that bind a strategy whatever it trades.
    private mutating func places(_ strategy: UInt16) -> [Int] {
        if let known = binding[strategy] { return known }
        var chain: Set<Int> = []
        var next: Int? = Int(strategy) < policy.strategies.count ? policy.strategies[Int(strategy)] : nil
        while let scope = next, policy.scopes.indices.contains(scope), chain.insert(scope).inserted {
            next = policy.scopes[scope].parent
        }
        let places = policy.limits.indices.filter { place in
            let limit = policy.limits[place]
            let isGeneral = limit.target == .all || limit.target == .eachInstrument
            return isGeneral && chain.contains(limit.scope)
                && (limit.kind == .orderQuantity || limit.kind == .orderNotional)
        }
        binding[strategy] = places
        return places
    }

    mutating func sample(_ market: borrowing MarketState) {
        for place in uses.indices {
            let use = market.risk.use(of: place)
            uses[place].limit = use.limit
            let kind = uses[place].kind
            if kind == .orderQuantity || kind == .orderNotional {
                uses[place].raise(to: use.peak)
            } else {
                uses[place].take(use.value)
                uses[place].raise(to: use.peak)
            }
        }
    }
}
