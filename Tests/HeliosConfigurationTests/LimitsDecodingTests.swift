// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosRisk
import Testing

@Suite("Limits files: what they mean")
struct LimitsDecodingTests {
    private func money(_ units: Int) -> Int128 { Money(units).raw }
    private func shares(_ count: Int) -> Int128 { Int128(Quantity(count).raw) }

    @Test func `a small firm has its limits and the standard ones`() throws {
        let limits = try LimitsSamples.read(LimitsSamples.small)
        let policy = limits.policy
        #expect(policy.scopes == [RiskScope(.firm, "firm"), RiskScope(.strategy, "pairs", parent: 0)])
        #expect(policy.strategies == [1])
        #expect(policy.limits.contains(RiskLimit(0, .all, .credit, hard: money(60_000_000))))
        #expect(policy.limits.contains(RiskLimit(0, .eachInstrument, .position, hard: shares(20_000))))
        // The sheet's defaults, section 3.
        #expect(policy.limits.contains(RiskLimit(0, .all, .walk, hard: 200, window: 60_000_000_000)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .messageRate, hard: 200)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .messageBurst, hard: 400)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .executions, hard: 50, window: 60_000_000_000)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .duplicates, hard: 5, window: 500_000_000)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .participation, hard: 2_000)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .predictedCost, hard: 50)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .openOrders, hard: 500)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .orderTradeRatio, hard: 500)))
        #expect(policy.limits.contains(RiskLimit(0, .all, .orderVolumeShare, hard: 100)))
        #expect(policy.limits.count == 18 && limits.standardLimits.count == 10)
        #expect(limits.notices == [])
        #expect(policy.version != 0)
    }

    @Test func `every form is read exactly`() throws {
        let policy = try LimitsSamples.read(LimitsSamples.full).policy
        #expect(policy.scopes.map(\.name) == ["Example Capital", "equities", "MAIN", "kim", "pairs-oil", "pairs"])
        #expect(policy.scopes.map(\.parent) == [nil, 0, 1, 2, 3, 3])
        let half = try Money(decimal: "400000.50").raw
        #expect(policy.limits.contains(RiskLimit(0, .all, .orderNotional, hard: money(500_000), soft: half)))
        #expect(
            policy.limits.contains(RiskLimit(0, .all, .netNotional, hard: money(10_000_000), soft: money(8_000_000)))
        )
        #expect(policy.limits.contains(RiskLimit(0, .all, .walk, hard: 150, window: 30_000_000_000)))
        #expect(policy.limits.contains(RiskLimit(4, .all, .executions, hard: 20, window: 10_000_000_000)))
        #expect(policy.limits.contains(RiskLimit(0, .venue(2), .openOrders, hard: 300, soft: 250)))
        #expect(policy.limits.contains(RiskLimit(0, .assetClass(0), .grossNotional, hard: money(5_000_000))))
        let xom = try #require(Symbol("XOM"))
        #expect(policy.limits.contains(RiskLimit(0, .instrument(xom), .position, hard: shares(5_000))))
        #expect(policy.assetClasses == ["energy"] && policy.venues == ["ALFA", "BRAVO"])
        #expect(policy.selfTrade == .cancelOldest)
        #expect(policy.market.collarFrom50 == 200 && policy.market.collarPassive == 2_500)
        #expect(policy.market.staleAge == 2_000_000_000 && policy.market.collarFrom25 == 500)
        let profile = try #require(policy.instruments.first { $0.symbol == xom })
        #expect(profile.averageDailyVolume == Quantity(15_000_000) && profile.issuer == "Exxon")
        #expect(try profile.priorClose == Price(decimal: "103.25") && profile.lot == Quantity(1))
        #expect(policy.otherInstruments?.averageDailyVolume == InstrumentLimits.volumeUnknown)
        #expect(policy.restrictions.count == 2 && policy.restrictions[1].scope == 2)
        #expect(policy.permissions[1].venues == [2] && policy.permissions[1].types == [.limit])
        #expect(policy.identities[1].role == .riskOfficer && policy.identities[1].publicKey.first == 0xD7)
        #expect(policy.manifest == RiskManifest(build: 0x8F3C_11D0_A4BE_7725, configuration: 0x02AA_19CC_7E5D_6B10))
        #expect(policy.envelopes[0].orders == 20_000 && policy.envelopes[0].venues == [1])
    }

    @Test(
        "the resolved text means the same and has the same number",
        arguments: [LimitsSamples.small, LimitsSamples.full]
    )
    func roundTrip(_ text: String) throws {
        let first = try LimitsSamples.read(text)
        let second = try LimitsSamples.read(first.resolvedText)
        #expect(second.policy == first.policy)
        #expect(second.resolvedText == first.resolvedText)
    }

    @Test func `the order in a file does not matter, a value does`() throws {
        let first = try LimitsSamples.read(LimitsSamples.small)
        let turned = LimitsSamples.small.replacing(
            "orderQuantity: 10_000, position: 20_000",
            with: "position: 20_000, orderQuantity: 10000.00"
        )
        #expect(turned != LimitsSamples.small)
        #expect(try LimitsSamples.read(turned).policy == first.policy)
        let other = LimitsSamples.small.replacing("position: 20_000", with: "position: 20_001")
        #expect(try LimitsSamples.read(other).policy.version != first.policy.version)
    }

    @Test func `strategies of a run find their entries by name and number`() throws {
        let limits = try LimitsSamples.read(LimitsSamples.full)
        #expect(try limits.policy(for: ["pairs", "pairs", "pairs"]).strategies == [5, 4, 5])
        #expect(try limits.policy(for: ["pairs", "pairs"]).envelopes.map(\.orders) == [nil, 20_000])
        #expect(throws: ConfigurationErrors.self) { try limits.policy(for: ["pairs", "queue-imbalance"]) }
    }

    @Test func `standard limits are only added where a strategy meets none, and once`() throws {
        var policy = RiskPolicy()
        policy.scopes = [
            RiskScope(.firm, "f"), RiskScope(.account, "a", parent: 0), RiskScope(.strategy, "s", parent: 1),
            RiskScope(.strategy, "t", parent: 0),
        ]
        policy.limits = [
            RiskLimit(1, .all, .openOrders, hard: 7), RiskLimit(0, .eachInstrument, .walk, hard: 9, window: 1),
        ]
        policy.addDefaults()
        #expect(policy.limits.contains(RiskLimit(0, .all, .openOrders, hard: 500)))
        #expect(!policy.limits.contains { $0.kind == .walk && $0.hard == 200 })
        let once = policy
        policy.addDefaults()
        #expect(policy == once)
        policy.limits = [RiskLimit(1, .all, .openOrders, hard: 7), RiskLimit(3, .all, .openOrders, hard: 8)]
        policy.addDefaults()
        #expect(policy.limits.filter { $0.kind == .openOrders }.count == 2)
    }
}
