// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosExecution
import HeliosMarket
import Testing

@Suite("Parent orders in a configuration")
struct ExecutionConfigurationTests {
    private let vwap =
        "{symbol: AAPL, side: buy, quantity: 50_000, algorithm: vwap, until: '15:30', limit: 295, slices: 20}"

    @Test func `an order by hand has everything that was said of it`() throws {
        let run = try parse("orders: [\(vwap), {symbol: XOM, side: sell, quantity: 300, at: '09:00'}]\n" + least)
        let orders = run.settings.execution.orders
        #expect(orders.map(\.symbol.description) == ["XOM", "AAPL"], "in the order of their times")
        let order = try #require(orders.last)
        #expect(order.time == 34_200_000_000_000 && order.end == 55_800_000_000_000)
        #expect(order.request.algorithm == .vwap && order.request.side == .buy && order.request.parameter == 20)
        #expect(order.request.quantity == Quantity(50_000) && order.request.limit == Price(raw: 295 * Price.scale))
        #expect(orders.first?.request.algorithm == .twap && orders.first?.end == nil)
        let midnight = Timestamp(nanoseconds: 1_000)
        let request = order.request(Instrument(id: 3), midnight: midnight)
        #expect(request.instrument == Instrument(id: 3) && request.end == midnight + 55_800_000_000_000)
    }

    @Test func `what is resolved can be read again`() throws {
        let run = try parse("execution: {jitter: 5%, band: 2%}\norders: [\(vwap)]\n" + least)
        #expect(run.settings.execution.band == 200 && run.settings.execution.jitterShare == 500)
        let again = try parse(run.resolvedText)
        #expect(again.resolvedText == run.resolvedText)
        #expect(again.settings.execution == run.settings.execution)
    }

    @Test func `every algorithm has its own parameter, and no other's`() throws {
        func parameter(_ text: String) throws -> Int64? {
            try parse("orders: [{symbol: A, side: buy, quantity: 9, \(text)}]\n" + least).settings.execution.orders
                .first?
                .request.parameter
        }
        #expect(try parameter("algorithm: pov, participation: 5%") == 500)
        #expect(try parameter("algorithm: iceberg, display: 3") == Quantity(3).raw)
        #expect(try parameter("algorithm: peg, offset: -0.01") == -Price.scale / 100)
        #expect(try parameter("algorithm: sniper, least: 2") == Quantity(2).raw)
        for text in ["algorithm: peg, slices: 3", "until: '09:00'", "side: both", "algorithm: best", "size: 3"] {
            #expect(throws: ConfigurationErrors.self, "\(text)") { try parameter(text) }
        }
    }

    @Test func `messages name the place and what is expected`() {
        let text = "orders:\n  - {symbol: A, side: buy}\n  - {symbol: A, side: buy, quantity: 9, display: 3}\n" + least
        do {
            _ = try parse(text)
            Issue.record("it was taken")
        } catch {
            let message = "\(error)"
            #expect(
                message.contains("orders[0].quantity: missing, expected a number of shares such as 100"),
                "\(message)"
            )
            #expect(message.contains("orders[1].display: twap has none, only iceberg"), "\(message)")
        }
    }
}
