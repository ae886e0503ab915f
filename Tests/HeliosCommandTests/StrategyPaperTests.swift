// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// The examples of docs/strategies in processes: an exchange, and a session that is killed while it holds something.
///
/// `HELIOS_KILL_STRATEGIES=all`, or names with commas between them, kills others than the two that every run kills.
@Suite("Strategies in helios paper", .serialized)
struct StrategyPaperTests {
    private static let all = ["signals", "market-making", "momentum", "vwap-reversion", "pca", "basket"]
    /// One that rests and replaces orders, and one that fits a model over minutes.
    private static let chosen: [String] = {
        let wish = ProcessInfo.processInfo.environment["HELIOS_KILL_STRATEGIES"] ?? "market-making,pca"
        return wish == "all" ? all : wish.split(separator: ",").map(String.init)
    }()

    /// The exchange with the examples' day, and the example as a session there.
    private struct Floor {
        let folder: Folder
        private let base = FreePorts.base(of: 6)
        var copyPort: Int { base + 5 }

        init(_ name: String, speed: Int) throws {
            folder = try Folder()
            try folder.write(
                """
                venues:
                  - name: ALFA
                    speed: \(speed)
                    agents: {symbols: 20, messages: 200_000, seed: 3}
                    fees: {maker: -0.0020, taker: 0.0030}
                    feed:
                      lines: [{to: 127.0.0.1:\(base), loss: 2%}, {to: 127.0.0.1:\(base + 1), loss: 2%, skew: 500us}]
                      requests: \(base + 2)
                    ports:
                      - {listen: \(base + 3), users: [HELIOS]}
                      - {listen: \(base + 4), protocol: snapshot, users: [HELIOS]}
                      - {listen: \(base + 5), protocol: drop-copy, users: [COPY]}
                """,
                to: "venue.yaml"
            )
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let example = root.appendingPathComponent("Examples/strategies/\(name).yaml")
            // A session has no files of the market and no models of latency, and its results are the journal's.
            let parts = ["account", "fees", "risk", "strategies"]
            var isKept = false
            let kept = try String(contentsOf: example, encoding: .utf8).split(separator: "\n").filter { line in
                if line.first?.isLetter == true { isKept = parts.contains(String(line.prefix { $0 != ":" })) }
                return isKept
            }
            try folder.write(
                """
                \(kept.joined(separator: "\n"))
                live:
                  feed: 127.0.0.1:\(base), 127.0.0.1:\(base + 1)
                  requests: 127.0.0.1:\(base + 2)
                  snapshots: 127.0.0.1:\(base + 4)
                  orders: 127.0.0.1:\(base + 3)
                  day: 2026-01-05
                  speed: \(speed)
                  rate: 100000
                  burst: 10000
                """,
                to: "paper.yaml"
            )
        }

        func start(_ arguments: [String], output: String) throws -> Running {
            try Running(try #require(Program.path), arguments, in: folder, output: output)
        }

        func session(_ name: String) throws -> Running {
            try start(
                ["paper", "paper.yaml", "--journal", "session", "--json", "--snapshot-every", "4096"],
                output: "\(name).json"
            )
        }
    }

    @Test(.timeLimit(.minutes(20)), arguments: chosen)
    func `killed while it holds something, it goes on with its orders, its positions and its state`(name: String) throws
    {
        let floor = try Floor(name, speed: 1_500)
        var paper = try floor.session("life0")
        #expect(paper.waits { floor.folder.exists("session/control.sock") })
        let venue = try floor.start(["venue", "venue.yaml", "--json"], output: "venue.json")
        let copy = try DropCopyWatch(port: floor.copyPort)
        for life in 1...2 {
            let before = copy.accepted
            #expect(copy.waits { $0.accepted > before + 3 && !$0.positions.isEmpty }, "life \(life) trades nothing")
            kill(paper.process.processIdentifier, SIGKILL)
            paper.process.waitUntilExit()
            paper = try floor.session("life\(life)")
        }
        let before = copy.accepted
        let answer = try paper.answer()
        #expect(paper.process.terminationStatus == 0 && answer["outcome"] as? String == "finished")
        #expect(answer["epoch"] as? Int == 3)
        // The state came from a snapshot and the records behind it, and what it did from there on is what it would have done.
        #expect(try paper.text().contains("the snapshot behind record"))
        let replay = try CommandRun(["replay", "session", "--quiet"], in: floor.folder)
        #expect(replay.code == 0, "\(replay.errors)")
        #expect(replay.output.contains(try #require(answer["outputHash"] as? String)))
        #expect(copy.accepted > before, "the last life traded nothing")
        // Every share is the venue's.
        let positions = try #require(answer["positions"] as? [[String: Any]])
        var held: [String: Int] = [:]
        for position in positions {
            let shares = try #require((position["shares"] as? String).flatMap { Int($0) })
            if shares != 0 { held[position["symbol"] as? String ?? ""] = shares }
        }
        #expect(copy.waits { $0.positions == held })
        #expect(answer["working"] as? Int == 0)
        // The copy comes on a connection of its own.
        #expect(copy.waits { $0.open == 0 }, "\(copy.open) orders work still")
        let told = try #require((try venue.answer()["venues"] as? [[String: Any]])?.first)
        let account = try #require((told["accounts"] as? [[String: Any]])?.first)
        let shares = try #require(account["shares"] as? Int)
        #expect(answer["sharesTraded"] as? String == "\(shares)")
        #expect(
            Decimal(string: try #require(answer["fees"] as? String))
                == Decimal(string: try #require(account["fees"] as? String))
        )
        copy.end()
    }
}
