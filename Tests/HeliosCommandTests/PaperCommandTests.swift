// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// An exchange of twenty symbols and a session that trades six of them, as files in a folder.
private final class Market {
    let folder: Folder
    private let base = FreePorts.base(of: 8)

    // `lineA`, `lineB`, `venue` and `live` are further members, as YAML.
    init(
        speed: Int,
        lineA: String = "",
        lineB: String = "",
        venue: String = "",
        live: String = "",
        user: String = "HELIOS"
    ) throws {
        folder = try Folder()
        let made = try CommandRun(
            ["generate", "day.itch50", "--symbols", "20", "--messages", "100000", "--seed", "5", "--quiet"],
            in: folder
        )
        try #require(made.code == 0)
        let pairs = try folder.text("day.itch50.pairs.csv").split(separator: "\n").dropFirst().prefix(3)
        let symbols = Set(pairs.flatMap { $0.split(separator: ",").map(String.init) }).sorted()
        try folder.write(
            """
            venues:
              - name: ALFA
                speed: \(speed)
                agents: {symbols: 20, messages: 100_000, seed: 5}
                fees: {maker: -0.0020, taker: 0.0030}
                feed:
                  lines:
                    - {to: 127.0.0.1:\(base)\(lineA)}
                    - {to: 127.0.0.1:\(base + 1)\(lineB)}
                  requests: \(base + 2)
                ports:
                  - {listen: \(base + 3), users: [\(user)]}
                  - {listen: \(base + 4), protocol: snapshot, users: [HELIOS]}
            \(venue.isEmpty ? "" : "    " + venue)
            """,
            to: "venue.yaml"
        )
        try folder.write(
            """
            title: Test
            account: {cash: 1000000}
            fees: {maker: -0.0020, taker: 0.0030}
            risk: {staleAfter: 60s, quoteAge: 60s}
            strategies:
            \(symbols.map { "  - {name: queue-imbalance, symbol: \($0), enter: 0.4}" }.joined(separator: "\n"))
            live:
              feed: 127.0.0.1:\(base), 127.0.0.1:\(base + 1)
              requests: 127.0.0.1:\(base + 2)
              snapshots: 127.0.0.1:\(base + 4)
              orders: 127.0.0.1:\(base + 3)
              day: 2026-01-05
              speed: \(speed)
              rate: 100000
              burst: 10000
              \(live)
            """,
            to: "paper.yaml"
        )
    }

    func start(_ arguments: String..., output: String) throws -> Running {
        try Running(try #require(Program.path), arguments, in: folder, output: output)
    }
}

@Suite("helios paper")
struct PaperCommandTests {
    private func number(_ answer: [String: Any], _ key: String) throws -> Int { try #require(answer[key] as? Int) }

    /// What the venue knows of the session, and what the session knows of itself, are the same.
    private func agree(_ venueAnswer: [String: Any], _ paper: [String: Any]) throws {
        let venue = try #require((venueAnswer["venues"] as? [[String: Any]])?.first)
        let account = try #require((venue["accounts"] as? [[String: Any]])?.first)
        let fills = try #require(account["shares"] as? Int)
        #expect(fills > 0, "nothing was traded: the test shows nothing")
        #expect(paper["sharesTraded"] as? String == "\(fills)")
        #expect(
            Decimal(string: try #require(paper["fees"] as? String))
                == Decimal(string: try #require(account["fees"] as? String))
        )
        #expect(paper["working"] as? Int == 0)
        // What was lost where the machine had no time for it, a snapshot has made good: nothing may be missing at the end.
        let feed = try #require(paper["feed"] as? [String: Any])
        #expect(feed["missing"] as? Int == 0 && feed["malformed"] as? Int == 0)
    }

    private func replays(_ market: Market, _ answer: [String: Any]) throws {
        let replay = try CommandRun(["replay", "session", "--quiet"], in: market.folder)
        #expect(replay.code == 0, "\(replay.errors)")
        #expect(replay.output.contains(try #require(answer["outputHash"] as? String)))
    }

    @Test(
        "a day over lossy lines ends with the venue's own count of shares and fees, and replays to the bit",
        .timeLimit(.minutes(20)),
        arguments: ["single", "three"]
    )
    func wholeDay(threads: String) throws {
        let market = try Market(
            speed: 4_000,
            lineA: ", loss: 3%, duplication: 2%, reordering: 3%",
            lineB: ", loss: 3%, skew: 1ms, reordering: 2%"
        )
        let paper = try market.start(
            "paper",
            "paper.yaml",
            "--journal",
            "session",
            "--threads",
            threads,
            "--wait",
            "yield",
            "--json",
            output: "paper.json"
        )
        // Who is reached by its control socket has opened the lines: every message of the day is heard live, none from a snapshot.
        #expect(paper.waits { market.folder.exists("session/control.sock") })
        let venue = try market.start("venue", "venue.yaml", "--json", output: "venue.json")
        let answer = try paper.answer()
        #expect(paper.process.terminationStatus == 0 && answer["outcome"] as? String == "finished")
        try agree(try venue.answer(), answer)
        let feed = try #require(answer["feed"] as? [String: Any])
        #expect(try number(feed, "gaps") > 0 && number(feed, "requests") > 0, "no packet was lost on both lines")
        #expect(try number(feed, "lost") == 0)
        // A record for every message of the feed, and none beside them.
        #expect(try number(feed, "messages") == number(answer, "marketInputs"))
        try replays(market, answer)
    }

    @Test(
        "a session that is killed again and again, at a venue that drops its lines, loses and doubles nothing",
        .timeLimit(.minutes(20)),
        arguments: ["memory", "cache"]
    )
    func killed(durability: String) throws {
        // All five lives begin before the day is over, also on a machine that has much else to do.
        let market = try Market(
            speed: 2_000,
            lineA: ", loss: 2%",
            lineB: ", loss: 2%, skew: 500us",
            venue: "quirks: {disconnectEvery: 700ms, reject: 2%}",
            live: "durability: \(durability)"
        )
        let venue = try market.start("venue", "venue.yaml", "--json", output: "venue.json")
        for life in 0..<4 {
            let paper = try market.start(
                "paper",
                "paper.yaml",
                "--journal",
                "session",
                "--json",
                "--snapshot-every",
                "16384",
                output: "paper\(life).json"
            )
            #expect(try paper.waits(for: "\"event\":\"trading\""), "it has never traded")
            Thread.sleep(forTimeInterval: 0.6 + Double(life) * 0.13)
            kill(paper.process.processIdentifier, SIGKILL)
            paper.process.waitUntilExit()
        }
        let last = try market.start("paper", "paper.yaml", "--journal", "session", "--json", output: "paper.json")
        let answer = try last.answer()
        #expect(last.process.terminationStatus == 0)
        let report = try venue.answer()
        try agree(report, answer)
        #expect(try number(answer, "epoch") == 5)
        try replays(market, answer)
    }

    @Test("Ctrl-C cancels what works before the session ends, and a later one goes on", .timeLimit(.minutes(20)))
    func interrupted() throws {
        // The day is longer than two sessions, whatever else the machine does.
        let market = try Market(speed: 500)
        let venue = try market.start("venue", "venue.yaml", "--json", output: "venue.json")
        for part in 0..<2 {
            let paper = try market.start(
                "paper",
                "paper.yaml",
                "--journal",
                "session",
                "--json",
                output: "paper\(part).json"
            )
            #expect(try paper.waits(for: "\"event\":\"trading\""), "it has never traded")
            Thread.sleep(forTimeInterval: 2.5)
            paper.process.interrupt()
            let answer = try paper.answer()
            #expect(paper.process.terminationReason == .exit && paper.process.terminationStatus == 130)
            #expect(answer["outcome"] as? String == "interrupted" && answer["working"] as? Int == 0)
            #expect(try number(answer, "epoch") == part + 1)
            try replays(market, answer)
        }
        venue.process.interrupt()
        _ = try venue.answer()
    }

    @Test(
        "a session that lost its venue process trades on when another one is there",
        .timeLimit(.minutes(20))
    )
    func venueRestarts() throws {
        let market = try Market(speed: 500)
        let paper = try market.start(
            "paper",
            "paper.yaml",
            "--journal",
            "session",
            "--json",
            output: "paper.json"
        )
        let first = try market.start("venue", "venue.yaml", "--json", output: "venue1.json")
        let begun = DispatchTime.now().uptimeNanoseconds
        func trades() throws -> Int { try paper.text().components(separatedBy: "\"event\":\"trading\"").count - 1 }
        #expect(try paper.waits(for: "\"event\":\"trading\""), "it has never traded")
        Thread.sleep(forTimeInterval: 2)
        kill(first.process.processIdentifier, SIGKILL)
        first.process.waitUntilExit()
        // So far the first market has come.
        let behind = Double(DispatchTime.now().uptimeNanoseconds - begun) / 1e9
        let before = try trades()
        Thread.sleep(forTimeInterval: 0.5)
        let second = try market.start("venue", "venue.yaml", "--json", output: "venue2.json")
        // A busy machine takes its time.
        #expect(try paper.waits { try trades() > before }, "it does not trade on")
        #expect(try paper.waits(for: "the feed has begun the session"))
        // The day begins anew, and the session's time stands still until the market has come to where it was.
        Thread.sleep(forTimeInterval: behind + 6)
        paper.process.interrupt()
        let answer = try paper.answer()
        #expect(answer["outcome"] as? String == "interrupted" && answer["working"] as? Int == 0)
        second.process.interrupt()
        let report = try second.answer()
        let venue = try #require((report["venues"] as? [[String: Any]])?.first)
        let account = try #require((venue["accounts"] as? [[String: Any]])?.first)
        #expect(try #require(account["orders"] as? Int) > 0, "no order reached the second venue")
        try replays(market, answer)
    }

    @Test("a login that the venue refuses is told once, with the reason, and Ctrl-C still ends the session")
    func refusedLogin() throws {
        let market = try Market(speed: 1_000, user: "OTHER")
        let venue = try market.start("venue", "venue.yaml", "--json", output: "venue.json")
        let paper = try market.start("paper", "paper.yaml", "--journal", "session", output: "paper.out")
        let refusal = "refuses the login: user or password are wrong"
        #expect(try paper.waits(for: refusal))
        // It is tried again every two seconds.
        Thread.sleep(forTimeInterval: 7)
        paper.process.interrupt()
        paper.process.waitUntilExit()
        #expect(paper.process.terminationReason == .exit && paper.process.terminationStatus == 130)
        let told = try paper.text()
        #expect(told.components(separatedBy: refusal).count == 2)
        #expect(!told.contains("venueLost"))
        venue.process.interrupt()
        _ = try venue.answer()
    }

    @Test("a configuration without its live part, or with a wrong one, is refused with what is wrong")
    func wrongConfiguration() throws {
        let folder = try Folder()
        let strategies = "strategies: [{name: queue-imbalance, symbol: KO}]\n"
        try folder.write(strategies + "live: {feed: 127.0.0.1:7020}\n", to: "orders.yaml")
        let orders = try CommandRun(["paper", "orders.yaml"], in: folder)
        #expect(orders.code == 2 && orders.errors.contains("live.orders"))
        try folder.write(
            strategies + "live: {feed: 'localhost', orders: '127.0.0.1:99999', wait: sleep, processors: a, speed: 0}\n",
            to: "wrong.yaml"
        )
        let wrong = try CommandRun(["paper", "wrong.yaml"], in: folder)
        #expect(wrong.code == 2)
        for key in ["live.feed", "live.orders", "live.wait", "live.processors", "live.speed"] {
            #expect(wrong.errors.contains("wrong.yaml:2:") && wrong.errors.contains(key), "\(key): \(wrong.errors)")
        }
        #expect(wrong.errors.contains("an address such as"))
    }
}
