// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy
import Testing

@Suite("A configuration becomes a run")
struct DecodingTests {
    @Test("every group reaches its setting, exactly")
    func everyGroup() throws {
        let run = try parse(sample)
        #expect(run.title == "Two pairs")
        #expect(
            run.data == [
                DataSource(file: "day.itch.gz"),
                DataSource(
                    file: "messages.csv",
                    orderbook: "book.csv",
                    symbol: Symbol("AAPL"),
                    day: TradingDay(year: 2012, month: 6, day: 21)
                ),
            ]
        )
        let settings = run.settings
        #expect(settings.sessionStart == 34_260_000_000_000)
        #expect(settings.sessionEnd == 57_570_000_000_000)
        #expect(settings.initialCash.raw == 25_000_000_500_000_000_000_000)
        #expect(settings.feedLatency == 20_000)
        #expect(settings.orderLatency == 1_500_000)
        #expect(settings.reportLatency == 250_000)
        #expect(settings.fees.maker.raw == -210_000)
        #expect(settings.fees.taker.raw == 305_000)
        #expect(settings.limits.instrument.maxOrderNotional == 5_000_000_100_000_000_000_000)
        #expect(settings.limits.collarFrom50 == 250)
        #expect(settings.limits.collarPassive == 1_200)
        #expect(settings.limits.instrument.averageDailyVolume == Quantity(4_000_000))
        #expect(settings.limits.staleAge == 2_000_000_000)
        #expect(settings.equityInterval == 60_000_000_000)
        #expect(settings.orderCapacity == 1_000)
        #expect(run.outputDirectory == "results")
        #expect(!run.writesReport)
        #expect(run.sourceText == sample)
    }

    @Test("strategies come with their parameters, and labels show them")
    func strategies() throws {
        let run = try parse(sample)
        try #require(run.strategies.count == 2)
        guard case .pairs(let pairs) = run.strategies[0], case .queueImbalance(let queue) = run.strategies[1] else {
            Issue.record("other strategies than configured")
            return
        }
        #expect(pairs.pairs.map(\.description) == ["KO~PEP", "CVX~XOM"])
        #expect(pairs.enterZ == 2.25)
        #expect(pairs.sampleInterval == 1_000_000_000)
        #expect(queue.symbol == Symbol("AAPL"))
        let labels = run.strategyLabels
        #expect(labels.map(\.name) == ["pairs", "queue-imbalance"])
        #expect(labels[0].groups == ["KO~PEP", "CVX~XOM"])
        #expect(labels[0].parameters.first { $0.name == "enterZ" }?.value == "2.25")
        #expect(labels[0].parameters.first { $0.name == "firstEntry" }?.value == "09:35")
        #expect(labels[0].parameters.map(\.name) == PairsParameters.descriptor.parameters.map(\.name))
    }

    @Test("what is not given is the backtest's default, apart from the fees")
    func defaults() throws {
        let settings = try parse(least).settings
        let standard = BacktestSettings()
        #expect(settings.initialCash == standard.initialCash)
        #expect(settings.feedLatency == standard.feedLatency)
        #expect(settings.orderLatency == standard.orderLatency)
        #expect(settings.reportLatency == standard.reportLatency)
        #expect(settings.equityInterval == standard.equityInterval)
        #expect(settings.sessionStart == standard.sessionStart)
        #expect(settings.sessionEnd == standard.sessionEnd)
        #expect(settings.orderCapacity == standard.orderCapacity)
        #expect(settings.bookCapacity.orders == standard.bookCapacity.orders)
        #expect(settings.bookCapacity.instruments == standard.bookCapacity.instruments)
        #expect(settings.fees.maker.description == "-0.002")
        #expect(settings.fees.taker.description == "0.003")
        let (limits, sheet) = (settings.limits, standard.limits)
        #expect(String(describing: limits) == String(describing: sheet))
        #expect(limits.instrument.averageDailyVolume == InstrumentLimits.volumeUnknown)
    }

    @Test("paths count from the configuration's folder, absolute ones stay")
    func paths() throws {
        let text =
            "data: [a.itch, /b.itch]\noutput: {directory: out}\n"
            + least.split(separator: "\n").dropFirst()
            .joined(separator: "\n")
        let run = try RunConfiguration.parse(text: text, file: "runs/today/run.yaml")
        #expect(run.data.map(\.file) == ["runs/today/a.itch", "/b.itch"])
        #expect(run.outputDirectory == "runs/today/out")
        let overridden = try RunConfiguration.parse(
            text: text,
            file: "runs/run.yaml",
            environment: ["HELIOS_OUTPUT_DIRECTORY": "here"]
        )
        #expect(overridden.outputDirectory == "here")
    }

    @Test(
        "decimals that a Double can't hold are read to the last digit",
        arguments: [
            ("10000000.0000000000000001", Int128(100_000_000_000_000_000_000_001)),
            ("0.1", 1_000_000_000_000_000),
            ("999999999999999.9999999999999999", 9_999_999_999_999_999_999_999_999_999_999),
        ]
    )
    func exactMoney(_ text: String, _ raw: Int128) throws {
        #expect(try parse("account: {cash: \(text)}\n" + least).settings.initialCash.raw == raw)
        #expect(try parse("account: {cash: '\(text)'}\n" + least).settings.initialCash.raw == raw)
    }

    @Test(
        "durations in every unit",
        arguments: [
            ("0s", 0), ("7ns", 7), ("100us", 100_000), ("250ms", 250_000_000), ("5s", 5_000_000_000),
            ("30min", 1_800_000_000_000), ("1h", 3_600_000_000_000), ("0.5us", 500),
        ]
    )
    func durations(_ text: String, _ nanoseconds: Nanoseconds) throws {
        #expect(try parse("latency: {feed: \(text)}\n" + least).settings.feedLatency == nanoseconds)
    }

    @Test(
        "durations without unit, with a part of a nanosecond, negative or too long are refused",
        arguments: ["5", "1.5ns", "-1s", "2h", "1 fortnight", "s", "10 000us"]
    )
    func wrongDurations(_ text: String) {
        let found = errors("latency: {feed: \(text)}\n" + least)
        #expect(
            found == [
                "run.yaml:1:17: latency.feed: found \"\(text)\", expected a duration up to 1h such as "
                    + "100us, lognormal(30us, 300us) or empirical(FILE.csv)"
            ]
        )
    }

    @Test(
        "shares in percent and basis points",
        arguments: [("3%", 300), ("0.25 %", 25), ("300bps", 300), ("1bp", 1), ("0%", 0)]
    )
    func shares(_ text: String, _ points: Int64) throws {
        #expect(try parse("risk: {quoteSpreadMax: \(text)}\n" + least).settings.limits.quoteSpread == points)
    }

    @Test(
        "shares without a unit, in parts of a basis point, negative or too large are refused",
        arguments: ["3", "0.001%", "1.5bps", "-1%", "201%", "99999999999999999999%", "%"]
    )
    func wrongShares(_ text: String) {
        #expect(errors("risk: {quoteSpreadMax: '\(text)'}\n" + least).count == 1)
    }

    @Test(
        "numbers in forms that nobody writes are refused",
        arguments: ["0x10", "1e3", "--5", "5_", "+5", "", "~", "1.5", "٣"]
    )
    func wrongIntegers(_ text: String) {
        #expect(errors("capacity: {instruments: \(text)}\n" + least).count == 1)
    }

    @Test("pairs from a file, with further columns and CRLF")
    func pairsFile() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pairs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("score,y,x\r\n0.5,KO,PEP\r\n\r\n0.4,\"CVX\",XOM\r\n".utf8)
            .write(to: folder.appendingPathComponent("p.csv"))
        try Data("y,x\nKO\nKO,KO\nTOOLONGNAME,A\n".utf8).write(to: folder.appendingPathComponent("bad.csv"))
        let text = "data: [a]\nstrategies:\n  - {name: pairs, pairsFile: "
        let run = try RunConfiguration.parse(text: text + "p.csv}", file: folder.path + "/run.yaml")
        #expect(run.strategies.first?.groups == ["KO~PEP", "CVX~XOM"])
        do {
            _ = try RunConfiguration.parse(text: text + "bad.csv}", file: folder.path + "/run.yaml")
            Issue.record("a bad file was accepted")
        } catch {
            #expect(error.errors.map(\.line) == [2, 3, 4])
            #expect(error.errors.allSatisfy { $0.file == folder.path + "/bad.csv" })
        }
        #expect(
            errors(text + "none.csv}") == [
                "run.yaml:3:30: strategies[0].pairsFile: none.csv: can't be read: there is no such file"
            ]
        )
    }

    @Test("a file is loaded, and one that is missing, a folder or not UTF-8 says so")
    func loading() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(least.utf8).write(to: URL(fileURLWithPath: path))
        #expect(try RunConfiguration.load(path: path).sourceText == least)
        try Data("title: a\ndata: \"\u{E9}".utf8 + [0xFF]).write(to: URL(fileURLWithPath: path))
        for (name, expected) in [
            (path, "\(path):2:9: isn't UTF-8 text"),
            ("/nowhere.yaml", "/nowhere.yaml: can't be read: there is no such file"),
            ("/tmp", "/tmp: can't be read: it is a folder"),
        ] {
            do {
                _ = try RunConfiguration.load(path: name)
                Issue.record("\(name) was loaded")
            } catch {
                #expect(error.description == expected)
            }
        }
    }

    @Test("the resolved text means the same and resolves to itself")
    func resolved() throws {
        for text in [sample, least] {
            let first = try parse(text)
            let second = try parse(first.resolvedText)
            #expect(second.resolvedText == first.resolvedText)
            #expect(String(describing: second.settings) == String(describing: first.settings))
            #expect(second.data == first.data)
            #expect(String(describing: second.strategies) == String(describing: first.strategies))
        }
        let resolved = try parse(sample).resolvedText
        for line in [
            "cash: 2500000.05", "    from50: 250bps", "    passive: 12%", "  tradeAge: 1min", "    enterZ: 2.25",
        ] {
            #expect(resolved.contains(line + "\n"), "\(line)")
        }
    }
}
