// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosSurveillance
import Testing

@Suite("Patterns in our own orders, found by a whole review")
struct ReviewedConductTests {
    private let day: ReviewedDay

    init() throws { day = try ReviewedDay() }

    /// Rests `count` orders against a fill of the day before it comes, and cancels them with the input behind it.
    private func review(layers count: Int) throws -> SessionReview {
        let victim = day.executions[day.executions.count / 2]
        var layers: [NewOrder] = []
        var isFilled = false
        return try day.review(fault: { event, engine in
            if isFilled, !layers.isEmpty {
                for order in layers {
                    var update = OrderUpdate(.cancelled, of: order, at: event.receiveTime)
                    update.quantity = order.quantity
                    update.isFinal = true
                    var report = Event(orderID: order.id, instrument: order.instrument, kind: .orderCancelled)
                    report.receiveTime = event.receiveTime
                    engine.observer.updated(update, report, engine.market.quote(order.instrument), fee: .zero)
                }
                layers = []
            }
            guard !isFilled, event.kind == .orderFilled, event.orderID == victim.orderID, event.detail == victim.id
            else { return }
            isFilled = true
            let quote = engine.market.quote(victim.instrument)
            let isBid = victim.side == .sell
            for number in 0..<UInt64(count) {
                let order = NewOrder(
                    id: 20_000 + number,
                    instrument: victim.instrument,
                    side: isBid ? .buy : .sell,
                    quantity: Quantity(raw: victim.quantity.raw * 3),
                    price: isBid ? quote.bidPrice : quote.askPrice,
                    tag: victim.tag
                )
                layers.append(order)
                engine.observer.sent(order, quote, at: event.receiveTime)
            }
        })
    }

    @Test func `orders that are cancelled right after a fill against them are layering`() throws {
        let found = try review(layers: 4).alerts.filter { $0.control == .t06 }
        #expect(found.map(\.finding) == ["layering"])
        let victim = day.executions[day.executions.count / 2]
        #expect(found.first?.executionID == victim.id)
        #expect(found.first?.value == Int128(victim.quantity.raw) * 12)
    }

    @Test func `two of them are none`() throws {
        #expect(try review(layers: 2).alerts.allSatisfy { $0.control != .t06 })
    }
}
