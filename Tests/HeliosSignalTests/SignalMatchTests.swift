// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

/// Patterns whose later events are compared with earlier ones.
@Suite("Matches that remember")
struct SignalMatchTests {
    private func machine(_ text: String) throws -> SignalMachine {
        SignalMachine(try SignalPlan(SignalQuery(text, symbols: ["A", "B"]).rules, symbols: ["A", "B"]))
    }

    private func trade(_ milliseconds: Int64, _ place: Int, _ price: Double, _ size: Double) -> SignalTick {
        .trade(place, price: price, size: size, at: Timestamp(nanoseconds: milliseconds * 1_000_000))
    }

    /// What one rule says on a tick: its columns.
    private func said(_ machine: inout SignalMachine, _ tick: SignalTick) -> [[Double?]] {
        machine.begin(tick)
        var rows: [[Double?]] = []
        while let output = machine.next() {
            let columns = machine.plan.rules[output.rule].columnNames.indices
            rows.append(columns.map { machine.column($0, of: output) })
        }
        return rows
    }

    @Test("a trade at a higher price than the large one before it; both prices are said")
    func story() throws {
        var machine = try machine(
            """
            MATCH a: trade(A, size > 10000) THEN b: trade(A, b.price > a.price + 0.5) WITHIN 200 ms
            EMIT risen(a.price AS from_price, price(A) AS to_price)
            """
        )
        #expect(said(&machine, trade(1_000, 0, 10, 20_000)) == [])
        #expect(said(&machine, trade(1_050, 0, 10.5, 1)) == [], "not above it by more than half")
        #expect(said(&machine, trade(1_060, 1, 99, 1)) == [], "another instrument")
        #expect(said(&machine, trade(1_100, 0, 9, 20_000)) == [], "lower, and the begin of another")
        #expect(said(&machine, trade(1_150, 0, 9.75, 1)) == [[9, 9.75]], "of the later begin")
        #expect(said(&machine, trade(1_160, 0, 12, 1)) == [], "a match uses up everything that had begun")
        #expect(said(&machine, trade(2_000, 0, 10, 20_000)) == [])
        #expect(said(&machine, trade(2_201, 0, 12, 1)) == [], "too late")
    }

    @Test("three steps, two instruments, and a value that was invalid")
    func steps() throws {
        var machine = try machine(
            """
            MATCH a: quote(A) THEN b: trade(B, size > a.bidSize) THEN c: trade(B, price < b.price AND price > a.bid) WITHIN 1 s
            EMIT row(a.bid AS x, b.size AS y)
            """
        )
        func quote(_ at: Int64, _ bid: Double, _ size: Double) -> SignalTick {
            .quote(0, bid: bid, ask: 30, bidSize: size, askSize: 1, at: Timestamp(nanoseconds: at * 1_000_000))
        }
        #expect(said(&machine, quote(0, 0, 5)) == [])
        #expect(said(&machine, trade(10, 1, 20, 6)) == [], "without a bid there is nothing to be above")
        #expect(said(&machine, quote(20, 10, 5)) == [])
        #expect(said(&machine, trade(30, 1, 20, 5)) == [])
        #expect(said(&machine, trade(40, 1, 20, 6)) == [])
        #expect(said(&machine, trade(50, 1, 20, 6)) == [], "not below")
        #expect(said(&machine, trade(60, 1, 9, 6)) == [], "below the bid of then")
        #expect(said(&machine, trade(70, 1, 19, 6)) == [[10, 6]])
    }

    @Test("text and Swift are the same rule")
    func same() throws {
        let text = try SignalQuery(
            "MATCH a: trade(A, size > 5) THEN trade(A, price > a.price) WITHIN 1 s EMIT up(a.price AS p)"
        )
        let pattern = sequence(
            traded("A", where: size("A") > 5),
            traded("A", where: price("A") > price("A").when(step: 0)),
            within: 1_000_000_000
        )
        #expect(text.rules == [Trigger.on(pattern).emit(.signal("up", ["p": price("A").when(step: 0)]))])
    }

    /// By definition: all begun matches in a list, each with the price of its begin.
    @Test("random trades: the matches of the definition")
    func oracle() throws {
        var random = SeededRandom(seed: 77)
        var matches = 0
        for _ in 0..<SignalOracleTests.streams {
            let within = Int64(random.next() % 40 + 1)
            let text = """
                MATCH a: trade(A, size > 50) THEN b: trade(A, price > a.price AND size < a.size) WITHIN \(within) ms
                EMIT row(a.price AS p, a.size AS s)
                """
            var machine = try machine(text)
            var begun: [(time: Int64, price: Double, size: Double)] = []
            var time: Int64 = 1_000
            for _ in 0..<200 {
                time += Int64(random.next() % 8)
                let bad = random.next() % 30 == 0
                let price = bad ? -1 : Double(random.next() % 9) + 10
                let size = Double(random.next() % 12) * 10
                // An invalid price begins a match that nothing can complete.
                var expected: [[Double?]] = []
                begun.removeAll { time - $0.time > within }
                if !bad, let first = begun.first(where: { price > $0.price && size < $0.size }) {
                    expected = [[first.price, first.size]]
                    begun = []
                }
                if size > 50 { begun.append((time, bad ? .infinity : price, size)) }
                if begun.count > 16 { begun.removeFirst() }
                #expect(said(&machine, trade(time, 0, price, size)) == expected)
                matches += expected.count
                if random.next() % 50 == 0 { machine = try SignalLaneTests.moved(machine, machine.plan) }
            }
        }
        #expect(matches > 10 * SignalOracleTests.streams)
    }

    @Test(
        "what an earlier event was is only known where it can be",
        arguments: [
            ("MATCH a: trade(A) THEN trade(A, bid > a.price) WITHIN 1 s", "a trade has no bid"),
            ("MATCH a: trade(A) THEN trade(A, price > a.bid) WITHIN 1 s", "a trade has no bid"),
            ("MATCH a: trade(A) THEN trade(A, price > a.prise) WITHIN 1 s", "an event has no prise; is price meant?"),
            ("MATCH a: trade(A) THEN a: trade(A) WITHIN 1 s", "two events are named a"),
            ("MATCH trade(A) THEN trade(A, price > b.price) WITHIN 1 s", "nothing is named b.price"),
            (
                "MATCH a: trade(A) THEN NO trade(A, price > a.price) WITHIN 1 s",
                "known in the conditions of later events"
            ),
            ("MATCH a: trade(A) AND trade(A, price > a.price) WITHIN 1 s", "known in the conditions of later events"),
            ("MATCH a: trade(A) THEN (mean(a.price, 5 s) > 2) WITHIN 1 s", "known in the conditions of later events"),
        ]
    )
    func faults(text: String, message: String) {
        do {
            _ = try machine(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }
}
