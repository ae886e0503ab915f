// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// What a run says and counts where its input ends.
@Suite("The end of helios signal run's input")
struct SignalEndTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        let rows = [
            "time,symbol,price,size,side", "2026-01-05T14:30:00Z,KO,61.20,100,1",
            "2026-01-05T14:30:01Z,KO,61.21,200,1", "2026-01-05T14:30:02Z,KO,61.22,300,1",
        ]
        try folder.write(rows.joined(separator: "\n") + "\n", to: "trades.csv")
    }

    private func run(_ query: String, _ arguments: String...) throws -> CommandRun {
        try CommandRun(["signal", "run", "trades.csv", query, "--quiet"] + arguments, in: folder)
    }

    @Test("windows that reach beyond it are counted, not told", arguments: [(1, 1), (2, 2), (10, 3)])
    func beyond(seconds: Int, waiting: Int) throws {
        let query = "SELECT price AS p, count(price) AS n FROM trades AROUND trade WITHIN \(seconds) s AFTER"
        let made = try run(query)
        #expect(made.output.split(separator: "\n").count == 1 + 3 - waiting)
        #expect(made.code == (waiting < 3 ? 0 : 1))
        #expect(made.errors.contains("\(waiting) events and conditions of AROUND, FOR and THEN NO still waited"))
        let counts = try run(query, "--json", "--output", "rows.csv").object()
        #expect(counts["waiting"] as? Int == waiting && counts["rows"] as? Int == 3 - waiting)
    }

    @Test("windows that end with its last time are told")
    func within() throws {
        let made = try run("SELECT price AS p, count(price) AS n FROM trades AROUND trade WITHIN 1 s BEFORE")
        let rows = made.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",").suffix(2) }
        #expect(rows.map { $0.joined(separator: " ") } == ["61.2 1.0", "61.21 2.0", "61.22 2.0"])
        #expect(made.code == 0 && made.errors.isEmpty)
    }

    @Test("conditions that are to hold, and what is not to follow, are counted")
    func conditions() throws {
        let query = """
            WHEN price(KO) > 61.205 FOR 5 s EMIT up;
            MATCH trade(KO, size > 250) THEN NO trade(KO) WITHIN 5 s EMIT last
            """
        let made = try run(query, "--json", "--output", "rows.csv")
        #expect(made.code == 1)
        #expect(try made.object()["waiting"] as? Int == 2)
    }
}
