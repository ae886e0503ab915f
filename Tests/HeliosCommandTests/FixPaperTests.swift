// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// An exchange whose order entry is FIX, and a session that trades there, as files in a folder.
private final class FixMarket {
    let folder: Folder
    let symbols: [String]

    init(version: String, speed: Int, quirks: String = "", port: String = "", blocks: Bool = false) throws {
        let base = FreePorts.base(of: 6)
        folder = try Folder()
        let made = try CommandRun(
            ["generate", "day.itch50", "--symbols", "20", "--messages", "100000", "--seed", "5", "--quiet"],
            in: folder
        )
        try #require(made.code == 0)
        let pairs = try folder.text("day.itch50.pairs.csv").split(separator: "\n").dropFirst().prefix(3)
        let symbols = Set(pairs.flatMap { $0.split(separator: ",").map(String.init) }).sorted()
        self.symbols = symbols
        // Dealers who take their time: at such a pace a second is less than a message needs.
        let dealers = """
                dealers:
                  - {name: NORTH, markup: 0.01, delay: 30s, life: 20min, capacity: 400}
                  - {name: SOUTH, markup: 0.02, noise: 0.02, delay: 60s, life: 20min, refuses: 20%}
            """
        let orders = symbols.map {
            "  - {symbol: \($0), side: buy, quantity: 1000, algorithm: rfq, at: \"09:40\", until: \"15:30\"}"
        }
        let given = """
            execution: {quoteTime: 15min, pause: 1min, patience: 50}
            orders:
            \(orders.joined(separator: "\n"))
            """
        // So is a minute of silence, for who waits for an answer.
        let stale = blocks ? "10min" : "60s"
        // Beside parent orders the strategies only name the instruments.
        let rule = blocks ? "enter: 1, firstEntry: \"15:59\", flattenAt: \"15:59:30\"" : "enter: 0.4"
        try folder.write(
            """
            venues:
              - name: ALFA
                speed: \(speed)
                agents: {symbols: 20, messages: 100_000, seed: 5}
                fees: {maker: -0.0020, taker: 0.0030}
                feed:
                  lines:
                    - {to: 127.0.0.1:\(base)}
                    - {to: 127.0.0.1:\(base + 1)}
                  requests: \(base + 2)
            \(quirks.isEmpty ? "" : "    quirks: {\(quirks)}")
            \(blocks ? dealers : "")
                ports:
                  - {listen: \(base + 3), protocol: fix-\(version), compID: ALFA\(port), users: [HELIOS]}
                  - {listen: \(base + 4), protocol: snapshot, users: [HELIOS]}
            """,
            to: "venue.yaml"
        )
        try folder.write(
            """
            title: Test
            account: {cash: 1000000}
            fees: {maker: -0.0020, taker: 0.0030}
            risk: {staleAfter: \(stale), quoteAge: \(stale)}
            \(blocks ? given : "")
            strategies:
            \(symbols.map { "  - {name: queue-imbalance, symbol: \($0), \(rule)}" }.joined(separator: "\n"))
            live:
              feed: 127.0.0.1:\(base), 127.0.0.1:\(base + 1)
              requests: 127.0.0.1:\(base + 2)
              snapshots: 127.0.0.1:\(base + 4)
              orders: 127.0.0.1:\(base + 3)
              day: 2026-01-05
              speed: \(speed)
              rate: 100000
              burst: 10000
              fix: {version: \(version), sender: HELIOS, target: ALFA\(blocks ? ", dealers: \"NORTH, SOUTH\"" : "")}
            """,
            to: "paper.yaml"
        )
    }

    func start(_ arguments: String..., output: String) throws -> Running {
        try Running(try #require(Program.path), arguments, in: folder, output: output)
    }

    func paper(_ output: String, _ more: [String] = []) throws -> Running {
        let arguments = ["paper", "paper.yaml", "--journal", "session", "--json"] + more
        return try Running(try #require(Program.path), arguments, in: folder, output: output)
    }

    /// What the venue knows of the session, and what the session knows of itself, are the same; and it replays to the bit.
    func agree(_ venueAnswer: [String: Any], _ paper: [String: Any]) throws {
        let venue = try #require((venueAnswer["venues"] as? [[String: Any]])?.first)
        let account = try #require((venue["accounts"] as? [[String: Any]])?.first)
        let fills = try #require(account["shares"] as? Int)
        #expect(fills > 0, "nothing was traded: the test shows nothing")
        #expect(paper["sharesTraded"] as? String == "\(fills)")
        let fees = (try #require(paper["fees"] as? String), try #require(account["fees"] as? String))
        #expect(Decimal(string: fees.0) == Decimal(string: fees.1))
        // Of what left in the day's last moment the end may not have been heard, of which the session warns: a few, if any.
        #expect((0...20).contains(try #require(paper["working"] as? Int)))
        let replay = try CommandRun(["replay", "session", "--quiet"], in: folder)
        #expect(replay.code == 0, "\(replay.errors)")
        #expect(replay.output.contains(try #require(paper["outputHash"] as? String)))
    }
}

extension FixMarket {
    /// Every number that an order got is accounted for: the venue has it, or it is said why not.
    fileprivate func agreeOnOrders(_ venueAnswer: [String: Any], _ paper: [String: Any]) throws {
        let venue = try #require((venueAnswer["venues"] as? [[String: Any]])?.first)
        let account = try #require((venue["accounts"] as? [[String: Any]])?.first)
        let there = try #require(account["orders"] as? Int)
        // What still works for the session when the day is over has not reached the venue: it is not counted there.
        let here = try ["refusedByRisk", "heldBack", "rejected", "working"].map {
            try #require(paper[$0] as? Int, "\($0)")
        }
        #expect(paper["orders"] as? Int == here.reduce(there, +), "\(there) there, \(here) here")
    }
}

@Suite("helios paper through FIX")
struct FixPaperTests {
    @Test(
        "a day ends with the venue's own count of orders, shares and fees, and replays to the bit",
        .timeLimit(.minutes(20)),
        arguments: ["4.2", "4.4", "5.0sp2"]
    )
    func wholeDay(version: String) throws {
        // 4.2 has no field for it: the venue says in one of its own who has made and who has taken.
        let port = version == "4.2" ? ", liquidityTag: 9730" : ""
        let market = try FixMarket(version: version, speed: 3_000, port: port)
        let threads = version == "4.4" ? "single" : "three"
        let paper = try market.paper("paper.json", ["--threads", threads, "--wait", "yield"])
        #expect(paper.waits { market.folder.exists("session/control.sock") })
        let venue = try market.start("venue", "venue.yaml", "--json", output: "venue.json")
        let answer = try paper.answer()
        #expect(paper.process.terminationStatus == 0 && answer["outcome"] as? String == "finished")
        let told = try venue.answer()
        try market.agree(told, answer)
        try market.agreeOnOrders(told, answer)
    }

    @Test(
        "a session that is killed again and again, at a venue that drops its connections, loses and doubles nothing",
        .timeLimit(.minutes(20))
    )
    func killed() throws {
        let market = try FixMarket(version: "4.4", speed: 300, quirks: "disconnectEvery: 700ms, reject: 2%")
        let venue = try market.start("venue", "venue.yaml", "--json", output: "venue.json")
        for life in 0..<3 {
            let paper = try market.paper("paper\(life).json", ["--snapshot-every", "16384"])
            #expect(try paper.waits(for: "\"event\":\"trading\""), "it has never traded")
            Thread.sleep(forTimeInterval: 0.6 + Double(life) * 0.13)
            kill(paper.process.processIdentifier, SIGKILL)
            paper.process.waitUntilExit()
        }
        let last = try market.paper("paper.json")
        let answer = try last.answer()
        #expect(last.process.terminationStatus == 0)
        try market.agree(try venue.answer(), answer)
        #expect(answer["epoch"] as? Int == 4)
    }

    @Test(
        "blocks are bought from dealers, whose quotes are records, and the day replays to the bit",
        .timeLimit(.minutes(20)),
        arguments: ["4.2", "5.0sp2"]
    )
    func blocks(version: String) throws {
        let market = try FixMarket(version: version, speed: 1_000, blocks: true)
        let paper = try market.paper("paper.json", ["--wait", "yield"])
        #expect(paper.waits { market.folder.exists("session/control.sock") })
        let venue = try market.start("venue", "venue.yaml", "--json", output: "venue.json")
        let answer = try paper.answer()
        #expect(paper.process.terminationStatus == 0 && answer["outcome"] as? String == "finished")
        try market.agree(try venue.answer(), answer)
        #expect(answer["sharesTraded"] as? String == "\(market.symbols.count * 1_000)", "all of it, from dealers alone")
        let stat = try CommandRun(["journal", "stat", "session"], in: market.folder)
        for kind in ["quoteRequest", "dealerQuote", "quoteAccepted"] { #expect(stat.output.contains(kind), "\(kind)") }
        let route = try CommandRun(["route", "explain", "session", "1073741824"], in: market.folder)
        #expect(route.code == 0 && route.output.contains("NORTH") && route.output.contains("SOUTH"), "\(route.errors)")
    }

    @Test("a second process is refused the FIX session's numbers") func locked() throws {
        let market = try FixMarket(version: "4.4", speed: 1_000)
        try market.folder.write(
            try market.folder.text("paper.yaml")
                .replacing("target: ALFA}", with: "target: ALFA, store: numbers.store}"),
            to: "paper.yaml"
        )
        let first = try market.paper("first.json")
        #expect(first.waits { market.folder.exists("session/control.sock") })
        let second = try CommandRun(["paper", "paper.yaml", "--journal", "other", "--json"], in: market.folder)
        #expect(second.code != 0 && second.errors.contains("another process uses this FIX session"), "\(second.errors)")
        first.process.interrupt()
        _ = try first.answer()
    }
}
