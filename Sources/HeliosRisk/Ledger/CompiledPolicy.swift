// SPDX-License-Identifier: MIT
import HeliosMarket

/// A policy as the gate reads it: flat tables of numbers, made once.
///
/// What is counted together is a *tally*: tally n is scope n with all its orders, and behind those stands one for each pair of
/// a scope and a venue, or a scope and an asset class, that has limits. Freed by its owner (`deallocate`).
@safe
struct CompiledPolicy {
    /// The most levels between a strategy and the firm.
    static let depth = 8
    /// The most tallies that one order belongs to: at each level all, its venue and its class.
    static let width = depth * 3
    static let none = UInt16.max

    let table: LimitTable
    let scopes: Int
    let strategies: Int
    /// Venue numbers are 0 to `venues` − 1.
    let venues: Int
    let classes: Int
    let tallies: Int
    /// For each tally: its scope, its row of limits.
    let tallyScopes: UnsafeMutablePointer<UInt16>
    let tallyRows: UnsafeMutablePointer<UInt32>
    /// For each tally: 0 all, 1 a venue, 2 a class; and which.
    let tallyKinds: UnsafeMutablePointer<UInt8>
    let tallyTargets: UnsafeMutablePointer<UInt16>
    private let chains: UnsafeMutablePointer<UInt16>
    private let depths: UnsafeMutablePointer<UInt8>
    private let venueTallies: UnsafeMutablePointer<UInt16>
    private let classTallies: UnsafeMutablePointer<UInt16>
    private let eachRows: UnsafeMutablePointer<UInt32>
    private let ownRows: UnsafeMutablePointer<OwnRow>
    private let ownCount: Int
    let scopeKinds: UnsafeMutablePointer<UInt8>
    let testScopes: UnsafeMutablePointer<Bool>

    /// The row of limits of one instrument at a scope.
    private struct OwnRow: BitwiseCopyable {
        var symbol: UInt64
        var scope: UInt16
        var row: UInt32
    }

    init(_ policy: RiskPolicy) {
        var rows = PolicyRows(policy)
        // Tally numbers are 16 bits wide, the highest of which stands for none.
        scopes = min(max(policy.scopes.count, 1), 16_384)
        strategies = min(policy.strategies.count, Int(UInt16.max))
        venues = min(policy.venues.count, 1_023) + 1
        classes = min(policy.assetClasses.count, 255)
        rows.collect(policy, scopes: scopes, venues: venues, classes: classes)
        tallies = rows.tallies.count
        unsafe tallyScopes = .allocate(capacity: tallies)
        unsafe tallyRows = .allocate(capacity: tallies)
        unsafe tallyKinds = .allocate(capacity: tallies)
        unsafe tallyTargets = .allocate(capacity: tallies)
        unsafe venueTallies = .allocate(capacity: scopes * venues)
        unsafe venueTallies.initialize(repeating: CompiledPolicy.none, count: scopes * venues)
        unsafe classTallies = .allocate(capacity: scopes * max(classes, 1))
        unsafe classTallies.initialize(repeating: CompiledPolicy.none, count: scopes * max(classes, 1))
        for (number, tally) in rows.tallies.enumerated() {
            // Safe: `collect` gives only scopes, venues and classes that there are.
            unsafe tallyScopes[number] = UInt16(tally.scope)
            unsafe tallyRows[number] = tally.row
            unsafe tallyKinds[number] = tally.kind
            unsafe tallyTargets[number] = UInt16(tally.target)
            if tally.kind == 1 { unsafe venueTallies[tally.scope * venues + tally.target] = UInt16(number) }
            if tally.kind == 2 { unsafe classTallies[tally.scope * classes + tally.target] = UInt16(number) }
        }
        unsafe eachRows = .allocate(capacity: scopes)
        unsafe scopeKinds = .allocate(capacity: scopes)
        unsafe testScopes = .allocate(capacity: scopes)
        for scope in 0..<scopes {
            let known = scope < policy.scopes.count ? policy.scopes[scope] : RiskScope(.firm, "")
            // Safe: below the number of scopes.
            unsafe eachRows[scope] = rows.each[scope] ?? 0
            unsafe scopeKinds[scope] = known.kind.rawValue
            unsafe testScopes[scope] = known.isTest
        }
        ownCount = rows.own.count
        unsafe ownRows = .allocate(capacity: max(ownCount, 1))
        let sorted = rows.own.sorted { ($0.symbol.packed, $0.scope) < ($1.symbol.packed, $1.scope) }
        for (place, own) in sorted.enumerated() {
            unsafe ownRows[place] = OwnRow(symbol: own.symbol.packed, scope: UInt16(own.scope), row: own.row)
        }
        unsafe chains = .allocate(capacity: max(strategies, 1) * CompiledPolicy.depth)
        unsafe depths = .allocate(capacity: max(strategies, 1))
        for strategy in 0..<strategies {
            let chain = CompiledPolicy.chain(policy, policy.strategies[strategy], scopes)
            // Safe: a chain is at most `depth` long; an empty one belongs to a strategy that may not trade.
            unsafe depths[strategy] = UInt8(chain.count)
            for (level, scope) in chain.enumerated() {
                unsafe chains[strategy * CompiledPolicy.depth + level] = UInt16(scope)
            }
        }
        table = LimitTable(policy.limits, rows: rows.rows)
    }

    func deallocate() {
        table.deallocate()
        unsafe tallyScopes.deallocate()
        unsafe tallyRows.deallocate()
        unsafe tallyKinds.deallocate()
        unsafe tallyTargets.deallocate()
        unsafe chains.deallocate()
        unsafe depths.deallocate()
        unsafe venueTallies.deallocate()
        unsafe classTallies.deallocate()
        unsafe eachRows.deallocate()
        unsafe ownRows.deallocate()
        unsafe scopeKinds.deallocate()
        unsafe testScopes.deallocate()
    }

    /// From `scope` up to the firm; empty where that is not where it ends, or for too many levels.
    private static func chain(_ policy: RiskPolicy, _ scope: Int, _ scopes: Int) -> [Int] {
        guard scope >= 0, scope < min(scopes, policy.scopes.count) else { return [] }
        var chain = [scope]
        while let last = chain.last, last != 0 {
            guard let parent = policy.scopes[last].parent, parent >= 0, parent < last, chain.count < depth else {
                return []
            }
            chain.append(parent)
        }
        return chain
    }
}

// MARK: - Reading
extension CompiledPolicy {
    /// The levels of a strategy; 0 for one that may not trade.
    func depth(of strategy: Int) -> Int { strategy < strategies ? unsafe Int(depths[strategy]) : 0 }

    /// The scope at a level of a strategy's chain, from 0 for the strategy's own.
    ///
    /// The level must be below `depth(of:)`.
    func scope(of strategy: Int, level: Int) -> Int {
        // Safe: as the caller says.
        unsafe Int(chains[strategy * CompiledPolicy.depth + level])
    }

    /// Whether a strategy's orders belong to `scope`.
    func isUnder(_ strategy: Int, _ scope: Int) -> Bool {
        (0..<depth(of: strategy)).contains { self.scope(of: strategy, level: $0) == scope }
    }

    func venueTally(_ scope: Int, _ venue: Int) -> UInt16 { unsafe venueTallies[scope * venues + venue] }

    func classTally(_ scope: Int, _ assetClass: Int) -> UInt16 {
        assetClass < classes ? unsafe classTallies[scope * classes + assetClass] : CompiledPolicy.none
    }

    /// The row of limits of an instrument at a scope: its own, else that of each.
    func row(_ scope: Int, _ symbol: UInt64) -> UInt32 {
        var (low, high) = (0, ownCount)
        while low < high {
            let middle = (low + high) / 2
            // Safe: `middle` is below `ownCount`.
            let own = unsafe ownRows[middle]
            if own.symbol == symbol, Int(own.scope) == scope { return own.row }
            if (own.symbol, Int(own.scope)) < (symbol, scope) { low = middle + 1 } else { high = middle }
        }
        return unsafe eachRows[scope]
    }
}

/// The rows of limits and the tallies of a policy in the making.
private struct PolicyRows {
    struct Tally { var scope: Int, kind: UInt8, target: Int, row: UInt32 }
    struct Own { var scope: Int, symbol: Symbol, row: UInt32 }

    var rows: [[LimitKind: UInt32]] = [[:]]
    var tallies: [Tally] = []
    var each: [Int: UInt32] = [:]
    var own: [Own] = []

    private struct Place: Hashable {
        var scope: Int
        var target: LimitTarget
    }
    private var gathered: [Place: [LimitKind: UInt32]] = [:]
    private var order: [Place] = []

    init(_ policy: RiskPolicy) {
        for (number, limit) in policy.limits.enumerated() {
            let place = Place(scope: limit.scope, target: limit.target)
            if gathered[place] == nil { order.append(place) }
            // The first of two equal ones holds; `RiskPolicy.problems` names the second.
            if gathered[place]?[limit.kind] == nil { gathered[place, default: [:]][limit.kind] = UInt32(number) }
        }
    }

    private mutating func add(_ row: [LimitKind: UInt32]) -> UInt32 {
        guard !row.isEmpty else { return 0 }
        rows.append(row)
        return UInt32(rows.count - 1)
    }

    mutating func collect(_ policy: RiskPolicy, scopes: Int, venues: Int, classes: Int) {
        for scope in 0..<scopes {
            let row = add(gathered[Place(scope: scope, target: .all)] ?? [:])
            tallies.append(Tally(scope: scope, kind: 0, target: 0, row: row))
        }
        for place in order where place.scope >= 0 && place.scope < scopes && tallies.count < Int(UInt16.max) {
            let row = gathered[place] ?? [:]
            switch place.target {
            case .all: break
            case .eachInstrument: each[place.scope] = add(row)
            case .instrument(let symbol):
                let common = gathered[Place(scope: place.scope, target: .eachInstrument)] ?? [:]
                let merged = common.merging(row) { _, own in own }
                own.append(Own(scope: place.scope, symbol: symbol, row: add(merged)))
            case .venue(let id):
                guard Int(id) < venues else { continue }
                tallies.append(Tally(scope: place.scope, kind: 1, target: Int(id), row: add(row)))
            case .assetClass(let number):
                guard Int(number) < classes else { continue }
                tallies.append(Tally(scope: place.scope, kind: 2, target: Int(number), row: add(row)))
            }
        }
    }
}
