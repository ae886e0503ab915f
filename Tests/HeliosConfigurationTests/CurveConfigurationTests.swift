// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosExecution
import HeliosMarket
import HeliosStrategy
import Testing

private let halves = "execution:\n  curve: [{from: '09:30', share: 25%}, {from: '12:00', share: 75%}]\n"

private func shares(_ curve: VolumeCurve, _ hours: [Int64]) -> [Int64] {
    let whole = curve.volume(at: .max)
    return hours.map { (curve.volume(at: $0 * 3_600_000_000_000) * 10_000 + whole / 2) / whole }
}

@Suite("Volume curves and orders without strategies in a configuration")
struct CurveConfigurationTests {
    @Test func `a curve of unequal stretches is taken, and can be read again`() throws {
        let run = try parse(halves + least)
        #expect(shares(run.settings.execution.curves.other, [9, 12, 14, 16]) == [0, 2_500, 6_250, 10_000])
        let again = try parse(run.resolvedText)
        #expect(again.resolvedText == run.resolvedText && again.settings.execution == run.settings.execution)
        #expect(try parse(least).settings.execution.curves == VolumeCurves())
    }

    @Test func `what is wrong with a curve is said with its place`() {
        func found(_ list: String, _ message: String) {
            let all = errors("execution:\n  curve: \(list)\n" + least)
            #expect(all == [message], "\(all)")
        }
        let first = "{from: '09:30', share: 50%}"
        found(
            "[\(first), {from: '10:00', share: 49%}]",
            "run.yaml:2:10: execution.curve: the shares add up to 99%, expected 100%"
        )
        found(
            "[\(first), {from: '09:30', share: 50%}]",
            "run.yaml:2:40: execution.curve[1].from: expected a time after the one before"
        )
        found(
            "[\(first), {from: '16:00', share: 50%}]",
            "run.yaml:2:40: execution.curve[1].from: expected a time before 16:00"
        )
        found("[{from: '09:30'}]", "run.yaml:2:11: execution.curve[0].share: missing, expected \(shareText)")
        found(
            "some",
            "run.yaml:2:10: execution.curve: found \"some\", expected a list of stretches with 'from' and 'share'"
        )
    }

    private let shareText = "a share in whole basis points such as 3%, 0.25% or 300bps, from 0% to 100%"

    @Test func `a file has a curve for each symbol, and its errors a line`() throws {
        let name = NSTemporaryDirectory() + "curve-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: name) }
        func read(_ text: String) throws -> RunConfiguration {
            try Data(text.utf8).write(to: URL(fileURLWithPath: name))
            return try parse("execution: {curveFile: '\(name)'}\n" + least)
        }
        let lines = "symbol,time,volume\nAAPL,09:30,300\nAAPL,13:00,100\n*,09:30,1\n*,10:00,1\n"
        let curves = try read(lines).settings.execution.curves
        #expect(shares(curves[try #require(Symbol("AAPL"))], [13, 16]) == [7_500, 10_000])
        #expect(shares(curves[try #require(Symbol("XOM"))], [10, 13, 16]) == [5_000, 7_500, 10_000])
        #expect(try shares(read("09:30,1\n12:00:00,3\n").settings.execution.curves.other, [12]) == [2_500])
        for (text, message) in [
            ("AAPL,10:00,5\nAAPL,09:30,5\n", "line 2: expected a time after the one before"),
            ("AAPL,25:00,5\n", "line 1: expected 'symbol,time,volume' such as AAPL,09:30,133000"),
            ("AAPL,09:30,-5\n", "line 1: expected"), ("AAPL,16:00,5\n", "line 1: expected a time before 16:00"),
            ("\nAAPL,09:30,0\n", "line 2: AAPL has no volume"), ("", "it has no line"),
        ] {
            #expect("\(message)", performing: { _ = try read(text) }, throws: { "\($0)".contains(message) })
        }
        let both = errors(halves + "  curveFile: '\(name)'\n" + least)
        #expect(
            both.contains { $0.contains("execution.curveFile: stands beside curve, expected one of the two") },
            "\(both)"
        )
        #expect(
            errors("execution: {curveFile: /none.csv}\n" + least).contains {
                $0.contains("run.yaml:1:24: execution.curveFile")
            }
        )
    }

    @Test func `orders without strategies are in the name of the desk, which knows their symbols`() throws {
        let run = try parse(
            "data: [a.itch]\norders: [{symbol: XOM, side: buy, quantity: 9}, {symbol: AAPL, side: sell, quantity: 9}]\n"
        )
        #expect(run.strategies.flatMap(\.symbols).map(\.description) == ["XOM", "AAPL"])
        #expect(run.strategyLabels.map(\.name) == ["desk"] && run.strategyLabels[0].groups == ["XOM", "AAPL"])
        let again = try parse(run.resolvedText)
        #expect(again.resolvedText == run.resolvedText && again.strategies.flatMap(\.symbols).count == 2)
        #expect(errors("data: [a.itch]\n").contains { $0.contains("strategies: missing") })
        #expect(errors("data: [a.itch]\nstrategies: []\norders: [{symbol: A, side: buy, quantity: 9}]\n").count == 1)
    }
}
