// SPDX-License-Identifier: MIT
import Foundation
import HeliosMath
import HeliosSignal
import Testing

/// A Python that has statsmodels: unit root and cointegration tests that others wrote.
private enum Statsmodels {
    static let python: String? = {
        let name = ProcessInfo.processInfo.environment["HELIOS_PYTHON"] ?? "python3"
        return run(name, ["-c", "import statsmodels.tsa.stattools"], input: "")?.status == 0 ? name : nil
    }()

    /// The repository, wherever its tests are reached from.
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func run(_ python: String, _ arguments: [String], input: String) -> (status: Int32, output: String)? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Small matrices: threads of the linear algebra would only wait for one another.
        process.arguments = ["OPENBLAS_NUM_THREADS=1", python] + arguments
        let (given, answered) = (Pipe(), Pipe())
        process.standardInput = given
        process.standardOutput = answered
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        // Far below what a pipe holds: the writer never waits for the reader.
        given.fileHandleForWriting.write(Data(input.utf8))
        try? given.fileHandleForWriting.close()
        let data = answered.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// The script's lines of numbers, one for each job, for series of one length.
    static func answers(_ jobs: [String], _ series: [[Double]]) throws -> [[Double]] {
        let python = try #require(python)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("series-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let numbers = [Double(series.count), Double(series.first?.count ?? 0)] + series.flatMap(\.self)
        try numbers.withUnsafeBytes { Data($0) }.write(to: file)
        let script = root.appendingPathComponent("Scripts/statsmodels-reference.py").path
        let answer = try #require(run(python, [script, file.path], input: jobs.map { $0 + "\n" }.joined()))
        #expect(answer.status == 0)
        let lines = answer.output.split(separator: "\n").map { $0.split(separator: " ").compactMap { Double($0) } }
        try #require(lines.count == jobs.count)
        return lines
    }

    static func text(_ terms: DeterministicTerms) -> String {
        switch terms {
        case .none: "n"
        case .constant: "c"
        case .constantAndTrend: "ct"
        }
    }
}

/// Closes of the stocks that traded on all days of five years, from the data that stands beside the repository.
private enum Panel {
    static let file = Statsmodels.root.deletingLastPathComponent()
        .appendingPathComponent("shared/data/equities_daily/sp500_5yr_A.csv.gz")

    static let isThere = FileManager.default.fileExists(atPath: file.path)

    static let stocks = 281
    static let days = 1_259

    /// Every stock with each that comes after it.
    static let pairs: [(Int, Int)] = (0..<stocks).flatMap { first in
        (first + 1..<max(stocks, first + 1)).map { (first, $0) }
    }

    // MARK: - What statsmodels says of all of it
    /// 32-bit numbers in little-endian order, in units of 1e-8: `adfuller` of each stock, then `coint` of each pair in both directions.
    private static let fixture = Statsmodels.root.appendingPathComponent("Tests/Fixtures/daily-panel.i32")

    static func statistics() throws -> (unitRoots: [Double], pairs: [Double]) {
        let data = try Data(contentsOf: fixture)
        try #require(data.count == 4 * (stocks + 2 * pairs.count))
        let numbers = data.withUnsafeBytes { bytes in
            (0..<data.count / 4).map { place in
                Double(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * place, as: Int32.self))) * 1e-8
            }
        }
        return (Array(numbers.prefix(stocks)), Array(numbers.dropFirst(stocks)))
    }

    static func compute(_ series: [[Double]]) throws {
        var numbers = try Statsmodels.answers((0..<stocks).map { "adf aic c \(days) \($0)" }, series).map { $0[0] }
        for start in stride(from: 0, to: pairs.count, by: 1_000) {
            let jobs = pairs[start..<min(start + 1_000, pairs.count)].map { "pair aic c \(days) \($0.0) \($0.1)" }
            numbers += try Statsmodels.answers(jobs, series).flatMap { [$0[0], $0[2]] }
        }
        let whole = numbers.map { Int32(($0 * 1e8).rounded()).littleEndian }
        try whole.withUnsafeBytes { Data($0) }.write(to: fixture)
    }

    static func series() throws -> [[Double]] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var closes: [Substring: [Double]] = [:]
        // date, open, high, low, close, volume, name: a stock's days stand in their order.
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 7, let close = Double(fields[4]) else { continue }
            closes[fields[6], default: []].append(close)
        }
        let length = closes.values.map(\.count).max() ?? 0
        return closes.filter { $0.value.count == length }.sorted { $0.key < $1.key }.map(\.value)
    }
}

@Suite("Unit roots and cointegration: statsmodels says the same") struct StatsmodelsTests {
    private let rules: [(LagRule, String)] = [
        (.akaike(), "aic"), (.bayes(), "bic"), (.fixed(0), "0"), (.fixed(1), "1"), (.fixed(4), "4"),
    ]

    /// Walks, reverting series and walks with a trend of different lengths' scales.
    private func series(count: Int, seed: UInt64) -> [[Double]] {
        var random = SeededRandom(seed: seed)
        return (0..<8).map { kind in
            var (level, last) = (kind % 2 == 0 ? 100.0 : 0, 0.0)
            return (0..<count).map { step in
                let shock = random.gaussian() + (kind > 3 ? 0.5 * last : 0)
                level = (kind % 4 == 1 ? 0.8 * level : level) + shock + (kind == 6 ? 0.3 : 0)
                last = shock
                return level + 0.01 * Double(step)
            }
        }
    }

    @Test(
        "statistic, probability, lags, rows and criterion of adfuller",
        .enabled(if: Statsmodels.python != nil, "needs a Python with statsmodels: set HELIOS_PYTHON")
    )
    func unitRoots() throws {
        let all = series(count: 700, seed: 76)
        var jobs: [String] = []
        var found: [Finding<UnitRootTest>] = []
        for terms in DeterministicTerms.allCases {
            for (rule, name) in rules {
                for (index, values) in all.enumerated() {
                    let count = [31, 100, 255, 700][(index + jobs.count / 8) % 4]
                    jobs.append("adf \(name) \(Statsmodels.text(terms)) \(count) \(index)")
                    found.append(AugmentedDickeyFuller.test(Array(values.prefix(count)), terms: terms, lags: rule))
                }
            }
        }
        for (index, expected) in try Statsmodels.answers(jobs, all).enumerated() {
            let result = try #require(found[index].value, "\(jobs[index])")
            #expect((result.statistic - expected[0]).magnitude < 1e-6, "\(jobs[index])")
            #expect((result.probability - expected[1]).magnitude < 1e-6, "\(jobs[index])")
            #expect(Double(result.lags) == expected[2] && Double(result.observations) == expected[3])
            if let criterion = result.criterion { #expect((criterion - expected[4]).magnitude < 1e-6) }
        }
    }

    @Test(
        "statistic and probability of coint in both directions",
        .enabled(if: Statsmodels.python != nil, "needs a Python with statsmodels: set HELIOS_PYTHON")
    )
    func cointegration() throws {
        let all = series(count: 300, seed: 77)
        var cases: [Case] = []
        for terms in DeterministicTerms.allCases {
            for (rule, name) in rules {
                for index in 1..<8 { cases.append(Case(index - 1, index, terms, rule, name)) }
            }
        }
        try compare(all, cases)
    }

    /// The fixture holds statsmodels' numbers, which take it half an hour: `STATSMODELS_PANEL=1` has them computed again.
    @Test(
        "all 39,340 pairs and 281 unit roots of real stocks over five years",
        .enabled(if: Panel.isThere, "needs the daily panel in ../shared/data")
    )
    func panel() throws {
        let stocks = try Panel.series()
        try #require(stocks.count == Panel.stocks && stocks[0].count == Panel.days)
        if ProcessInfo.processInfo.environment["STATSMODELS_PANEL"] != nil { try Panel.compute(stocks) }
        let expected = try Panel.statistics()
        var worst = 0.0
        for (index, stock) in stocks.enumerated() {
            let found = try #require(AugmentedDickeyFuller.test(stock, lags: .akaike()).value)
            worst = max(worst, (found.statistic - expected.unitRoots[index]).magnitude)
        }
        var test = EngleGranger(capacity: Panel.days)
        for (index, pair) in Panel.pairs.enumerated() {
            let (y, x) = (stocks[pair.0], stocks[pair.1])
            let result = test.bothDirections(y.span, x.span, lags: .akaike())
            let found = try #require(result.value, "\(pair)")
            worst = max(worst, (found.forward.statistic - expected.pairs[2 * index]).magnitude)
            worst = max(worst, (found.backward.statistic - expected.pairs[2 * index + 1]).magnitude)
        }
        // The fixture is rounded to eight digits behind the point.
        #expect(worst < 1e-8, "the largest difference is \(worst)")
    }

    /// The fixture's own numbers, as statsmodels computes them here and now: every 600th pair, about ten seconds.
    @Test(
        "a sample of those pairs computed anew",
        .enabled(
            if: Statsmodels.python != nil && Panel.isThere,
            "needs a Python with statsmodels (set HELIOS_PYTHON) and the daily panel in ../shared/data"
        )
    )
    func sampleOfPanel() throws {
        let stocks = try Panel.series()
        try #require(stocks.count == Panel.stocks && stocks[0].count == Panel.days)
        let expected = try Panel.statistics()
        let places = Array(stride(from: 0, to: Panel.pairs.count, by: 600))
        let cases = places.map { Case(Panel.pairs[$0].0, Panel.pairs[$0].1, .constant, .akaike(), "aic") }
        try compare(stocks, cases)
        for (place, answer) in zip(places, try Statsmodels.answers(cases.map { $0.job(Panel.days) }, stocks)) {
            #expect((answer[0] - expected.pairs[2 * place]).magnitude < 1e-8)
            #expect((answer[2] - expected.pairs[2 * place + 1]).magnitude < 1e-8)
        }
    }

    /// A pair and how it is tested.
    private struct Case {
        let first: Int
        let second: Int
        let terms: DeterministicTerms
        let rule: LagRule
        let name: String

        init(_ first: Int, _ second: Int, _ terms: DeterministicTerms, _ rule: LagRule, _ name: String) {
            self.first = first
            self.second = second
            self.terms = terms
            self.rule = rule
            self.name = name
        }

        /// The line that asks statsmodels about the first `count` values.
        func job(_ count: Int) -> String { "pair \(name) \(Statsmodels.text(terms)) \(count) \(first) \(second)" }
    }

    private func compare(_ series: [[Double]], _ cases: [Case]) throws {
        let count = series[0].count
        let jobs = cases.map { $0.job(count) }
        var test = EngleGranger(capacity: count)
        for (index, expected) in try Statsmodels.answers(jobs, series).enumerated() {
            let pair = cases[index]
            let (y, x) = (series[pair.first], series[pair.second])
            let result = test.bothDirections(y.span, x.span, terms: pair.terms, lags: pair.rule)
            let found = try #require(result.value, "\(jobs[index])")
            #expect((found.forward.statistic - expected[0]).magnitude < 1e-6, "\(jobs[index])")
            #expect((found.forward.probability - expected[1]).magnitude < 1e-6, "\(jobs[index])")
            #expect((found.backward.statistic - expected[2]).magnitude < 1e-6, "\(jobs[index])")
            #expect((found.backward.probability - expected[3]).magnitude < 1e-6, "\(jobs[index])")
        }
    }
}
