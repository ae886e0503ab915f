// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosSurveillance
import Testing

@Suite("Use of limits, by what they are about")
struct LimitUseTests {
    @Test func `a limit of one stock far above its orders is wide, and one of a stock that nobody trades is unused`()
        throws
    {
        let day = try ReviewedDay()
        let names = try day.names(of: day)
        let traded = day.executions[0]
        let symbol = try #require(
            names.symbols.indices.contains(traded.instrument.index) ? names.symbols[traded.instrument.index] : nil
        )
        var policy = RiskPolicy(simple: day.day.settings.limits)
        policy.assetClasses = ["shares", "others"]
        policy.otherInstruments?.assetClass = 0
        let firm = policy.limits.count
        let million = Int128(Quantity(5_000_000).raw)
        policy.limits += [
            RiskLimit(0, .instrument(symbol), .orderQuantity, hard: million),
            RiskLimit(0, .instrument(try #require(Symbol("NOBODY"))), .orderQuantity, hard: million),
            RiskLimit(0, .assetClass(0), .orderQuantity, hard: million),
            RiskLimit(0, .assetClass(1), .orderQuantity, hard: million),
            RiskLimit(0, .venue(0), .orderNotional, hard: Money(1_000_000_000).raw),
        ]
        var replay = try day.day.replay(day.disk)
        replay.settings.policy = policy
        var watched = day.names
        watched.policy = policy
        let review = try SessionReviewer(replay, names: watched).run(day.disk)
        #expect(review.outcome.divergence == nil)
        let uses = Array(review.uses[firm...])
        let sent = review.orders.filter { !$0.isRefused }
        let own = sent.filter { $0.order.instrument == traded.instrument }
        #expect(uses.map(\.samples).prefix(4) == [own.count, 0, sent.count, 0])
        #expect(uses[0].peak == own.map { Int128($0.order.quantity.raw) }.max())
        // Each instrument's limit is not about the one that has its own.
        let each = try #require(policy.limits.firstIndex { $0.target == .eachInstrument && $0.kind == .orderQuantity })
        #expect(review.uses[each].samples == sent.count - own.count)

        let found = ControlEffectiveness(RiskHistory(), day: "2026-11-20", uses: uses)
        #expect(found.limits.map(\.isTooWide).prefix(4) == [true, false, true, false])
        #expect(found.limits.map(\.isNeverUsed).prefix(4) == [false, true, false, true])
    }
}
