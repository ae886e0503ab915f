// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Samples how far each limit of the policy is used: once a second of market time, and for what an order is held against by itself
/// with every order that was sent.
public struct LimitUseMeter: Sendable {
    public private(set) var uses: [LimitUse] = []
    private let policy: RiskPolicy
    /// By strategy, the limits of one order at its scopes.
    private var binding: [UInt16: [Int]] = [:]

    private struct Own: Hashable {
        var scope: Int
        var kind: LimitKind
        var symbol: Symbol
    }

    /// Instruments that have a limit of their own.
    private let own: Set<Own>
    /// The asset class of each instrument that the policy names; -1 for none.
    private let classes: [Symbol: Int16]
    private var symbols: [UInt32: Symbol] = [:]

    public init(_ policy: RiskPolicy) {
        self.policy = policy
        uses = policy.limits.map { limit in
            LimitUse(name: LimitUseMeter.name(limit, policy), kind: limit.kind, limit: limit.hard)
        }
        own = Set(
            policy.limits.compactMap { limit in
                guard case .instrument(let symbol) = limit.target else { return nil }
                return Own(scope: limit.scope, kind: limit.kind, symbol: symbol)
            }
        )
        classes = Dictionary(
            policy.instruments.map { ($0.symbol, $0.assetClass.map(Int16.init) ?? -1) },
            uniquingKeysWith: { first, _ in first }
        )
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

    /// `instrument` is called `symbol` from now on.
    mutating func bind(_ instrument: Instrument, _ symbol: Symbol) { symbols[instrument.id] = symbol }

    /// An order was sent: what it is held against by itself was used so far.
    mutating func take(_ order: NewOrder) {
        for place in places(order.tag.strategy) where holds(policy.limits[place], order) {
            switch uses[place].kind {
            case .orderQuantity: uses[place].take(Int128(order.quantity.raw))
            case .orderNotional: uses[place].take(Int128(order.quantity.raw) * Int128(order.price.raw))
            default: break
            }
        }
    }

    /// Whether a limit of the order's scopes is about this order.
    private func holds(_ limit: RiskLimit, _ order: NewOrder) -> Bool {
        let symbol = symbols[order.instrument.id]
        switch limit.target {
        case .all: return true
        case .eachInstrument:
            // An instrument's own limit takes the place of that of each.
            guard let symbol else { return true }
            return !own.contains(Own(scope: limit.scope, kind: limit.kind, symbol: symbol))
        case .instrument(let name): return symbol == name
        case .venue(let id): return order.venue.id == id
        case .assetClass(let number):
            guard let symbol, let known = classes[symbol] else { return policy.otherInstruments?.assetClass == number }
            return known == Int16(number)
        }
    }

    /// The limits of one order at the scopes of a strategy.
    private mutating func places(_ strategy: UInt16) -> [Int] {
        if let known = binding[strategy] { return known }
        var chain: Set<Int> = []
        var next: Int? = Int(strategy) < policy.strategies.count ? policy.strategies[Int(strategy)] : nil
        while let scope = next, policy.scopes.indices.contains(scope), chain.insert(scope).inserted {
            next = policy.scopes[scope].parent
        }
        let places = policy.limits.indices.filter { place in
            let limit = policy.limits[place]
            return chain.contains(limit.scope) && (limit.kind == .orderQuantity || limit.kind == .orderNotional)
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
