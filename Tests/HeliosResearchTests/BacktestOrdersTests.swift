// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import Testing

/// Hears of parents and does nothing.
private struct Listener: Strategy {
    final class Notes { var updates: [ParentUpdate] = [] }

    let notes: Notes

    mutating func onParent(_ update: ParentUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        notes.updates.append(update)
    }
}

@Suite("Parent orders by hand in a backtest")
struct BacktestOrdersTests {
    private let midnight = Timestamp(nanoseconds: 1_735_880_400_000_000_000)

    /// Ten minutes of a market that stands at 99.99 to 100.01 and is refreshed twice a second.
    private func events() -> [Event] {
        let open = midnight + 34_200_000_000_000
        let stock = Instrument(id: 0)
        var events = [
            Event(eventTime: open, receiveTime: open, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))),
            Event(
                eventTime: open,
                receiveTime: open,
                instrument: stock,
                kind: .tradingStatus,
                detail: UInt64(UInt8(ascii: "T"))
            ),
        ]
        for step in 0..<1_200 as Range<Int64> {
            let time = open + step * 500_000_000
            let isBid = step % 2 == 0
            events.append(
                Event(
                    eventTime: time,
                    receiveTime: time,
                    orderID: OrderID(step + 1),
                    price: Price(raw: (isBid ? 9_999 : 10_001) * Price.scale / 100),
                    quantity: Quantity(500),
                    instrument: stock,
                    kind: .addOrder,
                    flags: isBid ? [] : .sell
                )
            )
        }
        return events
    }

    private func run(_ orders: [ParentByHand]) throws -> (result: RunResult, updates: [ParentUpdate]) {
        var settings = BacktestSettings()
        settings.limits.instrument.averageDailyVolume = .init(4_000_000)
        settings.execution.orders = orders
        let notes = Listener.Notes()
        let source = try ScriptedSource(events(), midnight: midnight, batch: 64)
        let result = try Backtest(settings: settings).run(source, strategy: Listener(notes: notes))
        return (result, notes.updates)
    }

    @Test func `an order given at a time is worked from then on and done by its end`() throws {
        let symbol = try #require(Symbol("AAA"))
        let request = ParentRequest(.twap, .none, .buy, Quantity(1_000), takes: true, parameter: 5)
        let order = ParentByHand(symbol, at: 34_260_000_000_000, until: 34_560_000_000_000, request)
        let run = try run([order])
        #expect(run.updates.first?.time == midnight + 34_260_000_000_000)
        #expect(run.updates.last?.state == .done && run.updates.last?.done == Quantity(1_000))
        #expect(run.result.fills.count >= 5)
        #expect(run.result.finalPositions.first?.quantity == Quantity(1_000))
        #expect(try self.run([order]).result.outputHash == run.result.outputHash)
    }

    @Test func `an order in what nobody names is never given`() throws {
        let symbol = try #require(Symbol("ZZZ"))
        let order = ParentByHand(symbol, at: 0, ParentRequest(.twap, .none, .buy, Quantity(1_000)))
        let run = try run([order])
        #expect(run.updates.isEmpty && run.result.orders.isEmpty)
    }
}
