// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// A small generated day with a configuration that trades its candidate pairs.
struct SmallDay {
    let folder: Folder

    init(days: Int = 1) throws {
        folder = try Folder()
        let run = try CommandRun(
            ["generate", "day.itch50", "--symbols", "20", "--messages", "200000", "--seed", "5", "--json"],
            in: folder
        )
        try #require(run.code == 0, "\(run.errors)")
        let data = (0..<days).map { day in
            "  - file: day.itch50\n    date: 2026-\(two(1 + day / 28))-\(two(1 + day % 28))"
        }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        try folder.write(
            """
            title: Small day
            data:
            \(data.joined(separator: "\n"))
            risk:
              staleAfter: 30s
              quoteAge: 30s
            strategies:
              - name: pairs
                pairsFile: day.itch50.pairs.csv
            output:
              directory: out
            """,
            to: "run.yaml"
        )
    }

    func run(_ arguments: String...) throws -> CommandRun { try CommandRun(arguments, in: folder) }
}

@Suite("From generated data to a verified run")
struct EndToEndTests {
    @Test("a generated day inspects clean, trades, and its run repeats to the bit")
    func generatedDay() throws {
        let day = try SmallDay()
        let inspection = try day.run("inspect", "day.itch50", "--json").object()
        #expect(inspection["clean"] as? Bool == true)
        #expect(inspection["unknown"] as? Int == 0)
        #expect((inspection["symbols"] as? [String])?.count == 20)

        let backtest = try day.run("backtest", "run.yaml", "--json", "--quiet")
        #expect(backtest.code == 0)
        #expect(backtest.errors.isEmpty)
        let answer = try backtest.object()
        let hash = try #require(answer["outputHash"] as? String)
        #expect(hash.count == 16)
        let summary = try #require(answer["summary"] as? [String: Any])
        let counts = try #require(summary["counts"] as? [String: Any])
        #expect(counts["messages"] as? Int == inspection["messages"] as? Int)
        #expect((counts["fills"] as? Int ?? 0) > 0)
        let files = [
            "report.html", "summary.json", "tca.json", "orders.csv", "parents.csv", "fills.csv", "equity.csv",
            "positions.csv",
        ]
        for name in files + ["manifest.json", "configuration.yaml"] {
            #expect(day.folder.exists("out/" + name), "\(name)")
        }
        let manifest = try #require(answer["manifest"] as? [String: Any])
        let assumed = try #require(manifest["assumptions"] as? [[String: String]])
        #expect(assumed.contains { $0["model"] == "queue" && $0["value"]?.hasPrefix("exact") == true })
        let honesty = try #require(summary["honesty"] as? [String: Any])
        #expect(honesty["verdict"] is String && honesty["passiveFills"] is Int)

        let again = try day.run("backtest", "run.yaml", "--output", "again", "--json", "--quiet").object()
        #expect(again["outputHash"] as? String == hash)
        for name in files[2...] { #expect(try day.folder.text("out/" + name) == day.folder.text("again/" + name)) }

        let verification = try day.run("verify", "out", "--json", "--quiet")
        #expect(verification.code == 0, "\(verification.output)")
        #expect(try verification.object()["same"] as? Bool == true)
    }

    @Test("the result is a table for people, and an estimate writes nothing")
    func tables() throws {
        let day = try SmallDay()
        let estimate = try day.run("backtest", "run.yaml", "--estimate", "--json").object()
        #expect((estimate["seconds"] as? Double ?? 0) > 0)
        #expect(!day.folder.exists("out"))
        let run = try day.run("backtest", "run.yaml")
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("Small day\n"))
        for text in ["net profit", "fees", "maximum drawdown", "sharpe ratio", "event to order", "p99", "output hash"] {
            #expect(run.output.contains(text), "\(text)")
        }
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test("an environment variable changes the run and is kept with it: verify needs neither it nor the old place")
    func environment() throws {
        let day = try SmallDay()
        let plain = try day.run("backtest", "run.yaml", "--json").object()["outputHash"] as? String
        let changed = try CommandRun(
            ["backtest", "run.yaml", "--output", "changed", "--json"],
            in: day.folder,
            environment: ["HELIOS_LATENCY_ORDER": "30ms"]
        )
        #expect(changed.code == 0, "\(changed.errors)")
        #expect(try changed.object()["outputHash"] as? String != plain)
        let elsewhere = try Folder()
        try FileManager.default.moveItem(atPath: day.folder.path("changed"), toPath: elsewhere.path("moved"))
        let verification = try CommandRun(["verify", "moved"], in: elsewhere)
        #expect(verification.code == 0, "\(verification.output)\(verification.errors)")
    }

    @Test("results that can't be written exit with 3 and name the place")
    func unwritable() throws {
        let day = try SmallDay()
        try day.folder.write("", to: "file")
        let run = try day.run("backtest", "run.yaml", "--output", "file/out", "--quiet")
        #expect(run.code == 3)
        #expect(run.errors.contains("file"))
        #expect(run.output.isEmpty)
    }

    @Test("data that are not there exit with 3, also those of a run to be verified")
    func missingData() throws {
        let day = try SmallDay()
        try #require(try day.run("backtest", "run.yaml", "--quiet").code == 0)
        try FileManager.default.removeItem(atPath: day.folder.path("day.itch50"))
        for arguments in [["backtest", "run.yaml"], ["verify", "out"]] {
            let run = try CommandRun(arguments, in: day.folder)
            #expect(run.code == 3)
            #expect(run.errors.contains("day.itch50: "), "\(run.errors)")
        }
    }

    @Test("verify names the result file that was changed, and exits with 1")
    func changedResult() throws {
        let day = try SmallDay()
        try #require(try day.run("backtest", "run.yaml", "--quiet").code == 0)
        try day.folder.write(try day.folder.text("out/fills.csv") + "\n", to: "out/fills.csv")
        let run = try day.run("verify", "out", "--quiet")
        #expect(run.code == 1)
        #expect(run.output.contains("differs in fills.csv"))
    }

    @Test("verify names the data file that was changed, and exits with 1")
    func changedData() throws {
        let day = try SmallDay()
        try #require(try day.run("backtest", "run.yaml", "--quiet").code == 0)
        var bytes = try Data(contentsOf: day.folder.url.appendingPathComponent("day.itch50"))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: day.folder.url.appendingPathComponent("day.itch50"))
        let run = try day.run("verify", "out", "--json")
        #expect(run.code == 1)
        let checks = try #require(try run.object()["checks"] as? [[String: Any]])
        let names = checks.filter { $0["same"] as? Bool == false }.compactMap { $0["name"] as? String }
        #expect(names.count == 1)
        #expect(names.first?.hasSuffix("day.itch50") == true)
    }

    @Test("a run whose recorded output hash is another one differs in just that")
    func changedHash() throws {
        let day = try SmallDay()
        let hash = try #require(try day.run("backtest", "run.yaml", "--json").object()["outputHash"] as? String)
        let manifest = try day.folder.text("out/manifest.json")
        let changed = manifest.split(separator: hash, omittingEmptySubsequences: false).joined(
            separator: "0000000000000000"
        )
        try day.folder.write(changed, to: "out/manifest.json")
        let run = try day.run("verify", "out")
        #expect(run.code == 1)
        #expect(run.output.contains("out: differs in output hash\n"))
    }

    @Test("a missing or damaged manifest exits with 3 and says so")
    func damagedManifest() throws {
        let day = try SmallDay()
        let missing = try day.run("verify", ".")
        #expect(missing.code == 3)
        #expect(missing.errors.contains("manifest.json: missing"))
        try #require(try day.run("backtest", "run.yaml", "--quiet").code == 0)
        let manifest = try day.folder.text("out/manifest.json")
        for (text, reason) in [
            ("", "not JSON"), (String(manifest.prefix(manifest.count / 2)), "not JSON"), ("{}", "is missing"),
            (manifest.split(separator: "\"outputHash\"").joined(separator: "\"hash\""), "'outputHash' is missing"),
            (manifest.split(separator: "helios-manifest/1").joined(separator: "helios-manifest/9"), "schema"),
        ] {
            try day.folder.write(text, to: "out/manifest.json")
            let run = try day.run("verify", "out")
            #expect(run.code == 3)
            #expect(run.errors.contains(reason), "\(run.errors)")
        }
    }

    @Test("a symbol that the data don't have exits with 3 and writes nothing")
    func symbolWithoutData() throws {
        let day = try SmallDay()
        try day.folder.write(
            """
            data:
              - file: day.itch50
                date: 2026-01-05
            strategies:
              - name: queue-imbalance
                symbol: NOSUCH
            output:
              directory: none
            """,
            to: "none.yaml"
        )
        let run = try day.run("backtest", "none.yaml", "--quiet")
        #expect(run.code == 3)
        #expect(run.errors.contains("no data for NOSUCH in"))
        #expect(!day.folder.exists("none"))
    }

    @Test("the book is shown at a time, level by level and order by order")
    func book() throws {
        let day = try SmallDay()
        let answer = try day.run("inspect", "day.itch50", "--json").object()
        let symbol = try #require((answer["symbols"] as? [String])?.first)
        let arguments = ["inspect", "day.itch50", "--symbol", symbol, "--at", "12:00:00.5", "--orders", "--json"]
        let view = try CommandRun(arguments, in: day.folder).object()
        let book = try #require(view["book"] as? [String: Any])
        #expect(book["time"] as? Int == 43_200_500_000_000)
        let bids = try #require(book["bids"] as? [[String: Any]])
        let asks = try #require(book["asks"] as? [[String: Any]])
        #expect(!bids.isEmpty && bids.count <= 10 && !asks.isEmpty)
        for level in bids + asks {
            #expect((level["orders"] as? [[String: Any]])?.count == level["orderCount"] as? Int)
        }
        let unknown = try day.run("inspect", "day.itch50", "--symbol", "NOSUCH")
        #expect(unknown.code == 3)
        #expect(unknown.errors.contains("NOSUCH"))
    }
}

@Suite("Ctrl-C")
struct InterruptionTests {
    @Test("stops a generation and leaves no file")
    func generation() throws {
        let folder = try Folder()
        let run = try CommandRun(
            ["generate", "day.itch50", "--symbols", "500", "--messages", "400000000"],
            in: folder,
            interruptedAfter: 2
        )
        #expect(run.code == 130)
        #expect(run.errors.contains("interrupted"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    @Test("stops a backtest, keeps its results, and the shortened run repeats to the bit")
    func backtest() throws {
        let day = try SmallDay(days: 84)
        let arguments = ["backtest", "run.yaml", "--json"]
        let run = try CommandRun(arguments, in: day.folder, interruptedAfter: 1.5)
        #expect(run.code == 130)
        #expect(run.errors.contains("interrupted: the results until then are in"))
        #expect(try run.object()["interrupted"] as? Bool == true)
        let verification = try day.run("verify", "out", "--quiet")
        #expect(verification.code == 0, "\(verification.output)\(verification.errors)")
    }
}
