// SPDX-License-Identifier: MIT
import HeliosConfiguration
import Testing

@Suite("Strategies that would stop each other")
struct SelfMatchTests {
    private func warnings(_ strategies: String..., limits: String = "") throws -> [String] {
        let list = strategies.map { "  - {\($0)}\n" }.joined()
        let text = "data: [day.itch]\nstrategies:\n" + list + limits
        return try RunConfiguration.parse(text: text, file: "run.yaml").warnings.map(\.description)
    }

    /// A firm's limits for the two strategies below.
    private func limits(_ mode: String) -> String {
        let firm = LimitsSamples.small.replacing("pairs: {}", with: "{market-making: {}, momentum: {}}")
            .replacing("strategies:\n  {", with: "strategies: {")
        return "limits:\n" + (firm + "selfTrade: \(mode)\n").split(separator: "\n").map { "  \($0)\n" }.joined()
    }

    @Test func `one that rests orders and another on its symbol are told, with the place and the way out`() throws {
        let told = try warnings(
            "name: market-making, symbols: [KO, PEP, XOM, CVX, MSFT]",
            "name: pairs, pairs: [KO~PEP, AAPL~IBM]"
        )
        #expect(
            told == [
                "run.yaml:4:5: strategies[1]: trades KO, PEP beside strategies[0] (market-making), and strategies[0] "
                    + "(market-making) leaves orders in the book: what would meet them is refused, exits included; "
                    + "give each its own symbols, or the firm's limits 'selfTrade: cancelOldest'"
            ]
        )
    }

    @Test func `whichever comes first, and both where both rest`() throws {
        let behind = try warnings("name: momentum, symbols: KO", "name: vwap-reversion, symbols: KO")
        #expect(behind.count == 1)
        #expect(behind.first?.contains("strategies[1] (vwap-reversion) leaves orders") == true)
        let both = try warnings("name: queue-imbalance, symbol: KO", "name: queue-imbalance, symbol: KO")
        #expect(both.count == 1)
        #expect(
            both.first?.contains("strategies[0] (queue-imbalance) and strategies[1] (queue-imbalance) leave orders")
                == true
        )
        // The one that rests stands between two that take.
        let three = try warnings(
            "name: momentum, symbols: [KO, A, B, C]",
            "name: market-making, symbols: [C, B, A, KO]",
            "name: pca, symbols: [KO, PEP, XOM], factors: 1"
        )
        #expect(three.count == 2)
        #expect(three.first?.contains("trades C, B, A and 1 more beside strategies[0] (momentum)") == true)
        #expect(three.last?.contains("strategies[2]: trades KO beside strategies[1] (market-making)") == true)
    }

    @Test func `strategies that only take may share symbols, and so may all where the resting order gives way`() throws
    {
        #expect(try warnings("name: momentum, symbols: KO", "name: pairs, pairs: [KO~PEP]").isEmpty)
        #expect(try warnings("name: market-making, symbols: [KO]", "name: momentum, symbols: [PEP]").isEmpty)
        let shared = ["name: market-making, symbols: [KO]", "name: momentum, symbols: [KO]"]
        for mode in ["cancelOldest", "cancelBoth", "decrement"] {
            #expect(try warnings(shared[0], shared[1], limits: limits(mode)).isEmpty)
        }
        #expect(try warnings(shared[0], shared[1], limits: limits("cancelNewest")).count == 1)
    }

    @Test func `what the queries name counts`() throws {
        let told = try warnings(
            "name: market-making, symbols: [KO]",
            "name: signals, queries: [\"WHEN mid(KO) > 50 EMIT buy(mid(KO))\"]"
        )
        #expect(told.count == 1)
    }
}
