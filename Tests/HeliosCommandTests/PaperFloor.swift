// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import HeliosWire
import Testing

/// Two lit exchanges, each a process of its own, and a dark pool beside the first, with the configuration of a session that works
/// parent orders over all of them, as files in a folder.
final class PaperFloor {
    let folder: Folder
    let base = FreePorts.base(of: 20)
    /// Whether the market is open, from a second line of the first exchange's feed.
    let market: FeedWatch
    let symbols: [String]
    let speed: Int
    static let names = ["ALFA", "BETA", "DARK"]

    // `orders`, `live` and `beta` are further members, as YAML; with `fix` the second exchange and the pool speak FIX.
    init(
        speed: Int,
        symbols count: Int = 4,
        orders: String? = nil,
        live: String = "",
        beta: String = "",
        fix: Bool = false
    ) throws {
        let door = fix ? "protocol: fix-4.4, " : ""
        func entry(_ target: String) -> String {
            guard fix else { return "" }
            return ["protocol: fix", "sender: HELIOS", "target: \(target)"].map { "\n      " + $0 }.joined()
        }
        self.speed = speed
        folder = try Folder()
        market = try FeedWatch()
        let made = try CommandRun(
            ["generate", "day.itch50", "--symbols", "20", "--messages", "100000", "--seed", "5", "--quiet"],
            in: folder
        )
        try #require(made.code == 0)
        let pairs = try folder.text("day.itch50.pairs.csv").split(separator: "\n").dropFirst()
        symbols = Array(Set(pairs.flatMap { $0.split(separator: ",").map(String.init) }).sorted().prefix(count))
        try folder.write(
            """
            venues:
              - name: ALFA
                speed: \(speed)
                agents: {symbols: 20, messages: 100_000, seed: 5}
                fees: {maker: -0.0020, taker: 0.0030}
                feed:
                  lines: [{to: 127.0.0.1:\(base)}, {to: 127.0.0.1:\(market.port)}]
                  requests: \(base + 1)
                ports:
                  - {listen: \(base + 2), users: [HELIOS]}
                  - {listen: \(base + 3), protocol: snapshot, users: [HELIOS]}
                  - {listen: \(base + 4), protocol: drop-copy, users: [COPY]}
              - name: DARK
                kind: dark
                reference: ALFA
                fees: {maker: 0.0010, taker: 0.0010}
                feed: {lines: [{to: 127.0.0.1:\(base + 5)}], requests: \(base + 6)}
                ports:
                  - {listen: \(base + 7), \(door)users: [HELIOS]}
            """,
            to: "alfa.yaml"
        )
        try folder.write(
            """
            venues:
              - name: BETA
                speed: \(speed)
                agents: {symbols: 20, messages: 100_000, seed: 5, flow: 6}
                fees: {maker: -0.0010, taker: 0.0030}
                feed: {lines: [{to: 127.0.0.1:\(base + 8)}], requests: \(base + 9)}
                ports:
                  - {listen: \(base + 10), \(door)users: [HELIOS]}
                  - {listen: \(base + 11), protocol: snapshot, users: [HELIOS]}
                  - {listen: \(base + 12), protocol: drop-copy, users: [COPY]}
            \(beta.isEmpty ? "" : "    " + beta)
            """,
            to: "beta.yaml"
        )
        let given =
            orders
            ?? symbols.map {
                "  - {symbol: \($0), side: buy, quantity: 4000, algorithm: twap, at: \"09:40\", until: \"15:30\", takes: true}"
            }.joined(separator: "\n")
        // The strategies only name the instruments: what trades are the parent orders.
        let strategies = symbols.map {
            "  - {name: queue-imbalance, symbol: \($0), enter: 1, firstEntry: \"15:59\", flattenAt: \"15:59:30\"}"
        }
        try folder.write(
            """
            title: Floor
            account: {cash: 1000000}
            risk: {staleAfter: 60s, quoteAge: 60s}
            orders:
            \(given)
            strategies:
            \(strategies.joined(separator: "\n"))
            live:
              day: 2026-01-05
              speed: \(speed)
              rate: 100000
              burst: 10000
              \(live)
              venues:
                - name: ALFA
                  feed: 127.0.0.1:\(base)
                  requests: 127.0.0.1:\(base + 1)
                  snapshots: 127.0.0.1:\(base + 3)
                  orders: 127.0.0.1:\(base + 2)
                - name: BETA
                  feed: 127.0.0.1:\(base + 8)
                  requests: 127.0.0.1:\(base + 9)
                  snapshots: 127.0.0.1:\(base + 11)
                  orders: 127.0.0.1:\(base + 10)\(entry("BETA"))
                  maker: -0.0010
                - name: DARK
                  kind: dark
                  feed: 127.0.0.1:\(base + 5)
                  requests: 127.0.0.1:\(base + 6)
                  orders: 127.0.0.1:\(base + 7)\(entry("DARK"))
                  maker: 0.0010
                  taker: 0.0010
            """,
            to: "paper.yaml"
        )
    }

    deinit { market.end() }

    func start(_ arguments: String..., output: String) throws -> Running {
        try Running(try #require(Program.path), arguments, in: folder, output: output)
    }

    func alfa(_ output: String = "alfa.json") throws -> Running {
        try start("venue", "alfa.yaml", "--json", output: output)
    }

    func beta(_ output: String = "beta.json") throws -> Running {
        try start("venue", "beta.yaml", "--json", output: output)
    }

    func paper(_ output: String, threads: String = "single") throws -> Running {
        try start(
            "paper",
            "paper.yaml",
            "--journal",
            "session",
            "--threads",
            threads,
            "--wait",
            "yield",
            "--json",
            output: output
        )
    }

    /// Ends the exchanges; what they say of our account there, by name.
    func accounts(_ venues: Running...) throws -> [String: (orders: Int, shares: Int, fees: Decimal)] {
        var accounts: [String: (orders: Int, shares: Int, fees: Decimal)] = [:]
        for venue in venues {
            venue.process.interrupt()
            for told in try #require(try venue.answer()["venues"] as? [[String: Any]]) {
                let name = try #require(told["name"] as? String)
                let all = try #require(told["accounts"] as? [[String: Any]])
                guard let own = all.first(where: { $0["user"] as? String == "HELIOS" }) else {
                    accounts[name] = (0, 0, 0)
                    continue
                }
                let fees = try #require(own["fees"] as? String)
                accounts[name] = (
                    try #require(own["orders"] as? Int), try #require(own["shares"] as? Int),
                    try #require(Decimal(string: fees))
                )
            }
        }
        return accounts
    }

    /// The same session in this process.
    func session(_ threads: SessionThreads, _ change: (inout PaperSettings) -> Void = { _ in }) throws -> HeldSession {
        let midnight = try #require(TradingDay("2026-01-05")).midnight
        let user = try #require(SoupText("HELIOS"))
        func venue(_ name: String, _ feed: Int, _ requests: Int, _ orders: Int, _ snapshots: Int?) -> PaperVenue {
            var lines = FeedSettings(lines: [UDPSource(Endpoint(port: UInt16(base + feed)))])
            lines.servers = [Endpoint(port: UInt16(base + requests))]
            var venue = PaperVenue(
                name: name,
                feed: lines,
                orders: Endpoint(port: UInt16(base + orders)),
                soup: SoupClientConfiguration(user: user, password: .blank)
            )
            venue.snapshots = snapshots.map { SnapshotSettings(Endpoint(port: UInt16(base + $0)), user: "HELIOS") }
            venue.rate = 100_000
            venue.burst = 10_000
            return venue
        }
        var dark = venue("DARK", 5, 6, 7, nil)
        dark.isDark = true
        var settings = PaperSettings(
            venues: [venue("ALFA", 0, 1, 2, 3), venue("BETA", 8, 9, 10, 11), dark],
            midnight: midnight,
            journalDirectory: folder.path("session")
        )
        settings.speed = Double(speed)
        settings.threads = threads
        settings.stateSnapshots.interval = 0
        settings.journal.segmentSize = 1 << 20
        settings.control.limit = 240_000_000_000
        var run = BacktestSettings()
        run.orderCapacity = 1 << 16
        run.limits.staleAge = 60_000_000_000
        run.limits.quoteAge = 60_000_000_000
        run.floor = FloorSettings([FloorVenue("ALFA"), FloorVenue("BETA"), FloorVenue("DARK", .dark)])
        run.bookCapacity = BookCapacity(instruments: 64, orders: 1 << 16, levels: 1 << 12)
        // Children rest at both lit exchanges.
        run.execution.routing.policy = .split
        run.execution.orders = try symbols.map { name in
            ParentByHand(
                try #require(Symbol(name)),
                at: 34_900_000_000_000,
                ParentRequest(.twap, .none, .buy, Quantity(20_000))
            )
        }
        let strategies = try symbols.map { name in
            var parameters = QueueImbalanceParameters(symbol: try #require(Symbol(name)))
            parameters.firstEntry = 57_540_000_000_000
            parameters.flattenAt = 57_570_000_000_000
            return StrategyConfiguration.queueImbalance(parameters)
        }
        settings.control.policy = run.ruling
        change(&settings)
        let recorded = RecordedSession(configuration: "a test", midnight: midnight)
        return try HeldSession(PaperSetup(settings: run, strategies: strategies, session: recorded), settings)
    }
}
