// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

private func price(_ cents: Int) -> Price { Price(raw: Int64(cents) * 1_000_000) }

@Suite struct BookFeaturesTests {
    @Test func `the known imbalance and weighted mid`() {
        #expect(BookFeatures.imbalance(bidQuantity: Quantity(300), askQuantity: Quantity(100)) == 0.5)
        let mid = BookFeatures.weightedMid(
            bidPrice: price(10_000),
            bidQuantity: Quantity(300),
            askPrice: price(10_002),
            askQuantity: Quantity(100)
        )
        #expect(isClose(mid, 100.015, 1e-15))
    }

    @Test func `an empty side has neither`() {
        #expect(BookFeatures.imbalance(bidQuantity: .zero, askQuantity: Quantity(1)) == nil)
        #expect(
            BookFeatures.weightedMid(
                bidPrice: price(1),
                bidQuantity: Quantity(1),
                askPrice: .zero,
                askQuantity: .zero
            ) == nil
        )
    }

    private typealias Best = (bid: Int, bidSize: Int, ask: Int, askSize: Int)

    private func flow(_ flow: inout OrderFlowImbalance, _ best: Best) -> Quantity? {
        flow.update(
            bidPrice: price(best.bid),
            bidQuantity: Quantity(best.bidSize),
            askPrice: price(best.ask),
            askQuantity: Quantity(best.askSize)
        )
    }

    @Test func `the known order flow`() {
        let book: [Best] = [
            (10_000, 500, 10_002, 300), (10_000, 600, 10_002, 300), (10_001, 200, 10_002, 250),
            (10_001, 150, 10_003, 400), (10_000, 700, 10_003, 400),
        ]
        var imbalance = OrderFlowImbalance()
        let changes = book.map { flow(&imbalance, $0) }
        #expect(changes == [nil, Quantity(100), Quantity(250), Quantity(200), Quantity(-150)])
        #expect(imbalance.total == Quantity(400) && imbalance.count == 4)
        imbalance.startPeriod()
        #expect(flow(&imbalance, (10_000, 650, 10_003, 400)) == Quantity(-50))
        #expect(imbalance.total == Quantity(-50) && imbalance.count == 1)
    }

    @Test func `sides exchanged turn the sign`() {
        var random = SeededRandom(seed: 6)
        var (own, mirrored) = (OrderFlowImbalance(), OrderFlowImbalance())
        for _ in 0..<500 {
            let (bid, spread) = (9_990 + Int(random.uniform() * 20), 1 + Int(random.uniform() * 3))
            let (bidSize, askSize) = (1 + Int(random.uniform() * 900), 1 + Int(random.uniform() * 900))
            let ask = bid + spread
            let found = flow(&own, (bid, bidSize, ask, askSize))
            let other = flow(&mirrored, (20_000 - ask, askSize, 20_000 - bid, bidSize))
            #expect(found.map { -$0.raw } == other?.raw)
        }
        #expect(own.total.raw == -mirrored.total.raw && own.count == 499)
    }

    @Test func `after an empty side counting starts anew`() {
        var imbalance = OrderFlowImbalance()
        #expect(flow(&imbalance, (10_000, 500, 10_002, 300)) == nil)
        #expect(flow(&imbalance, (10_000, 0, 10_002, 300)) == nil)
        #expect(flow(&imbalance, (10_000, 900, 10_002, 300)) == nil)
        #expect(flow(&imbalance, (10_000, 901, 10_002, 300)) == Quantity(1))
        #expect(imbalance.count == 1)
    }
}

@Suite struct TimedAverageTests {
    @Test func `the known average`() {
        var average = TimedAverage(timeConstant: 1_000_000_000)
        #expect(average.value == nil)
        for (time, value) in [(0, 100.0), (500, 101), (1_500, 99), (1_600, 102)] {
            average.update(value, at: Timestamp(nanoseconds: Int64(time) * 1_000_000))
        }
        #expect(isClose(average.value, 99.74933339529362, 1e-14))
    }

    @Test func `one long step is many short ones; times that run back and values that are not finite are refused`() {
        var (one, many) = (TimedAverage(timeConstant: 1_000), TimedAverage(timeConstant: 1_000))
        one.update(5, at: .zero)
        many.update(5, at: .zero)
        one.update(9, at: Timestamp(nanoseconds: 700))
        for step in 1...70 { many.update(9, at: Timestamp(nanoseconds: Int64(step) * 10)) }
        #expect(isClose(many.value, one.value ?? 0, 1e-13))
        let before = one.value
        let areTaken = [one.update(8, at: Timestamp(nanoseconds: 699)), one.update(.nan, at: .never)]
        #expect(areTaken == [false, false])
        #expect(one.value == before)
        one.update(100, at: Timestamp(nanoseconds: 700))
        #expect(one.value == before)
    }
}
