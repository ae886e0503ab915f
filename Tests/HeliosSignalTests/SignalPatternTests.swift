// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal
import Testing

/// A machine that is told a story: times in seconds, what it said as text.
private struct Story: ~Copyable {
    var machine: SignalMachine

    init(_ query: String, symbols: [String] = ["A", "B"]) throws {
        machine = SignalMachine(try SignalPlan(SignalQuery(query, symbols: symbols).rules, symbols: symbols))
    }

    static func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64((seconds * 1e9).rounded())) }

    mutating func tell(_ tick: SignalTick) -> [String] {
        var said: [String] = []
        guard machine.begin(tick) else { return ["refused"] }
        while let output = machine.next() {
            let rule = machine.plan.rules[output.rule]
            let values = rule.columnNames.indices.map { column -> String in
                machine.column(column, of: output).map { "\($0)" } ?? "invalid"
            }
            said.append(([rule.name, "\(Double(output.time.nanoseconds) / 1e9)"] + values).joined(separator: " "))
        }
        return said
    }

    mutating func trade(_ at: Double, _ place: Int = 0, size: Double, price: Double = 10) -> [String] {
        tell(.trade(place, price: price, size: size, at: Story.time(at)))
    }

    mutating func quote(_ at: Double, _ place: Int = 0, bid: Double, ask: Double) -> [String] {
        tell(.quote(place, bid: bid, ask: ask, bidSize: 100, askSize: 100, at: Story.time(at)))
    }

    mutating func halt(_ at: Double, _ place: Int = 0, _ halted: Bool = true) -> [String] {
        tell(.status(place, halted: halted, at: Story.time(at)))
    }

    mutating func clock(_ at: Double) -> [String] { tell(.clock(at: Story.time(at))) }
}

@Suite("Patterns of events")
struct SignalPatternTests {
    @Test("a trade, then a wider spread, within a time, without a halt")
    func sequence() throws {
        let query = "MATCH a: trade(size > 10000) THEN b: quote(spread widens) WITHIN 200 ms WITHOUT c: halt"
        var story = try Story(query)
        #expect(story.quote(1, bid: 10, ask: 10.5) == [])
        #expect(story.trade(2, size: 20_000) == [])
        #expect(story.quote(2.1, bid: 10, ask: 10.5) == [], "not wider")
        #expect(story.quote(2.2, bid: 10, ask: 11) == ["match.A 2.2"], "the very end of the time counts")
        #expect(story.quote(2.2, bid: 10, ask: 12) == [], "the match has used up its begin")
        // Too small, too late, with a halt in between, and of another instrument.
        #expect(story.trade(3, size: 10_000) == [])
        #expect(story.quote(3.1, bid: 10, ask: 13) == [])
        #expect(story.trade(4, size: 20_000) == [])
        #expect(story.quote(4.201, bid: 10, ask: 14) == [])
        #expect(story.trade(5, size: 20_000) == [])
        #expect(story.halt(5.1) == [])
        #expect(story.quote(5.15, bid: 10, ask: 15) == [])
        #expect(story.trade(6, 1, size: 20_000) == [])
        #expect(story.quote(6.1, bid: 10, ask: 16) == [])
        // A halt of the other instrument is none of this one's.
        #expect(story.trade(7, size: 20_000) == [])
        #expect(story.halt(7.1, 1) == [])
        #expect(story.quote(7.2, bid: 10, ask: 17) == ["match.A 7.2"])
    }

    @Test("a later begin goes on when the first has run out")
    func laterBegin() throws {
        var story = try Story("MATCH trade(A, size > 5) THEN trade(A, size < 2) WITHIN 1 s")
        #expect(story.trade(1, size: 10) == [])
        #expect(story.trade(1.8, size: 10) == [])
        #expect(story.trade(2.5, size: 1) == ["match 2.5"])
        #expect(story.trade(2.6, size: 1) == [])
    }

    @Test("an event that ends a match may begin the next one")
    func chain() throws {
        var story = try Story("MATCH trade(A, size > 5) THEN trade(A, size > 5) WITHIN 1 s")
        #expect(story.trade(1, size: 10) == [])
        #expect(story.trade(1.5, size: 10) == ["match 1.5"])
        #expect(story.trade(2, size: 10) == ["match 2.0"])
    }

    @Test("an event that is not followed by another is told when its time is over")
    func absence() throws {
        var story = try Story("MATCH trade(A, size > 5) THEN NO quote(A) WITHIN 1 s")
        #expect(story.trade(1, size: 10) == [])
        #expect(story.trade(1.4, size: 10) == [])
        #expect(story.clock(2) == [], "it might still come")
        #expect(story.quote(3, bid: 1, ask: 2) == ["match 2.0", "match 2.4"])
        #expect(story.trade(4, size: 10) == [])
        #expect(story.quote(5, bid: 1, ask: 2) == [], "the last moment counts")
        #expect(story.clock(9) == [])
    }

    @Test("repetition, conjunction, alternatives")
    func others() throws {
        var story = try Story(
            """
            MATCH 3 TIMES trade(A, size > 5) WITHIN 1 s EMIT three;
            MATCH trade(A, size > 5) AND quote(B) WITHIN 1 s EMIT both(size(A) AS shares);
            MATCH halt(A) OR halt(B) EMIT either
            """
        )
        #expect(story.trade(1, size: 10) == [])
        #expect(story.trade(1.9, size: 10) == [])
        #expect(story.trade(2.1, size: 11) == [], "the first is too old")
        #expect(story.quote(2.5, 1, bid: 1, ask: 2) == ["both 2.5 11.0"])
        #expect(story.trade(2.9, size: 10) == ["three 2.9"])
        #expect(story.trade(3, size: 10) == [])
        #expect(story.halt(3.1, 1) == ["either 3.1"])
        #expect(story.halt(3.2, 0) == ["either 3.2"])
        #expect(story.halt(3.3, 0, false) == [])
    }

    @Test("a condition that holds for a while, and no halt before it")
    func held() throws {
        var story = try Story("WHEN mid(A) > 10 FOR 5 s AND NO halted(A) WITHIN 60 s EMIT sell(mid(A) - 2 * mid(B))")
        #expect(story.quote(1, 1, bid: 1, ask: 1) == [])
        #expect(story.quote(1, bid: 11, ask: 11) == [])
        #expect(story.quote(3, bid: 10, ask: 10) == [], "it stopped")
        #expect(story.quote(4, bid: 12, ask: 12) == [])
        #expect(story.quote(8, bid: 13, ask: 13) == [])
        #expect(story.machine.nextDeadline == Story.time(9))
        #expect(story.quote(20, bid: 9, ask: 9) == ["sell 9.0 11.0"], "at its own time, with what was known then")
        #expect(story.halt(21) == [])
        #expect(story.halt(22, 0, false) == [])
        #expect(story.quote(23, bid: 12, ask: 12) == [])
        #expect(story.clock(28) == [], "a halt was less than a minute before")
        #expect(story.quote(77, bid: 9, ask: 9) == [])
        #expect(story.quote(77.5, bid: 12, ask: 12) == [])
        #expect(story.clock(82.5) == ["sell 82.5 10.0"])
    }

    @Test("windows one after the other end at their time, with the clock or with a later event")
    func tumbling() throws {
        var story = try Story(
            """
            SELECT sum(size(A), tumbling 1 s) AS volume, highest(price(A), tumbling 1 s) AS high,
                count(size(A), tumbling 1 s) AS trades FROM trades
            """
        )
        #expect(story.trade(0.5, size: 10, price: 7) == [])
        #expect(story.trade(0.9, size: 20, price: 9) == [])
        #expect(story.trade(1, size: 5, price: 3) == ["select 1.0 30.0 9.0 2.0"], "the end belongs to the next")
        #expect(story.clock(2.5) == ["select 2.0 5.0 3.0 1.0"])
        #expect(story.trade(3.5, size: 1) == ["select 3.0 invalid invalid 0.0"])
    }

    @Test("what a clock brings at the end of a longer window belongs to the next, whichever rule stands first")
    func nested() throws {
        let bars = "SELECT first(every(mid(A), 1 s), tumbling 4 s) AS first, last AS last FROM quotes"
        let query =
            "SELECT first(every(mid(A), 1 s), tumbling 4 s) AS first, count(every(mid(A), 1 s), tumbling 4 s) AS n FROM quotes"
        for text in [
            query, "SELECT mid(B) AS m FROM quotes EVERY 4 s; " + query,
            query + "; SELECT mid(B) AS m FROM quotes EVERY 4 s",
        ] {
            var story = try Story(text)
            var said: [String] = []
            for second in 1...9 { said += story.quote(Double(second) + 0.5, bid: Double(second), ask: Double(second)) }
            let rows = said.filter { $0.hasPrefix("select") && $0.split(separator: " ").count == 4 }
            let name = text.hasPrefix(query) ? "select" : "select#2"
            #expect(rows == ["\(name) 4.0 1.0 2.0", "\(name) 8.0 3.0 4.0"], "\(text)")
        }
        #expect(throws: SignalQueryError.self) { try SignalQuery(bars) }
    }

    @Test("a median of more trades than there is room for is invalid, and counted")
    func crowded() throws {
        var story = try Story("SELECT median(size(A), tumbling 1 s holding 2) AS m FROM trades")
        for _ in 0..<3 { #expect(story.trade(0.5, size: 4) == []) }
        #expect(story.clock(1) == ["select 1.0 invalid"])
        #expect(story.machine.overflows == 1)
    }

    @Test("what is not halted in the morning does not resume")
    func morning() throws {
        var story = try Story("MATCH resume(A); WHEN NOT halted(A) EMIT open")
        #expect(story.halt(1, 0, false) == [])
        #expect(story.halt(2, 0, true) == [])
        #expect(story.halt(3, 0, false) == ["match 3.0", "open 3.0"])
    }

    @Test("a session ends when nothing has come for its gap")
    func session() throws {
        var story = try Story("SELECT sum(size(A), session 1 s) AS volume FROM trades")
        #expect(story.trade(1, size: 10) == [])
        #expect(story.trade(1.9, size: 20) == [])
        #expect(story.trade(5, size: 3) == ["select 2.9 30.0"])
        #expect(story.clock(6) == ["select 6.0 3.0"])
    }

    @Test("values sampled by the clock are what they were at each tick of it")
    func sampled() throws {
        var story = try Story("SELECT mid(A) AS mid FROM quotes EVERY 1 s")
        #expect(story.quote(0.5, bid: 1, ask: 3) == [])
        #expect(story.quote(2.5, bid: 2, ask: 4) == ["select 1.0 2.0", "select 2.0 2.0"])
        #expect(story.quote(3, bid: 5, ask: 5) == ["select 3.0 3.0"])
    }

    @Test("a window that has no room is invalid until it would have been right again")
    func overflow() throws {
        var story = try Story("SELECT sum(size(A), 10 s holding 2) AS volume FROM trades")
        #expect(story.trade(1, size: 1) == ["select 1.0 1.0"])
        #expect(story.trade(2, size: 2) == ["select 2.0 3.0"])
        #expect(story.trade(3, size: 4) == ["select 3.0 invalid"])
        #expect(story.machine.overflows == 1)
        #expect(story.trade(11.5, size: 8) == ["select 11.5 invalid"], "the second had no place either")
        #expect(story.trade(30, size: 16) == ["select 30.0 16.0"])
    }

    @Test("a value that must not be older than a time")
    func fresh() throws {
        var story = try Story("SELECT mid(A) - fresh(mid(B), 2 s) AS spread FROM quotes")
        #expect(story.quote(1, 1, bid: 1, ask: 1) == ["select 1.0 invalid"])
        #expect(story.quote(2, bid: 3, ask: 3) == ["select 2.0 2.0"])
        #expect(story.quote(3, bid: 3, ask: 3) == ["select 3.0 invalid"])
    }

    @Test("a count and a fresh value change as time passes, and wake the condition that waits for them")
    func woken() throws {
        var story = try Story(
            """
            WHEN count(price(A), 1 s) < 1 EMIT dead;
            WHEN count(price(A), 1 s) < 1 FOR 2 s EMIT long;
            WHEN count(price(A), 1 s) >= 1 FOR 5 s EMIT busy;
            WHEN fresh(price(A), 1 s) > 1 FOR 5 s EMIT known;
            WHEN fresh(price(A), 1 s) > 1 EMIT again
            """
        )
        #expect(story.trade(10, size: 1) == ["again 10.0"])
        #expect(story.trade(10.5, size: 1) == [], "still fresh")
        #expect(story.quote(11.4, 1, bid: 1, ask: 1) == [])
        #expect(story.quote(11.6, 1, bid: 1, ask: 1) == ["dead 11.5"])
        #expect(story.machine.nextDeadline == Story.time(13.5))
        #expect(story.trade(14.5, size: 1) == ["long 13.5", "again 14.5"])
        #expect(story.trade(15.4, size: 1) == [])
        #expect(story.trade(16.3, size: 1) == [])
        #expect(story.trade(17.2, size: 1) == [])
        #expect(story.trade(18.1, size: 1) == [])
        #expect(story.trade(19.0, size: 1) == [])
        #expect(story.clock(30) == ["busy 19.5", "known 19.5", "dead 20.0", "long 22.0"])
    }

    @Test("what is computed of a window of time wakes the condition that waits for it, together with others or alone")
    func wokenBySamples() throws {
        var story = try Story(
            """
            WHEN sum(size(A), 1 s) > 1 FOR 3 s EMIT sum;
            WHEN mean(price(A), 1 s) > 1 FOR 3 s EMIT mean;
            WHEN highest(price(A), 1 s) > 1 FOR 3 s EMIT highest;
            WHEN vwap(A, 1 s) > 1 FOR 3 s EMIT vwap;
            WHEN mean(price(A), 1 s) > 1 FOR 1 s EMIT full;
            WHEN sum(size(A), 1 s) < 10 EMIT low;
            SELECT mean(price(A), 7 samples) AS m FROM trades
            """
        )
        #expect(story.machine.plan.laneCount == 2, "the sum, and what no time changes")
        #expect(story.trade(1, size: 50) == ["select 1.0 invalid"])
        #expect(story.machine.nextDeadline == Story.time(2))
        #expect(story.trade(1.9, size: 5) == ["select 1.9 invalid"])
        #expect(story.trade(2.5, size: 50) == ["low 2.0", "full 2.0", "select 2.5 invalid"])
        #expect(story.quote(4, 1, bid: 5, ask: 6) == [], "there was nothing from 3.5 on")
        #expect(story.clock(60) == [])
        #expect(story.machine.nextDeadline == nil)
        var plain = try Story(
            "SELECT mean(price(A), 1 s) AS m FROM trades; WHEN mean(price(A), 9 samples) > 1 FOR 1 s EMIT x"
        )
        #expect(plain.trade(1, size: 50) == ["select 1.0 10.0"])
        #expect(plain.machine.nextDeadline == nil, "nobody waits")
    }

    @Test("what was true for a while only because samples left was true")
    func wokenBefore() throws {
        var story = try Story("WHEN bid(B) > 4 AND NO sum(size(A), 1 s) < 10 WITHIN 2 s EMIT busy")
        for (at, size) in [(1.0, 50.0), (1.9, 5), (2.5, 50)] { #expect(story.trade(at, size: size) == []) }
        #expect(story.quote(3, 1, bid: 5, ask: 6) == [], "it was from 2.0 to 2.5")
        for at in [3.2, 4.0] { #expect(story.trade(at, size: 50) == []) }
        #expect(story.quote(4.1, 1, bid: 4, ask: 6) == [])
        #expect(story.quote(4.9, 1, bid: 5, ask: 6) == ["busy 4.9"])
    }

    @Test("a rule with a mean says the same whether or not another one waits for the count of the same samples")
    func unshared() throws {
        let rule = "WHEN mean(price(A), 1 s) > 11 EMIT high"
        var alone = try Story(rule)
        var both = try Story("WHEN count(price(A), 1 s) < 1 EMIT none; " + rule)
        for (at, price) in [(1.0, 10.0), (1.5, 12.5), (3, 10), (3.9, 20)] {
            let (one, other) = (alone.trade(at, size: 1, price: price), both.trade(at, size: 1, price: price))
            #expect(one == other.filter { !$0.hasPrefix("none") })
        }
        #expect(alone.clock(9) == [] && both.clock(9) == ["none 4.9"])
    }

    @Test("nothing is bought or sold whose value is invalid; what only tells tells it")
    func valueless() throws {
        var story = try Story(
            "WHEN zscore(mid(A), 9 s) > 0.1 FOR 2 s EMIT sell(mid(A)); WHEN zscore(mid(A), 9 s) > 0.1 FOR 2 s EMIT told(mid(A))"
        )
        #expect(story.quote(1, bid: 10, ask: 10) == [])
        #expect(story.quote(2, bid: 12, ask: 12) == [])
        #expect(story.quote(3, bid: 12, ask: 0) == [])
        #expect(story.clock(5) == ["told 4.0 invalid"])
        #expect(story.quote(6, bid: 9, ask: 9) == [])
        #expect(story.quote(6.5, bid: 13, ask: 13) == [])
        #expect(story.clock(9) == ["sell 8.5 13.0", "told 8.5 13.0"])
    }

    @Test("a gap of very many ticks of a clock holds nothing up: the last one is told, the others are counted")
    func gap() throws {
        var story = try Story("SELECT mid(A) AS mid FROM quotes EVERY 1 ms")
        #expect(story.quote(1, bid: 1, ask: 3) == [])
        let rows = story.quote(3_000_001.5, bid: 2, ask: 4)
        #expect(rows == ["select 1.001 2.0", "select 3000001.5 2.0"])
        #expect(story.machine.skipped == 3_000_000_498)
        #expect(story.clock(3_000_001.502) == ["select 3000001.501 3.0", "select 3000001.502 3.0"])
    }

    @Test("time goes forward only, and only instruments of the plan count")
    func refused() throws {
        var story = try Story("SELECT mid(A) AS mid FROM quotes")
        #expect(story.quote(2, bid: 1, ask: 1) == ["select 2.0 1.0"])
        #expect(story.quote(1, bid: 1, ask: 1) == ["refused"])
        #expect(story.quote(3, 7, bid: 1, ask: 1) == ["refused"])
        #expect(story.machine.refused == 2)
    }

    @Test("order flow and microprice: the known answers")
    func features() throws {
        var machine = SignalMachine(
            try SignalPlan(SignalQuery("SELECT ofi(A) AS e, microprice(A) AS m, imbalance(A) AS i FROM quotes").rules)
        )
        let quotes = [
            (100.00, 500.0, 100.02, 300.0), (100.00, 600, 100.02, 300), (100.01, 200, 100.02, 250),
            (100.01, 150, 100.03, 400), (100.00, 700, 100.03, 400), (100.00, 300, 100.02, 100),
        ]
        var flow: [Double?] = []
        var last: (Double?, Double?) = (nil, nil)
        for (place, quote) in quotes.enumerated() {
            machine.begin(
                .quote(0, bid: quote.0, ask: quote.2, bidSize: quote.1, askSize: quote.3, at: Story.time(Double(place)))
            )
            while let output = machine.next() {
                flow.append(machine.column(0, of: output))
                last = (machine.column(1, of: output), machine.column(2, of: output))
            }
        }
        #expect(flow.prefix(5) == [nil, 100, 250, 200, -150])
        #expect(isClose(last.0, 100.015) && last.1 == 0.5)
    }
}

@Suite("Kalman hedges as signals")
struct SignalKalmanTests {
    /// What three columns are at the end of D1, one observation a quote: x is the bid, y the ask.
    private func end(_ settings: KalmanSettings) throws -> (beta: Double?, alpha: Double?, zscore: Double?) {
        let hedge = KalmanSeries(ask("A"), on: bid("A"), settings)
        let rule = SignalRule.select("hedge", ["beta": hedge.beta, "alpha": hedge.alpha, "z": hedge.zscore])
        var machine = SignalMachine(try SignalPlan([rule]))
        var end: (Double?, Double?, Double?)
        for (place, point) in seriesD1().enumerated() {
            machine.begin(.quote(0, bid: point.x, ask: point.y, at: Story.time(Double(place))))
            while let output = machine.next() {
                end = (machine.column(0, of: output), machine.column(1, of: output), machine.column(2, of: output))
            }
        }
        return end
    }

    @Test("the known ends of D1, with a diffuse prior and without any")
    func known() throws {
        let diffuse = try end(KalmanSettings())
        #expect(isClose(diffuse.beta, 1.4747311079, 1e-8) && isClose(diffuse.alpha, 7.5309836281, 1e-8))
        #expect(isClose(diffuse.zscore, -0.2738864190 / 0.9535369291, 1e-8))
        let bare = try end(KalmanSettings(drift: 1e-4, noise: 1e-3, priorVariance: 0))
        #expect(isClose(bare.beta, 1.5536642, 1e-8) && isClose(bare.alpha, 0.01848638, 1e-6))
        #expect(isClose(bare.zscore, -0.3033179617574149 / 0.9080439756666007.squareRoot(), 1e-8))
    }
}

@Suite("The state of signals")
struct SignalStateTests {
    private static let query = """
        SELECT zscore(mid(A), 20 samples) AS z, highest(mid(A), 3 s) AS high, median(mid(A), 5 s) AS median,
            beta(mid(A), mid(B), 30 samples) AS beta, kalmanz(mid(A), mid(B)) AS k, lag(mid(A), 3) AS lag FROM quotes;
        MATCH quote(A, bid > 10) THEN quote(B, bid > 10) WITHIN 2 s WITHOUT halt(A);
        MATCH trade(A) THEN NO quote(A) WITHIN 1 s;
        WHEN mid(A) > mid(B) FOR 1 s EMIT above
        """

    private static func tick(_ random: inout UInt64, _ time: inout Double) -> SignalTick {
        func below(_ count: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % count
        }
        time += Double(below(8)) / 10
        let place = Int(below(2))
        let price = 9 + Double(below(20)) / 8
        switch below(10) {
        case 0: return .trade(place, price: price, size: 10, at: Story.time(time))
        case 1: return .status(place, halted: below(2) == 0, at: Story.time(time))
        default: return .quote(place, bid: price, ask: price, bidSize: 1, askSize: 1, at: Story.time(time))
        }
    }

    @Test("state with a word that no machine writes is refused or works on; it never traps")
    func impossibleWords() throws {
        // Little room, so that each word is tried.
        let query = """
            SELECT zscore(mid(A), 9 samples) AS z, highest(mid(A), 3 s holding 8) AS high, median(mid(A), 5 s holding 8) AS q,
                beta(mid(A), mid(B), 9 samples) AS beta, kalmanz(mid(A), mid(B)) AS k, lag(mid(A), 3) AS lag,
                mean(mid(A), 1 s holding 8) AS m, range(mid(A), 9 samples) AS s, vwap(A, 1 s holding 8) AS v,
                count(mid(A), 1 s holding 2) AS n, ewma(mid(A), 1 s) AS e FROM quotes, trades;
            MATCH quote(A, bid > 10) THEN quote(B, bid > 10) WITHIN 2 s WITHOUT halt(A); MATCH trade(A) THEN NO quote(A) WITHIN 1 s;
            MATCH 3 TIMES trade(A) WITHIN 5 s; MATCH trade(A) AND quote(B) WITHIN 1 s; WHEN mid(A) > mid(B) FOR 1 s EMIT above;
            WHEN count(mid(A), 1 s holding 8) < 2 AND NO halted(A) WITHIN 2 s EMIT few; SELECT fresh(mid(A), 1 s) AS f FROM quotes;
            SELECT median(mid(A), tumbling 1 s holding 8) AS t, sum(mid(A), session 1 s) AS s FROM quotes;
            SELECT mean(mid(A)) AS m, mid(B) AS b FROM quotes, trades AROUND trade(A) WITHIN 1 s BEFORE AND 1 s AFTER HOLDING 8
            """
        var first = try Story(query)
        var random: UInt64 = 2
        var time = 1.0
        for _ in 0..<200 { _ = first.tell(SignalStateTests.tick(&random, &time)) }
        var writer = StateWriter()
        first.machine.save(to: &writer)
        var (refused, taken) = (0, 0)
        let words: [UInt64] = [.max, 1 << 63, UInt64(Int64.max), 1 << 62, 0x7FF8_0000_0000_0000, 77]
        for place in stride(from: 8, to: writer.bytes.count - 8, by: 8) {
            var bytes = writer.bytes
            let word = words[place / 8 % words.count]
            for index in 0..<8 { bytes[place + index] = UInt8(truncatingIfNeeded: word >> (8 * index)) }
            var other = try Story(query)
            bytes.withUnsafeBytes { bytes in
                var reader = StateReader(bytes)
                do throws(StateError) {
                    try other.machine.restore(from: &reader)
                    taken += 1
                } catch { refused += 1 }
            }
            var (seed, at) = (random, time)
            for _ in 0..<40 { _ = other.tell(SignalStateTests.tick(&seed, &at)) }
            #expect(other.machine.overflows >= 0 && other.machine.forgotten >= 0)
        }
        #expect(refused > 50 && taken > 100)
    }

    @Test("a machine that takes over another's state goes on as that one does")
    func takeOver() throws {
        var first = try Story(SignalStateTests.query)
        var random: UInt64 = 1
        var time = 1.0
        for _ in 0..<400 { _ = first.tell(SignalStateTests.tick(&random, &time)) }
        var writer = StateWriter()
        first.machine.save(to: &writer)
        var second = try Story(SignalStateTests.query)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try second.machine.restore(from: &reader)
            #expect(reader.remaining == 0)
        }
        var said = 0
        for _ in 0..<400 {
            let tick = SignalStateTests.tick(&random, &time)
            let (one, other) = (first.tell(tick), second.tell(tick))
            #expect(one == other)
            said += one.count
        }
        #expect(said > 300)
    }

    @Test("damaged state is refused, and the machine begins anew; it never traps")
    func damaged() throws {
        var first = try Story(SignalStateTests.query)
        var random: UInt64 = 2
        var time = 1.0
        for _ in 0..<200 { _ = first.tell(SignalStateTests.tick(&random, &time)) }
        var writer = StateWriter()
        first.machine.save(to: &writer)
        var refused = 0
        // The whole beginning, where counts stand, and places all over the rest.
        let places = Array(0..<64) + Array(stride(from: 64, to: writer.bytes.count, by: writer.bytes.count / 150))
        for place in places {
            var bytes = writer.bytes
            bytes[place] ^= 0xFF
            var other = try Story(SignalStateTests.query)
            bytes.withUnsafeBytes { bytes in
                var reader = StateReader(bytes)
                do throws(StateError) { try other.machine.restore(from: &reader) } catch { refused += 1 }
            }
            var (seed, at) = (random, time)
            for _ in 0..<40 { _ = other.tell(SignalStateTests.tick(&seed, &at)) }
        }
        #expect(refused > 5)
        var short = try Story(SignalStateTests.query)
        writer.bytes.dropLast(9).withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            #expect(throws: StateError.self) { try short.machine.restore(from: &reader) }
        }
        #expect(short.quote(1, bid: 1, ask: 1).count == 1)
    }
}
