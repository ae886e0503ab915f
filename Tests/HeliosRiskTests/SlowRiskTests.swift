// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

/// The gate against a ledger that adds everything up anew at each step.
///
/// 10^6 steps in an optimised build: orders of four strategies in two accounts, at two venues, partial fills, cancels that come
/// late, quotes, losses that stop a scope, and two people who let it go on.
@Suite("The gate against a slow ledger")
struct SlowRiskTests {
    #if DEBUG
    private static let steps = 6_000
    #else
    private static let steps = 250_000
    #endif

    static let symbols = ["AAA", "BBB", "CCC", "DDD"].compactMap { Symbol($0) }

    /// One firm, two desks, three accounts, four strategies; limits of every summing kind at scopes of every level.
    static func policy() -> RiskPolicy {
        var policy = RiskPolicy(simple: RiskLimits.standard(dayLoss: Money(1), notional: Money(1)), strategies: 0)
        policy.scopes = [
            RiskScope(.firm, "firm"), RiskScope(.desk, "cash", parent: 0), RiskScope(.desk, "arbitrage", parent: 0),
            RiskScope(.account, "A", parent: 1), RiskScope(.account, "B", parent: 2),
            RiskScope(.account, "C", parent: 2),
            RiskScope(.strategy, "one", parent: 3), RiskScope(.strategy, "two", parent: 3),
            RiskScope(.strategy, "three", parent: 4), RiskScope(.strategy, "four", parent: 5),
        ]
        policy.strategies = [6, 7, 8, 9]
        policy.permissions = [Permission(scope: 0)]
        policy.assetClasses = ["energy", "metals"]
        policy.venues = ["X", "Y"]
        policy.otherInstruments = nil
        policy.instruments = symbols.enumerated().map { number, symbol in
            var profile = InstrumentProfile(symbol)
            profile.lot = Quantity(1)
            profile.tick = Price(raw: Price.scale / 100)
            profile.tickBelowOne = Price(raw: Price.scale / 10_000)
            profile.averageDailyVolume = InstrumentLimits.volumeUnknown
            profile.assetClass = UInt8(number / 2)
            return profile
        }
        policy.locates = symbols.map { Locate($0, Quantity(1_000_000_000), reference: "test") }
        policy.limits = summing + wide
        return policy
    }

    private static func shares(_ number: Int) -> Int128 { Int128(Quantity(number).raw) }
    private static func money(_ number: Int) -> Int128 { Money(number).raw }

    /// Tight enough that each refuses some of what is asked for.
    private static let summing: [RiskLimit] = [
        RiskLimit(0, .eachInstrument, .orderQuantity, hard: shares(500)),
        RiskLimit(6, .all, .orderQuantity, hard: shares(450)),
        RiskLimit(0, .all, .orderNotional, hard: money(48_000)),
        RiskLimit(4, .assetClass(1), .orderNotional, hard: money(30_000)),
        RiskLimit(0, .eachInstrument, .position, hard: shares(2_500)),
        RiskLimit(0, .instrument(symbols[1]), .position, hard: shares(1_500)),
        RiskLimit(3, .eachInstrument, .position, hard: shares(1_400)),
        RiskLimit(5, .assetClass(0), .position, hard: shares(1_800)),
        RiskLimit(9, .venue(2), .position, hard: shares(1_200)),
        RiskLimit(7, .all, .position, hard: shares(2_000)),
        RiskLimit(0, .eachInstrument, .dayQuantity, hard: shares(4_000_000)),
        RiskLimit(8, .all, .dayQuantity, hard: shares(6_000_000)),
        RiskLimit(0, .all, .grossNotional, hard: money(700_000)),
        RiskLimit(1, .all, .grossNotional, hard: money(350_000)),
        RiskLimit(2, .assetClass(1), .grossNotional, hard: money(220_000)),
        RiskLimit(0, .venue(1), .grossNotional, hard: money(420_000)),
        RiskLimit(0, .all, .netNotional, hard: money(300_000)),
        RiskLimit(4, .all, .netNotional, hard: money(150_000)),
        RiskLimit(0, .all, .credit, hard: money(800_000)),
        RiskLimit(5, .eachInstrument, .credit, hard: money(160_000)),
        RiskLimit(0, .all, .openOrders, hard: 60),
        RiskLimit(6, .all, .openOrders, hard: 12),
        RiskLimit(0, .venue(2), .openOrders, hard: 35),
        RiskLimit(0, .all, .dayLoss, hard: money(40_000)),
        RiskLimit(0, .all, .drawdown, hard: money(50_000)),
        RiskLimit(3, .all, .dayLoss, hard: money(15_000)),
        RiskLimit(8, .all, .drawdown, hard: money(9_000)),
        RiskLimit(9, .eachInstrument, .dayLoss, hard: money(6_000)),
    ]

    /// Never reached here: pieces with oracles of their own.
    private static let wide: [RiskLimit] = [
        RiskLimit(0, .all, .orderVolumeShare, hard: 10_000),
        RiskLimit(0, .all, .walk, hard: 100_000, window: 60_000_000_000),
        RiskLimit(0, .all, .messageRate, hard: 1_000_000_000),
        RiskLimit(0, .all, .messageBurst, hard: 1_000_000_000),
        RiskLimit(0, .all, .executions, hard: 1_000, window: 1_000),
        RiskLimit(0, .all, .duplicates, hard: 1_000, window: 1),
        RiskLimit(0, .all, .participation, hard: 1_000_000),
        RiskLimit(0, .all, .predictedCost, hard: 1_000_000),
        RiskLimit(0, .all, .orderTradeRatio, hard: 1_000_000_000),
    ]

    @Test(
        "every verdict is the slow ledger's, and no limit is ever passed, with everything in flight",
        arguments: [1, 2, 3, 4] as [UInt64]
    )
    func agreement(seed: UInt64) throws {
        let run = SlowRun(seed: seed, orders: SlowRiskTests.steps)
        for _ in 0..<SlowRiskTests.steps {
            if let complaint = run.step() {
                Issue.record("seed \(seed), step \(run.steps): \(complaint)")
                return
            }
        }
        // What was never refused was not tested.
        var controls: [RiskControl] = [.p01, .p02, .p11, .p12, .p13, .p16]
        #if !DEBUG
        // So few steps seldom bring a loss, or as many live orders.
        controls += [.p14, .p25]
        #endif
        for control in controls {
            #expect(run.refusals[control, default: 0] > 0, "\(control.name) refused nothing")
        }
        #expect(run.cleared > SlowRiskTests.steps / 20)
        #expect(run.cancelsInFlight > 0)
    }
}
