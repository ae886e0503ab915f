// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios order", .serialized)
struct OrderCommandTests {
    private func order(_ arguments: [String], _ floor: KillFloor) throws -> CommandRun {
        try CommandRun(["order"] + arguments + ["--journal", "session", "--json"], in: floor.folder)
    }

    private func standing(_ run: CommandRun) throws -> [String: Any] {
        try #require(run.code == 0, "\(run.output)\(run.errors)")
        return try #require(try run.object()["order"] as? [String: Any])
    }

    private func list(_ floor: KillFloor) throws -> [[String: Any]] {
        let run = try order(["list"], floor)
        try #require(run.code == 0, "\(run.output)\(run.errors)")
        return try #require(try run.object()["orders"] as? [[String: Any]])
    }

    /// Waits until the session's parent orders are as they should be, minutes at most.
    private func waits(_ floor: KillFloor, _ condition: ([[String: Any]]) -> Bool) throws -> Bool {
        for _ in 0..<3_000 {
            if condition(try list(floor)) { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    @Test(
        "a parent order is given to a running session, listed, worked and stopped; the journal replays to the bit",
        .timeLimit(.minutes(20))
    )
    func given() throws {
        let floor = try KillFloor(live: "watchdog: 30s")
        // One of the configuration's own, which a restart must not give again.
        let configured = """

            execution: {patience: 1000000}
            orders:
              - {symbol: \(floor.symbols[1]), side: sell, quantity: 700, algorithm: iceberg, display: 100}
            """
        try floor.folder.write(try floor.folder.text("paper.yaml") + configured, to: "paper.yaml")
        let (venue, copy) = try floor.venue()
        func start(_ output: String) throws -> Running {
            try floor.start("paper", "paper.yaml", "--journal", "session", "--json", output: output)
        }
        var paper = try start("paper.json")
        #expect(copy.waits { $0.accepted > 0 }, "nothing is traded: the test shows nothing")
        #expect(try waits(floor) { $0.contains { $0["quantity"] as? String == "700" } })

        let buy = try standing(
            order(
                ["buy", floor.symbols[0], "40", "--algo", "sniper", "--amount", "1", "--reason", "a test"],
                floor
            )
        )
        let number = try #require(buy["number"] as? Int)
        #expect(buy["symbol"] as? String == floor.symbols[0] && buy["side"] as? String == "buy")
        let sell = try standing(
            order(["sell", floor.symbols[0], "5000", "--algo", "vwap", "--limit", "100000"], floor)
        )
        let other = try #require(sell["number"] as? Int)
        #expect(other == number + 1 && sell["side"] as? String == "sell")
        #expect(
            try waits(floor) { $0.contains { $0["number"] as? Int == number && $0["state"] as? String == "done" } },
            "the venue has not filled it"
        )
        // Nobody pays its limit: it is there until somebody stops it.
        let stopped = try standing(order(["cancel", "\(other)", "--reason", "another test"], floor))
        #expect(["ending", "cancelled"].contains(stopped["state"] as? String))
        let table = try CommandRun(["order", "list"], in: floor.folder)
        #expect(table.code == 0 && table.output.contains("\(number)") && table.output.contains("vwap"))

        // What is not understood, what is refused.
        let unknown = try order(["buy", "NONE", "100", "--algo", "vwap"], floor)
        #expect(unknown.code == 2 && unknown.errors.contains("does not trade 'NONE'") && unknown.output.isEmpty)
        #expect(try order(["buy", floor.symbols[0], "100", "--algo", "magic"], floor).code == 2)
        #expect(try order(["cancel", "5"], floor).code == 4)
        #expect(try order(["cancel", "\(number)"], floor).code == 4)

        // Whoever comes back goes on with all of them, and gives none again.
        let before = try list(floor).map { $0["number"] as? Int }
        kill(paper.process.processIdentifier, SIGKILL)
        paper.process.waitUntilExit()
        let dead = try order(["list"], floor)
        #expect(dead.code == 5)
        paper = try start("paper2.json")
        #expect(copy.waits { _ in (try? paper.text().contains("\"event\":\"trading\"")) ?? false })
        #expect(try list(floor).map { $0["number"] as? Int } == before)
        #expect(floor.market.waits(60), "the market is closed: this shows nothing")
        #expect(try list(floor).count { $0["quantity"] as? String == "700" } == 1)
        if paper.process.isRunning { paper.process.interrupt() }
        paper.process.waitUntilExit()
        venue.process.interrupt()
        _ = try venue.answer()
        copy.end()

        let replay = try CommandRun(["replay", "session", "--quiet"], in: floor.folder)
        #expect(replay.code == 0, "\(replay.errors)")
        let export = try CommandRun(
            ["journal", "export", "session", "--format", "jsonl", "--output", "records.json"],
            in: floor.folder
        )
        #expect(export.code == 0, "\(export.errors)")
        let records = try floor.folder.text("records.json")
        #expect(records.contains("a test") && records.contains("another test"))
        // The market shows our own orders: the configuration that every replay goes by says so.
        #expect(records.contains("showsOwn: true"))
    }

    @Test("without a session it says so, and a wrong number is no number")
    func nobody() throws {
        let folder = try Folder()
        for arguments in [["list"], ["buy", "AAPL", "100", "--algo", "vwap"], ["cancel", "1073741824"]] {
            let run = try CommandRun(["order"] + arguments, in: folder)
            #expect(run.code == 5 && run.errors.contains("no session runs here"), "\(run.errors)")
        }
        #expect(try CommandRun(["order", "cancel", "first"], in: folder).code == 2)
        #expect(try CommandRun(["order", "buy", "AAPL"], in: folder).code == 2)
    }
}
