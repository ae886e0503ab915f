// SPDX-License-Identifier: MIT
import HeliosConfiguration
import Testing

/// The names of all strategies, as an error lists them.
private let shipped = "pairs, queue-imbalance, signals, market-making, momentum, vwap-reversion, pca, basket"

@Suite("A wrong configuration says what, where and what instead")
struct ErrorTests {
    @Test("all errors come at once, in the order of the file, each at its place")
    func allAtOnce() {
        let text = """
            title: [a]
            data:
              - {fil: a.itch}
              - 7.itch
            session: {start: 9:30}
            latncy: {feed: 1us}
            risk:
              orderNotionalMax: abc
              tick: 0
              collar: 3%
            strategies:
              - name: pairs
                pairs: [[KO, KO], KO~PEP, [A]]
                entrZ: 3
                hedge: olds
              - name: pair
              - 5
            output: {report: maybe}

            """
        #expect(
            errors(text) == [
                "run.yaml:1:8: title: found a list, expected a text",
                "run.yaml:3:5: data[0].file: missing, expected a path",
                "run.yaml:3:6: data[0].fil: unknown key; did you mean 'file'?",
                "run.yaml:5:18: session.start: found \"9:30\", expected a time of day such as 09:35 or 15:45:30",
                "run.yaml:6:1: latncy: unknown key; did you mean 'latency'?",
                "run.yaml:8:21: risk.orderNotionalMax: found \"abc\", expected an amount of money such as 500000.00, "
                    + "from 0 to 1000000000000000",
                "run.yaml:9:9: risk.tick: found \"0\", expected a price such as 10.02, from 0.00000001 to 1000",
                "run.yaml:10:11: risk.collar: found \"3%\", expected the keys from50, from25, from1, below1, passive",
                "run.yaml:13:13: strategies[0].pairs[0]: found [KO, KO], "
                    + "expected two different symbols such as [KO, PEP]",
                "run.yaml:13:31: strategies[0].pairs[2]: found [A], expected two different symbols such as [KO, PEP]",
                "run.yaml:14:5: strategies[0].entrZ: unknown key; did you mean 'enterZ'?",
                "run.yaml:15:12: strategies[0].hedge: found \"olds\", expected one of ols, kalman",
                "run.yaml:16:11: strategies[1].name: found \"pair\", expected one of \(shipped); "
                    + "did you mean 'pairs'?",
                "run.yaml:17:5: strategies[2]: found \"5\", expected a mapping with the key 'name'",
                "run.yaml:18:18: output.report: found \"maybe\", expected true or false",
            ]
        )
    }

    @Test("duplicate keys are all named with both lines, beside other errors")
    func duplicates() {
        let text = """
            title: a
            risk: {tick: 0.01, lot: 1, "tick": 0.02}
            title: b
            data: [a]
            'title': c
            fees: {maker: x}
            strategies:
              - name: queue-imbalance
                symbol: A
                symbol: B

            """
        #expect(
            errors(text) == [
                "run.yaml:2:28: risk.tick: stands twice, first in line 2",
                "run.yaml:3:1: title: stands twice, first in line 1",
                "run.yaml:5:1: title: stands twice, first in line 1",
                "run.yaml:6:15: fees.maker: found \"x\", expected a price such as 10.02, from -10 to 10",
                "run.yaml:10:5: strategies[0].symbol: stands twice, first in line 9",
            ]
        )
    }

    @Test(
        "duplicates that are written in an odd way are an error too",
        arguments: [
            "\"\\x61b\": 1\nab: 2", "? [a]\n: 1\n? [a]\n: 2", "&x title: a\ntitle: b", "? {a: 1}\n: 1\n? {a: 1}\n: 2",
        ]
    )
    func oddDuplicates(_ text: String) {
        #expect(errors(text + "\n" + least).contains { $0.contains("twice") })
    }

    @Test(
        "an empty text misses data and strategies",
        arguments: ["", "# nothing\n", "---\n", "~", "data:\nstrategies:\n"]
    )
    func empty(_ text: String) {
        let found = errors(text)
        #expect(found.count == 2)
        #expect(found.contains { $0.contains("data: ") && $0.hasSuffix("expected a list of market files") })
        #expect(found.contains { $0.contains("strategies: ") })
    }

    @Test(
        "broken YAML is told with its place",
        arguments: [
            ("title: 'a\n", "run.yaml:2:1: is no YAML"), ("a: [1, 2\nb: 3\n", "run.yaml:2:2: is no YAML"),
            ("title: *x\n", "run.yaml:1:8: is no YAML: found undefined alias"),
            ("a: 1\n---\nb: 2\n", "run.yaml:2:1: is no YAML"),
            ("title: a\u{1}\n", "run.yaml:1:9: is no YAML: control characters are not allowed"),
            ("\ta: 1\n", "run.yaml:1:1: is no YAML"),
            ("- a\n", "run.yaml:1:1: found a list, expected keys with values such as 'title: Backtest'"),
        ]
    )
    func broken(_ text: String, _ start: String) {
        let found = errors(text).first ?? "accepted"
        #expect(found.hasPrefix(start), "\(found)")
    }

    @Test("parameters that contradict each other are told at the one that is wrong")
    func contradictions() {
        let text = "data: [a]\nstrategies:\n  - {name: pairs, pairs: KO~PEP, exitZ: 3}\n"
        #expect(
            errors(text) == [
                "run.yaml:3:41: strategies[0].exitZ: found \"3\", expected a number below enterZ (2.0)"
            ]
        )
        #expect(
            errors("session: {end: 09:30}\n" + least) == [
                "run.yaml:1:16: session.end: expected a time after session.start"
            ]
        )
        #expect(
            errors("data: [a]\nstrategies:\n  - {name: pairs, pairs: KO~PEP, pairsFile: a.csv}\n").contains(
                "run.yaml:3:45: strategies[0].pairsFile: stands beside pairs, expected one of the two"
            )
        )
    }

    @Test("required parameters are missed")
    func missing() {
        #expect(
            errors("data: [a]\nstrategies:\n  - name: pairs\n  - name: queue-imbalance\n  - {}\n") == [
                "run.yaml:3:5: strategies[0].pairs: missing, expected pairs or pairsFile",
                "run.yaml:4:5: strategies[1].symbol: missing, expected a symbol of one to eight characters",
                "run.yaml:5:5: strategies[2].name: missing, expected one of \(shipped)",
            ]
        )
    }

    @Test("variables override before validation, and errors name them")
    func variables() throws {
        let environment = [
            "HELIOS_RISK_ORDER_NOTIONAL_MAX": "750000.25", "HELIOS_RISK_COLLAR_FROM50": "2%",
            "HELIOS_STRATEGIES_0_MAX_HOLD": "30s", "HELIOS_DATA_0_FILE": "b.itch", "HELIOS_TITLE": "From outside",
            "HELIOS_HOME": "/anywhere", "PATH": "/bin",
        ]
        let run = try parse("risk: {orderNotionalMax: wrong}\n" + least, environment)
        #expect(run.settings.limits.instrument.maxOrderNotional == 7_500_002_500_000_000_000_000)
        #expect(run.settings.limits.collarFrom50 == 200)
        #expect(run.data.map(\.file) == ["b.itch"])
        #expect(run.title == "From outside")
        #expect(run.strategyLabels.first?.parameters.first { $0.name == "maxHold" }?.value == "30s")
        let wrong = [
            "HELIOS_LATENCY_FEED": "soon", "HELIOS_RISK_ORDER_NOTIONAL_MIN": "5", "HELIOS_STRATEGIES_0_EXIT": "1",
            "HELIOS_STRATEGIES_1_EXIT": "0",
        ]
        #expect(
            errors("fees: {maker: x}\n" + least, wrong) == [
                "run.yaml:1:15: fees.maker: found \"x\", expected a price such as 10.02, from -10 to 10",
                "environment variable HELIOS_LATENCY_FEED: latency.feed: found \"soon\", expected a duration up to 1h such "
                    + "as 100us, lognormal(30us, 300us) or empirical(FILE.csv)",
                "environment variable HELIOS_STRATEGIES_0_EXIT: strategies[0].exit: found \"1\", expected a number "
                    + "below enter (0.6)",
                "environment variable HELIOS_RISK_ORDER_NOTIONAL_MIN: overrides no key; did you mean "
                    + "'HELIOS_RISK_ORDER_NOTIONAL_MAX'?",
                "environment variable HELIOS_STRATEGIES_1_EXIT: overrides no key; did you "
                    + "mean 'HELIOS_STRATEGIES_0_EXIT'?",
            ]
        )
    }

    @Test("long and strange values are shown short and on one line")
    func shownValues() {
        let long = String(repeating: "x", count: 500)
        let found = errors("account: {cash: \"a\\nb\\u202e\(long)\"}\n" + least)
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.count < 250 && !$0.contains("\n") })
    }
}

@Suite("No text whatever makes the reader fall")
struct MalformedTests {
    @Test("the sample with any byte flipped")
    func flipped() {
        var accepted = 0
        var tried = 0
        let bytes = Array(sample.utf8)
        for index in bytes.indices {
            for mask: UInt8 in [0x01, 0x10, 0x20, 0x80, 0xFF] {
                var changed = bytes
                changed[index] ^= mask
                let found = errors(String(decoding: changed, as: UTF8.self))
                if found.isEmpty { accepted += 1 }
                #expect(found.allSatisfy { $0.hasPrefix("run.yaml:") })
                tried += 1
            }
        }
        #expect(accepted > 0 && accepted < tried)
    }

    @Test("the sample cut anywhere, and without any one byte")
    func cut() {
        let bytes = Array(sample.utf8)
        for index in bytes.indices {
            #expect(errors(String(decoding: bytes[..<index], as: UTF8.self)).allSatisfy { $0.hasPrefix("run.yaml:") })
            var shorter = bytes
            shorter.remove(at: index)
            #expect(errors(String(decoding: shorter, as: UTF8.self)).allSatisfy { $0.hasPrefix("run.yaml:") })
        }
    }

    @Test(
        "nesting that would exhaust the stack",
        arguments: ["[", "{", "- ", "? ", "a: [", "{a: ", "[\n", "- \n "]
    )
    func nested(_ opener: String) {
        #expect(!errors(String(repeating: opener, count: 100_000)).isEmpty)
    }

    @Test("indentation that deepens line by line")
    func indented() {
        let text = (0..<3_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(!errors(text).isEmpty)
    }

    @Test("a hundred duplicates are an error, not a long wait")
    func manyDuplicates() {
        #expect(!errors(String(repeating: "title: a\n", count: 100)).isEmpty)
    }

    @Test("aliases that stand for a million values are an error")
    func aliases() {
        var text = "title: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 {
            let row = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "k\(level): &a\(level) [\(row)]\n"
        }
        #expect(!errors(text).isEmpty)
    }
}
