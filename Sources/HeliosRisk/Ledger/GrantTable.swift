// SPDX-License-Identifier: MIT
import HeliosMarket

/// Who may trade what (P18, P22, P23, P27), as flat lists that are read once for each strategy, instrument and venue.
@safe
struct GrantTable {
    /// What the rules say about the orders of a strategy in an instrument at a venue.
    struct Verdict: BitwiseCopyable {
        /// Bit `OrderType.rawValue` says that the type may be sent (P22).
        var types: UInt8 = 0
        /// P18: the restriction's place plus one; 0 for none.
        var restriction: UInt32 = 0
        /// P18: reductions pass the restriction.
        var allowsReductions = true
        /// P23: within the instruments and venues that the strategy declared.
        var isDeclared = true
    }

    /// What a strategy declared, for each order.
    struct Envelope: BitwiseCopyable {
        var orders: Int64 = .max
        var priceMin: Int64 = .min
        var priceMax: Int64 = .max
        var notionalMax: Int128 = .max
    }

    private struct Grant: BitwiseCopyable {
        var scope: UInt16
        var types: UInt8
        /// Ranges in `words`; −1 stands for all.
        var symbols: Int32
        var symbolCount: Int32
        var classes: Int32
        var classCount: Int32
        var venues: Int32
        var venueCount: Int32
    }

    private struct Ban: BitwiseCopyable {
        var symbol: UInt64
        var issuer: UInt32
        var scope: UInt16
        var allowsReductions: Bool
    }

    private let words: UnsafeMutablePointer<UInt64>
    private let grants: UnsafeMutablePointer<Grant>
    private let grantCount: Int
    private let bans: UnsafeMutablePointer<Ban>
    private let banCount: Int
    private let declared: UnsafeMutablePointer<Grant>
    private let envelopes: UnsafeMutablePointer<Envelope>
    private let envelopeCount: Int

    init(_ policy: RiskPolicy) {
        var list: [UInt64] = []
        func range(_ values: [UInt64]?) -> (Int32, Int32) {
            guard let values else { return (-1, 0) }
            list += values
            return (Int32(list.count - values.count), Int32(values.count))
        }
        func grant(_ scope: Int, _ permission: Permission) -> Grant {
            let types = permission.types.map { $0.reduce(0) { $0 | 1 << $1.rawValue } } ?? UInt8.max
            let symbols = range(permission.symbols?.map(\.packed))
            let classes = range(permission.assetClasses?.map(UInt64.init))
            let venues = range(permission.venues?.map(UInt64.init))
            return Grant(
                scope: UInt16(clamping: scope),
                types: types,
                symbols: symbols.0,
                symbolCount: symbols.1,
                classes: classes.0,
                classCount: classes.1,
                venues: venues.0,
                venueCount: venues.1
            )
        }
        let granted = policy.permissions.map { grant($0.scope, $0) }
        let promised = policy.envelopes.map { grant(0, Permission(scope: 0, symbols: $0.symbols, venues: $0.venues)) }
        let issuers = policy.restrictions.compactMap(\.issuer)
        grantCount = granted.count
        unsafe grants = .allocate(capacity: max(grantCount, 1))
        for (place, grant) in granted.enumerated() { unsafe grants[place] = grant }
        envelopeCount = promised.count
        unsafe declared = .allocate(capacity: max(envelopeCount, 1))
        unsafe envelopes = .allocate(capacity: max(envelopeCount, 1))
        for (place, envelope) in policy.envelopes.enumerated() {
            unsafe declared[place] = promised[place]
            unsafe envelopes[place] = Envelope(
                orders: Int64(envelope.orders ?? .max),
                priceMin: envelope.priceMin?.raw ?? .min,
                priceMax: envelope.priceMax?.raw ?? .max,
                notionalMax: envelope.notionalMax ?? .max
            )
        }
        banCount = policy.restrictions.count
        unsafe bans = .allocate(capacity: max(banCount, 1))
        for (place, item) in policy.restrictions.enumerated() {
            unsafe bans[place] = Ban(
                symbol: item.symbol?.packed ?? 0,
                issuer: item.issuer.flatMap { issuers.firstIndex(of: $0) }.map { UInt32($0 + 1) } ?? 0,
                scope: UInt16(clamping: item.scope ?? 0),
                allowsReductions: item.allowsReductions
            )
        }
        unsafe words = .allocate(capacity: max(list.count, 1))
        for (place, word) in list.enumerated() { unsafe words[place] = word }
    }

    func deallocate() {
        unsafe words.deallocate()
        unsafe grants.deallocate()
        unsafe bans.deallocate()
        unsafe declared.deallocate()
        unsafe envelopes.deallocate()
    }

    /// What holds for the orders of `strategy` in an instrument at a venue.
    func verdict(_ policy: CompiledPolicy, _ strategy: Int, _ facts: InstrumentFacts, venue: Int) -> Verdict {
        var verdict = Verdict()
        for place in 0..<grantCount {
            let grant = unsafe grants[place]
            guard policy.isUnder(strategy, Int(grant.scope)), covers(grant, facts, venue) else { continue }
            verdict.types |= grant.types
        }
        for place in 0..<banCount {
            let ban = unsafe bans[place]
            guard ban.symbol == 0 || ban.symbol == facts.symbol, ban.issuer == 0 || ban.issuer == facts.issuer,
                policy.isUnder(strategy, Int(ban.scope))
            else { continue }
            // The stricter of two restrictions names the refusal.
            if verdict.restriction == 0 || verdict.allowsReductions { verdict.restriction = UInt32(place + 1) }
            verdict.allowsReductions = verdict.allowsReductions && ban.allowsReductions
        }
        if strategy < envelopeCount { verdict.isDeclared = unsafe covers(declared[strategy], facts, venue) }
        return verdict
    }

    /// Whether a strategy declared anything.
    func hasEnvelope(_ strategy: Int) -> Bool { strategy < envelopeCount }

    /// What a strategy declared of each of its orders.
    func envelope(_ strategy: Int) -> Envelope {
        strategy < envelopeCount ? unsafe envelopes[strategy] : Envelope()
    }

    private func covers(_ grant: Grant, _ facts: InstrumentFacts, _ venue: Int) -> Bool {
        contains(grant.symbols, grant.symbolCount, facts.symbol)
            && contains(grant.classes, grant.classCount, UInt64(facts.assetClass))
            && contains(grant.venues, grant.venueCount, UInt64(venue))
    }

    private func contains(_ start: Int32, _ count: Int32, _ word: UInt64) -> Bool {
        if start < 0 { return true }
        // Safe: `start` and `count` name a range of `words`.
        for place in Int(start)..<Int(start + count) where unsafe words[place] == word { return true }
        return false
    }
}
