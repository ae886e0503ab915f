// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios risk: limits files and what they do")
struct RiskCommandTests {
    private static let firm = """
        firm:
          limits: { orderNotional: 500_000, grossNotional: 50_000_000, netNotional: 10_000_000, credit: 60_000_000,
                    dayLoss: 250_000 }
          eachInstrument: { orderQuantity: 10_000, position: 20_000, dayQuantity: 1_000_000 }
        accounts: { MAIN: { eachInstrument: { position: { hard: 5_000, soft: 80% } } } }
        strategies: { pairs: { under: MAIN }, other: {} }
        permissions: [firm]
        instruments: { KO: { averageDailyVolume: 12_000_000, locate: 500 } }

        """

    private func folder(_ text: String = RiskCommandTests.firm) throws -> Folder {
        let folder = try Folder()
        try folder.write(text, to: "limits.yaml")
        return folder
    }

    @Test func `a right file is shown as a tree with the limits that count`() throws {
        let run = try CommandRun(["risk", "check", "limits.yaml", "--limits"], in: folder())
        #expect(run.code == 0 && run.errors.isEmpty)
        #expect(run.output.hasPrefix("limits.yaml: right: firm, edition "))
        #expect(run.output.contains("1 account, 2 strategies, 1 instrument, 9 limits and 10 standard ones"))
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(
            lines.contains([
                "pairs", "(strategy)", "50,000,000", "10,000,000", "60,000,000", "250,000", "500,000", "10,000",
                "5,000",
                "500",
            ])
        )
        #expect(lines.contains(["18", "account", "MAIN", "each", "instrument", "position", "5,000", "4,000"]))
    }

    @Test func `a wrong file exits with 1 and tells every error`() throws {
        let text = RiskCommandTests.firm.replacing("credit: 60_000_000", with: "credit: lots")
            .replacing("under: MAIN", with: "under: MIAN")
        let run = try CommandRun(["risk", "check", "limits.yaml"], in: folder(text))
        #expect(run.code == 1 && run.output.isEmpty)
        #expect(
            run.errors.contains("limits.yaml:2:97: firm.limits.credit: found \"lots\", expected an amount of money")
        )
        #expect(run.errors.contains("expected the name of a scope; did you mean 'MAIN'?"))
        let json = try CommandRun(["risk", "check", "limits.yaml", "--json"], in: folder(text))
        #expect(json.code == 1)
        #expect(try json.object()["valid"] as? Bool == false)
    }

    @Test func `what is refused for want of a limit is told, and is an answer of no when asked strictly`() throws {
        let text = RiskCommandTests.firm.replacing("credit: 60_000_000,", with: "")
        let run = try CommandRun(["risk", "check", "limits.yaml"], in: folder(text))
        #expect(run.code == 0)
        #expect(
            run.output.contains(
                "strategy other: every order is refused: no limit credit; set it at one of strategy other"
            )
        )
        #expect(try CommandRun(["risk", "check", "limits.yaml", "--strict"], in: folder(text)).code == 1)
        #expect(try CommandRun(["risk", "check", "limits.yaml", "--strict"], in: folder()).code == 0)
        let order = ["risk", "check", "limits.yaml", "--order", "buy 1 KO @ 50 by other bid 49.99 ask 50.01", "--json"]
        #expect(try refusals(CommandRun(order, in: folder(text))) == ["P13"])
    }

    /// The control that refused each order; empty for those that pass.
    private func refusals(_ run: CommandRun) throws -> [String] {
        let orders = try #require(run.object()["orders"] as? [[String: Any]])
        let controls = try orders.map { order in
            let checks = try #require(order["checks"] as? [[String: Any]])
            return checks.first { $0["verdict"] as? String == "failed" }?["control"] as? String ?? ""
        }
        #expect(run.code == (controls.allSatisfy(\.isEmpty) ? 0 : 4))
        return controls
    }

    @Test(arguments: [
        ("buy 10_000 KO @ 49.99 by other", ""), ("buy 10_001 KO @ 49.99 by other", "P01"),
        ("buy 0 KO @ 50 by other", "P01"),
        ("buy 0.5 KO @ 50 by other", "P01"), ("buy 10_000 KO @ 50 by other", ""),
        ("buy 10_000 KO @ 50.01 by other", "P02"),
        ("buy 9_998 KO @ 50.01 by other", ""), ("buy 9_999 KO @ 50.01 by other", "P02"),
        ("buy 5_000 KO @ 50 by pairs", ""), ("buy 5_001 KO @ 50 by pairs", "P11"),
        ("buy 1_000 KO @ 50 by pairs position 4_000", ""), ("buy 1_001 KO @ 50 by pairs position 4_000", "P11"),
        ("sell 4_000 KO @ 50 by pairs position 4_000", ""),
        ("buy 100 KO @ 51 by other", ""), ("buy 100 KO @ 51.01 by other", "P04"),
        ("buy 100 KO @ 51.51 by other", "P03"),
        ("buy 100 KO @ 50.001 by other", "P06"),
        ("buy 100 PEP @ 50 by other", "P06"), ("buy 100 KO by other", ""), ("sell 500 KO @ 50 by other", ""),
        ("sell 501 KO @ 50 by other", "P19"),
    ])
    func `an order is refused just beyond a limit of the file`(_ order: String, _ control: String) throws {
        let arguments = [
            "risk", "check", "limits.yaml", "--bid", "49.99", "--ask", "50.01", "--json", "--order", order,
        ]
        #expect(try refusals(CommandRun(arguments, in: folder())) == [control])
    }

    @Test func `orders of a file count one after the other, and the verdict names the scope`() throws {
        let folder = try folder()
        try folder.write(
            """
            # Two that fill the account's limit.
            buy 2_500 KO @ 50 by pairs bid 49.99 ask 50.01
            buy 2_500 KO @ 50 by pairs bid 49.99 ask 50.01

            buy 1 KO @ 50 by pairs bid 49.99 ask 50.01   # one too many
            buy 1 KO @ 50 by other bid 49.99 ask 50.01

            """,
            to: "orders.txt"
        )
        let arguments = ["risk", "check", "limits.yaml", "--orders", "orders.txt"]
        #expect(try refusals(CommandRun(arguments + ["--json"], in: folder)) == ["", "", "P11", ""])
        let run = try CommandRun(arguments, in: folder)
        #expect(run.code == 4)
        #expect(run.output.contains("belongs to strategy pairs, account MAIN, the firm"))
        #expect(
            run.output.contains(
                "refused by P11, account MAIN, each instrument, position: 5,001, limit 5,000; 'helios risk explain P11'"
            )
        )
    }

    @Test(arguments: [
        ("bye 5 KO by other", "found 'bye', expected buy or sell"),
        ("buy x KO", "found 'x', expected a number of shares"),
        ("buy 5", "it ends too early, expected a symbol"), ("buy 5 KO @ no", "found 'no', expected a limit price"),
        ("buy 5 KO through", "found 'through', expected @ PRICE"),
        ("buy 5 KO", "whose is it? add 'by' and one of pairs, other"),
        ("buy 5 KO by pears", "the limits have no strategy 'pears'; did you mean 'pairs'?"),
        ("buy 5 KO by pairs on ALFA", "the limits have no venue 'ALFA'"),
    ])
    func `an order that is none exits with 2`(_ order: String, _ message: String) throws {
        let run = try CommandRun(["risk", "check", "limits.yaml", "--order", order], in: folder())
        #expect(run.code == 2 && run.output.isEmpty)
        #expect(run.errors.contains(message))
    }

    @Test func `controls, keys and the schema are explained`() throws {
        let folder = try Folder()
        let list = try CommandRun(["risk", "explain"], in: folder)
        for number in 1...27 { #expect(list.output.contains("P\(number < 10 ? "0" : "")\(number) ")) }
        let control = try CommandRun(["risk", "explain", "p08"], in: folder)
        #expect(control.code == 0 && control.output.contains("default 50 in 1min at the firm"))
        #expect(try CommandRun(["risk", "explain", "P28"], in: folder).code == 2)
        let key = try CommandRun(["config", "explain", "--limits", "firm.limits.dayLoss"], in: folder)
        #expect(key.output.contains("without it every order is refused"))
        let unknown = try CommandRun(["config", "explain", "--limits", "dayLos"], in: folder)
        #expect(unknown.code == 2 && unknown.errors.contains("did you mean 'dayLoss'?"))
        let schema = try CommandRun(["config", "schema", "--limits"], in: folder).object()
        #expect(schema["title"] as? String == "Helios limits")
        #expect(try CommandRun(["config", "schema", "--limits", "--venue"], in: folder).code == 2)
    }

    @Test func `a run uses the limits, its journal keeps them, and an order's story names their scopes`() throws {
        let folder = try Folder()
        let made = try CommandRun(["generate", "day.itch50", "--symbols", "20", "--messages", "60000"], in: folder)
        #expect(made.code == 0)
        let pair = try folder.text("day.itch50.pairs.csv").split(separator: "\n")[1].split(separator: ",")
        let symbol = String(pair[0])
        try folder.write(
            """
            data: [ { file: day.itch50, date: 2026-01-05 } ]
            risk: { limits: limits.yaml }
            strategies:
              - { name: queue-imbalance, symbol: \(symbol) }

            """,
            to: "run.yaml"
        )
        let limits = """
            firm:
              limits: { orderNotional: 500_000, grossNotional: 1_000_000, netNotional: 1_000_000, credit: 2_000_000,
                        dayLoss: 50_000 }
              eachInstrument: { orderQuantity: 10_000, position: 20_000, dayQuantity: 1_000_000 }
            traders: { ana: { eachInstrument: { position: 150 } } }
            strategies: { queue-imbalance: { under: ana } }
            instruments: { \(symbol): { averageDailyVolume: unknown, locate: 10_000 } }
            market: { staleAfter: 60s, quoteAge: 60s }
            permissions: [firm]

            """
        try folder.write(limits, to: "limits.yaml")
        let run = try CommandRun(["run", "run.yaml", "--journal", "j"], in: folder)
        #expect(run.code == 0, "\(run.errors)")
        // The session's limits count, not those of a file that has changed since.
        try folder.write(limits.replacing("position: 150", with: "position: 99"), to: "limits.yaml")
        let replay = try CommandRun(["replay", "j"], in: folder)
        #expect(replay.code == 0, "\(replay.errors)")
        let story = try CommandRun(["risk", "explain", "j", "1"], in: folder)
        #expect(story.code == 0, "\(story.errors)")
        #expect(story.output.contains("trader ana, each instrument, position"))
        #expect(story.output.contains("at most 150 "))
        // With less than one order's quantity nothing can be bought any more.
        let stopped = try CommandRun(["backtest", "run.yaml"], in: folder)
        #expect(stopped.code == 0, "\(stopped.errors)")
        let other = try CommandRun(
            ["backtest", "run.yaml"],
            in: folder,
            environment: ["HELIOS_RISK_LIMITS": "nowhere.yaml"]
        )
        #expect(other.code == 2 && other.errors.contains("HELIOS_RISK_LIMITS"))
    }
}
