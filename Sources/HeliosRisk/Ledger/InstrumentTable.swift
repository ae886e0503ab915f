// SPDX-License-Identifier: MIT
import HeliosMarket

/// What the gate knows of an instrument: its profile, prepared so that a check need not divide.
struct InstrumentFacts: BitwiseCopyable {
    var lot = Grid(step: 0)
    var tick = Grid(step: 0)
    var tickBelowOne = Grid(step: 0)
    var volume: Int64 = 0
    var priorClose = Price.zero
    var dailyVolatility: Int64 = 0
    var halfSpread: Int64 = 0
    /// 0 while the instrument has no name.
    var symbol: UInt64 = 0
    /// The place of the issuer among those of the restrictions, plus one; 0 for none of them.
    var issuer: UInt32 = 0
    /// `UInt8.max` belongs to none.
    var assetClass: UInt8 = .max
    var bandTier: UInt8 = 0
    var isTest = false
    /// The policy has something to say about it.
    var isKnown = false

    init() {}

    init(_ profile: InstrumentProfile, issuers: [String]) {
        lot = Grid(step: profile.lot.raw)
        tick = Grid(step: profile.tick.raw)
        tickBelowOne = Grid(step: profile.tickBelowOne.raw)
        volume = max(profile.averageDailyVolume.raw, 0)
        priorClose = profile.priorClose
        dailyVolatility = min(max(profile.dailyVolatility, 0), 1 << 40)
        halfSpread = min(max(profile.halfSpread, 0), 1 << 40)
        if !profile.issuer.isEmpty, let place = issuers.firstIndex(of: profile.issuer) { issuer = UInt32(place + 1) }
        assetClass = profile.assetClass ?? .max
        bandTier = profile.bandTier
        isTest = profile.isTest
        isKnown = true
    }

    /// The price grid at `price`.
    @inline(__always)
    func grid(at price: Int64) -> Grid { price >= Price.scale ? tick : tickBelowOne }
}

/// The instruments with a place in the gate, and the profiles of those that may still be named.
@safe
struct InstrumentTable {
    let facts: UnsafeMutablePointer<InstrumentFacts>
    let count: Int
    /// The policy's profiles by name, sorted; for instruments that are named while the gate works.
    private let profiles: UnsafeMutablePointer<InstrumentFacts>
    private let profileCount: Int
    private let others: InstrumentFacts
    /// What is known while an instrument has no name: nothing, where the policy says something about names.
    private let unnamed: InstrumentFacts
    /// P19: shares that the policy says may be borrowed, by name.
    let locates: SymbolNumbers

    init(_ policy: RiskPolicy, _ directory: InstrumentDirectory, count: Int) {
        self.count = count
        let issuers = policy.restrictions.compactMap(\.issuer)
        var known = InstrumentFacts()
        if let profile = policy.otherInstruments { known = InstrumentFacts(profile, issuers: issuers) }
        others = known
        known.isKnown = known.isKnown && !policy.namesInstruments
        unnamed = known
        locates = SymbolNumbers(policy.locates.map { ($0.symbol.packed, max($0.quantity.raw, 0)) })
        let sorted = policy.instruments.sorted { $0.symbol.packed < $1.symbol.packed }
        profileCount = sorted.count
        unsafe profiles = .allocate(capacity: max(profileCount, 1))
        for (place, profile) in sorted.enumerated() {
            var facts = InstrumentFacts(profile, issuers: issuers)
            facts.symbol = profile.symbol.packed
            unsafe profiles[place] = facts
        }
        unsafe facts = .allocate(capacity: max(count, 1))
        unsafe facts.initialize(repeating: known, count: max(count, 1))
        for (index, symbol) in directory.symbols.prefix(count).enumerated() {
            unsafe facts[index] = profile(of: symbol.packed)
        }
    }

    func deallocate() {
        unsafe facts.deallocate()
        unsafe profiles.deallocate()
        locates.deallocate()
    }

    /// The profile of a symbol, the first of two equal ones; that of an instrument without a name for 0.
    func profile(of symbol: UInt64) -> InstrumentFacts {
        if symbol == 0 { return unnamed }
        var (low, high) = (0, profileCount)
        while low < high {
            let middle = (low + high) / 2
            // Safe: `middle` is below the number of profiles.
            if unsafe profiles[middle].symbol < symbol { low = middle + 1 } else { high = middle }
        }
        if low < profileCount, unsafe profiles[low].symbol == symbol { return unsafe profiles[low] }
        var facts = others
        facts.symbol = symbol
        return facts
    }
}

extension RiskPolicy {
    /// Whether anything in the policy is about an instrument by its name: then an order in one that has none yet can't be judged.
    var namesInstruments: Bool {
        let isLimited = limits.contains { if case .instrument = $0.target { true } else { false } }
        let isRestricted = restrictions.contains { $0.symbol != nil || $0.issuer != nil }
        let isGranted = permissions.contains { $0.symbols != nil }
        let isDeclared = envelopes.contains { $0.symbols != nil }
        return isLimited || isRestricted || isGranted || isDeclared || !instruments.isEmpty || !locates.isEmpty
    }
}
