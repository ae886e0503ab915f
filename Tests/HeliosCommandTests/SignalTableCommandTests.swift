// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios signal run over tables of ticks")
struct SignalTableCommandTests {
    private static let prices = "SELECT price AS p FROM trades"
    private static let table = "time,symbol,price\n2026-01-05T14:30:00Z,KO,61.2\n2026-01-05T14:30:01.5Z,KO,61.3\n"
    private static let rows = """
        time,signal,p
        2026-01-05 14:30:00.000000000,select.KO,61.2
        2026-01-05 14:30:01.500000000,select.KO,61.3

        """
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func run(_ arguments: String..., input: String? = nil) throws -> CommandRun {
        try CommandRun(["signal", "run"] + arguments + ["--quiet"], in: folder, input: input)
    }

    @Test("a table from the standard input gives what the file does")
    func standardInput() throws {
        try folder.write(Self.table, to: "t.csv")
        let file = try run("t.csv", Self.prices)
        #expect(file.code == 0 && file.output == Self.rows && file.errors.isEmpty, "\(file.output)\(file.errors)")
        let piped = try run("-", Self.prices, "--symbol", "KO", input: Self.table)
        #expect(piped.code == 0 && piped.output == Self.rows && piped.errors.isEmpty, "\(piped.output)\(piped.errors)")
        let wrong = try run("-", Self.prices, "--symbol", "KO", input: Self.table + "1767623400250000,KO,61.2\n")
        #expect(wrong.code == 3 && wrong.errors.contains("standard input, line 4: time 1767623400250000"))
        #expect(wrong.errors.contains("it looks like microseconds"))
        #expect(try run("-", "t.csv", Self.prices, input: Self.table).errors.contains("is read alone"))
    }

    @Test("a last line without an end is told, on the standard error and in JSON")
    func unended() throws {
        try folder.write(String(Self.table.dropLast()), to: "t.csv")
        let cut = try run("t.csv", Self.prices)
        #expect(cut.code == 0 && cut.output == Self.rows)
        #expect(cut.errors.contains("t.csv: the last line has no end"))
        let counts = try run("t.csv", Self.prices, "--json", "--output", "o.csv").object()
        #expect(counts["unended"] as? [String] == ["t.csv"])
        try folder.write(Self.table, to: "t.csv")
        let whole = try run("t.csv", Self.prices, "--json", "--output", "o.csv").object()
        #expect(whole["unended"] as? [String] == [])
    }

    @Test("quotes and trades of one day are merged in either order of the command line")
    func merged() throws {
        try folder.write(Self.table, to: "trades.csv")
        try folder.write("time,symbol,bid,ask\n2026-01-05T14:30:01Z,KO,61,63\n", to: "quotes.csv")
        let query = "SELECT price AS p, mid AS m FROM trades, quotes"
        let first = try run("trades.csv", "quotes.csv", query)
        let other = try run("quotes.csv", "trades.csv", query)
        #expect(first.output == other.output && first.errors.isEmpty && other.errors.isEmpty)
        #expect(first.output.hasSuffix("14:30:01.500000000,select.KO,61.3,62.0\n"), "\(first.output)")
    }

    @Test("a run that fails leaves the output as it was, and nothing beside it")
    func output() throws {
        try folder.write(Self.table, to: "t.csv")
        // More rows than are kept before they are written.
        let many = "time,symbol,price\n" + String(repeating: "2026-01-05T14:30:00Z,KO,61.2\n", count: 20_000)
        try folder.write(many + "2026-01-05T14:30:00Z,KO,inf\n", to: "wrong.csv")
        try folder.write("keep\n", to: "o.csv")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("o.csv"))
        let failed = try run("wrong.csv", Self.prices, "--output", "o.csv")
        #expect(failed.code == 3 && failed.errors.contains("wrong.csv, line 20002: price \"inf\" is no number"))
        #expect(try folder.text("o.csv") == "keep\n")
        #expect(!FileManager.default.fileExists(atPath: folder.path("o.csv.part")))
        #expect(try run("wrong.csv", Self.prices, "--output", "new.csv").code == 3)
        #expect(!FileManager.default.fileExists(atPath: folder.path("new.csv")))
        // A run that ends well replaces it, its mode kept; a link stays one.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link.csv"),
            withDestinationPath: folder.path("o.csv")
        )
        #expect(try run("t.csv", Self.prices, "--output", "link.csv").code == 0)
        #expect(try folder.text("o.csv") == Self.rows)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path("o.csv"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(!FileManager.default.fileExists(atPath: folder.path("o.csv.part")))
        // What is no file is written where it is, and what is read is never written.
        #expect(try run("t.csv", Self.prices, "--output", "/dev/null").code == 0)
        let device = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
        #expect(device == .typeCharacterSpecial)
        #expect(try run("t.csv", Self.prices, "--output", "t.csv").code == 2)
        #expect(try run("t.csv", Self.prices, "--output", "none/o.csv").errors.contains("none/o.csv"))
        #expect(try folder.text("t.csv") == Self.table)
    }

    @Test("a recording that can't be read leaves the output as it was")
    func recording() throws {
        try folder.write("no recording", to: "01052026.itch50")
        try folder.write("keep\n", to: "o.csv")
        #expect(try run("01052026.itch50", "SELECT mid AS m FROM quotes", "--output", "o.csv").code != 0)
        #expect(try folder.text("o.csv") == "keep\n")
    }
}
