// SPDX-License-Identifier: MIT
import HeliosMarket

/// A digest of everything in a policy that decides, so that a saved state is not taken under another one.
struct PolicyPrint {
    private var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The digest: FNV-1a over the policy's numbers and names.
    static func of(_ policy: RiskPolicy) -> UInt64 {
        var print = PolicyPrint()
        for scope in policy.scopes {
            print.mix(scope.name)
            print.mix([Int128(scope.kind.rawValue), Int128(scope.parent ?? -1), scope.isTest ? 1 : 0])
        }
        print.mix(policy.strategies.map { Int128($0) })
        for limit in policy.limits { print.mix(limit) }
        for profile in policy.instruments { print.mix(profile) }
        if let others = policy.otherInstruments { print.mix(others) }
        print.mix([Int128(policy.venues.count), Int128(policy.assetClasses.count), policy.isTestSession ? 1 : 0])
        print.mix([
            Int128(policy.selfTrade.rawValue), Int128(policy.shortSales.rawValue), Int128(policy.identities.count),
        ])
        print.mix("\(policy.restrictions) \(policy.permissions) \(policy.envelopes) \(policy.locates)")
        return print.value
    }

    private mutating func mix(_ limit: RiskLimit) {
        mix([Int128(limit.scope), Int128(limit.kind.rawValue), limit.hard, limit.soft ?? -1, Int128(limit.window)])
        mix("\(limit.target)")
    }

    private mutating func mix(_ profile: InstrumentProfile) {
        mix([
            Int128(profile.symbol.packed), Int128(profile.lot.raw), Int128(profile.tick.raw),
            Int128(profile.tickBelowOne.raw), Int128(profile.averageDailyVolume.raw), Int128(profile.priorClose.raw),
            Int128(profile.assetClass ?? .max), Int128(profile.bandTier), Int128(profile.dailyVolatility),
            Int128(profile.halfSpread), profile.isTest ? 1 : 0,
        ])
        mix(profile.issuer)
    }

    private mutating func mix(_ numbers: [Int128]) {
        for number in numbers {
            mix(UInt64(truncatingIfNeeded: number))
            mix(UInt64(truncatingIfNeeded: number >> 64))
        }
    }

    private mutating func mix(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
        mix(UInt64(0xFF))
    }

    private mutating func mix(_ word: UInt64) {
        // Wrapping is meant: this is a hash.
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        value ^= value >> 29
    }
}
