// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

/// Events, and what there is from a time before them to a time after them.
@Suite("Signals around events")
struct SignalJoinTests {
    private func machine(_ text: String) throws -> SignalMachine {
        SignalMachine(try SignalPlan(SignalQuery(text, symbols: ["A", "B"]).rules, symbols: ["A", "B"]))
    }

    private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(nanoseconds: milliseconds * 1_000_000) }

    private func said(_ machine: inout SignalMachine, _ tick: SignalTick) -> [String] {
        machine.begin(tick)
        var rows: [String] = []
        while let output = machine.next() {
            let rule = machine.plan.rules[output.rule]
            let values = rule.columnNames.indices.map { place in
                machine.column(place, of: output).map { "\($0)" } ?? "invalid"
            }
            rows.append((["\(rule.name) \(output.time.nanoseconds / 1_000_000)"] + values).joined(separator: " "))
        }
        return rows
    }

    @Test("the mean quote around a trade, told when the window has closed; both ends belong to it")
    func story() throws {
        var machine = try machine(
            """
            SELECT price(A) AS p, mean(mid(A)) AS around, count(mid(A)) AS n, atEnd(mid(A)) - price(A) AS markout, mid(A) AS then
            FROM trades, quotes AROUND trade(A, size > 5) WITHIN 1 s BEFORE AND 2 s AFTER
            """
        )
        func quote(_ time: Int64, _ mid: Double) -> [String] {
            said(&machine, .quote(0, bid: mid, ask: mid, at: at(time)))
        }
        func trade(_ time: Int64, _ price: Double, _ size: Double) -> [String] {
            said(&machine, .trade(0, price: price, size: size, at: at(time)))
        }
        #expect(quote(8_999, 1) == [] && quote(9_000, 10) == [] && quote(9_500, 12) == [])
        #expect(trade(10_000, 20, 6) == [] && trade(10_000, 30, 7) == [], "two events of one time")
        #expect(trade(10_500, 99, 5) == [], "too small to be one")
        #expect(quote(12_000, 14) == [], "the last moment belongs to it")
        #expect(quote(12_000, 16) == [], "whatever else comes in it, too")
        #expect(trade(12_000, 7, 6) == [])
        #expect(
            quote(12_001, 100) == ["select 12000 20.0 13.0 4.0 -4.0 12.0", "select 12000 30.0 13.0 4.0 -14.0 12.0"]
        )
        #expect(said(&machine, .clock(at: at(20_000))) == ["select 14000 7.0 \(130.0 / 3) 3.0 93.0 16.0"])
    }

    @Test("only before, only after, both of the trades themselves, and a condition on the row")
    func sides() throws {
        var machine = try machine(
            """
            SELECT size, sum(size) AS s, vwap() AS v FROM trades AROUND trade(size > 5) WITHIN 1 s BEFORE HOLDING 16 WHERE sum(size) > 8;
            SELECT size(A) AS size, count(size(A)) AS n, vwap(A) AS v FROM trades AROUND trade(A) WITHIN 0.5 s AFTER
            """
        )
        func trade(_ time: Int64, _ size: Double) -> [String] {
            said(&machine, .trade(0, price: 2, size: size, at: at(time)))
        }
        #expect(trade(1_000, 6) == [])
        #expect(trade(1_400, 3) == [], "six alone are not enough")
        #expect(trade(1_500, 7) == [])
        #expect(trade(1_501, 1) == ["select.A 1500 7.0 16.0 2.0", "select#2 1500 6.0 3.0 2.0"])
        #expect(said(&machine, .clock(at: at(9_000))).count == 3)
    }

    @Test("a clock in the very moment in which a window closes takes nothing away from it")
    func clock() throws {
        var machine = try machine(
            """
            SELECT mid(A) AS m FROM quotes EVERY 1 s;
            SELECT count(mid(A)) AS n FROM quotes, trades AROUND trade(A) WITHIN 1 s BEFORE AND 999999999 ns AFTER
            """
        )
        #expect(said(&machine, .quote(0, bid: 1, ask: 1, at: at(1_000))) == [])
        #expect(said(&machine, .trade(0, price: 1, size: 1, at: at(2_000))) == ["select 2000 1.0"])
        #expect(said(&machine, .clock(at: at(3_000))) == ["select#2 2999 1.0", "select 3000 1.0"])
    }

    @Test("more events than there is room for: the oldest is forgotten and counted")
    func crowded() throws {
        var machine = try machine(
            "SELECT price(A) AS p, count(price(A)) AS n FROM trades AROUND trade(A) WITHIN 1 s AFTER HOLDING 2"
        )
        for price in 1...3 { _ = said(&machine, .trade(0, price: Double(price), size: 1, at: at(Int64(price)))) }
        #expect(machine.forgotten == 1 && machine.overflows == 1)
        #expect(said(&machine, .clock(at: at(5_000))) == ["select 1002 2.0 2.0", "select 1003 3.0 1.0"])
    }

    @Test("what waits is counted, until it is told, has passed or was broken off")
    func waiting() throws {
        var machine = try machine(
            """
            SELECT price(A) AS p FROM trades AROUND trade(A) WITHIN 10 ms AFTER;
            MATCH trade(A) THEN NO quote(A) WITHIN 20 ms EMIT alone;
            WHEN price(A) > 5 FOR 30 ms EMIT held
            """
        )
        #expect(machine.waiting == 0)
        func trade(_ time: Int64, _ price: Double) {
            _ = said(&machine, .trade(0, price: price, size: 1, at: at(time)))
        }
        trade(1_000, 9)
        #expect(machine.waiting == 3)
        trade(1_005, 9)
        #expect(machine.waiting == 5)
        _ = said(&machine, .clock(at: at(1_013)))
        #expect(machine.waiting == 4, "the first window has closed")
        _ = said(&machine, .quote(0, bid: 1, ask: 2, bidSize: 1, askSize: 1, at: at(1_014)))
        #expect(machine.waiting == 2, "a quote has come")
        trade(1_025, 3)
        #expect(machine.waiting == 2, "the price has fallen; one event has been told, and one has come for two rules")
        _ = said(&machine, .clock(at: at(2_000)))
        #expect(machine.waiting == 0)
    }

    @Test("text and Swift are the same rule")
    func same() throws {
        let text = try SignalQuery(
            "SELECT price(A) AS p, mean(mid(A)) - price(A) AS d FROM trades, quotes AROUND trade(A) WITHIN 1 s BEFORE AND 2 s AFTER"
        )
        let join = SignalJoin(around: traded("A"), before: 1_000_000_000, after: 2_000_000_000)
        let price = join.atEvent(price("A"))
        #expect(text.rules == [join.rows("select", ["p": price, "d": join.aggregate(.mean, mid("A")) - price])])
    }

    @Test(
        "faults are named",
        arguments: [
            ("SELECT mean(mid(A)) FROM quotes", "and a window"),
            ("SELECT atEnd(mid(A)) FROM quotes", "atEnd is of a query with AROUND"),
            ("SELECT mean(mid(A)) FROM quotes AROUND trade(A)", "expected WITHIN"),
            ("SELECT mean(mid(A)) FROM quotes AROUND trade(A) WITHIN 1 s", "expected one time BEFORE, then one AFTER"),
            ("SELECT mean(mid(A)) FROM quotes AROUND trade(A) WITHIN 1 s AFTER AND 1 s BEFORE", "one time BEFORE"),
            ("SELECT mean(mid(A)) FROM quotes AROUND trade(A) WITHIN 1 s AFTER EVERY 1 s", "come with the events"),
            (
                "SELECT lag(mean(mid(A)), 2) AS x FROM quotes AROUND trade(A) WITHIN 1 s AFTER",
                "x: what is around an event"
            ),
            ("SELECT mean(mid(A)) FROM quotes AROUND trade(A, size > 5) WITHIN 1 s AFTER", "FROM names no trades"),
            ("SELECT vwap(A, 5 min) FROM quotes", "FROM names no trades"),
        ]
    )
    func faults(text: String, message: String) {
        #expect { _ = try machine(text) } throws: { "\($0)".contains(message) }
    }

    @Test("what a plan can't join is refused")
    func plans() {
        let event = traded("A")
        for join in [
            SignalJoin(around: event, before: -1, after: 5), SignalJoin(around: event, before: 5, after: -1),
            SignalJoin(around: event, before: .max, after: .max),
            SignalJoin(around: event, before: 1, after: 1, capacity: 0),
            SignalJoin(around: price("A") > 5, before: 1, after: 1),
        ] {
            let rule = join.rows("x", ["n": join.aggregate(.count, price("A"))])
            #expect(throws: SignalPlanError.self) { try SignalPlan([rule]) }
        }
    }

    /// By definition: a list of all samples and of all events, the windows cut from it when all is over.
    @Test("random streams: for each event the aggregates of the samples that lie around it")
    func oracle() throws {
        let functions: [Aggregate] = [
            .count, .sum, .mean, .variance, .deviation, .minimum, .maximum, .range, .first, .last, .zscore,
            .quantile(0.25), .quantile(0.5),
        ]
        var rows = 0
        for seed in 0..<SignalOracleTests.streams {
            var random = SeededRandom(seed: UInt64(8_000_000 + seed))
            func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
            let (before, after) = ([0, 7, Int64(below(3_000))][below(3)], [0, 1, Int64(below(3_000))][below(3)])
            let join = SignalJoin(around: traded("A", where: size("A") > 50), before: before, after: after)
            let chosen = (0..<3).map { _ in functions[below(functions.count)] }
            let rule = join.rows(
                "row",
                [
                    "a": join.aggregate(chosen[0], mid("A")), "b": join.aggregate(chosen[1], price("B")),
                    "c": join.aggregate(chosen[2], mid("A")), "v": join.aggregate(.weightedMean, price("A"), size("A")),
                    "p": join.atEvent(price("A")), "m": join.atEvent(mid("A")), "e": join.atEnd(mid("A")),
                ]
            )
            // Another rule whose clock ticks among the windows' ends must change nothing.
            let clock = SignalRule.select("other", ["x": mid("A").sampled(every: 1_000_000)])
            let plan = try SignalPlan([rule, clock], symbols: ["A", "B"])
            var machine = SignalMachine(plan)
            var mids: [SignalOracle.Sample] = []
            var prices: [[SignalOracle.Sample]] = [[], []]
            var states: [(time: Int64, mid: Double?)] = []
            var events: [(time: Int64, price: Double?, mid: Double?)] = []
            var found: [(time: Int64, values: [Double?])] = []
            func take(_ tick: SignalTick) {
                machine.begin(tick)
                while let output = machine.next() {
                    guard output.rule == 0 else { continue }
                    found.append((output.time.nanoseconds, (0..<7).map { machine.column($0, of: output) }))
                }
            }
            var time: Int64 = 1_990_000
            var mid: Double?
            for step in 0..<150 {
                time += [0, 0, 1, 7, 100, 1_000, 5_000][below(7)]
                let bad = below(30)
                let price = bad == 0 ? .nan : bad == 1 ? -1 : 100 + Double(below(40)) / 8
                let isRight = price.isFinite && price > 0
                let stamp = Timestamp(nanoseconds: time)
                if below(2) == 0 {
                    mid = isRight ? price : nil
                    if let mid { mids.append(.init(time: time, first: mid, second: 0)) }
                    states.append((time, mid))
                    take(.quote(0, bid: price, ask: price, at: stamp))
                } else {
                    let place = below(2)
                    let size = Double(below(12) * 10)
                    if isRight { prices[place].append(.init(time: time, first: price, second: size)) }
                    if place == 0, size > 50 { events.append((time, isRight ? price : nil, mid)) }
                    take(.trade(place, price: price, size: size, at: stamp))
                }
                if step % 50 == 20 { machine = try SignalLaneTests.moved(machine, plan) }
            }
            take(.clock(at: Timestamp(nanoseconds: time + 1_000_000)))
            guard found.count == events.count else {
                Issue.record("seed \(seed): \(found.count) rows of \(events.count) events")
                return
            }
            for (event, row) in zip(events, found) {
                let range = (event.time - before)...(event.time + after)
                func samples(_ all: [SignalOracle.Sample]) -> [SignalOracle.Sample] {
                    all.filter { range.contains($0.time) }
                }
                func value(_ function: Aggregate, _ all: [SignalOracle.Sample]) -> Double? {
                    let inside = samples(all)
                    if function == .count { return Double(inside.count) }
                    return inside.count >= SignalOracle.least(function) ? SignalOracle.value(function, inside) : nil
                }
                let expected: [Double?] = [
                    value(chosen[0], mids), value(chosen[1], prices[1]), value(chosen[2], mids),
                    value(.weightedMean, prices[0]), event.price, event.mid,
                    states.last { $0.time <= event.time + after }?.mid,
                ]
                let isRight = zip(row.values, expected).allSatisfy { isNear($0, $1) }
                guard isRight, row.time == event.time + after else {
                    Issue.record("seed \(seed), event at \(event.time): \(row), not \(expected)")
                    return
                }
                rows += 1
            }
        }
        #expect(rows > 10 * SignalOracleTests.streams)
    }
}

/// Whether two numbers are the same but for rounding, or both are none.
func isNear(_ value: Double?, _ expected: Double?) -> Bool {
    guard let value, let expected else { return value == nil && expected == nil }
    return (value - expected).magnitude <= 1e-8 * max(1, expected.magnitude)
}
