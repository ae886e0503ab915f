// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal
import Testing

@Suite("Signals as text")
struct SignalQueryTests {
    @Test("text and Swift compile to the same rules")
    func same() throws {
        let spread = mid("KO") - 1.31 * mid("PEP")
        let z = zscore(spread, over: .minutes(30))
        let swift = when(z > 2, for: 5_000_000_000).and(no: halted("KO"), within: 60_000_000_000).emit(.sell(spread))
        let text = try SignalQuery(
            """
            -- the spread of two drinks
            WHEN zscore(mid(KO) - 1.31*mid(PEP), 30 min) > 2.0 FOR 5 s AND NO halted(KO) WITHIN 60 s
            EMIT sell(mid(KO) - 1.31*mid(PEP) AS value)
            """
        )
        #expect(text.rules == [swift])
    }

    @Test("a plan computes equal parts once")
    func shared() throws {
        let plan = try SignalPlan(
            SignalQuery(
                """
                SELECT zscore(mid(KO) - mid(PEP), 30 min) AS z, mean(mid(KO) - mid(PEP), 30 min) AS m FROM quotes;
                WHEN zscore(mid(KO) - mid(PEP), 30 min) > 2 EMIT signal
                """
            ).rules
        )
        // Two mids, the spread, one window, two aggregates, any, 2, the comparison, becoming true.
        #expect(plan.nodeCount == 10)
        #expect(plan.symbols == ["KO", "PEP"])
    }

    @Test("an event costs what depends on it", arguments: [100, 1_000])
    func cost(count: Int) throws {
        let rules = (0..<count).map { pair -> SignalRule in
            let spread = mid("S\(pair)") - mid("T\(pair)")
            return when(zscore(spread, over: .count(60)) > 2).emit(.sell(spread))
        }
        let plan = try SignalPlan(rules)
        #expect(plan.touched(by: .quote, of: "S7") == 6)
        #expect(plan.touched(by: .trade, of: "S7") == 0)
    }

    @Test(
        "what AS names may be named as a clause is",
        arguments: [
            "SELECT price(A) AS partition, partition AS x FROM trades",
            "SELECT price(A) AS around, 2 * around AS x FROM trades",
            "SELECT price(A) AS from, from AS x FROM trades", "SELECT price(A) AS x, -x AS select FROM trades",
            "SELECT price(A) AS around, around AS x FROM trades AROUND trade(A) WITHIN 1 s AFTER WHERE around > 1 AND NOT around > 9",
        ]
    )
    func names(text: String) throws {
        let rules = try SignalQuery(text).rules
        #expect(rules.count == 1 && rules[0].columnNames.count == 2)
    }

    @Test("a query without symbols is made for each")
    func forEach() throws {
        let query = try SignalQuery("SELECT mid, vwap(5 min) AS v FROM quotes, trades", symbols: ["A", "B", "C"])
        #expect(query.rules.map(\.name) == ["select.A", "select.B", "select.C"])
        #expect(query.rules[0].columnNames == ["mid", "v"])
    }

    @Test(
        "a fault is named with its place",
        arguments: [
            ("SELECT zscor(mid(KO), 30 min) FROM quotes", 8, "nothing is named zscor; is zscore meant?"),
            ("SELECT mid(KOO) FROM quotes", 12, "no instrument is named KOO; is KO meant?"),
            (
                "SELECT zscore(mid(KO)) FROM quotes", 22,
                "expected \",\" and a window, as in zscore(…, 30 min), found \")\""
            ),
            (
                "SELECT mean(mid(KO), 30) FROM quotes", 24,
                "expected SAMPLES, or a unit of time behind the number, found \")\""
            ),
            ("SELECT size(KO) FROM quotes", 8, "a trade tells its size, and FROM names no trades"),
            ("SELECT mid(KO) FROM news", 21, "expected quotes, trades or statuses behind FROM, found \"news\""),
            ("WHEN mid(KO) EMIT x", 6, "expected a comparison, as in z > 2, and this is a number; then came \"EMIT\""),
            ("MATCH trade(KO, bid > 1) WITHIN 1 s", 17, "a trade has no bid: that is told by a quote"),
            ("MATCH trade(KO) THEN quote(KO)", 31, "expected WITHIN and a length of time, found the end"),
            (
                "SELECT quantile(mid(KO), 2, 5 s) FROM quotes", 26,
                "the share of a quantile is between 0.0 and 1.0, not 2.0"
            ),
            ("SELECT mid(KO) $ FROM quotes", 16, "\"$\" has no meaning here"),
            ("FIND x", 1, "a query begins with SELECT, WHEN or MATCH, not with \"FIND\""),
            ("", 1, "there is no query: it begins with SELECT, WHEN or MATCH"),
            (
                "SELECT mid(KO) AS a, mid(PEP) AS a FROM quotes", 34,
                "two columns are named \"a\"; AS gives another name"
            ),
            ("SELECT mid(KO) FROM quotes EVERY 1 us", 34, "EVERY is at least 1 ms"),
            ("SELECT mid('KO) FROM quotes", 12, "a quotation mark is not closed"),
            ("SELECT lag(mid(KO), 1.5) FROM quotes", 21, "a lag is a whole number"),
            ("SELECT mean(mid(KO), 2.9 samples) FROM quotes", 22, "a window's samples are a whole number"),
            ("SELECT mean(mid(KO), 5 s holding 1.9) FROM quotes", 34, "room for samples are a whole number"),
            ("SELECT mean(mid(KO), 5 s from 2.5) FROM quotes", 31, "the least samples are a whole number"),
            (
                "WHEN mid(KO) > 1 FOR 5 EMIT x", 22,
                "expected a length of time behind FOR, as 200 ms or 30 min, found 5.0"
            ),
        ]
    )
    func faults(text: String, column: Int, message: String) {
        do throws(SignalQueryError) {
            _ = try SignalQuery(text, symbols: ["KO", "PEP"])
            Issue.record("no fault was found in \(text)")
        } catch {
            #expect(error.message == message)
            #expect(error.column == column)
            #expect(error.description.contains("^"))
        }
    }

    @Test(
        "what is odd is refused, never a trap",
        arguments: [
            "MATCH trade(", "MATCH halt(", "MATCH quote(", "SELECT mid(", "WHEN", "MATCH 3", "SELECT vwap(",
            "SELECT mid(KO) AS",
            "WHEN " + String(repeating: "(", count: 100_000),
            "WHEN " + String(repeating: "not ", count: 50_000) + "halted(KO)",
            "SELECT " + String(repeating: "-", count: 100_000) + "1",
            "SELECT " + String(repeating: "- ", count: 50_000) + "1",
            "SELECT 1" + String(repeating: "+1", count: 50_000),
        ]
    )
    func odd(text: String) {
        #expect(throws: SignalQueryError.self) { try SignalQuery(text, symbols: ["KO"]) }
    }

    @Test(
        "names that double each time are refused at once, as they stand for a tree of millions",
        .timeLimit(.minutes(1))
    )
    func doubling() {
        let names = (1...40).map { "a\($0 - 1) + a\($0 - 1) AS a\($0)" }.joined(separator: ", ")
        for text in [
            "SELECT mid(KO) AS a0, \(names) FROM quotes",
            "SELECT \(String(repeating: "change(", count: 40))mid(KO)\(String(repeating: ")", count: 40)) FROM quotes",
            "WHEN \(String(repeating: "change(", count: 40))mid(KO)\(String(repeating: ")", count: 40)) > 1 EMIT x",
        ] {
            #expect { _ = try SignalQuery(text) } throws: { "\($0)".contains("of too many parts") }
        }
        var series = mid("KO")
        for _ in 0..<60 { series = series + series }
        let rule = SignalRule.select("x", ["x": series])
        #expect { _ = try SignalPlan([rule]) } throws: { "\($0)".contains("of too many parts") }
    }

    @Test("many queries are read in a time that goes with their number", .timeLimit(.minutes(1)))
    func many() throws {
        let text = String(repeating: "SELECT mid(KO) + 1 FROM quotes; ", count: 60_000)
        #expect(try SignalQuery(text).rules.count == 60_000)
    }

    @Test("the least number of samples stands behind a window, FROM behind the columns")
    func from() throws {
        let query = try SignalQuery(
            "SELECT mean(mid(KO), 30 min from 10) AS m FROM quotes WHERE mean(mid(KO), 1 s from 2) > 0"
        )
        #expect(query.rules[0].columnNames == ["m"])
    }

    @Test("a fault in a later line is shown with its line")
    func lines() {
        do throws(SignalQueryError) {
            _ = try SignalQuery("SELECT mid(KO)\nFROM quotes\nWHERE mid(KO) > zz")
            Issue.record("no fault was found")
        } catch {
            #expect(error.line == 3 && error.column == 17)
            #expect(error.text == "WHERE mid(KO) > zz")
        }
    }

    @Test("a plan refuses what can't be computed")
    func plans() {
        let wrong: [SignalRule] = [
            .select("a", ["x": mean(mid("A"), over: .count(0))]),
            .select("a", ["x": mid("A").lagged(by: 0)]),
            .select("a", ["x": ewma(mid("A"), .weight(0))]),
            .select("a", ["x": aggregate(.quantile(1.5), mid("A"), over: .count(5))]),
            .select("a", ["x": aggregate(.slope, mid("A"), over: .count(5))]),
            .select("a", ["x": mid("A").sampled(every: 10)]),
            .select("a", ["x": Series(.nan)]),
            .select("a", ["x": mean(mid("A"), over: .minutes(.max))]),
            .select("a", ["x": mean(mid("A"), over: .count(5).from(.max))]),
            when((mid("A") > 1).held(for: .max)).emit(.signal("x")),
            when((mid("A") > 1).rises || halted("A")).emit(.signal("x")),
            when(!(mid("A") > 1).rises).emit(.signal("x")),
        ]
        for rule in wrong {
            #expect(throws: SignalPlanError.self) { try SignalPlan([rule]) }
        }
        #expect(throws: SignalPlanError.self) { try SignalPlan([]) }
    }
}

@Suite("Large plans")
struct LargePlanTests {
    /// 10,000 pairs over 1,000 symbols: making the plan and an event of it must not go with the square of anything.
    @Test("ten thousand pairs: each quote looks at its pairs only, and at their rules")
    func pairs() throws {
        let rules = (0..<10_000).map { pair -> SignalRule in
            let first = pair % 1_000
            let spread = mid("S\(first)") - 0.5 * mid("S\((first + 1 + pair / 1_000) % 1_000)")
            return when(zscore(spread, over: .count(20)) > 2).emit(.sell(spread))
        }
        let plan = try SignalPlan(rules)
        // Each symbol is in 20 pairs: its own mid, half of it, then five nodes a pair.
        #expect(plan.touched(by: .quote, of: "S500") == 2 + 20 * 5)
        var machine = SignalMachine(plan)
        var said = 0
        for round in 0..<60 {
            for place in 0..<1_000 {
                let price = 100 + Double((round * 7 + place * 13) % 29) / 16
                let time = Timestamp(nanoseconds: Int64(round * 1_000 + place) * 1_000)
                machine.begin(.quote(place, bid: price, ask: price, at: time))
                while let output = machine.next() {
                    #expect(machine.column(0, of: output) != nil)
                    said += 1
                }
            }
        }
        #expect(said > 1_000)
    }
}
