// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosResearch
import Testing

/// A page that a failing expectation does not print in full.
private struct Page: CustomTestStringConvertible {
    let html: String

    init(_ result: RunResult) { html = ReportWriter(result).html() }

    var testDescription: String { "page of \(html.utf8.count) bytes" }

    func shows(_ text: String) -> Bool { html.contains(text) }
}

@Suite("Report page")
struct ReportTests {
    private static let run = SyntheticRun.make(pairs: 30)

    @Test("a full run shows every section, warnings first")
    func sections() throws {
        let page = Page(Self.run)
        let ids = [
            "warnings", "assumptions", "key-figures", "equity", "exposure", "groups", "trades", "orders", "costs",
            "latency", "positions", "configuration", "statistics",
        ]
        let places = ids.map { page.html.range(of: "<section id=\"\($0)\">")?.lowerBound }
        for (id, place) in zip(ids, places) { #expect(place != nil, "\(id)") }
        let found = places.compactMap { $0 }
        #expect(found == found.sorted())
        #expect(page.shows("S0~S1"))
        #expect(page.shows("prefers-color-scheme: dark"))
        #expect(page.shows("0123456789abcdef"))
    }

    @Test("nothing on the page points to a network")
    func selfContained() {
        let page = Page(Self.run)
        for forbidden in ["http:", "https:", "src=", "href=", "@import", "url(", "fetch(", "//cdn"] {
            #expect(!page.shows(forbidden), "\(forbidden)")
        }
        #expect(page.shows("default-src 'none'"))
    }

    @Test("hostile names are escaped everywhere")
    func escaping() throws {
        let attack = "<img onerror=alert(1)>\"'&"
        var run = Self.run
        run.title = attack
        run.strategies[0].name = attack
        run.strategies[0].groups = run.strategies[0].groups.map { _ in attack }
        run.strategies[0].parameters.append((name: attack, value: attack))
        run.riskRejects = [(attack, 12)]
        run.instruments = InstrumentDirectory()
        for index in 0..<60 {
            let symbol = try #require(Symbol("<u>\(index)"))
            _ = run.instruments.register(symbol)
        }
        let page = Page(run)
        #expect(!page.shows("<img"))
        #expect(!page.shows("<u>0"))
        #expect(page.shows("&lt;u&gt;0"))
        #expect(page.shows("&lt;img onerror=alert(1)&gt;&quot;&#39;&amp;"))
    }

    @Test("empty, one sample, no trades: a page without a broken number")
    func degenerate() {
        var single = RunResult()
        single.equity = Array(Self.run.equity.prefix(1))
        single.equityInterval = 60_000_000_000
        var idle = Self.run
        idle.fills = []
        idle.orders = []
        idle.finalPositions = []
        var ruined = Self.run
        ruined.equity[5].equity = Money(-5)
        var flat = Self.run
        flat.equity = flat.equity.map { sample in
            var sample = sample
            sample.equity = Money(1_000_000)
            return sample
        }
        for result in [RunResult(), single, idle, ruined, flat] {
            let text = ReportWriter(result).html() + ResultsWriter(result).summary()
            let broken = text.matches(of: /(?i)\b(nan|inf|infinity)\b/).map { String($0.output.0) }
            #expect(broken.isEmpty)
            let hasFigures = text.contains("key-figures")
            #expect(hasFigures)
        }
        #expect(ReportWriter(idle).html().contains("Nothing was traded"))
    }

    @Test("a long day stays a small page that keeps the extremes")
    func decimation() throws {
        var run = RunResult()
        run.initialCash = Money(1000)
        run.equityInterval = 1_000_000_000
        for second in 0..<100_000 {
            let equity = second == 54_321 ? Money(1_777) : Money(1000 + second % 7)
            run.equity.append(
                EquitySample(
                    time: Timestamp(nanoseconds: Int64(second) * 1_000_000_000),
                    equity: equity,
                    realised: .zero,
                    unrealised: .zero,
                    fees: .zero,
                    gross: .zero,
                    net: .zero,
                    openPositions: 0
                )
            )
        }
        let page = Page(run)
        #expect(page.html.utf8.count < 400_000)
        #expect(page.shows("\"777.00\""))
        for chart in page.html.components(separatedBy: "<script type=\"application/json\">").dropFirst() {
            let data = try #require(chart.components(separatedBy: "</script>").first)
            let object = try #require(JSONSerialization.jsonObject(with: Data(data.utf8)) as? NSDictionary)
            let count = try #require(object["x"] as? NSArray).count
            #expect((100...2000).contains(count))
        }
    }

    @Test("tables stop at 500 rows and say where the rest is")
    func longTables() {
        let page = Page(SyntheticRun.make(pairs: 520, minutes: 120))
        #expect(page.shows("all are in summary.json"))
    }

    @Test("the same run gives the same page")
    func deterministic() {
        #expect(ReportWriter(Self.run).html() == ReportWriter(SyntheticRun.make(pairs: 30)).html())
    }
}

@Suite("Warnings")
struct WarningTests {
    private func headlines(_ result: RunResult) -> [String] { RunStatistics(result).warnings.map(\.headline) }

    @Test("few trades, zero latency and no fees are named")
    func fewTrades() {
        let found = headlines(makeRun([makeFill(1, .buy, 10, 500), makeFill(2, .sell, 10, 501)]))
        #expect(found.contains("Too few trades: 1"))
        #expect(found.contains("Zero latency assumed"))
        #expect(found.contains("No fees assumed"))
    }

    @Test("passive fills after which the price runs in our favour make the simulator suspect")
    func kindSimulator() {
        let kind = (0..<40).map {
            makeFill($0, .buy, 1, 10_000, isMaker: true, mid: 10_000, later: [10_000, 10_000, 10_002 + Int64($0 % 2)])
        }
        #expect(headlines(makeRun(kind)).contains("The simulator is too kind to passive orders"))
        let honest = (0..<40).map {
            makeFill($0, .buy, 1, 10_000, isMaker: true, mid: 10_000, later: [10_000, 10_000, 9_998 - Int64($0 % 2)])
        }
        #expect(!headlines(makeRun(honest)).contains { $0.contains("kind") || $0.contains("lucky") })
    }

    @Test("costs above the edge are named, and so is no edge at all")
    func costsAboveEdge() throws {
        var run = makeRun([
            makeFill(1, .buy, 100, 1001, feeCents: 100, arrival: 1000),
            makeFill(2, .sell, 100, 1002, feeCents: 100, arrival: 1003),
        ])
        // 1.00 earned, 2.00 fees, 2.00 slippage: the edge was 3.00.
        run.equity = Array(SyntheticRun.make(pairs: 1).equity.prefix(1))
        run.initialCash = Money(1000)
        run.equity[0].equity = Money(999)
        #expect(headlines(run).contains("Costs above edge"))
        #expect(near(RunStatistics(run)["costToEdge"]?.value.number, 4.0 / 3))
        run.equity[0].equity = Money(990)
        #expect(headlines(run).contains("No edge even before costs"))
    }

    @Test("bad input and refused orders are named with their numbers")
    func operations() {
        var run = RunResult()
        run.counts.malformed = 3
        run.counts.inconsistent = 4
        run.counts.rejectedByRisk = 5
        run.riskRejects = [("P03", 5)]
        let warnings = RunStatistics(run).warnings
        #expect(warnings.contains { $0.headline == "7 messages of the input were bad" })
        #expect(warnings.contains { $0.explanation.contains("P03: 5") })
    }
}

@Suite("Generated documentation")
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test(
        "the pages in docs equal the code's tables (HELIOS_REGENERATE=1 writes them)",
        arguments: [
            ("statistics.md", StatisticDefinition.documentation), ("results.md", ResultsTable.documentation),
        ]
    )
    func page(name: String, text: String) throws {
        let file = Self.root.appendingPathComponent("docs").appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["HELIOS_REGENERATE"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }
}
