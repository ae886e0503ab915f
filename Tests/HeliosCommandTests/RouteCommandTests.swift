// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios route explain", .serialized)
struct RouteCommandTests {
    private struct Story: Decodable {
        struct Parent: Decodable {
            var number: Int
            var side: String
            var quantity: String
            var algorithm: String
        }
        struct Slice: Decodable {
            var quantity: String
            var style: [String]
        }
        struct Level: Decodable {
            var venue: String
            var price: String
            var allIn: String
        }
        struct Tail: Decodable {
            var shares: String
            var probability: Double
            var isKnown: Bool
        }
        struct Venue: Decodable {
            var name: String
            var kind: String
            var takerFee: String
            var latency: Int
            var hidden: String
            var hiddenShare: Double
            var liquidity: [Tail]
            var verdict: String
            var words: String
        }
        struct Child: Decodable {
            var order: Int?
            var venue: String
            var reason: String
            var words: String
            var quantity: String
            var price: String
            var filled: String
            var hidden: String
            var isSweep: Bool
        }
        var order: Int
        var record: Int
        var policy: String
        var parent: Parent
        var slice: Slice
        var bids: [Level]
        var asks: [Level]
        var venues: [Venue]
        var children: [Child]
    }

    /// Three venues, a strategy of its own, and two parents by hand.
    private func run(_ folder: Folder, venues: String? = nil) throws -> [[String]] {
        let made = try CommandRun(
            ["generate", "day.itch50", "--symbols", "4", "--messages", "20000", "--seed", "9", "--quiet"],
            in: folder
        )
        try #require(made.code == 0, "\(made.errors)")
        let pairs = try folder.text("day.itch50.pairs.csv").split(separator: "\n")
        let symbol = try #require(pairs.last?.split(separator: ",").first)
        let market =
            venues ?? """
                simulation:
                  staleAfter: 60s
                  agents: {seed: 9, symbols: 4, messages: 12_000, date: 2026-01-05, days: 1}
                  venues:
                    - {name: ALFA, maker: -0.0020, taker: 0.0030, feed: 30us, order: 60us, report: 60us, hidden: 50%}
                    - {name: BETA, maker: 0.0010, taker: -0.0010, feed: 90us, order: 140us, report: 140us}
                    - {name: DARK, kind: dark, maker: 0.0010, taker: 0.0010, holds: exponential(500), every: 1s}
                """
        try folder.write(
            """
            title: Test
            risk: {staleAfter: 600s, quoteAge: 600s}
            \(market)
            strategies:
              - {name: queue-imbalance, symbol: \(symbol), enter: 0.2}
            orders:
              - {symbol: \(symbol), side: buy, quantity: 3000, algorithm: twap, at: "10:00", until: "10:20", takes: true}
              - {symbol: \(symbol), side: sell, quantity: 2000, algorithm: vwap, at: "11:00", until: "11:20"}
            """,
            to: "run.yaml"
        )
        let run = try CommandRun(
            ["run", "run.yaml", "--journal", "session", "--output", "out", "--quiet"],
            in: folder
        )
        try #require(run.code == 0, "\(run.errors)")
        let table = try folder.text("out/orders.csv").split(separator: "\n")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let names = try #require(table.first)
        let places = try ["order_id", "time_in_force", "quantity", "price", "filled", "group", "side"].map {
            try #require(names.firstIndex(of: $0))
        }
        return table.dropFirst().map { row in places.map { row[$0] } }
    }

    private func explain(_ number: String, _ folder: Folder) throws -> Story {
        let run = try CommandRun(["route", "explain", "session", number, "--json", "--quiet"], in: folder)
        try #require(run.code == 0, "\(run.errors)")
        return try JSONDecoder().decode(Story.self, from: Data(run.output.utf8))
    }

    private func decimal(_ text: String) throws -> Decimal { try #require(Decimal(string: text)) }

    /// What holds of every decision.
    private func check(_ story: Story, _ row: [String]) throws {
        let child = try #require(story.children.first { $0.order == story.order })
        #expect("\(story.order)" == row[0] && child.quantity == row[2] && child.filled == row[4])
        #expect(try decimal(child.price) == decimal(row[3]))
        #expect(story.parent.side == row[6] && "\(story.parent.number)" == row[5])
        let sum = try story.children.reduce(Decimal(0)) { try $0 + decimal($1.quantity) }
        #expect(try sum <= decimal(story.slice.quantity))
        #expect(story.venues.map(\.name) == ["ALFA", "BETA", "DARK"] && story.policy == "smart")
        let used = Set(story.children.map(\.venue))
        for venue in story.venues {
            #expect((venue.verdict == "used") == used.contains(venue.name), "\(venue.name): \(venue.verdict)")
            #expect(!venue.words.isEmpty)
            #expect(venue.liquidity.isEmpty == (venue.kind == "lit"))
        }
        let fees = Dictionary(uniqueKeysWithValues: story.venues.map { ($0.name, $0.takerFee) })
        for (levels, sign) in [(story.asks, Decimal(1)), (story.bids, Decimal(-1))] {
            for level in levels {
                let fee = try decimal(try #require(fees[level.venue]))
                #expect(try decimal(level.allIn) == decimal(level.price) + sign * fee)
            }
            let keys = try levels.map { sign * (try decimal($0.allIn)) }
            #expect(keys == keys.sorted())
        }
    }

    @Test("a child's decision is shown with the book, the venues, and why each got what", .timeLimit(.minutes(20)))
    func explained() throws {
        let folder = try Folder()
        let rows = try run(folder)
        let children = rows.filter { (Int($0[5]) ?? 0) >= 1 << 30 }
        let taker = try #require(children.last { $0[1] == "immediateOrCancel" && $0[6] == "buy" && $0[4] == $0[2] })
        let story = try explain(taker[0], folder)
        try check(story, taker)
        #expect(story.slice.style == ["take", "dark"] && story.parent.algorithm == "twap" && story.record > 0)
        let reasons = Set(story.children.map(\.reason))
        #expect(!story.asks.isEmpty && reasons.isSubset(of: ["cheapest", "protected", "dark"]))
        let alfa = try #require(story.venues.first { $0.name == "ALFA" })
        #expect(abs(alfa.hiddenShare - 0.5) < 0.25, "\(alfa.hiddenShare)")
        #expect(Int(alfa.hidden) != nil && story.venues.allSatisfy { $0.kind == "lit" || $0.hiddenShare == 0 })
        let rester = try #require(children.first { $0[1] == "day" })
        let resting = try explain(rester[0], folder)
        try check(resting, rester)
        #expect(resting.slice.style == ["post"] && resting.children.map(\.reason) == ["rest"])
        let text = try CommandRun(["route", "explain", "session", taker[0], "--quiet"], in: folder)
        #expect(text.code == 0)
        for part in ["Wanted", "Book", "all-in", "Venues", "Dark liquidity", "Children"] {
            #expect(text.output.contains(part), "\(part)")
        }

        // An order of a strategy's own was not routed; 'helios explain' knows where it went.
        let own = try #require(rows.first { (Int($0[5]) ?? 0) < 1 << 30 })
        let other = try CommandRun(["route", "explain", "session", own[0], "--quiet"], in: folder)
        #expect(other.code == 1 && other.errors.contains("no child of a parent order"))
        #expect(other.errors.contains("helios explain \(own[0])") && other.output.isEmpty)
        let told = try CommandRun(["explain", taker[0], "--journal", "session", "--quiet"], in: folder)
        let venue = story.children.first { $0.order == story.order }?.venue ?? "none"
        #expect(told.code == 0 && told.output.contains("sent to \(venue)"))
        #expect(!told.output.contains("the only venue"))
        let none = try CommandRun(["route", "explain", "session", "9999999", "--quiet"], in: folder)
        #expect(none.code == 3)
    }

    @Test("with one venue there was nothing to route", .timeLimit(.minutes(20)))
    func oneVenue() throws {
        let folder = try Folder()
        let rows = try run(folder, venues: "data: [{file: day.itch50, date: 2026-01-05}]")
        let first = try #require(rows.first)
        let run = try CommandRun(["route", "explain", "session", first[0], "--quiet"], in: folder)
        #expect(run.code == 1 && run.errors.contains("one venue") && run.errors.contains("helios explain"))
    }
}
