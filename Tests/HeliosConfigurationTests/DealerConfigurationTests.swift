// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosExecution
import HeliosMarket
import HeliosVenue
import Testing

private let dealers = """
    simulation:
      dealerLatency: 2ms
      dealerSeed: 7
      dealers:
        - {name: NORTH, markup: 0.02, slope: 0.001, skew: -0.01, noise: 0.03, capacity: 5000, delay: 80ms, life: 2s}
        - {name: SOUTH, declines: 10%, refuses: 5%, fee: 0.0010}
    orders: [{symbol: AAPL, side: buy, quantity: 50_000, algorithm: rfq, limit: 295}]

    """

@Suite("Dealers in a configuration")
struct DealerConfigurationTests {
    @Test func `dealers have what is given, and defaults for the rest`() throws {
        let run = try parse(dealers + least)
        let settings = try #require(run.settings.dealers)
        #expect(settings.latency == 2_000_000 && settings.seed == 7)
        #expect(settings.dealers.map(\.name) == ["NORTH", "SOUTH"])
        let (north, south) = (settings.dealers[0], settings.dealers[1])
        #expect(north.markup == Price(raw: 2_000_000) && north.slope == Price(raw: 100_000))
        #expect(north.skew == Price(raw: -1_000_000) && north.noise == Price(raw: 3_000_000))
        #expect(north.capacity == Quantity(5_000) && north.delay == 80_000_000 && north.validity == 2_000_000_000)
        #expect(south.markup == Price(raw: 1_000_000) && south.capacity == nil && south.fee == Price(raw: 100_000))
        #expect(south.declines == 0.1 && south.refuses == 0.05 && south.delay == 50_000_000)
        #expect(run.settings.execution.orders.first?.request.algorithm == .rfq)
        // Their places are behind the only venue's, and so are their fees.
        #expect(run.settings.placedDealers?.dealers.map(\.venue) == [Venue(id: 2), Venue(id: 3)])
        #expect(run.settings.ruling.venues == ["market", "NORTH", "SOUTH"])
        #expect(run.settings.venueFees.ruleCount == 2)
        #expect(run.settings.makeQuotes().dealers.map(\.feePerShare) == [.zero, Price(raw: 100_000)])
    }

    @Test func `what is resolved can be read again, with venues too`() throws {
        let venues = "  venues: [{name: ALFA}, {name: BETA}]\n  agents: {symbols: 6}\n"
        for text in [
            dealers + least,
            dealers.replacing("  dealerSeed: 7\n", with: "  dealerSeed: 7\n" + venues)
                + "strategies: [{name: queue-imbalance, symbol: AAPL}]\n",
        ] {
            let run = try parse(text)
            let again = try parse(run.resolvedText)
            #expect(again.resolvedText == run.resolvedText)
            #expect(again.settings.dealers == run.settings.dealers && again.settings.dealers != nil)
        }
        let floor = try parse(
            dealers.replacing("  dealerSeed: 7\n", with: venues)
                + "strategies: [{name: queue-imbalance, symbol: AAPL}]\n"
        )
        #expect(floor.settings.placedDealers?.dealers.map(\.venue) == [Venue(id: 3), Venue(id: 4)])
        #expect(floor.settings.ruling.venues == ["ALFA", "BETA", "NORTH", "SOUTH"])
    }

    @Test func `an order by rfq without dealers is an error at its place`() {
        let text = "orders:\n  - {symbol: A, side: buy, quantity: 9, algorithm: rfq}\n" + least
        #expect(
            errors(text) == [
                "run.yaml:2:52: orders[0].algorithm: rfq asks dealers, and there is no list simulation.dealers"
            ]
        )
        let live =
            "orders: [{symbol: A, side: buy, quantity: 9, algorithm: rfq}]\nlive: {feed: \"127.0.0.1:7020\"}\n" + least
        #expect(errors(live).contains { $0.contains("an OUCH venue takes no requests for quotes") })
    }

    @Test func `what makes no sense is said with its place`() {
        func found(_ text: String, _ message: String) {
            let all = errors("simulation:\n" + text + least)
            #expect(all.contains { $0.contains(message) }, "\(all)")
        }
        found("  dealers: []\n", "run.yaml:2:12: simulation.dealers: found an empty list")
        found("  dealers: [{markup: 0.01}]\n", "simulation.dealers[0].name: missing")
        found("  dealers: [{name: A}, {name: A}]\n", "simulation.dealers[1].name: \"A\" is another dealer's")
        found("  dealers: [{name: A, mark: 1}]\n", "simulation.dealers[0].mark: unknown key; did you mean 'markup'")
        found("  dealers: [{name: A, life: 0s}]\n", "simulation.dealers[0].life")
        found("  dealerSeed: 3\n", "simulation.dealerSeed: is of dealers, and there is no list simulation.dealers")
        let many = (0..<9).map { "{name: D\($0)}" }.joined(separator: ", ")
        found("  dealers: [\(many)]\n", "found 9 dealers, expected at most 8")
        let both = "  dealers: [{name: A}]\nlive: {feed: \"127.0.0.1:7020\"}\n"
        found(both, "stands beside live, whose dealers are those of live.fix.dealers")
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
