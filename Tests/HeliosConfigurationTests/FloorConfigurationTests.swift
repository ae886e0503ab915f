// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosConfiguration
import HeliosEngine
import HeliosMarket
import HeliosVenue
import Testing

private let hour: Nanoseconds = 3_600_000_000_000

private let floor = """
    simulation:
      staleAfter: 5s
      agents: {seed: 9, symbols: 6, messages: 20_000, date: 2026-02-03, days: 2}
      venues:
        - {name: ALFA, maker: -0.0025, feed: 30us, order: "lognormal(40us, 90us)", outages: "10:30-10:45, 14:00-14:01:30"}
        - name: BETA
          taker: -0.0010
          flow: 77
        - {name: DARK, kind: dark, maker: 0.0010, taker: 0.0010, holds: "power(100, 1.5)", empty: 25%, every: 2s, seed: 3}
    strategies:
      - name: queue-imbalance
        symbol: AAPL

    """

/// The errors of the floor with `text` in place of its venues.
private func venueErrors(_ text: String) -> [String] {
    errors("simulation:\n  venues:\n\(text)\nstrategies: [{name: queue-imbalance, symbol: AAPL}]\n")
}

@Suite("Several venues in a configuration")
struct FloorConfigurationTests {
    @Test func `venues have what is given, and defaults for the rest`() throws {
        let run = try parse(floor)
        let settings = try #require(run.settings.floor)
        #expect(settings.venues.map(\.name) == ["ALFA", "BETA", "DARK"])
        #expect(settings.venues.map(\.kind) == [.lit, .lit, .dark])
        #expect(settings.staleAfter == 5_000_000_000)
        let (first, second, dark) = (settings.venues[0], settings.venues[1], settings.venues[2])
        #expect(first.maker.description == "-0.0025" && first.taker.description == "0.003")
        #expect(first.feed == .constant(30_000) && first.order == .logNormal(median: 40_000, p99: 90_000))
        #expect(first.report == .constant(100_000))
        #expect(first.outages.map(\.start) == [hour * 21 / 2, hour * 14])
        #expect(first.outages.map(\.end) == [hour * 43 / 4, hour * 14 + 90_000_000_000])
        #expect(first.flowSeed == 1 && second.flowSeed == 77)
        #expect(second.maker.description == "-0.002" && second.taker.description == "-0.001")
        #expect(dark.dark.shape == .power(minimum: 100, exponent: 1.5))
        #expect(dark.dark.emptyShare == 2_500 && dark.dark.interval == 2_000_000_000 && dark.dark.seed == 3)
    }

    @Test func `the lit venues' days differ in their flow alone`() throws {
        let run = try parse(floor)
        #expect(run.floorDays.count == 2 && run.floorDayCount == 2 && run.data.isEmpty)
        #expect(run.floorDays.map(\.flowSeed) == [1, 77])
        #expect(run.floorDays.allSatisfy { $0.seed == 9 && $0.symbols == 6 && $0.messages == 20_000 })
        #expect(run.floorDays[0].day.description == "2026-02-03")
    }

    @Test func `fees are each venue's own`() throws {
        let fees = try parse(floor).settings.venueFees
        var report = Event(kind: .orderFilled)
        for (place, taker) in ["0.003", "-0.001", "0.001"].enumerated() {
            report.venue = Venue(place: place)
            let fee = fees.fee(Quantity(1), report, isMaker: false, volume: .zero)
            #expect(fee.description == Money(try Price(decimal: taker), times: Quantity(1)).description)
        }
    }

    @Test func `the resolved text spells the venues out and means the same`() throws {
        let run = try parse(floor)
        let again = try RunConfiguration.parse(text: run.resolvedText, file: "")
        #expect(again.settings.floor == run.settings.floor)
        #expect(again.floorDays == run.floorDays && again.resolvedText == run.resolvedText)
        #expect(run.resolvedText.contains("outages: \"10:30-10:45, 14:00-14:01:30\""))
        #expect(!run.resolvedText.contains("\ndata:"))
        #expect(try !parse(least).resolvedText.contains("agents"), "a run at one venue does not read about several")
    }

    @Test func `a variable and a change reach a venue's key`() throws {
        let variable = ["HELIOS_SIMULATION_VENUES_1_TAKER": "0.0007"]
        #expect(try parse(floor, variable).settings.floor?.venues[1].taker.description == "0.0007")
        let changed = try parse(floor).changing([("simulation.venues[2].empty", "90%")])
        #expect(changed.settings.floor?.venues[2].dark.emptyShare == 9_000)
        #expect(errors(floor, ["HELIOS_SIMULATION_VENUES_9_TAKER": "0"]).count == 1)
    }

    @Test(arguments: [
        ("    []", "expected a list of venues"),
        ("    - {name: A, kind: dark}", "simulation.venues: expected at least one lit venue"),
        ("    - {name: A}\n    - {name: A}", "simulation.venues[1].name: \"A\" is another venue's name"),
        ("    - {kind: lit}", "simulation.venues[0].name: missing"),
        ("    - {name: A, holds: fixed(3)}", "simulation.venues[0].holds: is of a dark venue, and this one is lit"),
        (
            "    - {name: A}\n    - {name: D, kind: dark, flow: 2}",
            "simulation.venues[1].flow: is of a lit venue, and this one is dark"
        ),
        (
            "    - {name: A, outages: 11:00-10:00}",
            "simulation.venues[0].outages: found \"11:00-10:00\", expected times"
        ),
        (
            "    - {name: A, outages: '10:00-11:00, 10:30-12:00'}",
            "simulation.venues[0].outages: found \"10:00-11:00, 10:30-12:00\", expected times"
        ),
        (
            "    - {name: A}\n    - {name: D, kind: dark, holds: normal(3)}",
            "simulation.venues[1].holds: found \"normal(3)\", expected fixed(300)"
        ),
        (
            "    - {name: A}\n    - {name: D, kind: dark, holds: 'uniform(9, 3)'}",
            "simulation.venues[1].holds: found \"uniform(9, 3)\", expected fixed(300)"
        ),
        ("    - {name: A, latency: 1us}", "simulation.venues[0].latency: unknown key"),
        ("    - A", "simulation.venues[0]: found \"A\", expected a mapping"),
    ])
    func `what is wrong with a venue is told with its place`(text: String, message: String) {
        let told = venueErrors(text)
        #expect(told.count == 1 && told.first?.contains(message) == true, "\(told)")
        #expect(told.first?.hasPrefix("run.yaml:3:") == true || text.contains("\n") || text.contains("dark"), "\(told)")
    }

    @Test func `more venues than there can be are refused`() {
        let many = (0..<17).map { "    - {name: V\($0)}" }.joined(separator: "\n")
        #expect(venueErrors(many).first?.contains("found 17 venues, expected at most 16") == true)
    }

    @Test func `what several venues take the place of is refused beside them`() {
        for (line, key) in [
            ("data: [a.itch]\n", "data: stands beside"), ("latency: {feed: 1us}\n", "latency.feed: stands beside"),
            ("fees: {maker: 0}\n", "fees.maker: stands beside"),
            ("live: {feed: \"1.2.3.4:5\"}\n", "stands beside live"),
        ] {
            let told = errors(line + floor)
            #expect(told.count == 1 && told.first?.contains(key) == true, "\(told)")
        }
        let alone = errors("simulation: {agents: {seed: 3}}\n" + least)
        #expect(alone.first?.contains("simulation.agents.seed: is of several venues") == true, "\(alone)")
    }

    @Test func `a market that can't be generated is refused by its key`() {
        let text = floor.replacing("symbols: 6", with: "symbols: 6, pairs: 6")
        #expect(errors(text).first?.contains("simulation.agents.pairs: expected 0 to 4") == true, "\(errors(text))")
    }

    @Test func `every key is explained`() {
        #expect(ConfigurationSchema.explain("simulation.venues[0].holds")?.contains("exponential(500)") == true)
        #expect(ConfigurationSchema.explain("simulation.venues")?.contains("simulation.venues[].outages") == true)
        #expect(ConfigurationSchema.explain("simulation.agents.seed")?.contains("fair values") == true)
        #expect(ConfigurationSchema.nearest(to: "simulation.venues[0].outage")?.hasSuffix("outages") == true)
    }
}
