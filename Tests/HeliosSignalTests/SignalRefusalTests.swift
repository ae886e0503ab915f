// SPDX-License-Identifier: MIT
import HeliosSignal
import Testing

@Suite("Queries that can never say anything")
struct SignalRefusalTests {
    @Test(
        "are refused with their reason",
        arguments: [
            ("WHEN mid(KO) > 5 EMIT buy", "buy is of a sum of prices"),
            ("WHEN mid(KO) > 5 EMIT sell()", "sell is of a sum of prices"),
            ("SELECT 5 AS x FROM quotes", "no column ever changes"),
            ("SELECT 2 * 3 AS x, 7 AS y FROM quotes EVERY 1 s", "no column ever changes"),
            ("WHEN 1 > 0 EMIT x", "the condition never changes"),
            ("SELECT mean(mid(KO), 100 samples from 200) AS m FROM quotes", "never holds more than 100"),
            ("SELECT mean(mid(KO), 1 min holding 5 from 10) AS m FROM quotes", "never holds more than 5"),
            ("SELECT mid(BTC-USD) AS m FROM quotes", "are quoted: mid('BRK.B')"),
            ("SELECT mid(700) AS m FROM quotes", "are quoted: mid('700')"),
            ("MATCH halt(BTC-USD) THEN trade(KO) WITHIN 1 s", "are quoted"),
        ]
    )
    func refused(text: String, reason: String) {
        do throws(SignalQueryError) {
            _ = try SignalQuery(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(reason), "\(error)")
        }
    }

    @Test(
        "what looks like them is not",
        arguments: [
            "WHEN mid(KO) > 5 EMIT close", "SELECT 5 AS five, mid(KO) AS m FROM quotes",
            "SELECT mean(mid(KO), 1 min holding 5 from 5) AS m FROM quotes",
            "SELECT mean(mid(KO), tumbling 1 h from 5000) AS m FROM quotes", "SELECT mid('BTC-USD') AS m FROM quotes",
        ]
    )
    func taken(text: String) throws {
        #expect(try SignalPlan(SignalQuery(text).rules).rules.count == 1)
    }

    @Test("rows of several queries are told apart by their names")
    func names() throws {
        let text =
            "SELECT mid(KO) FROM quotes; SELECT mid(PEP) FROM quotes; WHEN mid(KO) > 5 EMIT x; SELECT bid(KO) FROM quotes"
        #expect(try SignalQuery(text).rules.map(\.name) == ["select", "select#2", "x", "select#3"])
        let each = try SignalQuery("SELECT mid(KO) FROM quotes; SELECT mid FROM quotes", symbols: ["KO", "PEP"]).rules
        #expect(each.map(\.name) == ["select", "select#2.KO", "select#2.PEP"])
    }
}
