// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

@Suite("The trading day of a session that nobody has begun")
struct TradingDayTests {
    /// Asks for 100 at 10.02 at a time of day, 10.00 bid and 10.02 offered, yesterday's close at 9.50; the control that refuses.
    private func ask(at timeOfDay: Nanoseconds) throws -> RiskRefusal? {
        let day = try #require(TradingDay("2026-07-01"))
        let now = day.midnight + timeOfDay
        let shares = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(1_000),
            maxPosition: Quantity(100_000),
            maxDayQuantity: Quantity(1_000_000),
            averageDailyVolume: InstrumentLimits.volumeUnknown
        )
        let limits = RiskLimits.standard(dayLoss: Money(100_000), notional: Money(1_000_000_000), instrument: shares)
        var policy = RiskPolicy(simple: limits)
        let symbol = try #require(Symbol("S0"))
        var profile = try #require(policy.otherInstruments)
        profile.symbol = symbol
        profile.bandTier = 1
        profile.priorClose = price(950)
        policy.instruments = [profile]
        var directory = InstrumentDirectory()
        _ = directory.register(symbol)
        let market = MarketState(
            books: try BookSet(capacity: BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)),
            orders: 100,
            instruments: 2,
            policy: policy,
            directory: directory
        )
        var strategy = ScriptedStrategy()
        strategy.atTimer = { _, intents in _ = intents.submit(stock, .buy, Quantity(100), at: price(1_002)) }
        var engine = Engine(
            market: market,
            strategy: strategy,
            gateway: KeepingGateway(),
            observer: Refusals(),
            fees: FeeSchedule()
        )
        let before = now.nanoseconds - 1_000_000
        engine.apply(
            Event(eventTime: now, receiveTime: now, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q")))
        )
        engine.apply(
            Event(
                eventTime: now,
                receiveTime: now,
                instrument: stock,
                kind: .tradingStatus,
                detail: UInt64(UInt8(ascii: "T"))
            )
        )
        engine.apply(add(1, .buy, 500, 1_000, at: before))
        engine.apply(add(2, .sell, 500, 1_002, at: before))
        engine.apply(timer(at: now.nanoseconds))
        return engine.observer.last
    }

    @Test func `the bands are as wide as the time of day in New York says`() throws {
        // 5 % around 9.50, and twice as much in the session's last twenty-five minutes.
        let noon = try ask(at: 43_200_000_000_000)
        #expect(noon?.control == .p21 && noon?.reason == .band)
        let late = try ask(at: 56_200_000_000_000)
        #expect(late == nil)
    }
}

/// Keeps the last refusal.
private struct Refusals: EngineObserver {
    var last: RiskRefusal?
    mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {}
    mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {
        last = refusal
    }
    mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {}
}
