// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosVenue
import Testing

private let tail = "strategies: [{name: queue-imbalance, symbol: AAPL}]\n"

private let three = """
    live:
      user: TRADER
      rate: 500
      staleAfter: 5s
      venues:
        - {name: ALFA, feed: "1.2.3.4:70, 1.2.3.4:71", requests: "1.2.3.4:72", snapshots: "1.2.3.4:73", orders: "1.2.3.4:74"}
        - {name: BETA, feed: "1.2.3.5:70", orders: "1.2.3.5:74", taker: -0.0005, user: OTHER, rate: 50, burst: 5, latency: 150us}
        - {name: GAMMA, kind: dark, orders: "1.2.3.6:74", maker: 0.0005}

    """

private func liveErrors(_ text: String, _ environment: [String: String] = [:]) -> [String] {
    do throws(ConfigurationErrors) {
        _ = try RunConfiguration.parse(text: text + tail, file: "run.yaml", environment: environment)
        return []
    } catch { return error.errors.map(\.description) }
}

@Suite("Several venues of a live session in a configuration")
struct LiveVenuesTests {
    @Test func `each has what is given, and the section's for the rest`() throws {
        let run = try RunConfiguration.parse(text: three + tail, file: "run.yaml")
        let venues = run.live.venues
        #expect(venues.map(\.name) == ["ALFA", "BETA", "GAMMA"] && venues.map(\.kind) == [.lit, .lit, .dark])
        #expect(venues[0].feed == ["1.2.3.4:70", "1.2.3.4:71"] && venues[0].snapshots == "1.2.3.4:73")
        #expect(venues[1].user == "OTHER" && venues[1].rate == 50 && venues[1].burst == 5 && venues[0].rate == nil)
        #expect(venues[2].feed.isEmpty && run.live.user == "TRADER" && run.live.rate == 500)
        let floor = try #require(run.settings.floor)
        #expect(floor.venues.map(\.taker.description) == ["0.003", "-0.0005", "0.003"])
        #expect(floor.litPlaces == [0, 1] && floor.staleAfter == 5_000_000_000)
        #expect(floor.venues[1].order == .constant(150_000))
        #expect(run.floorDays.isEmpty && run.data.isEmpty)
    }

    @Test func `the resolved text spells them out and means the same`() throws {
        let run = try RunConfiguration.parse(text: three + tail, file: "run.yaml")
        let again = try RunConfiguration.parse(text: run.resolvedText, file: "")
        #expect(again.live == run.live && again.settings.floor == run.settings.floor)
        #expect(again.resolvedText == run.resolvedText)
        let one = try RunConfiguration.parse(text: "live: {feed: '1.2.3.4:70'}\n" + tail, file: "run.yaml")
        #expect(!one.resolvedText.contains("venues:") && one.live.venues.isEmpty && one.settings.floor == nil)
        let changed = try run.changing([("live.venues[2].maker", "0.0001")])
        #expect(changed.settings.floor?.venues[2].maker.description == "0.0001")
        let variable = ["HELIOS_LIVE_VENUES_1_ORDERS": "9.9.9.9:1"]
        let moved = try RunConfiguration.parse(text: three + tail, file: "run.yaml", environment: variable)
        #expect(moved.live.venues[1].orders == "9.9.9.9:1")
    }

    @Test(arguments: [
        ("    []", "expected a list of venues"),
        ("    - {name: A, kind: dark, orders: 'h:1'}", "live.venues: expected at least one lit venue"),
        ("    - {name: A, feed: 'h:2'}", "live.venues[0].orders: missing"),
        ("    - {name: A, orders: 'h:1'}", "live.venues[0].feed: missing"),
        ("    - {orders: 'h:1', feed: 'h:2'}", "live.venues[0].name: missing"),
        ("    - {name: A, orders: 'h', feed: 'h:2'}", "live.venues[0].orders: found \"h\", expected an address"),
        (
            "    - {name: A, orders: 'h:1', feed: 'h:2', order: 1us}",
            "live.venues[0].order: unknown key; did you mean 'orders'?"
        ),
        (
            "    - {name: A, orders: 'h:1', feed: 'h:2'}\n    - {name: A, orders: 'h:3', feed: 'h:4'}",
            "live.venues[1].name: \"A\" is another venue's name"
        ),
        (
            "    - {name: A, orders: 'h:1', feed: 'h:2'}\n    - {name: B, orders: 'h:1', feed: 'h:4'}",
            "live.venues[1].orders: h:1 is that of \"A\""
        ),
        (
            "    - {name: A, orders: 'h:1', feed: 'h:2'}\n    - {name: B, orders: 'h:3', feed: 'h:2'}",
            "live.venues[1].feed: h:2 is that of \"A\""
        ),
    ])
    func `what is wrong with one is told with its place`(text: String, message: String) {
        let told = liveErrors("live:\n  venues:\n\(text)\n")
        #expect(told.count == 1 && told.first?.contains(message) == true, "\(told)")
        #expect(told.first?.hasPrefix("run.yaml:3:") == true || told.first?.hasPrefix("run.yaml:4:") == true, "\(told)")
    }

    @Test func `what they take the place of is refused beside them`() {
        for (before, after) in [
            ("rate: 500", "orders: '1.1.1.1:1'"), ("rate: 500", "feed: '1.1.1.1:1'"),
            ("rate: 500", "dropCopy: '1.1.1.1:1'"),
        ] {
            let told = liveErrors(three.replacing(before, with: after))
            #expect(told.count == 1 && told.first?.contains("stands beside live.venues") == true, "\(told)")
            #expect(told.first?.hasPrefix("run.yaml:3:") == true, "\(told)")
        }
        #expect(liveErrors("fees: {maker: 0}\n" + three).first?.contains("fees.maker: stands beside") == true)
        #expect(liveErrors("live: {staleAfter: 5s}\n").first?.contains("live.staleAfter: is of several venues") == true)
        #expect(liveErrors("simulation: {venues: [{name: A}]}\n" + three).count >= 1)
    }
}
