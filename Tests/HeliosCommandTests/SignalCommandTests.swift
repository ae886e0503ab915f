// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios signal")
struct SignalCommandTests {
    private let folder: Folder
    private let symbol: String

    init() throws {
        folder = try Folder()
        let made = try CommandRun(
            [
                "generate", "01052026.itch50", "--symbols", "4", "--messages", "60000", "--seed", "9", "--date",
                "2026-01-05",
                "--quiet",
            ],
            in: folder
        )
        try #require(made.code == 0, "\(made.errors)")
        let pairs = try folder.text("01052026.itch50.pairs.csv").split(separator: "\n")
        let name = pairs.dropFirst().first?.split(whereSeparator: { $0 == "," || $0 == "~" }).first
        symbol = String(try #require(name))
    }

    private func run(_ arguments: String...) throws -> CommandRun { try CommandRun(["signal"] + arguments, in: folder) }

    /// Volume and high of the tape in whole minutes, as an independent reading of the same rows gives them.
    @Test("bars of a minute are what their trades are")
    func bars() throws {
        let tape = try run("run", "01052026.itch50", "SELECT price, size FROM trades", "--symbol", symbol, "--quiet")
        #expect(tape.code == 0 && tape.errors.isEmpty)
        var bars: [(minute: String, volume: Double, high: Double)] = []
        for line in tape.output.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            try #require(fields.count == 4 && fields[1] == "select.\(symbol)")
            let minute = String(fields[0].prefix(16))
            let (price, size) = (try #require(Double(fields[2])), try #require(Double(fields[3])))
            if bars.last?.minute != minute { bars.append((minute, 0, 0)) }
            bars[bars.count - 1].volume += size
            bars[bars.count - 1].high = max(bars[bars.count - 1].high, price)
        }
        // The last minute has no end in the recording's trades.
        bars.removeLast()
        try #require(bars.count > 20)
        let query = "SELECT sum(size, tumbling 1 min) AS volume, highest(price, tumbling 1 min) AS high FROM trades"
        let made = try run("run", "01052026.itch50", query, "--symbol", symbol, "--quiet").output.split(separator: "\n")
        #expect(made.first == "time,signal,volume,high")
        let full = made.dropFirst().map { $0.split(separator: ",").map(String.init) }.filter { $0.count == 4 }
        #expect(full.prefix(bars.count).map { Double($0[2]) } == bars.map(\.volume))
        #expect(full.prefix(bars.count).map { Double($0[3]) } == bars.map(\.high))
    }

    @Test("rows go to a file, counts to the standard output, and the same run gives the same bytes")
    func output() throws {
        let query =
            "SELECT zscore(mid(\(symbol)), 100 samples) AS z FROM quotes; MATCH trade(\(symbol)) THEN quote(\(symbol)) WITHIN 1 s"
        let first = try run("run", "01052026.itch50", query, "--output", "a.csv", "--json", "--quiet")
        let counts = try first.object()
        #expect(first.code == 0 && (counts["rows"] as? Int ?? 0) > 100)
        #expect((counts["rules"] as? [[String: Any]])?.count == 2)
        let rows = try folder.text("a.csv").split(separator: "\n")
        #expect(rows.first == "time,signal,column,value")
        #expect(rows.count - 1 == counts["rows"] as? Int)
        _ = try run("run", "01052026.itch50", query, "--output", "b.csv", "--quiet")
        #expect(try folder.text("a.csv") == folder.text("b.csv"))
    }

    @Test("check and plan: what is right, and what an event costs")
    func plan() throws {
        let right = try run("check", "SELECT mid(KO) AS m FROM quotes")
        #expect(right.code == 0 && right.output.hasPrefix("right: 1 rule, 2 nodes, "))
        try folder.write("SELECT mid(KO) AS m FROM quotes", to: "q.signal")
        #expect(try run("check", "@q.signal").output == right.output)
        let plan = try run("plan", "SELECT zscore(mid(KO) - mid(PEP), 30 min) AS z FROM quotes", "--json").object()
        #expect((plan["steps"] as? [[String: Any]])?.count == 6)
        #expect(plan["windowsTogether"] as? Int == 1 && plan["windowsWatched"] as? Int == 0)
        let touched = try #require(plan["touched"] as? [[String: Any]])
        #expect(touched.map { $0["quote"] as? Int } == [5, 5] && touched.map { $0["trade"] as? Int } == [0, 0])
        let text = try run("plan", "SELECT mid(KO) AS m FROM quotes").output
        #expect(text.contains("mid(KO)") && text.contains("fixed from the start"))
    }

    @Test("what is wrong is named, with its place")
    func faults() throws {
        let wrong = try run("check", "SELECT zscor(mid(KO), 5 s) FROM quotes")
        #expect(wrong.code == 2 && wrong.output.isEmpty)
        #expect(wrong.errors.contains("line 1, column 8: nothing is named zscor; is zscore meant?"))
        #expect(wrong.errors.contains("^^^^^"))
        let unknown = try run("run", "01052026.itch50", "SELECT mid(NOBODY) FROM quotes", "--quiet")
        #expect(unknown.code == 2 && unknown.errors.contains("no instrument is named NOBODY"))
        let chosen = try run("run", "01052026.itch50", "SELECT mid FROM quotes", "--symbol", "NOBODY", "--quiet")
        #expect(chosen.code == 3 && chosen.errors.contains("no instrument of the files is named NOBODY"))
        #expect(try run("run", "none.itch50", "SELECT mid FROM quotes").code == 3)
        #expect(try run("run", "01052026.itch50").code == 2)
        try FileManager.default.copyItem(atPath: folder.path("01052026.itch50"), toPath: folder.path("a.itch50"))
        let query = "SELECT mid FROM quotes EVERY 1 h"
        #expect(try run("run", "a.itch50", query, "--quiet").code != 0)
        #expect(try run("run", "a.itch50", query, "--quiet", "--date", "2026-01-05").code == 0)
        #expect(try run("run", "a.itch50", query, "--quiet", "--date", "5.1.2026").errors.contains("is not a date"))
        let silent = try run("run", "01052026.itch50", "WHEN mid(\(symbol)) < 0 EMIT never", "--quiet")
        #expect(silent.code == 1 && silent.errors.contains("nothing was said"))
    }

    /// Two instruments of one sector, one without; times as a date and as a number, and one row that comes late.
    private static let table = """
        symbol,time,price,size,side,bid,ask
        KO,2026-01-05T14:30:00Z,,,,61.25,61.75
        KO,2026-01-05 14:30:00.25,61.5,100,buy,,
        PEP,2026-01-05T14:30:00.5Z,150,300,sell,,
        JPM,2026-01-05T14:30:00.75Z,300,1,,,
        KO,2026-01-05T14:30:03Z,61.5,100,,62.25,62.75
        KO,1767623402500000000,62.5,200,b,,

        """

    @Test("tables of ticks, by groups, with what comes late put in its place, also from the standard input")
    func tables() throws {
        try folder.write(SignalCommandTests.table, to: "ticks.csv")
        try folder.write("symbol,sector\nKO,drinks\nPEP,drinks\n", to: "groups.csv")
        let query = "SELECT sum(signedSize, 1 min) AS flow, vwap(5 min) AS v FROM trades LATE 1 s PARTITION BY sector"
        let made = try run("run", "ticks.csv", query, "--groups", "groups.csv", "--quiet")
        let lines = made.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        try #require(lines.count == 5 && lines.allSatisfy { $0.count == 4 })
        #expect(lines[0] == ["time", "signal", "flow", "v"])
        let times = ["30:00.250000000", "30:00.500000000", "30:02.500000000", "30:03.000000000"]
        let flows = ["100.0", "-200.0", "0.0", "0.0"]
        let averages = [61.5, 51_150.0 / 400, 63_650.0 / 600, 69_800.0 / 700]
        for (place, line) in lines.dropFirst().enumerated() {
            #expect(line[0] == "2026-01-05 14:\(times[place])" && line[1] == "select.drinks")
            #expect(line[2] == flows[place])
            #expect((try #require(Double(line[3])) - averages[place]).magnitude < 1e-12)
        }
        #expect(made.errors.contains("1 instruments have no sector") && made.errors.contains("JPM"))
        let around =
            "SELECT price(KO) AS p, mean(mid(KO)) AS m FROM trades, quotes AROUND trade(KO) WITHIN 1 s BEFORE AND 2750 ms AFTER"
        let table = try run("run", "ticks.csv", around, "--lateness", "1000", "--quiet").output
        #expect(table.contains("2026-01-05 14:30:03.000000000,select,61.5,62.0\n"), "\(table)")
        let refused = try run("run", "ticks.csv", around, "--quiet")
        #expect(refused.errors.contains("1 of 7 events were refused"))
    }

    @Test("a fault of a table is named with its line; what is read is never written over")
    func faultsOfTables() throws {
        for (text, message) in [
            ("", "line 1: the table is empty"), ("time,symbol,bd\n", "line 1: no column is named \"bd\""),
            ("time,price\n", "line 1: there is no column symbol"),
            ("time,symbol,size\n", "line 1: there is nothing to be read"),
            ("time,symbol,price\n\nx,KO,1\n", "line 3: \"x\" is no time"),
            ("time,symbol,price\n1767623400,KO,1\n", "line 2: time 1767623400 can't be nanoseconds"),
            ("time,symbol,price\n2026-01-05T14:30:00Z,KO,abc\n", "line 2: price \"abc\" is no number"),
            ("time,symbol,price\n2026-01-05T14:30:00Z,KO\n", "line 2: 2 fields, not the 3"),
            ("time,symbol,price,side\n2026-01-05T14:30:00Z,KO,1,up\n", "line 2: side \"up\" is none of"),
            ("time,symbol,price,size\n2026-01-05T14:30:00Z,KO,1,-5\n", "line 2: size -5.0 is below zero"),
            ("time,symbol,price\n2026-01-05T25:30:00Z,KO,1\n", "line 2: \"2026-01-05T25:30:00Z\" is no time"),
        ] {
            try folder.write(text, to: "t.csv")
            let made = try run("run", "t.csv", "SELECT price(KO) AS p FROM trades", "--quiet")
            #expect(made.code == 3 || made.code == 2)
            #expect(made.errors.contains(message), "\(made.errors)")
        }
        try folder.write(SignalCommandTests.table, to: "keep.csv")
        let over = try run("run", "keep.csv", "SELECT price(KO) AS p FROM trades", "--output", "keep.csv", "--quiet")
        #expect(over.code == 2 && over.errors.contains("keep.csv, which is read"))
        #expect(try folder.text("keep.csv") == SignalCommandTests.table)
        try folder.write("results", to: "out.csv")
        _ = try run("run", "keep.csv", "SELECT pric(KO) AS p FROM trades", "--output", "out.csv", "--quiet")
        #expect(try folder.text("out.csv") == "results")
        let mixed = try run("run", "keep.csv", "01052026.itch50", "SELECT price AS p FROM trades", "--quiet")
        #expect(mixed.code == 2 && mixed.errors.contains("can't be read in one run"))
    }

    @Test("a recorded day that is cut off gives its part, and says so")
    func cut() throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("01052026.itch50")))
        try bytes.prefix(bytes.count / 2 + 7).write(to: URL(fileURLWithPath: folder.path("01062026.itch50")))
        let made = try run("run", "01062026.itch50", "SELECT price AS p FROM trades", "--quiet")
        #expect(made.code == 0 && made.errors.contains("a file is cut off"))
    }
}
