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
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
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
            for (name, field) in zip(names, line.split(separator: ",")) {
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
}
