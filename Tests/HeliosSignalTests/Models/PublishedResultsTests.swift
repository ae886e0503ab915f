// SPDX-License-Identifier: MIT
import Foundation
import HeliosMath
import HeliosSignal
import Testing

/// Data and results that others published, beside the repository.
private enum Published {
    static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("shared/data/reference")

    static let isThere = FileManager.default.fileExists(atPath: folder.path)

    static func text(_ name: String) throws -> String {
        let file = folder.appendingPathComponent(name)
        guard name.hasSuffix(".gz") else { return try String(contentsOf: file, encoding: .utf8) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        defer { process.waitUntilExit() }
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    static func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: folder.appendingPathComponent(name))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// Columns of a table by their headings.
    static func columns(_ name: String) throws -> [String: [Double]] {
        let lines = try text(name).split(whereSeparator: \.isNewline)
        let names = lines[0].split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "\" ")) }
        var columns: [String: [Double]] = [:]
        for line in lines.dropFirst() {
            for (name, field) in zip(names, line.split(separator: ",", omittingEmptySubsequences: false)) {
                columns[name, default: []].append(Double(field) ?? .nan)
            }
        }
        return columns
    }
}

@Suite(
    "Published results of unit root and cointegration tests",
    .enabled(if: Published.isThere, "needs the reference data in ../shared/data")
)
struct PublishedResultsTests {
    @Test("Stata's augmented Dickey-Fuller tests of US output and inflation")
    func stata() throws {
        let expected = try Published.json("statsmodels/expected_adf_kpss_granger.json")
        let data = try Published.columns("statsmodels/macrodata.csv")
        for (key, column, lags) in [("adf_realgdp_maxlag4", "realgdp", 4), ("adf_infl_maxlag1", "infl", 1)] {
            let cases = try #require(expected[key] as? [String: [Double]])
            let series = try #require(data[column])
            for (name, terms) in [
                ("none", DeterministicTerms.none), ("constant", .constant), ("constant+trend", .constantAndTrend),
            ] {
                let values = try #require(cases[name])
                let found = try #require(
                    AugmentedDickeyFuller.test(series, terms: terms, lags: .fixed(lags)).value
                )
                #expect((found.statistic - values[0]).magnitude < 1e-5)
                #expect((found.probability - values[1]).magnitude < 1e-5)
                let critical = try #require(found.criticalValues)
                for (own, theirs) in zip([critical.one, critical.five, critical.ten], values.dropFirst(2)) {
                    // Stata prints an older table.
                    #expect((own - theirs).magnitude < 1.5e-2)
                }
            }
        }
        let pair = try #require(expected["engle_granger_realcons_on_realgdp_constant_lag0"] as? [String: Double])
        let (y, x) = (try #require(data["realcons"]), try #require(data["realgdp"]))
        var test = EngleGranger(capacity: y.count)
        let result = test.test(y: y.span, x: x.span, lags: .fixed(0))
        let found = try #require(result.value)
        #expect((found.statistic - (pair["t"] ?? 0)).magnitude < 1e-4)
    }

    @Test("LeSage's Johansen tests of eight series")
    func lesage() throws {
        let expected = try Published.json("statsmodels/expected_johansen.json")
        let cases = try #require(expected["cases"] as? [String: [String: [[String: Double]]]])
        let rows = try Published.text("statsmodels/johansen_8_series.txt").split(whereSeparator: \.isNewline)
            .map { $0.split(whereSeparator: \.isWhitespace).compactMap { Double($0) } }
        let series = (0..<8).map { column in rows.map { $0[column] } }
        for (key, terms, lags) in [
            ("det_order=1,k_ar_diff=2", DeterministicTerms.constantAndTrend, 2),
            ("det_order=0,k_ar_diff=9", .constant, 9),
        ] {
            let values = try #require(cases[key])
            let found = try #require(Johansen.test(series, lags: lags, terms: terms).value)
            let trace = try #require(values["trace"])
            let largest = try #require(values["max_eigen"])
            for index in 0..<8 {
                #expect((found.trace[index] - (trace[index]["stat"] ?? 0)).magnitude < 1e-7)
                #expect((found.largest[index] - (largest[index]["stat"] ?? 0)).magnitude < 1e-7)
                for (level, name) in [(Johansen.Level.ten, "crit90"), (.five, "crit95"), (.one, "crit99")] {
                    #expect(found.traceCriticalValues(at: level)[index] == trace[index][name])
                    #expect(found.largestCriticalValues(at: level)[index] == largest[index][name])
                }
            }
        }
    }

    @Test("Chan's cointegration of funds of Australia, Canada and resources")
    func chan() throws {
        let data = try Published.columns("chan_algorithmic_trading/etf67_close_2006_2012.csv.gz")
        let (ewa, ewc, ige) = (try #require(data["EWA"]), try #require(data["EWC"]), try #require(data["IGE"]))
        var test = EngleGranger(capacity: ewc.count)
        let result = test.test(y: ewc.span, x: ewa.span, lags: .fixed(1))
        let pair = try #require(result.value)
        #expect(isClose(pair.line.beta, 0.9624294, 1e-7) && isClose(pair.line.alpha, 6.41133139, 1e-8))
        // His toolbox removes the mean a little differently.
        #expect((pair.statistic + 3.64346635).magnitude < 1e-4)
        let two = try #require(Johansen.test([ewc, ewa], lags: 1).value)
        #expect((two.trace[0] - 19.983).magnitude < 5e-4 && (two.trace[1] - 3.983).magnitude < 5e-4)
        #expect((two.largest[0] - 16).magnitude < 5e-4)
        let three = try #require(Johansen.test([ewc, ewa, ige], lags: 1).value)
        for (found, expected) in zip(three.trace + three.largest, [34.429, 17.532, 4.471, 16.897, 13.061, 4.471]) {
            #expect((found - expected).magnitude < 5e-4)
        }
        for (found, expected) in zip(three.eigenvalues, [0.0112, 0.0087, 0.003]) {
            #expect((found - expected).magnitude < 5e-5)
        }
        // Signs are free.
        for (found, expected) in zip(three.vectors.column(0), [1.046, -0.76, -0.2233]) {
            #expect((found - expected).magnitude < 5e-4)
        }
    }

    @Test("arbitragelab's Johansen test of five funds")
    func arbitragelab() throws {
        let data = try Published.columns("arbitragelab/etf23_close_2008_2016.csv.gz")
        let names = ["EEM", "EWG", "TIP", "EWJ", "EFA"]
        let series = try names.map { try #require(data[$0]) }
        let found = try #require(Johansen.test(series, lags: 1).value)
        #expect((found.trace[0] - 64.01).magnitude < 0.01 && (found.trace[1] - 41.44).magnitude < 0.01)
        let vector = found.vectors.column(0)
        #expect((vector[4] + 0.86).magnitude < 0.01 && (vector[3] - 0.05).magnitude < 0.01)
    }
}
