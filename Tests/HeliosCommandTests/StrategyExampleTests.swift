// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// The examples of docs/strategies, run as a user would.
@Suite("Examples of strategies")
struct StrategyExampleTests {
    @Test(arguments: ["signals", "market-making", "momentum", "vwap-reversion", "pca", "basket"])
    func `the example trades, and its run repeats to the bit`(name: String) throws {
        let folder = try Folder()
        let day = try CommandRun(
            [
                "generate", "small.itch50", "--symbols", "20", "--messages", "400000", "--seed", "3", "--date",
                "2026-01-05", "--json",
            ],
            in: folder
        )
        try #require(day.code == 0, "\(day.errors)")
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let example = root.appendingPathComponent("Examples/strategies/\(name).yaml")
        let text = try String(contentsOf: example, encoding: .utf8)
        try folder.write(text.replacingOccurrences(of: "../../demo/", with: ""), to: "run.yaml")
        let run = try CommandRun(["backtest", "run.yaml", "--json", "--quiet"], in: folder)
        #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
        let summary = try #require(try run.object()["summary"] as? [String: Any])
        let counts = try #require(summary["counts"] as? [String: Any])
        #expect((counts["fills"] as? Int ?? 0) > 0)
        let verification = try CommandRun(["verify", "out-\(name)"], in: folder)
        #expect(verification.code == 0, "\(verification.errors)")
    }
}
