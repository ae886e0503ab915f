// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios research")
struct ResearchCommandTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        let made = try CommandRun(
            [
                "generate", "01052026.itch50", "--symbols", "100", "--messages", "1500000", "--seed", "6", "--quiet",
            ],
            in: folder
        )
        try #require(made.code == 0, "\(made.errors)")
    }

    private func pairs(_ arguments: String...) throws -> CommandRun {
        try CommandRun(["research", "pairs"] + arguments, in: folder)
    }

    @Test("the list of pairs is one that the strategy takes, and the page stands alone")
    func list() throws {
        let run = try pairs("01052026.itch50", "--output", "found", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("related at a false discovery rate of 0.05"))
        let list = try folder.text("found/pairs.csv").split(separator: "\n")
        #expect(list.count > 10 && list[0].hasPrefix("y,x,ratio,"))
        #expect(try folder.text("found/tested.csv").split(separator: "\n").count > 300)
        let page = try folder.text("found/report.html")
        #expect(page.contains("How sure") && page.contains("The strongest spreads") && !page.contains("src="))
        // Another day of the same instruments.
        let made = try CommandRun(
            [
                "generate", "01062026.itch50", "--symbols", "100", "--messages", "1500000", "--seed", "6",
                "--path-seed", "2", "--date", "2026-01-06", "--quiet",
            ],
            in: folder
        )
        try #require(made.code == 0, "\(made.errors)")
        try folder.write(
            """
            data:
              - file: 01062026.itch50
            strategies:
              - name: pairs
                pairsFile: found/pairs.csv
            output:
              directory: out
            """,
            to: "run.yaml"
        )
        let backtest = try CommandRun(["backtest", "run.yaml", "--quiet"], in: folder)
        #expect(backtest.code == 0, "\(backtest.errors)")
        let orders = try folder.text("out/orders.csv").split(separator: "\n").dropFirst()
        let named = Set(list.dropFirst().flatMap { $0.split(separator: ",").prefix(2) })
        #expect(!orders.isEmpty)
        #expect(orders.allSatisfy { line in line.split(separator: ",").contains { named.contains($0) } })
    }

    @Test("as JSON, and with groups from a file")
    func json() throws {
        let all = try pairs("01052026.itch50", "--json", "--quiet").object()
        #expect(all["symbols"] as? Int == 100 && all["found"] as? Int ?? 0 > 10)
        let first = try #require((all["pairs"] as? [[String: Any]])?.first)
        let (y, x) = (try #require(first["y"] as? String), try #require(first["x"] as? String))
        try folder.write("symbol,group\n\(y),one\n\(x),one\n", to: "groups.csv")
        let two = try pairs("01052026.itch50", "--json", "--quiet", "--groups", "groups.csv", "--evidence", "levels")
            .object()
        #expect(two["tested"] as? Int == 1)
    }

    @Test("a table of daily prices; nothing found is exit code 1")
    func table() throws {
        var lines = ["date,A,B,C"]
        for day in 0..<200 {
            let month = 1 + day / 28
            let number = (day * 7_919) % 101
            lines.append(
                "2025-\(month < 10 ? "0" : "")\(month)-\(day % 28 < 9 ? "0" : "")\(day % 28 + 1),\(50 + number),\(40 + day),\(60 + number % 17)"
            )
        }
        try folder.write(lines.joined(separator: "\n"), to: "closes.csv")
        let run = try pairs("closes.csv", "--evidence", "levels", "--groups", "all", "--level", "0.000000000001")
        #expect(run.code == 1 && run.errors.contains("no pair was found among 3 tested"))
    }

    @Test("wrong input is told what would be right")
    func wrong() throws {
        func refused(_ arguments: String..., says text: String, code: Int32 = 2) throws {
            let run = try CommandRun(["research", "pairs", "01052026.itch50"] + arguments, in: folder)
            #expect(run.code == code && run.errors.contains(text), "\(arguments): \(run.code) \(run.errors)")
        }
        try refused("--every", "20", says: "--every: found \"20\", expected a length such as 20s")
        try refused("--level", "5", says: "--level must be above 0 and below 1")
        try refused("--evidence", "price", says: "expected both or levels")
        try refused("--control", "none", says: "expected bh, by or holm")
        try refused("--lags", "many", says: "expected a number from 0 to 40, aic or bic")
        try refused("--half-life", "2min", says: "expected a range such as 2min..30min")
        try refused("--session", "16:00..09:30", says: "expected a range of times such as 09:30..16:00")
        try refused("--symbol", "NOSUCH", says: "there are no complete prices of NOSUCH", code: 3)
        try refused("--every", "3h", says: "too few to test pairs", code: 3)
        try refused("--factors", "2", "--evidence", "levels", "--groups", "all", says: "no factors are taken out")
        try folder.write("KO;one\n", to: "groups.csv")
        try refused("--groups", "groups.csv", says: "groups.csv, line 1: found \"KO;one\", expected symbol,group")
        let missing = try CommandRun(["research", "pairs", "0105206.itch50"], in: folder)
        #expect(missing.code == 3 && missing.errors.contains("did you mean 01052026.itch50?"))
    }
}
