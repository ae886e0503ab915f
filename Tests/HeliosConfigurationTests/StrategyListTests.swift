// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosStrategy
import Testing

/// Lists of symbols, weights and queries: as lists, as texts, from files.
@Suite("Lists of strategies")
struct StrategyListTests {
    private func strategy(_ lines: String) throws -> StrategyConfiguration {
        let run = try parse("data: [a]\nstrategies:\n  - " + lines)
        // What is written down reads as the same.
        #expect(try parse(run.resolvedText).resolvedText == run.resolvedText)
        return try #require(run.strategies.first)
    }

    private func faults(_ lines: String) -> String {
        do {
            _ = try parse("data: [a]\nstrategies:\n  - " + lines)
            return ""
        } catch { return "\(error)" }
    }

    @Test func `symbols`() throws {
        for text in ["[KO, PEP]", "KO, PEP", "KO PEP"] {
            guard case .marketMaking(let maker) = try strategy("{name: market-making, symbols: \"\(text)\"}".plain)
            else {
                Issue.record("another strategy")
                return
            }
            #expect(maker.symbols.map(\.description) == ["KO", "PEP"])
        }
        #expect(
            faults("{name: market-making, symbols: [KO, MUCHTOOLONG]}")
                .contains("strategies[0].symbols[1]: found \"MUCHTOOLONG\", expected one of different symbols")
        )
        #expect(
            faults("{name: market-making, symbols: [KO, KO]}").contains("found one twice, expected different symbols")
        )
        #expect(
            faults("{name: market-making}").contains("strategies[0].symbols: missing, expected symbols or symbolsFile")
        )
    }

    @Test func `weights`() throws {
        for text in ["{KO: 0.25, PEP: -1}", "[\"KO: 0.25\", \"PEP: -1\"]"] {
            guard case .basket(let basket) = try strategy("{name: basket, index: IX, weights: \(text)}") else {
                Issue.record("another strategy")
                return
            }
            #expect(basket.weights.map(\.description) == ["KO: 0.25", "PEP: -1.0"])
        }
        #expect(
            faults("{name: basket, index: IX, weights: {KO: 0}}").contains(
                "found \"KO: 0\", expected a symbol with a number"
            )
        )
    }

    @Test func `queries, and where one of them is wrong`() throws {
        let text = """
            name: signals
                queries:
                  - WHEN mid(KO) > 60 EMIT buy(mid(KO))
                  - WHEN mid(KO) < 59 EMIT close(mid(KO))
            """
        guard case .signals(let signals) = try strategy(text) else {
            Issue.record("another strategy")
            return
        }
        #expect(signals.queries.hasPrefix("WHEN mid(KO) > 60 EMIT buy(mid(KO));\nWHEN"))
        let wrong = text.replacingOccurrences(of: "close(mid(KO))", with: "buy(mid(KO) * mid(KO))")
        #expect(faults(wrong).contains("line 2, column 28: what is traded multiplies prices of KO by prices of KO"))
    }

    @Test func `files take the place of lists`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, _ text: String) throws -> String {
            let path = folder.appendingPathComponent(name).path
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return path
        }
        let symbols = try file("s.csv", "name,symbol\nCola,KO\nPepsi,PEP\n")
        guard case .marketMaking(let maker) = try strategy("{name: market-making, symbolsFile: \"\(symbols)\"}") else {
            Issue.record("another strategy")
            return
        }
        #expect(maker.symbols.map(\.description) == ["KO", "PEP"])
        let weights = try file("w.csv", "symbol,weight\nKO,0.25\n\nPEP,0.1\n")
        guard case .basket(let basket) = try strategy("{name: basket, index: IX, weightsFile: \"\(weights)\"}") else {
            Issue.record("another strategy")
            return
        }
        #expect(basket.weights.map(\.weight) == [0.25, 0.1])
        let bad = try file("b.csv", "symbol,weight\nKO,x\nKO,1\nKO,2\n")
        let told = faults("{name: basket, index: IX, weightsFile: \"\(bad)\"}")
        #expect(told.contains("b.csv:2:1: found \"KO,x\"") && told.contains("b.csv:4:1: found \"KO,2\""))
        let queries = try file("q.sql", "WHEN mid(KO) > 60\nEMIT buy(mid(KO))\n")
        guard case .signals(let signals) = try strategy("{name: signals, queriesFile: \"\(queries)\"}") else {
            Issue.record("another strategy")
            return
        }
        #expect(signals.queries.contains("\nEMIT"))
    }
}

extension String {
    /// A list stands without quotes.
    fileprivate var plain: String { contains("\"[") ? replacingOccurrences(of: "\"", with: "") : self }
}
