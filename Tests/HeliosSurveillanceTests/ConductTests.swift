// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosSurveillance
import Testing

@Suite("Patterns in our own orders")
struct ConductTests {
    /// A day in one instrument, told as the monitor tells it.
    private struct Tape {
        var watch: ConductWatch
        var alerts: [RiskAlertRecord] = []
        var now = Timestamp(nanoseconds: 1_000_000_000_000)
        var next: UInt64 = 1
        let stock = Instrument(id: 0)

        init(_ settings: ConductSettings = ConductSettings(), close: Timestamp = .never) {
            watch = ConductWatch(settings, close: close)
        }

        mutating func wait(_ nanoseconds: Nanoseconds) {
            now = now + nanoseconds
            watch.tick(at: now, &alerts)
        }

        /// A resting order, with the market at 99.99 to 100.01.
        mutating func rest(_ side: Side, _ quantity: Int, at cents: Int64, immediate: Bool = false) -> UInt64 {
            let order = NewOrder(
                id: next,
                instrument: stock,
                side: side,
                timeInForce: immediate ? .immediateOrCancel : .day,
                quantity: Quantity(quantity),
                price: price(cents),
                tag: OrderTag(strategy: 0)
            )
            next += 1
            watch.sent(order, at: now, bid: price(9_999), ask: price(10_001))
            return order.id
        }

        mutating func cancel(_ id: UInt64) {
            watch.cancelled(id, at: now)
            watch.ended(id)
        }

        func price(_ cents: Int64) -> Price { Price(raw: cents * (Price.scale / 100)) }

        mutating func fill(
            _ side: Side,
            _ quantity: Int,
            at cents: Int64,
            order: UInt64? = nil,
            execution: UInt64? = nil,
            maker: Bool = false
        ) {
            let id = order ?? next
            if order == nil { next += 1 }
            let fill = Execution(
                venue: Venue(id: 1),
                id: execution ?? 10_000 + id,
                orderID: id,
                instrument: stock,
                side: side,
                quantity: Quantity(quantity),
                price: price(cents),
                time: now,
                received: now,
                isMaker: maker,
                tag: OrderTag(strategy: 0)
            )
            watch.filled(fill, bid: price(cents - 1), ask: price(cents + 1), &alerts)
        }

        mutating func market(_ quantity: Int) {
            var event = Event(quantity: Quantity(quantity), instrument: stock, kind: .trade)
            event.receiveTime = now
            watch.traded(event)
        }

        mutating func end() { watch.finish(at: now, &alerts) }
    }

    @Test func `bids that vanish right after a sale are layering`() {
        var tape = Tape()
        var layers: [UInt64] = []
        for step in 0..<4 {
            layers.append(tape.rest(.buy, 300, at: 9_999 - Int64(step)))
            tape.wait(100_000_000)
        }
        tape.fill(.sell, 100, at: 10_000, maker: true)
        tape.wait(200_000_000)
        for id in layers { tape.cancel(id) }
        tape.wait(2_000_000_000)
        #expect(tape.alerts.map(\.finding) == ["layering"])
        #expect(tape.alerts[0].value == Int128(Quantity(1_200).raw))
        #expect(tape.alerts[0].delay <= 5_000_000_000)
    }

    @Test(arguments: [0, 1, 2, 3, 4])
    func `orders that stay, that are few, small, far away or of the fill's own side are not layering`(_ variant: Int) {
        var tape = Tape()
        var layers: [UInt64] = []
        for step in 0..<(variant == 1 ? 2 : 4) {
            let cents = variant == 3 ? 9_900 - Int64(step) : 9_999 - Int64(step)
            layers.append(
                variant == 4
                    ? tape.rest(.sell, 300, at: 10_001 + Int64(step))
                    : tape.rest(.buy, variant == 2 ? 20 : 300, at: cents)
            )
        }
        tape.fill(.sell, 100, at: 10_000)
        tape.wait(variant == 0 ? 1_500_000_000 : 100_000_000)
        for id in layers { tape.cancel(id) }
        tape.wait(3_000_000_000)
        tape.end()
        #expect(tape.alerts.isEmpty, "\(tape.alerts)")
    }

    @Test func `one trade between two orders of ours is a wash, and so are both sides of one price at one time`() {
        var tape = Tape()
        tape.fill(.buy, 100, at: 10_000, execution: 77)
        tape.fill(.sell, 60, at: 10_000, execution: 77)
        #expect(tape.alerts.map(\.finding) == ["wash"] && tape.alerts[0].severity == .incident)
        tape.wait(1_000_000_000)
        tape.fill(.buy, 100, at: 10_002)
        tape.wait(5_000_000)
        tape.fill(.sell, 100, at: 10_002)
        #expect(tape.alerts.map(\.severity) == [.incident, .warning])
        tape.wait(1_000_000_000)
        tape.fill(.sell, 100, at: 10_003)
        tape.wait(11_000_000)
        tape.fill(.buy, 100, at: 10_003)
        tape.fill(.sell, 100, at: 10_004)
        #expect(tape.alerts.count == 2)
    }

    @Test func `a burst that moves the price and is sold back dearer is ignition`() {
        func run(_ cents: Int64, market: Int, back: Int64) -> [String] {
            var tape = Tape()
            for step in 0..<6 {
                tape.market(market)
                tape.fill(.buy, 100, at: 10_000 + Int64(step) * cents)
                tape.wait(200_000_000)
            }
            tape.wait(5_000_000_000)
            tape.fill(.sell, 500, at: back)
            return tape.alerts.map(\.finding)
        }
        #expect(run(5, market: 100, back: 10_040) == ["momentum-ignition"])
        #expect(run(1, market: 100, back: 10_040) == [], "the price did not move")
        #expect(run(5, market: 1_000, back: 10_040) == [], "others traded too")
        #expect(run(5, market: 100, back: 9_990) == [], "sold back at a loss")
    }

    @Test func `most of the volume before the close, with the price driven along, is marking`() {
        func run(_ cents: Int64, market: Int) -> [String] {
            var tape = Tape(close: Timestamp(nanoseconds: 1_500_000_000_000))
            for step in 0..<5 {
                tape.market(market)
                tape.fill(.buy, 100, at: 10_000 + Int64(step) * cents)
                tape.wait(60_000_000_000)
            }
            tape.end()
            return tape.alerts.map(\.finding)
        }
        #expect(run(10, market: 200) == ["marking-the-close"])
        #expect(run(1, market: 200) == [])
        #expect(run(10, market: 2_000) == [])
    }

    @Test func `a fill beyond the collar of its tier is an error trade, with half an hour to claim`() throws {
        let rule = ErrorTrade(.standard(dayLoss: Money(1_000), notional: Money(1_000_000)))
        func market(_ bid: Int64, _ ask: Int64, age: Nanoseconds = 0) -> MarketSnapshot {
            let now = Timestamp(nanoseconds: 50_000_000_000_000)
            return MarketSnapshot(
                bid: Price(raw: bid * (Price.scale / 100)),
                ask: Price(raw: ask * (Price.scale / 100)),
                bidQuantity: Quantity(100),
                askQuantity: Quantity(100),
                quoteTime: now + -age,
                lastTradePrice: .zero,
                lastTradeTime: .zero,
                priorClose: .zero,
                tradingState: .trading,
                phase: .regular,
                now: now
            )
        }
        func judge(_ side: Side, _ cents: Int64, _ market: MarketSnapshot) -> RiskAlertRecord? {
            let execution = Execution(
                venue: Venue(id: 1),
                id: 1,
                orderID: 1,
                instrument: Instrument(id: 0),
                side: side,
                quantity: Quantity(100),
                price: Price(raw: cents * (Price.scale / 100)),
                time: market.now,
                received: market.now + 1_000
            )
            return rule.judge(execution, before: market)
        }
        // At 100.00 the collar is 3 %, at 40.00 5 %, at 10.00 10 %: the edge itself is inside.
        for (bid, ask, upper, lower) in [
            (9_999, 10_001, 10_300, 9_700), (3_999, 4_001, 4_200, 3_800), (999, 1_001, 1_100, 900),
        ] as [(Int64, Int64, Int64, Int64)] {
            let market = market(bid, ask)
            #expect(judge(.buy, upper, market) == nil)
            #expect(judge(.sell, lower, market) == nil)
            let alert = try #require(judge(.buy, upper + 1, market))
            #expect(alert.limit == Int128(upper) * Int128(Price.scale / 100))
            #expect(alert.deadline == market.now + 1_800_000_000_000)
            #expect(judge(.sell, lower - 1, market) != nil)
            // Better than the market is no error of ours to claim.
            #expect(judge(.sell, upper + 1, market) == nil)
        }
        #expect(judge(.buy, 99_999, market(9_999, 10_001, age: 2_000_000_000)) == nil, "nothing to hold it against")
    }
}
