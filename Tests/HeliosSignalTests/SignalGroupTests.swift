// SPDX-License-Identifier: MIT
import CProbe
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

/// Queries whose events are those of several instruments together.
@Suite("Signals by groups")
struct SignalGroupTests {
    private static let symbols = ["A", "B", "C", "D"]
    private static let sectors = "GROUPS sector: drinks (A, B), 'big banks' (C); "

    private func machine(_ text: String, each: [String]? = nil) throws -> SignalMachine {
        let query = try SignalQuery(SignalGroupTests.sectors + text, symbols: SignalGroupTests.symbols, each: each)
        return SignalMachine(try SignalPlan(query.rules, symbols: SignalGroupTests.symbols))
    }

    private func said(_ machine: inout SignalMachine, _ tick: SignalTick) -> [String] {
        machine.begin(tick)
        var rows: [String] = []
        while let output = machine.next() {
            let rule = machine.plan.rules[output.rule]
            let values = rule.columnNames.indices.map { place in
                machine.column(place, of: output).map { "\($0)" } ?? "invalid"
            }
            rows.append(([rule.name] + values).joined(separator: " "))
        }
        return rows
    }

    private func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }
    private func trade(_ seconds: Int64, _ place: Int, _ price: Double, _ size: Double, _ sign: Double = 1)
        -> SignalTick
    {
        .trade(place, price: price, size: size, sign: sign, at: at(seconds))
    }

    @Test("the trades of a sector feed one window; an instrument without a sector feeds none")
    func flow() throws {
        var machine = try machine(
            "SELECT sum(signedSize, 1 min) AS flow, vwap(5 min) AS v FROM trades PARTITION BY sector"
        )
        #expect(said(&machine, trade(1, 0, 10, 100)) == ["select.drinks 100.0 10.0"])
        #expect(said(&machine, trade(2, 1, 20, 300, -1)) == ["select.drinks -200.0 17.5"])
        #expect(said(&machine, trade(3, 2, 50, 7)) == ["select.big banks 7.0 50.0"])
        #expect(said(&machine, trade(4, 3, 50, 7)) == [])
        #expect(said(&machine, trade(61, 1, 20, 100)) == ["select.drinks -200.0 18.0"])
    }

    @Test("a quote's change of order flow is against the quote before of its own instrument")
    func orderFlow() throws {
        var machine = try machine("SELECT ofi AS e, mid FROM quotes WHERE mid > 1 PARTITION BY sector")
        func quote(_ seconds: Int64, _ place: Int, _ bid: Double, _ size: Double) -> SignalTick {
            .quote(place, bid: bid, ask: 100, bidSize: size, askSize: 5, at: at(seconds))
        }
        #expect(said(&machine, quote(1, 0, 10, 100)) == ["select.drinks invalid 55.0"])
        #expect(said(&machine, quote(2, 1, 50, 9)) == ["select.drinks invalid 75.0"])
        #expect(said(&machine, quote(3, 0, 10, 130)) == ["select.drinks 30.0 55.0"])
    }

    @Test("patterns over the events of a group, with what the earlier event was")
    func patterns() throws {
        var machine = try machine(
            """
            MATCH a: trade(size > 100) THEN trade(price > a.price) WITHIN 5 s PARTITION BY sector EMIT up(a.price AS p, price);
            MATCH 2 TIMES trade(size < 5) WITHIN 9 s EMIT twice PARTITION BY Sector;
            WHEN mean(size, 2 samples) > 150 PARTITION BY sector EMIT large(price(D) AS other)
            """
        )
        #expect(said(&machine, trade(1, 0, 10, 200)) == [])
        #expect(said(&machine, trade(2, 2, 99, 1)) == [], "another sector")
        #expect(said(&machine, trade(3, 1, 11, 110)) == ["up.drinks 10.0 11.0", "large.drinks invalid"])
        #expect(said(&machine, trade(4, 3, 7, 1)) == [])
        #expect(said(&machine, trade(5, 2, 99, 1)) == ["twice.big banks"])
        #expect(said(&machine, trade(6, 0, 1, 1)) == [])
        #expect(said(&machine, trade(7, 1, 1, 1)) == ["twice.drinks"])
    }

    @Test("a group is halted while one of its members is")
    func halts() throws {
        var machine = try machine(
            "MATCH halt EMIT stop PARTITION BY sector; MATCH resume EMIT on PARTITION BY sector; SELECT price FROM trades WHERE NOT halted PARTITION BY sector"
        )
        func halt(_ seconds: Int64, _ place: Int, _ isHalted: Bool) -> SignalTick {
            .status(place, halted: isHalted, at: at(seconds))
        }
        #expect(said(&machine, trade(1, 0, 9, 1)) == ["select.drinks 9.0"])
        #expect(said(&machine, halt(2, 0, true)) == ["stop.drinks"])
        #expect(said(&machine, halt(3, 1, true)) == [])
        #expect(said(&machine, halt(4, 1, true)) == [])
        #expect(said(&machine, halt(5, 0, false)) == [])
        #expect(said(&machine, trade(6, 0, 9, 1)) == [])
        machine = try SignalLaneTests.moved(machine, machine.plan)
        #expect(said(&machine, halt(7, 1, false)) == ["on.drinks"])
        #expect(said(&machine, trade(8, 1, 8, 1)) == ["select.drinks 8.0"])
        #expect(said(&machine, halt(9, 2, true)) == ["stop.big banks"])
    }

    @Test("text and Swift are the same rule; by symbol is for each symbol")
    func same() throws {
        let group = SignalGroup(key: "sector", name: "drinks", members: ["A", "B", "A"])
        let text = "SELECT vwap(1 min) AS v FROM trades WHERE NOT halted PARTITION BY sector"
        let rules = try SignalQuery("GROUPS sector: drinks (A, B); " + text).rules
        let swift = SignalRule.select("select.drinks", ["v": vwap(group, over: .minutes(1))], where: !halted(group))
        #expect(rules == [swift])
        let pattern = sequence(traded(group), quoted(group, where: Series(.bid, of: group) > 2), within: 5)
        let match = try SignalQuery(
            "GROUPS sector: drinks (A, B); MATCH trade THEN quote(bid > 2) WITHIN 5 ns PARTITION BY sector EMIT x"
        )
        #expect(match.rules == [Trigger.on(pattern).emit(.signal("x")).named("x.drinks")])
        let each = try SignalQuery("SELECT mid FROM quotes PARTITION BY symbol", symbols: ["A", "B"])
        #expect(each.rules == (try SignalQuery("SELECT mid FROM quotes", symbols: ["A", "B"]).rules))
    }

    @Test("a table gives the groups; who is not asked for is left out")
    func table() throws {
        let csv = "\u{FEFF}symbol,sector,issuer\r\nA,drinks,\r\n B , drinks ,\"B, Inc.\"\n\nC,banks,C\nZ,banks,Z"
        let groups = try SignalGroups(csv: csv)
        #expect(groups.keys == ["sector", "issuer"])
        #expect(groups.groups(by: "SECTOR")?.map(\.name) == ["drinks", "banks"])
        #expect(groups.groups(by: "issuer")?.map(\.members) == [["B"], ["C"], ["Z"]])
        #expect(groups.groups(by: "issuer")?.first?.name == "B, Inc.")
        let text = "SELECT price FROM trades PARTITION BY sector"
        let query = try SignalQuery(text, symbols: ["A", "C", "D"], groups: groups)
        #expect(query.rules.map(\.name) == ["select.drinks", "select.banks"] && query.ungrouped == ["sector": ["D"]])
        #expect(try SignalPlan(query.rules).symbols == ["A", "C"])
        let one = try SignalQuery(text, symbols: ["A", "C", "D"], each: ["C"], groups: groups)
        #expect(one.rules.map(\.name) == ["select.banks"])
    }

    @Test(
        "a fault of a table is named with its line",
        arguments: [
            ("", "line 1: the table is empty"), ("name,sector\n", "line 1: the first line is symbol and one key"),
            ("symbol\nA\n", "line 1: the first line is symbol and one key"),
            ("symbol,sector\nA,x\nB\n", "line 3: 1 fields, not the 2 of the first line"),
            ("symbol,sector\nA,x\n,y\n", "line 3: an instrument without a symbol"),
            ("symbol,sector\nA,x\n\nA,y\n", "line 4: A stands in line 2 already"),
            ("symbol,sector\nA,\"x\n", "line 2: a quotation mark is not closed"),
            ("symbol,a,A\nA,x,y\n", "line 1: the groups by A are given twice"),
            ("symbol,symbol\nA,x\n", "line 1: a key has a name other than symbol"),
        ]
    )
    func faultsOfTables(csv: String, message: String) {
        do throws(SignalTableError) {
            _ = try SignalGroups(csv: csv)
            Issue.record("\(csv) was taken")
        } catch {
            #expect(error.description.hasPrefix(message), "\(error)")
        }
    }

    @Test(
        "a fault of a query is named with its place",
        arguments: [
            ("SELECT price FROM trades PARTITION BY sectr", 39, "is of (is sector meant?); a table says it (--groups)"),
            ("SELECT price FROM trades PARTITION BY venue", 39, "nothing says what venue an instrument is of"),
            ("SELECT price(A) FROM trades PARTITION BY sector", 29, "every field names its symbol"),
            ("SELECT price FROM trades PARTITION sector", 36, "expected BY behind PARTITION"),
            ("SELECT price FROM trades PARTITION BY 7", 39, "expected a key behind PARTITION BY"),
            ("SELECT price FROM trades PARTITION BY sector PARTITION BY sector", 46, "expected \";\" or the end"),
            ("GROUPS sector: a (A)", 8, "the groups by sector are given twice"),
            ("GROUPS kind: a (A), b (A)", 8, "A is in a and in b: it can have one kind"),
            ("GROUPS kind: a (A), a (B)", 21, "two groups are named a"),
            ("GROUPS kind: a (NOBODY)", 17, "no instrument is named NOBODY"),
            ("GROUPS kind a (A)", 13, "expected \":\" behind the key"),
            (
                "WHEN price > 5 PARTITION BY sector EMIT buy(mid)", 45,
                "a price of the group drinks is that of one instrument or another"
            ),
        ]
    )
    func faults(text: String, column: Int, message: String) {
        do throws(SignalQueryError) {
            _ = try SignalQuery(SignalGroupTests.sectors + "\n" + text, symbols: SignalGroupTests.symbols)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.message.contains(message), "\(error)")
            #expect(error.line == 2 && error.column == column, "\(error)")
        }
    }

    @Test("an instrument that was asked for and has no group is named")
    func chosen() {
        #expect {
            _ = try machine("SELECT price FROM trades PARTITION BY sector", each: ["A", "D"])
        } throws: {
            "\($0)".contains("D has no sector")
        }
    }

    @Test("nothing is allocated between a trade and what it says of its group")
    func allocation() throws {
        guard probe_is_available() != 0, isOptimised() else { return }
        let members = (0..<200).map { "S\($0)" }
        let groups = (0..<10).map { kind in
            "g\(kind) (\(members.filter { $0.hasSuffix("\(kind)") }.joined(separator: ", ")))"
        }
        let text = """
            GROUPS kind: \(groups.joined(separator: ", "));
            SELECT sum(signedSize, 10 s) AS f, vwap(1 min) AS v, median(price, 100 samples) AS m FROM trades PARTITION BY kind
            """
        var machine = SignalMachine(try SignalPlan(SignalQuery(text, symbols: members).rules, symbols: members))
        var random = SeededRandom(seed: 3)
        var said = 0
        for step in 0..<20_000 {
            if step == 1_000 { probe_begin() }
            let price = 20 + Double(random.next() % 200) / 64
            let time = Timestamp(nanoseconds: Int64(step) * 10_000_000)
            machine.begin(.trade(Int(random.next() % 200), price: price, size: 5, sign: 1, at: time))
            while machine.next() != nil { said += 1 }
        }
        let counts = probe_end()
        #expect(counts.allocations == 0 && said == 20_000)
    }
}
