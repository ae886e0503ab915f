// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosEngine
import HeliosMarket
import HeliosVenue
import Testing

@Suite("The simulated venue's models in a configuration")
struct SimulationTests {
    private func models(_ text: String) throws -> SimulationModels { try parse(text + "\n" + least).settings.models }

    @Test func `without a key everything is as the models' own defaults`() throws {
        #expect(try models("") == SimulationModels())
        #expect(try parse(least).settings.fees.isPlain)
    }

    @Test func `latencies are constant or log-normal, each line for itself`() throws {
        let models = try models(
            "latency: {feed: 20us, order: 'lognormal(30us, 300us)', report: \"lognormal( 1ms,1ms )\", message: 2us, seed: 7}"
        )
        #expect(models.feed == .constant(20_000))
        #expect(models.order == .logNormal(median: 30_000, p99: 300_000))
        #expect(models.report == .logNormal(median: 1_000_000, p99: 1_000_000))
        #expect(models.messageTime == 2_000 && models.seed == 7)
    }

    @Test func `measured latencies are read from a file beside the configuration`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path
        try Data("time,latency\n1,50\n9,70\n".utf8).write(to: folder.appendingPathComponent("good.csv"))
        try Data("time,latency\n9,50\n1,70\n".utf8).write(to: folder.appendingPathComponent("bad.csv"))
        func load(_ name: String) throws -> RunConfiguration {
            let text = "latency: {order: empirical(\(name))}\n" + least
            try Data(text.utf8).write(to: folder.appendingPathComponent("run.yaml"))
            return try RunConfiguration.load(path: path + "/run.yaml")
        }
        let run = try load("good.csv")
        guard case .empirical(let table) = run.settings.models.order else {
            Issue.record("no table")
            return
        }
        #expect(table.rows == [.init(time: 1, latency: 50), .init(time: 9, latency: 70)])
        // The resolved text names the file as seen from here, and gives the same again.
        let again = try RunConfiguration.parse(text: run.resolvedText, file: "")
        #expect(again.settings.models == run.settings.models && again.resolvedText == run.resolvedText)
        let wrong = #expect(throws: ConfigurationErrors.self) { _ = try load("bad.csv") }
        #expect(
            wrong?.errors.map(\.description) == [
                "\(path)/run.yaml:1:18: latency.order: \(path)/bad.csv: line 3: its time is not after the one before"
            ]
        )
        let missing = #expect(throws: ConfigurationErrors.self) { _ = try load("none.csv") }
        #expect(missing?.errors.first?.description.contains("none.csv: can't be read: there is no such file") == true)
    }

    @Test(arguments: [
        "lognormal(30us)", "lognormal(30us, 20us)", "lognormal(0s, 20us)", "lognormal(30us, 2h)", "lognormal 30us 40us",
        "empirical()", "normal(1us, 2us)", "lognormal(1us, 2us", "lognormal(1us, 2us, 3us)", "lognormal(-1us, 2us)",
    ])
    func `a malformed latency is refused at its place`(_ text: String) {
        #expect(
            errors("latency: {order: \"\(text)\"}\n" + least) == [
                "run.yaml:1:18: latency.order: found \"\(text)\", expected a duration up to 1h such as 100us, "
                    + "lognormal(30us, 300us) or empirical(FILE.csv)"
            ]
        )
    }

    @Test func `fees have tiers, venues, hidden and auction rates`() throws {
        let fees = try parse(
            "fees: {maker: -0.002, taker: 0.003, hidden: 0.001, auction: -0.0005, tierPeriod: day,\n"
                + "  tiers: '1_000_000: -0.0025/0.0029, 2@0:0.0010/-0.0005'}\n" + least
        ).settings.fees
        #expect(fees.hidden?.raw == 100_000 && fees.auction?.raw == -50_000 && fees.period == .day)
        #expect(fees.ruleCount == 2)
        #expect(
            fees.rule(0)
                == .init(volume: Quantity(1_000_000), maker: Price(raw: -250_000), taker: Price(raw: 290_000))
        )
        #expect(fees.rule(1) == .init(venue: Venue(id: 2), maker: Price(raw: 100_000), taker: Price(raw: -50_000)))
    }

    @Test(arguments: [
        "1000", "1000: 1", "1000: 1/2/3", "1000: a/b", "-1: 1/2", "x@1: 1/2", "70000@1: 1/2", "1@2@3: 1/2", "1: 11/2",
        "1: 1/2,", "0:0/0,1:0/0,2:0/0,3:0/0,4:0/0,5:0/0,6:0/0,7:0/0,8:0/0", "+2@1: 1/2",
    ])
    func `malformed tiers are refused at their place`(_ text: String) {
        #expect(
            errors("fees: {tiers: \"\(text)\"}\n" + least) == [
                "run.yaml:1:15: fees.tiers: found \"\(text)\", expected up to 8 rules VOLUME: MAKER/TAKER such as "
                    + "1000000: -0.0025/0.0029"
            ]
        )
    }

    @Test func `queue, impact and borrow are chosen by name`() throws {
        #expect(try models("queue: {model: risk-averse}").queue == .riskAverse)
        #expect(try models("queue: {model: log}").queue == .log)
        #expect(try models("queue: {model: power}").queue == .power(3))
        #expect(try models("queue: {model: power, power: 1.5}").queue == .power(1.5))
        #expect(try models("fees: {borrow: 12%}").borrow == BorrowCost(rate: 1_200))
        let square = try models(
            "impact: {model: square-root, coefficient: 0.8, dailyVolume: 5000, dailyVolatility: 157bps, priorDays: 2}"
        ).impact
        #expect(square.model == .squareRoot(SquareRootImpact(coefficient: 0.8)))
        #expect(square.priorVolume == Quantity(5_000) && square.priorVolatility == 0.0157 && square.priorDays == 2)
        #expect(
            try models("impact: {model: almgren, horizon: 39min}").impact.model
                == .almgren(AlmgrenImpact(), days: 0.1, turnoverDays: 250)
        )
        #expect(
            try models("impact: {model: almgren-chriss, permanent: 1, temporary: 2, horizon: 39min}").impact.model
                == .almgrenChriss(permanent: 1, temporary: 2, days: 0.1)
        )
        #expect(
            try models("impact: {model: resilient, resilience: 0.5}").impact.model
                == .resilient(push: 1, ResilientBook(resilience: 0.5))
        )
        #expect(
            try models("impact: {model: propagator, sizeExponent: 0.4, decayExponent: 0.6}").impact.model
                == .propagator(PropagatorImpact(strength: 1, sizeExponent: 0.4, decayExponent: 0.6))
        )
    }

    @Test func `a wrong choice and exponents that invite manipulation are refused`() {
        #expect(
            errors("queue: {model: lucky}\nimpact: {model: propagator, decayExponent: 0.3}\n" + least) == [
                "run.yaml:1:16: queue.model: found \"lucky\", expected one of exact, power, log, risk-averse",
                "run.yaml:2:44: impact.decayExponent: expected at least 1 together with impact.sizeExponent",
            ]
        )
        #expect(errors("impact: {decayExponent: 0.3}\n" + least).isEmpty, "it is not in use")
        #expect(
            errors(least, ["HELIOS_IMPACT_MODEL": "propagator", "HELIOS_IMPACT_SIZE_EXPONENT": "0.2"]).count == 1
        )
    }

    @Test func `what was chosen stands in the resolved text, from which the same comes again`() throws {
        let run = try parse(
            "latency: {order: 'lognormal(30us, 300us)'}\nfees: {tiers: '2@5: 1/2, 7: -0.1/0.2', borrow: 3%}\n"
                + "queue: {model: log}\nimpact: {model: square-root}\n" + least
        )
        let again = try RunConfiguration.parse(text: run.resolvedText, file: "")
        #expect(again.resolvedText == run.resolvedText && again.settings.models == run.settings.models)
        #expect(again.settings.fees.ruleCount == 2)
        #expect(run.resolvedText.contains("  order: \"lognormal(30us, 300us)\"\n"))
        let changed = try run.changing([("latency.order", "5us"), ("impact.model", "none")])
        #expect(changed.settings.models.order == .constant(5_000) && changed.settings.models.impact.model == .none)
    }

    @Test func `the example of docs/backtesting.md is accepted`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/backtesting.md"), encoding: .utf8)
        let example = try #require(page.components(separatedBy: "```yaml\n").dropFirst().first)
        let text = try #require(example.components(separatedBy: "```").first)
        let settings = try parse(text + least).settings
        #expect(settings.models.order == .logNormal(median: 30_000, p99: 300_000))
        #expect(settings.fees.ruleCount == 1 && settings.models.borrow == BorrowCost(rate: 300))
    }
}
