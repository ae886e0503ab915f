// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import Testing

@Suite("Fees by liquidity, venue and tier")
struct FeeTests {
    private let shares = Quantity(100)

    private func cents(_ hundredths: Int64) -> Price { Price(raw: hundredths * 10_000) }

    /// Rates in hundredths of a cent: 30 taking, −20 resting; better from 1,000 shares on; venue 2 apart.
    private func schedule() -> FeeSchedule {
        var fees = FeeSchedule(maker: cents(-20), taker: cents(30))
        #expect(fees.isPlain)
        let isWhole =
            fees.add(.init(volume: Quantity(1_000), maker: cents(-25), taker: cents(29)))
            && fees.add(.init(volume: Quantity(5_000), maker: cents(-30), taker: cents(28)))
            && fees.add(.init(venue: Venue(id: 2), maker: cents(10), taker: cents(-5)))
        #expect(isWhole)
        #expect(!fees.isPlain)
        return fees
    }

    private func rate(
        _ fees: FeeSchedule,
        _ volume: Int,
        maker: Bool = false,
        venue: UInt16 = 1,
        flags: EventFlags = []
    ) -> Money {
        let report = Event(venue: Venue(id: venue), kind: .orderFilled, flags: flags)
        return fees.fee(shares, report, isMaker: maker, volume: Quantity(volume))
    }

    @Test func `the highest tier that was reached counts`() {
        let fees = schedule()
        #expect(
            [0, 999, 1_000, 4_999, 5_000, 90_000].map { rate(fees, $0) }
                == [30, 30, 29, 29, 28, 28].map {
                    Money(cents($0), times: shares)
                }
        )
        #expect(
            [0, 1_000, 5_000].map { rate(fees, $0, maker: true) }
                == [-20, -25, -30].map {
                    Money(cents($0), times: shares)
                }
        )
    }

    @Test func `a venue's own rule comes before those for all`() {
        let fees = schedule()
        #expect(rate(fees, 9_000, venue: 2) == Money(cents(-5), times: shares))
        #expect(rate(fees, 0, maker: true, venue: 2) == Money(cents(10), times: shares))
    }

    @Test func `auctions and hidden liquidity have their own rates, or the plain ones`() {
        var fees = schedule()
        #expect(rate(fees, 0, flags: .auction) == Money(cents(30), times: shares))
        fees.auction = cents(15)
        fees.hidden = cents(-1)
        #expect(rate(fees, 9_000, flags: .auction) == Money(cents(15), times: shares))
        #expect(rate(fees, 9_000, maker: true, flags: .hidden) == Money(cents(-1), times: shares))
    }

    @Test func `there is room for so many rules and no more`() {
        var fees = FeeSchedule()
        let room = FeeSchedule.maximumRules
        let added = (0...room).map { index in
            fees.add(.init(volume: Quantity(index), maker: cents(1), taker: cents(1)))
        }
        #expect(added == [Bool](repeating: true, count: room) + [false])
        #expect(fees.ruleCount == room && _isPOD(FeeSchedule.self))
    }

    @Test(arguments: [
        ("2026-01-30", "2026-01-31", false), ("2026-01-30", "2026-02-02", true), ("2026-02-27", "2026-03-02", true),
        ("2024-02-28", "2024-02-29", false), ("2024-02-29", "2024-03-01", true), ("2026-12-31", "2027-01-01", true),
        ("2026-01-05", "2027-01-05", true),
    ])
    func `volume counts from zero with the month`(_ last: String, _ next: String, _ isNew: Bool) throws {
        var fees = schedule()
        let before = try #require(TradingDay(last)).midnight + 57_600_000_000_000
        let midnight = try #require(TradingDay(next)).midnight
        #expect(fees.beginsAnew(on: midnight, after: before) == isNew)
        fees.period = .day
        #expect(fees.beginsAnew(on: midnight, after: before))
    }

    private func engine(_ fees: FeeSchedule) throws -> TestEngine {
        var strategy = ScriptedStrategy()
        strategy.atTimer = { _, intents in _ = intents.submit(stock, .buy, Quantity(900), at: price(1_002)) }
        var engine = try makeEngine(strategy, fees: fees)
        for order in 1...4 {
            engine.apply(timer(at: Nanoseconds(order * 10)))
            engine.apply(
                report(
                    .orderFilled,
                    OrderID(order),
                    900,
                    1_002,
                    execution: UInt64(order),
                    at: Nanoseconds(order * 10 + 1)
                )
            )
        }
        return engine
    }

    @Test func `an engine counts its volume: each fill pays the tier before it`() throws {
        let engine = try engine(schedule())
        // 900 and 900 at 30 (0 and 900 before), 900 and 900 at 29 (1,800 and 2,700 before).
        let paid = Money(cents(30), times: Quantity(1_800)) + Money(cents(29), times: Quantity(1_800))
        #expect(engine.market.risk.exposure(stock).fees == paid.raw)
    }

    @Test func `a new day begins the day's tiers again, not the month's`() throws {
        for period in [FeeSchedule.Period.day, .month] {
            var fees = schedule()
            fees.period = period
            var engine = try engine(fees)
            let before = engine.market.risk.exposure(stock).fees
            let midnight = Timestamp(nanoseconds: 3_600_000_000_000)
            engine.apply(Event(eventTime: midnight, receiveTime: midnight, kind: .newDay))
            engine.apply(timer(at: midnight.nanoseconds + 1))
            engine.apply(report(.orderFilled, 5, 900, 1_002, execution: 9, at: midnight.nanoseconds + 2))
            let rate = period == .day ? cents(30) : cents(29)
            #expect(engine.market.risk.exposure(stock).fees - before == Money(rate, times: Quantity(900)).raw)
        }
    }
}
